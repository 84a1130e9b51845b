// Serves a built site to this machine alone: node serve.js DIR [PORT]. Port 0, or none, is any that is free.

import {createServer} from "node:http";
import sirv from "sirv";

const [dir, port = "0"] = process.argv.slice(2);
const site = sirv(dir);

const server = createServer((request, response) => {
  // A page elsewhere may have its own name point here: only this machine's names are answered.
  const host = request.headers.host?.replace(/:\d+$/, "");
  if (host !== "127.0.0.1" && host !== "localhost") {
    response.writeHead(421).end();
    return;
  }
  site(request, response, () => response.writeHead(404).end("There is no such page.\n"));
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
