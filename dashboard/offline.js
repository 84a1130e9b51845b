// Keeps the build to this machine. Framework's own client mentions libraries that a page might use, and asks the npm
// registry for the newest version of each, though none is used here: a version in its cache is taken without asking.

import {mkdirSync, readdirSync, readFileSync} from "node:fs";
import {join} from "node:path";

const client = "node_modules/@observablehq/framework/dist/client";
for (const file of readdirSync(client, {recursive: true})) {
  if (!file.endsWith(".js")) continue;
  const source = readFileSync(join(client, file), "utf8");
  for (const [, name] of source.matchAll(/"npm:((?:@[\w.-]+\/)?[\w.-]+)/g)) {
    mkdirSync(join("src/.observablehq/cache/_npm", `${name}@0.0.0`), {recursive: true});
  }
}
