// Missing numbers are replaced by their means, with a column beside them that says so.
#include <algorithm>
#include <vector>

#include "core/rows/feature_means.hpp"
#include "pg/base/guard.hpp"
#include "pg/rows/feature_base.hpp"
#include "pg/rows/features.hpp"

using namespace cltv;
using namespace cltv::pg;

// (base)
CLTV_FUNCTION(cltv_feature_means) {
    const FeatureSet &set = *sorted_set(feature_set_argument(fcinfo, 0));
    FeatureMean *const means = static_cast<FeatureMean *>(palloc((set.n_columns + 1) * sizeof(FeatureMean)));
    int n = 0;
    guarded([&] {
        for (const FeatureMean &mean : means_of_missing(set, interrupt_pending)) means[n++] = mean;
    });
    NamedPlace *const places = static_cast<NamedPlace *>(palloc((n + 1) * sizeof(NamedPlace)));
    FeatureValue *const values = static_cast<FeatureValue *>(palloc((n + 1) * sizeof(FeatureValue)));
    int used = 0;
    for (int i = 0; i < n; ++i) {
        // An attribute that acts on purchases and on dropout occurs twice.
        const Text name = set.name(means[i].column);
        if (std::any_of(places, places + used, [&](const NamedPlace &place) { return place.name == name; })) continue;
        places[used] = {name, used};
        values[used++] = {FeatureKind::number, means[i].mean, {}};
    }
    if (used == 0) PG_RETURN_NULL();
    sort_names(places, used);
    PG_RETURN_POINTER(features_of(places, used, values));
}

// (x, means)
CLTV_FUNCTION(cltv_fill_missing) {
    static const char suffix[] = "_missing";
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const Features &x = *features_argument(fcinfo, 0);
    if (PG_ARGISNULL(1)) PG_RETURN_POINTER(&x);
    const Features &means = *features_argument(fcinfo, 1);
    const int most = x.n + means.n;
    NamedPlace *const places = static_cast<NamedPlace *>(palloc((most + 1) * sizeof(NamedPlace)));
    FeatureValue *const values = static_cast<FeatureValue *>(palloc((most + 1) * sizeof(FeatureValue)));
    NameBlock names(x.names()), filled(means.names());
    int n = 0, at = 0;
    Text filled_name = means.n > 0 ? filled.next() : Text{};
    for (int i = 0; i < x.n; ++i) {
        const Text name = names.next();
        FeatureValue value = x.value(i);
        if (at < means.n && filled_name == name) {
            const bool is_missing = value.kind == FeatureKind::null;
            if (unlikely(means.kind(at) != FeatureKind::number || value.kind == FeatureKind::category))
                raise_bad_attributes(psprintf("attribute %s is not a number", text_of(name)), "A mean is that of numbers.",
                                     "Take the means of feature_means(base), of attributes built with the same expression.");
            if (is_missing) value = means.value(at);
            char *const says = static_cast<char *>(palloc(name.size + sizeof suffix));
            std::memcpy(says, name.data, name.size);
            std::memcpy(says + name.size, suffix, sizeof suffix);
            places[n] = {{says, name.size + sizeof suffix - 1}, n};
            values[n++] = {FeatureKind::number, is_missing ? 1.0 : 0.0, {}};
            if (++at < means.n) filled_name = filled.next();
        }
        places[n] = {name, n};
        values[n++] = value;
    }
    if (unlikely(at < means.n))
        raise_bad_attributes(psprintf("attribute %s of the means is not among those that are given", text_of(filled_name)), nullptr,
                             "Give the attributes of feature_means by their names, and NULL for what is unknown.");
    sort_names(places, n);
    PG_RETURN_POINTER(features_of(places, n, values));
}
