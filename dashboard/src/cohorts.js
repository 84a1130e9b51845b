import {card, scroller, table} from "./card.js";
import {heat} from "./heat.js";
import {capital, html} from "./text.js";

export function cohorts(page) {
  const {view, f} = page;
  const contracts = page.shop.kind === "contracts";
  const {unit} = view.cohorts;
  const cells = view.cohorts.cells.map((cell) => ({...cell, name: f.period(cell.cohort, unit), retention: cell.active === null ? null : cell.active / cell.customers}));
  const later = cells.filter((cell) => cell.period > 0 && cell.active !== null);
  const next = later.filter((cell) => cell.period === 1 && cell.complete);
  const sum = (rows, measure) => rows.reduce((total, row) => total + row[measure], 0);
  const returned = later.some((cell) => cell.active > 0);
  return card({
    id: "cohorts",
    question: contracts ? "Do new customers stay?" : "Do new customers come back?",
    answer: cells.length === 0 ? "There are no customers yet."
      : later.length === 0 ? `All customers came in one ${unit}: there is nothing to compare yet.`
      : !returned ? contracts ? "Nobody has stayed." : "Nobody has come back yet."
      : contracts ? `${next.length > 0 ? `${f.percent(sum(next, "active") / sum(next, "customers"))} of new customers were still there at the end of the ${unit} after their first. ` : ""}A row
         holds the customers whose first contract began in that ${unit}; a cell is the percentage of them who were there at the end of a later one.${view.note ?? ""}`
      : `${next.length > 0 ? `${f.percent(sum(next, "active") / sum(next, "customers"))} of new customers
         ordered again in the ${unit} after their first. ` : ""}A row holds the customers whose first order was in that
         ${unit}; a cell is the percentage of them who ordered in a later one.${
        later.every((cell) => cell.complete) ? "" : ` Dashed: a ${unit} that is not over.`}${view.note ?? ""}`,
    draw: !returned ? null : grid(page, cells, later, unit, (cell) => cell.retention,
                                  (p) => f.percent(p).replace(/\s*%/, ""), f.percent, contracts ? "share still there" : "share who ordered"),
    table: cells.length === 0 || page.brief ? null : table(page, {id: "cohorts", label: "cohorts", rows: cells, columns: [
      {id: "cohort", name: contracts ? "First contract" : "First order", of: (cell) => cell.cohort, markup: (cell) => cell.name, text: true},
      {id: "period", name: `${capital(unit)}s later`, of: (cell) => cell.period, show: String},
      {id: "customers", name: "Customers", of: (cell) => cell.customers, show: f.count},
      {id: "active", name: contracts ? "Still there" : "Ordered", of: (cell) => cell.active, show: f.count},
      {id: "share", name: "Share", of: (cell) => cell.retention, show: f.percentTenths},
      {id: "over", name: "Period over", of: (cell) => (cell.complete ? "yes" : "no"), text: true}
    ]})
  });
}

// What a customer of each cohort has brought, month upon month, and is expected to bring; against what one costs.
export function cohortValue(page) {
  const {shop, view, f} = page;
  const {unit, worth, ahead} = view.cohorts;
  const margin = Number(shop.made.margin);
  const share = Number.isFinite(margin) ? margin : 1;
  const word = share === 1 ? "revenue" : "margin";
  const cells = [];
  for (const cell of view.cohorts.cells.filter((c) => c.revenue !== null)) {
    const before = cells.at(-1)?.cohort === cell.cohort ? cells.at(-1).sum : 0;
    const sum = before + cell.revenue * share;
    cells.push({...cell, name: f.period(cell.cohort, unit), sum, each: sum / cell.customers});
  }
  // What each cohort is expected to bring goes on where it stands; cltv has its margin in it already.
  const last = new Map(cells.map((c) => [c.cohort, c]));
  const expected = [...last.values()].flatMap((c) => (ahead.get(c.cohort) ?? []).slice(c.complete ? 0 : 1).map((sum, i) =>
    ({cohort: c.cohort, name: c.name, customers: c.customers, period: c.period + 1 + i, each: c.each + sum / c.customers, ahead: true, complete: true})));
  const rows = worth.map((w) => {
    const own = [...cells, ...expected].filter((c) => c.cohort === w.cohort);
    const past = w.revenue * share / w.customers, next = w.cltv === null ? null : w.cltv / w.customers;
    const paid = shop.cac > 0 ? own.find((c) => c.each >= shop.cac) : null;
    return {...w, name: f.period(w.cohort, unit), past, next, total: next === null ? null : past + next, paid: paid ? paid.period : null, paidAhead: paid?.ahead ?? false};
  });
  if (rows.length === 0) return null;
  const customers = rows.reduce((sum, w) => sum + w.customers, 0);
  const mean = (of) => rows.reduce((sum, w) => sum + of(w) * w.customers, 0) / customers;
  const all = rows.every((w) => w.total !== null) ? mean((w) => w.total) : null;
  const predicted = new Map(rows.map((w) => [w.name, w.total]));
  return card({
    id: "cohort_value",
    question: `What does a customer of each ${unit} bring, so far and in total?`,
    answer: `${capital(word)} per customer: ${f.moneyExact(mean((w) => w.past))} so far${all === null ? "" :
      `, ${f.moneyExact(all)} with what is expected ${shop.span ?? "over the horizon"}`}.${shop.cac > 0
      ? ` A customer costs ${f.moneyExact(shop.cac)}: the mark in a row shows when that is earned back.` : ""}${
      cells.length > 0 ? ` Cells: ${word} per customer up to that ${unit}; ${expected.length > 0
        ? `italic, dashed: including what is expected by then; last column: ${shop.span ?? "over the horizon"}` : "last column, dashed: including what is expected"}.` : ""}${view.note ?? ""}`,
    draw: cells.length === 0 ? null : grid(page, cells, [...cells, ...expected], unit, (c) => c.each, (v) => f.compact(v > 10 ? Math.round(v) : v), f.moneyCompact, `${word} per customer`, predicted, shop.cac),
    open: cells.length === 0,
    table: table(page, {id: "cohort_value", label: "value by cohort", rows, columns: [
      {id: "cohort", name: "First order", of: (w) => w.cohort, markup: (w) => w.name, text: true},
      {id: "customers", name: "Customers", of: (w) => w.customers, show: f.count},
      {id: "past", name: `${capital(word)} per customer so far`, of: (w) => w.past, show: f.moneyExact},
      {id: "next", name: "Expected value per customer", of: (w) => w.next, show: f.moneyExact},
      {id: "total", name: "Together", of: (w) => w.total, show: f.moneyExact},
      ...(shop.cac > 0 ? [{id: "ratio", name: "Together, times the cost", of: (w) => (w.total === null ? null : w.total / shop.cac), show: f.number},
                          {id: "paid", name: `Paid back after ${unit}s`, of: (w) => w.paid,
                           markup: (w) => (w.paid === null ? "–" : `${f.count(w.paid)}${w.paidAhead ? " (expected)" : ""}`)}] : [])
    ]})
  });
}

// One row a cohort, one column a period.
function grid(page, all, cells, unit, of, show, say, label, predicted = null, line = null) {
  const {f} = page;
  const colour = heat([...cells.map(of), ...(predicted ? [...predicted.values()].filter((v) => v !== null) : [])]);
  const periods = [...new Set(cells.map((cell) => cell.period))].sort((a, b) => a - b);
  const byCohort = new Map();
  for (const cell of all) byCohort.set(cell.name, {customers: cell.customers, cells: new Map()});
  for (const cell of cells) byCohort.get(cell.name).cells.set(cell.period, cell);
  return html`<p class="key">Across: ${unit}s since the first ${page.shop.kind === "contracts" ? "contract" : "order"}. Colours: ${label}.</p>${colour.legend(label, say)}
    ${scroller(label, html`<table class="heat cohort" aria-label="${label} by cohort">
    <thead><tr><th scope="col">First ${page.shop.kind === "contracts" ? "contract" : "order"}</th><th scope="col" class="number">Customers</th>${
      periods.map((p) => html`<th scope="col">${p}</th>`)}${predicted ? html`<th scope="col">total</th>` : null}</tr></thead>
    <tbody>${[...byCohort].map(([name, {customers, cells: own}]) => {
      const earned = line > 0 ? Math.min(...[...own.values()].filter((c) => of(c) >= line).map((c) => c.period)) : null;
      return html`<tr><th scope="row">${name}</th><td class="number">${f.count(customers)}</td>${
      periods.map((p) => {
        const cell = own.get(p);
        if (!cell) return html`<td></td>`;
        const kind = `heat-${colour.step(of(cell))}${cell.complete && !cell.ahead ? "" : " open"}${cell.ahead ? " ahead" : ""}${p === earned ? " paid" : ""}`;
        return html`<td class="${kind}" data-value="${of(cell)}">${show(of(cell))}</td>`;
      })}${predicted ? html`<td class="heat-${colour.step(predicted.get(name))} open">${show(predicted.get(name))}</td>` : null}</tr>`;
    })}</tbody></table>`, `grid-${label.replace(/\W/g, "-")}`)}`;
}
