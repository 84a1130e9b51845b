// Everything comes from this folder and node_modules: no web fonts, no modules from elsewhere. The policy makes
// browsers refuse any other host, wherever the page is put.

const icon = "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
  + "%3Cpath fill='%232b6cb0' d='M1 9h4v6H1zM6 5h4v10H6zM11 1h4v14h-4z'/%3E%3C/svg%3E";

export default {
  root: "src",
  output: "dist",
  title: "Customer value",
  style: "style.css",
  globalStylesheets: [],
  interpreters: {".sql": ["./query.sh"]},
  pages: [],
  sidebar: false,
  toc: false,
  pager: false,
  header: "",
  footer: "",
  head: `<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'self' 'unsafe-inline'; img-src 'self' data:">
<link rel="icon" href="data:image/svg+xml,${icon}">`
};
