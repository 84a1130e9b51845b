-- What customers are worth by those whom they brought ---------------------------------------------------------------------

CREATE FUNCTION referral_value(referrals regclass, referrer name, referred name, customers regclass, customer name, value name,
                               decay float8 DEFAULT 0.5, generations int DEFAULT 10,
                               OUT customer_id text, OUT own_value float8, OUT referral_value float8, OUT total float8,
                               OUT attributed float8)
RETURNS SETOF record
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 100000 ROWS 10000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    links text;
    own text;
    customer_term text;
    value_term text;
    twice record;
BEGIN
    IF NOT (decay >= 0 AND decay <= 1) THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('decay %s is not between 0 and 1', decay),
            HINT = 'It is the share of a customer''s value that counts for whoever referred them; its square counts for the referrer before.';
    ELSIF generations < 1 OR generations > 100 THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('generations %s is not between 1 and 100', generations),
            HINT = 'It is how far back value is credited: 1 for direct referrals alone.';
    END IF;
    links := format('SELECT DISTINCT %s COLLATE "C" AS referrer, %s COLLATE "C" AS referred FROM %s AS o',
                    @extschema@.cltv_key_term(referrals, referrer, text 'customer'),
                    @extschema@.cltv_key_term(referrals, referred, text 'customer'), referrals);
    links := format('SELECT l.referrer, l.referred FROM (%s) AS l WHERE l.referrer <> l.referred', links);
    customer_term := @extschema@.cltv_key_term(customers, customer, text 'customer');
    SELECT c.term INTO STRICT value_term FROM @extschema@.cltv_source_column(customers, value, text 'value', name 'o') AS c;
    own := format(@extschema@.cltv_sql('SELECT o.customer, @cltv@.exact_sum(o.value) AS value FROM (SELECT %s COLLATE "C" AS customer, %s AS value FROM %s AS o) AS o '
                  'WHERE o.customer IS NOT NULL GROUP BY o.customer'),
                  customer_term, value_term, customers);

    EXECUTE format('SELECT l.referred, min(l.referrer) AS one, max(l.referrer) AS other FROM (%s) AS l GROUP BY l.referred '
                   'HAVING count(*) > 1 ORDER BY l.referred LIMIT 1', links) INTO twice;
    IF twice.referred IS NOT NULL THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('customer "%s" was referred by "%s" and by "%s"', twice.referred, twice.one, twice.other),
            HINT = 'Whom the value is credited to must be known. Keep the first in a view, and give the view: SELECT DISTINCT ON '
                   '(referred) ... ORDER BY referred, referred_at.';
    END IF;

    -- From each customer up the chain of those who brought it, until it ends or comes back to one who is in it.
    RETURN QUERY EXECUTE format(@extschema@.cltv_sql($query$
WITH RECURSIVE link AS MATERIALIZED (%1$s), own AS MATERIALIZED (%2$s),
up AS (
    SELECT l.referred AS customer, l.referrer AS upper, 1 AS generation, ARRAY[l.referred, l.referrer] AS chain FROM link AS l
    UNION ALL
    SELECT u.customer, l.referrer, u.generation + 1, u.chain || l.referrer
    FROM up AS u JOIN link AS l ON l.referred = u.upper
    WHERE u.generation < $2 AND l.referrer <> ALL (u.chain)
), credit AS (
    SELECT u.customer, u.upper, $1 ^ u.generation::float8 AS weight FROM up AS u
), shared AS (
    SELECT c.customer, 1::float8 + @cltv@.exact_sum(c.weight) AS weights FROM credit AS c GROUP BY c.customer
), brought AS (
    SELECT c.upper AS customer, @cltv@.exact_sum(o.value * c.weight) AS value, @cltv@.exact_sum(o.value * c.weight / s.weights) AS part
    FROM credit AS c JOIN own AS o ON o.customer = c.customer JOIN shared AS s ON s.customer = c.customer
    WHERE o.value IS NOT NULL GROUP BY c.upper
), everybody AS (
    SELECT o.customer FROM own AS o UNION SELECT l.referrer FROM link AS l UNION SELECT l.referred FROM link AS l
)
SELECT e.customer COLLATE "default", coalesce(o.value, 0::float8), coalesce(b.value, 0::float8), coalesce(o.value, 0::float8) + coalesce(b.value, 0::float8),
       coalesce(o.value, 0::float8) / coalesce(s.weights, 1::float8) + coalesce(b.part, 0::float8)
FROM everybody AS e LEFT JOIN own AS o ON o.customer = e.customer LEFT JOIN brought AS b ON b.customer = e.customer
LEFT JOIN shared AS s ON s.customer = e.customer
$query$), links, own) USING decay, generations;
END
$$;
COMMENT ON FUNCTION referral_value(regclass, name, name, regclass, name, name, float8, int) IS
'Returns what each customer is worth including those they referred.
From a table of referrals and one of values, columns given by name: own_value = sum of the customer''s rows;
referral_value = values of those whom it brought times decay, of those whom these brought times decay squared,
and so on for so many generations (1 to 100); total = both, which answers what would be missing without the
customer and must not be added up over customers, for a value stands in the total of each who led to it;
attributed adds up to the sum of own_value: each value is split among the customer and those who led to it as
1 : decay : decay squared; a chain that comes back to itself ends there, a referral of oneself is none; a
customer without a row of values has 0, rows with a NULL customer are left out; a customer with two referrers,
a decay outside 0..1: error 22023; a missing column 42703, another type 42804, no right to read 42501; a NULL
argument gives no rows.';
