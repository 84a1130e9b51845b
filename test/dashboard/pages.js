// Pages as script/dashboard builds them, in headless Chromium.

import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {mkdtempSync, readFileSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {chromium} from "playwright-core";

export const {PICTURES, SCRIPT_DASHBOARD} = process.env;
export const sites = mkdtempSync(join(tmpdir(), "pages-"));
const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
const built = new Map();
let browser;

export async function start() { browser = await chromium.launch({executablePath: "/usr/bin/chromium"}); }
export async function stop() {
  await browser?.close();
  rmSync(sites, {recursive: true, force: true});
}

// The page of a name as a file, as --build-only leaves it.
export function file(name, {role = "postgres", options = []} = {}) {
  const key = [name, role, ...options].join(" ");
  if (!built.has(key)) {
    const dir = join(sites, "new", String(built.size));
    execFileSync(SCRIPT_DASHBOARD, [name, "--build-only", dir, ...options], {env: {...process.env, PGUSER: role}, stdio: ["ignore", "ignore", "inherit"]});
    built.set(key, join(dir, "index.html"));
  }
  return built.get(key);
}

// What a page holds, its lists as lists of objects.
export function data(path) {
  const list = ({keys, rows}) => rows.map((row) => Object.fromEntries(keys.map((key, i) => [key, row[i]])));
  const shop = JSON.parse(readFileSync(path, "utf8").match(/id="shop">(.*?)<\/script>/)[1]);
  return {...shop, customers: list(shop.customers), forecast: list(shop.forecast), cohorts: {...shop.cohorts, cells: list(shop.cohorts.cells)}};
}

// A page, drawn, what its browser complained of, and what it asked for.
export async function open({url, hash = "", width = 1280, height = 900, colorScheme = "light", javaScriptEnabled = true, bypassCSP = false}) {
  const context = await browser.newContext({viewport: {width, height}, colorScheme, javaScriptEnabled, bypassCSP});
  const page = await context.newPage();
  const complaints = [], requests = [];
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.stack}`));
  page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
  page.on("request", (request) => { if (!/^(data|blob):/.test(request.url())) requests.push(request.url()); });
  await page.goto((url.startsWith("/") ? `file://${url}` : url) + hash);
  if (javaScriptEnabled && url !== "about:blank") await page.waitForSelector("html[data-drawn]");
  return {page, complaints, requests};
}

export async function fits(page, width) {
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= width, "nothing sticks out of the page");
  const sums = await page.locator(".sum").evaluateAll((all) => all.map((e) => ({text: e.textContent, fits: e.scrollWidth <= e.clientWidth, size: parseFloat(getComputedStyle(e).fontSize)})));
  for (const sum of sums) assert.ok(sum.fits && sum.size >= 13, `a sum on one line that can be read: ${JSON.stringify(sum)}`);
}

export async function accessible(page) {
  await page.evaluate(axe);
  const {violations} = await page.evaluate(() => window.axe.run({resultTypes: ["violations"]}));
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), [], "broken rules of axe");
}

// By keyboard alone: every Tab stop, each of which must show that it has the focus.
export async function walk(page) {
  const wanted = await page.evaluate(() => [...document.querySelectorAll("a[href], button, select, input, summary, [tabindex='0']")]
    .filter((e) => e.offsetParent || e.ownerSVGElement === null && e.tagName === "svg").filter((e) => !e.closest("details:not([open]) > :not(summary)")).length);
  let seen = 0;
  for (; seen < wanted + 5; seen++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const e = document.activeElement;
      return e === document.body ? null : {outline: getComputedStyle(e).outlineStyle, tag: e.outerHTML.slice(0, 80)};
    });
    if (at === null) break;
    assert.notEqual(at.outline, "none", `no sign of the focus: ${at.tag}`);
  }
  assert.ok(wanted > 10);
  assert.equal(seen, wanted);
}
