import {html} from "htl";
import * as format from "./format.js";

const kinds = {nbd: "NBD", bgnbd: "BG/NBD", mbgnbd: "MBG/NBD", pnbd: "Pareto/NBD",
               gg: "Gamma-Gamma", lognormal: "lognormal", own: "each customer's own mean"};

export function header(shop) {
  const {health, model} = shop;
  const word = health?.health ?? "never refreshed";
  const said = health
    ? `${health.reason ? `${health.reason}. ` : ""}Last success: ${format.time(health.last_success)}.`
    : `No refresh by the role ${shop.role} is in the log.`;
  return html`<header>
    <div>
      <h1>Customer value</h1>
      <p class="about"><b>${shop.name}</b> as of
        <b data-as-of=${shop.totals.as_of ?? ""}>${format.day(shop.totals.as_of)}</b></p>
    </div>
    <div class="health" data-health=${word}>
      <span class="word"><svg width="10" height="10" aria-hidden="true"><circle cx="5" cy="5" r="5"></circle></svg>
        ${word}</span>
      <span class="why">${said}</span>
    </div>
  </header>
  ${missing(model, shop.totals)}`;
}

// What a model that refused leaves empty. Whether it did is told by what is there, for a status such as "no repeat
// purchases" may be one or the other.
function missing({status, spend_status: spend}, {expected_orders: expected, cltv}) {
  if (status === null || (expected !== null && cltv !== null)) return null;
  const [what, model, why] = expected === null ? ["predictions", "orders", status] : ["values", "spend", spend];
  return html`<p class="notice" role="note">There are no ${what}: the model of ${model} found no parameters (${why}).
    It needs more customers, or a longer time.</p>`;
}

export function totals(shop) {
  const money = format.money(shop.currency);
  const {totals, at_risk: risk} = shop;
  const tile = (id, label, value, shown, unit) => html`<div class="tile">
    <dt>${label}</dt><dd data-total=${id} data-value=${value ?? ""}>${shown}</dd><dd class="unit">${unit}</dd></div>`;
  const span = shop.span ?? "over the horizon";
  return html`<dl class="tiles">
    ${tile("customers", "Customers", totals.customers, format.count(totals.customers),
           format.counted(totals.orders ?? 0, "order"))}
    ${tile("revenue", "Revenue so far", totals.revenue, money.whole(totals.revenue), money.unit)}
    ${tile("expected_orders", "Expected purchases", totals.expected_orders, format.expected(totals.expected_orders),
           span)}
    ${tile("cltv", "Expected value", totals.cltv, money.whole(totals.cltv), span)}
    ${tile("value_at_stake", "Value at stake", risk.value_at_stake, money.whole(risk.value_at_stake),
           risk.value_at_stake === null ? span : `${format.counted(risk.customers, "customer")} at risk`)}
  </dl>`;
}

export function footer(shop) {
  const {meanings, model} = shop;
  const words = {revenue: "Revenue", expected_orders: "Expected purchases", cltv: "Value", churn_prob: "Churn",
                 value_tier: "Tier"};
  const models = model.kind
    ? `Model of orders: ${kinds[model.kind] ?? model.kind}, ${model.status},
       ${format.counted(model.customers, "customer")} as of ${format.day(model.as_of)}.
       Model of spend: ${kinds[model.spend_kind] ?? model.spend_kind ?? "none"}, ${model.spend_status ?? "none"}.`
    : "No model: there are no customers.";
  return html`<footer>
    <h2>What the words mean</h2>
    <dl>${Object.entries(words).filter(([name]) => meanings?.[name])
      .map(([name, word]) => html`<div><dt>${word}</dt><dd>${meanings[name]}.</dd></div>`)}</dl>
    <p>Money is ${format.money(shop.currency).unit}. ${models}</p>
    <p>Built ${format.time(shop.built)} from the database ${shop.database}, as the role ${shop.role}.</p>
  </footer>`;
}
