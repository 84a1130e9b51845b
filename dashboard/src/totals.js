import {counted, html} from "./text.js";
import {said} from "./state.js";

export const tile = (id, label, value, shown, unit) => html`<div class="tile">
  <dt>${label}</dt><dd data-total="${id}" data-value="${value ?? ""}">${shown}</dd><dd class="unit">${unit}</dd></div>`;

// Of all customers, or of those who are chosen.
export function totals(page) {
  const {shop, f, group, filter} = page;
  const span = shop.span ?? "over the horizon";
  const all = shop.totals.customers;
  const share = page.filtered ? `${f.percent(all === 0 ? null : group.customers / all)} of all: ${said(shop, filter)}`
    : counted(f.count(group.orders), group.orders, "order");
  // Revenue so far at the margin that the value has, where that is one for all.
  const margin = Number(shop.made.margin);
  const total = group.cltv === null || group.revenue === null || Number.isNaN(margin) ? null : margin * group.revenue + group.cltv;
  // Beside each total what it was before; of all customers, for whom the page knows it.
  const before = page.filtered ? {} : shop.previous ?? {}, lately = page.filtered ? null : shop.pulse?.now?.revenue ?? null;
  const since = (now, then) => (then > 0 ? `; ${f.change(now / then - 1)} in 90 days` : "");
  const came = (value, show) => (value === null || value === undefined ? "" : `; ${show(value)} in the ${f.count(before.days)} days before, of new customers too`);
  return html`<dl class="tiles" id="totals">
    ${tile("customers", "Customers", group.customers, f.count(group.customers), `${share}${since(group.customers, before.customers)}`)}
    ${tile("revenue", "Revenue so far", group.revenue, f.money(group.revenue), `${f.currency}${lately === null ? "" : since(group.revenue, group.revenue - lately)}`)}
    ${tile("expected_orders", "Expected purchases", group.expected_orders, f.expected(group.expected_orders), `${span}${came(before.purchases, f.count)}`)}
    ${tile("cltv", "Expected value", group.cltv, f.money(group.cltv), `${span}${Number.isNaN(margin) ? "" : came(before.revenue === null || before.revenue === undefined ? null : margin * before.revenue, f.money)}`)}
    ${tile("total_value", "Value in all", total, f.money(total), `so far and to come${margin === 1 || total === null ? "" : `, margin ${f.percent(margin)}`}`)}
    ${tile("value_at_stake", "Value at stake", group.value_at_stake, f.money(group.value_at_stake),
           group.value_at_stake === null ? (group.cltv === null ? span : "not shown") : `${counted(f.count(group.to_win_back), group.to_win_back, "customer")} to win back`)}
  </dl>`;
}

// The newest 90 days beside the 90 before, and the same days of a year ago.
export function pulse({shop, f}) {
  const {now, before, year} = shop.pulse ?? {};
  if (!now) return null;
  const change = (measure) => [["90 days before", before], ["year before", year]]
    .filter(([, other]) => other?.[measure] > 0)
    .map(([name, other]) => html`<li>${f.change(now[measure] / other[measure] - 1)} on the ${name}</li>`);
  const entry = (id, label, measure, shown) => html`<div class="tile"><dt>${label}</dt>
    <dd data-pulse="${id}" data-value="${measure ?? ""}">${shown}</dd><dd class="unit"><ul>${change(id)}</ul></dd></div>`;
  return html`<section id="pulse" aria-labelledby="pulse-h"><h2 id="pulse-h" class="small">The last 90 days, all customers</h2><dl class="tiles">
    ${entry("purchases", "Purchases", now.purchases, f.count(now.purchases))}
    ${entry("new", "New customers", now.new, f.count(now.new))}
    ${now.revenue === null ? null : entry("revenue", "Revenue", now.revenue, f.money(now.revenue))}
  </dl></section>`;
}
