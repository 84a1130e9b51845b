// Do the fits with attributes find what was put in? Prints the table of docs/purchases/attributes.md.
//
//   attributes [SHOPS]      default: 100 of each family; takes minutes

#include <cstdio>
#include <cstdlib>

#include "unit/fit/attribute_shops.hpp"

int main(int argc, char **argv) {
    using namespace cltv;
    const unsigned shops = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 100;
    std::printf("| model | customers | coefficients | truth in the 95 %% interval |\n|---|---|---|---|\n");
    int within = 0, tried = 0;
    for (const Example &example : examples) {
        const Family &family = *find_family(example.name);
        const auto [here, all] = recovered(family, example, shops);
        std::printf("| %s | %d | %d | %.1f %% |\n", family.title, example.customers, all, 100.0 * here / all);
        std::fflush(stdout);
        within += here;
        tried += all;
    }
    std::printf("| all | | %d | %.1f %% |\n", tried, 100.0 * within / tried);
    return 0;
}
