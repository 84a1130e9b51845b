// The curve, the recurring revenue and the cohorts of subscriptions: of all customers, or of those who are chosen, where the page
// holds them. It holds one filter each and two together, the largest first; of other groups it says that it shows everybody.

import {addMonths} from "./format.js";

export function viewOfContracts(shop, filter) {
  const chosen = Object.entries(filter);
  const all = {note: null, filtered: false, curve: shop.curve, mrr: shop.mrr, cohorts: shop.cohorts};
  if (chosen.length === 0) return all;
  const group = shop.groups.find(({of}) => Object.keys(of).length === chosen.length && chosen.every(([key, value]) => of[key] === value));
  if (!group) return {...all, note: shop.groups.length > 0 ? " Of all customers: the page does not hold this for these filters together." : " Of all customers."};
  // Who has left, or is worth much, was chosen by what came of them: the model says nothing of how long such stay.
  const byOutcome = chosen.some(([key]) => key === "status" || key === "tier");
  return {note: byOutcome ? " The filter picks customers by how they stand today: this is how they got here, not how long customers stay." : null,
          filtered: true, byOutcome, curve: curve(group.curve ?? [], byOutcome), mrr: revenue(shop, group), cohorts: cohorts(shop, group)};
}

// By Kaplan and Meier; the interval on the scale of ln(-ln S), with the variance of Greenwood (1926), as in NAME_curve.
function curve(rows, byOutcome) {
  const reach = 1.959963984540054;
  let survival = 1, variance = 0;
  return rows.map(([period, at_risk, ended, expected]) => {
    survival *= (at_risk - ended) / at_risk;
    variance += ended / (at_risk * (at_risk - ended));
    const spread = Math.exp(reach * Math.sqrt(variance) / -Math.log(survival));
    const [lower, upper] = survival === 1 ? [1, 1] : survival === 0 ? [null, null] : [survival ** spread, survival ** (1 / spread)];
    return {period, at_risk, ended, churn_rate: ended / at_risk, survival, lower, upper, expected: byOutcome ? null : expected};
  });
}

function revenue(shop, group) {
  const complete = new Map(shop.mrr.map((m) => [m.period, m.complete]));
  let before = 0;
  return (group.mrr ?? []).map(([customers, gone, fresh, expansion, contraction, churned, back, ending], i) => {
    const starting = ending - fresh - expansion - back + contraction + churned, ratio = (part) => (starting > 0.005 ? part / starting : null);
    const period = addMonths(group.first, i);
    const month = {period, customers, starting_mrr: starting, new_mrr: fresh, expansion_mrr: expansion, contraction_mrr: contraction, churned_mrr: churned,
                   reactivation_mrr: back, ending_mrr: ending, net_revenue_retention: ratio(starting + expansion - contraction - churned),
                   gross_revenue_retention: ratio(starting - contraction - churned),
                   logo_retention: before > 0 ? (before - gone) / before : null, complete: complete.get(period) ?? true};
    before = customers;
    return month;
  }).filter(({period}) => !(period < shop.mrr[0]?.period));
}

function cohorts(shop, group) {
  const own = new Map((group.cohorts ?? []).map(([cohort, customers, there]) => [cohort, {customers, there}]));
  const cells = shop.cohorts.cells.filter((c) => own.has(c.cohort)).map((c) => ({...c, customers: own.get(c.cohort).customers, active: own.get(c.cohort).there[c.period]}));
  return {...shop.cohorts, cells};
}
