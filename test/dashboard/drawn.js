// What is drawn, read from the page. All but rising() run in the browser.

export const table = (card) =>
  [...card.querySelectorAll("tbody tr")].map((row) => [...row.children].map((cell) => cell.dataset.value));

export const images = (all) =>
  all.map((svg) => ({label: svg.getAttribute("aria-label"), ...svg.getBoundingClientRect().toJSON()}));

export const shapes = (mark) => [...mark.querySelectorAll("rect")].map((rect) => ({
  x: rect.x.baseVal.value, y: rect.y.baseVal.value, width: rect.width.baseVal.value, height: rect.height.baseVal.value,
  step: Number(/--heat-(\d)/.exec(rect.getAttribute("fill"))?.[1])
}));

export const dots = (mark) => [...mark.querySelectorAll("circle")].map((dot) => ({x: dot.cx.baseVal.value,
                                                                                y: dot.cy.baseVal.value}));

export const texts = (mark) => [...mark.querySelectorAll("text")].map((text) => text.textContent);

// From 0, black, to 1, white.
export function lightnessOfPage() {
  const [r, g, b] = getComputedStyle(document.documentElement).backgroundColor.match(/[\d.]+/g).map(Number);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}

// WCAG 2.1's contrast of each text in a drawing with the shape or the card that is under its middle.
export function contrasts() {
  const channel = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  return [...document.querySelectorAll(".drawing svg")].flatMap((svg) => {
    const card = getComputedStyle(svg.closest(".card")).backgroundColor;
    const rects = [...svg.querySelectorAll("rect")].filter((rect) => getComputedStyle(rect).fill.startsWith("rgb"))
      .map((rect) => ({box: rect.getBoundingClientRect(), fill: getComputedStyle(rect).fill}));
    return [...svg.querySelectorAll("text")].filter((text) => text.textContent).map((text) => {
      const {x, y, width, height} = text.getBoundingClientRect();
      const [middle, centre] = [x + width / 2, y + height / 2];
      const under = rects.find(({box}) => box.left <= middle && middle <= box.right
                                          && box.top <= centre && centre <= box.bottom);
      const both = [getComputedStyle(text).fill, under?.fill ?? card].map(luminance);
      const [dark, light] = both.sort((a, b) => a - b);
      return {text: text.textContent, contrast: (light + 0.05) / (dark + 0.05)};
    });
  });
}

// Whether steps never fall where values rise, and use more than one of them.
export function rising(steps, values) {
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j]);
  return new Set(steps).size > 1 && order.every((i, n) => n === 0 || steps[order[n - 1]] <= steps[i]);
}
