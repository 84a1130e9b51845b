import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { after, before, test } from "node:test";
import { readFile } from "node:fs/promises";
import { chromium } from "playwright-core";

const { SITE: site, PAGES: project, SERVE: serve, PICTURES: pictures } = process.env;
const base = "/manual/";
const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

const files = (folder, end) => readdirSync(folder).flatMap((name) => {
  const path = join(folder, name);
  return statSync(path).isDirectory() ? files(path, end) : name.endsWith(end) ? [path] : [];
});
const html = new Map(files(site, ".html").map((path) => [path.slice(site.length + 1), readFileSync(path, "utf8")]));
const attributes = (text, name) => [...text.matchAll(new RegExp(`\\s${name}="([^"]*)"`, "g"))].map((match) => match[1].replaceAll("&amp;", "&"));

let server, address, browser;
before(async () => {
  // The site is below its base, as on the web server that it is built for.
  const root = mkdtempSync(join(tmpdir(), "cltv-manual-site."));
  symlinkSync(site, join(root, "manual"));
  server = spawn(process.execPath, [serve, root]);
  address = await new Promise((resolve) => server.stdout.once("data", (line) => resolve(String(line).trim().replace(/\/$/, ""))));
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
});
after(async () => { await browser?.close(); server?.kill(); });

const open = async (path, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.strangers = [];
  page.errors = [];
  page.on("request", (request) => { if (!request.url().startsWith(address) && !request.url().startsWith("data:")) page.strangers.push(request.url()); });
  page.on("pageerror", (error) => page.errors.push(String(error)));
  await page.goto(address + base + path, { waitUntil: "networkidle" });
  // The names of buttons come with the scripts, which a busy machine may run later.
  if (options.javaScriptEnabled !== false) await page.waitForFunction(() => document.querySelector(".VPSwitchAppearance")?.title);
  return page;
};
const picture = async (page, name) => { if (pictures) { mkdirSync(pictures, { recursive: true }); await page.screenshot({ path: join(pictures, `${name}.png`) }); } };

test("every page of docs/ is in the manual", () => {
  const pages = files(join(project, "docs"), ".md").map((path) => path.slice(project.length + 6));
  assert.ok(pages.length > 80);
  const missing = pages.map((path) => (path === "README.md" ? "pages.html" : path.replace(/README\.md$/, "index.html").replace(/md$/, "html"))).filter((path) => !html.has(path));
  assert.deepEqual(missing, []);
});

test("every link leads to a page and a heading", () => {
  const ids = new Map([...html].map(([path, text]) => [path, new Set(attributes(text, "id"))]));
  const lost = [];
  let links = 0;
  for (const [path, text] of html) {
    if (path === "404.html") continue;
    for (const href of attributes(text, "href")) {
      if (/^(https?:|data:|mailto:)/.test(href)) continue;
      const [to, hash] = href.split("#");
      let target = to === "" ? path : to.startsWith(base) ? to.slice(base.length) : posix.join(posix.dirname(path), to);
      target = decodeURIComponent(target.split("?")[0]);
      if (target === "" || target.endsWith("/")) target += "index.html";
      ++links;
      if (!existsSync(join(site, target))) lost.push(`${path}: ${href}`);
      else if (hash && hash !== "VPContent" && !ids.get(target)?.has(decodeURIComponent(hash))) lost.push(`${path}: ${href}`);
    }
  }
  assert.deepEqual(lost, []);
  assert.ok(links > 5000, `${links} links`);
});

test("every page is in the list at its side", () => {
  const side = new Set(attributes(html.get("tour.html"), "href").filter((href) => href.startsWith(base)).map((href) => href.slice(base.length).replace(/(^|\/)$/, "$1index.html")));
  assert.deepEqual([...html.keys()].filter((path) => !["404.html", "index.html", "pages.html"].includes(path) && !side.has(path)), []);
});

test("the reference has the comments", () => {
  const text = html.get("reference/purchases.html");
  assert.match(text, /id="bgnbd_fit"/);
  assert.match(text, /<h2 id="in-full"/);
});

test("search finds pages by words", async () => {
  const page = await open("tour.html");
  for (const [words, path] of [["overdue", "forecast"], ["locks", "how-to/dba"], ["bgnbd_pool", "fit"], ["Shopify", "sources/shopify"]]) {
    await page.keyboard.press("Control+k");
    await page.locator("input[type=search], .search-input").first().fill(words);
    const results = page.locator(".VPLocalSearchBox .result");
    await results.first().waitFor();
    // What was found for the words before may still be there.
    await page.waitForFunction((path) => [...document.querySelectorAll(".VPLocalSearchBox .result")].slice(0, 8).some((a) => a.getAttribute("href").includes(path)), path, { timeout: 15000 }).catch(() => null);
    const found = await results.evaluateAll((links) => links.slice(0, 8).map((link) => link.getAttribute("href")));
    assert.ok(found.some((href) => href.includes(path)), `${words}: ${found}`);
    await page.keyboard.press("Escape");
  }
  await page.keyboard.press("Control+k");
  await page.locator(".search-input").fill("locks and how long");
  await page.locator(".VPLocalSearchBox .result").first().waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/how-to\/dba/);
  await page.context().close();
});

test("the first page has four doors, and the keyboard opens them", async () => {
  const page = await open("");
  const doors = page.locator(".VPFeature");
  assert.equal(await doors.count(), 4);
  const titles = ["analyst", "database", "data scientist", "shop"];
  for (const [number, title] of titles.entries()) assert.match(await doors.nth(number).innerText(), new RegExp(title));
  for (let step = 0; step < 40; ++step) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement.classList.contains("VPFeature"))) break;
  }
  await page.keyboard.press("Enter");
  await page.waitForURL(/first_list/);
  await page.context().close();
});

for (const [name, path] of [["first page", ""], ["tutorial", "tutorial/first_list.html"], ["a model", "purchases/bgnbd.html"], ["reference", "reference/history.html"]]) {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1440, 390]) {
      test(`${name}, ${colorScheme}, ${width} pixels`, async () => {
        const page = await open(path, { viewport: { width, height: 900 }, colorScheme });
        await picture(page, `${name.replace(/ /g, "-")}-${colorScheme}-${width}`);
        assert.deepEqual(page.strangers, [], "asks nothing of any other host");
        assert.deepEqual(page.errors, []);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "does not scroll to the side");
        await page.evaluate(axe);
        const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
        assert.deepEqual(found.violations.map((each) => `${each.id}: ${each.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ")}`), []);
        await page.context().close();
      });
    }
  }
}

test("examples fit a window of 1440 pixels: no line is longer than 120 characters, and so many have room", async () => {
  const long = [];
  for (const path of [join(project, "README.md"), ...files(join(project, "docs"), ".md")]) {
    let language = null;
    for (const [number, line] of readFileSync(path, "utf8").split("\n").entries()) {
      const fence = /^\s*```(\w*)/.exec(line);
      if (fence) language = language === null ? fence[1] || "none" : null;
      else if (["sql", "sh", "python", "r"].includes(language) && line.length > 120) long.push(`${path}:${number + 1}`);
    }
  }
  assert.deepEqual(long, []);
  for (const path of ["tour.html", "tutorial/subscription.html", "views/materialize.html"]) {
    const page = await open(path);
    const blocks = await page.locator("div.language-sql pre").evaluateAll((all) => all.map((e) => ({ text: e.textContent.slice(0, 60), over: e.scrollWidth - e.clientWidth })));
    assert.ok(blocks.length > 3);
    assert.deepEqual(blocks.filter(({ over }) => over > 1), []);
    await page.context().close();
  }
});

for (const path of ["tutorial/first_list.html", "purchases/bgnbd.html", "reference/purchases.html"]) {
  test(`${path} on paper, from a dark screen: dark on white, nothing cut, no control`, async () => {
    const page = await open(path, { viewport: { width: 720, height: 1000 }, colorScheme: "dark" });
    const light = (colour) => { const [r, g, b] = colour.match(/[\d.]+/g).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4)); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const ink = () => page.evaluate(() => [...document.querySelectorAll(".vp-doc :is(p, li, h1, h2, td, pre code span, mjx-container)")].map((e) => ({ text: e.textContent.slice(0, 40), colour: getComputedStyle(e).color })));
    assert.ok((await ink()).some(({ colour }) => light(colour) > 0.5), "the screen is dark");
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    for (const { text, colour } of await ink()) assert.ok(1.05 / (light(colour) + 0.05) >= 4.5, `${text}: ${colour} on white`);
    const cut = await page.evaluate(() => [...document.querySelectorAll(".vp-doc :is(pre, code, table, img, div[class*=language-], mjx-container)")]
      .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 || e.matches("pre, table, div") && e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent.slice(0, 60)));
    assert.deepEqual(cut, []);
    for (const control of await page.locator(".VPNav, .VPSidebar, .aside, .VPLocalNav, .VPDocFooter, button.copy").all()) assert.ok(!await control.isVisible());
    await page.context().close();
  });
}

test("without JavaScript the text is there", async () => {
  const page = await open("tutorial/first_list.html", { javaScriptEnabled: false });
  assert.match(await page.locator("main").innerText(), /From a csv file to a list of customers/);
  await page.context().close();
});
