// The page of subscriptions: of what cltv_materialize_contracts made.

import assert from "node:assert/strict";
import {statSync} from "node:fs";
import {after, before, describe, test} from "node:test";
import {health, rows, same} from "./database.js";
import * as drawn from "./drawn.js";
import {accessible, data, file, fits, open, start, stop, walk} from "./pages.js";

before(start);
after(stop);

const total = (page, name) => page.locator(`[data-total=${name}]`).getAttribute("data-value");
const totals = (condition) => rows(`SELECT count(*) FILTER (WHERE status <> 'ended') AS there, sum(mrr) AS mrr, sum(churn_prob) AS leaving, sum(mrr * churn_prob) AS mrr_at_risk,
  sum(expected_periods) / nullif(count(*) FILTER (WHERE status <> 'ended'), 0) AS periods, sum(cltv) AS cltv FROM club WHERE ${condition}`)[0];

describe("the numbers are the database's", () => {
  let page, complaints;
  before(async () => ({page, complaints} = await open({url: file("club"), width: 1440})));
  after(async () => { assert.deepEqual(complaints, []); await page?.context().close(); });

  test("totals, beside those of a month before, and the health", async () => {
    for (const [name, value] of Object.entries(totals("true"))) same(await total(page, name), value, name);
    const [now, before] = rows("SELECT ending_mrr FROM club_mrr ORDER BY period DESC LIMIT 2");
    const change = Math.round(100 * (now.ending_mrr / before.ending_mrr - 1));
    assert.match(await page.locator("[data-total=mrr] + .unit").textContent(), new RegExp(`${Math.abs(change)}% on the month before`));
    assert.equal(await page.locator("[data-health]").getAttribute("data-health"), health("club"));
    assert.equal(await page.locator("h1").textContent(), "Subscriptions");
  });

  test("retention, churn, revenue, renewals, groups, those at risk", async () => {
    const wanted = {
      curve: "SELECT period, at_risk, ended, churn_rate, survival, lower, upper, expected FROM club_curve ORDER BY period",
      revenue: `SELECT period, customers, starting_mrr, new_mrr, expansion_mrr, reactivation_mrr, contraction_mrr, churned_mrr, ending_mrr, net_revenue_retention,
                       gross_revenue_retention, logo_retention FROM club_mrr ORDER BY period`,
      renewals: "SELECT month, renewals, expected_to_leave, mrr, mrr_at_risk, cltv FROM club_renewals ORDER BY month",
      customers: `SELECT customer_id, row_number() OVER (ORDER BY mrr * churn_prob DESC, cltv DESC, customer_id) AS rank, mrr * churn_prob AS stake, mrr, churn_prob, next_renewal, renewals
                  FROM club WHERE status = 'running' AND mrr * churn_prob > 0 ORDER BY rank LIMIT 25`
    };
    for (const [id, sql] of Object.entries(wanted)) {
      const shown = await page.evaluate(drawn.table, id), list = rows(sql);
      assert.ok(list.length > 0, id);
      assert.equal(shown.length, list.length, id);
      list.forEach((row, i) => Object.entries(row).forEach(([name, value], j) => same(shown[i][j], value, `${id} ${i}, ${name}`, id === "customers" ? 0.00006 : 1e-9)));
    }
    const groups = Object.fromEntries((await page.evaluate(drawn.table, "groups")).map((row) => [row[0], row]));
    for (const plan of ["solo", "team"]) {
      const {there, mrr, leaving} = totals(`plan = '${plan}'`);
      same(groups[plan][1], mrr, plan, 0.006);
      same(groups[plan][2], there, plan);
      same(groups[plan][3], leaving / there, plan, 0.0001);
    }
  });

  test("who is still there, by the contracts themselves", async () => {
    const cells = await page.evaluate(drawn.table, "cohorts");
    assert.ok(cells.length > 100);
    const there = new Map(rows(`SELECT date_trunc('month', first)::date AS cohort, n AS period, count(*) FILTER (WHERE s.started_on <= day AND (s.ended_on IS NULL OR s.ended_on > day)) AS n
      FROM subscriptions AS s JOIN (SELECT customer_id, min(started_on) AS first FROM subscriptions WHERE ended_on IS DISTINCT FROM started_on GROUP BY 1) AS f USING (customer_id)
      CROSS JOIN generate_series(0, 18) AS n CROSS JOIN LATERAL (SELECT (date_trunc('month', first) + (n + 1) * interval '1 month')::date - 1 AS day) AS d
      WHERE day <= '2025-12-31' AND ended_on IS DISTINCT FROM started_on GROUP BY 1, 2`).map((c) => [`${c.cohort} ${c.period}`, c.n]));
    for (const [cohort, period, , active] of cells) same(active, there.get(`${cohort} ${period}`), `${cohort}, ${period} months later`);
  });

  test("the curve is drawn as it is, what moved the revenue as high as it was", async () => {
    const curve = rows("SELECT survival FROM club_curve ORDER BY period");
    const dots = await page.locator("#curve svg").evaluate(drawn.dots);
    assert.equal(dots.length, curve.length);
    const unit = (dots.at(-1).y - dots[0].y) / (1 - curve.at(-1).survival);
    curve.forEach(({survival}, i) => assert.ok(Math.abs(dots[0].y + unit * (1 - survival) - dots[i].y) < 0.6, `after ${i}`));
    const months = rows("SELECT ending_mrr, churned_mrr + contraction_mrr AS lost FROM club_mrr ORDER BY period");
    for (const [n, measure] of [[0, "ending_mrr"], [1, "lost"]]) {
      const heights = await page.locator("#revenue svg").nth(n).evaluate(drawn.heights);
      const scale = Math.max(...heights) / Math.max(...months.map((m) => m[measure]));
      months.forEach((m, i) => assert.ok(Math.abs(heights[i] - scale * m[measure]) < 0.6, `${measure} ${i}`));
    }
  });

  test("two groups side by side", async () => {
    await page.locator("#compare").click();
    await page.locator('[id="filter-by.plan"]').selectOption("team");
    await page.locator('[id="filter-b.by.plan"]').selectOption("solo");
    await page.waitForFunction(() => location.hash.includes("b.by.plan"));
    const shown = await page.evaluate(drawn.table, "compared");
    for (const [i, plan] of [[1, "team"], [2, "solo"]]) {
      const wanted = totals(`plan = '${plan}'`);
      [wanted.there, wanted.mrr / wanted.there, wanted.leaving / wanted.there, wanted.mrr_at_risk / wanted.mrr, wanted.periods, wanted.cltv / wanted.there]
        .forEach((value, row) => same(shown[row][i], value, `${plan}, ${shown[row][0]}`, 0.006));
      for (const [status, ...shares] of await page.evaluate(drawn.table, "compared-parts")) {
        const [{n}] = rows(`SELECT count(*) FILTER (WHERE status = '${status}')::float8 / count(*) AS n FROM club WHERE plan = '${plan}'`);
        same(shares[i - 1], n, `${plan}, ${status}`);
      }
    }
    assert.match(await page.locator("#compared .answer").textContent(), /% of group A \(plan team\) are expected to leave at the next renewal, .*% of group B \(plan solo\)/);
    await accessible(page);
    await page.locator("#compare").click();
    await page.locator("#clear").click();
    await page.waitForFunction(() => !document.getElementById("clear"));
    assert.equal(await page.locator("#compared").count(), 0);
  });

  test("filters, a customer, search, and the way back", async () => {
    await page.locator('[id="filter-by.plan"]').selectOption("team");
    for (const [name, value] of Object.entries(totals("plan = 'team'"))) same(await total(page, name), value, name, 0.006);
    const due = rows(`SELECT date_trunc('month', next_renewal)::date AS month, count(*) AS renewals, sum(churn_prob) AS leaving, sum(mrr) AS mrr, sum(mrr * churn_prob) AS mrr_at_risk, sum(cltv) AS cltv
      FROM club WHERE plan = 'team' AND status <> 'ended' GROUP BY 1 ORDER BY 1`);
    const renewals = await page.evaluate(drawn.table, "renewals");
    assert.equal(renewals.length, due.length);
    due.forEach((row, i) => Object.values(row).forEach((value, j) => same(renewals[i][j], value, `renewals ${i}, ${j}`, 0.006)));
    for (const id of ["curve", "revenue", "cohorts"]) assert.ok(!/Of all customers/.test(await page.locator(`#${id} .answer`).textContent()), id);
    const first = page.locator("#table-customers tbody a").first();
    const id = await first.textContent();
    await first.focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement.id === "customer");
    const facts = Object.fromEntries(await page.locator("#customer .facts div").evaluateAll((all) => all.map((d) => [...d.children].map((e) => e.textContent))));
    const [c] = rows(`SELECT * FROM club WHERE customer_id = ${id}`);
    assert.equal(facts.Status, c.status);
    assert.equal(facts.plan, "team");
    assert.ok(facts["Expected lifetime"].startsWith(`${c.expected_periods.toFixed(1)} months; ${c.periods_lower} to ${c.periods_upper} `), facts["Expected lifetime"]);
    await page.goBack();
    await page.waitForFunction(() => !document.getElementById("customer"));
    await page.locator("#search").fill("no such customer");
    assert.equal((await page.evaluate(drawn.table, "customers")).length, 0);
    await page.locator("#search").fill("");
    await page.locator("#clear").click();
    await page.waitForFunction(() => !document.getElementById("clear"));
    same(await total(page, "mrr"), totals("true").mrr, "all again");
  });
});

// By the contracts and the subscriptions themselves, of those who fit a condition, which a view has, too.
async function follows(page, condition, view) {
  const wanted = {
    curve: `SELECT t."time"::int AS period, at_risk, events, events / at_risk AS churn, t.survival, t.lower, t.upper
      FROM (SELECT survival_curve(h.periods::float8, h.churned) AS curve FROM club_that_moves_history AS h WHERE customer_id IN (SELECT customer_id FROM club_that_moves WHERE ${condition})) AS c,
           survival_table(c.curve, float8 '0.95', text 'log-log') AS t ORDER BY 1`,
    revenue: `SELECT period, customers, starting_mrr, new_mrr, expansion_mrr, reactivation_mrr, contraction_mrr, churned_mrr, ending_mrr, net_revenue_retention, gross_revenue_retention,
      logo_retention, CASE WHEN complete THEN 'yes' ELSE 'no' END AS over FROM subscription_metrics('${view}', 'customer_id', 'started_on', 'ended_on', 'mrr', as_of => '2025-12-31') ORDER BY 1`,
    cohorts: `SELECT date_trunc('month', first)::date AS cohort, n AS period, count(*) AS customers,
        count(*) FILTER (WHERE EXISTS (SELECT FROM club_that_moves_history AS h WHERE h.customer_id = f.customer_id AND h.started_on <= day AND (h.ended_on IS NULL OR h.ended_on > day))) AS there
      FROM (SELECT customer_id, min(started_on) AS first FROM club_that_moves_history WHERE customer_id IN (SELECT customer_id FROM club_that_moves WHERE ${condition}) GROUP BY 1) AS f
      CROSS JOIN generate_series(0, 18) AS n CROSS JOIN LATERAL (SELECT (date_trunc('month', first) + (n + 1) * interval '1 month')::date - 1 AS day) AS d
      WHERE day <= '2025-12-31' GROUP BY 1, 2 ORDER BY 1, 2`
  };
  for (const [id, sql] of Object.entries(wanted)) {
    const shown = await page.evaluate(drawn.table, id), list = rows(sql);
    assert.ok(list.length > 10, id);
    assert.equal(shown.length, list.length, id);
    list.forEach((row, i) => Object.entries(row).forEach(([name, value], j) => same(shown[i][j], value, `${id} ${i}, ${name}`, name.endsWith("mrr") ? 0.02 : name.endsWith("revenue_retention") ? 0.0001 : 1e-9)));
    assert.ok(!/Of all customers/.test(await page.locator(`#${id} .answer`).textContent()), id);
  }
}

test("curve, recurring revenue and cohorts follow the filters, and so does the month before", async () => {
  const url = file("club_that_moves");
  const {page, complaints} = await open({url, width: 1440});
  const curveOf = async () => new Map((await page.evaluate(drawn.table, "curve")).map((row) => [row[0], Number(row[7])]));
  const size = (condition) => rows(`SELECT count(*) AS n FROM club_that_moves_history WHERE ${condition}`)[0].n;
  const all = await curveOf();
  await page.goto(`file://${url}#by.plan=team`);
  await page.waitForFunction(() => document.getElementById("clear"));
  await follows(page, "plan = 'team'", "moved_team");
  const team = await curveOf();
  const moves = await page.evaluate(drawn.table, "revenue");
  for (const [at, what] of [[4, "expansion"], [5, "reactivation"], [6, "contraction"], [7, "churn"]]) assert.ok(moves.some((row) => Number(row[at]) > 0), `there is ${what}`);
  const [before, now] = rows("SELECT customers, ending_mrr, churned_mrr, logo_retention FROM subscription_metrics('moved_team', 'customer_id', 'started_on', 'ended_on', 'mrr', as_of => '2025-12-31') ORDER BY period DESC LIMIT 2").reverse();
  const unit = (name) => page.locator(`[data-total=${name}] + .unit`).textContent();
  const change = (a, b) => { const n = Math.round(100 * (a / b - 1)); return `${n > 0 ? "+" : ""}${n}% on the month before`; };
  assert.ok((await unit("mrr")).includes(change(now.ending_mrr, before.ending_mrr)), await unit("mrr"));
  assert.ok((await unit("there")).includes(change(now.customers, before.customers)), await unit("there"));
  assert.ok((await unit("leaving")).includes(`${Math.round(before.customers * (1 - now.logo_retention))} left in Dec 2025`), await unit("leaving"));
  assert.match(await unit("mrr_at_risk"), new RegExp(`${Math.round(now.churned_mrr)}(\\.\\d+)? lost in Dec 2025`));
  await accessible(page);
  // What is expected of both plans together is what is expected of all.
  await page.goto(`file://${url}#by.plan=solo`);
  await page.waitForFunction(() => /plan solo/.test(document.getElementById("totals").textContent));
  const solo = await curveOf(), n = {team: size("plan = 'team'"), solo: size("plan = 'solo'")};
  let both = 0;
  for (const [period, expected] of team) {
    if (!solo.has(period)) continue;
    same((n.team * expected + n.solo * solo.get(period)) / (n.team + n.solo), all.get(period), `expected after ${period}`, 0.0001);
    both++;
  }
  assert.ok(both > 10 && team.get("6") > solo.get("6"), "the model tells the plans apart");
  // Who is chosen by status was chosen by what came of them.
  await page.goto(`file://${url}#status=running&by.plan=team`);
  await page.waitForFunction(() => /Status running/.test(document.getElementById("totals").textContent));
  await follows(page, "plan = 'team' AND status = 'running'", "moved_team_running");
  for (const id of ["curve", "revenue", "cohorts"]) assert.match(await page.locator(`#${id} .answer`).textContent(), /picks customers by how they stand today/, id);
  assert.ok((await page.evaluate(drawn.table, "curve")).every((row) => row[7] === ""), "of such the model says nothing");
  assert.ok(!/month before/.test(await unit("mrr")));
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("who has cancelled is named apart from those who are still to decide", async () => {
  const {page} = await open({url: file("club")});
  const [{n, mrr}] = rows("SELECT count(*) AS n, sum(mrr) AS mrr FROM club WHERE status = 'cancelled'");
  assert.ok(n > 1 && rows("SELECT 1 FROM club WHERE status = 'cancelled' AND churn_prob = 1").length > 0);
  const answer = await page.locator("#at_risk .answer").textContent();
  assert.ok(answer.includes(`${n} customers have already cancelled and pay ${Math.abs(mrr) < 100 ? mrr.toFixed(2) : Math.round(mrr)} a month`), answer);
  const [{open: still}] = rows("SELECT sum(mrr * churn_prob) AS open FROM club WHERE status = 'running'");
  assert.ok(answer.replaceAll(",", "").startsWith(String(Math.round(still))), answer);
  assert.ok((await page.evaluate(drawn.table, "customers")).every((row) => row[9] === "running"));
  await page.goto(`file://${file("club")}#status=cancelled`);
  await page.waitForFunction(() => document.getElementById("clear"));
  assert.match(await page.locator("#at_risk .answer").textContent(), /They have decided/);
  const shown = await page.evaluate(drawn.table, "customers");
  assert.ok(shown.length > 0 && shown.every((row) => row[9] === "cancelled"));
  await page.context().close();
});

test("a role that may not read the subscriptions has curve and cohorts of a group, but no revenue", async () => {
  const {page, complaints} = await open({url: file("club", {role: "reader"}), hash: "#by.plan=team"});
  assert.match(await page.locator("#revenue .answer").textContent(), /needs the right to read the subscriptions/);
  assert.ok((await page.evaluate(drawn.table, "curve")).length > 10);
  assert.ok(!/NaN|undefined|null/.test(await page.locator("main").innerText()));
  assert.deepEqual(complaints, []);
  await page.context().close();
});

for (const [name, there] of [["club", null], ["club_of_few", "2"], ["club_of_none", "0"], ["club_that_moves", null]]) {
  for (const [width, colorScheme] of [[1440, "dark"], [1024, "light"], [768, "dark"], [390, "light"]]) {
    test(`${name}, ${width} pixels wide, ${colorScheme}`, async () => {
      const {page, complaints, requests} = await open({url: file(name), width, colorScheme});
      await fits(page, width);
      await accessible(page);
      if (width === 768) await walk(page).catch((error) => { if (name === "club") throw error; });
      if (there !== null) assert.equal(await total(page, "there"), there);
      const text = await page.locator("main").innerText();
      assert.ok(!/NaN|undefined|null|Infinity|\[object/.test(text), /.*(?:NaN|undefined|null|Infinity|\[object).*/.exec(text)?.[0]);
      for (const answer of await page.locator("section .answer").allTextContents()) assert.notEqual(answer.trim(), "");
      for (const question of await page.locator(".card h2").allTextContents()) assert.match(question, /\?$/);
      assert.deepEqual(complaints, []);
      assert.equal(requests.length, 1);
      await page.context().close();
    });
  }
}

test("on paper nothing is cut; without JavaScript the numbers are there; without customers none is", async () => {
  const print = await open({url: file("club"), width: 1040, colorScheme: "dark"});
  await print.page.emulateMedia({media: "print", colorScheme: "dark"});
  assert.deepEqual(await print.page.evaluate(drawn.cut), []);
  await print.page.context().close();
  const {page} = await open({url: file("club"), javaScriptEnabled: false});
  for (const id of ["at_risk", "curve", "revenue", "renewals", "cohorts", "groups"]) assert.ok(await page.locator(`#${id} :is(table, svg.plot)`).first().isVisible(), id);
  for (const control of await page.locator("select, input, button, .button").all()) assert.ok(!await control.isVisible());
  await page.context().close();
  assert.ok(statSync(file("club")).size <= 500_000);
  const without = data(file("club", {options: ["--no-customers"]}));
  assert.equal(without.customers.length, 0);
  assert.ok(without.cube.length > 0);
  for (const row of without.cube) assert.ok(row.at(-7) >= 10, `a group of ${row.at(-7)}`);
  for (const cell of without.cohorts.cells) assert.ok(cell.customers >= 10 && (cell.active === null || cell.active >= 10));
});
