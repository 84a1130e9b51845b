#include "core/families.hpp"

#include <cstring>

namespace cltv {

namespace {
#define CLTV_ADDRESS(name) &name::family,
const Family *const families[] = {CLTV_FAMILIES(CLTV_ADDRESS)};
#undef CLTV_ADDRESS
}  // namespace

View<const Family *> all_families() { return view_of(families); }

const Family *find_family(Kind kind) {
    for (const Family *family : families)
        if (family->kind == kind) return family;
    return nullptr;
}

const Family *find_family(const char *name) {
    for (const Family *family : families)
        if (std::strcmp(family->name, name) == 0) return family;
    return nullptr;
}

}  // namespace cltv
