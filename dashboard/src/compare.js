import {html} from "./text.js";
import {card, table, bar} from "./card.js";
import {said} from "./state.js";
import {grouped} from "./shop.js";

// Two groups beside each other, by what a customer of each is.
export function compare(page) {
  const {shop, f, group, filter, other, otherFilter} = page;
  if (page.state.compare !== "yes") return null;
  const names = [said(shop, filter) || "All customers", said(shop, otherFilter) || "All customers"];
  const each = (g, measure) => (g.customers === 0 || g[measure] === null ? null : g[measure] / g.customers);
  const rows = [
    ["Customers", (g) => g.customers, f.count],
    ["Orders a customer", (g) => each(g, "orders"), f.expected],
    ["Revenue so far a customer", (g) => each(g, "revenue"), f.moneyExact],
    ["Expected purchases a customer", (g) => each(g, "expected_orders"), f.expected],
    ["Expected value a customer", (g) => each(g, "cltv"), f.moneyExact],
    ["Mean churn", (g) => g.churn_prob, f.percentTenths],
    ["To win back", (g) => each(g, "to_win_back"), f.percentTenths]
  ].map(([name, of, show]) => ({name, a: of(group), b: of(other), show}));
  const [value] = rows.filter((row) => row.name === "Expected value a customer");
  const more = value.a > 0 && value.b > 0 ? value.a / value.b - 1 : null;
  const shares = (rowsOf) => grouped(rowsOf, "segment");
  const [left, right] = [shares(page.rows), shares(page.otherRows)];
  const segments = shop.segments.map((s) => s.segment ?? "–").map((name) => ({
    name, a: (left.find((s) => s.name === name)?.customers ?? 0) / Math.max(1, group.customers),
    b: (right.find((s) => s.name === name)?.customers ?? 0) / Math.max(1, other.customers)
  })).filter((row) => row.a > 0 || row.b > 0).sort((x, y) => y.a - x.a);
  return card({
    id: "compared",
    question: "How do the two groups differ?",
    answer: more === null ? "There is no value to compare."
      : Math.abs(more) < 0.005 ? "A customer of either group is expected to bring as much."
      : `A customer of group A (${names[0]}) is expected to bring ${f.percent(Math.abs(more))} ${more > 0 ? "more" : "less"} than one of group B (${names[1]}).`,
    open: true,
    table: html`<div class="beside even">${table(page, {id: "compared", label: "two groups", rows, columns: [
      {id: "what", name: "What", of: (row) => row.name, text: true},
      {id: "a", name: "Group A", of: (row) => row.a, markup: (row) => row.show(row.a)},
      {id: "b", name: "Group B", of: (row) => row.b, markup: (row) => row.show(row.b)},
      {id: "ratio", name: "A to B", of: (row) => (row.a > 0 && row.b > 0 ? row.a / row.b - 1 : null), show: f.change}
    ]})}${table(page, {id: "compared-segments", label: "segments of two groups", rows: segments, columns: [
      {id: "segment", name: "Segment", of: (row) => row.name, text: true, long: true},
      {id: "a", name: "Share of A", of: (row) => row.a, markup: (row) => html`${f.percentTenths(row.a)}${bar(row.a)}`},
      {id: "b", name: "Share of B", of: (row) => row.b, markup: (row) => html`${f.percentTenths(row.b)}${bar(row.b)}`}
    ]})}</div>`
  });
}
