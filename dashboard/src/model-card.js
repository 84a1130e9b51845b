import {card, table} from "./card.js";
import {capital, html} from "./text.js";

// What the models in use were fitted to, how well, and what they keep: the card that whoever answers for them must know.
export function modelCard(page) {
  const {shop, f} = page;
  const {models, ...about} = shop.card ?? {};
  const rows = Object.entries(models ?? {}).filter(([, m]) => m).flatMap(([name, m]) => facts(m).map(([what, value]) => ({model: name, what, value})));
  const of = facts(about);
  if (rows.length === 0) return null;
  return card({
    id: "model_card",
    question: "What are the models made of?",
    answer: html`What the models were fitted to, how well, and what they keep, for whoever is accountable for them. The whole card: <code>SELECT cltv_model_card('${shop.name}')</code>`,
    table: html`<h3>What was read</h3><dl class="facts">${of.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
      ${table(page, {id: "model_card", label: "models", rows, columns: [
        {id: "model", name: "Model of", of: (r) => r.model, text: true},
        {id: "what", name: "What", of: (r) => r.what, text: true, long: true},
        {id: "value", name: "Is", of: (r) => r.value, text: true, long: true}
      ]})}`
  });

  // Plain facts, those of what is within behind the name of it; lists by their values.
  function facts(object, before = "") {
    return Object.entries(object).filter(([key]) => key !== "parameters").flatMap(([key, value]) => {
      const name = `${before}${key.replace(/_/g, " ")}`;
      if (value === null || value === undefined || value === "") return [];
      if (Array.isArray(value)) return value.every((v) => typeof v !== "object") && value.length > 0 ? [[capital(name), value.join(", ")]] : [];
      if (typeof value === "object") return facts(value, `${name}: `);
      return [[capital(name), typeof value === "number" ? (Number.isInteger(value) ? f.count(value) : f.number(value)) : String(value)]];
    });
  }
}
