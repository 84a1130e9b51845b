// The parts of the page of subscriptions: of what cltv_materialize_contracts made.

import {bar, card, table} from "./card.js";
import {columns, lines} from "./plot.js";
import {chosen, grouped, together} from "./shop.js";
import {link, said} from "./state.js";
import {brief, capital, counted, html} from "./text.js";
import {tile} from "./totals.js";

const share = (part, whole) => (whole > 0 ? part / whole : null);

const ofStatus = (page, ...wanted) => together(page.rows.filter(({of}) => wanted.includes(of.status)));

// Of all customers, or of those who are chosen; beside each total what it was a month before, or what came of it in the last month,
// where that is known.
export function totals(page) {
  const {shop, f, group, filter, view} = page;
  const before = monthBefore(page);
  const since = (now, then) => (then > 0 && now !== null ? `${f.change(now / then - 1)} on the month before` : null);
  const cancelled = ofStatus(page, "cancelled");
  const ahead = `the next ${shop.made.horizon} renewals`;
  return html`<dl class="tiles" id="totals">
    ${tile("there", "Customers", group.there, f.count(group.there), page.filtered ? `${f.percent(share(group.there, shop.totals.there))} of all: ${said(shop, filter)}` : `of ${f.count(group.customers)} so far`,
           before && since(before.now.customers, before.customers))}
    ${tile("mrr", "Monthly recurring revenue", group.mrr, f.money(group.mrr), f.currency, before && since(before.now.ending_mrr, before.ending_mrr))}
    ${tile("leaving", "Expected to leave", group.leaving, f.expected(group.leaving), `${f.percentTenths(share(group.leaving, group.there))} of them, at the next renewal`,
           before?.left === null || !before ? null : `${f.count(before.left)} left in ${f.month(before.month)}`)}
    ${tile("mrr_at_risk", "Monthly revenue at risk", group.mrr_at_risk, f.money(group.mrr_at_risk), `${f.percentTenths(share(group.mrr_at_risk, group.mrr))} of it, at the next renewal`,
           cancelled.mrr_at_risk > 0 ? `${f.money(cancelled.mrr_at_risk)} of it already cancelled` : null,
           before && before.lost !== null ? `${f.money(before.lost)} lost in ${f.month(before.month)}` : null)}
    ${tile("periods", "Expected lifetime", share(group.periods, group.there), f.expected(share(group.periods, group.there)), `${shop.made.period}s per customer, over ${ahead}`)}
    ${tile("cltv", "Expected value", group.cltv, f.money(group.cltv), `over ${ahead}`)}
  </dl>`;
}

// Null of those who are chosen by how they stand today: they were never such a group before.
function monthBefore({filtered, view}) {
  if (filtered && (!view.filtered || view.byOutcome)) return null;
  const rows = view.mrr, now = rows.at(-1), before = rows.at(-2);
  if (!before) return null;
  const last = now.complete ? rows.length - 1 : rows.length - 2, over = rows[last], start = rows[last - 1];
  return {now, ...before, month: over.period, lost: over.churned_mrr,
          left: start && over.logo_retention !== null ? Math.round(start.customers * (1 - over.logo_retention)) : null};
}

// Whose revenue is likeliest to be lost first, of those who are still to decide; who has cancelled is named apart.
export function atRisk(page) {
  const {shop, f, state, filter} = page;
  const gone = filter.status === "cancelled" || filter.status === "ended";
  const all = state.list === "all" || gone;
  const sought = (state.q ?? "").toLowerCase();
  const rows = page.people.filter((c) => (all || c.rank !== null) && c.id.toLowerCase().includes(sought));
  const first = Number(state.more) > 0 ? Number(state.more) : 25;
  const nobody = shop.named === 0 || shop.made.least_group > 1;
  const most = page.people.filter((c) => c.rank !== null);
  const ten = most.slice(0, 10).reduce((sum, c) => sum + c.stake, 0);
  const open = ofStatus(page, "running"), cancelled = ofStatus(page, "cancelled");
  const apart = cancelled.there > 0 ? ` ${counted(f.count(cancelled.there), cancelled.there, "customer")}${cancelled.there === 1 ? " has" : " have"} already cancelled and ${
    cancelled.there === 1 ? "pays" : "pay"} ${f.money(cancelled.mrr)} a month until the end; they are not in this list.` : "";
  return card({
    id: "at_risk",
    question: "Whose renewal is worth a call?",
    answer: nobody ? "The page holds no customers by name."
      : filter.status === "ended" ? "They have left: nobody is still to decide."
      : filter.status === "cancelled" ? `They have decided: ${f.money(cancelled.mrr)} a month ends with these contracts.`
      : most.length === 0 ? `Nobody${page.whom} who is still to decide is expected to leave.${apart}`
      : `${f.money(open.mrr_at_risk)} a month${page.whom} may go at the next renewals of those who are still to decide; the first ${counted(f.count(Math.min(10, most.length)), Math.min(10, most.length), "customer")} of this list
         account for ${f.percent(share(ten, open.mrr_at_risk))} of it. In order of what they pay a month times the probability of leaving at the next renewal.${apart}`,
    tools: nobody || shop.customers.length === 0 ? null : html`<div class="tools live">
      <label><span>Search by ${shop.key}</span><input type="search" id="search" data-state="q" value="${state.q ?? ""}" autocomplete="off"></label></div>
      <p class="live key" role="status">${counted(f.count(rows.length), rows.length, "customer")} found${shop.customers.length < shop.totals.customers
        ? ` among the ${f.count(shop.customers.length)} of ${f.count(shop.totals.customers)} that the page holds by name` : ""}.</p>`,
    open: true,
    table: nobody || rows.length === 0 ? null : table(page, {id: "customers", label: "customers", rows, first, columns: [
      {id: "id", name: shop.key, of: (c) => c.id, text: true,
       markup: (c) => html`<a class="live-link" id="customer-${c.id}" href="${link(state, {customer: c.id})}">${c.id === "" ? "(empty)" : brief(c.id)}</a>`},
      {id: "rank", name: "Rank", of: (c) => c.rank, show: f.count},
      {id: "stake", name: "At risk per month", of: (c) => c.stake, show: f.moneyExact},
      {id: "mrr", name: "Pays per month", of: (c) => c.mrr, show: f.moneyExact},
      {id: "churn", name: "Leaves at the next renewal", of: (c) => c.churn, show: f.percentTenths},
      {id: "next", name: "Next renewal", of: (c) => c.next, show: f.dayShort, text: true},
      {id: "renewals", name: `${capital(shop.made.period)}s so far`, of: (c) => c.renewals, show: f.count},
      {id: "periods", name: "Expected lifetime", of: (c) => c.periods, show: f.expected},
      {id: "cltv", name: "Expected value", of: (c) => c.cltv, show: f.moneyExact},
      {id: "status", name: "Status", of: (c) => c.status, text: true},
      {id: "tier", name: "Tier", of: (c) => c.tier, text: true},
      ...shop.columns.map((name, i) => ({id: `by-${i}`, name, of: (c) => c.words?.[i] ?? null, markup: (c) => brief(c.words?.[i] ?? "–"), text: true, long: true}))
    ]}),
    note: rows.length > first && !nobody ? html`<p class="below live"><a class="button" id="more" href="${link(state, {more: first + 100})}">Show more</a></p>` : null
  });
}

export function customer(page) {
  const {shop, f, state} = page;
  if (state.customer === undefined) return null;
  const c = shop.customers.find(({id}) => id === state.customer);
  const back = html`<p class="below"><a class="button" id="close-customer" href="${link(state, {customer: null})}">Close</a></p>`;
  if (!c) return card({id: "customer", question: `Who is ${state.customer}?`, answer: "The page does not hold this customer by name.", note: back});
  const {period} = shop.made;
  const facts = [
    ["Status", c.status], ["Value tier", c.tier ?? "–"], ["First contract", f.dayShort(c.first)], ["Contracts", f.count(c.contracts)],
    ["Newest contract since", f.dayShort(c.started)], ["Ends", f.dayShort(c.ended)], [`${capital(period)}s so far`, f.count(c.renewals)],
    ["Next renewal", f.dayShort(c.next)], ["Pays per month", f.moneyExact(c.mrr)], ["Leaves at the next renewal", f.percentTenths(c.churn)],
    ["Expected lifetime", c.periods === null ? "–" : `${f.expected(c.periods)} ${period}s; ${f.count(c.low)} to ${f.count(c.high)} with a probability of ${f.percent(0.95)}`],
    ["Expected value", c.cltv === null ? "–" : `${f.moneyExact(c.cltv)}; ${f.money(c.cltv_low)} to ${f.money(c.cltv_high)} with a probability of ${f.percent(0.95)}`],
    ...shop.columns.map((name, i) => [name, c.words?.[i] ?? "–"])
  ];
  return card({
    id: "customer",
    question: `Who is ${c.id}?`,
    answer: c.status === "ended" ? "Has left: nothing is expected."
      : c.status === "cancelled" ? `Has cancelled: pays until ${f.dayShort(c.ended)}, and no longer.`
      : `Has paid for ${counted(f.count(c.renewals), c.renewals, period)} and leaves at the next renewal with a probability of ${f.percentTenths(c.churn)}.`,
    note: html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>${back}`
  });
}

// By each of the columns, and by tier.
export function groups(page) {
  const {shop, f, state} = page;
  const keys = shop.filters.filter(({key}) => key !== "status");
  const rows = keys.flatMap(({key, label}) => grouped(page.filteredBut(key) ?? shop.cube, key).filter((g) => g.there > 0).map((g) => ({...g, key, label})));
  if (rows.length === 0) return null;
  const most = Math.max(...rows.map((g) => g.mrr ?? 0));
  const [best, worst] = [...rows].filter((g) => g.key.startsWith("by.") && g.leaving !== null).sort((a, b) => a.leaving / a.there - b.leaving / b.there).filter((g, i, all) => i === 0 || i === all.length - 1);
  return card({
    id: "groups",
    question: "Which customers stay?",
    answer: worst ? `${f.percentTenths(best.leaving / best.there)} of ${best.label} ${best.name} are expected to leave at the next renewal, ${f.percentTenths(worst.leaving / worst.there)} of ${worst.label} ${worst.name}.`
      : "By value tier.",
    open: true,
    table: table(page, {id: "groups", label: "groups of customers", rows, columns: [
      {id: "name", name: "Group", of: (g) => g.name, text: true, long: true,
       markup: (g) => html`<a class="live-link" href="${link(state, {[g.key]: g.name, customer: null})}">${g.label}: ${g.name === "–" ? "none" : g.name === "…" ? "others" : g.name}</a>`},
      {id: "mrr", name: "Revenue per month", of: (g) => g.mrr, markup: (g) => html`${f.money(g.mrr)}${bar(most > 0 ? (g.mrr ?? 0) / most : 0)}`},
      {id: "there", name: "Customers", of: (g) => g.there, show: f.count},
      {id: "churn", name: "Leave at the next renewal", of: (g) => share(g.leaving, g.there), show: f.percentTenths},
      {id: "mrr_at_risk", name: "At risk per month", of: (g) => g.mrr_at_risk, show: f.money},
      {id: "periods", name: "Expected lifetime", of: (g) => share(g.periods, g.there), show: f.expected},
      {id: "cltv", name: "Expected value", of: (g) => g.cltv, show: f.money}
    ]})
  });
}

// Round numbers of periods: of months, those that make quarters and years.
function evenly(last, word) {
  const sizes = word === "month" ? [1, 2, 3, 6, 12, 24, 60] : [1, 2, 5, 10, 20, 50];
  const step = sizes.find((size) => last / size <= 6) ?? Math.ceil(last / 6);
  return Array.from({length: Math.floor(last / step) + 1}, (_, i) => i * step);
}

// How many are still there after so many periods: as it was, and as the model has it.
export function curve(page) {
  const {shop, f, view} = page;
  const {period: word} = shop.made;
  const rows = view.curve, last = rows.at(-1);
  if (shop.curve.length < 2) return null;
  if (!last) return card({id: "curve", question: "How long do customers stay?", answer: `There are no contracts${page.whom}.`});
  const at = (n) => rows.find((r) => r.period === n);
  const half = rows.find((r) => r.survival <= 0.5);
  const points = (measure, say) => rows.filter((r) => r[measure] !== null)
    .map((r) => ({x: r.period, y: r[measure], tip: say ? `After ${counted(f.count(r.period), r.period, word)}: ${f.percentTenths(r.survival)} still there${r.expected === null ? "" : `, expected ${f.percentTenths(r.expected)}`}` : null}));
  const width = page.full;
  return card({
    id: "curve",
    question: "How long do customers stay?",
    answer: `${at(12) ? `${f.percentTenths(at(12).survival)} are still there after 12 ${word}s. ` : ""}${half ? `Half have left after ${counted(f.count(half.period), half.period, word)}.`
      : `More than half are still there after ${counted(f.count(last.period), last.period, word)}.`} Dots: what happened; thin lines: its ${f.percent(0.95)} interval${rows.some((r) => r.expected !== null) ? "; dashed: what the model expects" : ""}.${view.note ?? ""}`,
    draw: lines({
      width, height: 240, show: f.percent, wide: last.period, note: `${word}s since the start`,
      label: `Curve: share of the customers still there, by ${word}s since the start`,
      labels: evenly(last.period, word).map((n) => ({at: n, text: f.count(n)})),
      series: [{points: points("lower"), kind: "thin"}, {points: points("upper"), kind: "thin"}, {points: points("expected"), kind: "even"}, {points: points("survival", true), kind: "data", dots: 3}]
    }),
    table: table(page, {id: "curve", label: "customers still there", rows, columns: [
      {id: "period", name: `${capital(word)}s`, of: (r) => r.period, show: f.count},
      {id: "at_risk", name: "Came to that renewal", of: (r) => r.at_risk, show: f.count},
      {id: "ended", name: "Left then", of: (r) => r.ended, show: f.count},
      {id: "churn", name: "Churn", of: (r) => r.churn_rate, show: f.percentTenths},
      {id: "survival", name: "Still there", of: (r) => r.survival, show: f.percentTenths},
      {id: "lower", name: `${f.percent(0.95)} from`, of: (r) => r.lower, show: f.percentTenths},
      {id: "upper", name: "to", of: (r) => r.upper, show: f.percentTenths},
      {id: "expected", name: "Expected", of: (r) => r.expected, show: f.percentTenths}
    ]})
  });
}

export function revenue(page) {
  const {shop, f, view} = page;
  const rows = view.mrr;
  if (shop.mrr.length === 0) return null;
  if (rows.length === 0) return card({id: "revenue", question: "What moves the recurring revenue?", answer: view.filtered && shop.groups.every((g) => !g.mrr)
    ? "The revenue of a group needs the right to read the subscriptions." : `There is no revenue${page.whom}.`});
  const last = rows.filter((m) => m.complete).at(-1) ?? rows.at(-1);
  const some = (value) => Math.max(0, Number(value) || 0);
  const figure = (label, parts) => html`<figure><figcaption>${label}, ${f.currency}</figcaption>${columns({
    width: page.wide ? page.half : page.full, label: `Bars: ${label}`, show: f.moneyCompact,
    data: rows.map((m) => ({label: f.month(m.period), parts: parts(m).map(([value, kind]) => ({value: some(value), kind})).filter(({value}) => value > 0),
      tip: `${f.month(m.period)}: ${f.money(m.ending_mrr)} at its end; new ${f.money(m.new_mrr)}, expansion ${f.money(m.expansion_mrr)}, reactivated ${f.money(m.reactivation_mrr)}, contraction ${f.money(m.contraction_mrr)}, churned ${f.money(m.churned_mrr)}`}))
  })}</figure>`;
  return card({
    id: "revenue",
    question: "What moves the recurring revenue?",
    answer: `In ${f.month(last.period)}${page.view.filtered ? page.whom : ""} new customers brought ${f.money(last.new_mrr)} a month, and ${f.money(last.churned_mrr)} was lost with those who left; ${
      f.percentTenths(last.net_revenue_retention)} of the revenue at its start was there at its end, expansion and contraction included.${view.note ?? ""}`,
    draw: html`<div class="pair">${figure("Recurring revenue at the end of the month", (m) => [
      [some(m.ending_mrr) - some(m.new_mrr) - some(m.expansion_mrr) - some(m.reactivation_mrr), "data"], [some(m.expansion_mrr) + some(m.reactivation_mrr), "expected"], [m.new_mrr, "new"]])}
      ${figure("Lost in the month", (m) => [[m.churned_mrr, "data"], [m.contraction_mrr, "fresh"]])}</div>
      <ul class="legend"><li><span class="swatch data"></span>kept; at the right: of customers who left</li><li><span class="swatch expected"></span>expansion, and customers who came back</li>
      <li><span class="swatch new"></span>new customers</li><li><span class="swatch fresh"></span>contraction</li></ul>`,
    table: table(page, {id: "revenue", label: "recurring revenue by month", rows, columns: [
      {id: "month", name: "Month", of: (m) => m.period, markup: (m) => f.month(m.period), text: true},
      {id: "customers", name: "Customers", of: (m) => m.customers, show: f.count},
      ...[["starting_mrr", "At its start"], ["new_mrr", "New"], ["expansion_mrr", "Expansion"], ["reactivation_mrr", "Reactivated"], ["contraction_mrr", "Contraction"],
          ["churned_mrr", "Churned"], ["ending_mrr", "At its end"]].map(([id, name]) => ({id, name, of: (m) => m[id], show: f.money})),
      {id: "nrr", name: "Net revenue retention", of: (m) => m.net_revenue_retention, show: f.percentTenths},
      {id: "grr", name: "Gross revenue retention", of: (m) => m.gross_revenue_retention, show: f.percentTenths},
      {id: "logo", name: "Customer retention", of: (m) => m.logo_retention, show: f.percentTenths},
      {id: "over", name: "Month over", of: (m) => (m.complete ? "yes" : "no"), text: true}
    ]})
  });
}

const byMonth = (cells) => [...new Set(cells.map((c) => c.month))].sort().map((month) => {
  const own = cells.filter((c) => c.month === month);
  const sum = (measure) => (own.every((c) => c[measure] === null) ? null : own.reduce((total, c) => total + c[measure], 0));
  return {month, ...Object.fromEntries(["renewals", "expected_to_leave", "mrr", "mrr_at_risk", "cltv"].map((m) => [m, sum(m)]))};
});

export function renewals(page) {
  const {shop, f} = page;
  const told = page.filtered && shop.due.length > 0;
  const rows = told ? byMonth(chosen(shop.due, page.filter)) : shop.renewals;
  if (shop.renewals.length === 0) return null;
  const [next] = rows;
  const ofAll = page.filtered && !told ? " Of all customers." : "";
  return card({
    id: "renewals",
    question: "What is due for renewal?",
    answer: !next ? `No renewal${page.whom} is due.` : `${f.month(next.month)}${page.whom}: ${counted(f.count(next.renewals), next.renewals, "renewal")} worth ${f.money(next.mrr)} a month; ${f.expected(next.expected_to_leave)} are expected to leave, and ${f.money(next.mrr_at_risk)} a month with them.${ofAll}`,
    open: true,
    table: table(page, {id: "renewals", label: "renewals by month", rows, columns: [
      {id: "month", name: "Month", of: (r) => r.month, markup: (r) => f.month(r.month), text: true},
      {id: "renewals", name: "Renewals", of: (r) => r.renewals, show: f.count},
      {id: "leaving", name: "Expected to leave", of: (r) => r.expected_to_leave, show: f.expected},
      {id: "mrr", name: "Revenue per month", of: (r) => r.mrr, show: f.money},
      {id: "mrr_at_risk", name: "At risk of it", of: (r) => r.mrr_at_risk, show: f.money},
      {id: "cltv", name: "Expected value", of: (r) => r.cltv, show: f.money}
    ]})
  });
}
