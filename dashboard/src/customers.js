import {card, table} from "./card.js";
import {playbook} from "./segments.js";
import {link, said} from "./state.js";
import {attributes, brief, counted, html} from "./text.js";

const batch = 25;

// Those to win back first, or all of a group; as many as the page holds by name.
export function customers(page) {
  const {shop, f, state, group, filter} = page;
  const held = shop.customers.length;
  const all = state.list === "all" || (state.list !== "back" && page.filtered) || group.to_win_back === 0;
  const sought = (state.q ?? "").toLowerCase();
  const rows = page.people.filter((c) => (all || c.rank !== null) && c.id.toLowerCase().includes(sought));
  const first = Number(state.more) > 0 ? Number(state.more) : batch;
  const whom = page.filtered ? ` of ${said(shop, filter)}` : "";
  const atRisk = shop.segments.find((s) => s.segment === "At Risk");
  const nobody = shop.named === 0 || shop.made.least_group > 1;
  const answer = nobody ? group.value_at_stake === null ? "The page holds no customers by name." : `${counted(f.count(group.to_win_back), group.to_win_back, "customer")}${whom} to win back. The page holds no customers by name.`
    : shop.totals.customers === 0 ? "There are no customers yet."
    : shop.totals.cltv === null ? "No value is predicted, so none can be at stake."
    : `${counted(f.count(group.to_win_back), group.to_win_back, "customer")}${whom} to win back: the fifth of the High- and Medium-value customers
       with the highest churn, ranked by value at stake, which is value times churn.${atRisk && !page.filtered
      ? ` The segment At Risk is something else: it goes by scores alone, and ${f.count(atRisk.to_win_back)} of its ${f.count(atRisk.customers)} customers
         are in this list.` : ""}`;
  return card({
    id: "at_risk",
    question: all && page.filtered ? "Who are they?" : all ? "Who are the customers?" : "Who is worth winning back first?",
    answer,
    tools: nobody || held === 0 ? null : html`${playbook(page)}<div class="tools live">
      <label><span>Search by ${shop.key}</span><input type="search" id="search" data-state="q" value="${state.q ?? ""}" autocomplete="off"></label>
      <label><span>List</span><select id="list" data-state="list">${[["back", "to win back"], ["all", "all of them"]].map(([value, name]) =>
        html`<option ${attributes({value, selected: (value === "all") === all})}>${name}</option>`)}</select></label></div>
      <p class="live key" role="status">${counted(f.count(rows.length), rows.length, "customer")} found${held < shop.totals.customers
        ? ` among the ${f.count(held)} of ${f.count(shop.totals.customers)} that the page holds by name: the top of each list` : ""}.</p>`,
    open: true,
    table: nobody || rows.length === 0 ? null : table(page, {id: "customers", label: "customers", rows, first, columns: [
      {id: "id", name: shop.key, of: (c) => c.id, text: true,
       markup: (c) => html`<a class="live-link" id="customer-${c.id}" href="${link(state, {customer: c.id})}">${c.id === "" ? "(empty)" : brief(c.id)}</a>`},
      {id: "rank", name: "Rank", of: (c) => c.rank, show: f.count},
      {id: "stake", name: "Value at stake", of: (c) => c.stake, show: f.moneyExact},
      {id: "cltv", name: "Expected value", of: (c) => c.cltv, show: f.moneyExact},
      {id: "churn", name: "Churn", of: (c) => c.churn, show: f.percentTenths},
      {id: "last", name: "Last order", of: (c) => c.last, show: f.dayShort, text: true},
      {id: "orders", name: "Orders", of: (c) => c.orders, show: f.count},
      {id: "revenue", name: "Revenue so far", of: (c) => c.revenue, show: f.moneyExact},
      {id: "next", name: "Next order by", of: (c) => c.next, show: f.dayShort, text: true},
      {id: "tier", name: "Tier", of: (c) => c.tier, text: true},
      {id: "segment", name: "Segment", of: (c) => c.segment, text: true, long: true},
      ...shop.columns.map((name, i) => ({id: `by-${i}`, name, of: (c) => c.words?.[i] ?? null, markup: (c) => brief(c.words?.[i] ?? "–"), text: true, long: true}))
    ]}),
    note: rows.length > first && !nobody ? html`<p class="below live"><a class="button" id="more" href="${link(state, {more: first + 4 * batch})}">Show more</a></p>` : null
  });
}
