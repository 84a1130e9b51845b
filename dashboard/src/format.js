// Numbers, money and days as people read them, in the locale and the currency that the page was built with. What is
// missing shows as a dash.

export const dayLength = 24 * 3600 * 1000;

const missing = (format) => (value) => (value === null || value === undefined || Number.isNaN(value) ? "–" : format(value));

export function formats({locale, currency, kind}) {
  const numbers = locale ?? "en", days = locale ?? "en-GB";
  const number = (options) => new Intl.NumberFormat(numbers, options);
  const date = (options) => new Intl.DateTimeFormat(days, {...options, timeZone: "UTC"});
  const of = (format) => missing((n) => format.format(n));
  const whole = number({maximumFractionDigits: 0});
  const tenths = number({minimumFractionDigits: 1, maximumFractionDigits: 1});
  const brief = number({notation: "compact", maximumSignificantDigits: 3});
  const tight = number({notation: "compact", maximumSignificantDigits: 2});
  const style = currency ? {style: "currency", currency} : {};
  const rounded = number({...style, maximumFractionDigits: 0});
  const cents = number(currency ? style : {minimumFractionDigits: 2, maximumFractionDigits: 2});
  const compactMoney = number({...style, notation: "compact", maximumSignificantDigits: 3});
  const short = date({day: "numeric", month: "short", year: "numeric"}), month = date({month: "short", year: "numeric"});
  const year = date({year: "numeric"});
  const signed = number({style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero"});
  const small = (format) => missing((n) => (n > 0 && n < 1 ? "<1" : format.format(n)));
  return {
    count: of(whole),
    number: of(number({maximumSignificantDigits: 4})),
    expected: missing((n) => (Math.abs(n) < 100 ? tenths : whole).format(n)),
    axis: of(brief),
    compact: small(brief),
    tight: small(tight),
    percent: of(number({style: "percent", maximumFractionDigits: 0})),
    percentTenths: of(number({style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1})),
    change: of(signed),
    money: missing((n) => (Math.abs(n) < 100 && n !== 0 ? cents : rounded).format(n)),
    moneyExact: of(cents),
    moneyCompact: of(compactMoney),
    currency: currency ? `in ${currency}` : `in the currency of the ${kind === "contracts" ? "subscriptions" : "orders"}`,
    day: missing((d) => date({dateStyle: "long"}).format(new Date(d))),
    dayShort: missing((d) => short.format(new Date(d))),
    month: missing((d) => month.format(new Date(d))),
    time: missing((t) => `${short.format(new Date(t))}, ${new Date(t).toISOString().slice(11, 16)} UTC`),
    // The calendar month, quarter or year that begins on this day.
    period: (first, unit) => {
      const start = new Date(first);
      if (unit === "quarter") return `Q${start.getUTCMonth() / 3 + 1} ${year.format(start)}`;
      return (unit === "year" ? year : month).format(start);
    }
  };
}

export const addDays = (day, n) => new Date(Date.parse(day) + n * dayLength).toISOString().slice(0, 10);
export const addMonths = (first, n) => { const day = new Date(first); day.setUTCMonth(day.getUTCMonth() + n); return day.toISOString().slice(0, 10); };
export const daysBetween = (from, to) => Math.floor((Date.parse(to) - Date.parse(from)) / dayLength);
