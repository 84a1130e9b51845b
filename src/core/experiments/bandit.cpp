#include "core/experiments/bandit.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "core/base/gauss_panels.hpp"
#include "core/base/hash.hpp"
#include "core/base/random.hpp"
#include "core/base/special.hpp"
#include "core/rows/features.hpp"

namespace cltv {

namespace {

struct Rewards {
    double weight, sum, squares;
};

Rewards rewards_of(const ExperimentBase &bandit, const VariantSums &arm) {
    const bool weighted = bandit.companion == Companion::weight;
    return {weighted ? arm.z.value().hi : static_cast<double>(arm.customers), arm.y.value().hi, arm.yy.value().hi};
}

double distribution(const ArmPosterior &arm, double x) {
    constexpr double sqrt_half = 0.70710678118654752440;
    return arm.is_share ? ibeta(arm.a, arm.b, x)
                        : erfc((arm.a - x) / arm.b * sqrt_half) / 2;
}

double density(const ArmPosterior &arm, double x) {
    constexpr double one_over_sqrt_two_pi = 0.39894228040143267794;
    const double z = (x - arm.a) / arm.b;
    return arm.is_share ? ibeta_derivative(arm.a, arm.b, x)
                        : one_over_sqrt_two_pi * std::exp(-z * z / 2) / arm.b;
}

}  // namespace

std::vector<ArmPosterior> arm_posteriors(const ExperimentBase &bandit) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    double weight = 0, sum = 0;
    for (std::uint32_t i = 0; i < bandit.used; ++i) {
        const Rewards arm = rewards_of(bandit, bandit.rows()[i]);
        weight += arm.weight;
        sum += arm.sum;
    }
    const double mean = weight > 0 ? sum / weight : 0;
    // Taken around the common mean, so that a large mean costs no digits.
    const auto around = [](const Rewards &arm, double centre) {
        return std::fmax(0, arm.squares - centre * (2 * arm.sum - centre * arm.weight));
    };
    double squares = 0;
    for (std::uint32_t i = 0; i < bandit.used; ++i) squares += around(rewards_of(bandit, bandit.rows()[i]), mean);
    const double variance = weight > 0 && squares > 0 ? squares / weight : 1;

    std::vector<ArmPosterior> arms;
    for (std::uint32_t i = 0; i < bandit.used; ++i) {
        const Rewards arm = rewards_of(bandit, bandit.rows()[i]);
        ArmPosterior posterior{bandit.zero_one != 0, 0, 0, arm.weight, arm.weight > 0 ? arm.sum / arm.weight : none};
        if (posterior.is_share) {
            posterior.a = 1 + arm.sum;
            posterior.b = 1 + std::fmax(0, arm.weight - arm.sum);
        } else {
            posterior.a = (arm.sum + mean) / (arm.weight + 1);
            // The arm's own variance, shrunk towards the common one by the weight of one reward.
            const double own = arm.weight > 0 ? around(arm, arm.sum / arm.weight) : 0;
            posterior.b = std::sqrt((own + variance) / std::fmax(arm.weight, 1) / (arm.weight + 1));
        }
        arms.push_back(posterior);
    }
    return arms;
}

ThompsonDraw::ThompsonDraw(std::int64_t seed) : highest_(-std::numeric_limits<double>::infinity()) {
    double number;
    std::memcpy(&number, &seed, sizeof number);
    start_ = hashed(hashed(0, number), number);
}

bool ThompsonDraw::is_best(const Text &name, const ArmPosterior &arm) {
    Random random(hash_of(start_, name));
    const double draw = arm.is_share ? draw_beta(arm.a, arm.b, random) : arm.a + arm.b * draw_normal(random);
    if (!(draw > highest_)) return false;
    highest_ = draw;
    return true;
}

std::uint32_t thompson_choice(const ExperimentBase &bandit, std::int64_t seed) {
    const std::vector<ArmPosterior> arms = arm_posteriors(bandit);
    ThompsonDraw draw(seed);
    std::uint32_t best = 0;
    for (std::uint32_t i = 0; i < bandit.used; ++i) {
        const char *const name = bandit.rows()[i].name;
        if (draw.is_best({name, std::strlen(name)}, arms[i])) best = i;
    }
    return best;
}

std::vector<double> probabilities_best(const std::vector<ArmPosterior> &arms, Stop stop) {
    constexpr double spreads[] = {0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 12, 20, 40};
    const std::size_t k = arms.size();
    std::vector<double> ends;
    double least = std::numeric_limits<double>::infinity();
    for (const ArmPosterior &arm : arms) {
        const double n = arm.a + arm.b;
        const double centre = arm.is_share ? arm.a / n : arm.a;
        const double sd = arm.is_share ? std::sqrt(centre * (arm.b / n) / (n + 1)) : arm.b;
        least = std::fmin(least, sd);
        for (const double spread : spreads)
            for (const double end : {centre - spread * sd, centre + spread * sd})
                ends.push_back(arm.is_share ? std::min(1.0, std::max(0.0, end)) : end);
        if (arm.is_share) {
            ends.push_back(0);
            ends.push_back(1);
        }
    }
    // No arms, or sums that no rewards can have made.
    if (ends.empty() || !std::all_of(ends.begin(), ends.end(), [](double end) { return std::isfinite(end); }))
        return std::vector<double>(k, std::numeric_limits<double>::quiet_NaN());
    std::sort(ends.begin(), ends.end());
    // Panel ends so close together that no arm can tell them apart count as one.
    constexpr double closest = 0.25;
    const double last = ends.back();
    ends.erase(std::unique(ends.begin(), ends.end(), [&](double one, double next) { return next - one <= closest * least; }),
               ends.end());
    ends.back() = last;

    std::vector<double> best(k), whole(k), below(k), after(k + 1);
    for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
        poll(stop);
        gauss_panel<8>(ends[i], ends[i + 1] - ends[i], [&](double x, double weight) {
            for (std::size_t j = 0; j < k; ++j) below[j] = distribution(arms[j], x);
            after[k] = 1;
            for (std::size_t j = k; j-- > 0;) after[j] = after[j + 1] * below[j];
            double before = 1;
            for (std::size_t j = 0; j < k; ++j) {
                const double mass = weight * density(arms[j], x);
                whole[j] += mass;
                best[j] += mass * before * after[j + 1];
                before *= below[j];
            }
        });
    }
    // Rounding changes the scale of a density, by 1e-5 for 10^12 rewards, and the sum alike; the probabilities must add
    // up to 1.
    double all = 0;
    for (std::size_t j = 0; j < k; ++j) all += best[j] /= whole[j];
    for (double &each : best) each /= all;
    return best;
}

}  // namespace cltv
