
CREATE FUNCTION contract_periods(started date, ended date, as_of date, period text DEFAULT 'month',
                                 ends text DEFAULT 'exclusive', counted text DEFAULT 'started',
                                 OUT periods bigint, OUT churned boolean)
AS 'MODULE_PATHNAME', 'cltv_contract_periods' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION contract_periods(date, date, date, text, text, text) IS
'Returns the completed periods of a contract and whether it has ended by as_of.
As sbg_fit and the other models of contracts count them: period is day, week, month, quarter or year; the k-th
is over on started + k periods, at the end of a month that is too short; ended NULL or infinity: no end, and
one after as_of is none yet; ends: exclusive, ended is the first day without the contract, or inclusive, the
last day with it; counted: of a contract that ended within a period, started counts that period, for the
customer did not renew after it, completed does not, and gives NULLs where none was completed; not begun by
as_of, or NULL elsewhere: NULLs; ended before started, infinite dates and other words are errors (22023).';
