-- Which offer next, and what another policy would have brought -----------------------------------------------------------

CREATE AGGREGATE bandit(arm text, reward float8) (
    SFUNC = experiment_base_accum,
    STYPE = experiment_base,
    SSPACE = 1024,
    COMBINEFUNC = experiment_base_combine,
    FINALFUNC = experiment_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE bandit(text, float8) IS
'Collects rewards of offers for bandit_choose and bandit_shares.
Exact sums of the rewards of each arm (up to 1000, names of up to 63 bytes), one row per offer, in any order
and however late; the same as experiment_base(arm, reward); an arm that is NULL is left out, a reward that is
NULL (not known yet) is skipped, but makes the arm known; a reward beyond 1e100, NaN or infinite is error
22023; no rows give NULL.';

CREATE FUNCTION bandit_accum(state experiment_base, arm text, reward float8, age float8, decay float8) RETURNS experiment_base
AS 'MODULE_PATHNAME', 'cltv_bandit_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION bandit_accum(experiment_base, text, float8, float8, float8) IS
'Internal: transition function of bandit(arm, reward, age, decay).
Adds one offer.';

CREATE AGGREGATE bandit(arm text, reward float8, age float8, decay float8) (
    SFUNC = bandit_accum,
    STYPE = experiment_base,
    SSPACE = 1024,
    COMBINEFUNC = experiment_base_combine,
    FINALFUNC = experiment_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE bandit(text, float8, float8, float8) IS
'Collects rewards of offers that lose weight with age.
For rewards that change over time: a reward of so many periods ago weighs decay ^ age, with an age of 0 or
more and a decay above 0 and at most 1, such as 0.97 a day; else error 22023; a NULL is skipped.';

CREATE FUNCTION bandit_choose(bandit experiment_base, seed bigint) RETURNS text
AS 'MODULE_PATHNAME', 'cltv_bandit_choose' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION bandit_choose(experiment_base, bigint) IS
'Chooses the arm to offer next, by Thompson sampling.
Each is chosen as often as it is probably the best; the same for the same bandit and seed, so give each offer
a seed of its own, such as hashint8extended(customer_id, 20250101); of rewards 0 and 1 the mean of an arm is
drawn from a Beta posterior with a uniform prior, else from a normal one with the prior of one reward like
all; NULL gives NULL; another experiment_base: error 22023. Thompson 1933, Chapelle & Li 2011.';

CREATE FUNCTION bandit_shares(bandit experiment_base, OUT arm text, OUT trials float8, OUT mean float8, OUT prob_best float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_bandit_shares' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 5;
COMMENT ON FUNCTION bandit_shares(experiment_base) IS
'Returns what is known of each arm of a bandit.
In byte order of their names: trials = rewards so far (with decay, what they still weigh), their mean (NULL
without one), and prob_best, the probability that the arm is the best, by quadrature: how often bandit_choose
takes it, to be logged with the choice for policy_base; the work grows with the square of the arms, a tenth of
a second for a hundred; another experiment_base: error 22023; NULL gives no rows.';

DO $install$
DECLARE
    form record;
    template CONSTANT text := $template$
CREATE FUNCTION policy_base_accum(state experiment_base, reward float8, logged_prob float8, target_prob float8{argument}) RETURNS experiment_base
AS 'MODULE_PATHNAME', 'cltv_policy_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION policy_base_accum(experiment_base, float8, float8, float8{type}) IS
'Internal: transition function of policy_base{words}.
Adds one choice.';

CREATE AGGREGATE policy_base(reward float8, logged_prob float8, target_prob float8{argument}) (
    SFUNC = policy_base_accum,
    STYPE = experiment_base,
    SSPACE = 1024,
    COMBINEFUNC = experiment_base_combine,
    FINALFUNC = experiment_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE policy_base(float8, float8, float8{type}) IS
'{what}';
$template$;
BEGIN
    FOR form IN SELECT * FROM (VALUES
        ('', '', '', 'Collects logged choices with their rewards and probabilities, for policy_value.
logged_prob is how probable the choice was when it was made (above 0), target_prob how probable the same
choice for the same customer is under the policy being judged (0 to 1); sums merge exactly; a row with a NULL
is skipped; a probability out of range, or a reward or ratio beyond 1e100, is error 22023; no rows give NULL.'),
        (', model_value float8', ', float8', ' with model_value', 'Collects logged choices with the prediction of a model, for the doubly robust policy_value.
model_value is what a model predicted for the customer whatever was chosen; it reduces noise and adds no bias
where the model is wrong.'))
        AS f (argument, type, words, what) LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(form));
    END LOOP;
END
$install$;

CREATE FUNCTION policy_value(base experiment_base, level float8 DEFAULT 0.95, OUT ips float8, OUT snips float8, OUT doubly_robust float8,
                             OUT std_error float8, OUT lower float8, OUT upper float8, OUT effective_sample float8, OUT choices bigint)
AS 'MODULE_PATHNAME', 'cltv_policy_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION policy_value(experiment_base, float8) IS
'Estimates what another policy would have earned per choice.
From logged choices with their probabilities: ips = mean of reward * target_prob / logged_prob; snips = that
over the mean of the weights, which is less noisy; doubly_robust = mean of model_value + weight * (reward -
model_value), NULL without a model_value; std_error and the normal interval of that level are those of
doubly_robust where there is one, else of snips; effective_sample = square of the sum of the weights over the
sum of their squares: how many choices speak for the policy; nothing is known of choices that were never
logged; another experiment_base, a level not between 0 and 1: error 22023; NULL or no choices: NULL. Horvitz &
Thompson 1952, Dudik, Langford & Li 2011.';
