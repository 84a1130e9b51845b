import {card, table} from "./card.js";
import {columns} from "./plot.js";
import {dayLength} from "./format.js";
import {html} from "./text.js";

// Months that are over, by new and returning customers, and the weeks to come of those who are known, by month.
export function months(page) {
  const {shop, f} = page;
  const past = shop.months.slice(-24);
  const [first] = shop.forecast.filter((w) => w.expected_purchases !== null);
  const money = past.some((m) => m.new_revenue !== null);
  const rows = [...past.map((m) => ({...m, over: true})), ...ahead(shop)];
  const shown = rows.filter((r) => r.over || r.days > 27);
  const last = past.at(-1);
  const returning = past.reduce((sum, m) => sum + m.again, 0), all = returning + past.reduce((sum, m) => sum + m.new, 0);
  return card({
    id: "months",
    question: "What came of new and of returning customers, and what is to come?",
    answer: !last ? "There are no customers yet."
      : `${f.percent(returning / all)} of the purchases of ${past.length === 1 ? "this month" : `these ${past.length} months`} came from customers who had
         ordered before. ${first ? `Pale: what the customers of today are expected to buy; new customers come on top.` : "No purchases are predicted."}${
        money ? "" : ` Revenue by month needs the right to read the orders.`}`,
    draw: !last ? null : html`<div class="pair">${[
      drawing(page, shown, "Purchases a month", "new", "again", "expected", f.axis, f.count),
      money ? drawing(page, shown, `Revenue a month, ${f.currency}`, "new_revenue", "again_revenue", "expected_revenue", f.moneyCompact, f.money) : null]}</div>
      <ul class="legend"><li><span class="swatch new"></span>first purchases</li><li><span class="swatch data"></span>of customers who came back</li>${
      first ? html`<li><span class="swatch expected"></span>expected of the customers of today</li>` : null}</ul>`,
    table: !last ? null : table(page, {id: "months", label: "months", rows, columns: [
      {id: "month", name: "Month", of: (m) => m.month, markup: (m) => f.month(m.month), text: true},
      {id: "new", name: "First purchases", of: (m) => m.new, show: f.count},
      {id: "again", name: "Of those who came back", of: (m) => m.again, show: f.count},
      {id: "new_revenue", name: "Revenue, first", of: (m) => m.new_revenue, show: f.money},
      {id: "again_revenue", name: "Revenue, came back", of: (m) => m.again_revenue, show: f.money},
      {id: "expected", name: "Expected purchases", of: (m) => m.expected, show: f.expected},
      {id: "expected_revenue", name: "Expected revenue", of: (m) => m.expected_revenue, show: f.money},
      {id: "days", name: "Days ahead", of: (m) => m.days, show: f.count}
    ]})
  });
}

// The weeks of the forecast by month: a week that two months share is parted by its days.
function ahead({forecast}) {
  const found = new Map();
  for (const week of forecast.filter((w) => w.expected_purchases !== null)) {
    const from = Date.parse(week.first_day), n = Math.round((Date.parse(week.last_day) - from) / dayLength) + 1;
    for (let i = 0; i < n; i++) {
      const month = `${new Date(from + i * dayLength).toISOString().slice(0, 7)}-01`;
      const m = found.get(month) ?? {month, expected: 0, expected_revenue: week.expected_revenue === null ? null : 0, days: 0};
      m.expected += week.expected_purchases / n;
      if (m.expected_revenue !== null) m.expected_revenue += week.expected_revenue / n;
      m.days += 1;
      found.set(month, m);
    }
  }
  return [...found.values()];
}

function drawing({f, full, half, wide}, rows, label, fresh, back, expected, show, say) {
  const data = rows.slice(0, 24 + 13).map((m) => ({
    label: f.month(m.month),
    tip: m.over ? `${f.month(m.month)}: ${say(m[fresh])} new, ${say(m[back])} of customers who came back`
      : `${f.month(m.month)}: ${say(m[expected])} expected of the customers of today`,
    parts: m.over ? [{value: m[back] > 0 ? m[back] : 0, kind: "data"}, {value: m[fresh] > 0 ? m[fresh] : 0, kind: "new"}]
      : [{value: m[expected] ?? 0, kind: "expected"}]
  }));
  return html`<figure><figcaption>${label}</figcaption>${columns({width: wide ? half : full, label: `Bars: ${label}, past and expected`, data, show})}</figure>`;
}
