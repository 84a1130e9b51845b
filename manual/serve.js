// Serves a folder of static files to this machine alone: node serve.js DIR [PORT]
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";

const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".json": "application/json",
  ".png": "image/png", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8" };
const root = resolve(process.argv[2]);

const file = (url) => {
  try {
    const path = join(root, normalize(decodeURIComponent(url.split("?")[0])));
    if (path !== root && !path.startsWith(`${root}/`)) return undefined;
    const found = statSync(path).isDirectory() ? join(path, "index.html") : path;
    return statSync(found).isFile() ? found : undefined;
  } catch {
    return undefined;
  }
};

const server = createServer((request, response) => {
  const found = file(request.url);
  if (!found) {
    response.writeHead(404, { "content-type": types[".txt"] }).end("There is no such page.\n");
    return;
  }
  response.writeHead(200, { "content-type": types[extname(found)] ?? "application/octet-stream" });
  createReadStream(found).pipe(response);
});
server.listen(Number(process.argv[3] ?? 0), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
