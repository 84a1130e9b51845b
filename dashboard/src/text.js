// Markup as text that is escaped by construction, so that the page is drawn in the same way when it is built and when
// it is used: html`<p>${name}</p>`. What is null or false leaves nothing, arrays are joined.

class Markup {
  constructor(text) { this.text = text; }
  toString() { return this.text; }
}

const entities = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"};

export const escape = (text) => String(text).replace(/[&<>"']/g, (c) => entities[c]);

function piece(value) {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Markup) return value.text;
  return Array.isArray(value) ? value.map(piece).join("") : escape(value);
}

export function html(strings, ...values) {
  return new Markup(strings.reduce((text, string, i) => text + piece(values[i - 1]) + string));
}

// Attributes of an object; those that are null or false are left out: <td ${attributes({class: c})}>.
export const attributes = (all) => new Markup(Object.entries(all)
  .filter(([, value]) => value !== null && value !== undefined && value !== false)
  .map(([name, value]) => `${name}="${escape(value === true ? "" : value)}"`).join(" "));

export const counted = (shown, n, one, many = `${one}s`) => `${shown} ${n === 1 ? one : many}`;
export const capital = (text) => text && text[0].toUpperCase() + text.slice(1);

// A name that is too long for a table, by its beginning and its end; the whole of it is where it is pointed at.
export const brief = (name) => (name.length > 28 ? html`<span title="${name}">${name.slice(0, 14)}…${name.slice(-10)}</span>` : name);
