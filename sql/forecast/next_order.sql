-- When a customer orders next ------------------------------------------------------------------------------------------------

CREATE FUNCTION next_order(model cltv_model, frequency float8, recency float8, tenure float8, as_of date, prob float8 DEFAULT 0.5,
                           purchases features DEFAULT NULL, dropout features DEFAULT NULL)
RETURNS date
AS 'MODULE_PATHNAME', 'cltv_next_order' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30;
COMMENT ON FUNCTION next_order(cltv_model, float8, float8, float8, date, float8, features, features) IS
'Returns the day by which a customer orders again with a given probability.
The first day after as_of; prob is above 0 and below 1, else error 22023; under a model of orders in days:
with 0.5 the day by which an order has come as likely as not; NULL where it is likelier that none comes,
within a hundred years, under a calendar within ten or before it ends; purchases and dropout are the
attributes of a model that has some; a model of opportunities is error 22023, and under a calendar so are
times that are not whole days; a NULL argument: NULL.';

CREATE FUNCTION next_order_interval(model cltv_model, frequency float8, recency float8, tenure float8, as_of date, level float8 DEFAULT 0.8,
                                    purchases features DEFAULT NULL, dropout features DEFAULT NULL, OUT lower date, OUT median date, OUT upper date)
AS 'MODULE_PATHNAME', 'cltv_next_order_interval' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 90;
COMMENT ON FUNCTION next_order_interval(cltv_model, float8, float8, float8, date, float8, features, features) IS
'Returns the days between which a customer orders next with a given probability.
By lower an order has come with probability (1 - level) / 2, by upper with (1 + level) / 2, by median with a
half; each is NULL where that many never order again; otherwise as next_order.';

CREATE FUNCTION days_between_orders(frequency float8, recency float8) RETURNS float8
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT recency / nullif(frequency, 0) $$;
COMMENT ON FUNCTION days_between_orders(float8, float8) IS
'Returns the mean number of days between purchases, recency / frequency.
NULL for a customer who never came back, and for NULL.';

CREATE FUNCTION overdue(frequency float8, recency float8, tenure float8) RETURNS float8
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT (tenure - recency) * frequency / nullif(recency, 0) $$;
COMMENT ON FUNCTION overdue(float8, float8, float8) IS
'Returns how many of their own mean gaps a customer has been silent.
(tenure - recency) / (recency / frequency); above 1 the customer is late by their own rhythm, above 2 or 3
probably lost; NULL for a customer who never came back, and for NULL.';
