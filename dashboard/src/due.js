import {card, table} from "./card.js";
import {columns} from "./plot.js";
import {link} from "./state.js";
import {brief, counted, html} from "./text.js";

function likely(soon, later, all, f) {
  if (later === 0) return "For no customer is another order more likely than none.";
  if (soon === 0) return `No customer is likely to order again within four weeks; ${f.count(later)} of ${f.count(all)} ${later === 1 ? "is" : "are"} likely to at some time.`;
  return `${f.count(soon)} of ${counted(f.count(all), all, "customer")} will more likely than not order again within four weeks, ${f.count(later)} at some time.`;
}

// Whose next order is near: a reminder in time, and the stock that must be there.
export function due(page) {
  const {shop, f, state} = page;
  if (!shop.due) return null;
  const {weeks, first, customers} = shop.due;
  const soon = weeks.filter((w) => w.week <= 4).reduce((sum, w) => sum + w.customers, 0);
  const rows = page.filter.segment ? first.filter((c) => c.segment === page.filter.segment) : first;
  const held = new Set(shop.customers.map((c) => c.id));
  return card({
    id: "due",
    question: "Who orders next?",
    answer: `${likely(soon, customers, shop.totals.customers, f)}${page.filtered ? " Of all customers." : ""}`,
    draw: weeks.length === 0 ? null : columns({width: page.full, height: 150, label: "Bars: customers by the week of their next order", show: f.axis,
      data: weeks.map((w) => ({label: f.dayShort(w.first_day), parts: [{value: w.customers, kind: "expected"}],
        tip: `Week from ${f.dayShort(w.first_day)}: ${counted(f.count(w.customers), w.customers, "customer")}`})), room: 80}),
    table: rows.length === 0 ? null : table(page, {id: "due", label: "who orders next", rows, columns: [
      {id: "id", name: shop.key, of: (c) => c.id, text: true, markup: (c) => (held.has(c.id)
        ? html`<a class="live-link" href="${link(state, {customer: c.id})}">${c.id === "" ? "(empty)" : brief(c.id)}</a>` : brief(c.id))},
      {id: "next", name: "Next order by", of: (c) => c.next, show: f.dayShort, text: true},
      {id: "from", name: "Earliest", of: (c) => c.from, show: f.dayShort, text: true},
      {id: "to", name: "Latest", of: (c) => c.to, show: f.dayShort, text: true},
      {id: "last", name: "Last order", of: (c) => c.last, show: f.dayShort, text: true},
      {id: "gap", name: "Usual gap, days", of: (c) => c.gap, show: f.expected},
      {id: "overdue", name: "Silent for, in usual gaps", of: (c) => c.overdue, show: f.expected},
      {id: "segment", name: "Segment", of: (c) => c.segment, text: true, long: true}
    ]})
  });
}
