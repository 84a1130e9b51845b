// Drawings as SVG: bars over time, and lines. Each mark says what it is when it is pointed at, or reached by the arrow keys.

import {attributes, html} from "./text.js";

// Round steps from 0 to the largest value or a little above it.
export function steps(largest, about) {
  if (!(largest > 0) || !Number.isFinite(largest)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(largest / about));
  const step = [1, 2, 2.5, 5, 10].map((s) => s * power).find((s) => largest / s <= about);
  return Array.from({length: Math.ceil(largest / step - 1e-9) + 1}, (_, i) => Number((i * step).toPrecision(12)));
}

const round = (x) => Math.round(x * 100) / 100;

function frame({width, height, label, left, bottom}, axis, show, marks) {
  const top = 8, right = 8;
  const y = (value) => round(height - bottom - (value / axis.at(-1)) * (height - bottom - top));
  return html`<svg class="plot" role="img" tabindex="0" aria-label="${label}" width="${width}" height="${height}"
      viewBox="0 0 ${width} ${height}">
    <g class="axis">${axis.map((value) => html`<line x1="${left}" x2="${width - right}" y1="${y(value)}" y2="${y(value)}"/>
      <text x="${left - 6}" y="${y(value)}" dy="0.32em" text-anchor="end">${show(value)}</text>`)}</g>
    ${marks({y, left, right: width - right, floor: height - bottom})}
  </svg>`;
}

// One bar a column, of parts upon each other: {label, tip, parts: [{value, kind}], range}, range being the bounds of all of it.
// Labels that have no room are left out.
export function columns({width, height = 200, label, data, show, room = 64}) {
  const left = 52, bottom = 26;
  const tall = Math.max(0, ...data.map((d) => Math.max(d.range?.[1] ?? 0, d.parts.reduce((sum, p) => sum + p.value, 0))));
  return frame({width, height, label, left, bottom}, steps(tall, 4), show, ({y, right, floor}) => {
    const step = Math.min(96, (right - left) / Math.max(1, data.length));      // a few bars are no walls
    const thin = Math.max(1, Math.ceil(room / step));
    return data.map((d, i) => {
      let sum = 0;
      const x = left + i * step, gap = step > 4 ? 1 : 0.2;
      return html`<g class="mark" data-tip="${d.tip}"><rect class="hit" x="${round(x)}" y="8" width="${round(step)}" height="${round(floor - 8)}"/>
        ${d.parts.map(({value, kind}) => {
          const from = y(sum), to = y((sum += value));
          return html`<rect ${attributes({class: `bar ${kind}`, x: round(x + gap / 2), y: to, width: round(step - gap),
                                          height: round(from - to)})}/>`;
        })}
        ${d.range ? html`<path class="range" d="M${round(x + step / 2 - 2)} ${y(d.range[1])}h4m-2 0V${y(d.range[0])}m-2 0h4"/>` : null}
        ${i % thin === 0 && x + room - 12 < right + 8 ? html`<text x="${round(x)}" y="${floor + 17}">${d.label}</text>` : null}</g>`;
    });
  });
}

// Lines through points from 0 to 1 on both axes, or with x in any unit: {points: [{x, y, tip}], kind, dots}, dots being how large.
export function lines({width, height = 240, label, series, labels, show, most = 1, wide = 1, note}) {
  const left = 52, bottom = 40;
  return frame({width, height, label, left, bottom}, steps(most, 5), show, ({y, right, floor}) => {
    const x = (value) => round(left + (value / wide) * (right - left));
    return html`${labels.map(({at, text}, i) => html`<text x="${x(at)}" y="${floor + 17}"
        text-anchor="${i === 0 ? "start" : at === wide ? "end" : "middle"}">${text}</text>`)}
      ${note ? html`<text x="${(left + right) / 2}" y="${floor + 35}" text-anchor="middle">${note}</text>` : null}
      ${series.map(({points, kind, dots}) => html`<polyline class="line ${kind}" points="${points.map((p) => `${x(p.x)},${y(p.y)}`).join(" ")}"/>
      ${dots ? points.filter((p) => p.tip).map((p) => html`<g class="mark" data-tip="${p.tip}">
        <circle class="dot" cx="${x(p.x)}" cy="${y(p.y)}" r="${dots}"/></g>`) : null}`)}`;
  });
}
