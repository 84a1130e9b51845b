import {bar, card, table} from "./card.js";
import {lines} from "./plot.js";
import {html} from "./text.js";

export function valueCurve(page) {
  const {view, f} = page;
  const bands = view.value_bands;
  const all = bands.reduce((sum, band) => sum + band.customers, 0);
  let above = 0;
  const points = bands.map((band) => ({x: (above += band.customers) / all, y: band.cumulative_share}))
    .map((p) => ({...p, tip: `The most valuable ${f.percent(p.x)} hold ${f.percentTenths(p.y)} of the value`}));
  const drawn = bands.length > 0 && bands[0].share !== null;
  return card({
    id: "value_bands",
    half: true,
    question: "How few customers hold most of the value?",
    answer: !drawn ? "No value is predicted, so there is no curve."
      : `The most valuable ${f.percent(points[0].x)} of the customers hold ${f.percent(points[0].y)} of the expected value.
         Dashed: if all were worth the same.${view.note ?? ""}`,
    draw: !drawn ? null : lines({
      width: page.half, height: 280, show: f.percent, note: "share of the customers, most valuable first",
      label: "Curve: share of the expected value that the most valuable customers hold together",
      labels: [0, 0.2, 0.4, 0.6, 0.8, 1].map((at) => ({at, text: f.percent(at)})),
      series: [{points: [{x: 0, y: 0}, {x: 1, y: 1}], kind: "even"}, {points: [{x: 0, y: 0}, ...points], kind: "data", dots: 4}]
    }),
    table: !drawn ? null : table(page, {id: "value_bands", label: "tenths by value", rows: bands, columns: [
      {id: "band", name: "Tenth", of: (band) => band.band, show: String},
      {id: "customers", name: "Customers", of: (band) => band.customers, show: f.count},
      {id: "from", name: "Value from", of: (band) => band.cltv_from, show: f.moneyExact},
      {id: "to", name: "to", of: (band) => band.cltv_to, show: f.moneyExact},
      {id: "cltv", name: "Together", of: (band) => band.cltv, show: f.money},
      {id: "share", name: "Share", of: (band) => band.share, show: f.percentTenths},
      {id: "above", name: "With those above", of: (band) => band.cumulative_share, show: f.percentTenths}
    ]})
  });
}

export function churnBands(page) {
  const {shop, view, f} = page;
  const bands = view.churn_bands;
  const most = Math.max(0, ...bands.map((b) => b.customers));
  const all = bands.reduce((sum, b) => sum + b.customers, 0);
  const likely = bands.filter((b) => b.band > 5).reduce((sum, b) => sum + b.customers, 0);
  return card({
    id: "churn_bands",
    half: true,
    question: "How likely are they to stay away?",
    answer: bands.length === 0 ? "No churn is predicted."
      : `${f.percent(likely / all)} of the customers will more likely than not order nothing ${shop.span ?? "over the horizon"}.${view.note ?? ""}`,
    open: true,
    table: bands.length === 0 ? null : table(page, {id: "churn_bands", label: "bands of churn", rows: bands, columns: [
      {id: "band", name: "Churn", of: (b) => b.band, text: true, markup: (b) => `${f.percent((b.band - 1) / 10)} to ${f.percent(b.band / 10)}`},
      {id: "customers", name: "Customers", of: (b) => b.customers, markup: (b) => html`${f.count(b.customers)}${bar(b.customers / most)}`},
      {id: "revenue", name: "Revenue so far", of: (b) => b.revenue, show: f.money},
      {id: "cltv", name: "Expected value", of: (b) => b.cltv, show: f.money}
    ]})
  });
}
