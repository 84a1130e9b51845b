// The names that a browser of the repository gives to headings, which links of the pages rely on; test/docs/t/003_links.pl
// has the same rule.
export const anchor = (heading) => heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-");
