import {card, table} from "./card.js";
import * as format from "./format.js";

export function atRisk(shop) {
  const money = format.money(shop.currency);
  const {customers, first} = shop.at_risk;
  return card({
    id: "at_risk",
    question: "Who is worth winning back first?",
    answer: shop.totals.cltv === null ? "No value is predicted, so that none can be at stake."
      : customers === 0
      ? "Nobody: no customer of High or Medium value is more likely gone than not."
      : `${customers > first.length ? `The first ${first.length} of ${format.count(customers)} customers`
          : format.counted(customers, "customer")}
         of High or Medium value who are more likely gone than not, by the value at stake: the expected value times the
         probability of churn.`,
    wide: true,
    open: true,
    table: customers === 0 ? null : table(first, [
      {name: shop.key, of: (c) => c.customer, text: true},
      {name: "Rank", of: (c) => c.rank, show: format.count},
      {name: "Value at stake", of: (c) => c.value_at_stake, show: money.exact},
      {name: "Expected value", of: (c) => c.cltv, show: money.exact},
      {name: "Churn", of: (c) => c.churn_prob, show: format.percentTenths},
      {name: "Last order", of: (c) => c.last_order, show: format.dayShort, text: true},
      {name: "Orders", of: (c) => c.orders, show: format.count},
      {name: "Revenue so far", of: (c) => c.revenue, show: money.exact},
      {name: "Tier", of: (c) => c.value_tier, text: true},
      {name: "Segment", of: (c) => c.segment, text: true}
    ])
  });
}
