import * as Plot from "@observablehq/plot";
import {html} from "htl";
import {card, image, table} from "./card.js";
import * as format from "./format.js";

// By value; by revenue where no model predicts any.
export function segments(shop) {
  const money = format.money(shop.currency);
  const predicted = shop.totals.cltv !== null;
  const measure = predicted ? "cltv" : "revenue";
  const word = predicted ? "expected value" : "revenue so far";
  const label = `${word[0].toUpperCase()}${word.slice(1)}, ${money.unit}`;
  const rows = shop.segments.map((s) => ({...s, segment: s.segment ?? "Not scored"}))
    .sort((a, b) => (b[measure] ?? 0) - (a[measure] ?? 0));
  const total = rows.reduce((sum, s) => sum + (s[measure] ?? 0), 0);
  const customers = rows.reduce((sum, s) => sum + s.customers, 0);
  const [first] = rows;
  return card({
    id: "segments",
    question: `Which segments hold the ${predicted ? "value" : "revenue"}?`,
    answer: rows.length === 0 ? "There are no customers yet."
      : `${first.segment}: ${format.percent(first.customers / customers)} of the customers,
         ${total > 0 ? format.percent(first[measure] / total) : "–"} of the ${word}.`,
    wide: true,
    open: true,
    draw: rows.length === 0 ? null : (width) => html`<h3>${label}</h3>${image(Plot.plot({
      width,
      height: 28 * rows.length + 28,
      marginLeft: 132,
      marginRight: 52,
      marginTop: 4,
      x: {label: null, tickFormat: format.compact, ticks: Math.max(2, Math.round(width / 130)), grid: true, zero: true},
      y: {label: null, domain: rows.map((s) => s.segment), tickSize: 0, padding: 0.25},
      marks: [
        Plot.barX(rows, {x: measure, y: "segment", fill: "var(--data)", className: "bars"}),
        Plot.text(rows, {x: measure, y: "segment", text: (s) => money.compact(s[measure]), textAnchor: "start", dx: 5,
                         fill: "var(--ink)"}),
        Plot.ruleX([0], {stroke: "var(--line-strong)"})
      ]
    }), `Bars: ${word} by segment, most first`)}`,
    table: rows.length === 0 ? null : table(rows, [
      {name: "Segment", of: (s) => s.segment, text: true},
      {name: "Customers", of: (s) => s.customers, show: format.count},
      {name: "Revenue so far", of: (s) => s.revenue, show: money.whole},
      {name: "Expected purchases", of: (s) => s.expected_orders, show: format.expected},
      {name: "Expected value", of: (s) => s.cltv, show: money.whole},
      {name: "Value per customer", of: (s) => s.cltv_per_customer, show: money.exact},
      {name: "Mean churn", of: (s) => s.churn_prob, show: format.percentTenths}
    ])
  });
}
