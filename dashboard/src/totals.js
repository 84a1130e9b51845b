import {attributes, counted, html} from "./text.js";
import {said} from "./state.js";

// A long number is set smaller, so that it stays on one line.
export function tile(id, label, value, shown, ...about) {
  const lines = about.filter((line) => line);
  return html`<div class="tile"><dt>${label}</dt><dd ${attributes({class: `sum${shown.length > 15 ? " longest" : shown.length > 10 ? " long" : ""}`, "data-total": id, "data-value": value ?? ""})}>${shown}</dd>
    <dd class="unit">${lines.length > 1 ? html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>` : lines}</dd></div>`;
}

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
  // Beside each total what it was before, where the page knows it.
  const lately = shop.pulse?.now?.revenue ?? null;
  const before = page.filtered ? page.view.before ?? {} : {...shop.before, ...shop.previous, revenue_then: lately === null ? null : group.revenue - lately};
  const since = (now, then) => (then > 0 && now !== null ? `${f.change(now / then - 1)} in 90 days` : null);
  const came = (value, show) => (value === null || value === undefined ? null : `last ${f.count(before.days)} days: ${show(value)}${page.filtered ? "" : ", new customers included"}`);
  return html`<dl class="tiles" id="totals">
    ${tile("customers", "Customers", group.customers, f.count(group.customers), share, since(group.customers, before.customers))}
    ${tile("revenue", "Revenue so far", group.revenue, f.money(group.revenue), f.currency, since(group.revenue, before.revenue_then))}
    ${tile("expected_orders", "Expected purchases", group.expected_orders, f.expected(group.expected_orders), span, came(before.purchases, f.count))}
    ${tile("cltv", "Expected value", group.cltv, f.money(group.cltv), span,
           Number.isNaN(margin) || before.revenue === null || before.revenue === undefined ? null : came(margin * before.revenue, f.money))}
    ${tile("total_value", "Total value", total, f.money(total), `so far and to come${margin === 1 || total === null ? "" : `, margin ${f.percent(margin)}`}`, since(total, before.total_value))}
    ${tile("value_at_stake", "Value at stake", group.value_at_stake, f.money(group.value_at_stake),
           group.value_at_stake === null ? (group.cltv === null ? span : "not shown") : `${counted(f.count(group.to_win_back), group.to_win_back, "customer")} to win back`,
           since(group.value_at_stake, before.value_at_stake))}
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
