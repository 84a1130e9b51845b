// What the page should show, asked of the database by psql, not by the page's own query.

import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";

export function rows(sql) {
  const json = execFileSync("psql", ["-XqAt", "-v", "ON_ERROR_STOP=1", "-c",
                                     `SELECT coalesce(json_agg(q), '[]') FROM (${sql}) AS q`], {encoding: "utf8"});
  return JSON.parse(json);
}

// Of the customers who fit a condition, for the tiles.
export const totals = (name = "customers", condition = "true") => rows(`
  SELECT count(*) AS customers, sum(revenue) AS revenue, sum(expected_orders) AS expected_orders, sum(cltv) AS cltv,
         (SELECT coalesce(sum(value_at_stake), 0) FROM ${name}_at_risk
          WHERE customer_id IN (SELECT customer_id FROM ${name} WHERE ${condition})) AS value_at_stake
  FROM ${name} WHERE ${condition}`)[0];

export const newestDay = () => rows("SELECT max(ordered_at)::date AS day FROM orders")[0].day;
export const daysOld = () => rows("SELECT current_date - max(ordered_at)::date AS days FROM orders")[0].days;

// In a word, of a name as cltv_materialize was given it.
export const health = (name) =>
  rows(`SELECT health FROM cltv_health WHERE to_regclass(name) = to_regclass('${name}')`)[0].health;

export const pulse = () => rows(`
  SELECT count(DISTINCT (customer_id, ordered_at::date)) AS purchases, count(DISTINCT customer_id) FILTER (WHERE first >= newest - 89) AS new,
         sum(amount) AS revenue
  FROM orders JOIN (SELECT customer_id, min(ordered_at)::date AS first FROM orders GROUP BY 1) AS f USING (customer_id)
  CROSS JOIN (SELECT max(ordered_at)::date AS newest FROM orders) AS n
  WHERE ordered_at::date > newest - 90`)[0];

// What is known of one customer, most of it by other functions than the page's.
export const customer = (id) => rows(`
  SELECT c.*, prob_alive(orders_model, c.frequency::float8, c.recency::float8, c.tenure::float8) AS alive,
         next_order(orders_model, c.frequency::float8, c.recency::float8, c.tenure::float8, m.as_of) AS next,
         (SELECT count(DISTINCT o.ordered_at::date) FROM orders AS o WHERE o.customer_id = c.customer_id) AS days
  FROM customers AS c, customers_model AS m WHERE c.customer_id = ${id}`)[0];

// The columns as they stand in the tables of the page.
export const tables = {
  segments: () => rows(`SELECT segment, s.cltv, customers, s.revenue, expected_orders, cltv_per_customer, s.churn_prob,
                               (SELECT count(*) FROM customers_at_risk AS r WHERE r.segment = s.segment) AS to_win_back
                        FROM customers_segments AS s ORDER BY cltv DESC`),
  rfm_grid: () => rows("SELECT r, f, customers, revenue, cltv FROM customers_rfm_grid ORDER BY r, f"),
  value_bands: () => rows(`SELECT band, customers, cltv_from, cltv_to, cltv, share, cumulative_share
                           FROM customers_value_bands ORDER BY band`),
  churn_bands: () => rows(`SELECT least(floor(churn_prob * 10), 9) + 1 AS band, count(*) AS customers, sum(revenue) AS revenue,
                                  sum(cltv) AS cltv FROM customers GROUP BY 1 ORDER BY 1`),
  forecast: () => rows(`SELECT week, first_day, last_day, last_day - first_day + 1 AS days, expected_purchases, expected_revenue
                        FROM customers_forecast ORDER BY week`),
  // From the orders themselves, which the page knows through the histories.
  cohorts: () => rows(`SELECT cohort, period, customers, active, retention, CASE WHEN complete THEN 'yes' ELSE 'no' END AS complete
                       FROM cohort_report('orders', 'customer_id', 'ordered_at', 'amount') AS c
                       ORDER BY c.cohort, period`),
  months: () => rows(`SELECT date_trunc('month', ordered_at)::date AS month, count(DISTINCT customer_id) FILTER (WHERE ordered_at::date = first) AS new,
                             count(DISTINCT (customer_id, ordered_at::date)) FILTER (WHERE ordered_at::date > first) AS again,
                             sum(amount) FILTER (WHERE ordered_at::date = first) AS new_revenue,
                             sum(amount) FILTER (WHERE ordered_at::date > first) AS again_revenue
                      FROM orders JOIN (SELECT customer_id, min(ordered_at)::date AS first FROM orders GROUP BY 1) AS f USING (customer_id)
                      GROUP BY 1 ORDER BY 1`),
  cohort_value: () => rows(`SELECT date_trunc('month', first)::date AS cohort, count(*) AS customers, avg(spent) AS past, avg(cltv) AS next
                            FROM (SELECT customer_id, min(ordered_at)::date AS first, sum(amount) AS spent FROM orders GROUP BY 1) AS o
                            JOIN customers USING (customer_id) GROUP BY 1 ORDER BY 1`),
  customers: () => rows(`SELECT customer_id, rank, value_at_stake, cltv, churn_prob, last_order, orders, revenue
                         FROM customers_at_risk ORDER BY rank, customer_id::text LIMIT 25`)
};

// Exactly, but for sums of floating point whose rows came in another order, and for cents.
export function same(shown, value, what, cents = 0) {
  if (typeof value === "number") {
    assert.notEqual(shown, "", what);
    assert.ok(Math.abs(Number(shown) - value) <= cents + 1e-9 * Math.abs(value), `${what}: ${shown}, in the database ${value}`);
  } else {
    assert.equal(shown, String(value ?? ""), what);
  }
}
