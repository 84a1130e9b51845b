// Clusters of customers: kmeans_fit, hclust_fit, and what these say about one customer and about all.
#include "core/segments/hclust.hpp"
#include "core/segments/kmeans.hpp"

#include <cmath>
#include <cstring>

#include "pg/base/aggregate.hpp"
#include "pg/base/choice_argument.hpp"
#include "pg/base/fetched_value.hpp"
#include "pg/base/guard.hpp"
#include "pg/fit/attributes.hpp"
#include "pg/rows/feature_base.hpp"
#include "pg/rows/features.hpp"
#include "pg/segments/clusters.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace cltv::pg {

const char *clusters_status_text(const Clusters &clusters) {
    switch (clusters.status) {
        case ClusterStatus::of_centres: return psprintf("fitted to %u centres of k-means", clusters.n_centres);
        case ClusterStatus::constant: {
            NameBlock names(clusters.names());
            Text name = names.next();
            for (uint32 i = 0; i < clusters.column; ++i) name = names.next();
            return psprintf("constant: %s", text_of(name));
        }
        case ClusterStatus::too_few:
            return psprintf("too few distinct customers: %u for k = %u", clusters.distinct, clusters.wanted);
        default: return "fitted";
    }
}

}  // namespace cltv::pg

namespace {

[[noreturn]] void raise_setting(const char *name, const char *value, const char *wanted, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s %s is not %s", name, value, wanted), errhint("%s", hint)));
    pg_unreachable();
}

uint64 seed_argument(FunctionCallInfo fcinfo, int number) {
    const int64 seed = PG_GETARG_INT64(number);
    if (seed < 0 || seed > INT64CONST(9007199254740992))
        raise_setting("seed", psprintf(INT64_FORMAT, seed), "between 0 and 2^53", "Any number will do; a different one gives different draws.");
    return static_cast<uint64>(seed);
}

// The set, sorted; its attributes must be numbers without roles.
const FeatureSet &numbers_argument(FunctionCallInfo fcinfo, int number) {
    const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, number));
    for (int role = 0; role < n_roles; ++role)
        if (set.names_of[role].n > 0 && static_cast<Role>(role) != Role::any && static_cast<Role>(role) != Role::label)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("clusters need attributes of customers, not of %s", role_name(static_cast<Role>(role))),
                            errhint("Make the base with feature_base(features(...)).")));
    if (set.used > 0 && set.n_attributes() == 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the customers of the feature_base have no attributes"),
                        errhint("Make the base with feature_base(features(...)).")));
    return set;
}

void check_number(const FeatureSet &set, uint32 column) {
    if (set.kind(column) != FeatureKind::category) return;
    const char *const name = text_of(set.name(column));
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("attribute %s is a category, which has no distances", name),
                    errhint("Give a boolean for each level that matters, as in %s = 'one' AS is_one, or leave it out by "
                            "base - ARRAY['%s'].", name, name)));
}

ClusterRows all_rows(const FeatureSet &set) {
    std::vector<std::uint32_t> columns(set.n_attributes());
    for (std::uint32_t i = 0; i < columns.size(); ++i) columns[i] = i;
    return cluster_rows(set, columns, interrupt_pending);
}

// The names of the set's attributes as clusters store them.
struct NameBytes {
    char *data;
    Size size;
};
NameBytes names_of(const FeatureSet &set) {
    NameBytes names = {nullptr, 0};
    for (uint32 i = 0; i < set.n_attributes(); ++i) names.size += 1 + set.name(i).size;
    char *at = names.data = static_cast<char *>(palloc(names.size));
    for (uint32 i = 0; i < set.n_attributes(); ++i) {
        const Text name = set.name(i);
        *at++ = static_cast<char>(name.size);
        std::memcpy(at, name.data, name.size);
        at += name.size;
    }
    return names;
}

void warn_of_refusal(const char *function, const Clusters &clusters) {
    if (clusters.n_centres > 0) return;
    ereport(WARNING, (errmsg("%s found no clusters: %s", function, clusters_status_text(clusters)),
                      clusters.status == ClusterStatus::constant
                          ? errhint("Leave the attribute out; it does not distinguish customers.")
                          : errhint("Ask for fewer clusters, or give more customers.")));
}

// The result of fit(rows) -> FittedClusters for a base with customers.
template <class FitRows>
Datum fit_clusters(const char *function, const FeatureSet &set, FitRows &&fit) {
    for (uint32 column = 0; column < set.n_attributes(); ++column) check_number(set, column);
    const NameBytes names = names_of(set);
    Clusters *clusters = nullptr;
    bool too_large = false;
    guarded([&] {
        const FittedClusters fitted = fit(all_rows(set));
        const Size bytes = fitted.bytes(names.size);
        too_large = bytes > largest_value;
        if (too_large) return;
        clusters = static_cast<Clusters *>(palloc_extended(bytes, MCXT_ALLOC_NO_OOM));
        if (clusters == nullptr) throw std::bad_alloc();
        fitted.write(*clusters, names.data, names.size);
        SET_VARSIZE(clusters, bytes);
    });
    if (too_large)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many numbers for one value of type clusters"),
                        errdetail("A value must be smaller than 1 GB."), errhint("Leave out attributes.")));
    warn_of_refusal(function, *clusters);
    PG_RETURN_POINTER(clusters);
}

void check_match(const Clusters &match, uint32 k, const NameBytes &names) {
    if (match.is_tree())
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("match is a tree of hclust_fit, whose clusters have no places"),
                        errhint("Give the result of an earlier kmeans_fit.")));
    if (match.n_centres != k)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("match has %u clusters, and k is %u", match.n_centres, k),
                        errhint("Fit with k => %u, or leave match out, which gives labels anew.", match.n_centres)));
    if (match.names_bytes != names.size || std::memcmp(match.names(), names.data, names.size) != 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("match has other attributes than the customers"),
                        errhint("Give the attributes of the earlier fit, or leave match out, which gives labels anew.")));
}

// The number of clusters in argument `number`, if it is given: for a tree any up to the number of leaves, for k-means
// its own.
uint32 clusters_asked(FunctionCallInfo fcinfo, const Clusters &clusters, int number) {
    if (PG_NARGS() <= number) {
        if (clusters.is_tree())
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a tree of hclust_fit has no number of clusters of its own"),
                            errhint("Give it as the last argument, k.")));
        return clusters.n_centres;
    }
    const int32 k = PG_GETARG_INT32(number);
    if (clusters.n_centres == 0) return 0;
    if (!clusters.is_tree() && k != static_cast<int32>(clusters.n_centres))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("k %d is not the number of clusters of the fit, %u", k, clusters.n_centres),
                        errhint("Leave it out, or fit with it; a tree of hclust_fit is cut into any number.")));
    if (k < 1 || k > static_cast<int32>(clusters.n_centres))
        raise_setting("k", psprintf("%d", k), psprintf("between 1 and the tree's %u leaves", clusters.n_centres),
                      "It is the number of clusters that the tree is cut into.");
    return static_cast<uint32>(k);
}

// A customer's values in the clusters' attributes; false where one is unknown.
bool find_values(const Clusters &clusters, const Features &x, double *values) {
    NameBlock wanted(clusters.names()), given(x.names());
    int at = 0;
    bool known = true;
    for (uint32 i = 0; i < clusters.n_features; ++i) {
        const Text name = wanted.next();
        int order = -1;
        while (at < x.n && order < 0) {
            order = compare(given.next(), name);
            ++at;
        }
        Match match;
        match.column = name;
        match.fault = order != 0                                   ? MatchFault::missing
                      : x.kind(at - 1) == FeatureKind::category ? MatchFault::kind
                                                                : MatchFault::none;
        if (unlikely(match.fault != MatchFault::none)) raise_mismatch(Role::any, match);
        if (x.kind(at - 1) == FeatureKind::null)
            known = false;
        else
            values[i] = x.number(at - 1);
    }
    return known;
}

// The positions of the clusters' attributes in a set; raises an error where one is missing.
uint32 *columns_in(const Clusters &clusters, const FeatureSet &set) {
    uint32 *const columns = static_cast<uint32 *>(palloc((Size{clusters.n_features} + 1) * sizeof(uint32)));
    NameBlock names(clusters.names());
    for (uint32 i = 0; i < clusters.n_features; ++i) {
        Match match;
        match.column = names.next();
        match.fault = MatchFault::missing;
        uint32 column = 0;
        while (column < set.n_attributes() && !(set.name(column) == match.column)) ++column;
        if (column == set.n_attributes()) raise_mismatch(Role::any, match);
        check_number(set, column);
        columns[i] = column;
    }
    return columns;
}

struct ProfileRows {
    uint32 k, n_features;
    double *customers, *means, *z;
    const char **names;
};

}  // namespace

// (state, x [, weight])
CLTV_FUNCTION(cltv_attribute_base_accum) {
    check_in_aggregate(fcinfo);
    for (int i = 1; i < PG_NARGS(); ++i)
        if (PG_ARGISNULL(i)) return skip_customer(fcinfo, Targets::response);
    const double weight = PG_NARGS() > 2 ? checked_weight(PG_GETARG_FLOAT8(2)) : 1;
    const double target[] = {0, 0, 0};
    const RoleFeatures row = {Role::any, features_argument(fcinfo, 1)};
    return add_customers(fcinfo, Targets::response, target, &row, 1, weight);
}

// (base [, k, seed, starts, standardise, match])
CLTV_FUNCTION(cltv_kmeans_fit) {
    const bool has_settings = PG_NARGS() > 1;
    for (int i = 0; i < (has_settings ? 5 : 1); ++i)
        if (PG_ARGISNULL(i)) PG_RETURN_NULL();
    KMeans settings;
    const Clusters *match = nullptr;
    if (has_settings) {
        const int32 k = PG_GETARG_INT32(1);
        if (k < 1 || k > static_cast<int32>(most_centres))
            raise_setting("k", psprintf("%d", k), "between 1 and 1000", "It is the number of clusters; only a few can be distinguished by name.");
        settings.k = static_cast<uint32>(k);
        settings.seed = seed_argument(fcinfo, 2);
        settings.starts = PG_GETARG_INT32(3);
        if (settings.starts < 1 || settings.starts > 1000)
            raise_setting("starts", psprintf("%d", settings.starts), "between 1 and 1000", "The best of so many is taken; 10 are usual.");
        settings.standardise = PG_GETARG_BOOL(4);
        if (!PG_ARGISNULL(5)) match = clusters_argument(fcinfo, 5);
    }
    const FeatureSet &set = numbers_argument(fcinfo, 0);
    if (set.used == 0) PG_RETURN_NULL();
    // After a night on which nothing could be fitted there are no labels to keep.
    if (match != nullptr && match->n_centres == 0) match = nullptr;
    if (match != nullptr) check_match(*match, settings.k, names_of(set));
    return fit_clusters("kmeans_fit", set, [&](const ClusterRows &rows) {
        FittedClusters fitted = fit_kmeans(rows, settings, interrupt_pending);
        if (match != nullptr && !fitted.sizes.empty()) match_labels(fitted, *match);
        return fitted;
    });
}

// (base, method, standardise)
CLTV_FUNCTION(cltv_hclust_fit) {
    struct Named {
        ClusterMethod method;
    };
    static constexpr Named methods[] = {{ClusterMethod::ward}, {ClusterMethod::single}, {ClusterMethod::complete}, {ClusterMethod::average}};
    const Named &named = choice_argument(
        fcinfo, 1, methods, [](const Named &one) { return method_name(one.method); }, "method",
        "Use ward, single, complete or average.");
    const bool standardise = PG_GETARG_BOOL(2);
    const FeatureSet &set = numbers_argument(fcinfo, 0);
    if (set.used == 0) PG_RETURN_NULL();
    return fit_clusters("hclust_fit", set, [&](const ClusterRows &rows) {
        return fit_hierarchy(rows, named.method, standardise, interrupt_pending);
    });
}

CLTV_FUNCTION(cltv_clusters_status) {
    PG_RETURN_TEXT_P(cstring_to_text(clusters_status_text(*clusters_argument(fcinfo, 0))));
}

// (clusters, x [, k])
CLTV_FUNCTION(cltv_cluster) {
    const Clusters &clusters = *reinterpret_cast<const Clusters *>(value_of_rows(fcinfo, 0));
    const Features &x = *features_argument(fcinfo, 1);
    const uint32 k = clusters_asked(fcinfo, clusters, 2);
    double few[64];
    double *const values = clusters.n_features <= lengthof(few) ? few : static_cast<double *>(palloc(clusters.n_features * sizeof(double)));
    if (!find_values(clusters, x, values) || clusters.n_centres == 0) PG_RETURN_NULL();
    const uint32 centre = nearest_centre(clusters, values);
    if (!clusters.is_tree()) PG_RETURN_INT32(static_cast<int32>(centre) + 1);
    uint32 place = 0;
    guarded([&] { place = cluster_of_leaf(clusters, centre, k); });
    PG_RETURN_INT32(static_cast<int32>(place) + 1);
}

// (clusters [, k])
CLTV_FUNCTION(cltv_cluster_profile) {
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        const Clusters &clusters = *clusters_argument(fcinfo, 0);
        const uint32 k = clusters_asked(fcinfo, clusters, 1), p = clusters.n_features;
        ProfileRows *const rows = static_cast<ProfileRows *>(palloc0(sizeof(ProfileRows)));
        rows->k = k;
        rows->n_features = p;
        rows->customers = static_cast<double *>(palloc((Size{k} + 1) * sizeof(double)));
        rows->means = static_cast<double *>(MemoryContextAllocHuge(CurrentMemoryContext, (Size{k} * p + 1) * sizeof(double)));
        rows->z = static_cast<double *>(MemoryContextAllocHuge(CurrentMemoryContext, (Size{k} * p + 1) * sizeof(double)));
        rows->names = static_cast<const char **>(palloc(Size{p} * sizeof(char *)));
        NameBlock names(clusters.names());
        for (uint32 j = 0; j < p; ++j) rows->names[j] = text_of(names.next());
        if (k > 0)
            guarded([&] {
                const ClusterSums sums = sums_of(clusters, k);
                std::copy(sums.customers.begin(), sums.customers.end(), rows->customers);
                std::copy(sums.means.begin(), sums.means.end(), rows->means);
            });
        for (Size i = 0; i < Size{k} * p; ++i)
            rows->z[i] = (rows->means[i] - clusters.means()[i % p]) / clusters.deviations()[i % p];
        context->max_calls = uint64{k} * p;
        context->user_fctx = rows;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const ProfileRows &rows = *static_cast<const ProfileRows *>(context->user_fctx);
    const uint64 i = context->call_cntr;
    Datum columns[] = {Int32GetDatum(static_cast<int32>(i / rows.n_features) + 1), Float8GetDatum(rows.customers[i / rows.n_features]),
                       PointerGetDatum(cstring_to_text(rows.names[i % rows.n_features])), Float8GetDatum(rows.means[i]),
                       Float8GetDatum(rows.z[i])};
    bool nulls[lengthof(columns)] = {};
    nulls[4] = !std::isfinite(rows.z[i]);
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}

// (clusters, base [, k])
CLTV_FUNCTION(cltv_silhouette) {
    const Clusters &clusters = *clusters_argument(fcinfo, 0);
    const uint32 k = clusters_asked(fcinfo, clusters, 2);
    const FeatureSet &set = numbers_argument(fcinfo, 1);
    if (clusters.n_centres == 0 || set.used == 0) PG_RETURN_NULL();
    const uint32 *const columns = columns_in(clusters, set);
    double width = 0;
    guarded([&] {
        ClusterRows rows =
            cluster_rows(set, std::vector<std::uint32_t>(columns, columns + clusters.n_features), interrupt_pending);
        std::vector<std::uint32_t> of_leaf;
        if (clusters.is_tree()) of_leaf = cut(clusters, k);
        std::vector<std::uint32_t> labels(rows.n);
        for (std::size_t i = 0; i < rows.n; ++i) {
            if ((i & 0xFF) == 0) poll(interrupt_pending);
            const std::uint32_t centre = nearest_centre(clusters, rows.row(i));
            labels[i] = of_leaf.empty() ? centre : of_leaf[centre];
        }
        for (std::size_t i = 0; i < rows.n; ++i)
            for (std::size_t j = 0; j < rows.p; ++j)
                rows.values[i * rows.p + j] = (rows.values[i * rows.p + j] - clusters.means()[j]) / clusters.scale(static_cast<std::uint32_t>(j));
        width = silhouette(rows.values, rows.counts, rows.p, labels, k, interrupt_pending);
    });
    if (std::isnan(width)) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(width);
}

// (base, max_k, seed, standardise)
CLTV_FUNCTION(cltv_kmeans_choose) {
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        const int32 most = PG_GETARG_INT32(1);
        if (most < 1 || most > 100)
            raise_setting("max_k", psprintf("%d", most), "between 1 and 100", "It is the largest number of clusters that is tried.");
        KMeans settings;
        settings.seed = seed_argument(fcinfo, 2);
        settings.standardise = PG_GETARG_BOOL(3);
        const FeatureSet &set = numbers_argument(fcinfo, 0);
        for (uint32 column = 0; column < set.n_attributes(); ++column) check_number(set, column);
        ClusterChoice *const choices = static_cast<ClusterChoice *>(palloc(static_cast<Size>(most) * sizeof(ClusterChoice)));
        uint64 n = 0;
        int constant = -1;
        guarded([&] {
            const ClusterRows rows = all_rows(set);
            if (settings.standardise && rows.n > 0) constant = scaling_of(rows, interrupt_pending).constant;
            const std::vector<ClusterChoice> all = choose_k(rows, static_cast<std::uint32_t>(most), settings, interrupt_pending);
            std::copy(all.begin(), all.end(), choices);
            n = all.size();
        });
        if (constant >= 0)
            ereport(WARNING, (errmsg("kmeans_choose found no clusters: constant: %s", text_of(set.name(static_cast<uint32>(constant)))),
                              errhint("Leave the attribute out; it does not distinguish customers.")));
        context->max_calls = n;
        context->user_fctx = choices;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const ClusterChoice &choice = static_cast<const ClusterChoice *>(context->user_fctx)[context->call_cntr];
    Datum columns[] = {Int32GetDatum(static_cast<int32>(choice.k)), Float8GetDatum(choice.within), Float8GetDatum(choice.silhouette)};
    bool nulls[] = {false, false, std::isnan(choice.silhouette)};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
