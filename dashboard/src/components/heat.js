// The colours of heat maps: five steps of one hue, from the style sheet, so that they suit light and dark, and so that
// the number in each cell can be read on every one of them.

import * as Plot from "@observablehq/plot";

const steps = [1, 2, 3, 4, 5];

// Steps of a round width from 0 to above the largest value.
export function heat(values) {
  const largest = Math.max(0, ...values);
  const width = largest > 0 ? roundUp(largest / steps.length) : 1;
  const step = (value) => Math.min(steps.length, Math.floor(value / width) + 1);
  return {
    fill: (value) => `var(--heat-${step(value)})`,
    ink: (value) => `var(--heat-ink-${step(value)})`,
    legend: (label, show) => Plot.legend({
      color: {
        type: "threshold",
        domain: steps.slice(1).map((s) => (s - 1) * width),
        range: steps.map((s) => `var(--heat-${s})`),
        label,
        tickFormat: show
      },
      width: 240,
      height: 42,
      tickSize: 0
    })
  };
}

// The next of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10 times a power of ten.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const round = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((r) => r * power >= value * (1 - 1e-12));
  return Number((round * power).toPrecision(2));
}
