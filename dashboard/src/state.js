// What a reader has chosen, as the part of the address behind #, so that a link keeps it and the browser's way back
// undoes it: #segment=At+Risk&by.country=DE&sort.customers=-cltv

export const read = (hash) => Object.fromEntries(new URLSearchParams(hash.replace(/^#/, "")));

export function link(state, change = {}) {
  const next = Object.entries({...state, ...change}).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return `#${new URLSearchParams(next)}`;
}

// The filters of the one group, and of the other with which it is compared.
export function filters(shop, state, prefix = "") {
  const all = shop.filters.filter(({key, values}) => values.includes(state[prefix + key]));
  return Object.fromEntries(all.map(({key}) => [key, state[prefix + key]]));
}

export const said = (shop, filter) => Object.entries(filter)
  .map(([key, value]) => (key === "segment" || key === "tier" ? value : `${shop.filters.find((f) => f.key === key).label} ${value}`))
  .join(", ");
