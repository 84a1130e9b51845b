// Likelihoods of fits with attributes and their gradients against test/reference/attributes.py, 50 digits by mpmath.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/contracts/bdw.hpp"
#include "core/contracts/geometric.hpp"
#include "core/contracts/sbg.hpp"
#include "core/purchases/bgbb.hpp"
#include "core/purchases/orders_attributes.hpp"
#include "core/purchases/purchase_fit.hpp"
#include "core/spend/gg.hpp"
#include "core/spend/lognormal.hpp"
#include "unit/base/reference_table.hpp"
#include "unit/rows/attribute_rows.hpp"

namespace cltv {
namespace {

// The families by their numbers in the table.
enum { nbd_family, bgnbd_family, mbgnbd_family, pnbd_family, bgbb_family, gg_family, lognormal_family, sbg_family, geometric_family, bdw_family };

const PurchaseSearch &search_of(int family) {
    static const PurchaseSearch of_nbd = [] {
        PurchaseSearch search{};
        search.forms[PurchaseSearch::within] = searched<BetaGeometricTerms<GammaRates, NeverLeaves, 1>>();
        return search;
    }();
    static const PurchaseSearch others[] = {chance_search<0>(), chance_search<1>(), time_search()};
    return family == nbd_family ? of_nbd : others[family - bgnbd_family];
}

std::unique_ptr<AttributeSearch> attributes_of(int family, const FeatureSet &set) {
    switch (family) {
        case bgbb_family: return bgbb::attribute_search(set, never_stop);
        case gg_family: return gg::attribute_search(set, never_stop);
        case lognormal_family: return lognormal::attribute_search(set, never_stop);
        case sbg_family: return sbg::attribute_search(set, never_stop);
        case bdw_family: return bdw::attribute_search(set, never_stop);
        case geometric_family: return geometric::attribute_search(set, never_stop);
        default: return orders_attributes(set, search_of(family), never_stop);
    }
}

TEST(AttributeReference, LikelihoodsAndGradientsHave12Digits) {
    enum { family, point = 1, effects = 5, customers = 7, value = 19, slopes = 20, columns = 26 };
    WorstError likelihood("log-likelihood with attributes"), gradient("its gradient, by its largest part");
    for (const ReferenceRow &row : reference_table("attributes", columns, 100)) {
        const int number_of_family = static_cast<int>(row[family]);
        const bool orders = number_of_family <= bgbb_family;
        Shop shop;
        for (int i = 0; i < 4; ++i) {
            const double *const c = &row[static_cast<std::size_t>(customers + 3 * i)];
            const Features *const z = features({number("z", i < 2 ? -1 : 1)});
            if (orders)
                shop.add({c[0], c[1], c[2]}, z, number_of_family == nbd_family ? nullptr : z);
            else if (number_of_family <= lognormal_family)
                shop.add(Targets::spend, {c[0], c[1]}, {{Role::spend, z}});
            else
                shop.add(Targets::contracts, {c[0], c[1]}, {{Role::churn, z}});
        }
        const FeatureSet &set = shop.sorted();
        const auto search = attributes_of(number_of_family, set);
        const int n = search->form(0).size, effects_here = orders && number_of_family != nbd_family ? 2 : 1;
        Eigen::VectorXd at(n + effects_here), exact(n + effects_here);
        for (int i = 0; i < n; ++i) {
            at(i) = row[static_cast<std::size_t>(point + i)];
            exact(i) = row[static_cast<std::size_t>(slopes + i)];
        }
        for (int i = 0; i < effects_here; ++i) {
            at(n + i) = row[static_cast<std::size_t>(effects + i)];
            exact(n + i) = row[static_cast<std::size_t>(slopes + 4 + i)];
        }
        const Surface<Eigen::Dynamic> here = attribute_surface(set, *search, 0, at, never_stop);
        likelihood.add(here.value, row[value], row);
        const double largest = exact.cwiseAbs().maxCoeff();
        for (int i = 0; i < n + effects_here; ++i) gradient.add(1 + (here.gradient(i) - exact(i)) / largest, 1, row);
    }
    likelihood.expect_below(1e-12);
    gradient.expect_below(1e-12);
}

}  // namespace
}  // namespace cltv
