// Builds the page: node build.js DATA DIR OPTIONS, where DATA is what query.sh gave and OPTIONS is JSON of currency, locale,
// cac and customers. It is one file, which holds its style, its script, its data and a first drawing, so that it opens from a
// disk, too, and without JavaScript; it asks nobody for anything, and its policy lets it ask nobody.

import {createHash} from "node:crypto";
import {mkdirSync, readFileSync, writeFileSync} from "node:fs";
import {dirname, join} from "node:path";
import {fileURLToPath} from "node:url";
import {build} from "esbuild";
import {render, title, whole} from "./src/page.js";
import {pack, replace, revive, unpack} from "./src/shop.js";

const [data, dir, options = "{}"] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const {customers: named = 300, ...how} = JSON.parse(options);
const {shop: all, ahead, before, experiments, why, groups, next, products, card, "contract-groups": ofContracts} = JSON.parse(readFileSync(data, "utf8"), revive);
const shop = {...pack(all), ahead, experiments: experiments ?? [], why: why ?? {}, ...(all.kind === "contracts" ? {} : {due: next ?? null}), products: products ?? [], card: card ?? null, ...how, named};
// A refresh between the questions would leave groups of another day.
const told = groups ?? ofContracts;
const held = told?.groups && told.as_of === all.totals.as_of;
shop.groups = held ? told.groups : [];
shop.ends = held ? told.ends : null;
shop.monthEnds = held ? told.month_ends : null;
const then = before?.as_of === all.totals.as_of ? before : null;
const keyOf = (of) => JSON.stringify(Object.entries(of).sort());
const groupsThen = new Map((then?.groups ?? []).map(([of, ...figures]) => [keyOf(of), figures]));
shop.before = then ? {...then, groups: undefined} : null;
if (all.kind !== "contracts" && then) shop.groups = shop.groups.map((g) => ({...g, then: groupsThen.get(keyOf(g.of))}));
// A page of the usual number of customers stays within this, with fewer of them where their names or histories are long.
const budget = named <= 300 ? 500_000 : Infinity, share = all.kind === "contracts" ? 0.5 : 0.19;

const bundle = (file, more) => build({entryPoints: [join(here, "src", file)], bundle: true, minify: true, write: false,
                                      charset: "utf8", legalComments: "none", ...more}).then((r) => r.outputFiles[0].text.trim());
const script = await bundle("main.js", {format: "iife", target: "es2020"});
const style = await bundle("style.css", {});
const sha = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = `default-src 'none'; script-src ${sha(script)}; style-src ${sha(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
const icon = "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
  + "%3Cpath fill='%232b6cb0' d='M1 9h4v6H1zM6 5h4v10H6zM11 1h4v14h-4z'/%3E%3C/svg%3E";

function page() {
  const json = JSON.stringify(shop, replace).replace(/</g, "\\u003c");
  // What only the script reads is not in the first drawing.
  const first = whole(render(unpack(JSON.parse(json, revive)), {}, {now: shop.built.slice(0, 10), brief: true}))
    .replace(/(<(?:td|th|a|g)\b[^>]*?) data-(?:value|tip)="[^"]*"/g, "$1").replace(/<rect class="hit"[^>]*>/g, "")
    .replace(/<p class="below"><button type="button" class="quiet live"[^>]*>[^<]*<\/button><\/p>/g, "").replace(/>\s*\n\s*</g, "><");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="cltv dashboard">
<title>${title(shop)}</title>
<link rel="icon" href="data:image/svg+xml,${icon}">
<style>${style}</style>
</head>
<body>
<main>
<noscript><p class="notice">Filters, search and the pages of customers need JavaScript; all else is here.</p></noscript>
${first}
</main>
<script type="application/json" id="shop">${json}</script>
<script>${script}</script>
</body>
</html>
`;
}

// The last of each list, as the query chose them: by value, by value within a segment, and to be won back.
function dropLast(many) {
  const {keys, rows} = shop.customers;
  const at = keys.indexOf("place");
  const last = new Set([...rows].sort((a, b) => b[at] - a[at]).slice(0, many));
  shop.customers = {keys, rows: rows.filter((row) => !last.has(row))};
}

let built = page();
while (Buffer.byteLength(built) > budget) {
  if (shop.groups.length > 1 && (JSON.stringify(shop.groups).length > share * budget || shop.customers.rows.length <= 20)) shop.groups.splice(Math.max(1, Math.floor(0.9 * shop.groups.length)));
  else if (shop.customers.rows.length > 20) dropLast(Math.ceil(0.1 * shop.customers.rows.length));
  else break;
  built = page();
}
mkdirSync(dir, {recursive: true});
writeFileSync(join(dir, "index.html"), built);
