import * as Plot from "@observablehq/plot";
import {html} from "htl";
import {card, image, table} from "./card.js";
import * as format from "./format.js";

const dayLength = 24 * 3600 * 1000;

export function forecast(shop) {
  const money = format.money(shop.currency);
  const weeks = shop.forecast.map((week) => {
    const from = new Date(week.first_day), to = new Date(Date.parse(week.last_day) + dayLength);
    return {...week, from, to, days: Math.round((to - from) / dayLength)};
  });
  // A horizon that is not in whole weeks ends in a shorter one, which would look like a fall.
  const whole = weeks.filter((week) => week.days === 7);
  const shown = (whole.length > 0 ? whole : weeks).filter((week) => week.expected_purchases !== null);
  const short = weeks.find((week) => week.days < 7);
  const valued = shown.some((week) => week.expected_revenue !== null);
  const [first] = shown;
  return card({
    id: "forecast",
    question: "What will today's customers buy, week by week?",
    answer: !first ? "No purchases are predicted."
      : `In the first week about ${format.expected(first.expected_purchases)} purchases${
        valued ? ` for ${money.whole(first.expected_revenue)}` : ""}. New customers come on top.${
        short && whole.length > 0
          ? ` Not drawn: week ${short.week}, which has ${short.days} of 7 days within the horizon.` : ""}`,
    draw: !first ? null : (width) => html`<div>
      ${bars(shown, width, "expected_purchases", "Purchases a week", format.compact)}
      ${valued ? bars(shown, width, "expected_revenue", `Revenue a week, ${money.unit}`, money.compact) : null}
    </div>`,
    table: !first ? null : table(weeks, [
      {name: "Week", of: (week) => week.week, show: String},
      {name: "From", of: (week) => week.first_day, show: format.dayShort, text: true},
      {name: "Days", of: (week) => week.days, show: format.count},
      {name: "Purchases", of: (week) => week.expected_purchases, show: format.expected},
      {name: "Revenue", of: (week) => week.expected_revenue, show: money.whole}
    ])
  });
}

function bars(weeks, width, measure, label, show) {
  const gap = width / weeks.length > 4 ? 0.5 : 0;
  return html`<h3>${label}</h3>
    ${image(Plot.plot({
      width,
      height: 148,
      marginLeft: 48,
      marginTop: 6,
      marginBottom: 36,
      x: {type: "utc", label: null, ticks: Math.max(2, Math.round(width / 110))},
      y: {label: null, zero: true, grid: true, ticks: 3, tickFormat: show},
      marks: [
        Plot.rectY(weeks, {x1: "from", x2: "to", y: measure, fill: "var(--data)", insetLeft: gap, insetRight: gap,
                           className: measure}),
        Plot.ruleY([0], {stroke: "var(--line-strong)"})
      ]
    }), `Bars: ${label}, expected of the known customers`)}`;
}
