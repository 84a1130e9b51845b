import {attributes, html} from "./text.js";
import {filters, link, said} from "./state.js";

// Which customers; and which others they are compared with.
export function filterBar(page) {
  const {shop, state} = page;
  const shown = shop.filters.filter(({key}) => key !== "r" && key !== "f");
  if (shown.length === 0) return null;
  const compared = state.compare === "yes";
  const clear = Object.fromEntries(shop.filters.map(({key}) => [key, null]));
  const both = {...clear, compare: null, ...Object.fromEntries(shop.filters.map(({key}) => [`b.${key}`, null]))};
  const cells = ["r", "f"].filter((key) => state[key]);
  return html`<section class="filters live" id="filters" aria-label="Filters">
    ${row(page, shown, "", compared ? "Group A" : "Show")}
    ${compared ? row(page, shown, "b.", "Group B") : null}
    <p class="actions">${cells.length > 0 ? html`<span>Also: ${said(shop, filters(shop, Object.fromEntries(cells.map((k) => [k, state[k]]))))}</span>` : null}
      <a id="compare" class="button" href="${link(state, compared ? Object.fromEntries(Object.keys(both).filter((k) => k === "compare" || k.startsWith("b.")).map((k) => [k, null]))
        : {compare: "yes"})}">${compared ? "Stop comparing" : "Compare two groups"}</a>
      ${Object.keys(both).some((key) => state[key]) ? html`<a id="clear" class="button" href="${link(state, both)}">All customers</a>` : null}
    </p>
  </section>`;
}

const row = ({state}, shown, prefix, name) => html`<fieldset><legend>${name}</legend>${shown.map(({key, label, values}) => html`<label>
  <span>${label}</span>
  <select id="filter-${prefix}${key}" data-state="${prefix}${key}"><option value="">All</option>${values.map((value) => html`<option
    ${attributes({value, selected: state[prefix + key] === value})}>${value === "…" ? "others" : value}</option>`)}</select></label>`)}</fieldset>`;
