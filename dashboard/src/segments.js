import {bar, card, table} from "./card.js";
import {grouped} from "./shop.js";
import {link} from "./state.js";
import {html} from "./text.js";

// By value; by revenue where no model predicts any. Of those who are chosen by anything but the segment.
export function segments(page) {
  const {shop, f, state} = page;
  const predicted = shop.totals.cltv !== null;
  const measure = predicted ? "cltv" : "revenue";
  const word = predicted ? "expected value" : "revenue so far";
  const all = page.filteredBut("segment");
  const found = all === null ? shop.segments.map((s) => ({...s, name: s.segment ?? "–"}))
    : grouped(all, "segment").map((g) => ({...g, cltv_per_customer: g.cltv === null ? null : g.cltv / g.customers}));
  const rows = found.sort((a, b) => (b[measure] ?? 0) - (a[measure] ?? 0));
  const total = rows.reduce((sum, s) => sum + (s[measure] ?? 0), 0);
  const customers = rows.reduce((sum, s) => sum + s.customers, 0);
  const most = Math.max(0, ...rows.map((s) => s[measure] ?? 0));
  const [first] = rows;
  const name = (s) => (s.name === "–" ? "Not scored" : s.name);
  return card({
    id: "segments",
    question: `Which segments hold the ${predicted ? "value" : "revenue"}?`,
    answer: !first ? "There are no customers yet."
      : `${name(first)}: ${f.percent(first.customers / customers)} of the customers${total > 0 ? `, ${f.percent(first[measure] / total)} of the ${word}` : ""}.`,
    open: true,
    table: !first ? null : table(page, {id: "segments", label: "segments", rows, columns: [
      {id: "segment", name: "Segment", of: (s) => (s.name === "–" ? null : s.name), text: true, long: true,
       markup: (s) => html`<a class="live-link" href="${link(state, {segment: s.name, customer: null})}" aria-label="${name(s)}: its customers">${name(s)}</a>`},
      {id: "share", name: predicted ? "Expected value" : "Revenue", of: (s) => s[measure],
       markup: (s) => html`${f.money(s[measure])}${bar(most > 0 ? (s[measure] ?? 0) / most : 0)}`},
      {id: "customers", name: "Customers", of: (s) => s.customers, show: f.count},
      {id: "revenue", name: "Revenue so far", of: (s) => s.revenue, show: f.money},
      {id: "expected", name: "Expected purchases", of: (s) => s.expected_orders, show: f.expected},
      {id: "each", name: "Value per customer", of: (s) => s.cltv_per_customer, show: f.moneyExact},
      {id: "churn", name: "Mean churn", of: (s) => s.churn_prob, show: f.percentTenths},
      {id: "back", name: "To win back", of: (s) => s.to_win_back, show: f.count}
    ]})
  });
}

// What the playbook says of the segment that is chosen.
export function playbook({shop, state}) {
  const segment = shop.segments.find((s) => s.segment === state.segment);
  return segment?.action ? html`<aside class="playbook" id="playbook" aria-label="What to do"><h3>${segment.segment}</h3>
    <p>${segment.profile}</p><p><b>What to do:</b> ${segment.action}</p></aside>` : null;
}
