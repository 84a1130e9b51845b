// What the page should show, asked of the database by psql, not by the page's own query.

import {execFileSync} from "node:child_process";

function rows(sql) {
  const json = execFileSync("psql", ["-XqAt", "-v", "ON_ERROR_STOP=1", "-c",
                                     `SELECT coalesce(json_agg(q), '[]') FROM (${sql}) AS q`], {encoding: "utf8"});
  return JSON.parse(json);
}

export const totals = () => rows(`
  SELECT count(*) AS customers, sum(revenue) AS revenue, sum(expected_orders) AS expected_orders, sum(cltv) AS cltv,
         (SELECT sum(value_at_stake) FROM customers_at_risk) AS value_at_stake
  FROM customers`)[0];

export const newestDay = () => rows("SELECT max(ordered_at)::date AS day FROM orders")[0].day;

// In a word, of a name as cltv_materialize was given it.
export const health = (name) =>
  rows(`SELECT health FROM cltv_health WHERE to_regclass(name) = to_regclass('${name}')`)[0].health;

// The columns as they stand in the tables of the page.
export const tables = {
  segments: () => rows(`SELECT segment, customers, revenue, expected_orders, cltv, cltv_per_customer, churn_prob
                        FROM customers_segments ORDER BY cltv DESC`),
  rfm_grid: () => rows("SELECT r, f, customers, revenue, cltv FROM customers_rfm_grid ORDER BY r, f"),
  value_bands: () => rows(`SELECT band, customers, cltv_from, cltv_to, cltv, share, cumulative_share
                           FROM customers_value_bands ORDER BY band`),
  forecast: () => rows(`SELECT week, first_day, last_day - first_day + 1 AS days, expected_purchases, expected_revenue
                        FROM customers_forecast ORDER BY week`),
  // From the orders themselves, which the page knows through the histories alone.
  cohorts: () => rows(`SELECT to_char(cohort, 'FMMon YYYY') AS cohort, period, customers, active, retention,
                              CASE WHEN complete THEN 'yes' ELSE 'no' END AS complete
                       FROM cohort_report('orders', 'customer_id', 'ordered_at', 'amount') AS c
                       ORDER BY c.cohort, period`),
  at_risk: () => rows(`SELECT customer_id, rank, value_at_stake, cltv, churn_prob, last_order, orders, revenue,
                              value_tier, segment
                       FROM customers_at_risk ORDER BY rank, customer_id::text LIMIT 25`)
};
