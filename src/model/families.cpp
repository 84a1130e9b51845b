// The list of model families: the one place, besides the Makefile, that a new family adds a line to.
#include <cstring>

#include "model/bgbb.hpp"
#include "model/bgnbd.hpp"
#include "model/family.hpp"
#include "model/gg.hpp"
#include "model/mbgnbd.hpp"
#include "model/pnbd.hpp"
#include "model/sbg.hpp"

namespace cltv {

namespace {
const Family *const families[] = {&bgnbd::family, &mbgnbd::family, &pnbd::family,
                                  &bgbb::family,  &gg::family,     &sbg::family};
}

View<const Family *const> all_families() { return {families, sizeof families / sizeof *families}; }

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
