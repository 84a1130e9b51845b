-- Which offer next, to whom: bandits that look at the customer --------------------------------------------------------------------

CREATE TYPE linear_bandit AS (arms text[], models cltv_model[]);
COMMENT ON TYPE linear_bandit IS
'What is known of offers by the attributes of customers.
The arms, and of each a linear model of its reward, for bandit_choose and bandit_shares; model_params of a
model says what is believed of it.';

CREATE FUNCTION linear_bandit_base_accum(state feature_base, arm text, reward float8, x features) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_linear_bandit_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION linear_bandit_base_accum(feature_base, text, float8, features) IS
'Internal: transition function of linear_bandit_base and linear_bandit.
Adds one offer.';

CREATE AGGREGATE linear_bandit_base(arm text, reward float8, x features) (
    SFUNC = linear_bandit_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE linear_bandit_base(text, float8, features) IS
'Collects offers with their arm, reward and the customer''s attributes.
For linear_bandit; mergeable by rollup over days, shops or workers; a row with a NULL, such as a reward that
is not known yet, is skipped and counted; all rows must have the same attributes, rewards be finite: error
22023; no rows give NULL.';

CREATE FUNCTION linear_bandit(base feature_base) RETURNS linear_bandit
AS 'MODULE_PATHNAME', 'cltv_linear_bandit' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION linear_bandit(feature_base) IS
'Fits a linear model of the reward of each arm by the customer''s attributes.
From a linear_bandit_base: normal posteriors, whose slopes, of attributes in standard deviations, are 0 and
whose intercept is the mean reward of all arms before a reward is seen, each known as well as one reward
tells; the variance is the arm''s own, held by one reward of all; while all customers have the same value of
an attribute nothing is learnt, with a WARNING; another feature_base: error 22023; NULL or no rows: NULL.
Agrawal & Goyal 2013.';

CREATE FUNCTION linear_bandit_final(state feature_base) RETURNS linear_bandit
AS 'MODULE_PATHNAME', 'cltv_linear_bandit' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION linear_bandit_final(feature_base) IS
'Internal: final function of linear_bandit.';

CREATE AGGREGATE linear_bandit(arm text, reward float8, x features) (
    SFUNC = linear_bandit_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = linear_bandit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE linear_bandit(text, float8, features) IS
'Fits a linear model of the reward of each arm, straight from offers.
linear_bandit(linear_bandit_base(arm, reward, x)).';

CREATE FUNCTION bandit_choose(bandit linear_bandit, x features, seed bigint) RETURNS text
AS 'MODULE_PATHNAME', 'cltv_linear_bandit_choose' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION bandit_choose(linear_bandit, features, bigint) IS
'Chooses the arm to offer next to a customer with attributes, by Thompson sampling.
Each is chosen as often as it is probably the best for them; the same for the same bandit, attributes and
seed, so give each offer a seed of its own; x has the attributes of the bandit by name, and may have more,
else error 22023; a number that is NULL, another NULL or no arms: NULL. Thompson 1933, Agrawal & Goyal 2013.';

CREATE FUNCTION bandit_shares(bandit linear_bandit, x features, OUT arm text, OUT trials float8, OUT mean float8, OUT prob_best float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_linear_bandit_shares' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 5;
COMMENT ON FUNCTION bandit_shares(linear_bandit, features) IS
'Returns what is believed of each arm for a customer with attributes.
In byte order of their names: trials = rewards so far, of all customers; mean = the expected reward, NULL
where nothing is learnt; prob_best, the probability that the arm is the best for them, by quadrature: how
often bandit_choose takes it, to be logged with the choice for policy_base; otherwise as bandit_choose.';
