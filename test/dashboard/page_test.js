import assert from "node:assert/strict";
import {execFileSync, spawn} from "node:child_process";
import {once} from "node:events";
import {readFileSync, statSync} from "node:fs";
import {join} from "node:path";
import {createInterface} from "node:readline";
import {after, before, describe, test} from "node:test";
import {customer, daysOld, health, newestDay, pulse, rows, same, tables, totals} from "./database.js";
import * as drawn from "./drawn.js";
import {accessible, data, file, fits, open as openPage, PICTURES, SCRIPT_DASHBOARD, sites, start, stop, walk} from "./pages.js";

let dashboard, served;

before(async () => {
  dashboard = spawn(SCRIPT_DASHBOARD, ["customers"], {stdio: ["ignore", "pipe", "inherit"]});
  for await (const line of createInterface({input: dashboard.stdout})) {
    console.log(line);
    if (line.startsWith("http://")) { served = line; break; }
  }
  assert.ok(served, "script/dashboard ended before it served the page");
  await start();
});

after(async () => {
  await stop();
  if (dashboard?.exitCode === null) dashboard.kill("SIGTERM");
});

const open = (how) => openPage({url: served, ...how});

async function clear(page) {
  await page.locator("#clear").click();
  await page.waitForFunction(() => !document.getElementById("clear"));
}

const total = async (page, name) => page.locator(`[data-total=${name}]`).getAttribute("data-value");

function proportional(lengths, values, what) {
  assert.equal(lengths.length, values.length, what);
  const scale = Math.max(...lengths) / Math.max(...values);
  lengths.forEach((length, i) => assert.ok(Math.abs(length - scale * values[i]) < 0.6, `${what} ${i}: ${length} pixels`));
}

for (const width of [1440, 1024, 768, 390]) {
  for (const colorScheme of ["light", "dark"]) {
    describe(`${width} pixels wide, ${colorScheme}`, () => {
      let page, complaints, requests;
      before(async () => ({page, complaints, requests} = await open({width, colorScheme})));
      after(async () => page?.context().close());

      test("no complaint, one request, nothing that sticks out, no broken rule", async () => {
        await fits(page, width);
        if ((width === 1440) === (colorScheme === "light") && width !== 1024) await accessible(page);
        assert.deepEqual(complaints, []);
        assert.deepEqual(requests, [served]);
        const light = await page.evaluate(drawn.lightnessOfPage);
        assert.ok(colorScheme === "dark" ? light < 0.2 : light > 0.8, `lightness of the page ${light}`);
      });

      test("tables that are wider than their place say so", async () => {
        for (const box of await page.locator(".scroller").all()) {
          if (!await box.isVisible()) continue;
          const [more, cue] = await box.evaluate((b) => [b.scrollWidth > b.clientWidth + 1, b.hasAttribute("data-more")]);
          assert.equal(cue, more, await box.getAttribute("id"));
        }
      });

      test("every drawing is an image with a name, its text can be read on what is under it", async () => {
        const images = await page.locator("svg.plot").evaluateAll(drawn.images);
        assert.ok(images.length >= 5);
        for (const {label, width: w, height: h} of images) assert.ok(label && w > 200 && h > 60, `${label}: ${w} x ${h}`);
        const contrasts = await page.evaluate(drawn.contrasts);
        assert.ok(contrasts.length > 300);
        for (const {text, contrast} of contrasts) assert.ok(contrast >= 4.5, `contrast of ${text}: ${contrast}`);
      });
    });
  }
}

describe("the numbers are the database's", () => {
  let page;
  before(async () => ({page} = await open({width: 1440})));
  after(async () => page?.context().close());

  test("the day and how old it is, the health, the totals, the last 90 days", async () => {
    assert.equal(await page.locator("[data-as-of]").getAttribute("data-as-of"), newestDay());
    assert.equal(await page.locator("[data-days-old]").getAttribute("data-days-old"), String(daysOld()));
    assert.equal(health("customers"), "stale", "the demo's orders end years ago");
    assert.ok(await page.evaluate(() => document.querySelector("header").firstElementChild.matches(".health.doubt")), "doubts come first");
    assert.match(await page.locator(".age.old").textContent(), /^Data [\d,]+ days old: this page shows the shop as it was then/);
    assert.equal(await page.locator("[data-health]").getAttribute("data-health"), health("customers"));
    const wanted = totals();
    for (const [name, value] of Object.entries(wanted)) same(await total(page, name), value, name);
    same(await total(page, "total_value"), wanted.revenue + wanted.cltv, "total value");
    for (const [name, value] of Object.entries(pulse())) {
      same(await page.locator(`[data-pulse=${name}]`).getAttribute("data-value"), value, name, 0.01);
    }
  });

  test("every card asks a question, every table has the rows of the database", async () => {
    for (const question of await page.locator(".card h2").allTextContents()) assert.match(question, /\?$/);
    for (const [id, expected] of Object.entries(tables)) {
      const shown = await page.evaluate(drawn.table, id);
      const wanted = expected();
      assert.ok(wanted.length > 0, id);
      if (id === "months") shown.length = wanted.length;
      assert.equal(shown.length, wanted.length, `rows of ${id}`);
      wanted.forEach((row, i) => Object.entries(row).forEach(([name, value], j) =>
        same(shown[i][j], value, `${id}, row ${i + 1}, ${name}`, ["customers", "months", "cohort_value"].includes(id) ? 0.01 : 0)));
    }
  });

  test("what is drawn is as long, as high, as dark as the numbers", async () => {
    proportional(await page.locator("#table-segments").evaluate(drawn.widths), tables.segments().map((s) => s.cltv), "segment");
    proportional(await page.locator("#table-churn_bands").evaluate(drawn.widths), tables.churn_bands().map((b) => b.customers), "band");
    const grid = tables.rfm_grid();
    for (const measure of ["customers", "cltv"]) {
      const cells = await page.locator(`.grid.${measure}`).evaluate(drawn.cells);
      assert.equal(cells.length, grid.length);
      for (const {r, f, value} of cells) same(String(value), grid.find((c) => c.r === r && c.f === f)[measure], `${measure} of ${r}, ${f}`);
      assert.ok(drawn.rising(cells), "darker for more");
      assert.equal(new Set(cells.filter((c) => c.value > 0).map((c) => c.step)).size, 5, "all shades are used");
      for (const a of cells) for (const b of cells) assert.ok((a.r < b.r) === (a.left < b.left - 1) && (a.f > b.f) === (a.top < b.top - 1));
    }
    const retention = await page.locator("#cohorts .heat").evaluate(drawn.cells);
    assert.deepEqual(retention.map((c) => c.value), tables.cohorts().filter((c) => c.period > 0).map((c) => c.retention));
    assert.ok(drawn.rising(retention));
    const weeks = tables.forecast().filter((week) => week.days === 7);
    assert.equal(weeks.length, 52);
    for (const measure of ["expected_purchases", "expected_revenue"]) {
      proportional(await page.locator(`.${measure} svg`).evaluate(drawn.heights), weeks.map((week) => week[measure]), measure);
    }
    assert.match(await page.locator("#forecast .answer").textContent(), /Not drawn: week 53, which has 1 of 7/);
    const past = tables.months().map((m) => m.new + m.again);
    const heights = await page.locator("#months svg").first().evaluate(drawn.heights);
    proportional(heights.slice(0, past.length), past, "month");
    assert.equal(heights.length - past.length, 12, "a year ahead");
    const dots = await page.locator("#value_bands svg").evaluate(drawn.dots);
    const bands = tables.value_bands();
    const last = dots.at(-1), unit = (dots[0].y - last.y) / (1 - bands[0].share);
    bands.forEach((band, i) => assert.ok(Math.abs(last.y + unit * (1 - band.cumulative_share) - dots[i].y) < 0.6, `dot ${i}`));
  });
});

test("what is to come: of the customers of today and of those still to be won, as revenue_forecast has it", async () => {
  const {page} = await open({});
  const past = tables.months().length;
  const shown = (await page.evaluate(drawn.table, "months")).slice(past);
  const wanted = rows("SELECT first_day, existing_purchases, existing_revenue, new_purchases, new_revenue, lower, upper FROM revenue_forecast('orders') ORDER BY 1");
  assert.equal(shown.length, wanted.length);
  // The page takes the models that are in use, not a fit of its own.
  wanted.forEach(({first_day: day, ...row}, i) => {
    assert.equal(shown[i][0], day);
    Object.entries(row).forEach(([name, value], j) =>
      assert.ok(Math.abs(Number(shown[i][5 + j]) / value - 1) < 0.01, `${day}, ${name}: ${shown[i][5 + j]}, forecast ${value}`));
  });
  assert.equal(await page.locator("#months svg").nth(1).locator(".range").count(), wanted.length, "a line for each interval");
  const [all] = rows("SELECT revenue FROM revenue_forecast('orders', period => 'horizon')");
  assert.match(await page.locator("#months .answer").textContent(), new RegExp(`days ${Math.round(all.revenue / 1000)}|days ${Math.floor(all.revenue / 1000)}`));
  await page.context().close();
});

test("experiments with their intervals, as audience_result has them", async () => {
  const {page} = await open({});
  const shown = await page.evaluate(drawn.table, "experiments");
  const wanted = rows("SELECT treated, control, treated_mean, control_mean, difference, lower, upper FROM audience_result('spring', 'orders', 'customer_id', 'ordered_at', 'amount') WHERE measure <> 'cltv'");
  assert.ok(wanted.length > 0);
  wanted.forEach((row, i) => Object.values(row).forEach((value, j) => same(shown[i][2 + j], value, `row ${i}, ${j}`)));
  await page.context().close();
});

describe("to use it", () => {
  const name = "long_names";
  let page, complaints;
  before(async () => ({page, complaints} = await open({url: file(name)})));
  after(async () => { assert.deepEqual(complaints, []); await page?.context().close(); });

  test("filters by segment, tier and what is carried; the address keeps them", async () => {
    assert.equal(await page.locator('[id="filter-by.email"]').count(), 0, "an address is nothing to filter by");
    await page.locator('[id="filter-by.channel"]').selectOption("web");
    await page.locator('[id="filter-by.country"]').selectOption("DE");
    await page.locator("#filter-tier").selectOption("High");
    const wanted = totals(name, "channel = 'web' AND country = 'DE' AND value_tier = 'High'");
    assert.ok(wanted.customers > 0);
    const check = async (p) => { for (const [key, value] of Object.entries(wanted)) same(await total(p, key), value, key, 0.05); };
    await check(page);
    const other = await open({url: file(name), hash: new URL(page.url()).hash});
    await check(other.page);
    await other.page.context().close();
    await clear(page);
    same(await total(page, "customers"), 600, "all again");
  });

  test("a click on a segment, or Enter, leads to its customers and what to do; the way back is back", async () => {
    const [{segment}] = rows(`SELECT segment FROM ${name}_segments ORDER BY cltv DESC`);
    await page.locator("#table-segments a", {hasText: segment}).focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement.id === "at_risk");
    assert.match(await page.locator("#playbook").textContent(), /What to do:/);
    same(await total(page, "customers"), totals(name, `segment = '${segment}'`).customers, "of the segment");
    const shown = await page.evaluate(drawn.table, "customers");
    assert.ok(shown.length > 0 && shown.every((row) => row[10] === segment));
    await page.goBack();
    await page.waitForFunction(() => !location.hash.includes("segment"));
    same(await total(page, "customers"), 600, "all again");
  });

  test("a click on the heat map chooses its customers", async () => {
    const cell = page.locator(".grid.customers a").first();
    const [r, f] = await cell.evaluate((a) => [a.parentElement.dataset.r, a.parentElement.dataset.f]);
    await cell.click();
    await page.waitForFunction(() => document.activeElement.id === "at_risk");
    same(await total(page, "customers"), totals(name, `r = ${r} AND f = ${f}`).customers, "of the cell");
    await clear(page);
  });

  test("two groups side by side", async () => {
    await page.locator("#compare").click();
    await page.locator('[id="filter-by.channel"]').selectOption("web");
    await page.locator('[id="filter-b.by.channel"]').selectOption("shop");
    const shown = await page.evaluate(drawn.table, "compared");
    for (const [i, channel] of [[1, "web"], [2, "shop"]]) {
      const wanted = totals(name, `channel = '${channel}'`);
      same(shown[0][i], wanted.customers, channel);
      same(shown[2][i], wanted.revenue / wanted.customers, channel, 0.01);
      same(shown[4][i], wanted.cltv / wanted.customers, channel, 0.01);
    }
    await accessible(page);
    await clear(page);
    assert.equal(await page.locator("#compared").count(), 0);
  });

  test("searches, sorts, downloads", async () => {
    await page.locator("#search").pressSequentially("000012");
    assert.equal(await page.evaluate(() => document.activeElement.id), "search", "the focus stays");
    let shown = await page.evaluate(drawn.table, "customers");
    assert.ok(shown.length <= 1);
    await page.locator("#search").fill("");
    await page.locator("#sort-customers-revenue").click();
    shown = (await page.evaluate(drawn.table, "customers")).map((row) => Number(row[7]));
    assert.deepEqual(shown, [...shown].sort((a, b) => b - a));
    same(String(shown[0]), rows(`SELECT max(revenue) AS most FROM ${name}`)[0].most, "the most", 0.01);
    assert.equal(await page.locator("#table-customers th[aria-sort]").getAttribute("aria-sort"), "descending");
    await page.locator("#list").selectOption("all");
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("[data-csv=customers]").click()]);
    const lines = readFileSync(await download.path(), "utf8").replace(/^\ufeff/, "").trim().split("\r\n");
    assert.ok(lines[0].startsWith("customer_id,Rank,Value at stake"));
    const held = data(file(name)).customers;
    assert.equal(lines.length, held.length + 1);
    for (const [id, cell] of [["=1+1", `"'=1+1"`], [`<b>&"'`, `"<b>&""'"`]]) {
      if (held.some((c) => c.id === id)) assert.ok(lines.some((line) => line.startsWith(`${cell},`)), cell);
    }
  });

  test("an id that is markup is text", async () => {
    await page.goto(`file://${file(name)}#customer=${encodeURIComponent(`<b>&"'`)}`);
    await page.waitForSelector("#customer h2");
    assert.equal(await page.locator("#customer h2").textContent(), `Who is <b>&"'?`);
  });
});

test("one customer: orders, the probability of being there, what is expected, and why", async () => {
  const {page, complaints} = await open({hash: "#customer=1823"});
  const c = customer(1823);
  const dots = await page.locator("#customer .plot circle").count();
  assert.equal(dots - 33, c.days, "a dot for each day, and for each step of the line");
  const facts = Object.fromEntries(await page.locator("#customer .facts div").evaluateAll((all) => all.map((d) => [...d.children].map((e) => e.textContent))));
  const day = new Intl.DateTimeFormat("en-GB", {day: "numeric", month: "short", year: "numeric", timeZone: "UTC"});
  assert.ok(facts["Next order"].includes(day.format(new Date(c.next))), facts["Next order"]);
  assert.equal(facts.Orders, String(c.orders));
  assert.ok(facts["Expected purchases"].startsWith(c.expected_orders.toFixed(1)));
  assert.match(facts["Expected purchases"], /; \d+ to \d+ \(80%\)/);
  const tip = await page.locator("#customer .mark").nth(32).getAttribute("data-tip");
  assert.ok(tip.includes(`${Math.round(100 * c.alive)}%`), `${tip}, in the database ${c.alive}`);
  assert.match(await page.locator("#customer .answer").textContent(), /Ordered on 5\d days, [\d.]+ days apart on average/);
  const why = await page.evaluate(drawn.table, "why");
  const wanted = rows("SELECT feature, value, contribution FROM cltv_explain('customers', '1823')");
  assert.deepEqual(why.map((row) => row[1]), wanted.map(({value}) => value ?? ""));
  wanted.forEach(({contribution}, i) => same(why[i][2], contribution, `reason ${i}`, 0.006));
  await accessible(page);
  await page.locator("#close-customer").click();
  await page.waitForFunction(() => !document.getElementById("customer"));
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("the keyboard reaches everything, in order, and sees where it is; arrows walk through a drawing", async () => {
  const {page} = await open({});
  await walk(page);
  await page.locator("#months svg").first().focus();
  await page.keyboard.press("ArrowRight");
  const [first] = tables.months();
  assert.equal(await page.locator(".tip").textContent(), `Jan 2023: ${first.new} new, ${first.again} of returning customers`);
  await page.keyboard.press("Escape");
  assert.ok(await page.locator(".tip").isHidden());
  await page.locator(".grid.cltv a").first().hover();
  assert.match(await page.locator(".tip").textContent(), /^Recency \d, frequency \d: \d+ customers/);
  await page.context().close();
});

test("without JavaScript, from a disk: the numbers are there, and no control that does nothing", async () => {
  const {page} = await open({url: file("customers"), javaScriptEnabled: false});
  await fits(page, 1280);
  for (const id of ["segments", "at_risk", "rfm_grid", "value_bands", "months", "cohorts"]) {
    assert.ok(await page.locator(`#${id} :is(table, svg.plot)`).first().isVisible(), id);
  }
  for (const control of await page.locator("select, input, button, .button").all()) assert.ok(!await control.isVisible());
  same(await total(page, "cltv"), totals().cltv, "value");
  await page.context().close();
});

test("on paper: light from a dark screen, no column cut, no control", async () => {
  const {page} = await open({url: file("long_names"), width: 1040, colorScheme: "dark"});
  await page.emulateMedia({media: "print", colorScheme: "dark"});
  const [ink, paper] = await page.evaluate(() => ["color", "backgroundColor"].map((p) => getComputedStyle(document.documentElement)[p]));
  assert.deepEqual([ink, paper], ["rgb(28, 36, 48)", "rgb(255, 255, 255)"]);
  assert.deepEqual(await page.evaluate(drawn.cut), []);
  for (const control of await page.locator("select, input, button, .button").all()) assert.ok(!await control.isVisible());
  await page.context().close();
});

test("half a megabyte, one file, that asks nobody and wants no search engine; without customers none is in it", () => {
  for (const name of ["customers", "long_names", "renamed", "goods", "forever"]) {
    assert.ok(statSync(file(name)).size <= 500_000, name);
    const {customers, segments} = data(file(name));
    assert.ok(customers.length >= 100, `${name}: ${customers.length} customers by name`);
    for (const {segment, customers: n} of segments) assert.ok(customers.filter((c) => c.segment === segment).length >= Math.min(n, 3), `${name}: somebody of ${segment}`);
  }
  const text = readFileSync(file("customers"), "utf8");
  assert.match(text, /<meta name="robots" content="noindex/);
  const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(text);
  assert.match(policy, /^default-src 'none'/);
  assert.ok(!/unsafe|http/.test(policy), policy);
  const without = readFileSync(file("long_names", {options: ["--no-customers"]}), "utf8");
  assert.ok(!/kkkkkk|person\d/.test(without), "a customer in a page without");
  assert.match(without, /holds no customers by name/);
  for (const shop of [data(file("long_names", {options: ["--no-customers"]})), data(file("of_ten"))]) {
    assert.ok(shop.cube.length > 5);
    for (const row of shop.cube) assert.ok(row.at(-8) >= 10, `a group of ${row.at(-8)}`);
    for (const list of [shop.churn_bands, shop.cohorts.cells, shop.cohorts.worth]) for (const {customers: n} of list) assert.ok(n >= 10, `a group of ${n}`);
    assert.equal(shop.customers.length, 0);
  }
});

test("numbers, days and money of a locale; words and codes that are none are refused", async () => {
  const {page, complaints} = await open({url: file("customers", {options: ["--locale", "de-DE", "--currency", "EUR", "--cac", "60"]})});
  const {revenue} = totals();
  assert.equal(await page.locator("[data-total=revenue]").textContent(), new Intl.NumberFormat("de-DE", {style: "currency", currency: "EUR", maximumFractionDigits: 0}).format(revenue));
  assert.match(await page.locator("[data-as-of]").textContent(), /^31\. Dezember 2024$/);
  assert.ok(await page.locator("#cohort_value td.paid").count() > 10, "when a customer is earned back");
  assert.deepEqual(complaints, []);
  await page.context().close();
  for (const [options, said] of [[["--currency", "XYZ"], /not the code of a currency/], [["--locale", "xx-Nowhere1"], /not a locale/],
                                 [["--cac", "five"], /not an amount/], [["--customers", "-1"], /not a number of customers/]]) {
    assert.throws(() => execFileSync(SCRIPT_DASHBOARD, ["customers", ...options, "--build-only", join(sites, "never")], {stdio: "pipe"}),
                  (error) => said.test(error.stderr));
  }
});

describe("odd shops", () => {
  const long = ["Langjährige Stammkundschaft mit Höchstwert", "长期以来一直忠诚并且消费额度非常高的尊贵客户群体以及他们的家人和朋友们在全国各地"];
  const shops = [
    {name: "forever", customers: "5000", expected: "∞"},
    {name: '"The ""odd"" shop"."Those: who came"', customers: "200", expected: "3.8"},
    {name: "of_no_price", notice: /no values: no order has a known amount/, customers: "200", expected: "3.8", unpriced: true},
    {name: "one_customer", notice: /no predictions: the model of orders/, customers: "1", expected: "–"},
    {name: "three", customers: "3", expected: "4.6", due: /^No customer is likely to order again within four weeks; 3 of 3 are likely to at some time\./},
    {name: "nobody", customers: "0", expected: "–"},
    {name: "of_ten", customers: "600"},
    {name: "long_names", customers: "600"},
    {name: "renamed", customers: "600", renamed: true}
  ];
  for (const shop of shops) {
    for (const [width, colorScheme] of [[1280, "dark"], [768, "light"], [390, "light"]]) {
      test(`${shop.name}, ${width} pixels wide`, async () => {
        const {page, complaints} = await open({url: file(shop.name), width, colorScheme});
        assert.deepEqual(complaints, []);
        await fits(page, width);
        if (width === 390) await accessible(page);
        if (shop.renamed) {
          for (const name of long) {
            await page.locator("#table-segments a", {hasText: name}).click();
            await page.waitForFunction(() => document.activeElement.id === "at_risk");
            assert.match(await page.locator("#playbook").textContent(), /What to do:/);
            await clear(page);
          }
        }
        if (shop.notice) assert.match(await page.locator("header + .notice").textContent(), shop.notice);
        else assert.equal(await page.locator("header + .notice").count(), 0);
        assert.equal(await page.locator("[data-health]").getAttribute("data-health"), health(shop.name));
        assert.equal(await total(page, "customers"), shop.customers);
        if (shop.unpriced) {
          assert.match(await page.locator("#months .answer").textContent(), /No order has a known amount/);
          assert.equal(await page.locator("[data-pulse=purchases]").count(), 1);
          assert.equal(await page.locator("[data-pulse=revenue]").count(), 0, "money of which nothing is known is not 0");
          assert.doesNotMatch(await page.locator("[data-total=cltv] + .unit").textContent(), /last/);
          const word = page.locator("#table-customers td[data-value^=Empfehlung]").first();
          assert.equal(await word.textContent(), "Empfehlungspro…nd Freunde");
          assert.ok((await word.boundingBox()).height < 60, "a long word does not make a row high");
        }
        if (shop.due) assert.match((await page.locator("#due .answer").textContent()).trim(), shop.due);
        if (shop.expected) assert.equal(await page.locator("[data-total=expected_orders]").textContent(), shop.expected);
        const text = await page.locator("main").innerText();
        assert.ok(!/NaN|undefined|null|Infinity|\[object|[2-9]00 ?%/.test(text), /.*(?:NaN|undefined|null|Infinity|\[object|[2-9]00 ?%).*/.exec(text)?.[0]);
        for (const answer of await page.locator("section .answer").allTextContents()) assert.notEqual(answer.trim(), "");
        await page.context().close();
      });
    }
  }
});

test("a role that may see the views alone sees them and their health; what is of the orders is said to be missing", async () => {
  const {page, complaints} = await open({url: file("customers", {role: "reader"})});
  assert.deepEqual(complaints, []);
  assert.equal(await page.locator("[data-health]").getAttribute("data-health"), health("customers"));
  assert.equal((await page.evaluate(drawn.table, "customers")).length, 25);
  assert.match(await page.locator("#months .answer").textContent(), /Revenue by month needs the right to read the orders/);
  assert.equal(await page.locator("[data-pulse=revenue]").count(), 0);
  assert.equal(await page.locator("#table-cohort_value").count(), 1);
  await page.context().close();
});

// Of the demo's shop as if it were of these days.
test("pictures", {skip: !PICTURES}, async () => {
  execFileSync("psql", ["-Xq", "-v", "ON_ERROR_STOP=1", "-c", "SET client_min_messages = error",
    "-c", "CREATE TABLE recent AS SELECT customer_id, ordered_at + (current_date - timestamp '2024-12-31') AS ordered_at, amount FROM orders",
    "-c", "CALL cltv_materialize('shop', 'recent', margin => 0.4)", "-c", "CALL cltv_refresh('shop')"]);
  const pictures = [["dashboard-light", 1280, "light", "", "#header", "#at_risk .scroller"], ["dashboard-dark", 1280, "dark", "", "#rfm_grid", "#cohorts"],
                    ["dashboard-customer", 1280, "light", "#segment=Champions&customer=1823", "#header", "#customer"],
                    ["dashboard-phone", 390, "light", "", "#header", "#segments"],
                    ["dashboard-subscriptions", 1280, "light", "", "#header", "#revenue", "club"]];
  for (const [name, width, colorScheme, hash, first, last, shop = "shop"] of pictures) {
    const {page} = await open({url: file(shop, {options: ["--currency", "EUR", "--cac", "60"]}), hash, width, colorScheme});
    const from = await page.locator(first).boundingBox(), to = await page.locator(last).boundingBox();
    const top = Math.max(0, from.y - 8), end = Math.min(to.y + to.height + 8, top + 1500);
    await page.screenshot({path: `${PICTURES}/${name}.png`, fullPage: true, clip: {x: 0, y: top, width, height: end - top}});
    await page.context().close();
  }
});

test("it answers for this machine's names alone, and ends on Ctrl-C", async () => {
  const {status} = await new Promise((resolve, reject) => import("node:http").then(({get}) =>
    get(served, {headers: {host: "elsewhere.example"}}, (response) => resolve({status: response.statusCode}))
      .on("error", reject)));
  assert.equal(status, 421);
  assert.equal((await fetch(`${served}other`)).status, 404);
  dashboard.kill("SIGINT");
  const [code] = await once(dashboard, "exit");
  assert.equal(code, 0);
  await assert.rejects(fetch(served), "nothing is served any more");
});
