// What is told by month and by cohort, and how value and churn are spread: of all customers, or of those who are chosen, where the
// page holds them. It holds one filter each and two together, the largest first; of other groups it says that it shows everybody.

import {addDays} from "./format.js";

export function view(shop, filter) {
  const chosen = Object.entries(filter);
  const same = (of) => Object.keys(of).length === chosen.length && chosen.every(([key, value]) => of[key] === value);
  const all = {note: null, filtered: false, months: shop.months, value_bands: shop.value_bands, churn_bands: shop.churn_bands, cohorts: cohortsOf(shop, shop.groups?.[0])};
  if (chosen.length === 0) return all;
  const group = shop.groups.find(({of}) => same(of));
  return group ? ofGroup(shop, group)
    : {...all, note: " Of all customers: the page does not hold this for these filters together."};
}

// The whole shop's cells are known to the last digit; the group of everybody only adds what is ahead.
function cohortsOf(shop, group) {
  return {...shop.cohorts, ahead: ahead(shop, group)};
}

// By cohort, what its customers are expected to bring up to the end of each period to come that is whole within the horizon.
function ahead(shop, group) {
  const {ends, totals, cohorts: {unit}} = shop;
  if (!ends || !group?.cohorts) return new Map();
  const begins = (day) => day.endsWith("-01") && (unit === "month" || (unit === "quarter" ? (Number(day.slice(5, 7)) - 1) % 3 === 0 : day.endsWith("-01-01")));
  const whole = ends.map((end) => begins(addDays(totals.as_of, end + 1)));
  return new Map(group.cohorts.filter(([, , , , , values]) => values).map(([cohort, , , , , values]) => {
    let sum = 0;
    return [cohort, values.map((value, i) => ({sum: (sum += value), whole: whole[i]})).filter((step) => step.whole).map((step) => step.sum)];
  }));
}

function ofGroup(shop, group) {
  const money = shop.months.some((m) => m.new_revenue !== null);
  const byMonth = new Map((group.months ?? []).map(([month, ...row]) => [month, row]));
  const months = shop.months.slice(-24).map(({month}) => {
    const [fresh, again, newRevenue, againRevenue] = byMonth.get(month) ?? [];
    return {month, new: fresh ?? 0, again: again ?? 0, new_revenue: money ? newRevenue ?? 0 : null, again_revenue: money ? againRevenue ?? 0 : null};
  });
  const byCohort = new Map((group.cohorts ?? []).map(([cohort, customers, revenue, cltv, cells]) =>
    [cohort, {cohort, customers, revenue, cltv, cells: (cells?.[0] ?? []).map((active, i) => ({active, amount: cells[1]?.[i]}))}]));
  const cells = shop.cohorts.cells.filter((c) => byCohort.has(c.cohort)).map((c) => {
    const own = byCohort.get(c.cohort), cell = own.cells[c.period];
    return {...c, customers: own.customers, active: cell?.active ?? 0, revenue: c.revenue === null ? null : cell?.amount ?? 0};
  });
  const worth = [...byCohort.values()].map(({cells: unused, ...w}) => w);
  const value = (group.tenths ?? []).reduce((sum, t) => sum + t[4], 0);
  let above = 0;
  const bands = (group.tenths ?? []).map(([band, customers, from, to, cltv]) => ({band, customers, cltv_from: from, cltv_to: to, cltv,
    share: value > 0 ? cltv / value : null, cumulative_share: value > 0 ? (above += cltv) / value : null}));
  const churn = (group.churn ?? []).map(([band, customers, revenue, cltv]) => ({band, customers, revenue, cltv}));
  // What today's customers of it are expected to buy, up to the end of each month; the last may be no whole one.
  const next = (shop.monthEnds ?? []).map((end, i) => {
    const first = addDays(shop.totals.as_of, (shop.monthEnds[i - 1] ?? 0) + 1);
    const [expected, revenue] = group.next?.[i] ?? [null, null];
    return {month: `${first.slice(0, 7)}-01`, days: end - (shop.monthEnds[i - 1] ?? 0), expected, expected_revenue: revenue};
  }).filter((m) => m.expected !== null);
  // 90 days ago, of those who were such a group then; and what these have bought in as many days as the predictions look ahead.
  const [customers, revenue_then, total_value, value_at_stake] = group.then ?? [], [purchases, revenue] = group.lately ?? [];
  const before = {customers, revenue_then, total_value, value_at_stake, days: shop.previous?.days, purchases, revenue};
  return {note: null, filtered: true, before, months, next, value_bands: bands, churn_bands: churn,
          cohorts: {unit: shop.cohorts.unit, cells, worth, ahead: ahead(shop, group)}};
}
