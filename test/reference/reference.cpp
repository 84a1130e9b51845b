// Computes the reference values of the unit tests, in 50 digits, by integrating over the customers' hidden traits: the
// definitions of the models, none of the closed forms and series of src/core.
//
//   reference TABLE [PART PARTS]     writes test/reference/TABLE.tsv, or such a part of its rows, to standard output
//
// Inputs are doubles, written so that they read back exactly; results are rounded to 17 digits, 0 below 1e-307.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "table.hpp"

int main(int argc, char **argv) {
    using namespace reference;
    const struct {
        const char *name;
        void (*write)(Part);
    } tables[] = {
        {"hyp2f1", hyp2f1_table},
        {"bgnbd", [](Part part) { bgnbd_table(false, part); }},
        {"mbgnbd", [](Part part) { bgnbd_table(true, part); }},
        {"discounted", [](Part part) { discounted_table(false, part); }},
        {"mbgnbd_discounted", [](Part part) { discounted_table(true, part); }},
        {"pnbd", pnbd_table},
        {"calendar", calendar_table},
        {"calendar_dropout", calendar_dropout_table},
        {"limits", limits_table},
        {"bgbb", bgbb_table},
        {"bgbb_limits", bgbb_limits_table},
        {"sbg", sbg_table},
        {"geometric", geometric_table},
        {"gg", gg_table},
        {"gg_limits", gg_limits_table},
        {"lognormal", lognormal_table},
        {"own", own_table},
    };
    const Part part = argc == 4 ? Part{std::atoi(argv[2]), std::atoi(argv[3])} : Part{0, 1};
    if (argc == 2 || (argc == 4 && part.parts > 0 && part.part >= 0 && part.part < part.parts))
        for (const auto &table : tables)
            if (std::strcmp(argv[1], table.name) == 0) return table.write(part), 0;
    std::fprintf(stderr, "usage: reference TABLE [PART PARTS], where TABLE is one of");
    for (const auto &table : tables) std::fprintf(stderr, " %s", table.name);
    std::fprintf(stderr, "\n");
    return 2;
}
