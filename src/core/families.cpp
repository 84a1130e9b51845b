// The list of model families: the one place, besides the Makefile, that a new family adds a line to.
#include <cstring>

#include "core/contracts/sbg.hpp"
#include "core/fit/family.hpp"
#include "core/purchases/bgbb.hpp"
#include "core/purchases/bgnbd.hpp"
#include "core/purchases/mbgnbd.hpp"
#include "core/purchases/nbd.hpp"
#include "core/purchases/pnbd.hpp"
#include "core/spend/gg.hpp"

namespace cltv {

namespace {
const Family *const families[] = {&bgnbd::family, &mbgnbd::family, &pnbd::family, &nbd::family,
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
