// The whole page as text: of the shop, of what the reader has chosen, and of how wide it is. The same when it is built,
// for readers without JavaScript, and in the browser; brief leaves out the tables of what is drawn as a table.

import {churnBands, valueCurve} from "./value.js";
import {cohorts, cohortValue} from "./cohorts.js";
import {compare} from "./compare.js";
import {customer} from "./customer.js";
import * as contracts from "./contracts.js";
import {customers} from "./customers.js";
import {due} from "./due.js";
import {drivers} from "./drivers.js";
import {experiments} from "./experiments.js";
import {filterBar} from "./filter-bar.js";
import {filters, said} from "./state.js";
import {forecast} from "./forecast.js";
import {footer, header, named} from "./header.js";
import {formats} from "./format.js";
import {html} from "./text.js";
import {modelCard} from "./model-card.js";
import {months} from "./months.js";
import {products} from "./products.js";
import {pulse, totals} from "./totals.js";
import {rfmGrid} from "./rfm-grid.js";
import {segments} from "./segments.js";
import {chosen, together} from "./shop.js";
import {view} from "./view.js";
import {viewOfContracts} from "./contract-view.js";

const parts = {header, filterBar, totals, compare, customer, pulse, segments, customers, due, rfmGrid, churnBands, valueCurve, months, forecast,
               cohorts, cohortValue, products, experiments, drivers, modelCard, footer};
const partsOfContracts = {header, filterBar, totals: contracts.totals, compare, customer: contracts.customer, renewals: contracts.renewals, customers: contracts.atRisk,
                          groups: contracts.groups, curve: contracts.curve, revenue: contracts.revenue, cohorts, drivers, modelCard, footer};

export function render(shop, state, {width = 1160, now, brief = false}) {
  const filter = filters(shop, state), otherFilter = filters(shop, state, "b.");
  const filtered = Object.keys(filter).length > 0;
  const rows = chosen(shop.cube, filter), otherRows = chosen(shop.cube, otherFilter);
  // What the whole shop is the views say to the last digit.
  const whole = shop.kind === "contracts" ? shop.totals : {...shop.totals, churn_prob: together(shop.cube).churn_prob,
    to_win_back: shop.to_win_back.customers, value_at_stake: shop.to_win_back.value_at_stake, orders: shop.totals.orders ?? 0};
  const of = (some, all) => (Object.keys(some).length > 0 ? together(all) : whole);
  const wide = width > 900;
  const page = {
    shop, state, now, brief, f: formats(shop), filter, otherFilter, filtered, rows, otherRows, group: of(filter, rows), other: of(otherFilter, otherRows),
    people: chosen(shop.customers, filter), view: (shop.kind === "contracts" ? viewOfContracts : view)(shop, filter), whom: filtered ? ` of ${said(shop, filter)}` : "",
    // Those whom all the other filters choose; null: everybody.
    filteredBut: (...keys) => {
      const rest = Object.fromEntries(Object.entries(filter).filter(([key]) => !keys.includes(key)));
      return Object.keys(rest).length > 0 ? chosen(shop.cube, rest) : null;
    },
    wide, full: width - 38, half: wide ? Math.floor((width - 38 - 24) / 2) : width - 38, tables: {}
  };
  const drawn = Object.entries(shop.kind === "contracts" ? partsOfContracts : parts).map(([name, part]) => [name, String(part(page) ?? "")]);
  return {parts: drawn, tables: page.tables};
}

export const whole = (drawn) => drawn.parts.map(([name, markup]) => `<div class="part" data-part="${name}">${markup}</div>`).join("\n");

export const title = (shop) => html`${named(shop)}: ${shop.name}`;
