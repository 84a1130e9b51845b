-- cltv_model: text, jsonb and binary forms, and what they refuse

SELECT bgnbd_model(.243, 4.414, .793, 2.426);
SELECT gg_model(6.25, 3.74, 15.44)::jsonb;
SELECT bgnbd_model(.243, 4.414, .793, 2.426)::text::cltv_model::text = bgnbd_model(.243, 4.414, .793, 2.426)::text AS round_trip;
-- Keys come in any order, as jsonb has its own, and with white space anywhere
SELECT (bgnbd_model(.243, 4.414, .793, 2.426)::jsonb)::text::cltv_model::text = bgnbd_model(.243, 4.414, .793, 2.426)::text AS round_trip_by_jsonb;
SELECT ' { "status" : "given", "params" : { "v" : 3, "p" : 1, "q" : 2 } , "iterations":null,"log_likelihood":null, "covariance": null,"customers":null,"kind":"gg" } '::cltv_model;
-- Digits are exact whatever the session's settings
SET extra_float_digits = -5;
SELECT bgnbd_model(0.1, 1e-300, 123456789.123456789, 1e300);
RESET extra_float_digits;
SELECT model_status(m), log_likelihood(m) FROM gg_model(1, 2, 3) m;
SELECT * FROM model_params(gg_model(1, 2, 3));
SELECT * FROM model_params(NULL::cltv_model);

-- Every status goes out and comes in
CREATE TABLE models (model cltv_model);
INSERT INTO models
SELECT format('{"kind":"bgnbd","params":{"r":null,"alpha":null,"a":null,"b":null},"log_likelihood":null,"customers":7,"iterations":3,"status":"%s","covariance":null}', status)::cltv_model
FROM unnest(ARRAY['too few customers', 'no repeat purchases', 'identical customers', 'runaway: r', 'runaway: alpha',
                  'ridge: a', 'ridge: b', 'not converged']) status;
INSERT INTO models VALUES (bgnbd_model(1, 2, 3, 4)), (gg_model(1, 2, 3)),
    ('{"kind":"bgnbd","params":{"r":0.5,"alpha":40,"a":0.8,"b":2.5},"log_likelihood":-4055.9,"customers":946,"skipped":12,"iterations":8,"prior":true,"status":"weak: b","covariance":[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]}'),
    ('{"kind":"gg","params":{"p":6.2,"q":3.7,"v":15.4},"log_likelihood":-4055.9,"customers":946,"iterations":8,"status":"converged","covariance":[[1.4,-0.2,-4],[-0.2,0.08,1],[-4,1,17]]}');
SELECT model_status(model), bgnbd_predict(model, 1, 2, 3, 4) IS NULL AS refuses FROM models WHERE model::jsonb ->> 'kind' = 'bgnbd';
SELECT name, estimate, round(std_error::numeric, 6) AS std_error FROM models, model_params(model) WHERE model_status(model) IN ('converged', 'weak: b');
SELECT count(*) AS models, count(*) FILTER (WHERE model::text::cltv_model::text = model::text) AS alike,
       count(*) FILTER (WHERE (model::jsonb)::text::cltv_model::text = model::text) AS alike_by_jsonb
FROM models;
-- Forged text
DO $$
DECLARE
    good text := '{"kind":"gg","params":{"p":6.2,"q":3.7,"v":15.4},"log_likelihood":-4055.9,"customers":946,"iterations":8,"status":"converged","covariance":[[1.4,-0.2,-4],[-0.2,0.08,1],[-4,1,17]]}';
    swap text[];
    state text; message text; detail text;
BEGIN
    PERFORM good::cltv_model;
    FOREACH swap SLICE 1 IN ARRAY ARRAY[['{"kind"', '"kind"'], ['"gg"', '"pg"'], ['"gg"', '"ggg"'], ['"p":6.2', '"p":-6.2'], ['"p":6.2', '"p":0'],
        ['"p":6.2', '"p":NaN'], ['"p":6.2', '"p":1e999'], ['"p":6.2,', ''], ['"p":6.2', '"p":null'], ['6.2,"q"', '6.2,"v"'],
        ['-4055.9', 'null'], ['946', '-1'], ['946', '0'], ['946', 'null'], ['"iterations":8', '"iterations":-8'], ['"iterations":8', '"iterations":8.5'],
        ['"iterations":8', '"iterations":99999999999'], ['converged', 'convergent'], ['converged', 'given'], ['converged', 'ridge: p'], ['converged', 'ridge: r'],
        ['converged', 'ridge: '], ['converged', 'not converged'], ['[1.4', '[-1.4'], ['[1.4', '[1e-3'], ['[-0.2', '[-0.3'], ['[[1.4,-0.2,-4],', '['],
        ['[[1.4', '[1.4'], [',17]]}', ',17]]'], [',17]]}', ',17]]}}'], ['[[1.4,-0.2,-4],[-0.2,0.08,1],[-4,1,17]]', 'null'],
        ['"status"', '"state"'], ['"status":"converged",', ''], ['"status"', '"kind"'], ['"params":', '"params":{},"params":'], ['"v":15.4', '"v":15.4,"w":1'],
        ['"v":15.4', '"v":15.4,"v":15.4'], ['"p":6.2', '"p":"Infinity"'], ['"p":6.2', '"p":"NaN"'], ['"kind"', '"form":"nobody leaves","kind"'],
        ['"converged"', '"boundary: nobody leaves"'], ['"converged"', '"weak: r"'], ['"iterations"', '"prior":false,"iterations"'],
        ['"iterations"', '"skipped":-1,"iterations"'], ['946', '946x'], ['946', '{}'], ['-4055.9', '-4055.9 7'], ['[1.4', '[null'], ['"gg"', '{"g":1}'],
        ['"kind"', 'kind'], ['"kind":', '"kind"'], ['"kind"', '"kind\u0041"'], ['{"p"', '["p"'], ['17]]', '17]'],
        ['"kind"', '"' || repeat('x', 260) || '"']] LOOP
        BEGIN
            PERFORM replace(good, swap[1], swap[2])::cltv_model;
            RAISE NOTICE '% passes', replace(good, swap[1], swap[2]);
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
            RAISE NOTICE '% for % -> % %', swap[2], swap[1], state, detail;
        END;
    END LOOP;
END $$;
SELECT ''::cltv_model;
SELECT 'null'::cltv_model;

DROP TABLE models;

-- The families of models: what is known of one, and that the parameters are those of the _model function
SELECT name, title, topic, unit, parameters, meaning, source FROM cltv_families() WHERE name IN ('bgnbd', 'bgbb', 'sbg');
SELECT count(*) > 5 AS families, bool_and(p.proargnames = parameters) AS parameters,
       bool_and(regexp_replace(obj_description(p.oid), '\s+', ' ', 'g') = format('Makes the %s model from given parameters. Parameters %s (else error 22023): %s. %s.', title,
           CASE WHEN shares = parameters THEN 'above 0 and below 1' WHEN positive = parameters THEN 'each above 0' || CASE WHEN 'k' = ANY (parameters) THEN ', k a whole number up to 50' ELSE '' END ELSE format('all finite, %s above 0', array_to_string(positive, ' and ')) END, meaning, source)) AS comments
FROM cltv_families() f LEFT JOIN pg_proc p ON p.proname = f.name || '_model' AND p.prorettype = 'cltv_model'::regtype
WHERE meaning IS NOT NULL;
SELECT DISTINCT topic, unit FROM cltv_families() ORDER BY topic, unit;
-- A model of any type that is not there, without a type.
SELECT model_card(NULL) IS NULL AS no_card, model_status(NULL) IS NULL AS no_status, (SELECT count(*) FROM model_params(NULL)) AS parameters;
