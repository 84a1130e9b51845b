// What is drawn, read from the page. All but rising() run in the browser.

export const table = (id) =>
  [...document.querySelectorAll(`#table-${id} tbody tr`)].map((row) => [...row.children].map((cell) => cell.dataset.value));

export const images = (all) =>
  all.map((svg) => ({label: svg.getAttribute("aria-label"), ...svg.getBoundingClientRect().toJSON()}));

// The heights of the bars of each mark of a drawing, those of its parts together.
export const heights = (svg) => [...svg.querySelectorAll(".mark")].map((mark) =>
  [...mark.querySelectorAll(".bar")].reduce((sum, bar) => sum + bar.height.baseVal.value, 0));

export const dots = (svg) => [...svg.querySelectorAll("circle")].map((dot) => ({x: dot.cx.baseVal.value, y: dot.cy.baseVal.value}));

export const widths = (table) => [...table.querySelectorAll("tbody tr")].map((row) => row.querySelector(".share rect").width.baseVal.valueInSpecifiedUnits);

export const cells = (table) => [...table.querySelectorAll("td[data-value]")].map((td) => ({r: Number(td.dataset.r), f: Number(td.dataset.f),
  value: Number(td.dataset.value), step: Number(/heat-(\d)/.exec(td.className)?.[1]), left: td.getBoundingClientRect().left,
  top: td.getBoundingClientRect().top}));

// From 0, black, to 1, white.
export function lightnessOfPage() {
  const [r, g, b] = getComputedStyle(document.documentElement).backgroundColor.match(/[\d.]+/g).map(Number);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}

// WCAG 2.1's contrast of each text in a drawing with the card, and of each number in a heat map with its cell.
export function contrasts() {
  const channel = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const card = (element) => getComputedStyle(element.closest(".card")).backgroundColor;
  return [...[...document.querySelectorAll(".plot text")].map((text) => ({text: text.textContent, contrast: contrast(getComputedStyle(text).fill, card(text))})),
          ...[...document.querySelectorAll('.heat td[class^="heat-"]:not(.heat-0)')].map((td) => ({
            text: td.textContent, contrast: contrast(getComputedStyle(td.firstElementChild ?? td).color, getComputedStyle(td).backgroundColor)}))];
}

// Tables of which a part is cut off, where paper is not to be scrolled.
export const cut = () => [...document.querySelectorAll(".scroller")].filter((box) => box.offsetParent && box.scrollWidth > box.clientWidth + 1).map((box) => box.id);

// Whether steps never fall where values rise.
export function rising(cells) {
  const order = [...cells].sort((a, b) => a.value - b.value);
  return order.every((cell, n) => n === 0 || order[n - 1].step <= cell.step);
}
