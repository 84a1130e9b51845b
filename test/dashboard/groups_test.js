// What the page tells of those whom the filters choose, of cohorts to come, of what was before, of next orders, products and models.

import assert from "node:assert/strict";
import {after, before, describe, test} from "node:test";
import {rows, same} from "./database.js";
import * as drawn from "./drawn.js";
import {accessible, data, file, open, start, stop, walk} from "./pages.js";

before(start);
after(stop);

const held = (name) => data(file(name));

// By the orders themselves, of the customers of long_names who fit a condition.
const of = (condition) => ({
  months: rows(`SELECT date_trunc('month', ordered_at)::date AS month, count(DISTINCT customer_id) FILTER (WHERE ordered_at::date = first) AS new,
                       count(DISTINCT (customer_id, ordered_at::date)) FILTER (WHERE ordered_at::date > first) AS again,
                       coalesce(sum(amount) FILTER (WHERE ordered_at::date = first), 0) AS new_revenue, coalesce(sum(amount) FILTER (WHERE ordered_at::date > first), 0) AS again_revenue
                FROM long_orders JOIN (SELECT customer_id, min(ordered_at)::date AS first FROM long_orders GROUP BY 1) AS f USING (customer_id)
                WHERE customer_id IN (SELECT customer_id FROM long_names WHERE ${condition}) GROUP BY 1 ORDER BY 1`),
  tenths: rows(`SELECT band, count(*) AS customers, min(cltv) AS cltv_from, max(cltv) AS cltv_to, sum(cltv) AS cltv
                FROM (SELECT cltv, ntile(10) OVER (ORDER BY cltv DESC, customer_id) AS band FROM long_names WHERE ${condition} AND cltv IS NOT NULL) AS t GROUP BY 1 ORDER BY 1`),
  churn: rows(`SELECT least(floor(churn_prob * 10), 9) + 1 AS band, count(*) AS customers, sum(revenue) AS revenue, sum(cltv) AS cltv
               FROM long_names WHERE ${condition} AND churn_prob IS NOT NULL GROUP BY 1 ORDER BY 1`)
});

describe("the filters choose months, cohorts, curve and bands, too", () => {
  let page, complaints;
  before(async () => ({page, complaints} = await open({url: file("long_names")})));
  after(async () => { assert.deepEqual(complaints, []); await page?.context().close(); });

  // Of one filter, and of the largest group of two, which is held, too.
  for (const many of [1, 2]) {
    test(`of ${many} of them`, async () => {
      const {of: chosen} = held("long_names").groups.find((g) => Object.keys(g.of).length === many && (many > 1 || g.of["by.channel"] === "web"));
      const hash = `#${new URLSearchParams(chosen)}`;
      const columns = {segment: "segment", tier: "value_tier", "by.channel": "channel", "by.country": "country"};
      const condition = Object.entries(chosen).map(([key, value]) => `${columns[key]} = '${value}'`).join(" AND ");
      await page.goto(`file://${file("long_names")}${hash}`);
      await page.waitForFunction((hash) => location.hash === hash && document.getElementById("clear"), hash);
      const wanted = of(condition);
      const months = await page.evaluate(drawn.table, "months");
      const shown = months.filter((row) => Number(row[1]) + Number(row[2]) > 0);
      assert.equal(shown.length, wanted.months.length);
      wanted.months.forEach((row, i) => Object.values(row).forEach((value, j) => same(shown[i][j], value, `month ${i}, ${j}`, 0.51)));
      // What they are expected to buy in each month to come, one by one.
      const ahead = rows(`SELECT date '2025-01-01' + (n - 1) * interval '1 month' AS month, sum(p.expected) AS expected,
          sum(p.expected * expected_spend(spend_model, c.frequency::float8, c.monetary_value, c.first_value))
          * (SELECT sum(amount) FROM long_orders) / (SELECT sum(first_value + frequency * coalesce(monetary_value, 0)) FROM long_names) AS revenue
        FROM long_names AS c CROSS JOIN long_names_model AS m CROSS JOIN generate_series(1, 12) AS n
        CROSS JOIN LATERAL (SELECT ((date '2025-01-01' + n * interval '1 month')::date - date '2025-01-01')::float8 AS till,
                                   ((date '2025-01-01' + (n - 1) * interval '1 month')::date - date '2025-01-01')::float8 AS since) AS d
        CROSS JOIN LATERAL (SELECT expected_purchases(orders_model, c.frequency::float8, c.recency, c.tenure, d.till)
                                   - expected_purchases(orders_model, c.frequency::float8, c.recency, c.tenure, d.since) AS expected) AS p
        WHERE ${condition} GROUP BY n ORDER BY n`);
      const coming = months.filter((row) => row[5] !== "");
      assert.equal(coming.length, 12);
      ahead.forEach((row, i) => {
        assert.equal(coming[i][0], row.month.slice(0, 10));
        same(coming[i][5], row.expected, `expected, month ${i + 1}`, 0.051);
        same(coming[i][6], row.revenue, `revenue, month ${i + 1}`, 0.51);
      });
      assert.equal(await page.locator("#months svg").nth(1).evaluate((svg) => svg.querySelectorAll(".bar.expected").length), 12, "a bar for each");
      for (const [id, list] of [["value_bands", wanted.tenths], ["churn_bands", wanted.churn]]) {
        const table = await page.evaluate(drawn.table, id);
        assert.equal(table.length, list.length, id);
        list.forEach((row, i) => Object.values(row).forEach((value, j) => same(table[i][j], value, `${id} ${i}, ${j}`, 0.006)));
      }
      // Of each cohort those who ordered in a later month, by the orders.
      const cells = await page.evaluate(drawn.table, "cohorts");
      const active = new Map(rows(`SELECT date_trunc('month', first)::date AS cohort, cohort_period(first, ordered_at::date, 'month') AS period, count(DISTINCT customer_id) AS n
        FROM long_orders JOIN (SELECT customer_id, min(ordered_at)::date AS first FROM long_orders GROUP BY 1) AS f USING (customer_id)
        WHERE customer_id IN (SELECT customer_id FROM long_names WHERE ${condition}) GROUP BY 1, 2`).map((c) => [`${c.cohort} ${c.period}`, c.n]));
      assert.ok(cells.length > 100);
      for (const [cohort, period, customers, there] of cells) {
        same(there, active.get(`${cohort} ${period}`) ?? 0, `${cohort}, ${period} months later`);
        same(customers, active.get(`${cohort} 0`), `customers of ${cohort}`);
      }
      for (const id of ["months", "cohorts", "cohort_value", "value_bands", "churn_bands"]) {
        assert.ok(!/Of all customers/.test(await page.locator(`#${id} .answer`).textContent()), id);
      }
    });
  }

  test("where the page does not hold it, it says of whom it speaks", async () => {
    await page.goto(`file://${file("long_names")}#tier=High&by.country=DE&by.channel=web`);
    await page.waitForFunction(() => location.hash.includes("channel"));
    for (const id of ["months", "cohorts", "cohort_value", "value_bands", "churn_bands"]) {
      assert.match(await page.locator(`#${id} .answer`).textContent(), /Of all customers: the page does not hold this for these filters together/, id);
    }
    assert.equal((await page.evaluate(drawn.table, "value_bands")).reduce((sum, row) => sum + Number(row[1]), 0), 600);
  });
});

test("cohorts to come month by month, and when a customer is earned back", async () => {
  const cac = 140;
  const {page, complaints} = await open({url: file("customers", {options: ["--cac", String(cac)]}), width: 1440});
  // One by one, not by the function that the page asks: what is expected of each by the end of March and of the year.
  const wanted = rows(`SELECT date_trunc('month', first_order)::date AS cohort, count(*) AS customers, sum(revenue) AS past,
      sum(cltv * expected_purchases(orders_model, c.frequency::float8, c.recency::float8, c.tenure::float8, 90::float8) / nullif(expected_orders, 0)) AS march, sum(cltv) AS year
    FROM customers AS c, customers_model GROUP BY 1 ORDER BY 1`);
  const grid = await page.locator("#cohort_value .heat tbody tr").evaluateAll((all) => all.map((row) => [...row.querySelectorAll("td")].map((td) =>
    ({value: td.dataset.value, kind: td.className}))));
  assert.equal(grid.length, wanted.length);
  wanted.forEach(({customers, past, march, year}, i) => {
    const [, ...cells] = grid[i];
    const over = wanted.length - 1 - i;            // months behind it: the cohort of December 2024 has none
    const own = cells.filter((c) => c.value !== undefined);
    assert.equal(own.length, over + 1 + 12, "the months so far, and a year");
    assert.ok(own.every((c, j) => /ahead/.test(c.kind) === j > over), "what is expected looks so");
    same(own[over].value, past / customers, "so far", 0.01);
    same(own[over + 3].value, (past + march) / customers, "by the end of March", 0.02);
    same(own.at(-1).value, (past + year) / customers, "by the end of the year", 0.02);
    const first = own.findIndex((c) => Number(c.value) >= cac);
    assert.deepEqual(own.map((c) => /paid/.test(c.kind)), own.map((_, j) => j === first), `when ${i} is earned back`);
  });
  const told = await page.locator("#table-cohort_value tbody tr").evaluateAll((all) => all.map((row) => row.lastElementChild.textContent));
  assert.ok(told.some((t) => /^\d+$/.test(t)) && told.some((t) => / \(expected\)$/.test(t)) && told.some((t) => t === "–"), told.join());
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("beside the totals what was before", async () => {
  const {page} = await open({url: file("customers")});
  const unit = async (name) => page.locator(`[data-total=${name}] + .unit`).textContent();
  const [was] = rows(`SELECT count(DISTINCT customer_id) FILTER (WHERE ordered_at::date <= date '2024-12-31' - 90) AS customers,
    count(DISTINCT (customer_id, ordered_at::date)) FILTER (WHERE ordered_at::date > date '2024-12-31' - 365) AS purchases,
    sum(amount) FILTER (WHERE ordered_at::date > date '2024-12-31' - 365) AS revenue, sum(amount) FILTER (WHERE ordered_at::date <= date '2024-12-31' - 90) AS earlier, sum(amount) AS all
    FROM orders`);
  const change = (now, then) => new RegExp(`\\+${Math.round(100 * (now / then - 1))}% in 90 days`);
  const number = new Intl.NumberFormat("en", {maximumFractionDigits: 0});
  assert.match(await unit("customers"), change(5000, was.customers));
  assert.match(await unit("revenue"), change(was.all, was.earlier));
  assert.ok((await unit("expected_orders")).includes(`last 365 days: ${number.format(was.purchases)}, new customers included`));
  assert.ok((await unit("cltv")).includes(`last 365 days: ${number.format(was.revenue)}, new customers included`));
  // Of those who were there 90 days ago, by their orders up to then and today's models, one by one.
  const [then] = rows(`WITH known AS (
      SELECT customer_id, s.revenue, churn_prob(m.orders_model, s.frequency::float8, s.recency, s.tenure, 365::float8) AS churn,
             cltv_predict(m.orders_model, m.spend_model, s.frequency::float8, s.recency, s.tenure, s.monetary_value, horizon => 365, first_value => s.first_value) AS cltv
      FROM (SELECT customer_id, (rfm_summary(ordered_at, amount, date '2024-12-31' - 90)).* FROM orders GROUP BY customer_id) AS s CROSS JOIN customers_model AS m
      WHERE s.first_order IS NOT NULL
    ), best AS (SELECT * FROM known ORDER BY cltv DESC LIMIT (SELECT round(0.5 * count(*)) FROM known)),
    risky AS (SELECT * FROM best ORDER BY churn DESC, cltv DESC LIMIT (SELECT ceil(0.2 * count(*)) FROM best))
    SELECT (SELECT sum(revenue + cltv) FROM known) AS total_value, (SELECT sum(churn * cltv) FROM risky) AS value_at_stake`);
  const [now] = rows("SELECT (SELECT sum(revenue + cltv) FROM customers) AS total_value, (SELECT sum(value_at_stake) FROM customers_at_risk) AS value_at_stake");
  const told = held("customers").before;
  for (const name of ["total_value", "value_at_stake"]) {
    assert.ok(Math.abs(told[name] / then[name] - 1) < 0.005, `${name}: ${told[name]}, by the orders ${then[name]}`);
    const n = Math.round(100 * (now[name] / told[name] - 1));
    assert.ok((await unit(name)).includes(`${n > 0 ? "+" : ""}${n}% in 90 days`), `${name}: ${n}`);
  }
  await page.context().close();
});

test("beside the totals of those who are chosen, what such a group was before", async () => {
  const {page, complaints} = await open({url: file("long_names")});
  const unit = async (name) => page.locator(`[data-total=${name}] + .unit`).textContent();
  // By the orders up to then, one by one: who was in that segment and tier; of a channel, whoever is.
  const known = `SELECT s.*, channel, (rfm_score(last_order, orders::float8, revenue, 5) OVER ()).segment, rank() OVER (ORDER BY cltv DESC) <= round(0.2 * count(*) OVER ()) AS high,
      rank() OVER (ORDER BY cltv DESC) <= round(0.5 * count(*) OVER ()) AS half
    FROM (SELECT s.*, churn_prob(m.orders_model, s.frequency::float8, s.recency, s.tenure, 365::float8) AS churn,
                 cltv_predict(m.orders_model, m.spend_model, s.frequency::float8, s.recency, s.tenure, s.monetary_value, horizon => 365, margin => 0.4, first_value => s.first_value) AS cltv
          FROM (SELECT customer_id, (rfm_summary(ordered_at, amount, date '2024-12-31' - 90)).* FROM long_orders GROUP BY customer_id) AS s CROSS JOIN long_names_model AS m
          WHERE s.first_order IS NOT NULL) AS s JOIN people USING (customer_id)`;
  const number = new Intl.NumberFormat("en", {maximumFractionDigits: 0});
  for (const [hash, then, now] of [["by.channel=web", "channel = 'web'", "channel = 'web'"], ["tier=High", "high", "value_tier = 'High'"],
                                   ["segment=Champions", "segment = 'Champions'", "segment = 'Champions'"], ["segment=At+Risk", "segment = 'At Risk'", "segment = 'At Risk'"]]) {
    await page.goto(`file://${file("long_names")}#${hash}`);
    await page.waitForFunction((hash) => location.hash === `#${hash}` && document.getElementById("clear"), hash);
    const [was] = rows(`WITH known AS (${known}), risky AS (SELECT customer_id FROM known WHERE half ORDER BY churn DESC, cltv DESC LIMIT (SELECT ceil(0.2 * count(*)) FROM known WHERE half))
      SELECT count(*) AS customers, sum(revenue) AS revenue, sum(0.4 * revenue + cltv) AS total_value, sum(churn * cltv) FILTER (WHERE customer_id IN (SELECT customer_id FROM risky)) AS value_at_stake
      FROM known WHERE ${then}`);
    const [is] = rows(`SELECT count(*) AS customers, sum(revenue) AS revenue, sum(0.4 * revenue + cltv) AS total_value,
      sum((SELECT r.value_at_stake FROM long_names_at_risk AS r WHERE r.customer_id = c.customer_id)) AS value_at_stake FROM long_names AS c WHERE ${now}`);
    for (const name of Object.keys(was)) {
      const told = (await unit(name)).match(/([+-]?\d+)% in 90 days/)?.[1];
      if (!(was[name] > 0) || is[name] === null) { assert.equal(told, undefined, `${hash}, ${name}`); continue; }
      assert.ok(Math.abs(Number(told) - 100 * (is[name] / was[name] - 1)) <= 1, `${hash}, ${name}: ${told} %, by the orders from ${was[name]} to ${is[name]}`);
    }
    const [{purchases, revenue}] = rows(`SELECT count(DISTINCT (customer_id, ordered_at::date)) AS purchases, sum(amount) AS revenue FROM long_orders
      WHERE ordered_at::date > date '2024-12-31' - 365 AND customer_id IN (SELECT customer_id FROM long_names WHERE ${now})`);
    assert.ok((await unit("expected_orders")).endsWith(`last 365 days: ${number.format(purchases)}`), await unit("expected_orders"));
    const money = (await unit("cltv")).match(/last 365 days: ([\d,]+)$/)?.[1].replaceAll(",", "");
    assert.ok(Math.abs(Number(money) - 0.4 * revenue) < 1, `${money}, by the orders ${0.4 * revenue}`);
  }
  assert.deepEqual(complaints, []);
  await page.context().close();
});

// Whatever the model knows besides: what of each customer is asked for one by one, by the models as they are.
for (const [name, orders, knows, expected] of [
  ["tides", "tidal", "orders_model::jsonb -> 'calendar' IS NOT NULL", "expected_purchases(m.orders_model, h.history, date '2024-12-31', d.till::float8)"],
  ["told", "swayed", "attributes @> '{purchases}'", `expected_purchases(m.orders_model, c.frequency::float8, c.recency, c.tenure, d.till::float8,
     CASE WHEN 'purchases' = ANY (m.attributes) THEN c.attributes END, CASE WHEN 'dropout' = ANY (m.attributes) THEN c.attributes END)`]]) {
  test(`all parts are there, of all and of a group, where the model has ${name === "tides" ? "a calendar" : "attributes"}`, async () => {
    assert.equal(rows(`SELECT ${knows} AS so FROM ${name}_model`)[0].so, true, "the model has it");
    const shop = held(name);
    for (const part of ["ahead", "before", "card", "due"]) assert.ok(shop[part], part);
    assert.ok(shop.groups.length > 10 && Object.keys(shop.why).length > 20, "groups, and why");
    if (name === "told") assert.ok(Object.values(shop.why).some((why) => why.some(([what, , adds]) => what === "attributes" && adds !== 0)));
    const {page, complaints} = await open({url: file(name), width: 1440});
    const months = async () => (await page.evaluate(drawn.table, "months")).filter((row) => row[5] !== "");
    const till = (n) => `(date '2025-01-01' + ${n} * interval '1 month')::date - date '2025-01-01'`;
    for (const condition of ["true", "channel = 'web'"]) {
      const shown = await months();
      const wanted = rows(`SELECT n, sum(e.expected) AS expected FROM ${name} AS c CROSS JOIN ${name}_model AS m JOIN ${name}_history AS h USING (customer_id)
        CROSS JOIN generate_series(0, 12) AS n CROSS JOIN LATERAL (SELECT ${till("n")} AS till) AS d CROSS JOIN LATERAL (SELECT ${expected} AS expected) AS e
        WHERE ${condition} GROUP BY n ORDER BY n`).map((row) => row.expected);
      assert.equal(shown.length, 12);
      shown.forEach((row, i) => same(row[5], wanted[i + 1] - wanted[i], `${condition}, month ${i + 1}`, condition === "true" ? 1e-6 : 0.051));
      assert.ok(await page.locator("#cohort_value td.ahead").count() > 50, "cohorts to come");
      const text = await page.locator("main").innerText();
      assert.ok(!/NaN|undefined|null|\[object/.test(text), /.*(?:NaN|undefined|null|\[object).*/.exec(text)?.[0]);
      if (condition === "true") {
        assert.ok((await page.evaluate(drawn.table, "drivers")).length > 2, "what drives it");
        await page.goto(`file://${file(name)}#by.channel=web`);
        await page.waitForFunction(() => document.getElementById("clear"));
        assert.match(await page.locator("[data-total=customers] + .unit").textContent(), /in 90 days/);
      }
    }
    const [{n}] = rows(`SELECT count(DISTINCT (customer_id, ordered_at::date)) AS n FROM ${orders} JOIN people USING (customer_id) WHERE channel = 'web' AND ordered_at::date > date '2024-12-31' - 365`);
    assert.ok((await page.locator("[data-total=expected_orders] + .unit").textContent()).endsWith(`last 365 days: ${new Intl.NumberFormat("en").format(n)}`));
    await accessible(page);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
}

test("who orders next, products and the card of the models, where their views are", async () => {
  const {page, complaints} = await open({url: file("goods"), width: 390});
  const due = await page.evaluate(drawn.table, "due");
  const wanted = rows("SELECT customer_id, next_order, earliest, latest, last_order, round(usual_gap::numeric, 1) AS gap, round(overdue::numeric, 2) AS overdue, segment FROM goods_next WHERE next_order IS NOT NULL ORDER BY next_order, customer_id::text LIMIT 40");
  assert.equal(due.length, 40);
  wanted.forEach((row, i) => Object.values(row).forEach((value, j) => same(due[i][j], value, `next ${i}, ${j}`)));
  const [{soon, all}] = rows("SELECT count(*) FILTER (WHERE next_order <= date '2024-12-31' + 28) AS soon, count(*) AS all FROM goods_next WHERE next_order IS NOT NULL");
  assert.match(await page.locator("#due .answer").textContent(), new RegExp(`^${soon} of 1,500 customers .* within four weeks, ${all.toLocaleString("en")} at some time`));
  const weeks = rows("SELECT (next_order - date '2025-01-01') / 7 AS week, count(*) AS n FROM goods_next WHERE next_order IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT 12").map(({n}) => n);
  const heights = await page.locator("#due svg").evaluate(drawn.heights);
  const scale = Math.max(...heights) / Math.max(...weeks);
  weeks.forEach((n, i) => assert.ok(Math.abs(heights[i] - scale * n) < 0.6, `week ${i}`));
  const products = await page.evaluate(drawn.table, "products");
  const sold = rows("SELECT product, revenue, customers, first_customers, repeat_rate, repeat_lower, repeat_upper, later_value, goes_with, confidence, lift FROM goods_products ORDER BY revenue DESC, product");
  assert.equal(products.length, sold.length);
  assert.ok(sold.some((p) => p.goes_with !== null));
  sold.forEach((row, i) => Object.values(row).forEach((value, j) => same(products[i][j], value, `product ${i}, ${j}`, 0.006)));
  const card = Object.fromEntries((await page.evaluate(drawn.table, "model_card")).map(([model, what, value]) => [`${model} ${what}`, value]));
  const [{kind, status}] = rows("SELECT orders_model::jsonb ->> 'kind' AS kind, status FROM goods_model");
  assert.equal(card["orders Kind"], kind);
  assert.equal(card["orders Status"], status);
  await accessible(page);
  await walk(page);
  assert.deepEqual(complaints, []);
  await page.context().close();
  assert.equal(held("customers").products.length, 0, "no products, no part");
});
