import {card, table} from "./card.js";
import {columns} from "./plot.js";
import {dayLength} from "./format.js";
import {capital, html} from "./text.js";

// Months that are over, by new and returning customers, and those to come: of the customers of today and of those still to be
// won, where that can be told; else the weeks of the forecast, of the customers of today.
export function months(page) {
  const {shop, view, group, f} = page;
  const past = view.months.slice(-24);
  // Of a group it is known what its customers are expected to buy, not whom it will win.
  const whole = view.filtered ? null : shop.ahead?.all ?? null;
  const next = view.filtered ? view.next : shop.ahead?.months ? shop.ahead.months.map(ofForecast) : ofWeeks(shop.forecast);
  const money = past.some((m) => m.new_revenue !== null);
  const byMonth = new Map(past.map((m) => [m.month, {...m, over: true}]));
  for (const m of next) byMonth.set(m.month, {...byMonth.get(m.month), ...m});
  const rows = [...byMonth.values()];
  const shown = rows.filter((r) => r.over || r.days > 27);
  const last = past.at(-1);
  const sum = (measure) => past.reduce((total, m) => total + m[measure], 0);
  const all = sum("again") + sum("new");
  return card({
    id: "months",
    question: "What did new and returning customers bring, and what comes next?",
    answer: !last ? "There are no customers yet."
      : `${f.percent(all > 0 ? sum("again") / all : null)} of the purchases of ${past.length === 1 ? "this month" : `these ${past.length} months`} came from
         customers who had ordered before. ${whole && whole.revenue !== null
        ? `In the next ${f.count(shop.ahead.days)} days ${f.money(whole.revenue)} are expected${whole.lower === null ? "" : `, ${f.money(whole.lower)} to ${f.money(whole.upper)} with a
           probability of ${f.percent(0.8)}`}; ${f.percent(whole.new_revenue / whole.revenue)} of it from future customers.`
        : view.filtered ? `${capital(shop.span ?? "over the horizon")} ${f.expected(group.expected_orders)} more are expected from these customers.`
        : next.length > 0 ? "Pale: what today's customers are expected to buy; new customers come on top." : "No purchases are predicted."}${
        money ? "" : shop.totals.revenue === null ? " No order has a known amount." : " Revenue by month needs the right to read the orders."}${view.note ?? ""}`,
    draw: !last ? null : html`<div class="pair">${[
      drawing(page, shown, "Purchases per month", ["new", "again", "expected", "fresh"], f.axis, f.count),
      money ? drawing(page, shown, `Revenue per month, ${f.currency}`, ["new_revenue", "again_revenue", "expected_revenue", "fresh_revenue"], f.moneyCompact, f.money) : null]}</div>
      <ul class="legend"><li><span class="swatch new"></span>first purchases</li><li><span class="swatch data"></span>returning customers</li>${
      next.length > 0 ? html`<li><span class="swatch expected"></span>expected from today's customers</li>` : null}${
      whole ? html`<li><span class="swatch fresh"></span>expected from future customers</li><li>Lines: ${f.percent(0.8)} intervals</li>` : null}</ul>`,
    table: !last ? null : table(page, {id: "months", label: "months", rows, columns: [
      {id: "month", name: "Month", of: (m) => m.month, markup: (m) => f.month(m.month), text: true},
      {id: "new", name: "First purchases", of: (m) => m.new, show: f.count},
      {id: "again", name: "Returning customers", of: (m) => m.again, show: f.count},
      {id: "new_revenue", name: "Revenue, first purchases", of: (m) => m.new_revenue, show: f.money},
      {id: "again_revenue", name: "Revenue, returning", of: (m) => m.again_revenue, show: f.money},
      {id: "expected", name: "Expected purchases", of: (m) => m.expected, show: f.expected},
      {id: "expected_revenue", name: "Expected revenue", of: (m) => m.expected_revenue, show: f.money},
      ...(whole ? [{id: "fresh", name: "Purchases, future customers", of: (m) => m.fresh, show: f.expected},
                   {id: "fresh_revenue", name: "Revenue, future customers", of: (m) => m.fresh_revenue, show: f.money},
                   {id: "lower", name: `Revenue, ${f.percent(0.8)} from`, of: (m) => m.lower, show: f.money},
                   {id: "upper", name: "to", of: (m) => m.upper, show: f.money}] : []),
      {id: "days", name: "Days ahead", of: (m) => m.days, show: f.count}
    ]})
  });
}

const ofForecast = (r) => ({
  month: `${r.first_day.slice(0, 7)}-01`, days: Math.round((Date.parse(r.last_day) - Date.parse(r.first_day)) / dayLength) + 1,
  expected: r.existing_purchases, expected_revenue: r.existing_revenue, fresh: r.new_purchases, fresh_revenue: r.new_revenue,
  lower: r.lower, upper: r.upper
});

// The weeks of the forecast by month: a week that two months share is parted by its days.
function ofWeeks(forecast) {
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

function drawing({f, full, half, wide}, rows, label, [fresh, back, expected, won], show, say) {
  const some = (value) => (value > 0 ? value : 0);
  const data = rows.slice(0, 24 + 13).map((m) => ({
    label: f.month(m.month),
    tip: [m.over ? `${f.month(m.month)}: ${say(m[fresh])} new, ${say(m[back])} of returning customers` : `${f.month(m.month)}:`,
          m.days ? `${say(m[expected])} expected from today's customers${m[won] > 0 ? `, ${say(m[won])} from future ones` : ""}` : null]
      .filter((t) => t).join(m.over ? "; " : " "),
    parts: [[back, "data"], [fresh, "new"], [expected, "expected"], [won, "fresh"]].map(([measure, kind]) => ({value: some(m[measure]), kind}))
      .filter(({value}) => value > 0),
    range: !m.over && expected === "expected_revenue" && m.upper > 0 ? [m.lower, m.upper] : null
  }));
  return html`<figure><figcaption>${label}</figcaption>${columns({width: wide ? half : full, label: `Bars: ${label}, past and expected`, data, show})}</figure>`;
}
