import * as Plot from "@observablehq/plot";
import {card, image, table} from "./card.js";
import * as format from "./format.js";

export function valueCurve(shop) {
  const money = format.money(shop.currency);
  const bands = shop.value_bands;
  const all = bands.reduce((sum, band) => sum + band.customers, 0);
  let above = 0;
  const points = bands.map((band) => ({customers: (above += band.customers) / all, value: band.cumulative_share}));
  const drawn = bands.length > 0 && bands[0].share !== null;
  return card({
    id: "value_bands",
    question: "How few customers hold most of the value?",
    answer: !drawn ? "No value is predicted, so that there is no curve."
      : `The most valuable ${format.percent(points[0].customers)} of the customers hold
         ${format.percent(points[0].value)} of the expected value.`,
    draw: !drawn ? null : (width) => image(Plot.plot({
      width,
      height: 300,
      marginLeft: 62,
      marginBottom: 40,
      marginRight: 16,
      x: {domain: [0, 1], label: "share of the customers, most valuable first", labelAnchor: "center",
          labelArrow: "none", tickFormat: format.percent, ticks: 5},
      y: {domain: [0, 1], label: "share of the expected value", labelAnchor: "center", labelArrow: "none",
          tickFormat: format.percent, ticks: 5, grid: true},
      marks: [
        Plot.line([[0, 0], [1, 1]], {stroke: "var(--ink-soft)", strokeDasharray: "4,4"}),
        Plot.text([[0.98, 0.06]], {text: ["dashed: all worth the same"], fill: "var(--ink-soft)", textAnchor: "end"}),
        Plot.line([{customers: 0, value: 0}, ...points], {x: "customers", y: "value", stroke: "var(--data)",
                                                          strokeWidth: 2}),
        Plot.dot(points, {x: "customers", y: "value", fill: "var(--data)", r: 4, className: "dots"})
      ]
    }), "Curve: share of the expected value that the most valuable customers hold together"),
    table: !drawn ? null : table(bands, [
      {name: "Tenth", of: (band) => band.band, show: String},
      {name: "Customers", of: (band) => band.customers, show: format.count},
      {name: "Value from", of: (band) => band.cltv_from, show: money.exact},
      {name: "to", of: (band) => band.cltv_to, show: money.exact},
      {name: "Together", of: (band) => band.cltv, show: money.whole},
      {name: "Share", of: (band) => band.share, show: format.percentTenths},
      {name: "With those above", of: (band) => band.cumulative_share, show: format.percentTenths}
    ])
  });
}
