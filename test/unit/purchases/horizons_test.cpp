// Many horizons at once beside the tables of 50 digits, and beside one horizon at a time.
#include "core/purchases/horizons.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/purchases/beta_geometric_model.hpp"
#include "core/purchases/pareto_model.hpp"
#include "unit/base/reference_table.hpp"

namespace cltv {
namespace {

const OrdersFamily &bgnbd = BetaGeometricModel<GammaRates, BetaChances, 0>::orders;
const OrdersFamily &mbgnbd = BetaGeometricModel<GammaRates, BetaChances, 1>::orders;
const OrdersFamily &pnbd = ParetoModel<GammaRates, GammaRates>::orders;
const OrdersFamily &nbd = BetaGeometricModel<GammaRates, NeverLeaves, 0>::orders;

std::vector<double> expected_at(const OrdersFamily &orders, const double *p, const Customer &c, const std::vector<double> &horizons) {
    std::vector<double> expected(horizons.size(), -1);
    expected_purchases_at(orders, p, c, {horizons.data(), horizons.size()}, expected.data());
    return expected;
}

// The horizon of the table between others, none of which may matter.
void expect_reference_at(const OrdersFamily &orders, const char *table, double bound) {
    const std::vector<std::string> columns = reference_columns(table);
    const std::size_t place =
        static_cast<std::size_t>(std::find(columns.begin(), columns.end(), "expected_purchases") - columns.begin());
    WorstError error("expected_purchases");
    for (const ReferenceRow &row : reference_table(table, columns.size())) {
        const double h = row[7];
        const std::vector<double> several = expected_at(orders, row.data(), {row[4], row[5], row[6]}, {h, h / 3, h / 50, 2 * h, h, 0});
        EXPECT_EQ(several[0], several[4]);
        EXPECT_EQ(several[0], expected_at(orders, row.data(), {row[4], row[5], row[6]}, {h})[0]);
        EXPECT_EQ(several[5], 0);
        error.add(several[0], row[place], row);
    }
    error.expect_below(bound);
}

TEST(Horizons, AgreeWithTheReference) {
    expect_reference_at(bgnbd, "bgnbd", 1e-11);
    expect_reference_at(mbgnbd, "mbgnbd", 1e-11);
    expect_reference_at(pnbd, "pnbd", 1e-11);
}

TEST(Horizons, AreWhatOneAfterTheOtherIs) {
    const double infinity = std::numeric_limits<double>::infinity();
    std::vector<double> horizons;
    for (int week = 0; week <= 530; ++week) horizons.push_back(7 * week);
    horizons.push_back(infinity);
    const double near_one[] = {1, 36, 1, 2.5}, usual[] = {0.25, 36, 0.8, 2.5}, few_leave[] = {2, 20, 0.01, 4};
    for (const OrdersFamily *orders : {&bgnbd, &mbgnbd, &pnbd, &nbd})
        for (const double *p : {near_one, usual, few_leave})
            for (const Customer &c : {Customer{0, 0, 0}, Customer{0, 0, 300}, Customer{1, 3, 300}, Customer{12, 290, 300},
                                      Customer{150, 699, 700}, Customer{3000, 2999, 3000}}) {
                const std::vector<double> at = expected_at(*orders, p, c, horizons);
                for (std::size_t i = 0; i < horizons.size(); ++i) {
                    const double one = orders->expected_purchases(p, c, horizons[i]);
                    if (std::isinf(one) || one == 0)
                        EXPECT_EQ(at[i], one);
                    else
                        EXPECT_NEAR(at[i] / one, 1, 1e-12) << orders << " " << c.frequency << " " << horizons[i];
                }
            }
    EXPECT_TRUE(expected_at(bgnbd, usual, {1, 3, 300}, {}).empty());
}

// Many leave, and the first expansion cancels a little: 2F1 in 40 digits.
TEST(Horizons, OfAnExpansionThatCancels) {
    const double p[] = {2.29827, 12.0741, 8.59157, 0.0106551};
    const Customer c{7, 435.136, 10865.7};
    EXPECT_NEAR(expected_at(mbgnbd, p, c, {38298.4})[0] / mbgnbd.prob_alive(p, c), 2.0543639391777605, 1e-14);
}

}  // namespace
}  // namespace cltv
