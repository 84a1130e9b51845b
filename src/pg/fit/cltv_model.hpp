// The SQL type cltv_model: one model of any family, stored flat.
#pragma once

#include "core/fit/family.hpp"
#include "core/fit/model.hpp"
#include "pg/base/postgres.hpp"

namespace cltv::pg {

// On disk and on the wire the arrays have the length that the family needs: parameters, then the covariance's lower
// triangle. Storage is plain, so that a prediction reads the datum where it lies.
struct StoredModel {
    int32 vl_len_;  // varlena header
    uint16 version;
    uint16 kind;
    uint16 status;
    int16 subject;
    int32 iterations;
    double customers;
    double log_likelihood;
    double values[FLEXIBLE_ARRAY_MEMBER];

    const double *parameters() const { return values; }
    const double *covariance() const;
    Status model_status() const { return static_cast<Status>(status); }
    bool is_usable() const { return usable(model_status()); }
};

// The model's family; an error where the kind or the version is from the future.
const Family &family_of(const StoredModel &model);

inline const double *StoredModel::covariance() const { return values + family_of(*this).n_parameters; }

StoredModel *store(const Family &family, const Fit &fit);

// The end of every fit: stores it, with a WARNING that says why where it refuses.
StoredModel *store_fit(const Family &family, const Fit &fit);

// A model from the parameters that an SQL function got as its arguments, in the family's order.
Datum given_model(const Family &family, FunctionCallInfo fcinfo);

// "converged", "runaway: alpha", ...; palloc'd where it names a parameter.
const char *status_text(const StoredModel &model);

const StoredModel *model_argument(FunctionCallInfo fcinfo, int argument);

// The same with an error where it is not of the one family, or of the class of families, that the function works for.
const StoredModel *model_argument(FunctionCallInfo fcinfo, int argument, const Family &family);
const OrdersFamily &orders_family(const StoredModel &model);
const SpendFamily &spend_family(const StoredModel &model);
const ContractFamily &contract_family(const StoredModel &model);

}  // namespace cltv::pg
