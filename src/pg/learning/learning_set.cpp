#include "pg/learning/learning_set.hpp"

#include <cmath>

#include "pg/fit/attributes.hpp"
#include "pg/rows/feature_base.hpp"

namespace cltv::pg {

namespace {

[[noreturn]] void raise_response(const Family &family, double y, const char *detail, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("%s_fit does not take y %s", family.name, float8out_internal(y)), errdetail("%s", detail),
                    errhint("%s", hint)));
    pg_unreachable();
}

void check_responses(const Family &family, const FeatureSet &set, Asks asks) {
    for (uint32 i = 0; i < set.used; ++i) {
        const double y = set.rows()[i].target[0];
        switch (asks) {
            case Asks::nothing: break;
            case Asks::yes_or_no:
                if (y != 0 && y != 1)
                    raise_response(family, y, "The response is whether something happened.", "Give a boolean, or 1 and 0.");
                break;
            case Asks::counts:
                if (!(y >= 0 && y == std::floor(y)))
                    raise_response(family, y, "The response is how often something happened, a whole number from 0 up.",
                                   "For amounts use gamma_fit, or tweedie_fit or ziln_fit where some are 0.");
                break;
            case Asks::amounts:
                if (!(y >= 0))
                    raise_response(family, y, "Amounts are 0 or above.", "Write greatest(y, 0), or use linear_fit.");
                break;
            case Asks::positive_amounts:
                if (!(y > 0))
                    raise_response(
                        family, y, "Amounts under a gamma distribution are above 0.",
                        "Leave other rows out with WHERE or FILTER, or use tweedie_fit or ziln_fit, where some are 0.");
                break;
        }
    }
}

}  // namespace

void raise_setting(const char *name, const char *value, const char *wanted, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s %s is not %s", name, value, wanted), errhint("%s", hint)));
    pg_unreachable();
}

uint64 checked_seed(int64 seed) {
    if (seed < 0 || seed > INT64CONST(9007199254740992))
        raise_setting("seed", psprintf(INT64_FORMAT, seed), "between 0 and 2^53", "Any number will do; a different one gives different draws.");
    return static_cast<uint64>(seed);
}

void check_no_offsets(const FeatureSet &set, const char *what) {
    for (uint32 i = 0; i < set.used; ++i)
        if (set.rows()[i].target[1] != 0)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s takes no offset", what),
                            errdetail("The base has the offset %s.", float8out_internal(set.rows()[i].target[1])),
                            errhint("Make the base without, or fit with boost_fit under another objective.")));
}

const FeatureSet &checked_set(FunctionCallInfo fcinfo, const Family &family, Asks asks) {
    const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, 0));
    check_features(family, set);
    if (set.used > 0 && set.n_attributes() == 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("the customers of the feature_base have no attributes"),
                        errhint("Make the base with response_feature_base(y, features(...)).")));
    check_responses(family, set, asks);
    return set;
}

}  // namespace cltv::pg
