-- Fits of trees and nets to customers in one step: all alike but for what is fitted, and what becomes of numbers that are NULL ---------

DO $install$
DECLARE
    fit record;
    template CONSTANT text := $template$

CREATE AGGREGATE {name}_fit(y {type}, x features) (
    SFUNC = response_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {final},
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit({type}, features) IS
'Fits {title} to customers.
y is {response}, x the attributes by features(); {meaning}; {unknown}; rows with another NULL are skipped; no rows give NULL;
{too_little} give a model without {parts}, whose status says so, with a WARNING, and whose predictions are NULL. {source}.';

CREATE AGGREGATE {name}_fit(y {type}, x features, weight float8) (
    SFUNC = response_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {final},
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit({type}, features, float8) IS
'Fits {title} to a weighted sample.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';
$template$;
BEGIN
    FOR fit IN
        SELECT l.name, y.type, y.response, l.title, l.meaning, l.source, kind.*,
               l.name || CASE WHEN l.name IN ('boost', 'mlp') AND y.type = 'boolean' THEN '_fit_yes_or_no_final' ELSE '_fit_final' END AS final
        FROM (VALUES
            ('tree', 'tree', 'decision tree', 'up to 4 questions follow one another, and every leaf has 50 customers or more; the prediction is the mean of a leaf',
             'Breiman, Friedman, Olshen & Stone 1984'),
            ('tree', 'forest', 'random forest', 'the mean of 200 trees, each of a sample of the customers drawn by a hash, whose questions are each about one of a few attributes drawn likewise',
             'Breiman 2001'),
            ('tree', 'boost', 'boosted trees', 'up to 200 trees of up to 4 questions after one another, each of which corrects those before it, at a rate of 0.05, until they no longer predict better the fifth of the customers that is held out',
             'Friedman 2001, Chen & Guestrin 2016'),
            ('net', 'svm', 'linear support vector machine', 'customers within the margin, or on its wrong side, cost the square of how far, at a cost of 1, and decisions are scaled to probabilities',
             'Keerthi & DeCoste 2005, Platt 1999'),
            ('net', 'mlp', 'neural net', 'one hidden layer of 8 units', 'Bishop 2006')) AS l (kind, name, title, meaning, source)
        JOIN (VALUES
            ('tree', 'numbers that are NULL go where they are predicted best, levels with fewer than 30 customers together',
             'fewer than 10 customers or than two leaves need, one response of all, or the same attributes of all', 'trees'),
            ('net', 'a number among the attributes that is NULL, and other attributes in other rows, are errors (22023)',
             'fewer than 10 customers, one response of all, or an attribute that has one value', 'parameters')) AS kind (kind, unknown, too_little, parts)
            ON kind.kind = l.kind
        JOIN (VALUES ('float8', 'any number'), ('boolean', 'whether something happened, whose probability is predicted')) AS y (type, response)
            ON l.name <> 'svm' OR y.type = 'boolean' LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(fit));
    END LOOP;
END
$install$;
