import {card, table} from "./card.js";
import {counted} from "./text.js";

const says = {buyers: "Share who ordered", orders: "Orders per customer", revenue: "Revenue per customer", profit: "Profit per customer"};

// What contacting the audiences did, with its intervals: those contacted beside those held back at random.
export function experiments(page) {
  const {shop, f} = page;
  const rows = shop.experiments.filter((r) => r.difference !== null);
  if (rows.length === 0) return null;
  const audiences = new Set(rows.map((r) => r.audience));
  const clear = rows.filter((r) => r.measure === "revenue" && r.lower * r.upper > 0);
  const show = (r, value) => (r.measure === "buyers" ? f.percentTenths(value) : r.measure === "orders" ? f.number(value) : f.moneyExact(value));
  const value = (name) => (r) => r[name];
  return card({
    id: "experiments",
    question: "Did contacting them work?",
    answer: `${counted(f.count(audiences.size), audiences.size, "audience")}: what customers did in the 30 days after being contacted, compared with those held back at
      random. ${clear.length === 0 ? "There is no clear difference in revenue: every interval includes 0."
        : `Revenue clearly differs for ${clear.map((r) => r.audience).join(", ")}.`}`,
    open: true,
    table: table(page, {id: "experiments", label: "audiences", rows, columns: [
      {id: "audience", name: "Audience", of: value("audience"), text: true, long: true},
      {id: "measure", name: "Measure", of: (r) => says[r.measure], text: true},
      {id: "treated", name: "Contacted", of: value("treated"), show: f.count},
      {id: "control", name: "Held back", of: value("control"), show: f.count},
      {id: "treated_mean", name: "Contacted, mean", of: value("treated_mean"), markup: (r) => show(r, r.treated_mean)},
      {id: "control_mean", name: "Held back, mean", of: value("control_mean"), markup: (r) => show(r, r.control_mean)},
      {id: "difference", name: "Difference", of: value("difference"), markup: (r) => show(r, r.difference)},
      {id: "lower", name: `${f.percent(0.95)} from`, of: value("lower"), markup: (r) => show(r, r.lower)},
      {id: "upper", name: "to", of: value("upper"), markup: (r) => show(r, r.upper)}
    ]})
  });
}
