import * as Plot from "@observablehq/plot";
import {html} from "htl";
import {card, image, table} from "./card.js";
import * as format from "./format.js";
import {heat} from "./heat.js";

export function rfmGrid(shop) {
  const money = format.money(shop.currency);
  const grid = shop.rfm_grid;
  const bins = Math.max(...grid.map((cell) => cell.r));
  const scored = grid.reduce((sum, cell) => sum + cell.customers, 0);
  const best = grid.find((cell) => cell.r === bins && cell.f === bins);
  const predicted = shop.totals.cltv !== null;
  const value = predicted ? grid.reduce((sum, cell) => sum + cell.cltv, 0) : 0;
  return card({
    id: "rfm_grid",
    question: "Who came recently, who comes often, and what are they worth?",
    answer: scored === 0 ? "No customer has both scores yet."
      : `Recent and frequent (top right): ${format.count(best.customers)} customers${
        value > 0 ? `, ${format.percent(best.cltv / value)} of the expected value` : ""}.`,
    wide: true,
    draw: scored === 0 ? null : (width) => {
      const side = predicted && width > 700 ? (width - 32) / 2 : width;
      return html`<div class="pair">
        ${map(grid, bins, side, "customers", "Customers")}
        ${predicted ? map(grid, bins, side, "cltv", `Expected value, ${money.unit}`) : null}
      </div>`;
    },
    table: scored === 0 ? null : table(grid, [
      {name: "Recency score", of: (cell) => cell.r, show: String},
      {name: "Frequency score", of: (cell) => cell.f, show: String},
      {name: "Customers", of: (cell) => cell.customers, show: format.count},
      {name: "Revenue so far", of: (cell) => cell.revenue, show: money.whole},
      {name: "Expected value", of: (cell) => (predicted ? cell.cltv : null), show: money.whole}
    ])
  });
}

function map(grid, bins, width, measure, label) {
  const narrow = width / bins < 50;
  const show = narrow ? format.tight : format.compact;
  const colour = heat(grid.map((cell) => cell[measure]));
  const scores = Array.from({length: bins}, (_, i) => i + 1);
  return html`<div style=${{width: `${width}px`}}>
    <h3>${label}</h3>
    ${image(Plot.plot({
      width,
      height: Math.min(width * 0.62, 44 * bins + 40),
      marginLeft: 44,
      marginTop: 4,
      marginBottom: 40,
      x: {domain: scores, label: "recency score (1 longest ago)", labelAnchor: "center", labelArrow: "none",
          tickSize: 0, padding: 0.04},
      y: {domain: scores, reverse: true, label: "frequency score", labelAnchor: "center", labelArrow: "none",
          tickSize: 0, padding: 0.04},
      marks: [
        Plot.cell(grid, {x: "r", y: "f", fill: (cell) => colour.fill(cell[measure]), rx: 2, className: measure}),
        Plot.text(grid, {x: "r", y: "f", text: (cell) => show(cell[measure]),
                         fill: (cell) => colour.ink(cell[measure]), className: `${measure}-text`,
                         fontSize: narrow ? 10 : 12})
      ]
    }), `Heat map: ${label} by recency score, left to right, and frequency score, bottom to top`)}
  </div>`;
}
