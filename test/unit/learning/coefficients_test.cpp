// Coefficients on 200 random designs beside a solution in 50 digits that shares nothing with the fits: Fisher's scoring of the
// customers as they are, not counted, centred or scaled, by Gauss's elimination.
#include "core/learning/learning_fit.hpp"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "unit/rows/attribute_rows.hpp"

namespace cltv {
namespace {

using Digits = boost::multiprecision::cpp_bin_float_50;

struct Case {
    std::vector<std::vector<double>> x;  // with a one, numbers, and a one for each level but the most frequent one
    std::vector<double> y, offset, weight;
    std::vector<const Features *> features;
};

// One to five numbers of scales from a thousandth to a thousand, the last one at times all but a copy of the first (of others
// than linear not so near that nobody would know the coefficients), and a factor of one to four levels.
Case draw_case(Response response, std::uint64_t seed) {
    Random random(seed);
    Case drawn;
    const int numbers = 1 + static_cast<int>(5 * draw_uniform(random)), levels = 1 + static_cast<int>(4 * draw_uniform(random));
    const int n = 40 * levels + 30 + static_cast<int>(100 * draw_uniform(random));
    const bool near_collinear = numbers > 1 && draw_uniform(random) < 0.5;
    const double distance = response == Response::normal ? 1e-4 : 0.05;
    const bool weighted = draw_uniform(random) < 0.5, with_offset = draw_uniform(random) < 0.5;
    std::vector<double> scale, b;
    for (int j = 0; j < numbers; ++j) {
        scale.push_back(std::pow(10, std::floor(7 * draw_uniform(random)) - 3));
        b.push_back(0.4 * draw_normal(random));
    }
    const char *const names[] = {"AT", "CH", "DE", "FR"}, *const columns[] = {"a", "b", "c", "d", "e"};
    std::vector<int> level;
    std::vector<double> customers(4);
    for (int i = 0; i < n; ++i) {
        std::vector<double> z;
        std::vector<Attribute> row;
        double eta = 0.2;
        for (int j = 0; j < numbers; ++j) {
            z.push_back(near_collinear && j == numbers - 1 ? z[0] + distance * draw_normal(random) : draw_normal(random));
            eta += b[j] * z[j];
            row.push_back(number(columns[j], scale[j] * (z[j] + 1)));
        }
        // Every level has customers enough for a coefficient.
        level.push_back(i < 40 * levels ? i / 40 : static_cast<int>(levels * draw_uniform(random)));
        if (levels > 1) row.push_back(category("land", names[level.back()]));
        eta += 0.3 * level.back();
        drawn.weight.push_back(weighted ? 1 + std::floor(4 * draw_uniform(random)) / 2 : 1);
        customers[level.back()] += drawn.weight.back();
        drawn.offset.push_back(with_offset ? 0.5 * draw_normal(random) : 0);
        eta += drawn.offset.back();
        const double uniform = draw_uniform(random);
        double y = 0;
        switch (response) {
            case Response::normal: y = eta + draw_normal(random); break;
            case Response::yes_or_no: y = uniform < 1 / (1 + std::exp(-eta)) ? 1 : 0; break;
            case Response::poisson: {
                double term = std::exp(-std::exp(eta)), sum = term;
                for (; sum < uniform && y < 1000; sum += term) term *= std::exp(eta) / ++y;
                break;
            }
            default: y = draw_gamma(3, random) * std::exp(eta) / 3;
        }
        drawn.y.push_back(y);
        drawn.features.push_back(features(row));
        std::vector<double> x = {1};
        for (const Attribute &one : row)
            if (one.kind == FeatureKind::number) x.push_back(one.number);
        drawn.x.push_back(x);
    }
    int reference = 0;
    for (int l = 1; l < levels; ++l)
        if (customers[l] > customers[reference]) reference = l;
    for (int i = 0; i < n; ++i)
        for (int l = 0; l < levels; ++l)
            if (l != reference) drawn.x[i].push_back(level[i] == l ? 1 : 0);
    return drawn;
}

std::vector<Digits> eliminate(std::vector<std::vector<Digits>> a, std::vector<Digits> b) {
    const std::size_t n = b.size();
    for (std::size_t k = 0; k < n; ++k) {
        std::size_t pivot = k;
        for (std::size_t i = k + 1; i < n; ++i)
            if (abs(a[i][k]) > abs(a[pivot][k])) pivot = i;
        std::swap(a[k], a[pivot]);
        std::swap(b[k], b[pivot]);
        for (std::size_t i = k + 1; i < n; ++i) {
            const Digits factor = a[i][k] / a[k][k];
            for (std::size_t j = k; j < n; ++j) a[i][j] -= factor * a[k][j];
            b[i] -= factor * b[k];
        }
    }
    for (std::size_t k = n; k-- > 0;) {
        for (std::size_t j = k + 1; j < n; ++j) b[k] -= a[k][j] * b[j];
        b[k] /= a[k][k];
    }
    return b;
}

// Adds steps of A^-1 g, A the expected information and g the score, until they are nothing.
std::vector<Digits> solve(Response response, const Case &data) {
    const std::size_t n = data.x[0].size();
    std::vector<Digits> b(n, 0);
    if (response == Response::gamma) {  // from the mean, for steps from too small a one go too far
        double sum = 0;
        for (const double y : data.y) sum += y;
        b[0] = std::log(sum / static_cast<double>(data.y.size()));
    }
    for (int step = 0; step < 200; ++step) {
        std::vector<std::vector<Digits>> information(n, std::vector<Digits>(n, 0));
        std::vector<Digits> score(n, 0);
        for (std::size_t i = 0; i < data.y.size(); ++i) {
            const std::vector<double> &x = data.x[i];
            Digits eta = data.offset[i];
            for (std::size_t j = 0; j < n; ++j) eta += b[j] * x[j];
            Digits weight = data.weight[i], rest;
            switch (response) {
                case Response::normal: rest = data.y[i] - eta; break;
                case Response::yes_or_no: {
                    const Digits mu = 1 / (1 + exp(-eta));
                    rest = data.y[i] - mu;
                    rest *= weight;
                    weight *= mu * (1 - mu);
                    break;
                }
                case Response::poisson: rest = (data.y[i] - exp(eta)) * weight; weight *= exp(eta); break;
                default: rest = (data.y[i] * exp(-eta) - 1) * weight;
            }
            if (response == Response::normal) rest *= weight;
            for (std::size_t j = 0; j < n; ++j) {
                score[j] += rest * x[j];
                for (std::size_t k = 0; k < n; ++k) information[j][k] += weight * x[j] * x[k];
            }
        }
        const std::vector<Digits> change = eliminate(information, score);
        Digits largest = 0;
        for (std::size_t j = 0; j < n; ++j) {
            b[j] += change[j];
            const Digits relative = abs(change[j]) / (abs(b[j]) + 1);
            if (relative > largest) largest = relative;
        }
        if (largest < Digits("1e-25")) return b;
    }
    return {};
}

class Coefficients : public testing::TestWithParam<Response> {};

TEST_P(Coefficients, AreThoseOfFiftyDigits) {
    const Response response = GetParam();
    double worst = 0;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const Case data = draw_case(response, 1000 * static_cast<std::uint64_t>(response) + seed);
        Shop shop;
        for (std::size_t i = 0; i < data.y.size(); ++i)
            shop.add(Targets::response, {data.y[i], data.offset[i]}, {{Role::any, data.features[i]}}, data.weight[i]);
        const Fit fit = fit_response(shop.sorted(), {response, 0, false, {}}, never_stop);
        ASSERT_TRUE(fit.usable()) << seed << ": status " << static_cast<int>(fit.status);
        const std::vector<Digits> exact = solve(response, data);
        const std::size_t shapes = response == Response::normal || response == Response::gamma ? 1 : 0;
        ASSERT_EQ(fit.parameters.size(), exact.size() + shapes) << seed;
        for (std::size_t j = 0; j < exact.size(); ++j) {
            const double estimate = fit.parameters[j == 0 ? 0 : j + shapes];
            const double off = static_cast<double>(abs(estimate - exact[j]) / abs(exact[j]));
            EXPECT_LT(off, 1e-9) << "seed " << seed << ", coefficient " << j;
            worst = std::max(worst, off);
        }
    }
    RecordProperty("worst", std::to_string(worst));
}

INSTANTIATE_TEST_SUITE_P(Learning, Coefficients,
                         testing::Values(Response::normal, Response::yes_or_no, Response::poisson, Response::gamma));

}  // namespace
}  // namespace cltv
