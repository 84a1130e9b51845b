// The manual: four doors, a page a file of docs/, search without any server.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitepress";
import { anchor } from "../anchors.js";

const root = process.env.CLTV_MANUAL_PAGES;

const title = (path) => readFileSync(join(root, `${path}.md`), "utf8").match(/^# (.*)$/m)[1].replace(/[`\\]/g, "");
const entry = (path) => ({ text: title(path), link: `/${path.replace(/(^|\/)index$/, "$1")}` });
const inFolder = (folder) => readdirSync(join(root, folder)).filter((name) => name.endsWith(".md")).map((name) => `${folder}/${name.slice(0, -3)}`);
const folders = readdirSync(root).filter((name) => !/^(public|images|\.)/.test(name) && statSync(join(root, name)).isDirectory());

// What has its place by hand; every other page stands under its topic, so that none is forgotten.
const byHand = {
  "Tutorials": ["tutorial/first_list", "tutorial/subscription", "tutorial/demo", "tour"],
  "How to": ["how-to/install", "shop/questions", "views/nightly", "views/audience", "views/dashboard", "views/metabase", "how-to/dba",
    "privacy/data_protection", "how-to/from_lifetimes", "how-to/troubleshooting"],
};
const topics = [["Getting orders in", ["sources"]], ["From orders to customers", ["history", "rows"]], ["Purchases", ["purchases", "fit"]],
  ["Spend and value", ["spend", "value", "forecast"]], ["Contracts and survival", ["contracts", "survival"]], ["Learning", ["learning"]],
  ["Shop and segments", ["shop", "segments"]], ["Can I believe it", ["validation"]], ["Experiments", ["experiments"]], ["Views and privacy", ["views", "privacy"]]];
const placed = new Set(Object.values(byHand).flat());
const rest = (paths) => paths.filter((path) => !placed.has(path)).sort((a, b) => b.endsWith("/index") - a.endsWith("/index") || a.localeCompare(b)).map(entry);
const there = (paths) => paths.filter((path) => { try { return statSync(join(root, `${path}.md`)).isFile(); } catch { return false; } });
const known = new Set([...topics.flatMap(([, folders]) => folders), "reference", "tutorial", "how-to"]);
const others = folders.filter((folder) => !known.has(folder));

export default defineConfig({
  srcDir: root,
  base: process.env.CLTV_MANUAL_BASE || "/",
  title: "cltv",
  description: "Customer lifetime value inside PostgreSQL",
  lang: "en",
  head: [["link", { rel: "icon", href: "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    + "%3Cpath fill='%232b6cb0' d='M1 9h4v6H1zM6 5h4v10H6zM11 1h4v14h-4z'/%3E%3C/svg%3E" }]],
  cleanUrls: false,
  lastUpdated: false,
  metaChunk: true,
  markdown: {
    anchor: { slugify: anchor },
    toc: { slugify: anchor },
    headers: { slugify: anchor },
    languageAlias: { crontab: "sh", console: "sh" },
    math: true,
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    // A cell that heads nothing is no header.
    config: (md) => md.core.ruler.push("empty-headers", ({ tokens }) => {
      for (const [number, token] of tokens.entries()) {
        if (token.type === "th_open" && tokens[number + 1].content === "") token.tag = tokens[number + 2].tag = "td";
      }
    }),
  },
  vite: { logLevel: "warn", build: { chunkSizeWarningLimit: 4000 } },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    externalLinkIcon: true,
    nav: [
      { text: "Tutorial", link: "/tutorial/first_list" },
      { text: "Tour", link: "/tour" },
      { text: "Reference", link: "/reference/", activeMatch: "^/reference/" },
      { text: "All pages", link: "/pages" },
    ],
    sidebar: [
      ...Object.entries(byHand).map(([text, paths]) => ({ text, collapsed: false, items: there(paths).map(entry) })),
      { text: "Reference", collapsed: true, items: rest(inFolder("reference")) },
      ...topics.map(([text, folders]) => ({ text, collapsed: true, items: rest(folders.filter((folder) => statSync(join(root, folder), { throwIfNoEntry: false })).flatMap(inFolder)) })),
      { text: "Background", collapsed: true, items: [...rest(["accuracy", "performance", "reliability", "scaling", "citus", "contributing", "changelog"]), ...rest(others.flatMap(inFolder))] },
    ],
  },
});
