
-- Segments: what they are, what to do about them, and rules of one's own ----------------------------------------------

CREATE FUNCTION rfm_rules() RETURNS jsonb
AS 'MODULE_PATHNAME', 'cltv_rfm_rules' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION rfm_rules() IS
'Returns the default segment rules, as a start for your own.
Those of rfm_segment(float8, float8, float8) as rfm_segment(float8, float8, float8, jsonb) reads them.';

CREATE FUNCTION rfm_segment(r float8, f float8, m float8, rules jsonb) RETURNS text
AS 'MODULE_PATHNAME', 'cltv_rfm_segment_by_rules' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION rfm_segment(float8, float8, float8, jsonb) IS
'Returns the segment of recency, frequency and monetary scores by your own rules.
Scores are 1..5, and rules an array of objects: [{"segment": "VIP", "r": [4, 5], "fm": 5}, {"segment":
"Other"}]; the first rule that fits gives the name; keys r, f, m and fm (the mean of f and m, half rounded up)
are a score or a range [least, most], a key left out fits any score; rules that leave one of the 125
combinations without a segment, and what is no such array, are errors (22023); NULL gives NULL.';

-- A view keeps the functions and operators that are found when it is made: none but PostgreSQL's and this schema's own.
SET LOCAL search_path TO pg_catalog, pg_temp;
CREATE VIEW @extschema@.rfm_segments AS
SELECT playbook.rank, playbook.segment, playbook.cells, grid.codes, playbook.profile, playbook.action
FROM (VALUES
    (1::smallint, 'Champions',
     'recency 5, mean of frequency and money 4 to 5',
     'Bought lately, buy often and spend much.',
     'Loyalty programme and early access to what is new; ask for reviews and referrals. No discounts: they buy without.'),
    (2, 'Loyal Customers',
     'recency 3 to 4, mean of frequency and money 4 to 5',
     'Good customers who were here not long ago.',
     'Loyalty programme; offer what goes with their purchases and the next better product; ask for reviews.'),
    (3, 'Potential Loyalists',
     'recency 4 to 5, mean of frequency and money 2 to 3',
     'Recent customers of middling frequency and spend.',
     'Offer membership; recommend products by what they bought; give a reason for the next order.'),
    (4, 'New Customers',
     'recency 5, mean of frequency and money 1',
     'Just ordered, little so far, most of them for the first time.',
     'Welcome series and help with the first order; a gentle reason for the second order within weeks.'),
    (5, 'Promising',
     'recency 4, mean of frequency and money 1',
     'Ordered not long ago, little so far.',
     'Make the brand known: best sellers, stories, a free sample or trial.'),
    (6, 'Need Attention',
     'recency 3, mean of frequency and money 3',
     'Middling in everything, and about to turn one way or the other.',
     'Limited offer on what they bought before; bring back to mind before they go quiet.'),
    (7, 'About To Sleep',
     'recency 3, mean of frequency and money 1 to 2',
     'Of little value, and not seen for a while.',
     'Popular products at a discount, by mail that costs little; see who comes back.'),
    (8, 'At Risk',
     'recency 1 to 2, mean of frequency and money 3 to 4',
     'Ordered often or spent well once, and not seen for a long time.',
     'Win-back with a favourite product and a personal message; ask what went wrong; renew the offer once.'),
    (9, 'Can''t Lose Them',
     'recency 1 to 2, mean of frequency and money 5',
     'Among the best customers once, and not seen for a long time.',
     'Win them back in person: a call, an offer of their own, the newest of what they used to buy. Do not lose them to a competitor.'),
    (10, 'Hibernating',
     'recency 2, mean of frequency and money 1 to 2; recency 1, mean of frequency and money 2',
     'Of little value, and not seen for a long time.',
     'One cheap campaign with a good discount in the season; then only the newsletter.'),
    (11, 'Lost',
     'recency 1, mean of frequency and money 1',
     'Last in everything.',
     'Limited effort: leave out of paid campaigns; one last message, then take off the list.')
) AS playbook (rank, segment, cells, profile, action)
JOIN (
    SELECT @extschema@.rfm_segment(r::float8, f::float8, m::float8) AS segment,
           array_agg((100 * r + 10 * f + m)::smallint ORDER BY r DESC, f DESC, m DESC) AS codes
    FROM generate_series(1, 5) AS r, generate_series(1, 5) AS f, generate_series(1, 5) AS m
    GROUP BY 1
) AS grid USING (segment)
ORDER BY playbook.rank;
SET LOCAL search_path TO @extschema@, pg_temp;
GRANT SELECT ON rfm_segments TO PUBLIC;

COMMENT ON VIEW rfm_segments IS
'The playbook of segments: scores, profile and action, one row each.
Which scores, what characterises the customers, what to do about them; join it to scores by segment.';
COMMENT ON COLUMN rfm_segments.rank IS 'Display order, 1 to 11, best first.';
COMMENT ON COLUMN rfm_segments.segment IS 'Name of the segment, as rfm_segment gives it.';
COMMENT ON COLUMN rfm_segments.cells IS
'Scores of the segment in words.
Recency score, and mean of frequency and monetary scores with a half rounded up.';
COMMENT ON COLUMN rfm_segments.codes IS
'Combinations of scores of the segment, each a number of three digits r, f, m.
555 is the best customer.';
COMMENT ON COLUMN rfm_segments.profile IS 'What characterises the customers.';
COMMENT ON COLUMN rfm_segments.action IS 'What to do about them.';
