// The colours of heat maps: five steps of one hue, each with as many of the cells as the others, so that one large cell
// does not leave all others in one shade. Nothing has no colour.

import {html} from "./text.js";

export function heat(values) {
  const sorted = [...new Set(values.filter((v) => v > 0))].sort((a, b) => a - b);
  const cuts = [0.2, 0.4, 0.6, 0.8].map((q) => sorted[Math.ceil(q * sorted.length) - 1]);
  const step = (value) => (value > 0 ? (sorted.length < 5 ? sorted.indexOf(value) + 1 : 1 + cuts.filter((cut) => value > cut).length) : 0);
  return {
    step,
    legend: (label, show) => {
      const steps = [1, 2, 3, 4, 5].map((s) => sorted.filter((v) => step(v) === s)).filter((all) => all.length > 0);
      return steps.length === 0 ? null : html`<ul class="legend" aria-label="Colours: ${label}">${steps.map((all) => {
        const [low, high] = [show(all[0]), show(all.at(-1))];
        return html`<li><span class="swatch heat-${step(all[0])}"></span>${low === high ? low : `${low} – ${high}`}</li>`;
      })}</ul>`;
    }
  };
}
