#include "core/families.hpp"

#include <cstring>

namespace cltv {

namespace {
#define CLTV_ADDRESS(name) &name::family,
const Family *const families[] = {CLTV_FAMILIES(CLTV_ADDRESS)};
const Family *const others[] = {CLTV_SURVIVAL_FAMILIES(CLTV_ADDRESS) CLTV_LEARNING_FAMILIES(CLTV_ADDRESS)};
#undef CLTV_ADDRESS
}  // namespace

View<const Family *> all_families() { return view_of(families); }

namespace {

template <class Is>
const Family *find_family_that(Is is) {
    for (const Family *family : families)
        if (is(*family)) return family;
    for (const Family *family : others)
        if (is(*family)) return family;
    return nullptr;
}

}  // namespace

const Family *find_family(Kind kind) {
    return find_family_that([kind](const Family &family) { return family.kind == kind; });
}

const Family *find_family(const char *name) {
    return find_family_that([name](const Family &family) { return std::strcmp(family.name, name) == 0; });
}

}  // namespace cltv
