// A card: the question that it answers, the answer in words, the drawing, and the numbers that were drawn as a table.

import {attributes, html} from "./text.js";
import {link} from "./state.js";

export function card({id, question, answer, draw = null, table = null, open = false, half = false, tools = null, note = null}) {
  return html`<section ${attributes({class: half ? "card half" : "card", id, "data-chart": id, "aria-labelledby": `${id}-question`})}>
    <h2 id="${id}-question">${question}</h2>
    <p class="answer">${answer}</p>
    ${tools}
    ${draw ? html`<div class="drawing">${draw}</div>` : null}
    ${table && (open ? table : html`<details id="${id}-numbers"><summary>The numbers</summary>${table}</details>`)}
    ${note}
  </section>`;
}

// Wide tables scroll by themselves, with the keyboard, too, and say that there is more.
export const scroller = (label, content, id) => html`<div class="scroller" role="region" tabindex="0" id="${id}-scroller"
  aria-label="Table: ${label}">${content}</div>`;

// Columns are {id, name, of(row), show(value), text, markup(row)}: text columns are aligned left and need no show. A table of
// several rows is sorted by a click on a name, and downloaded.
export function table(page, {id, label, rows, columns, first = rows.length}) {
  const {state} = page;
  const [, down, by] = /^(-?)(.*)$/.exec(state[`sort.${id}`] ?? "");
  const column = columns.find((c) => c.id === by);
  const sorted = column ? [...rows].sort((a, b) => compare(column.of(a), column.of(b)) * (down ? -1 : 1)) : rows;
  page.tables[id] = {columns, rows: sorted};
  const sorting = (c) => html`<a class="sort" id="sort-${id}-${c.id}" href="${link(state,
    {[`sort.${id}`]: c === column ? (down ? null : `-${c.id}`) : c.text ? c.id : `-${c.id}`})}"
    title="Sort by ${c.name}">${c.name}<span aria-hidden="true">${c === column ? (down ? " ↓" : " ↑") : ""}</span></a>`;
  return html`${scroller(label, html`<table id="table-${id}">
    <thead><tr>${columns.map((c) => html`<th ${attributes({scope: "col", class: c.text ? null : "number",
      "aria-sort": c === column ? (down ? "descending" : "ascending") : null})}>${rows.length > 1 && !page.brief ? sorting(c) : c.name}</th>`)}</tr></thead>
    <tbody>${sorted.slice(0, first).map((row) => html`<tr>${columns.map((c, i) => {
      const value = c.of(row);
      const all = attributes({class: c.text ? (c.long ? "long" : null) : "number", "data-value": value ?? "", scope: i === 0 ? "row" : null});
      const shown = c.markup ? c.markup(row) : c.show ? c.show(value) : value ?? "–";
      return i === 0 ? html`<th ${all}>${shown}</th>` : html`<td ${all}>${shown}</td>`;
    })}</tr>`)}</tbody></table>`, id)}
    ${rows.length > 0 ? html`<p class="below"><button type="button" class="quiet live" data-csv="${id}">Download as csv</button></p>` : null}`;
}

function compare(a, b) {
  if (a === b) return 0;
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, {numeric: true});
}

// A part of a whole, as a bar in a cell.
export const bar = (share) => html`<svg class="share" aria-hidden="true" width="100%" height="10"><rect class="bar data"
  width="${Math.max(0, Math.round(1000 * (share || 0)) / 10)}%" height="10"/></svg>`;

// A spreadsheet would run a text that begins like a formula.
const cell = (value) => {
  const text = String(value ?? "");
  return /[",\n\r]/.test(text) || /^[=+\-@\t]/.test(text) && typeof value !== "number"
    ? `"${(/^[=+\-@\t]/.test(text) && typeof value !== "number" ? "'" : "") + text.replace(/"/g, '""')}"` : text;
};
export const csv = ({columns, rows}) =>
  [columns.map((c) => cell(c.name)), ...rows.map((row) => columns.map((c) => cell(c.of(row))))]
    .map((line) => `${line.join(",")}\r\n`).join("");
