import {capital, counted, html} from "./text.js";
import {daysBetween} from "./format.js";

const families = {geometric: "geometric", sbg: "shifted beta-geometric", bdw: "beta-discrete-Weibull"};
const kinds = {nbd: "NBD", bgnbd: "BG/NBD", mbgnbd: "MBG/NBD", pnbd: "Pareto/NBD",
               gg: "Gamma-Gamma", lognormal: "lognormal", own: "each customer's own mean"};

// What the page is of.
export const named = (shop) => (shop.kind === "contracts" ? "Subscriptions" : "Customer value");

export const daysOld = ({totals}, now) => (totals.as_of === null ? null : Math.max(0, daysBetween(totals.as_of, now)));

export function header({shop, f, now}) {
  const {health, totals, made} = shop;
  const word = health?.health ?? "never refreshed";
  const age = daysOld(shop, now);
  const old = age > 7 && made.as_of === null;
  const said = health
    ? `${health.reason ? `${capital(health.reason)}. ` : ""}Last success: ${f.time(health.last_success)}.`
    : `The role ${shop.role} sees no refresh.`;
  // What casts doubt on all that follows comes before it.
  const doubt = old || !["ok", "never refreshed"].includes(word);
  const title = html`<div>
      <h1>${named(shop)}</h1>
      <p class="about"><b>${shop.name}</b> as of <b data-as-of="${totals.as_of ?? ""}">${f.day(totals.as_of)}</b></p>
    </div>`;
  const state = html`<div class="${doubt ? "health doubt" : "health"}" data-health="${word}">
      <span class="word"><svg width="10" height="10" aria-hidden="true"><circle cx="5" cy="5" r="5"/></svg> ${word}</span>
      <span class="why">${said}</span>
      ${age === null ? null : html`<p class="${old ? "age old" : "age"}" data-days-old="${age}">Data ${
        age === 0 ? "of today" : counted(f.count(age), age, "day") + " old"}${
        old ? ": this page shows the shop as it was then" : made.as_of ? ", as of a chosen day" : ""}.</p>`}
    </div>`;
  return html`<header id="header">${doubt ? [state, title] : [title, state]}</header>
  ${missing(shop)}`;
}

// What a model that refused leaves empty. Whether it did is told by what is there, for a status such as "no repeat
// purchases" may be one or the other.
function missing({kind, model, totals}) {
  if (kind === "contracts") return missingContracts(model, totals);
  const {status, spend_status: spend} = model ?? {};
  if (!status || (totals.expected_orders !== null && totals.cltv !== null)) return null;
  const [what, which, why] = totals.expected_orders === null ? ["predictions", "orders", status] : ["values", "spend", spend];
  if (totals.expected_orders !== null && totals.revenue === null) return html`<p class="notice" role="note">There are no values: no order has a known amount.</p>`;
  return html`<p class="notice" role="note">There are no ${what}: the model of ${which} found no parameters (${why}).
    It needs more customers, or a longer time.</p>`;
}

function missingContracts(model, {there, cltv}) {
  if (!(there > 0) || cltv !== null) return null;
  return html`<p class="notice" role="note">There are no predictions: the model of contracts found no parameters (${model?.status ?? "there is none"}).
    It needs more contracts, or a longer time.</p>`;
}

export function footer({shop, f}) {
  const {meanings, model} = shop;
  const orders = shop.kind !== "contracts";
  const words = {status: "Status", mrr: "Revenue per month", expected_periods: "Expected lifetime", revenue: "Revenue", expected_orders: "Expected purchases", cltv: "Value", churn_prob: "Churn", value_tier: "Tier"};
  const models = !orders ? model?.contracts > 0 ? `Model of contracts: ${families[model.family] ?? model.family}, ${model.status}, ${counted(f.count(model.contracts), model.contracts, "contract")} as of ${f.day(model.as_of)}.`
    : "No model: there are no contracts." : model?.kind
    ? `Model of orders: ${kinds[model.kind] ?? model.kind}, ${model.status},
       ${counted(f.count(model.customers), model.customers, "customer")} as of ${f.day(model.as_of)}.
       Model of spend: ${kinds[model.spend_kind] ?? model.spend_kind ?? "none"}, ${model.spend_status ?? "none"}.`
    : "No model: there are no customers.";
  return html`<footer id="footer">
    <h2>What the words mean</h2>
    <dl>${Object.entries(words).filter(([name]) => meanings?.[name])
      .map(([name, word]) => html`<div><dt>${word}</dt><dd>${meanings[name]}.</dd></div>`)}
      ${orders ? html`<div><dt>At Risk</dt><dd>A segment: by the scores of recency, frequency and revenue alone.</dd></div>
      <div><dt>To win back</dt><dd>The fifth of the High- and Medium-value customers with the highest churn, whatever their segment.</dd></div>
      <div><dt>Value at stake</dt><dd>Value times churn, of a customer to win back.</dd></div>` : null}</dl>
    <p>Money is ${f.currency}. ${models}${shop.made.least_group > 1 ? ` Groups of fewer than ${f.count(shop.made.least_group)} customers are not shown.` : null}</p>
    <p>Built ${f.time(shop.built)} from the database ${shop.database}, as the role ${shop.role}.</p>
  </footer>`;
}
