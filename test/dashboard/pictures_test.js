// Pictures compared: of one state with itself, of states that must differ or be alike, and with those of pictures.json, in which
// each drawing is a grid of grey, 40 x 20 in 16 levels, at each width and mode. Text is hidden and where a drawing begins is left
// out, so that another machine's fonts change nothing; how bars, lines and cells lie, and what colour they have, they show.
//
//   NEW_PICTURES=test/dashboard/pictures.json test/dashboard/run     writes the file anew: look at the pages first

import assert from "node:assert/strict";
import {existsSync, readFileSync, writeFileSync} from "node:fs";
import {after, before, describe, test} from "node:test";
import {file, open, start, stop} from "./pages.js";

const {NEW_PICTURES} = process.env;
const across = 40, down = 20, levels = "0123456789abcdef";
const known = existsSync("pictures.json") ? JSON.parse(readFileSync("pictures.json", "utf8")) : {};
const seen = {};
let studio;

before(async () => {
  await start();
  ({page: studio} = await open({url: "about:blank"}));
});
after(async () => {
  if (NEW_PICTURES) writeFileSync(NEW_PICTURES, `${JSON.stringify(seen, null, 1)}\n`);
  await stop();
});

// Of two pictures of one size: how many of their points differ by more than a little, and how dark the first is, from 0 to 1.
async function difference(a, b) {
  return studio.evaluate(async ([one, other]) => {
    const pixels = async (data) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), {width: image.width, height: image.height});
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      return {width: image.width, height: image.height, data: context.getImageData(0, 0, image.width, image.height).data};
    };
    const [x, y] = [await pixels(one), await pixels(other)];
    if (x.width !== y.width || x.height !== y.height) return 1;
    let differ = 0;
    for (let i = 0; i < x.data.length; i += 4) if ([0, 1, 2].some((c) => Math.abs(x.data[i + c] - y.data[i + c]) > 24)) differ++;
    return differ / (x.data.length / 4);
  }, [a, b].map((picture) => picture.toString("base64")));
}

// A picture as a grid of the light of its parts: halfway between their mean and their darkest point in the light, or brightest in the
// dark, so that thin lines are seen, too.
async function grid(picture) {
  return studio.evaluate(async ([data, across, down, levels]) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), {width: image.width, height: image.height});
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const {data: points} = context.getImageData(0, 0, image.width, image.height);
    const sum = new Float64Array(across * down), count = new Float64Array(across * down), least = new Float64Array(across * down).fill(255), most = new Float64Array(across * down);
    const paper = 0.2126 * points[0] + 0.7152 * points[1] + 0.0722 * points[2];
    for (let y = 0; y < image.height; y++) for (let x = 0; x < image.width; x++) {
      const at = Math.floor(y * down / image.height) * across + Math.floor(x * across / image.width), i = 4 * (y * image.width + x);
      const light = 0.2126 * points[i] + 0.7152 * points[i + 1] + 0.0722 * points[i + 2];
      sum[at] += light;
      least[at] = Math.min(least[at], light);
      most[at] = Math.max(most[at], light);
      count[at]++;
    }
    return [...sum].map((s, i) => levels[Math.min(15, Math.floor((s / count[i] + (paper > 127 ? least[i] : most[i])) / 32))]).join("");
  }, [picture.toString("base64"), across, down, levels]);
}

// By how many levels two grids differ in the mean, and in how many of their parts by more than two.
function apart(a, b) {
  if (a?.length !== b?.length) return {mean: 16, far: 1};
  const steps = [...a].map((c, i) => Math.abs(levels.indexOf(c) - levels.indexOf(b[i])));
  return {mean: steps.reduce((sum, s) => sum + s, 0) / steps.length, far: steps.filter((s) => s > 2).length / steps.length};
}
const alike = (a, b) => { const {mean, far} = apart(a, b); return mean <= 0.35 && far <= 0.02; };

// Without text, and without what the pointer or the day do.
const still = `*, *::before { animation: none !important; transition: none !important; caret-color: transparent !important }
  svg text { visibility: hidden } html { scroll-behavior: auto !important }`;

async function picturesOf(page) {
  await page.addStyleTag({content: still});
  const found = {};
  for (const svg of await page.locator("svg.plot").all()) {
    const name = await svg.evaluate((s) => `${s.closest("[data-chart]").id} ${[...s.closest("[data-chart]").querySelectorAll("svg.plot")].indexOf(s)}`);
    found[name] = await grid(await svg.screenshot({animations: "disabled"}));
  }
  // Heat maps without their text are grids of their own: the step of each cell.
  for (const [name, steps] of await page.locator(".heat").evaluateAll((all) => all.map((table, i) => [`${table.closest("[data-chart]").id} heat ${i}`,
    [...table.querySelectorAll("tbody td[class]")].map((td) => /heat-(\d)/.exec(td.className)?.[1] ?? "").join("")]))) found[name] = steps;
  return found;
}

// Where the parts of the page lie, across: columns do not depend on fonts.
const places = (page) => page.locator(".card, .filters, .tiles, header, footer").evaluateAll((all) => all.filter((e) => e.offsetParent).map((e) => {
  const {left, width} = e.getBoundingClientRect();
  return `${e.id || e.parentElement.id || e.className} ${Math.round(left)} ${Math.round(width)}`;
}));

for (const name of ["customers", "club"]) {
  for (const [width, colorScheme, media] of [[1440, "light"], [1440, "dark"], [1024, "light"], [1024, "dark"], [768, "light"], [768, "dark"], [390, "light"], [390, "dark"], [1040, "light", "print"]]) {
    test(`${name}, ${width} pixels wide, ${media ?? colorScheme}: the drawings and places that are known`, async () => {
      const {page} = await open({url: file(name), width, colorScheme, bypassCSP: true});
      if (media) await page.emulateMedia({media, colorScheme: "light"});
      const key = `${name} ${width} ${media ?? colorScheme}`;
      const now = {places: await places(page), ...await picturesOf(page)};
      await page.context().close();
      seen[key] = now;
      assert.ok(Object.keys(now).length > 4);
      if (NEW_PICTURES) return;
      assert.ok(known[key], "there are pictures to compare with");
      assert.deepEqual(Object.keys(now), Object.keys(known[key]), "the same drawings");
      assert.deepEqual(now.places, known[key].places, "the same places");
      for (const [drawing, picture] of Object.entries(now).filter(([k]) => k !== "places")) {
        if (/ heat /.test(drawing)) assert.equal(picture, known[key][drawing], drawing);
        else assert.ok(alike(picture, known[key][drawing]), `${drawing} is another: ${JSON.stringify(apart(picture, known[key][drawing]))}\n${
          picture.match(new RegExp(`.{${across}}`, "g")).join("\n")}`);
      }
    });
  }
}

describe("states that must be alike, and others that must not", () => {
  let page, first;
  const shot = () => page.screenshot({fullPage: true, animations: "disabled"});
  before(async () => {
    ({page} = await open({url: file("customers"), width: 1024, bypassCSP: true}));
    await page.addStyleTag({content: still});
    first = await shot();
  });
  after(async () => page?.context().close());

  test("loaded again it is the same; what the script draws is what was built", async () => {
    await page.reload();
    await page.waitForSelector("html[data-drawn]");
    await page.addStyleTag({content: still});
    assert.ok(await difference(first, await shot()) < 0.0005);
    const {page: without} = await open({url: file("customers"), width: 1200, javaScriptEnabled: false});
    const {page: withIt} = await open({url: file("customers"), width: 1200});
    for (const id of ["segments", "value_bands", "months"]) {
      const [a, b] = await Promise.all([without, withIt].map((p) => p.locator(`#${id} :is(table, svg.plot)`).first().screenshot()));
      assert.ok(await difference(a, b) < 0.05 || alike(await grid(a), await grid(b)), `${id} without JavaScript`);
    }
    await without.context().close();
    await withIt.context().close();
  });

  test("a filter changes what follows it, nothing else; without it all is as before", async () => {
    const parts = ["#totals", "#months .drawing", "#cohorts .drawing", "#value_bands .drawing", "#header", "#pulse"];
    const pictures = async () => Promise.all(parts.map((p) => page.locator(p).screenshot({animations: "disabled"})));
    const before = await pictures();
    await page.locator("#filter-segment").selectOption("Champions");
    await page.mouse.move(0, 0);
    const filtered = await pictures();
    for (const [i, part] of parts.entries()) {
      const differ = await difference(before[i], filtered[i]);
      if (i < 4) assert.ok(differ > 0.002, `${part} does not follow: ${differ}`);
      else assert.ok(differ < 0.0005, `${part} changes: ${differ}`);
    }
    await page.locator("#clear").click();
    await page.waitForFunction(() => !document.getElementById("clear"));
    await page.mouse.move(0, 0);
    await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
    assert.ok(await difference(first, await shot()) < 0.0005, "all as before");
  });

  test("a tip covers what is under it, and goes", async () => {
    await page.locator("#months svg").first().focus();
    await page.keyboard.press("ArrowRight");
    assert.ok(await difference(first, await shot()) > 0.0002);
    await page.keyboard.press("Escape");
    await page.evaluate(() => { document.activeElement.blur(); document.querySelector(".mark.here")?.classList.remove("here"); scrollTo(0, 0); });
    assert.ok(await difference(first, await shot()) < 0.0005);
  });

  test("dark is another picture of the same places", async () => {
    const light = await places(page);
    await page.emulateMedia({colorScheme: "dark"});
    assert.deepEqual(await places(page), light);
    assert.ok(await difference(first, await shot()) > 0.9);
    await page.emulateMedia({colorScheme: "light"});
    assert.ok(await difference(first, await shot()) < 0.0005);
  });

  test("what is wrong is seen: a kind of bar that is missing, a line upside down, another order of colours", async () => {
    const bars = page.locator("#months svg").first(), line = page.locator("#value_bands svg");
    const [good, curve] = [await grid(await bars.screenshot()), await grid(await line.screenshot())];
    for (const wrong of [".bar.new { display: none }", ".bar.data { fill: var(--page) }", "#months svg { transform: scaleX(-1) }", ".bar { transform: translateY(-12px) }"]) {
      const style = await page.addStyleTag({content: wrong});
      assert.ok(!alike(await grid(await bars.screenshot()), good), wrong);
      await style.evaluate((s) => s.remove());
    }
    const style = await page.addStyleTag({content: "#value_bands .line.data, #value_bands .mark { display: none }"});
    assert.ok(!alike(await grid(await line.screenshot()), curve), "the line");
    await style.evaluate((s) => s.remove());
    assert.ok(alike(await grid(await bars.screenshot()), good) && alike(await grid(await line.screenshot()), curve), "right again");
  });
});
