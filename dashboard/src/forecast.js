import {card, table} from "./card.js";
import {columns} from "./plot.js";
import {dayLength} from "./format.js";
import {html} from "./text.js";

export function forecast(page) {
  const {shop, f} = page;
  const weeks = shop.forecast.map((week) =>
    ({...week, days: Math.round((Date.parse(week.last_day) - Date.parse(week.first_day)) / dayLength) + 1}));
  // A horizon that is not in whole weeks ends in a shorter one, which would look like a fall.
  const whole = weeks.filter((week) => week.days === 7);
  const shown = (whole.length > 0 ? whole : weeks).filter((week) => week.expected_purchases !== null).slice(0, 52);
  const short = weeks.find((week) => week.days < 7);
  const valued = shown.some((week) => week.expected_revenue !== null);
  const [first] = shown;
  const bars = (measure, label, show, say) => html`<figure class="${measure}"><figcaption>${label}</figcaption>${columns({
    width: page.wide ? page.half : page.full, height: 170, label: `Bars: ${label}, expected of the known customers`, show, room: 92,
    data: shown.map((week) => ({label: f.dayShort(week.first_day), tip: `Week from ${f.dayShort(week.first_day)}: ${say(week[measure])}`,
                                parts: [{value: week[measure] ?? 0, kind: "data"}]}))})}</figure>`;
  return card({
    id: "forecast",
    question: "What will today's customers buy, week by week?",
    answer: !first ? "No purchases are predicted."
      : `In the first week about ${f.expected(first.expected_purchases)} purchases${
        valued ? ` worth ${f.money(first.expected_revenue)}` : ""}; new customers come on top.${
        short && whole.length > 0 ? ` Not drawn: week ${short.week}, which has ${short.days} of 7 days within the horizon.` : whole.length > 52 ? " Drawn is the first year." : ""}${page.filtered ? " Of all customers." : ""}`,
    draw: !first ? null : html`<div class="pair">${bars("expected_purchases", "Purchases per week", f.axis, f.expected)}
      ${valued ? bars("expected_revenue", `Revenue per week, ${f.currency}`, f.moneyCompact, f.money) : null}</div>`,
    table: !first ? null : table(page, {id: "forecast", label: "weeks", rows: page.brief ? weeks.slice(0, 53) : weeks, columns: [
      {id: "week", name: "Week", of: (week) => week.week, show: String},
      {id: "from", name: "From", of: (week) => week.first_day, show: f.dayShort, text: true},
      {id: "to", name: "To", of: (week) => week.last_day, show: f.dayShort, text: true},
      {id: "days", name: "Days", of: (week) => week.days, show: f.count},
      {id: "purchases", name: "Purchases", of: (week) => week.expected_purchases, show: f.expected},
      {id: "revenue", name: "Revenue", of: (week) => week.expected_revenue, show: f.money}
    ]})
  });
}
