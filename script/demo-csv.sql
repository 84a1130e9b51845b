-- Reads a file of orders as shops export it: what script/demo runs for a csv, by psql, as a superuser.
--
--   SELECT reading.read_orders(path, name, '{"customer": "Buyer", "date-order": "dmy", ...}')
--
-- makes a table orders (customer_id, ordered_at, amount, order_id, currency, refund_of) and gives lines that say what
-- was understood, or an error with the file's name, the line, the value and what to do. Everything is decided on whole
-- columns: a date that can be read in two ways is read as the others of its column must be. The file is in UTF-8, with
-- lines that end in \n.

\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE SCHEMA reading;
SET search_path = reading, public;

-- What exports call their columns, in small letters without blanks and signs ("Created (UTC)" is createdutc). A system
-- is recognised if all columns that it is known by are there; its customer may stand in several columns, the first that
-- is not empty counts. Else each role is looked for in the last rows, by the first name that the file has.
--   total: what an order costs, on its first line or on each; amount: what a line costs; price and quantity: likewise
CREATE TABLE known (number int GENERATED ALWAYS AS IDENTITY, system text, role text, headers text);
INSERT INTO known (system, role, headers) VALUES
    ('Shopify''s order export', 'known by', 'name email financialstatus total'),
    ('Shopify''s order export', 'customer', 'email phone'),
    ('Shopify''s order export', 'date', 'createdat paidat'),
    ('Shopify''s order export', 'total', 'total'),
    ('Shopify''s order export', 'order', 'name'),
    ('Shopify''s order export', 'currency', 'currency'),
    ('Shopify''s order export', 'status', 'financialstatus'),
    ('Shopify''s order export', 'cancelled', 'cancelledat'),
    ('Shopify''s order export', 'refunded', 'refundedamount'),
    ('Shopify''s order export', 'test', 'paymentmethod'),
    ('Squarespace''s order export', 'known by', 'orderid email financialstatus createdat total'),
    ('Squarespace''s order export', 'customer', 'email'),
    ('Squarespace''s order export', 'date', 'createdat'),
    ('Squarespace''s order export', 'total', 'total'),
    ('Squarespace''s order export', 'order', 'orderid'),
    ('Squarespace''s order export', 'currency', 'currency'),
    ('Squarespace''s order export', 'status', 'financialstatus'),
    ('Squarespace''s order export', 'cancelled', 'cancelledat'),
    ('Squarespace''s order export', 'refunded', 'amountrefunded'),
    ('WooCommerce''s order export', 'known by', 'orderid orderdate ordertotal billingemail status'),
    ('WooCommerce''s order export', 'customer', 'billingemail customeremail'),
    ('WooCommerce''s order export', 'date', 'orderdate'),
    ('WooCommerce''s order export', 'total', 'ordertotal'),
    ('WooCommerce''s order export', 'order', 'ordernumber orderid'),
    ('WooCommerce''s order export', 'currency', 'ordercurrency'),
    ('WooCommerce''s order export', 'status', 'status'),
    ('WooCommerce''s order export', 'refunded', 'refundedtotal'),
    ('WooCommerce''s report of orders', 'known by', 'date order status customer netsales'),
    ('WooCommerce''s report of orders', 'customer', 'customer'),
    ('WooCommerce''s report of orders', 'date', 'date'),
    ('WooCommerce''s report of orders', 'total', 'netsales'),
    ('WooCommerce''s report of orders', 'order', 'order'),
    ('WooCommerce''s report of orders', 'status', 'status'),
    ('Stripe''s payments export', 'known by', 'id amount amountrefunded currency status'),
    ('Stripe''s payments export', 'customer', 'customeremail customerid'),
    ('Stripe''s payments export', 'date', 'createddateutc createdutc created'),
    ('Stripe''s payments export', 'total', 'convertedamount amount'),
    ('Stripe''s payments export', 'order', 'id'),
    ('Stripe''s payments export', 'currency', 'convertedcurrency currency'),
    ('Stripe''s payments export', 'status', 'status'),
    ('Stripe''s payments export', 'captured', 'captured'),
    ('Stripe''s payments export', 'test', 'mode'),
    ('Stripe''s payments export', 'refunded', 'convertedamountrefunded amountrefunded'),
    ('Stripe''s payments export', 'refunded at', 'refundeddateutc refundedutc'),
    ('Magento''s order export', 'known by', 'id purchasedate billtoname grandtotalbase status'),
    ('Magento''s order export', 'customer', 'customeremail customername billtoname'),
    ('Magento''s order export', 'date', 'purchasedate'),
    ('Magento''s order export', 'total', 'grandtotalbase'),
    ('Magento''s order export', 'order', 'id'),
    ('Magento''s order export', 'status', 'status'),
    ('Magento''s order export', 'refunded', 'totalrefunded'),
    ('UCI Online Retail', 'known by', 'invoiceno invoicedate unitprice quantity customerid'),
    ('UCI Online Retail', 'customer', 'customerid'),
    ('UCI Online Retail', 'date', 'invoicedate'),
    ('UCI Online Retail', 'price', 'unitprice'),
    ('UCI Online Retail', 'quantity', 'quantity'),
    ('UCI Online Retail', 'order', 'invoiceno'),
    ('UCI Online Retail II', 'known by', 'invoice invoicedate price quantity customerid'),
    ('UCI Online Retail II', 'customer', 'customerid'),
    ('UCI Online Retail II', 'date', 'invoicedate'),
    ('UCI Online Retail II', 'price', 'price'),
    ('UCI Online Retail II', 'quantity', 'quantity'),
    ('UCI Online Retail II', 'order', 'invoice'),
    (NULL, 'customer', 'customerid customer custid cust customerno customernumber clientid client buyerid buyer userid '
        'user memberid householdid household accountid customeremail billingemail buyeremail email emailaddress '
        'customername'),
    (NULL, 'date', 'orderedat orderedon orderdate orderdatetime ordertime purchasedate purchasedat invoicedate '
        'transactiondate transactiontimestamp transactiontime saledate paidat createdat created createdutc datetime '
        'date timestamp time day'),
    (NULL, 'total', 'ordertotal grandtotal totalprice totalamount orderamount ordervalue total'),
    (NULL, 'amount', 'amount amountpaid linetotal revenue salesvalue sales value gross net'),
    (NULL, 'price', 'unitprice price'),
    (NULL, 'quantity', 'quantity qty units'),
    (NULL, 'order', 'orderid ordernumber orderno order invoiceno invoiceid invoicenumber invoice transactionid '
        'basketid receiptid receiptno receipt saleid'),
    (NULL, 'currency', 'currency currencycode ordercurrency'),
    (NULL, 'status', 'orderstatus financialstatus paymentstatus status state'),
    (NULL, 'cancelled', 'cancelledat canceledat iscancelled cancelled canceled'),
    (NULL, 'refunded', 'refundedamount amountrefunded refundedtotal totalrefunded');

-- Orders of such a status are none, or none yet: carts, unpaid and failed ones. Written as the headers above.
CREATE FUNCTION is_no_order(status text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(lower(status), '[^a-z]', '', 'g') ~ ('^(wc)?(pending.*|onhold|holded|cancell?ed|failed|'
        'failure|voided?|expired|authori[sz]ed|draft|(checkout|auto)draft|trash|cart|incomplete.*|requires.*|'
        'uncaptured|unpaid|paymentreview|fraud|suspectedfraud|declined|blocked|abandoned)$')
$$;

CREATE FUNCTION plain(header text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(lower(header), '[^[:alnum:]]', '', 'g')
$$;

-- What stands in a cell; NULL where tables write that there is nothing.
CREATE FUNCTION given(cell text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN octet_length(btrim(cell, E' \t\u00a0')) < 5 AND lower(btrim(cell, E' \t\u00a0'))
                     IN ('', '-', '--', 'null', 'none', 'nan', 'nat', 'n/a', 'na', '#n/a', '\n')
                THEN NULL ELSE btrim(cell, E' \t\u00a0') END
$$;

CREATE TABLE file (name text, skipped bigint, lines bigint, header_lines bigint, rows bigint, system text);
CREATE TABLE columns (number int PRIMARY KEY, header text);
CREATE TABLE report (number int GENERATED ALWAYS AS IDENTITY, line text);

-- Lines of at most 100 columns.
CREATE FUNCTION say(label text, what text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    margin CONSTANT text := repeat(' ', 13);
    line text := rpad('  ' || label, 13);
    word text;
    first boolean := true;
BEGIN
    FOREACH word IN ARRAY string_to_array(what, ' ') LOOP
        IF NOT first AND length(line) + 1 + length(word) > 100 THEN
            INSERT INTO report (line) VALUES (line);
            line := margin || word;
        ELSE
            line := line || CASE WHEN first THEN '' ELSE ' ' END || word;
        END IF;
        first := false;
    END LOOP;
    INSERT INTO report (line) VALUES (line);
END
$$;

CREATE FUNCTION counted(n bigint, one text, many text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT to_char(n, 'FM999,999,999,990') || ' ' || CASE WHEN n = 1 THEN one ELSE many END
$$;

CREATE FUNCTION money_text(amount numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT to_char(coalesce(amount, 0), 'FM999,999,999,999,990.00')
$$;

CREATE FUNCTION cut(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN length(value) > 60 THEN left(value, 60) || ' ...' ELSE value END
$$;

CREATE FUNCTION header(number int) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT c.header FROM columns AS c WHERE c.number = $1
$$;

-- The line of the file at which a row begins: rows may go over several.
CREATE FUNCTION line_of(place bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    file file;
    within bigint := 0;
BEGIN
    SELECT f.* INTO STRICT file FROM file AS f;
    IF file.lines > file.skipped + file.header_lines + file.rows THEN
        SELECT coalesce(sum(length(c::text) - length(replace(c::text, E'\n', ''))), 0) INTO within
        FROM csv AS c WHERE c.row_number < place;
    END IF;
    RETURN file.skipped + file.header_lines + place + within;
END
$$;

CREATE FUNCTION refuse(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: %', (SELECT f.name FROM file AS f), what;
END
$$;

-- A column that may be empty is asked for with this error caught.
CREATE FUNCTION refuse_empty(header text, option text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: its column % is empty: name another by %', (SELECT f.name FROM file AS f), header, option
        USING ERRCODE = 'CLTV0';
END
$$;

CREATE FUNCTION refuse_at(place bigint, what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%, line %, %', (SELECT f.name FROM file AS f), line_of(place), what;
END
$$;

-- The file as a table csv of texts: row_number, c1, c2, ...

CREATE FUNCTION fields(line text, delimiter text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(replace(btrim(m[1], E' \t"'), '""', '"') ORDER BY n)
    FROM regexp_matches(line || delimiter, format('((?:[^"%1$s]|"(?:[^"]|"")*")*)%1$s', '\' || delimiter), 'g')
         WITH ORDINALITY AS f (m, n)
$$;

CREATE FUNCTION load(path text, name text, skipped bigint, lines bigint, delimiter text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    head text;
    header text;
    names text[];
    has_header boolean;
    message text;
    context text;
    line text;
    loaded bigint;
BEGIN
    FOR cut IN 0 .. 3 LOOP -- the last character may be half there
        BEGIN
            head := convert_from(substring(h FROM 1 FOR length(h) - cut), 'UTF8')
                    FROM pg_read_binary_file(path, 0, 100000) AS h;
            EXIT;
        EXCEPTION WHEN character_not_in_repertoire THEN
            NULL;
        END;
    END LOOP;
    header := substring(head FROM '^(?:[^"\n]|"(?:[^"]|"")*")*'); -- it may go over several lines
    delimiter := coalesce(delimiter, (SELECT d.d FROM unnest(ARRAY[',', ';', E'\t', '|']) WITH ORDINALITY AS d (d, n)
                                      ORDER BY cardinality(fields(header, d.d)) DESC, d.n LIMIT 1));
    names := fields(header, delimiter);
    -- A header has no cell that is a date or a number.
    has_header := NOT EXISTS (SELECT FROM unnest(names) AS n WHERE n ~ '^[^[:alpha:]]*\d[^[:alpha:]]*$');
    INSERT INTO file VALUES (name, skipped, lines,
        CASE WHEN has_header THEN 1 + length(header) - length(replace(header, E'\n', '')) ELSE 0 END);
    INSERT INTO columns
    SELECT n, CASE WHEN has_header THEN h ELSE n::text END FROM unnest(names) WITH ORDINALITY AS c (h, n);
    IF cardinality(names) > 1500 THEN
        PERFORM refuse(format('its first line has %s columns: is it a csv?', cardinality(names)));
    END IF;
    EXECUTE format('CREATE UNLOGGED TABLE csv (row_number bigint GENERATED ALWAYS AS IDENTITY, %s)',
                   (SELECT string_agg(format('c%s text', c.number), ', ' ORDER BY c.number) FROM columns AS c));
    BEGIN
        EXECUTE format('COPY csv (%s) FROM %L (FORMAT csv, HEADER %s, DELIMITER %L, ENCODING ''UTF8'')',
                       (SELECT string_agg(format('c%s', c.number), ', ' ORDER BY c.number) FROM columns AS c), path,
                       has_header::text, delimiter);
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, context = PG_EXCEPTION_CONTEXT;
        line := substring(context FROM '^COPY csv, line (\d+)');
        IF line IS NULL THEN RAISE; END IF;
        RAISE EXCEPTION '%, line %, "%": %', name, line::bigint + skipped,
            cut(coalesce(substring(context FROM 'line \d+: "([^\n]*)"'), '')),
            CASE WHEN message LIKE 'extra data%' OR message LIKE 'missing data%'
                 THEN format('%s columns than the first line, which has %s. Correct it: each line has the columns of '
                             'the header',
                             CASE WHEN message LIKE 'extra%' THEN 'more' ELSE 'fewer' END, cardinality(names))
                 WHEN message LIKE 'unterminated%' THEN 'a quotation mark that is never closed. Close or remove it'
                 ELSE message END;
    END;
    SELECT count(*) INTO loaded FROM csv;
    UPDATE file SET rows = loaded, system = CASE WHEN NOT has_header THEN 'no header' END;
    IF loaded = 0 THEN
        PERFORM refuse('it has no row below its header');
    END IF;
    PERFORM say('file', format('%s of %s, separated by %s', counted(loaded, 'row', 'rows'),
        counted(cardinality(names), 'column', 'columns'),
        CASE delimiter WHEN ',' THEN 'commas' WHEN ';' THEN 'semicolons' WHEN E'\t' THEN 'tabs' WHEN '|' THEN 'bars'
                       ELSE delimiter END)
        || CASE WHEN has_header THEN '' ELSE '; its first line is a row, not a header' END);
END
$$;

-- Times of orders -----------------------------------------------------------------------------------------------------

-- The way in which a date is written; digits are zeros in a shape.
CREATE FUNCTION way_of_date(shape text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN shape ~ ('^0000([-/.])0{1,2}(?:\1)0{1,2}' || later) THEN 'year first'
        WHEN shape ~ ('^0{1,2}([-/.])0{1,2}(?:\1)(0000|00)' || later) THEN 'numbers'
        WHEN shape ~* ('^([a-z]{3,9},? )?[a-z]{3,9}\.? 0{1,2}(st|nd|rd|th)?,? 0000' || later) THEN 'words'
        WHEN shape ~* ('^([a-z]{3,9},? )?0{1,2}(st|nd|rd|th)?[- ][a-z]{3,9}\.?,?[- ](0000|00)' || later) THEN 'words'
        WHEN shape ~ '^00000000$' THEN 'digits'
        WHEN shape ~ '^0{9,10}([.]0+)?$' THEN 'seconds'
        WHEN shape ~ '^0{12,13}$' THEN 'milliseconds'
        WHEN shape ~ '^0{15,16}$' THEN 'microseconds'
        WHEN shape ~ '^0{5}([.,]0+)?$' THEN 'days'
    END
    FROM (SELECT '(,?[ T]+0{1,2}:00(:00([.,]0+)?)?( ?[AaPp]\.?[Mm]\.?)?'
                 '( ?(Z|[A-Z]{3,4}|(UTC|GMT)?[-+]00(:?00)?))?)?$') AS t (later)
$$;

CREATE FUNCTION is_time(value text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM value::timestamp;
    RETURN true;
EXCEPTION WHEN OTHERS THEN
    RETURN false;
END
$$;

-- Which of dmy, mdy and ymd all dates of the form 01/02/03 of a column allow, and what decides between several.
CREATE FUNCTION order_of_dates(number int, wanted text, OUT chosen text, OUT why text) LANGUAGE plpgsql AS $$
DECLARE
    header text := header(number);
    possible text[];
    found record;
    sorted text[] := '{}';
    reading text;
    day_query text;
BEGIN
    EXECUTE format($query$
        CREATE UNLOGGED TABLE dates AS
        SELECT value, place, p[1]::int AS a, p[2]::int AS b, p[3]::int AS c,
               length(p[1]) = 2 AND length(p[2]) = 2 AND length(p[3]) = 2 AS padded, value ~ '\.' AS dots
        FROM (SELECT split_part(replace(c%s, ',', ' '), ' ', 1) AS value, min(row_number) AS place
              FROM cells GROUP BY 1) AS d, regexp_match(value, '^(\d+)[-/.](\d+)[-/.](\d+)') AS p
        WHERE value IS NOT NULL AND p IS NOT NULL$query$, number);
    ALTER TABLE dates ADD dmy boolean, ADD mdy boolean, ADD ymd boolean;
    UPDATE dates SET dmy = a BETWEEN 1 AND 31 AND b BETWEEN 1 AND 12, mdy = a BETWEEN 1 AND 12 AND b BETWEEN 1 AND 31,
                     ymd = padded AND b BETWEEN 1 AND 12 AND c BETWEEN 1 AND 31;
    SELECT d.value, d.place INTO found FROM dates AS d WHERE NOT (d.dmy OR d.mdy OR d.ymd) ORDER BY d.place LIMIT 1;
    IF found.value IS NOT NULL THEN
        PERFORM refuse_at(found.place, format('column %s: "%s" is no date. Correct it, or leave the cell empty', header,
                                              found.value));
    END IF;
    SELECT array_remove(ARRAY[CASE WHEN bool_and(d.dmy) THEN 'dmy' END, CASE WHEN bool_and(d.mdy) THEN 'mdy' END,
                              CASE WHEN bool_and(d.ymd) THEN 'ymd' END], NULL) INTO possible FROM dates AS d;
    IF possible = '{}' THEN
        SELECT x.value AS first, x.place AS first_place, y.value AS second, y.place AS second_place INTO found
        FROM (SELECT d.* FROM dates AS d WHERE NOT d.mdy ORDER BY d.place LIMIT 1) AS x,
             (SELECT d.* FROM dates AS d WHERE NOT d.dmy ORDER BY d.place LIMIT 1) AS y;
        PERFORM refuse(format('column %s has dates in two orders: %s (line %s) has the day first, %s (line %s) the '
            'month. Export it again, with one order', header, found.first, line_of(found.first_place), found.second,
            line_of(found.second_place)));
    END IF;
    IF wanted IS NOT NULL THEN
        IF NOT wanted = ANY (possible) THEN
            EXECUTE format('SELECT d.value, d.place FROM dates AS d WHERE NOT d.%I ORDER BY d.place LIMIT 1', wanted)
            INTO found;
            PERFORM refuse_at(found.place, format('column %s: "%s" is not in the order %s. Leave out --date-order %s',
                                                  header, found.value, wanted, wanted));
        END IF;
        chosen := wanted;
        why := 'as --date-order says';
    ELSIF cardinality(possible) = 1 THEN
        chosen := possible[1];
        EXECUTE format('SELECT d.value, d.place FROM dates AS d WHERE NOT d.%I ORDER BY d.place LIMIT 1',
                       CASE chosen WHEN 'dmy' THEN 'mdy' ELSE 'dmy' END) INTO found;
        why := format('as %s in line %s must be', found.value, line_of(found.place));
    ELSE
        SELECT d.value INTO found FROM dates AS d ORDER BY d.place LIMIT 1;
        IF (SELECT bool_and(d.dots) FROM dates AS d) AND 'dmy' = ANY (possible) AND NOT 'ymd' = ANY (possible) THEN
            chosen := 'dmy';
            why := format('since they have dots; %s could be month/day/year, too: if so, say --date-order mdy',
                          found.value);
        ELSE
            -- A file that is sorted by time is so in one order only, as a rule.
            FOREACH reading IN ARRAY possible LOOP
                day_query := format('split_part(replace(c%s, '','', '' ''), '' '', 1)', number);
                EXECUTE format($query$
                    SELECT count(*) FILTER (WHERE step > 0) AS up, count(*) FILTER (WHERE step < 0) AS down
                    FROM (SELECT m.day - lag(m.day) OVER (ORDER BY c.row_number) AS step
                          FROM cells AS c
                          JOIN (SELECT d.value, CASE %2$L WHEN 'dmy' THEN (d.c * 12 + d.b) * 31 + d.a
                                                          WHEN 'mdy' THEN (d.c * 12 + d.a) * 31 + d.b
                                                          ELSE (d.a * 12 + d.b) * 31 + d.c END AS day
                                FROM dates AS d) AS m
                            ON m.value = %1$s) AS steps$query$, day_query, reading) INTO found;
                IF found.up + found.down >= 5 AND least(found.up, found.down) <= 0.02 * (found.up + found.down) THEN
                    sorted := sorted || reading;
                END IF;
            END LOOP;
            SELECT d.value INTO found FROM dates AS d ORDER BY d.place LIMIT 1;
            IF cardinality(sorted) = 1 THEN
                chosen := sorted[1];
                why := format('since the file is sorted by time if they are; every one could be %s, too: if so, say '
                    '--date-order %s', string_agg(name_of_order(p), ' or '), string_agg(p, ' or '))
                FROM unnest(possible) AS p WHERE p <> chosen;
            ELSE
                RAISE EXCEPTION 'is % of % %? All dates of its column % can be read so. Say %', found.value,
                    (SELECT f.name FROM file AS f),
                    (SELECT string_agg(name_of_order(p), ' or ') FROM unnest(possible) AS p), header,
                    (SELECT string_agg('--date-order ' || p, ' or ') FROM unnest(possible) AS p);
            END IF;
        END IF;
    END IF;
    DROP TABLE dates;
END
$$;

CREATE FUNCTION name_of_order(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE name WHEN 'dmy' THEN 'day/month/year' WHEN 'mdy' THEN 'month/day/year' ELSE 'year/month/day' END
$$;

-- The SQL expression that makes timestamps of a column, and how it was understood; DateStyle is set for it.
CREATE FUNCTION time_of(number int, wanted text, OUT expression text, OUT told text) LANGUAGE plpgsql AS $$
DECLARE
    header text := header(number);
    found record;
    other record;
    ordered record;
    zones text;
BEGIN
    EXECUTE format($query$
        CREATE UNLOGGED TABLE shapes AS
        SELECT s.*, way_of_date(s.shape) AS way
        FROM (SELECT translate(c%1$s, '123456789', '000000000') AS shape, min(row_number) AS place, count(*) AS n
              FROM cells WHERE c%1$s IS NOT NULL GROUP BY 1) AS s$query$, number);
    SELECT s.place INTO found FROM shapes AS s WHERE s.way IS NULL ORDER BY s.place LIMIT 1;
    IF found.place IS NOT NULL THEN
        PERFORM refuse_at(found.place, format('column %s: "%s" is no date as others are written, such as 2024-12-31, '
            '31/12/2024 08:15 or Dec 31, 2024. Correct it, leave the cell empty, or name another by --date', header,
            cut(cell(found.place, number))));
    END IF;
    SELECT s.way, min(s.place) AS place INTO found FROM shapes AS s GROUP BY s.way ORDER BY 2 LIMIT 1;
    IF found.way IS NULL THEN
        PERFORM refuse_empty(header, '--date');
    END IF;
    SELECT s.way, s.place INTO other FROM shapes AS s WHERE s.way <> found.way ORDER BY s.place LIMIT 1;
    IF other.way IS NOT NULL THEN
        PERFORM refuse(format('column %s has dates written in two ways: %s (line %s) and %s (line %s). A spreadsheet '
            'may have turned those that it could read, day for month: export the file again and do not open it there',
            header, cell(found.place, number), line_of(found.place), cell(other.place, number), line_of(other.place)));
    END IF;
    expression := format('c%s', number);
    told := '';
    SET LOCAL datestyle = 'ISO, MDY';
    CASE found.way
        WHEN 'seconds' THEN
            expression := format('to_timestamp(%s::float8) AT TIME ZONE ''UTC''', expression);
            told := told || ', seconds since 1970, in UTC';
        WHEN 'milliseconds' THEN
            expression := format('to_timestamp(%s::float8 / 1000) AT TIME ZONE ''UTC''', expression);
            told := told || ', milliseconds since 1970, in UTC';
        WHEN 'microseconds' THEN
            expression := format('to_timestamp(%s::float8 / 1000000) AT TIME ZONE ''UTC''', expression);
            told := told || ', microseconds since 1970, in UTC';
        WHEN 'days' THEN
            expression := format('date_trunc(''second'', timestamp ''1899-12-30'' + replace(%s, '','', ''.'')::float8 '
                                 '* interval ''1 day'')', expression);
            told := told || ', a spreadsheet''s days since 1899-12-30';
        WHEN 'numbers' THEN
            SELECT o.* INTO ordered FROM order_of_dates(number, wanted) AS o;
            PERFORM set_config('datestyle', 'ISO, ' || upper(ordered.chosen), true);
            expression := format('%s::timestamp', expression);
            told := told || format(', %s, %s', name_of_order(ordered.chosen), ordered.why);
        WHEN 'words' THEN
            SET LOCAL datestyle = 'ISO, DMY';
            IF EXISTS (SELECT FROM shapes AS s WHERE s.shape ~* '0(st|nd|rd|th)') THEN
                expression := format('regexp_replace(%s, ''(\d)(st|nd|rd|th)'', ''\1'', ''i'')', expression);
            END IF;
            expression := format('%s::timestamp', expression);
        ELSE
            expression := format('%s::timestamp', expression);
    END CASE;
    SELECT string_agg(DISTINCT z[1], ', ') INTO zones
    FROM (SELECT cell(s.place, number) AS value FROM shapes AS s ORDER BY s.place LIMIT 100) AS v,
         regexp_match(v.value, ':\d\d(?:[.,]\d+)?(?: ?[AaPp]\.?[Mm]\.?)? ?'
                               '(Z|[A-Z]{3,4}|(?:UTC|GMT)?[-+]\d\d(?::?\d\d)?)$') AS z;
    IF zones IS NOT NULL THEN
        told := told || format(', on the clock that the file shows (%s)', zones);
    END IF;
    -- What looks like a date need not be one: the 31st of June, 25 o'clock.
    BEGIN
        EXECUTE format('SELECT max(%s) FROM cells', expression) INTO found;
    EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format OR invalid_parameter_value THEN
        EXECUTE format('SELECT row_number AS place FROM cells WHERE c%1$s IS NOT NULL
                        AND NOT is_time(%2$s) ORDER BY 1 LIMIT 1', number,
                       regexp_replace(expression, '::timestamp$', ''))
        INTO found;
        PERFORM refuse_at(found.place, format('column %s: "%s" is no date of the calendar. Correct it, or leave the '
            'cell empty', header, cut(cell(found.place, number))));
    END;
    EXECUTE format('SELECT %s AS value, c%s AS written FROM cells WHERE row_number = $1', expression, number)
    INTO found USING (SELECT min(s.place) FROM shapes AS s);
    told := format('%s: %s is %s', header, found.written,
        to_char(found.value, 'YYYY-MM-DD' || CASE WHEN found.value = found.value::date THEN '' ELSE ' HH24:MI:SS' END))
        || told;
    DROP TABLE shapes;
END
$$;

CREATE FUNCTION cell(place bigint, number int) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    value text;
BEGIN
    EXECUTE format('SELECT c%s FROM cells WHERE row_number = $1', number) INTO value USING place;
    RETURN value;
END
$$;

-- Amounts -------------------------------------------------------------------------------------------------------------

-- The SQL expressions that make numbers of a column, and currencies (NULL if it has none), and how it was understood.
CREATE FUNCTION number_of(number int, OUT expression text, OUT currency text, OUT told text) LANGUAGE plpgsql AS $$
DECLARE
    header text := header(number);
    found record;
    point boolean;
    seen record;
    digits text;
BEGIN
    -- Digits are zeros in a shape. core is what is left without signs, brackets, blanks and the currency.
    EXECUTE format($query$
        CREATE UNLOGGED TABLE shapes AS
        SELECT s.*, m[2] AS core, regexp_replace(m[1] || m[3], '[-−+()]', '', 'g') AS currency,
               m[1] || m[3] ~ '[-−(]' AS negative, tight ~ '^-?0+([.]0+)?[eE][-+]?0+$' AS scientific
        FROM (SELECT translate(c%1$s, '123456789', '000000000') AS shape, min(row_number) AS place, count(*) AS n
              FROM cells WHERE c%1$s IS NOT NULL GROUP BY 1) AS s,
             regexp_replace(s.shape, E'[\\s\u00a0\u2009\u202f''’]', '', 'g') AS tight
        LEFT JOIN LATERAL regexp_match(tight, '^([^0.,]*)([.,]?0[0.,]*)([^0.,]*)$') AS m ON true$query$, number);
    ALTER TABLE shapes ADD point boolean, ADD comma boolean;
    UPDATE shapes AS s
    SET point = s.core ~ '^(0+|0{1,3}(,0{2,3})*,000)?([.]0*)?$',
        comma = s.core ~ '^(0+|0{1,3}([.]0{2,3})*[.]000)?(,0*)?$'
    WHERE s.currency ~ '^([[:alpha:]]{1,3}[^[:alnum:]%/:#]?|[^[:alnum:]%/:#][[:alpha:]]{0,3}|)$';
    UPDATE shapes AS s SET point = true, comma = true, core = '0', currency = '' WHERE s.scientific;

    SELECT s.place INTO found FROM shapes AS s WHERE NOT coalesce(s.point OR s.comma, false) ORDER BY s.place LIMIT 1;
    IF found.place IS NOT NULL THEN
        PERFORM refuse_at(found.place, format('column %s: "%s" is no number. Correct it, leave the cell empty, or name '
            'another column (--amount, --quantity)', header, cut(cell(found.place, number))));
    END IF;
    SELECT bool_and(s.point) AS point, bool_and(s.comma) AS comma,
           min(s.place) FILTER (WHERE s.core ~ '[.,]' AND s.point AND s.comma) AS either,
           bool_or(s.core ~ ',' AND s.point AND s.comma) AS by_comma,
           bool_or(s.core ~ '[.]' AND s.point AND s.comma) AS by_point,
           bool_or(s.core ~ '^0000') AS long, bool_or(s.scientific) AS scientific, bool_or(s.negative) AS negative,
           bool_or(s.core ~ ',') AS commas, bool_or(s.core ~ '[.]') AS points,
           bool_or(s.shape !~ '^-?[0.,]+$' AND NOT s.scientific) AS signs
    INTO seen FROM shapes AS s;
    IF seen.point IS NULL THEN
        PERFORM refuse_empty(header, '--amount');
    END IF;
    point := seen.point;
    IF NOT seen.point AND NOT seen.comma OR seen.by_comma AND seen.by_point AND seen.point AND seen.comma THEN
        SELECT least(a, b) AS first, greatest(a, b) AS second INTO found
        FROM (SELECT min(s.place) FILTER (WHERE NOT s.comma OR seen.comma AND s.core ~ '[.]') AS a,
                     min(s.place) FILTER (WHERE NOT s.point OR seen.point AND s.core ~ ',') AS b FROM shapes AS s) AS p;
        PERFORM refuse(format('column %s has numbers written in two ways: %s (line %s) and %s (line %s). Write all of '
            'them with the same decimal sign', header, cell(found.first, number), line_of(found.first),
            cell(found.second, number), line_of(found.second)));
    END IF;
    IF seen.point AND seen.comma AND seen.either IS NOT NULL THEN
        -- 1,234 alone: thousands, unless a number such as 0,125 or 12345 in the column says that none are marked.
        EXECUTE format('SELECT EXISTS (SELECT FROM cells WHERE c%s ~ ''^[^0-9]*0[.,]\d'') AS zero', number)
        INTO found;
        point := (found.zero OR seen.long) = seen.by_point;
    END IF;

    digits := format('c%s', number);
    IF seen.signs THEN
        digits := format('regexp_replace(%s, ''[^0-9.,]'', '''', ''g'')', digits);
    END IF;
    IF point AND seen.commas THEN
        digits := format('replace(%s, '','', '''')', digits);
    ELSIF NOT point THEN
        digits := format('translate(%s, '',.'', ''.'')', digits);
    END IF;
    expression := format('%s::numeric', digits);
    IF seen.signs AND seen.negative THEN
        expression := format('CASE WHEN c%s ~ ''[-−(]'' THEN -%s ELSE %s END', number, expression, expression);
    END IF;
    IF seen.scientific THEN
        expression := format('CASE WHEN c%1$s ~ ''\d[eE][-+]?\d'' THEN c%1$s::numeric ELSE %2$s END', number,
                             expression);
    END IF;
    IF EXISTS (SELECT FROM shapes AS s WHERE s.currency <> '') THEN
        currency := format('currency_of(c%s)', number);
    END IF;
    -- The number that tells most of the way in which they are written.
    EXECUTE format('SELECT c%s AS written, %s AS value FROM cells WHERE row_number = $1', number, expression) INTO found
    USING CASE WHEN seen.point AND seen.comma AND seen.either IS NOT NULL THEN seen.either
               ELSE (SELECT s.place FROM shapes AS s
                     ORDER BY s.scientific, s.core ~ '[.,].*[.,]' DESC, length(s.shape) DESC, s.place LIMIT 1) END;
    told := header || CASE WHEN found.written = found.value::text THEN ''
                           ELSE format(': %s is %s', found.written, found.value) END;
    DROP TABLE shapes;
END
$$;

CREATE FUNCTION currency_of(amount text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE sign WHEN '' THEN NULL WHEN '€' THEN 'EUR' WHEN '£' THEN 'GBP' ELSE upper(sign) END
    FROM regexp_replace(amount, E'[-−+()0-9.,\\s\u00a0\u2009\u202f''’]', '', 'g') AS s (sign)
$$;

-- Columns -------------------------------------------------------------------------------------------------------------

CREATE TABLE roles (role text, number int, rank bigint);

CREATE FUNCTION chosen(wanted text) RETURNS int LANGUAGE plpgsql STABLE AS $$
DECLARE
    number int;
BEGIN
    SELECT c.number INTO number FROM columns AS c
    WHERE c.header = btrim(wanted) OR plain(c.header) = plain(wanted) AND plain(wanted) <> ''
       OR c.number::text = wanted
    ORDER BY c.header = btrim(wanted) DESC, plain(c.header) = plain(wanted) DESC LIMIT 1;
    IF number IS NULL THEN
        PERFORM refuse(format('it has no column %s; its columns are: %s', wanted, headers()));
    END IF;
    RETURN number;
END
$$;

-- Without a header, with what stands in the first row.
CREATE FUNCTION headers() RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    first_row jsonb := CASE WHEN (SELECT f.system FROM file AS f) = 'no header'
                            THEN (SELECT to_jsonb(c) FROM csv AS c WHERE c.row_number = 1) END;
    named text := (SELECT string_agg(c.header || coalesce(' (' || (first_row ->> ('c' || c.number)) || ')', ''), ', '
                                     ORDER BY c.number) FROM columns AS c);
BEGIN
    RETURN CASE WHEN length(named) > 600 THEN left(named, 600) || ' ...' ELSE named END;
END
$$;

CREATE FUNCTION find_columns(options jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    headless CONSTANT boolean := (SELECT f.system FROM file AS f) = 'no header';
    found text;
    missing record;
BEGIN
    SELECT k.system INTO found FROM known AS k
    WHERE k.role = 'known by'
      AND string_to_array(k.headers, ' ') <@ (SELECT array_agg(plain(c.header)) FROM columns AS c)
    ORDER BY k.number LIMIT 1;
    IF found IS NOT NULL THEN
        UPDATE file SET system = found;
        PERFORM say('', format('known by its columns as %s', found));
    END IF;
    INSERT INTO roles
    SELECT k.role, c.number, row_number() OVER (PARTITION BY k.role ORDER BY h.rank, c.number)
    FROM known AS k, unnest(string_to_array(k.headers, ' ')) WITH ORDINALITY AS h (header, rank)
    JOIN columns AS c ON plain(c.header) = h.header
    WHERE k.role <> 'known by' AND k.system IS NOT DISTINCT FROM found;
    -- Several columns only for the customer of a system.
    DELETE FROM roles AS r WHERE r.rank > 1 AND NOT (r.role = 'customer' AND found IS NOT NULL);

    IF options ? 'amount' OR options ? 'quantity' THEN
        DELETE FROM roles AS r
        WHERE r.role IN ('amount', 'total', 'quantity') OR r.role = 'price' AND options ? 'amount';
    END IF;
    DELETE FROM roles AS r USING jsonb_object_keys(options) AS o (key) WHERE r.role = o.key;
    INSERT INTO roles
    SELECT CASE WHEN o.key = 'amount' THEN CASE WHEN options ? 'quantity' THEN 'price' ELSE 'total' END ELSE o.key END,
           chosen(o.value), 1
    FROM jsonb_each_text(options) AS o WHERE o.key IN ('customer', 'date', 'amount', 'order', 'quantity');

    IF headless THEN
        PERFORM find_by_content();
    END IF;
    -- One way to the money: a total, else amounts of lines, else prices.
    DELETE FROM roles AS r
    WHERE r.role IN ('amount', 'price', 'quantity') AND EXISTS (SELECT FROM roles AS x WHERE x.role = 'total')
       OR r.role IN ('price', 'quantity') AND EXISTS (SELECT FROM roles AS x WHERE x.role = 'amount');
    SELECT string_agg(m.name, ' and the ' ORDER BY m.number) AS what,
           string_agg(format('--%s %s', m.name, CASE WHEN headless THEN 'NUMBER' ELSE 'NAME' END), ' '
                      ORDER BY m.number) AS options
    INTO missing
    FROM (VALUES (1, 'customer', '{customer}'::text[]), (2, 'date', '{date}'), (3, 'amount', '{total, amount, price}'))
         AS m (number, name, roles)
    WHERE NOT EXISTS (SELECT FROM roles AS r WHERE r.role = ANY (m.roles));
    IF missing.what IS NOT NULL THEN
        PERFORM refuse(format('which column is the %s? Say %s, with %s of these: %s', missing.what, missing.options,
                              CASE WHEN headless THEN 'numbers' ELSE 'names' END, headers()));
    END IF;
END
$$;

-- Without a header: one column of dates, one of amounts with decimals, one of customers in what is left.
CREATE FUNCTION find_by_content() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    c record;
    seen record;
    dates int[] := '{}';
    amounts int[] := '{}';
    numbers int[] := '{}';
    others int[] := '{}';
    used int[] := ARRAY(SELECT r.number FROM roles AS r);
BEGIN
    FOR c IN SELECT k.number FROM columns AS k WHERE k.number <> ALL (used) ORDER BY 1 LOOP
        EXECUTE format($query$
            SELECT bool_and(coalesce(way_of_date(translate(v, '123456789', '000000000'))
                                         IN ('year first', 'numbers', 'words')
                                     OR v ~ '^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$', false)) AS dates,
                   bool_and(v ~ ('^[^[:alnum:]]*([A-Z]{3} ?)?[-(]?[\d.,'' ]*\d[\d.,'' ]*'
                                 '[-)]?( ?[A-Z]{3})?[^[:alnum:]]*$')) AS numbers,
                   bool_or(v ~ '\d[.,]\d{1,2}\D*$') AS decimals
            FROM (SELECT given(c%s) AS v FROM csv LIMIT 10000) AS t WHERE v IS NOT NULL$query$, c.number) INTO seen;
        IF seen.dates THEN dates := dates || c.number;
        ELSIF seen.numbers AND seen.decimals THEN amounts := amounts || c.number;
        ELSIF seen.numbers THEN numbers := numbers || c.number;
        ELSIF seen.dates IS NOT NULL THEN others := others || c.number;
        END IF;
    END LOOP;
    IF NOT EXISTS (SELECT FROM roles AS r WHERE r.role = 'date') AND cardinality(dates) = 1 THEN
        INSERT INTO roles VALUES ('date', dates[1], 1);
    END IF;
    IF NOT EXISTS (SELECT FROM roles AS r WHERE r.role IN ('total', 'price')) THEN
        IF cardinality(amounts) = 1 THEN
            INSERT INTO roles VALUES ('amount', amounts[1], 1);
        ELSIF cardinality(amounts) = 0 AND cardinality(numbers) = 1 AND cardinality(others) > 0 THEN
            INSERT INTO roles VALUES ('amount', numbers[1], 1);
            numbers := '{}';
        END IF;
    END IF;
    IF NOT EXISTS (SELECT FROM roles AS r WHERE r.role = 'customer') AND cardinality(others || numbers) = 1 THEN
        INSERT INTO roles VALUES ('customer', (others || numbers)[1], 1);
    END IF;
END
$$;

-- Orders --------------------------------------------------------------------------------------------------------------

CREATE FUNCTION column_of(wanted text) RETURNS int LANGUAGE sql STABLE AS $$
    SELECT r.number FROM roles AS r WHERE r.role = wanted AND r.rank = 1
$$;

-- What was given back with an order; its days have a DateStyle of their own.
CREATE FUNCTION read_given_back(date_order text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    expression text;
BEGIN
    CREATE UNLOGGED TABLE given_back (place bigint, amount numeric, at timestamp);
    IF column_of('refunded') IS NULL THEN
        RETURN;
    END IF;
    SELECT n.expression INTO expression FROM number_of(column_of('refunded')) AS n;
    EXECUTE format('INSERT INTO given_back (place, amount) SELECT row_number, abs(%1$s) FROM cells WHERE (%1$s) <> 0',
                   expression);
    IF column_of('refunded at') IS NOT NULL AND EXISTS (SELECT FROM given_back) THEN
        BEGIN
            SELECT t.expression INTO expression FROM time_of(column_of('refunded at'), date_order) AS t;
            EXECUTE format('UPDATE given_back AS g SET at = %s FROM cells AS c WHERE c.row_number = g.place',
                           expression);
        EXCEPTION WHEN SQLSTATE 'CLTV0' THEN -- without days
            NULL;
        END;
    END IF;
EXCEPTION WHEN SQLSTATE 'CLTV0' THEN -- nothing was given back
    CREATE UNLOGGED TABLE IF NOT EXISTS given_back (place bigint, amount numeric, at timestamp);
END
$$;

-- The rows with their customers, times and amounts; gives how the amounts were understood.
CREATE FUNCTION read_lines(date_order text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    customer text;
    emails boolean;
    at record;
    money record;
    pieces record;
    status text := coalesce('c' || column_of('status'), 'NULL::text');
BEGIN
    SELECT format('coalesce(%s)', string_agg('c' || r.number, ', ' ORDER BY r.rank)) INTO customer
    FROM roles AS r WHERE r.role = 'customer';
    EXECUTE format('SELECT EXISTS (SELECT FROM cells WHERE %s LIKE ''%%@%%'')', customer) INTO emails;
    IF emails THEN
        customer := format('lower(%s)', customer);
    END IF;
    PERFORM say('customer', string_agg(header(r.number), ', else ' ORDER BY r.rank)
                            || CASE WHEN emails THEN ', in small letters' ELSE '' END)
    FROM roles AS r WHERE r.role = 'customer';

    PERFORM read_given_back(date_order);
    SELECT t.* INTO at FROM time_of(column_of('date'), date_order) AS t;
    PERFORM say('date', at.told);
    SELECT n.* INTO money
    FROM number_of(coalesce(column_of('total'), column_of('amount'), column_of('price'))) AS n;
    IF column_of('quantity') IS NOT NULL THEN
        SELECT n.* INTO pieces FROM number_of(column_of('quantity')) AS n;
        money.expression := format('(%s) * (%s)', money.expression, pieces.expression);
        money.told := format('%s, times %s', money.told, pieces.told);
    END IF;
    IF column_of('captured') IS NOT NULL THEN
        status := format('CASE WHEN lower(c%s) = ''false'' THEN ''uncaptured'' ELSE %s END', column_of('captured'),
                         status);
    END IF;
    EXECUTE format($query$
        CREATE UNLOGGED TABLE lines AS
        SELECT row_number AS place, %s AS customer, %s AS order_id, %s AS at, %s AS amount, %s AS currency,
               %s AS status, %s AS cancelled, %s AS test FROM cells$query$,
        customer, coalesce('c' || column_of('order'), 'NULL::text'), at.expression, money.expression,
        coalesce('upper(c' || column_of('currency') || ')', money.currency, 'NULL::text'), status,
        coalesce('lower(coalesce(c' || column_of('cancelled')
                 || ', ''no'')) NOT IN (''no'', ''false'', ''f'', ''n'', ''0'')', 'false'),
        coalesce('coalesce(c' || column_of('test') || ' ~* ''^test$|bogus'', false)', 'false'));
    RETURN money.told;
END
$$;

-- Rows with one number become one order, if they are of one customer; what a total says on each of them counts once.
CREATE FUNCTION make_orders(given_amount boolean, amounts_told text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    grouped CONSTANT text := $query$
        SELECT %s AS order_id, min(l.customer) AS customer, min(l.at) AS at, count(*) AS rows,
               count(l.amount) AS amounts, min(l.amount) AS least, max(l.amount) AS most, sum(l.amount) AS amount,
               max(l.currency) AS currency, max(l.status) AS status, bool_or(l.cancelled) AS cancelled,
               bool_or(l.test) AS test, sum(g.amount) AS refunded, max(g.amount) AS most_refunded,
               max(g.at) AS refunded_at, coalesce(min(l.customer) <> max(l.customer), false) AS shared
        FROM lines AS l LEFT JOIN given_back AS g USING (place) WHERE %s GROUP BY %s$query$;
    seen record;
    once boolean;
BEGIN
    EXECUTE 'CREATE UNLOGGED TABLE orders AS ' || format(grouped, 'l.order_id', 'l.order_id IS NOT NULL', 'l.order_id');
    SELECT count(*) FILTER (WHERE o.shared) AS shared, count(*) FILTER (WHERE o.amounts > 1) AS several,
           coalesce(bool_and(o.least = o.most) FILTER (WHERE o.amounts > 1), false) AS repeated,
           count(*) FILTER (WHERE o.rows > 1) AS of_lines INTO seen FROM orders AS o;
    -- Two rows of the same price are no proof, if nobody knows that the column is a total.
    once := column_of('total') IS NOT NULL AND seen.repeated AND (seen.several >= 3 OR NOT given_amount);
    IF seen.shared > 0 THEN
        EXECUTE 'INSERT INTO orders ' || format(grouped, 'l.order_id || '' of '' || l.customer',
            'l.order_id IN (SELECT o.order_id FROM orders AS o WHERE o.shared)', 'l.order_id, l.customer');
        DELETE FROM orders AS o WHERE o.shared;
    END IF;
    IF once THEN
        UPDATE orders AS o SET amount = o.most, refunded = o.most_refunded WHERE o.amounts > 1;
    END IF;
    -- A row without a number is an order of its own, unless it is empty.
    INSERT INTO orders (customer, at, rows, amount, currency, status, cancelled, test, refunded, refunded_at)
    SELECT l.customer, l.at, 1, l.amount, l.currency, l.status, l.cancelled, l.test, g.amount, g.at
    FROM lines AS l LEFT JOIN given_back AS g USING (place)
    WHERE l.order_id IS NULL AND NOT (l.customer IS NULL AND l.at IS NULL AND l.amount IS NULL);
    PERFORM say('amount', amounts_told || CASE WHEN seen.of_lines = 0 THEN ''
        WHEN once THEN '; the same on all rows of an order: taken once'
        WHEN seen.several = 0 THEN '; it stands on one row of an order'
        ELSE '; rows of an order are added up' END);
    PERFORM say('order', CASE WHEN column_of('order') IS NULL THEN 'no column of order numbers: each row is an order'
        ELSE header(column_of('order')) || CASE WHEN seen.of_lines = 0 THEN ': one row an order'
            ELSE format(': %s of several rows, which become one', counted(seen.of_lines, 'order', 'orders')) END
            || CASE WHEN seen.shared = 0 THEN '' ELSE format('; %s with several customers, an order for each',
                                                             counted(seen.shared, 'number', 'numbers')) END END);
    -- Where no amount says what was given back, the status says that it was all of it.
    IF column_of('refunded') IS NULL AND NOT EXISTS (SELECT FROM orders AS o WHERE o.amount < 0) THEN
        UPDATE orders AS o SET refunded = o.amount
        WHERE o.amount > 0 AND lower(o.status) ~ '^(wc-)?(fully )?refunded$';
    END IF;
END
$$;

-- What is no order, or not to be added up with the others, gets a reason; gives the currency of what is left.
CREATE FUNCTION leave_out(wanted text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    main text;
BEGIN
    ALTER TABLE orders ADD reason text;
    UPDATE orders AS o
    SET reason = CASE WHEN o.at IS NULL THEN 'without a date' WHEN o.test THEN 'test' WHEN o.cancelled THEN 'cancelled'
                      ELSE format('with status %s', o.status) END
    WHERE o.at IS NULL OR o.test OR o.cancelled OR is_no_order(o.status);
    SELECT o.currency INTO main FROM orders AS o WHERE o.reason IS NULL AND o.currency IS NOT NULL
    GROUP BY o.currency
    ORDER BY coalesce(o.currency = upper(wanted), false) DESC, count(*) DESC, o.currency LIMIT 1;
    IF main <> upper(wanted) OR main IS NULL AND wanted IS NOT NULL THEN
        PERFORM refuse(format('it has no orders in %s', upper(wanted)));
    END IF;
    UPDATE orders AS o SET reason = 'in ' || o.currency WHERE o.reason IS NULL AND o.currency <> main;
    RETURN main;
END
$$;

CREATE FUNCTION sum_up(main text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    seen record;
    sums text;
BEGIN
    SELECT string_agg(format('%s %s (%s)', counted(x.n, 'order', 'orders'), x.reason, money_text(x.amount)), ', '
                      ORDER BY x.n DESC, x.reason) INTO sums
    FROM (SELECT o.reason, count(*) AS n, sum(o.amount) AS amount FROM orders AS o WHERE o.reason IS NOT NULL
          GROUP BY o.reason) AS x;
    SELECT count(*) FILTER (WHERE o.bought) AS orders,
           (SELECT count(*) FROM (SELECT FROM public.orders AS y WHERE coalesce(y.amount >= 0, true)
                                  AND y.customer_id IS NOT NULL GROUP BY y.customer_id) AS c) AS customers,
           count(o.customer_id) FILTER (WHERE o.bought) AS known,
           min(o.ordered_at)::date AS first, max(o.ordered_at)::date AS last, sum(o.amount) AS revenue,
           count(*) FILTER (WHERE NOT o.bought) AS refunds, count(o.refund_of) FILTER (WHERE NOT o.bought) AS named, sum(o.amount) FILTER (WHERE NOT o.bought) AS given_back,
           count(*) FILTER (WHERE o.customer_id IS NULL) AS nobody,
           coalesce(sum(o.amount) FILTER (WHERE o.customer_id IS NULL), 0) AS of_nobody
    INTO seen FROM (SELECT x.*, coalesce(x.amount >= 0, true) AS bought FROM public.orders AS x) AS o;
    IF seen.orders = 0 THEN
        PERFORM refuse('it has no orders' || coalesce('; left out: ' || sums, ''));
    ELSIF seen.customers = 0 THEN
        PERFORM refuse('none of its orders has a customer: name another column by --customer');
    END IF;
    PERFORM say('orders', format('%s%s of %s, %s to %s', counted(seen.orders, 'order', 'orders'),
        CASE WHEN seen.known < seen.orders THEN format(', %s', to_char(seen.known, 'FM999,999,999,990')) END,
        counted(seen.customers, 'customer', 'customers'), seen.first, seen.last));
    PERFORM say('revenue', concat_ws(' ', money_text(seen.revenue), main) || CASE WHEN seen.refunds = 0 THEN ''
        ELSE format(', after %s of %s: refunds or cancellations, which come off the revenue and are no orders',
                    counted(seen.refunds, 'negative amount', 'negative amounts'), money_text(seen.given_back)) END);
    IF seen.refunds > 0 THEN
        PERFORM say('refunds', concat_ws('; ',
            CASE WHEN seen.refunds > seen.named THEN format('%s no order: each undoes the customer''s latest order before it '
                'of the same amount, or else lowers one of a higher amount',
                CASE seen.refunds - seen.named WHEN 1 THEN 'one names'
                ELSE to_char(seen.refunds - seen.named, 'FM999,999,999,990') || ' name' END) END,
            CASE WHEN seen.named > 0 THEN format('%s the order that %s', CASE seen.named WHEN 1 THEN 'one names'
                ELSE to_char(seen.named, 'FM999,999,999,990') || ' name' END,
                CASE seen.named WHEN 1 THEN 'it undoes or lowers' ELSE 'they undo or lower' END) END));
    END IF;
    IF seen.nobody > 0 THEN
        PERFORM say('anonymous', format('%s without a customer, %s of the revenue%s: not in the numbers below',
            counted(seen.nobody, 'row', 'rows'), money_text(seen.of_nobody),
            coalesce(format(' (%s %%)', round(100 * seen.of_nobody / nullif(seen.revenue, 0), 1)), '')));
    END IF;
    IF sums IS NOT NULL THEN
        PERFORM say('left out', sums || CASE WHEN EXISTS (SELECT FROM orders AS o WHERE o.reason = 'in ' || o.currency)
            THEN format('; amounts of two currencies cannot be added up: --currency takes another than %s', main)
            ELSE '' END);
    END IF;
    SELECT count(*) AS n INTO seen FROM lines AS l
    WHERE l.customer IS NULL AND l.at IS NULL AND l.amount IS NULL AND l.order_id IS NULL;
    IF seen.n > 0 THEN
        PERFORM say('', counted(seen.n, 'empty row', 'empty rows'));
    END IF;
END
$$;

CREATE FUNCTION read_orders(path text, name text, options jsonb DEFAULT '{}', skipped bigint DEFAULT 0,
                            lines bigint DEFAULT 0, delimiter text DEFAULT NULL) RETURNS SETOF text
LANGUAGE plpgsql SET search_path = reading AS $$
DECLARE
    main text;
BEGIN
    PERFORM load(path, name, skipped, lines, delimiter);
    PERFORM find_columns(options);
    EXECUTE format('CREATE UNLOGGED TABLE cells AS SELECT row_number, %s FROM csv',
                   (SELECT string_agg(DISTINCT format('given(c%1$s) AS c%1$s', r.number), ', ') FROM roles AS r));
    PERFORM make_orders(options ? 'amount', read_lines(options ->> 'date-order'));
    main := leave_out(options ->> 'currency');
    CREATE TABLE public.orders AS
    SELECT o.customer AS customer_id, o.at AS ordered_at, o.amount, o.order_id, coalesce(o.currency, main) AS currency,
           NULL::text AS refund_of
    FROM orders AS o WHERE o.reason IS NULL
    UNION ALL
    SELECT o.customer, coalesce(o.refunded_at, o.at), -o.refunded, o.order_id || ' refund', coalesce(o.currency, main),
           o.order_id
    FROM orders AS o WHERE o.reason IS NULL AND o.refunded > 0;
    PERFORM sum_up(main);
    DROP TABLE csv, cells, lines, orders, given_back;
    RETURN QUERY SELECT r.line FROM report AS r ORDER BY r.number;
END
$$;

-- Orders without those that were given back, once there is the extension: a table orders_netted, where the file has
-- negative amounts. Who paid nothing in the end has no order left.
CREATE FUNCTION net_refunds() RETURNS SETOF text LANGUAGE plpgsql SET search_path = reading, public AS $$
DECLARE
    source text;
    seen record;
BEGIN
    IF NOT EXISTS (SELECT FROM public.orders AS o WHERE o.amount < 0 AND o.customer_id IS NOT NULL) THEN
        RETURN;
    END IF;
    SELECT s.query INTO STRICT source
    FROM cltv_orders_source('public.orders', 'customer_id', 'ordered_at', 'amount', false, order_id => 'order_id',
                            refund_of => 'refund_of', refunds => 'match') AS s;
    EXECUTE format('CREATE TABLE public.orders_netted AS '
                   'SELECT q.customer AS customer_id, q.ordered_at, q.amount FROM (%s) AS q', source);
    SELECT (SELECT count(*) FROM public.orders AS o WHERE o.customer_id IS NOT NULL AND coalesce(o.amount >= 0, true))
           - count(*) FILTER (WHERE coalesce(n.amount >= 0, true)) AS undone,
           (SELECT count(*) FROM public.orders AS o WHERE o.customer_id IS NOT NULL AND o.amount < 0) AS refunds,
           count(*) FILTER (WHERE n.amount < 0) AS loose, coalesce(sum(n.amount) FILTER (WHERE n.amount < 0), 0) AS money
    INTO seen FROM public.orders_netted AS n;
    DELETE FROM report;
    PERFORM say('refunds', format('%s undone by %s%s', counted(seen.undone, 'order', 'orders'),
        counted(seen.refunds, 'refund or cancellation', 'refunds and cancellations'),
        CASE WHEN seen.loose > 0 THEN format('; %s (%s) %s no order before: off the revenue of that day', to_char(seen.loose, 'FM999,999,999,990'),
            money_text(seen.money::numeric), CASE seen.loose WHEN 1 THEN 'has' ELSE 'have' END) ELSE '' END));
    RETURN QUERY SELECT r.line FROM report AS r ORDER BY r.number;
END
$$;

-- What cltv_check_orders finds, once there is the extension.
CREATE FUNCTION findings() RETURNS SETOF text LANGUAGE plpgsql SET search_path = reading, public AS $$
BEGIN
    DELETE FROM report;
    PERFORM say(c.severity, format('%s (%s)%s. %s', c.what, to_char(c.how_many, 'FM999,999,999,990'),
                                   coalesce(': ' || c.example, ''), c.what_to_do))
    FROM cltv_check_orders('public.orders', currency => 'currency', order_id => (
        SELECT 'order_id' FROM public.orders AS o WHERE o.order_id IS NOT NULL LIMIT 1)) AS c
    WHERE c.severity IN ('error', 'warning');
    RETURN QUERY SELECT r.line FROM report AS r ORDER BY r.number;
END
$$;
