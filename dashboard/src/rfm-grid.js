import {card, scroller, table} from "./card.js";
import {grouped, together} from "./shop.js";
import {heat} from "./heat.js";
import {link} from "./state.js";
import {html} from "./text.js";

export function rfmGrid(page) {
  const {shop, f} = page;
  const bins = Math.max(1, ...shop.rfm_grid.map((cell) => cell.r));
  const some = page.filteredBut("r", "f");
  const scored = shop.filters.some(({key}) => key === "r" || key === "f");
  const grid = some === null || !scored ? shop.rfm_grid : shop.rfm_grid.map(({r, f: often}) =>
    ({r, f: often, customers: 0, revenue: 0, cltv: 0, ...clean(together(some.filter((c) => c.of.r === String(r) && c.of.f === String(often))))}));
  const all = grid.reduce((sum, cell) => sum + cell.customers, 0);
  const best = grid.find((cell) => cell.r === bins && cell.f === bins);
  const predicted = shop.totals.cltv !== null;
  const value = predicted ? grid.reduce((sum, cell) => sum + (cell.cltv ?? 0), 0) : 0;
  return card({
    id: "rfm_grid",
    question: "Who came recently, who comes often, and what are they worth?",
    answer: all === 0 ? "No customer has both scores yet."
      : `Recent and frequent (top right): ${f.count(best.customers)} ${best.customers === 1 ? "customer" : "customers"}${
        value > 0 ? `, ${f.percent(best.cltv / value)} of the expected value` : ""}. Across: how recently; up: how often; 1 is least.${
        some !== null && !scored ? " Of all customers." : ""}`,
    draw: all === 0 ? null : html`<div class="pair">
      ${map(page, grid, bins, "customers", "Customers", f.compact)}
      ${predicted ? map(page, grid, bins, "cltv", `Expected value, ${f.currency}`, f.compact) : null}</div>`,
    table: all === 0 || page.brief ? null : table(page, {id: "rfm_grid", label: "scores", rows: grid, columns: [
      {id: "r", name: "Recency score", of: (cell) => cell.r, show: String},
      {id: "f", name: "Frequency score", of: (cell) => cell.f, show: String},
      {id: "customers", name: "Customers", of: (cell) => cell.customers, show: f.count},
      {id: "revenue", name: "Revenue so far", of: (cell) => cell.revenue, show: f.money},
      {id: "cltv", name: "Expected value", of: (cell) => (predicted ? cell.cltv : null), show: f.money}
    ]})
  });
}

const clean = (group) => Object.fromEntries(["customers", "revenue", "cltv"].map((m) => [m, group[m] ?? 0]));

// A table: rows from often to seldom, columns from long ago to lately. Each cell chooses its customers.
function map(page, grid, bins, measure, label, show) {
  const colour = heat(grid.map((cell) => cell[measure]));
  const scores = Array.from({length: bins}, (_, i) => i + 1);
  const cell = (r, f) => grid.find((c) => c.r === r && c.f === f);
  return html`<figure class="map"><figcaption>${label}</figcaption>${colour.legend(label, show)}
    ${scroller(`${label}, by scores`, html`<table class="heat grid ${measure}" aria-label="${label} by scores">
    <thead><tr><th scope="col"><span class="hidden">Frequency score</span></th>${scores.map((r) => html`<th scope="col">${r}</th>`)}</tr></thead>
    <tbody>${scores.slice().reverse().map((often) => html`<tr><th scope="row">${often}</th>${scores.map((r) => {
      const c = cell(r, often);
      return html`<td class="heat-${colour.step(c[measure])}" data-r="${r}" data-f="${often}" data-value="${c[measure]}">${c.customers > 0
        ? html`<a class="live-link" href="${link(page.state, {r, f: often, customer: null})}" data-tip="Recency ${r}, frequency ${often}: ${
          page.f.count(c.customers)} customers${page.shop.totals.cltv === null ? "" : `, expected value ${page.f.money(c.cltv)}`}">${show(c[measure])}</a>`
        : "·"}</td>`;
    })}</tr>`)}</tbody></table>`, `map-${measure}`)}</figure>`;
}
