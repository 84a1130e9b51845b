// The registry of model families, as SQL sees it.
#include "core/fit/family.hpp"
#include "pg/base/postgres.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

// The texts of the chosen elements of a list.
template <class T>
Datum text_array(const View<T> &list, const char *(*text)(const T &), bool (*chosen)(const T &) = nullptr) {
    Datum *texts = static_cast<Datum *>(palloc(list.size * sizeof(Datum)));
    int n = 0;
    for (const T &one : list)
        if (chosen == nullptr || chosen(one)) texts[n++] = CStringGetTextDatum(text(one));
    return PointerGetDatum(construct_array(texts, n, TEXTOID, -1, false, TYPALIGN_INT));
}

Datum text_or_null(const char *text) { return text == nullptr ? Datum{0} : CStringGetTextDatum(text); }

const char *limit_of(const Form &form) { return form.limit; }
const char *name_of(const Parameter &parameter) { return parameter.name; }
const char *name_of_role(const Role &role) { return role_name(role); }
bool is_positive(const Parameter &parameter) { return parameter.domain != Domain::real; }
bool is_share(const Parameter &parameter) { return parameter.domain == Domain::share; }

const char *topic_of(const Family &family) {
    return family.orders != nullptr ? "orders" : family.spend != nullptr ? "spend" : "contract";
}

// What the family's times count, or which amounts it takes.
const char *unit_of(const Family &family) {
    if (family.orders != nullptr) return family.orders->discrete ? "opportunities" : "days";
    if (family.spend != nullptr) return family.spend->any_sign ? "amounts" : "positive amounts";
    return "periods";
}

}  // namespace

// One row per family: name, title, topic, unit, parameters, positive, shares, limits, has_prior, attributes,
// has_calendar, has_pool, is_compared, meaning, source.
CLTV_FUNCTION(cltv_families) {
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        context->max_calls = all_families().size;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);

    const Family &family = *all_families()[context->call_cntr];
    Datum columns[15] = {CStringGetTextDatum(family.name),
                         CStringGetTextDatum(family.title),
                         CStringGetTextDatum(topic_of(family)),
                         CStringGetTextDatum(unit_of(family)),
                         text_array(family.parameters, name_of),
                         text_array(family.parameters, name_of, is_positive),
                         text_array(family.parameters, name_of, is_share),
                         text_array(family.limits, limit_of),
                         BoolGetDatum(family.has_prior),
                         text_array(family.attributes, name_of_role),
                         BoolGetDatum(family.fit_calendar != nullptr),
                         BoolGetDatum(family.pool_orders != nullptr || family.pool_spend != nullptr),
                         BoolGetDatum(family.is_compared()),
                         text_or_null(family.meaning),
                         text_or_null(family.source)};
    bool nulls[15] = {};
    nulls[13] = family.meaning == nullptr;
    nulls[14] = family.source == nullptr;
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
