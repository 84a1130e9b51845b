// The pages of the manual, as VitePress reads them, from those of the repository.
//
//   node prepare.js PROJECT DIR [FUNCTIONS]
//
// README.md becomes the first page, docs/ the rest; links are followed and rewritten, and one that leads nowhere ends it.
// FUNCTIONS is a file of JSON, a row a function as comments.sql gives them: the pages of the reference get their comments.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";

const [project, target, functions] = process.argv.slice(2);

const files = (folder) => readdirSync(join(project, folder)).flatMap((name) => {
  const path = posix.join(folder, name);
  return statSync(join(project, path)).isDirectory() ? files(path) : [path];
});

// Where a file of the repository is in the manual.
const places = new Map([["README.md", "index.md"], ["CHANGELOG.md", "changelog.md"], ["CONTRIBUTING.md", "contributing.md"],
  ["LICENSE", "public/LICENSE.txt"], ["docs/README.md", "pages.md"]]);
for (const path of files("docs")) {
  if (!places.has(path)) places.set(path, path.replace(/^docs\//, "").replace(/README\.md$/, "index.md"));
}

const lost = [];
const link = (from, to) => {
  if (to.startsWith("#") || /^[a-z]+:/.test(to)) return to;
  const [path, hash] = to.split("#");
  let found = posix.join(posix.dirname(from), path).replace(/\/$/, "");
  if (existsSync(join(project, found)) && statSync(join(project, found)).isDirectory()) found = `${found}/README.md`;
  const place = places.get(found);
  if (place === undefined) lost.push(`${from}: ${to}`);
  if (place?.startsWith("public/")) return place.replace(/^public/, "");
  return posix.relative(posix.dirname(places.get(from)), place ?? "") .replace(/^(?!\.)/, "./") + (hash ? `#${hash}` : "");
};

// Outside of code: links, and what Vue would take for a tag or an expression.
const prose = (from, text) => text
  .replace(/\]\(([^)\s]+)\)/g, (_, to) => `](${link(from, to)})`)
  .replace(/<(?!!--|\/?a\b|\/?sub>|\/?sup>|br>|https?:)/g, "&lt;")
  .replaceAll("{{", "&#123;&#123;").replaceAll("$", "&#36;");
const code = (text) => text.replace(/^```math\n([\s\S]*?)^```$/m, (_, formula) => `$$\n${formula}$$`);
const page = (from, text) => text.split(/(^```[\s\S]*?^```.*$|`[^`\n]*`)/m)
  .map((part, number) => (number % 2 ? code(part) : prose(from, part))).join("")
  .replace(/\[(`[^`\n]*`)\]\(([^)\s]+)\)/g, (whole, code, to) => whole.includes("](./") || /^(\.|#|\/|[a-z]+:)/.test(to) ? whole : `[${code}](${link(from, to)})`);

// The comments of the functions that a page of the reference names, each overload with the same comment told once.
const rows = functions ? JSON.parse(readFileSync(functions, "utf8")) : [];
const inFull = (text) => {
  const names = [...new Set([...text.matchAll(/^\| `(\w+)\(/gm)].map((match) => match[1]))];
  const sections = names.flatMap((name) => {
    const comments = new Map();
    for (const row of rows.filter((row) => row.name === name)) {
      comments.set(row.comment, [...(comments.get(row.comment) ?? []), row.signature]);
    }
    if (!comments.size) return [];
    const overloads = [...comments].map(([comment, signatures]) =>
      `${signatures.map((signature) => `- \`${signature}\``).join("\n")}\n\n${prose("docs/README.md", comment.replace(/([*_[\]|\\])/g, "\\$1"))}\n`);
    return [`### ${name}\n\n${overloads.join("\n")}`];
  });
  return sections.length ? `\n## In full\n\nWhat \`\\df+\` says of them.\n\n${sections.join("\n")}` : "";
};

// The first page has a head of its own, with the four doors.
const door = (title, details, link) => `  - title: ${title}\n    details: ${details}\n    link: ${link}`;
const head = `---
layout: home
title: cltv
titleTemplate: Customer lifetime value inside PostgreSQL
hero:
  name: cltv
  text: Customer lifetime value inside PostgreSQL
  tagline: From an orders table to who will order again, what each customer is worth, and who is about to leave.
  actions:
  - { theme: brand, text: Your first list in 15 minutes, link: /tutorial/first_list }
  - { theme: alt, text: Install, link: /how-to/install }
features:
${[door("You are an analyst", "From a csv file to names and reasons to call them, and the questions of a shop with their queries.", "/tutorial/first_list"),
    door("You run the database", "Locks, load, memory, disk, privileges, backups, upgrades, erasure.", "/how-to/dba"),
    door("You are a data scientist", "The same analysis as in Python or R, the models with their papers, and how their predictions turned out.", "/how-to/from_lifetimes"),
    door("You own the shop", "One web page with everything, and questions in plain words.", "/views/dashboard")].join("\n")}
---

`;

for (const [path, place] of places) {
  if (!existsSync(join(project, path))) continue;
  const to = join(target, place);
  mkdirSync(dirname(to), { recursive: true });
  if (!path.endsWith(".md")) { copyFileSync(join(project, path), to); continue; }
  let text = readFileSync(join(project, path), "utf8");
  if (path.startsWith("docs/reference/")) text += inFull(text);
  text = page(path, text);
  if (path === "README.md") text = head + text.replace(/^# .*\n[\s\S]*?(?=^!\[)/m, "");
  writeFileSync(to, text);
}
if (lost.length) {
  console.error(`links that lead nowhere:\n${lost.join("\n")}`);
  process.exit(1);
}
