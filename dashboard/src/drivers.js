import {card, table} from "./card.js";
import {html} from "./text.js";

// "purchases: channel=web" is of an attribute, "season: june" of a calendar.
function told({name, estimate}) {
  const [on, what] = name.split(/: (.*)/s);
  return what === undefined || on === "season" ? `${name}, ${estimate > 0 ? "more" : "less"}` : `${what} means ${estimate > 0 ? "more" : "less"} ${on}`;
}

// What the models have learnt: what acts on purchases, on leaving and on spend, each with its interval, where the models
// have attributes or a calendar; else their parameters.
export function drivers(page) {
  const {shop, f} = page;
  const all = shop.parameters.map((p) => ({...p, name: p.name.replace(/_/g, " ")}));
  const effects = all.filter((p) => p.z !== null && p.z !== undefined);
  const clear = effects.filter((p) => p.lower * p.upper > 0).sort((a, b) => Math.abs(b.z) - Math.abs(a.z));
  if (all.length === 0) return null;
  const rows = effects.length > 0 ? effects : all;
  return card({
    id: "drivers",
    question: effects.length > 0 ? (shop.kind === "contracts" ? "What drives leaving?" : "What drives purchases, leaving and spend?") : "What have the models learnt?",
    answer: effects.length === 0 ? "The models use no attributes: their parameters describe all customers alike."
      : clear.length === 0 ? "No attribute has a clear effect: every interval includes 0."
      : `The clearest effect: ${told(clear[0])}. Where an interval includes 0, no effect was found.`,
    table: table(page, {id: "drivers", label: "parameters of the models", rows, columns: [
      {id: "name", name: effects.length > 0 ? "What" : "Parameter", of: (p) => p.name, text: true, long: true},
      {id: "model", name: "Model of", of: (p) => p.model, text: true},
      {id: "estimate", name: "Estimate", of: (p) => p.estimate, show: f.number},
      {id: "lower", name: `${f.percent(0.95)} from`, of: (p) => p.lower, show: f.number},
      {id: "upper", name: "to", of: (p) => p.upper, show: f.number},
      ...(effects.length > 0 ? [{id: "p", name: "p-value", of: (p) => p.p_value, show: (v) => (v !== null && v < 0.001 ? "<0.001" : f.number(v))}] : [])
    ]})
  });
}
