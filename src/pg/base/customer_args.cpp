#include <cmath>

#include "pg/base/customer_args.hpp"

namespace cltv::pg {
namespace {

// The shortest digits that distinguish the number from every other.
const char *shown(double value) {
    return float8out_internal(value);
}

void check_finite(const char *argument, double value) {
    if (!std::isfinite(value))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%s must be a finite number, not %s", argument, shown(value)),
                        errhint("Leave such customers out with WHERE or FILTER, or give NULL for what is unknown.")));
}

[[noreturn]] void raise_negative_frequency(const char *frequency) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("frequency %s is negative", frequency),
                    errdetail("Frequency is the number of repeat purchases: purchases less the first one."),
                    errhint("Leave out customers who never purchased.")));
    pg_unreachable();
}

[[noreturn]] void raise_large_frequency(const char *frequency) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("frequency %s is too large", frequency),
                    errdetail("Frequency is the number of repeat purchases, at most 2^53."),
                    errhint("Check that frequency is a count, not an amount or a time.")));
    pg_unreachable();
}

}  // namespace

void raise_bad_frequency(double frequency) {
    check_finite("frequency", frequency);
    if (frequency < 0) raise_negative_frequency(shown(frequency));
    if (frequency > largest_frequency) raise_large_frequency(shown(frequency));
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("frequency %s is not a whole number", shown(frequency)),
                    errdetail("Frequency is the number of repeat purchases."),
                    errhint("Give the count of repeat purchases, not a rate or a mean.")));
    pg_unreachable();
}

void raise_bad_frequency(int64 frequency) {
    const char *digits = psprintf(INT64_FORMAT, frequency);
    if (frequency < 0) raise_negative_frequency(digits);
    raise_large_frequency(digits);
}

void raise_bad_customer(double frequency, double recency, double tenure) {
    check_finite("recency", recency);
    check_finite("tenure", tenure);
    if (tenure < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("tenure %s is negative", shown(tenure)),
                        errdetail("Tenure is the time from the first purchase to the observation date."),
                        errhint("Leave out customers whose first purchase is after the observation date.")));
    if (recency < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("recency %s is negative", shown(recency)),
                        errdetail("Recency is the time from the first to the last purchase."),
                        errhint("Subtract the first purchase from the last one.")));
    if (recency > tenure)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("recency %s is above tenure %s", shown(recency), shown(tenure)),
                        errdetail("Recency is the time from the first to the last purchase, tenure the time from the "
                                  "first purchase to the observation date."),
                        errhint("Leave out orders after the observation date, and check that recency is not the time "
                                "since the last purchase and that both times have one unit.")));
    if (frequency > 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("recency is 0 for a customer with frequency %s", shown(frequency)),
                        errdetail("A repeat purchase lies after the first one, so that recency is above 0."),
                        errhint("Count the orders of one day as one purchase, as purchase_history() does.")));
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("recency is %s for a customer with frequency 0", shown(recency)),
                    errdetail("Without a repeat purchase the first purchase is the last one, and recency is 0."),
                    errhint("Check that recency is the time from the first to the last purchase, not since the last "
                            "one, and that frequency counts repeat purchases.")));
    pg_unreachable();
}

void raise_not_discrete(const Customer &customer) {
    const auto raise_fraction = [](const char *what, double value) {
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%s %s is not a whole number", what, shown(value)),
                        errdetail("This model counts time in opportunities to purchase: recency is the number of the "
                                  "last opportunity with a purchase, tenure the number of opportunities so far."),
                        errhint("Count opportunities, such as the months or the events since the customer was won.")));
    };
    if (customer.recency != std::trunc(customer.recency)) raise_fraction("recency", customer.recency);
    if (customer.tenure != std::trunc(customer.tenure)) raise_fraction("number of opportunities", customer.tenure);
    if (customer.frequency > customer.recency)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("frequency %s is above recency %s", shown(customer.frequency), shown(customer.recency)),
                        errdetail("Frequency is the number of opportunities with a purchase, recency the number of the "
                                  "last one of them."),
                        errhint("Count several purchases at one opportunity as one.")));
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("number of opportunities %s is too large", shown(customer.tenure)),
                    errdetail("A customer has at most %.0f opportunities.", max_opportunities),
                    errhint("Count longer opportunities, or use a model of continuous time such as BG/NBD.")));
    pg_unreachable();
}

void raise_bad_spend(const char *argument, double value) {
    check_finite(argument, value);
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s %s is negative", argument, shown(value)),
                    errdetail("Monetary value is the mean spend per repeat purchase, first value the spend on the first."),
                    errhint("Leave refunds out, as purchase_history() does. Of amounts that are negative as such, like "
                            "profits, own_fit makes a model.")));
    pg_unreachable();
}

void raise_bad_weight(double weight) {
    check_finite("weight", weight);
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("weight %s is out of range", shown(weight)),
                    errdetail("Weight is the number of customers that a row stands for, from 0 to 2^53."),
                    errhint("Give 1 for a customer who stands for nobody else, or use the form without weights.")));
    pg_unreachable();
}

}  // namespace cltv::pg
