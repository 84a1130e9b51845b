// Numbers and days as people read them. What is missing shows as a dash.

const missing = (format) => (value) => (value === null || value === undefined ? "–" : format(value));

const whole = new Intl.NumberFormat("en", {maximumFractionDigits: 0});
const tenths = new Intl.NumberFormat("en", {minimumFractionDigits: 1, maximumFractionDigits: 1});
const short = (digits) => new Intl.NumberFormat("en", {notation: "compact", maximumSignificantDigits: digits});
const three = short(3), two = short(2);
const share = new Intl.NumberFormat("en", {style: "percent", maximumFractionDigits: 0});
const shareTenths = new Intl.NumberFormat("en", {style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1});
const longDay = new Intl.DateTimeFormat("en-GB", {dateStyle: "long", timeZone: "UTC"});
const shortDay = new Intl.DateTimeFormat("en-GB", {day: "numeric", month: "short", year: "numeric", timeZone: "UTC"});
const month = new Intl.DateTimeFormat("en-GB", {month: "short", year: "numeric", timeZone: "UTC"});

export const count = missing((n) => whole.format(n));
export const counted = (n, one) => `${count(n)} ${one}${n === 1 ? "" : "s"}`;
export const expected = missing((n) => (Math.abs(n) < 100 ? tenths : whole).format(n));
// For the inside of drawings, in three significant digits or, where there is little room, in two.
export const compact = missing((n) => (n > 0 && n < 1 ? "<1" : three.format(n)));
export const tight = missing((n) => (n > 0 && n < 1 ? "<1" : two.format(n)));
export const percent = missing((p) => share.format(p));
export const percentTenths = missing((p) => shareTenths.format(p));
export const day = missing((d) => longDay.format(new Date(d)));
export const dayShort = missing((d) => shortDay.format(new Date(d)));
export const time = missing((t) => `${shortDay.format(new Date(t))}, ${new Date(t).toISOString().slice(11, 16)} UTC`);

// The calendar month, quarter or year that begins on this day.
export const period = (first, unit) => {
  const date = new Date(first);
  if (unit === "year") return String(date.getUTCFullYear());
  if (unit === "quarter") return `Q${date.getUTCMonth() / 3 + 1} ${date.getUTCFullYear()}`;
  return month.format(date);
};

// Money is in the currency of the orders, whose name the database does not know.
export function money(currency) {
  const style = currency ? {style: "currency", currency} : {};
  const rounded = new Intl.NumberFormat("en", {...style, maximumFractionDigits: 0});
  const exact = new Intl.NumberFormat("en", {...style, minimumFractionDigits: 2, maximumFractionDigits: 2});
  const brief = new Intl.NumberFormat("en", {...style, notation: "compact", maximumSignificantDigits: 3});
  return {
    whole: missing((n) => (Math.abs(n) < 100 && n !== 0 ? exact : rounded).format(n)),
    exact: missing((n) => exact.format(n)),
    compact: missing((n) => brief.format(n)),
    unit: currency ? `in ${currency}` : "in the currency of the orders"
  };
}
