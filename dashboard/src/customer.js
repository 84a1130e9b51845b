import {card, table} from "./card.js";
import {addDays, daysBetween} from "./format.js";
import {lines} from "./plot.js";
import {link} from "./state.js";
import {capital, counted, html} from "./text.js";

// One customer: what happened, what is expected, and why.
export function customer(page) {
  const {shop, f, state} = page;
  if (state.customer === undefined) return null;
  const c = shop.customers.find(({id}) => id === state.customer);
  const back = html`<p class="below"><a class="button" id="close-customer" href="${link(state, {customer: null})}">Close</a></p>`;
  if (!c) return card({id: "customer", question: `Who is ${state.customer}?`, answer: "The page does not hold this customer by name.", note: back});
  const asOf = addDays(c.first, c.tenure);
  const gap = c.frequency > 0 ? c.recency / c.frequency : null, silent = c.tenure - c.recency;
  const late = gap > 0 ? silent / gap : null;
  const segment = shop.segments.find((s) => s.segment === c.segment);
  const each = c.expected > 0 && c.cltv !== null ? c.cltv / c.expected : null;
  const facts = [
    ["Segment", c.segment ?? "–"], ["Value tier", c.tier ?? "–"],
    ["Orders", f.count(c.orders)], ["Revenue so far", f.money(c.revenue)],
    ["Days between orders", gap === null ? "–" : f.expected(gap)],
    ["Next order", c.next === null ? (c.churn === null ? "–" : "more likely none") : `by ${f.dayShort(c.next)}, as likely as not`],
    ["Next order between", c.next_from ? `${f.dayShort(c.next_from)} and ${c.next_to ? f.dayShort(c.next_to) : "never"} (${f.percent(0.8)})` : "–"],
    [`Expected purchases`, c.expected === null ? "–" : `${f.expected(c.expected)}${c.high === null ? "" : `; ${f.count(c.low)} to ${f.count(c.high)} (${f.percent(0.8)})`}`],
    ["Expected value", `${f.money(c.cltv)}${each === null || c.high === null ? "" : `; ${f.money(c.low * each)} to ${f.money(c.high * each)} for that many purchases`}`],
    ["Churn", f.percentTenths(c.churn)], ["Value at stake", c.stake === null ? "not on the list to win back" : `${f.money(c.stake)}, rank ${f.count(c.rank)}`],
    ...shop.columns.map((name, i) => [name, c.words?.[i] ?? "–"])
  ];
  const why = c.churn === null ? "No model predicts this customer."
    : c.frequency === 0 ? `Ordered on one day only, ${counted(f.count(c.tenure), c.tenure, "day")} ago: the prediction is that for customers of whom no more is known.`
    : `Ordered on ${f.count(c.frequency + 1)} days, ${f.expected(gap)} days apart on average, and has been silent for ${counted(f.count(silent), silent, "day")}, ${
      f.expected(late)} times the usual gap. ${late > 3 ? `That is unusually long for this customer${c.churn > 0.5 ? ", so churn is high" : ""}.`
        : late > 1.5 ? "That is late for this customer." : `That is nothing unusual${c.churn < 0.5 ? ", so churn is low" : ""}.`}${
      shop.model?.kind === "nbd" ? " Under the model in use, NBD, nobody ever leaves." : ""}`;
  return card({
    id: "customer",
    question: `Who is ${c.id}?`,
    answer: why,
    draw: html`<figure><figcaption>Orders, and the probability of still being a customer</figcaption>${c.tenure > 0 ? timeline(page, c, asOf) : null}</figure>`,
    note: html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
      ${segment?.action ? html`<p><b>What to do with ${segment.segment}:</b> ${segment.action}</p>` : null}
      ${reasons(page, c)}
      <details id="customer-days"><summary>The days of the orders</summary><p>${c.days?.map((d) => f.dayShort(addDays(c.first, d))).join("; ")}${
        c.days?.length === 150 ? " (the newest 150)" : ""}</p></details>${back}`
  });
}

const says = {"(base)": "An average customer", "(prediction)": "Together: the expected value", "(if they had ordered on that day)": "Had they ordered on"};

// What each number of the customer adds to the value of an average one, where the page has it.
function reasons(page, c) {
  const rows = (page.shop.why[c.id] ?? []).map(([what, value, adds]) => ({what: says[what] ?? capital(what), value, adds}));
  if (rows.length === 0) return null;
  return html`<h3>Why this value</h3>${table(page, {id: "why", label: "why this value", rows, columns: [
    {id: "what", name: "What", of: (r) => r.what, text: true, long: true},
    {id: "value", name: "Of this customer", of: (r) => r.value, text: true, long: true},
    {id: "adds", name: "Value", of: (r) => r.adds, show: page.f.moneyExact}
  ]})}`;
}

function timeline({f, full}, c, asOf) {
  const alive = (c.alive ?? []).map((p, i, all) => ({x: (i / (all.length - 1)) * c.tenure, y: p / 100}))
    .map((p) => ({...p, tip: `${f.dayShort(addDays(c.first, Math.round(p.x)))}: ${f.percent(p.y)} likely to still be a customer`}));
  const orders = (c.days ?? []).map((d) => ({x: d, y: 0, tip: `Order on ${f.dayShort(addDays(c.first, d))}`}));
  const half = Math.round(c.tenure / 2);
  return lines({
    width: full, height: 180, most: 1, wide: c.tenure, show: f.percent,
    label: `Line: probability of still being a customer from ${f.day(c.first)} to ${f.day(asOf)}; dots: ${daysBetween(c.first, asOf) >= 0 ? orders.length : 0} orders`,
    labels: [{at: 0, text: f.dayShort(c.first)}, {at: half, text: f.dayShort(addDays(c.first, half))}, {at: c.tenure, text: f.dayShort(asOf)}],
    series: [...(alive.length > 1 && c.alive.every((p) => p !== null) ? [{points: alive, kind: "data", dots: 2}] : []), {points: orders, kind: "none", dots: 4}]
  });
}
