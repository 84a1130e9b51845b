-- Series: what comes of a number a day, a week or a month -------------------------------------------------------------------

CREATE TYPE series_base;

CREATE FUNCTION series_base_in(cstring) RETURNS series_base
AS 'MODULE_PATHNAME', 'cltv_series_base_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION series_base_in(cstring) IS
'Internal: input function of series_base.
Checks every number (22P02).';

CREATE FUNCTION series_base_out(series_base) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_series_base_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION series_base_out(series_base) IS
'Internal: output function of series_base.
JSON with rows [day, value], digits exact.';

CREATE FUNCTION series_base_recv(internal) RETURNS series_base
AS 'MODULE_PATHNAME', 'cltv_series_base_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION series_base_recv(internal) IS
'Internal: binary input function of series_base.
Checks every number (22P03).';

CREATE FUNCTION series_base_send(series_base) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_series_base_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION series_base_send(series_base) IS
'Internal: binary output function of series_base.
Version, family, period, as_of, rows.';

CREATE TYPE series_base (
    INPUT = series_base_in,
    OUTPUT = series_base_out,
    RECEIVE = series_base_recv,
    SEND = series_base_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE series_base IS
'Daily values and what forecast_fit is asked for (family, period, last known day).
Made by the aggregate series_base, merged by rollup; 16 bytes a row; reads as JSON.';

CREATE FUNCTION series_base_combine(series_base, series_base) RETURNS series_base
AS 'MODULE_PATHNAME', 'cltv_series_base_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION series_base_combine(series_base, series_base) IS
'Internal: combine function of series_base and forecast_fit, transition function of rollup.
Adds all rows of other, of which the same is asked (else error 22023). For aggregates only: it updates its
first argument.';

CREATE FUNCTION series_base_final(series_base) RETURNS series_base
AS 'MODULE_PATHNAME', 'cltv_series_base_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION series_base_final(series_base) IS
'Internal: final function of series_base.
The same rows, sorted.';

CREATE TYPE forecast_model;

CREATE FUNCTION forecast_model_in(cstring) RETURNS forecast_model
AS 'MODULE_PATHNAME', 'cltv_forecast_model_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION forecast_model_in(cstring) IS
'Internal: input function of forecast_model.
Checks every number (22P02).';

CREATE FUNCTION forecast_model_out(forecast_model) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_forecast_model_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION forecast_model_out(forecast_model) IS
'Internal: output function of forecast_model.
JSON, digits exact.';

CREATE FUNCTION forecast_model_recv(internal) RETURNS forecast_model
AS 'MODULE_PATHNAME', 'cltv_forecast_model_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION forecast_model_recv(internal) IS
'Internal: binary input function of forecast_model.
Checks every number (22P03).';

CREATE FUNCTION forecast_model_send(forecast_model) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_forecast_model_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION forecast_model_send(forecast_model) IS
'Internal: binary output function of forecast_model.
Version, status, family, period, orders, criteria, parameters, values.';

CREATE TYPE forecast_model (
    INPUT = forecast_model_in,
    OUTPUT = forecast_model_out,
    RECEIVE = forecast_model_recv,
    SEND = forecast_model_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended,
    CATEGORY = 'm'
);
COMMENT ON TYPE forecast_model IS
'A fitted model of a time series.
Its family and form, parameters, variance of the errors one period ahead, log-likelihood, corrected criterion
of Akaike, and the values of its periods, without gaps; made by forecast_fit, read by forecast and
model_status; first is the number of the first period (days since 4714 BC, weeks, or months since 1 BC); reads
as JSON.';

CREATE CAST (forecast_model AS jsonb) WITH INOUT;
COMMENT ON CAST (forecast_model AS jsonb) IS 'Returns the model as a JSON object.';

CREATE FUNCTION forecast_fit_final(series_base) RETURNS forecast_model
AS 'MODULE_PATHNAME', 'cltv_forecast_fit_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000000;
COMMENT ON FUNCTION forecast_fit_final(series_base) IS
'Internal: final function of forecast_fit.';

CREATE FUNCTION forecast_fit(base series_base, family text DEFAULT 'auto', as_of date DEFAULT NULL, period text DEFAULT NULL,
                             calendar calendar DEFAULT NULL)
RETURNS forecast_model
AS 'MODULE_PATHNAME', 'cltv_forecast_fit' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000000;
COMMENT ON FUNCTION forecast_fit(series_base, text, date, text, calendar) IS
'Fits a model to a stored series, as the aggregate forecast_fit does, with holidays and campaigns.
Family, as_of and period as there, an as_of or period that is NULL: as the base says. Calendar: all that is known of
each day, summed over the days of a period, for family seasonal, and for it among all where family is auto (another:
error 22023): what each column adds is learnt, held near 0 as strongly as the data ask for, and model_params says it;
it must reach over all periods of the series and, for forecast, over those to come (else error 22023). NULL base or
family: NULL.';

DO $install$
DECLARE
    form record;
    template CONSTANT text := $template$
CREATE FUNCTION series_base_accum(state series_base, day date, value float8{arguments}) RETURNS series_base
AS 'MODULE_PATHNAME', 'cltv_series_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION series_base_accum(series_base, date, float8{types}) IS
'Internal: transition function of series_base and forecast_fit(day, value{words}).
Adds one row.';

CREATE AGGREGATE series_base(day date, value float8{arguments}) (
    SFUNC = series_base_accum,
    STYPE = series_base,
    SSPACE = 512,
    COMBINEFUNC = series_base_combine,
    FINALFUNC = series_base_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE series_base(date, float8{types}) IS
'{base}';

CREATE AGGREGATE forecast_fit(day date, value float8{arguments}) (
    SFUNC = series_base_accum,
    STYPE = series_base,
    SSPACE = 512,
    COMBINEFUNC = series_base_combine,
    FINALFUNC = forecast_fit_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE forecast_fit(date, float8{types}) IS
'{fit}';
$template$;
BEGIN
    FOR form IN SELECT * FROM (VALUES
        ('', '', '',
         'Collects daily values of a series, for forecast_fit(series_base, ...).
To be stored and merged by rollup; rows with a NULL are skipped; no rows give NULL; NaN, infinity, a value beyond 1e150: error 22023',
         'Fits the best model of a series, for forecast.
Of all families; one row per period, or several, whose values are added up; periods are recognised by their days: one place in the month is a month (quarter, year where all are so far apart), one weekday a week, all else a day; a period without a row counts as 0, as sales do; where rows are of days within their periods, the last period is left out if it is not over on the last of these days; model_status says both; fewer than 4 periods, more than 10000 (error 54000) or none that can be fitted: a model without a family, and a WARNING; rows with a NULL are skipped; no rows give NULL; NaN, infinity, a value beyond 1e150: error 22023'),
        (', family text', ', text', ', family',
         'Collects daily values of a series, with the family for forecast_fit.',
         'Fits the best model of one family to a series.
The family is ets (exponential smoothing: the best of 15 forms), arima (the best seasonal ARIMA model of a search), seasonal (a trend that bends, a year, a week, by penalised regression), holt_winters and holt_winters_multiplicative (a trend and a season that adds or multiplies, by least squares), theta, or auto for the one of the first three that would have predicted the last periods best; else error 22023'),
        (', family text, as_of date', ', text, date', ', family, as_of',
         'Collects daily values of a series, with the family and the last known day.',
         'Fits the best model of one family to a series that is known up to as_of.
as_of is the same in all rows (else error 22023): rows after it are left out, periods that end after it too, and periods up to it without a row count as 0, which a group without recent sales needs; NULL: the last of the days'),
        (', family text, as_of date, period text', ', text, date, text', ', family, as_of, period',
         'Collects daily values of a series, with the family, the last known day and the period.',
         'Fits the best model of one family to a series with periods of a given length.
A day, week (from Monday), month, quarter or year, whatever the days are; NULL: as they are recognised; else error 22023'))
        AS f (arguments, types, words, base, fit) LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(form));
    END LOOP;
END
$install$;

CREATE AGGREGATE rollup(base series_base) (
    SFUNC = series_base_combine,
    STYPE = series_base,
    SSPACE = 512,
    COMBINEFUNC = series_base_combine,
    FINALFUNC = series_base_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(series_base) IS
'Merges stored series_base values.
The same as one base of all rows; NULLs are skipped; no rows give NULL.';

CREATE FUNCTION forecast(model forecast_model, periods int DEFAULT 12, level float8 DEFAULT 0.8,
                         OUT period date, OUT estimate float8, OUT lower float8, OUT upper float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_forecast' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 12;
COMMENT ON FUNCTION forecast(forecast_model, int, float8) IS
'Forecasts a series: the periods after the last one of the model.
One row per period (1 to 10000): its first day, the mean, and an interval that holds what will be with that
probability, of the noise to come; where no value was ever negative, no lower bound is below 0; a series of
one value goes on with it; a model without a family has no rows; a level not between 0 and 1, other numbers of
periods: error 22023; NULL gives no rows. Hyndman, Koehler, Ord & Snyder 2008.';

CREATE FUNCTION model_status(model forecast_model) RETURNS text
AS 'MODULE_PATHNAME', 'cltv_forecast_model_status' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION model_status(forecast_model) IS
'Returns how a model of a series came about, or why there is none.
Fitted, constant (one value over and over), or why there is none: too short, not fitted; then how many periods
had no row and count as 0, and whether the last period was left out for it was not over; NULL gives NULL.';

CREATE FUNCTION model_params(model forecast_model, level float8 DEFAULT 0.95, OUT name text, OUT estimate float8, OUT std_error float8,
                             OUT lower float8, OUT upper float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_forecast_model_params' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 10;
COMMENT ON FUNCTION model_params(forecast_model, float8) IS
'Returns what was learnt of a series, a row a parameter, with standard errors.
Estimate, standard error from the observed information, and the confidence interval of that level (0..1, else error
22023), NULL where they cannot be told: of weights at a bound, of scales, and where the likelihood has no maximum. Of
seasonal also level and slope (by a period) at its first period, changes of the slope, waves of the year, days of the
week and columns of the calendar, named as calendar: easter, by one of their units: what a penalty holds near 0 has a
standard error at the penalty that was found, and no interval. A model without a family has no rows; NULL gives no
rows.';

-- New customers, week by week ----------------------------------------------------------------------------------------------

CREATE FUNCTION acquisition_fit_final(series_base) RETURNS forecast_model
AS 'MODULE_PATHNAME', 'cltv_acquisition_fit_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION acquisition_fit_final(series_base) IS
'Internal: final function of acquisition_fit.';

CREATE FUNCTION acquisition_fit(base series_base, as_of date DEFAULT NULL, calendar calendar DEFAULT NULL) RETURNS forecast_model
AS 'MODULE_PATHNAME', 'cltv_acquisition_fit' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION acquisition_fit(series_base, date, calendar) IS
'Fits a model of how many customers are won to their stored numbers by days, with campaigns.
As the aggregate acquisition_fit does to the first days themselves; as_of NULL: as the base says; calendar: what is known
of each day, such as campaigns, summed over the days of a week: by what each unit of a column multiplies the customers is
learnt (model_params, as logarithms); it must reach over all weeks and, for forecast, over those to come (else error
22023); a number below 0: error 22023; NULL base: NULL.';

DO $install$
DECLARE
    form record;
    template CONSTANT text := $template$
CREATE FUNCTION acquisition_accum(state series_base, first_order_day date{arguments}) RETURNS series_base
AS 'MODULE_PATHNAME', 'cltv_acquisition_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION acquisition_accum(series_base, date{types}) IS
'Internal: transition function of acquisition_fit(first_order_day{words}).
Adds one customer.';

CREATE AGGREGATE acquisition_fit(first_order_day date{arguments}) (
    SFUNC = acquisition_accum,
    STYPE = series_base,
    SSPACE = 512,
    COMBINEFUNC = series_base_combine,
    FINALFUNC = acquisition_fit_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE acquisition_fit(date{types}) IS
'{comment}';
$template$;
BEGIN
    FOR form IN SELECT * FROM (VALUES
        ('', '', '',
         'Fits a model of how many customers are won, from the day of the first order of each.
They are counted by weeks back from the last of the days, so that the newest week is whole; an oldest one that is not is
left out. The level follows the counts, and from two years on there are a trend, damped ahead, and a season of the year;
forecast says what comes, with whole numbers between which it lies, model_params what was learnt. Less than a week: a
model without a family, and a WARNING. NULLs are skipped, no rows: NULL; an infinite day: error 22023. Harvey & Fernandes
1989.'),
        (', as_of date', ', date', ', as_of',
         'Fits a model of how many customers are won, up to the last day that is known.
As_of is the same in all rows (else error 22023): days after it are left out, and weeks without a first order count as 0;
NULL: the last of the days.'))
        AS f (arguments, types, words, comment) LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(form));
    END LOOP;
END
$install$;
