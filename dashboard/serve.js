// Serves a built page to this machine alone: node serve.js DIR [PORT]. Port 0, or none, is any that is free.

import {readFileSync} from "node:fs";
import {createServer} from "node:http";
import {join} from "node:path";

const [dir, port = "0"] = process.argv.slice(2);
const page = readFileSync(join(dir, "index.html"));

const server = createServer((request, response) => {
  // A page elsewhere may have its own name point here: only this machine's names are answered.
  const host = request.headers.host?.replace(/:\d+$/, "");
  if (host !== "127.0.0.1" && host !== "localhost") {
    response.writeHead(421).end();
  } else if (!/^\/(index\.html)?([?]|$)/.test(request.url)) {
    response.writeHead(404).end("There is no such page.\n");
  } else {
    response.writeHead(200, {"content-type": "text/html; charset=utf-8", "x-robots-tag": "noindex", "cache-control": "no-store"}).end(page);
  }
});

server.on("error", (error) => {
  console.error(`cannot serve: ${error.message}`);
  process.exit(1);
});
server.listen(Number(port), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
