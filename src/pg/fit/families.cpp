// The registry of model families, as SQL sees it.
#include "core/fit/family.hpp"
#include "pg/base/postgres.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

template <class List, class Text>
Datum text_array(const List &list, Text &&text) {
    Datum *texts = static_cast<Datum *>(palloc(list.size * sizeof(Datum)));
    for (std::size_t i = 0; i < list.size; ++i) texts[i] = CStringGetTextDatum(text(list[i]));
    return PointerGetDatum(construct_array(texts, static_cast<int>(list.size), TEXTOID, -1, false, TYPALIGN_INT));
}

const char *topic_of(const Family &family) {
    return family.orders != nullptr ? "orders" : family.spend != nullptr ? "spend" : "contract";
}

// What its times count; spend has none.
const char *unit_of(const Family &family) {
    if (family.orders != nullptr) return family.orders->discrete ? "opportunities" : "days";
    return family.contract != nullptr ? "periods" : nullptr;
}

}  // namespace

// A row a family: name, title, topic, unit, parameters, limits.
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
    const char *const unit = unit_of(family);
    Datum columns[6] = {CStringGetTextDatum(family.name),
                        CStringGetTextDatum(family.title),
                        CStringGetTextDatum(topic_of(family)),
                        unit == nullptr ? Datum{0} : CStringGetTextDatum(unit),
                        text_array(family.parameters, [](const Parameter &parameter) { return parameter.name; }),
                        text_array(family.limits, [](const Form &form) { return form.limit; })};
    bool nulls[6] = {false, false, false, unit == nullptr, false, false};
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}
