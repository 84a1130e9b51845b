// The shop as the page reads it: from what the query gave to what is in the page, and back. Words that are there often
// are written once.

const infinite = new Set(["expected_orders", "expected_purchases", "expected", "cltv", "estimate", "std_error"]);
// By what customers are chosen besides the columns of words, as those of the query are called, and what is added up of them.
const kinds = {
  orders: {by: {segment: "segment", tier: "value_tier", r: "r", f: "f"},
           measures: ["customers", "orders", "revenue", "expected_orders", "cltv", "churn", "to_win_back", "value_at_stake"]},
  contracts: {by: {status: "status", tier: "value_tier"}, measures: ["customers", "there", "mrr", "leaving", "mrr_at_risk", "periods", "cltv"]}
};
const ofRenewals = ["month", "renewals", "expected_to_leave", "mrr", "mrr_at_risk", "cltv"];
const kindOf = (shop) => kinds[shop.kind ?? "orders"];
const scores = new Set(["r", "f"]);

// JSON has no infinity: PostgreSQL writes it as a word.
export const revive = (key, value) => (value === "Infinity" && infinite.has(key) ? Infinity : value);
export const replace = (key, value) => (value === Infinity ? "Infinity" : value);

// A list of rows that all have the same names, the names once.
const columnar = (list) => {
  const keys = Object.keys(list[0] ?? {});
  return {keys, rows: list.map((row) => keys.map((key) => row[key]))};
};
const listed = ({keys, rows}) => rows.map((row) => Object.fromEntries(keys.map((key, i) => [key, row[i]])));

export function pack(shop) {
  const words = [], known = new Map();
  const word = (text) => {
    if (text === null || text === undefined) return null;
    if (!known.has(text)) { known.set(text, words.length); words.push(text); }
    return known.get(text);
  };
  const {by, measures} = kindOf(shop);
  const row = (c, measures) => [...Object.entries(by).map(([key, name]) => (scores.has(key) ? c[name] : word(c[name]))), ...c.words.map(word), ...measures.map((m) => c[m])];
  const cube = shop.cube.map((c) => row(c, measures));
  return {...shop, words, cube, ...(shop.kind === "contracts" ? {due: shop.due.map((d) => row(d, ofRenewals))} : {}), customers: columnar(shop.customers), forecast: columnar(shop.forecast ?? []),
          cohorts: {...shop.cohorts, cells: columnar(shop.cohorts.cells)}};
}

// The ways to filter: {key, label, values}; r and f are chosen by a click on the heat map.
export function unpack(stored) {
  const packed = {...stored, customers: listed(stored.customers), forecast: listed(stored.forecast), cohorts: {...stored.cohorts, cells: listed(stored.cohorts.cells)}};
  const {columns, words} = packed;
  const {by, measures} = kindOf(packed);
  const own = Object.keys(by), keys = [...own, ...columns.map((name) => `by.${name}`)];
  const named = (measures) => (row) => ({
    of: Object.fromEntries(keys.map((key, i) => [key, row[i] === null ? "–"
      : scores.has(key) ? String(row[i]) : words[row[i]]])),
    ...Object.fromEntries(measures.map((m, i) => [m, row[keys.length + i]]))
  });
  const cube = packed.cube.map(named(measures));
  const due = packed.kind === "contracts" ? packed.due.map(named(ofRenewals)) : packed.due;
  const labels = {status: "Status", segment: "Segment", tier: "Value tier", r: "Recency score", f: "Frequency score"};
  const first = {segment: packed.segments?.map((s) => s.segment ?? "–"), tier: ["High", "Medium", "Low"]};
  const filters = keys.map((key) => {
    const found = new Set(cube.map((row) => row.of[key]));
    const order = first[key] ?? [...found].sort();
    return {key, label: labels[key] ?? key.slice(3), values: [...order.filter((v) => found.has(v)),
                                                             ...[...found].filter((v) => !order.includes(v))]};
  }).filter(({values}) => values.length > 1);
  const customers = packed.customers.map((c) => ({...c, of: Object.fromEntries(keys.map((key, i) => [key,
    key === "segment" ? c.segment ?? "–" : key === "tier" ? c.tier ?? "–" : scores.has(key) ? String(c[key] ?? "–")
      : (own.includes(key) ? c[key] : c.words?.[i - own.length]) ?? "–"]))}));
  // A word that is not among the commonest is one of the others.
  for (const {key, values} of filters.filter((f) => f.key.startsWith("by.") && f.values.includes("…"))) {
    for (const c of customers) if (!values.includes(c.of[key])) c.of[key] = "…";
  }
  return {...packed, cube, due, filters, customers};
}

export const chosen = (rows, filter) => rows.filter((row) => Object.entries(filter).every(([key, value]) => row.of[key] === value));

// What a group of customers is, together; null where no model predicts.
export function together(rows) {
  const measures = Object.keys(rows[0] ?? {}).filter((key) => key !== "of");
  const sum = (measure) => rows.reduce((total, row) => (row[measure] === null ? total : (total ?? 0) + row[measure]), null);
  const totals = Object.fromEntries(measures.map((m) => [m, sum(m)]));
  const n = totals.customers ?? 0, {cltv = null, churn = null} = totals;
  return {revenue: null, expected_orders: null, mrr: null, leaving: null, mrr_at_risk: null, periods: null, ...totals,
          cltv, customers: n, there: totals.there ?? 0, orders: totals.orders ?? 0, to_win_back: totals.to_win_back ?? 0,
          value_at_stake: totals.value_at_stake ?? (cltv === null ? null : 0), churn_prob: churn === null || n === 0 ? null : churn / n};
}

export function grouped(rows, key) {
  const groups = new Map();
  for (const row of rows) groups.set(row.of[key], [...(groups.get(row.of[key]) ?? []), row]);
  return [...groups].map(([name, all]) => ({name, ...together(all)}));
}
