// The SQL type confusion_matrix, of fixed length, and the aggregate classification_metrics, whose state it is.
#include "core/validation/confusion_matrix.hpp"

#include <cmath>
#include <cstring>

#include "pg/base/aggregate.hpp"
#include "pg/base/binary.hpp"
#include "pg/base/customer_args.hpp"
#include "pg/base/result.hpp"
#include "pg/base/scan.hpp"
#include "pg/rows/score_base.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

struct StoredMatrix {
    uint32 version;
    uint32 reserved;  // 0
    ConfusionMatrix counts;
};

constexpr char type_name[] = "confusion_matrix";
constexpr uint32 current_version = 1;

struct Count {
    const char *name;
    double ConfusionMatrix::*count;
};

constexpr Count all_counts[] = {{"true_positives", &ConfusionMatrix::true_positives},
                                {"false_positives", &ConfusionMatrix::false_positives},
                                {"true_negatives", &ConfusionMatrix::true_negatives},
                                {"false_negatives", &ConfusionMatrix::false_negatives}};

bool is_number_of_rows(int64 rows) { return rows >= 0 && rows <= static_cast<int64>(largest_frequency); }

StoredMatrix *new_matrix() {
    auto *matrix = static_cast<StoredMatrix *>(palloc0(sizeof(StoredMatrix)));
    matrix->version = current_version;
    return matrix;
}

StoredMatrix *matrix_argument(FunctionCallInfo fcinfo, int number) {
    return reinterpret_cast<StoredMatrix *>(PG_GETARG_POINTER(number));
}

Datum accumulate(FunctionCallInfo fcinfo, double threshold) {
    if (PG_ARGISNULL(1) || PG_ARGISNULL(2)) return state_as_it_was(fcinfo);
    StoredMatrix *state = PG_ARGISNULL(0) ? new_matrix() : matrix_argument(fcinfo, 0);
    state->counts.add(PG_GETARG_BOOL(1), checked_finite("score", PG_GETARG_FLOAT8(2)) >= threshold);
    PG_RETURN_POINTER(state);
}

}  // namespace

// (state, label, score)
CLTV_FUNCTION(cltv_confusion_matrix_accum) {
    check_in_aggregate(fcinfo);
    return accumulate(fcinfo, 0.5);
}

// (state, label, score, threshold)
CLTV_FUNCTION(cltv_confusion_matrix_accum_threshold) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(3)) return state_as_it_was(fcinfo);
    return accumulate(fcinfo, checked_finite("threshold", PG_GETARG_FLOAT8(3)));
}

CLTV_FUNCTION(cltv_confusion_matrix_combine) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1)) return state_as_it_was(fcinfo);
    const StoredMatrix *source = matrix_argument(fcinfo, 1);
    if (PG_ARGISNULL(0)) PG_RETURN_POINTER(source);
    StoredMatrix *state = matrix_argument(fcinfo, 0);
    for (const Count &each : all_counts) {
        const int64 sum =
            static_cast<int64>(state->counts.*each.count) + static_cast<int64>(source->counts.*each.count);
        if (unlikely(!is_number_of_rows(sum)))
            ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("too many rows for one %s", type_name),
                            errdetail("A value counts at most 2^53 rows of a kind.")));
        state->counts.*each.count = static_cast<double>(sum);
    }
    PG_RETURN_POINTER(state);
}

CLTV_FUNCTION(cltv_classification_metrics_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const ConfusionMatrix &counts = matrix_argument(fcinfo, 0)->counts;
    if (std::isnan(counts.accuracy())) PG_RETURN_NULL();
    return row_or_error(fcinfo, {number(counts.accuracy()), number(counts.precision()), number(counts.recall()),
                                 number(counts.f1()), count(counts.true_positives), count(counts.false_positives),
                                 count(counts.true_negatives), count(counts.false_negatives)});
}

CLTV_FUNCTION(cltv_confusion_matrix_out) {
    const StoredMatrix *matrix = matrix_argument(fcinfo, 0);
    StringInfoData out;
    initStringInfo(&out);
    const char *separator = "{";
    for (const Count &each : all_counts) {
        appendStringInfo(&out, "%s\"%s\":%lld", separator, each.name,
                         static_cast<long long>(matrix->counts.*each.count));
        separator = ",";
    }
    appendStringInfoChar(&out, '}');
    PG_RETURN_CSTRING(out.data);
}

CLTV_FUNCTION(cltv_confusion_matrix_in) {
    Scanner scan(PG_GETARG_CSTRING(0), type_name);
    StoredMatrix *matrix = new_matrix();
    const char *separator = "{";
    for (const Count &each : all_counts) {
        scan.expect(separator);
        scan.key(each.name);
        const int64 rows = scan.integer();
        if (!is_number_of_rows(rows)) scan.fail("A number of rows is negative or above 2^53.");
        matrix->counts.*each.count = static_cast<double>(rows);
        separator = ",";
    }
    scan.expect("}");
    scan.end();
    PG_RETURN_POINTER(matrix);
}

// Version and the four counts.
CLTV_FUNCTION(cltv_confusion_matrix_send) {
    const StoredMatrix *matrix = matrix_argument(fcinfo, 0);
    StringInfoData out;
    pq_begintypsend(&out);
    pq_sendint16(&out, matrix->version);
    for (const Count &each : all_counts) pq_sendint64(&out, static_cast<int64>(matrix->counts.*each.count));
    PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

CLTV_FUNCTION(cltv_confusion_matrix_recv) {
    const auto check = [](bool good, const char *detail) { check_binary(good, type_name, detail); };
    auto *in = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    check(in->len - in->cursor == 2 + 4 * 8, "The value does not have the length of four counts.");
    check(pq_getmsgint(in, 2) == current_version, "The version is unknown.");
    StoredMatrix *matrix = new_matrix();
    for (const Count &each : all_counts) {
        const int64 rows = pq_getmsgint64(in);
        check(is_number_of_rows(rows), "A number of rows is negative or above 2^53.");
        matrix->counts.*each.count = static_cast<double>(rows);
    }
    PG_RETURN_POINTER(matrix);
}
