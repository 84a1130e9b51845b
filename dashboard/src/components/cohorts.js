import * as Plot from "@observablehq/plot";
import {html} from "htl";
import {card, image, table} from "./card.js";
import * as format from "./format.js";
import {heat} from "./heat.js";

export function cohorts(shop) {
  const {unit} = shop.cohorts;
  const cells = shop.cohorts.cells.map((cell) => ({
    ...cell, name: format.period(cell.cohort, unit), retention: cell.active / cell.customers
  }));
  const later = cells.filter((cell) => cell.period > 0);
  const next = later.filter((cell) => cell.period === 1 && cell.complete);
  const sum = (rows, measure) => rows.reduce((total, row) => total + row[measure], 0);
  return card({
    id: "cohorts",
    question: "Do new customers come back?",
    answer: cells.length === 0 ? "There are no customers yet."
      : later.length === 0 ? `All customers came in one ${unit}: there is nothing to compare yet.`
      : `${next.length > 0 ? `Of all new customers ${format.percent(sum(next, "active") / sum(next, "customers"))}
         ordered again in the ${unit} after their first. ` : ""}A row is the customers whose first order was in that
         ${unit}; a cell is the share of them who ordered in a later one.${
        later.every((cell) => cell.complete) ? "" : " A dashed cell is not over yet."}`,
    wide: true,
    draw: later.length === 0 ? null : (width) => map(cells, later, width, unit),
    table: cells.length === 0 ? null : table(cells, [
      {name: "First order", of: (cell) => cell.name, text: true},
      {name: `${unit[0].toUpperCase()}${unit.slice(1)}s later`, of: (cell) => cell.period, show: String},
      {name: "Customers", of: (cell) => cell.customers, show: format.count},
      {name: "Ordered", of: (cell) => cell.active, show: format.count},
      {name: "Share", of: (cell) => cell.retention, show: format.percentTenths},
      {name: "Period over", of: (cell) => (cell.complete ? "yes" : "no"), text: true}
    ])
  });
}

function map(cells, later, width, unit) {
  const colour = heat(later.map((cell) => cell.retention));
  const names = Array.from(new Set(cells.map((cell) => cell.name)));
  const last = Math.max(...later.map((cell) => cell.period));
  const place = {left: 124, right: 4};
  const numbered = (width - place.left - place.right) / last >= 30;
  const size = new Map(cells.map((cell) => [cell.name, cell.customers]));
  return html`<div>
    <div class="pair">${colour.legend("share who ordered", format.percent)}
      <p class="key">Across: ${unit}s since the first order. In brackets: customers.</p></div>
    ${image(Plot.plot({
      width,
      height: 20 * names.length + 28,
      marginLeft: place.left,
      marginRight: place.right,
      marginTop: 24,
      marginBottom: 4,
      x: {domain: Array.from({length: last}, (_, i) => i + 1), label: null, axis: "top", tickSize: 0, padding: 0.05,
          tickFormat: (n) => (numbered || n % 3 === 0 || last < 9 ? String(n) : "")},
      y: {domain: names, label: null, tickSize: 0, padding: 0.05,
          tickFormat: (name) => `${name} (${format.compact(size.get(name))})`},
      marks: [
        Plot.cell(later, {x: "period", y: "name", fill: (cell) => colour.fill(cell.retention), className: "retention"}),
        Plot.cell(later.filter((cell) => !cell.complete), {x: "period", y: "name", stroke: "var(--ink-soft)",
                                                           strokeDasharray: "3,2", inset: 0.5}),
        numbered ? Plot.text(later, {x: "period", y: "name",
                                     text: (cell) => format.percent(cell.retention).replace("%", ""),
                                     fill: (cell) => colour.ink(cell.retention), fontSize: 11}) : null
      ]
    }), `Heat map: share of the customers of a ${unit} who ordered again, by ${unit}s since their first order`)}
  </div>`;
}
