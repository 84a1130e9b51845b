import assert from "node:assert/strict";
import {execFileSync, spawn} from "node:child_process";
import {once} from "node:events";
import {readFileSync} from "node:fs";
import {createInterface} from "node:readline";
import {after, before, describe, test} from "node:test";
import {chromium} from "playwright-core";
import {health, newestDay, tables, totals} from "./database.js";
import * as drawn from "./drawn.js";

const {PICTURES, QUERY, SCRIPT_DASHBOARD, SHOP} = process.env;
const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
const drawings = ["segments", "rfm_grid", "value_bands", "forecast", "cohorts"];
let browser, dashboard, url;

before(async () => {
  dashboard = spawn(SCRIPT_DASHBOARD, ["customers"], {stdio: ["ignore", "pipe", "inherit"]});
  for await (const line of createInterface({input: dashboard.stdout})) {
    console.log(line);
    if (line.startsWith("http://")) { url = line; break; }
  }
  assert.ok(url, "script/dashboard ended before it served the page");
  browser = await chromium.launch({executablePath: "/usr/bin/chromium"});
});

after(async () => {
  await browser?.close();
  if (dashboard?.exitCode === null) dashboard.kill("SIGTERM");
});

// The page, drawn, and what its browser complained of; with the data of another shop where a name is given.
async function open({width, height, colorScheme, name, role = "postgres"}) {
  const context = await browser.newContext({viewport: {width, height}, colorScheme});
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
  page.on("request", (request) => {
    if (!/^data:/.test(request.url()) && !request.url().startsWith(url)) complaints.push(`foreign: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (!response.ok()) complaints.push(`${response.status()}: ${response.url()}`);
  });
  if (name) {
    const body = execFileSync(QUERY, [SHOP], {env: {...process.env, CLTV_NAME: name, PGUSER: role}});
    await page.route("**/shop.*.json", (route) => route.fulfill({body, contentType: "application/json"}));
  }
  await page.goto(url);
  await page.waitForSelector("footer h2");
  // The drawings follow the width of the page, as soon as it has one.
  await page.waitForFunction(() => [...document.querySelectorAll(".drawing")].every((d) => d.querySelector("svg")));
  return {page, complaints};
}

async function fits(page, width) {
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= width, "nothing sticks out of the page");
}

async function accessible(page) {
  await page.evaluate(axe);
  const {violations} = await page.evaluate(() => window.axe.run());
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), [], "broken rules of axe");
}

// Exactly, but for sums of floating point whose rows came in another order.
function same(shown, value, what) {
  if (typeof value === "number") {
    assert.notEqual(shown, "", what);
    assert.ok(Math.abs(Number(shown) - value) <= 1e-9 * Math.abs(value), `${what}: ${shown}, in the database ${value}`);
  } else {
    assert.equal(shown, String(value ?? ""), what);
  }
}

function proportional(lengths, values, what) {
  assert.equal(lengths.length, values.length, what);
  const scale = Math.max(...lengths) / Math.max(...values);
  lengths.forEach((length, i) => {
    assert.ok(Math.abs(length - scale * values[i]) < 0.6, `${what} ${i}: ${length} pixels`);
  });
}

const compact = new Intl.NumberFormat("en", {notation: "compact", maximumSignificantDigits: 3});

for (const [width, height] of [[1280, 900], [390, 844]]) {
  for (const colorScheme of ["light", "dark"]) {
    describe(`${width} pixels wide, ${colorScheme}`, () => {
      let page, complaints;
      before(async () => ({page, complaints} = await open({width, height, colorScheme})));
      after(async () => page?.context().close());

      test("no complaint, no other host, no web font, nothing that sticks out", async () => {
        await fits(page, width);
        await accessible(page);
        assert.deepEqual(complaints, []);
        assert.equal(await page.evaluate(() => document.fonts.size), 0);
        const light = await page.evaluate(drawn.lightnessOfPage);
        assert.ok(colorScheme === "dark" ? light < 0.2 : light > 0.8, `lightness of the page ${light}`);
      });

      test("the day, the health, the totals", async () => {
        assert.equal(await page.locator("[data-as-of]").getAttribute("data-as-of"), newestDay());
        assert.equal(await page.locator("[data-health]").getAttribute("data-health"), health("customers"));
        for (const [name, value] of Object.entries(totals())) {
          same(await page.locator(`[data-total=${name}]`).getAttribute("data-value"), value, name);
        }
      });

      test("every card asks a question, its table has the numbers of the database", async () => {
        for (const [id, expected] of Object.entries(tables)) {
          const card = page.locator(`[data-chart=${id}]`);
          assert.match(await card.locator("h2").textContent(), /\?$/);
          const shown = await card.evaluate(drawn.table);
          const wanted = expected();
          assert.ok(wanted.length > 0, id);
          assert.equal(shown.length, wanted.length, `rows of ${id}`);
          wanted.forEach((row, i) => Object.entries(row).forEach(([name, value], j) => {
            // The month as the page writes it.
            if (id === "cohorts" && name === "cohort") value = value.replace("Sep ", "Sept ");
            same(shown[i][j], value, `${id}, row ${i + 1}, ${name}`);
          }));
        }
      });

      test("every drawing is an image with a name, its text can be read on what is under it", async () => {
        for (const id of drawings) {
          const images = await page.locator(`[data-chart=${id}] .drawing svg[role=img]`).evaluateAll(drawn.images);
          assert.ok(images.length > 0, id);
          for (const {label, width: w, height: h} of images) {
            assert.ok(label, id);
            assert.ok(w > 200 && h > 60, `${id}: ${w} x ${h}`);
          }
        }
        const contrasts = await page.evaluate(drawn.contrasts);
        assert.ok(contrasts.length > 100);
        for (const {text, contrast} of contrasts) assert.ok(contrast >= 4.5, `contrast of ${text}: ${contrast}`);
      });

      test("segments: bars as long as the value", async () => {
        const bars = await page.locator("[data-chart=segments] .bars").evaluate(drawn.shapes);
        proportional(bars.map((b) => b.width), tables.segments().map((s) => s.cltv), "bar");
      });

      test("heat map: each cell in its place, with its number", async () => {
        const grid = tables.rfm_grid();
        for (const measure of ["customers", "cltv"]) {
          const cells = await page.locator(`[data-chart=rfm_grid] .${measure}`).evaluate(drawn.shapes);
          const texts = await page.locator(`[data-chart=rfm_grid] .${measure}-text`).evaluate(drawn.texts);
          assert.equal(cells.length, grid.length);
          assert.deepEqual(texts, grid.map((cell) => compact.format(cell[measure])));
          const [origin] = cells;
          grid.forEach((cell, i) => {
            const step = cells.find((_, j) => grid[j].r === 2 && grid[j].f === 2);
            assert.ok(Math.abs(cells[i].x - origin.x - (cell.r - 1) * (step.x - origin.x)) < 2, `x of ${i}`);
            assert.ok(Math.abs(cells[i].y - origin.y - (cell.f - 1) * (step.y - origin.y)) < 2, `y of ${i}`);
          });
          assert.ok(drawn.rising(cells.map((c) => c.step), grid.map((cell) => cell[measure])), "darker for more");
        }
      });

      test("value curve: through the shares of the tenths", async () => {
        const dots = await page.locator("[data-chart=value_bands] .dots").evaluate(drawn.dots);
        const bands = tables.value_bands();
        assert.equal(dots.length, bands.length);
        // Both ends are known: the last dot is all of the customers and all of the value.
        const last = dots.at(-1), first = dots[0];
        const height = (first.y - last.y) / (1 - bands[0].share);
        bands.forEach((band, i) => {
          assert.ok(Math.abs(last.y + height * (1 - band.cumulative_share) - dots[i].y) < 0.6, `dot ${i}`);
        });
        const steps = dots.slice(1).map((dot, i) => dot.x - dots[i].x);
        proportional(steps, bands.slice(1).map((band) => band.customers), "step");
      });

      test("forecast: bars as high as the week, the short last week left out and said so", async () => {
        const weeks = tables.forecast().filter((week) => week.days === 7);
        assert.equal(weeks.length, 52);
        for (const measure of ["expected_purchases", "expected_revenue"]) {
          const bars = await page.locator(`[data-chart=forecast] .${measure}`).evaluate(drawn.shapes);
          proportional(bars.map((b) => b.height), weeks.map((week) => week[measure]), measure);
        }
        const answer = await page.locator("[data-chart=forecast] .answer").textContent();
        assert.match(answer, /Not drawn: week 53, which has 1 of 7/);
      });

      test("cohorts: a cell for every later month, darker for more who came back", async () => {
        const later = tables.cohorts().filter((cell) => cell.period > 0);
        const cells = await page.locator("[data-chart=cohorts] .retention").evaluate(drawn.shapes);
        assert.equal(cells.length, later.length);
        assert.ok(drawn.rising(cells.map((c) => c.step), later.map((cell) => cell.retention)));
        later.forEach((cell, i) => {
          const before = later.findIndex((other) => other.cohort === cell.cohort && other.period === cell.period - 1);
          if (before >= 0) assert.ok(cells[i].x > cells[before].x && cells[i].y === cells[before].y, `cell ${i}`);
        });
      });
    });
  }
}

describe("odd shops", () => {
  const shops = [
    {name: "forever", notice: null, customers: "5000", expected: "∞", drawn: drawings},
    {name: '"The ""odd"" shop"."Those: who came"', notice: null, customers: "200", expected: "3.8",
     drawn: ["segments", "rfm_grid", "value_bands", "forecast", "cohorts"]},
    {name: "of_no_price", notice: /no values: the model of spend/, customers: "200", expected: "3.8",
     drawn: ["segments", "rfm_grid", "forecast", "cohorts"]},
    {name: "one_customer", notice: /no predictions: the model of orders/, customers: "1", drawn: ["segments", "rfm_grid"]},
    {name: "nobody", notice: null, customers: "0", drawn: []}
  ];
  for (const shop of shops) {
    for (const [width, height, colorScheme] of [[1280, 900, "dark"], [390, 844, "light"]]) {
      test(`${shop.name}, ${width} pixels wide`, async () => {
        const {page, complaints} = await open({width, height, colorScheme, name: shop.name});
        assert.deepEqual(complaints, []);
        await fits(page, width);
        if (colorScheme === "light") await accessible(page);
        if (shop.notice) assert.match(await page.locator(".notice").textContent(), shop.notice);
        else assert.equal(await page.locator(".notice").count(), 0);
        assert.equal(await page.locator("[data-health]").getAttribute("data-health"), health(shop.name));
        assert.equal(await page.locator("[data-total=customers]").getAttribute("data-value"), shop.customers);
        const ids = await page.locator("section:has(.drawing)").evaluateAll((all) => all.map((s) => s.dataset.chart));
        assert.deepEqual({expected: await page.locator("[data-total=expected_orders]").textContent(), drawn: ids},
                         {expected: shop.expected ?? "–", drawn: shop.drawn});
        for (const answer of await page.locator("section .answer").allTextContents()) {
          assert.ok(answer.trim() !== "" && !/NaN|undefined|null|Infinity|object/.test(answer), answer);
        }
        await page.context().close();
      });
    }
  }
});

test("a role that may see the views alone sees all but the health of others", async () => {
  const desktop = {width: 1280, height: 900, colorScheme: "light"};
  const {page, complaints} = await open({...desktop, name: "customers", role: "reader"});
  assert.deepEqual(complaints, []);
  assert.equal(await page.locator("[data-health]").getAttribute("data-health"), "never refreshed");
  assert.equal(await page.locator("section:has(.drawing)").count(), drawings.length);
  assert.equal((await page.locator("[data-chart=at_risk]").evaluate(drawn.table)).length, 25);
  await page.context().close();
});

// From the one part of the page to the other, as tall as they are.
test("pictures", {skip: !PICTURES}, async () => {
  const pictures = [["dashboard-light", 1280, "light", "header", "[data-chart=rfm_grid]"],
                    ["dashboard-dark", 1280, "dark", "[data-chart=value_bands]", "[data-chart=cohorts]"],
                    ["dashboard-phone", 390, "light", "header", "[data-chart=segments]"]];
  for (const [file, width, colorScheme, first, last] of pictures) {
    const {page} = await open({width, height: 4000, colorScheme});
    const from = await page.locator(first).boundingBox(), to = await page.locator(last).boundingBox();
    const clip = {x: 0, y: from.y - 8, width, height: to.y + to.height - from.y + 16};
    await page.screenshot({path: `${PICTURES}/${file}.png`, clip});
    await page.context().close();
  }
});

test("it answers for this machine's names alone, and ends on Ctrl-C", async () => {
  const {status} = await new Promise((resolve, reject) => import("node:http").then(({get}) =>
    get(url, {headers: {host: "elsewhere.example"}}, (response) => resolve({status: response.statusCode}))
      .on("error", reject)));
  assert.equal(status, 421);
  dashboard.kill("SIGINT");
  const [code] = await once(dashboard, "exit");
  assert.equal(code, 0);
  await assert.rejects(fetch(url), "nothing is served any more");
});
