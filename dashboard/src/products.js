import {bar, card, table} from "./card.js";
import {html} from "./text.js";

// What sells, what brings customers back, and what goes together.
export function products(page) {
  const {shop, f} = page;
  const rows = shop.products;
  if (rows.length === 0) return null;
  const most = Math.max(0, ...rows.map((p) => p.revenue ?? 0));
  const sure = rows.filter((p) => p.repeat_lower !== null).sort((a, b) => b.repeat_lower - a.repeat_lower)[0];
  const pair = rows.filter((p) => p.goes_with !== null).sort((a, b) => b.confidence - a.confidence)[0];
  return card({
    id: "products",
    question: "Which products bring customers back?",
    answer: `${sure ? `${f.percent(sure.repeat_rate)} of those whose first order included ${sure.product} came back. ` : ""}${
      pair ? `${f.percent(pair.confidence)} of the baskets with ${pair.product} also include ${pair.goes_with}, ${f.number(pair.lift)} times the usual share. ` : ""}Shown are the ${
      f.count(rows.length)} products with the most revenue.${page.filtered ? " Of all customers." : ""}`,
    open: rows.length <= 12,
    table: table(page, {id: "products", label: "products", rows, columns: [
      {id: "product", name: "Product", of: (p) => p.product, text: true, long: true},
      {id: "revenue", name: "Revenue", of: (p) => p.revenue, markup: (p) => html`${f.money(p.revenue)}${bar(most > 0 ? (p.revenue ?? 0) / most : 0)}`},
      {id: "customers", name: "Customers", of: (p) => p.customers, show: f.count},
      {id: "first", name: "First bought by", of: (p) => p.first_customers, show: f.count},
      {id: "repeat", name: "of whom came back", of: (p) => p.repeat_rate, show: f.percent},
      {id: "lower", name: `${f.percent(0.95)} from`, of: (p) => p.repeat_lower, show: f.percent},
      {id: "upper", name: "to", of: (p) => p.repeat_upper, show: f.percent},
      {id: "later", name: "Later value", of: (p) => p.later_value, show: f.moneyExact},
      {id: "with", name: "Goes with", of: (p) => p.goes_with, text: true, long: true},
      {id: "confidence", name: "in this share of baskets", of: (p) => p.confidence, show: f.percent},
      {id: "lift", name: "Times as often", of: (p) => p.lift, show: f.number}
    ]})
  });
}
