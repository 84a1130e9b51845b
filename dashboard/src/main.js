// The page in the browser: it draws again what has changed, whenever the part of the address behind # or the width does.

import {csv} from "./card.js";
import {render} from "./page.js";
import {link, read} from "./state.js";
import {revive, unpack} from "./shop.js";
import {tips} from "./tips.js";

const shop = unpack(JSON.parse(document.getElementById("shop").textContent, revive));
const main = document.querySelector("main");
const drawn = new Map();
let tables = {}, width = 0;

function draw() {
  const {activeElement: active} = document;
  const focus = active && main.contains(active) && active.id ? {id: active.id, at: active.selectionStart} : null;
  const style = getComputedStyle(main);
  width = main.clientWidth;
  const room = width - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const page = render(shop, read(location.hash), {width: room > 200 ? room : undefined, now: new Date().toISOString().slice(0, 10)});
  tables = page.tables;
  for (const [name, markup] of page.parts) {
    if (drawn.get(name) === markup) continue;
    drawn.set(name, markup);
    const part = main.querySelector(`[data-part=${name}]`);
    const open = [...part.querySelectorAll("details[open]")].map((d) => d.id);
    part.innerHTML = markup;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  }
  if (focus && document.activeElement?.id !== focus.id) {
    const again = document.getElementById(focus.id);
    again?.focus({preventScroll: true});
    if (typeof focus.at === "number" && again?.setSelectionRange) again.setSelectionRange(focus.at, focus.at);
  }
  overflowing();
}

// Says of tables that there is more than fits.
function overflowing() {
  for (const box of main.querySelectorAll(".scroller")) box.toggleAttribute("data-more", box.scrollWidth > box.clientWidth + 1);
}

const go = (hash) => { history.replaceState(null, "", hash); draw(); };

main.addEventListener("input", ({target}) => {
  if (target.dataset.state) go(link(read(location.hash), {[target.dataset.state]: target.value, more: null, ...(target.dataset.state === "q" ? {list: "all"} : {})}));
});
main.addEventListener("toggle", overflowing, true);
main.addEventListener("click", ({target}) => {
  const id = target.dataset?.csv;
  if (!id) return;
  const a = Object.assign(document.createElement("a"), {download: `${id}.csv`,
    href: URL.createObjectURL(new Blob(["\ufeff", csv(tables[id])], {type: "text/csv"}))});
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 1000);
});

// A customer or the customers of a segment are where the reader then looks.
let before = read(location.hash);
addEventListener("hashchange", () => {
  const state = read(location.hash);
  draw();
  const to = state.customer !== undefined && state.customer !== before.customer ? "customer"
    : state.customer === undefined && (state.segment !== before.segment || state.r !== before.r || state.f !== before.f) && (state.segment || state.r) ? "at_risk" : null;
  const part = to && document.getElementById(to);
  if (part) {
    part.setAttribute("tabindex", "-1");
    part.focus({preventScroll: true});
    part.scrollIntoView({block: "start"});
  }
  before = state;
});
new ResizeObserver(() => { if (Math.abs(main.clientWidth - width) > 1) requestAnimationFrame(draw); }).observe(main);
document.documentElement.classList.add("alive");
tips(main);
draw();
document.documentElement.dataset.drawn = "yes";
