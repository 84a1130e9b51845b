import {html} from "htl";
import {resize} from "observablehq:stdlib";

// A card: the question that it answers, the answer in words, the drawing, and the numbers that were drawn as a table.
// draw(width) gives an element, or is null where there is nothing to draw: then the answer says why.
export function card({id, question, answer, draw = null, table = null, open = false, wide = false}) {
  const drawing = draw && html`<div class="drawing">${resize(draw)}</div>`;
  const numbers = table && (open ? scroller(question, table)
    : html`<details><summary>The numbers</summary>${scroller(question, table)}</details>`);
  return html`<section class=${wide ? "card wide" : "card"} data-chart=${id} aria-labelledby=${`${id}-question`}>
    <h2 id=${`${id}-question`}>${question}</h2>
    <p class="answer">${answer}</p>
    <div class=${drawing && open ? "beside" : null}>${drawing}${numbers}</div>
  </section>`;
}

// Wide tables scroll by themselves on a phone, with the keyboard, too.
function scroller(label, table) {
  return html`<div class="scroller" role="region" tabindex="0" aria-label=${`Table: ${label}`}>${table}</div>`;
}

// Columns are {name, of(row), show(value), text}: text columns are aligned left and need no show.
export function table(rows, columns) {
  return html`<table>
    <thead><tr>
      ${columns.map((c) => html`<th scope="col" class=${c.text ? null : "number"}>${c.name}</th>`)}
    </tr></thead>
    <tbody>${rows.map((row) => html`<tr>${columns.map((c, i) => {
      const value = c.of(row);
      const attributes = {class: c.text ? null : "number", "data-value": value ?? ""};
      const shown = c.show ? c.show(value) : value ?? "–";
      return i === 0 ? html`<th scope="row" ${attributes}>${shown}</th>` : html`<td ${attributes}>${shown}</td>`;
    })}</tr>`)}</tbody>
  </table>`;
}

// A drawing is an image to a screen reader: its label says what the eye sees, the table holds the numbers. Plot's own
// labels, of the marks within, would be none: a g has no role.
export function image(svg, label) {
  for (const mark of svg.querySelectorAll("g[aria-label]")) mark.removeAttribute("aria-label");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  return svg;
}
