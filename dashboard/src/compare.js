import {html} from "./text.js";
import {card, table, bar} from "./card.js";
import {said} from "./state.js";
import {grouped} from "./shop.js";

// Two groups beside each other, by what a customer of each is, and by how each is made up.
export function compare(page) {
  const {shop, f, group, other} = page;
  if (page.state.compare !== "yes") return null;
  const names = [said(shop, page.filter) || "all customers", said(shop, page.otherFilter) || "all customers"];
  const {measures, answer, by} = (shop.kind === "contracts" ? ofContracts : ofOrders)(f);
  const rows = measures.map(([name, of, show]) => ({name, a: of(group), b: of(other), show}));
  const shares = (rowsOf) => new Map(grouped(rowsOf, by.key).map((g) => [g.name, g.customers]));
  const [left, right] = [shares(page.rows), shares(page.otherRows)];
  const parts = by.values(shop).map((name) => ({
    name, a: (left.get(name) ?? 0) / Math.max(1, group.customers), b: (right.get(name) ?? 0) / Math.max(1, other.customers)
  })).filter((row) => row.a > 0 || row.b > 0).sort((x, y) => y.a - x.a);
  return card({
    id: "compared",
    question: "How do the two groups differ?",
    answer: answer(group, other, `group A (${names[0]})`, `group B (${names[1]})`),
    open: true,
    table: html`<div class="beside even">${table(page, {id: "compared", label: "two groups", rows, columns: [
      {id: "what", name: "What", of: (row) => row.name, text: true, long: true},
      {id: "a", name: "Group A", of: (row) => row.a, markup: (row) => row.show(row.a)},
      {id: "b", name: "Group B", of: (row) => row.b, markup: (row) => row.show(row.b)},
      {id: "ratio", name: "A to B", of: (row) => (row.a > 0 && row.b > 0 ? row.a / row.b - 1 : null), show: f.change}
    ]})}${table(page, {id: "compared-parts", label: `${by.name} of two groups`, rows: parts, columns: [
      {id: "part", name: by.label, of: (row) => row.name, text: true, long: true, markup: (row) => (row.name === "–" ? by.none : row.name)},
      {id: "a", name: "Share of A", of: (row) => row.a, markup: (row) => html`${f.percentTenths(row.a)}${bar(row.a)}`},
      {id: "b", name: "Share of B", of: (row) => row.b, markup: (row) => html`${f.percentTenths(row.b)}${bar(row.b)}`}
    ]})}</div>`
  });
}

const ratio = (part, whole) => (part === null || !(whole > 0) ? null : part / whole);

const ofOrders = (f) => {
  const each = (measure) => (g) => ratio(g[measure], g.customers);
  return {
    measures: [
      ["Customers", (g) => g.customers, f.count],
      ["Orders per customer", each("orders"), f.expected],
      ["Revenue so far, per customer", each("revenue"), f.moneyExact],
      ["Expected purchases per customer", each("expected_orders"), f.expected],
      ["Expected value per customer", each("cltv"), f.moneyExact],
      ["Mean churn", (g) => g.churn_prob, f.percentTenths],
      ["To win back", each("to_win_back"), f.percentTenths]
    ],
    by: {key: "segment", name: "segments", label: "Segment", none: "Not scored", values: (shop) => shop.segments.map((s) => s.segment ?? "–")},
    answer: (group, other, a, b) => {
      const [left, right] = [each("cltv")(group), each("cltv")(other)];
      if (!(left > 0 && right > 0)) return "There is no value to compare.";
      const more = left / right - 1;
      return Math.abs(more) < 0.005 ? "A customer of either group is expected to bring about the same."
        : `A customer of ${a} is expected to bring ${f.percent(Math.abs(more))} ${more > 0 ? "more" : "less"} than one of ${b}.`;
    }
  };
};

const ofContracts = (f) => {
  const each = (measure) => (g) => ratio(g[measure], g.there);
  return {
    measures: [
      ["Customers", (g) => g.there, f.count],
      ["Revenue per month and customer", each("mrr"), f.moneyExact],
      ["Leave at the next renewal", each("leaving"), f.percentTenths],
      ["Share of the revenue at risk", (g) => ratio(g.mrr_at_risk, g.mrr), f.percentTenths],
      ["Expected lifetime", each("periods"), f.expected],
      ["Expected value per customer", each("cltv"), f.moneyExact]
    ],
    by: {key: "status", name: "status", label: "Status", none: "–", values: (shop) => [...new Set(shop.cube.map((row) => row.of.status))]},
    answer: (group, other, a, b) => {
      const [left, right] = [each("leaving")(group), each("leaving")(other)];
      return left === null || right === null ? "There is no churn to compare."
        : `${f.percentTenths(left)} of ${a} are expected to leave at the next renewal, ${f.percentTenths(right)} of ${b}.`;
    }
  };
};
