#include "core/experiments/experiment.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "core/base/random.hpp"

namespace cltv {
namespace {

struct Customer3 {
    int arm;
    double y, z;
};

// A base of two arms, "A" and "B".
class Trial {
public:
    explicit Trial(Companion companion) : memory_(new double[ExperimentBase::bytes(2) / sizeof(double) + 1]) {
        base_ = &ExperimentBase::start(memory_.get(), 2);
        base_->companion = companion;
        base_->used = 2;
        for (int i = 0; i < 2; ++i) {
            base_->rows()[i] = VariantSums{};
            base_->rows()[i].name[0] = static_cast<char>('A' + i);
        }
    }
    void add(int arm, double y) {
        add_outcome(base_->rows()[arm], y);
        if (y != 0 && y != 1) base_->zero_one = 0;
    }
    void add(int arm, double y, double z) {
        add_outcome(base_->rows()[arm], y, z);
        if (y != 0 && y != 1) base_->zero_one = 0;
    }
    VariantTest test(TestMethod method = TestMethod::welch, double planned = 10000) const {
        return test_variants(*base_, 0, {0.95, method, planned}, never_stop)[1];
    }
    const VariantSums &arm(int i) const { return base_->rows()[i]; }

private:
    std::unique_ptr<double[]> memory_;
    ExperimentBase *base_;
};

bool same(const BinnedSum &a, const BinnedSum &b) {
    return a.top == b.top && std::equal(a.part, a.part + BinnedSum::bins, b.part);
}

TEST(BinnedSum, IsExact) {
    BinnedSum sum;
    for (double term : {1e100, 1.0, -1e100, 0.5, 1e-30, -1.5}) sum.add(term);
    // 1e100 leaves the rest behind for good, whatever the order.
    EXPECT_EQ(sum.value().hi, 0);
    BinnedSum small;
    for (double term : {1e15, 1.0, -1e15, 0.5, 0x1p-40, -1.5}) small.add(term);
    EXPECT_EQ(small.value().hi, 0x1p-40);
    BinnedSum denormal;
    for (int i = 0; i < 3; ++i) denormal.add(-5e-324);
    EXPECT_EQ(denormal.value().hi, -15e-324);
    BinnedSum product;
    product.add_product(0x1.0000000001p0, 0x1.0000000001p0);
    const DoubleDouble square = two_product(0x1.0000000001p0, 0x1.0000000001p0);
    EXPECT_EQ(product.value().hi, square.hi);
    EXPECT_EQ(product.value().lo, square.lo);
}

TEST(BinnedSum, IsTheSameInAnyOrderAndByParts) {
    std::mt19937_64 order(5);
    Random random(7);
    std::vector<double> terms;
    for (int i = 0; i < 2000; ++i) terms.push_back(std::exp(20 * draw_normal(random)) * draw_normal(random));
    BinnedSum whole;
    for (double term : terms) whole.add_product(term, term * 3);
    for (int round = 0; round < 20; ++round) {
        std::shuffle(terms.begin(), terms.end(), order);
        BinnedSum parts[3], merged;
        for (std::size_t i = 0; i < terms.size(); ++i) parts[i % (round % 3 + 1)].add_product(terms[i], terms[i] * 3);
        for (int i = 3; i-- > 0;) merged.add(parts[i]);
        EXPECT_TRUE(same(whole, merged));
    }
}

TEST(BinnedSum, HasRoomForTheMost) {
    BinnedSum sum;
    EXPECT_TRUE(sum.is_sum_of(0));
    sum.add(-1);
    EXPECT_FALSE(sum.is_sum_of(0));
    EXPECT_TRUE(sum.is_sum_of(1));
    sum.top = BinnedSum::last_bin + 1;
    EXPECT_FALSE(sum.is_sum_of(1));
}

// Motor Trend's 32 cars of 1974, those with automatic gears first: miles by the gallon, weight, cylinders.
const std::vector<Customer3> &cars(Companion companion) {
    static std::vector<Customer3> by_weight, by_cylinders;
    if (by_weight.empty()) {
        const double mpg[] = {21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4, 14.7, 21.5, 15.5,
                              15.2, 13.3, 19.2, 21,   21,   22.8, 32.4, 30.4, 33.9, 27.3, 26,   30.4, 15.8, 19.7, 15,   21.4};
        const double wt[] = {3.215, 3.44, 3.46, 3.57,  3.19, 3.15, 3.44, 3.44,  4.07,  3.73,  3.78, 5.25,  5.424, 5.345, 2.465, 3.52,
                             3.435, 3.84, 3.845, 2.62, 2.875, 2.32, 2.2, 1.615, 1.835, 1.935, 2.14, 1.513, 3.17,  2.77,  3.57,  2.78};
        const double cyl[] = {6, 8, 6, 8, 4, 4, 6, 6, 8, 8, 8, 8, 8, 8, 4, 8, 8, 8, 8, 6, 6, 4, 4, 4, 4, 4, 4, 4, 8, 6, 8, 4};
        for (int i = 0; i < 32; ++i) {
            by_weight.push_back({i >= 19, mpg[i], wt[i]});
            by_cylinders.push_back({i >= 19, mpg[i], cyl[i]});
        }
    }
    return companion == Companion::pre ? by_weight : by_cylinders;
}

Trial trial_of_cars(Companion companion) {
    Trial trial(companion);
    for (const Customer3 &car : cars(companion))
        if (companion == Companion::none)
            trial.add(car.arm, car.y);
        else
            trial.add(car.arm, car.y, car.z);
    return trial;
}

// Every value by R 4.2: t.test, predict of lm within the arms, var of the linearised ratio.
TEST(VariantTest, Welch) {
    const VariantTest test = trial_of_cars(Companion::none).test();
    EXPECT_NEAR(test.difference, 7.244939271255, 1e-12);
    EXPECT_NEAR(test.std_error, 1.923202133859720, 1e-14);
    EXPECT_NEAR(test.lower, 3.209684187469960, 1e-13);
    EXPECT_NEAR(test.upper, 11.280194355040161, 1e-13);
    EXPECT_NEAR(test.p_value, .001373638333071028, 1e-16);
    EXPECT_NEAR(test.relative, .4225102705765689, 1e-15);
    EXPECT_NEAR((test.relative_upper - test.relative) / (test.upper - test.difference) * test.std_error, .1235813296061584, 1e-15);
    EXPECT_TRUE(std::isnan(test.variance_reduction));
    EXPECT_EQ(test.p_adjusted, test.p_value);
    EXPECT_NEAR(test.prob_better, std::erfc(-test.difference / test.std_error / std::sqrt(2)) / 2, 1e-15);
}

TEST(VariantTest, Cuped) {
    const VariantTest test = trial_of_cars(Companion::pre).test(TestMethod::cuped);
    EXPECT_NEAR(test.difference, 37.2778286541420627 - 37.2901192026893753, 1e-13);
    EXPECT_NEAR(test.std_error, 1.1459225337692440, 1e-14);
    EXPECT_NEAR(test.p_value, .9915398098005441, 1e-14);
    EXPECT_NEAR(test.lower, -2.3897324596657130, 1e-13);
    EXPECT_NEAR(test.variance_reduction, 1 - std::pow(1.1459225337692440 / 1.923202133859720, 2), 1e-14);
}

TEST(VariantTest, Lin) {
    const VariantTest test = trial_of_cars(Companion::pre).test(TestMethod::lin);
    EXPECT_NEAR(test.difference, -2.167727788331803, 1e-12);
    EXPECT_NEAR(test.std_error, 1.713578110418194, 1e-13);
}

TEST(VariantTest, Ratio) {
    const VariantTest test = trial_of_cars(Companion::denominator).test();
    EXPECT_NEAR(test.mean, 4.804545454545455, 1e-15);
    EXPECT_NEAR(test.difference, 4.804545454545455 - 2.468181818181818, 1e-14);
    EXPECT_NEAR(test.std_error, .7507012818973273, 1e-14);
}

// A billion more than before: the digits of the variance are those of the differences.
TEST(VariantTest, FarFromZero) {
    Trial trial(Companion::none), moved(Companion::none);
    for (int i = 0; i < 100; ++i) {
        trial.add(i % 2, i % 7);
        moved.add(i % 2, i % 7 + 1e9);
    }
    EXPECT_EQ(trial.test().std_error, moved.test().std_error);
    Trial constant(Companion::none);
    for (int i = 0; i < 1001; ++i) constant.add(i % 2, 0.1);
    EXPECT_EQ(constant.test().std_error, 0);
    EXPECT_TRUE(std::isnan(constant.test().p_value));
}

TEST(VariantTest, Holm) {
    const std::size_t bytes = ExperimentBase::bytes(5);
    const std::unique_ptr<double[]> memory(new double[bytes / sizeof(double) + 1]);
    ExperimentBase &base = ExperimentBase::start(memory.get(), 5);
    base.zero_one = 0;
    for (int i = 0; i < 5; ++i) {
        VariantSums &row = base.rows()[base.used++];
        row = VariantSums{};
        row.name[0] = static_cast<char>('A' + i);
        for (int j = 0; j < 200; ++j) add_outcome(row, j % 10 + (i == 4 ? 1 : 0.1 * i));
    }
    const std::vector<VariantTest> tests = test_variants(base, 0, {0.95, TestMethod::welch, 10000}, never_stop);
    ASSERT_LT(tests[4].p_value, tests[3].p_value);
    EXPECT_EQ(tests[4].p_adjusted, 4 * tests[4].p_value);
    EXPECT_EQ(tests[3].p_adjusted, std::min(1.0, 3 * tests[3].p_value));
    EXPECT_GE(tests[1].p_adjusted, tests[2].p_adjusted);
}

// 2 pt(-t, df) of R
TEST(TwoSidedP, SmallOnes) {
    const double by_r[][3] = {{1, 3, .39100221895577053},           {3.7671231451, 18.33225, .0013736385129879227},
                              {22.62023, 3, .00018920496841252061}, {22.62023, 40593.6882286, 1.364474611700858e-112},
                              {36.8, 18.33225, 1.2212295918702916e-18}, {36.8, 40593.6882286, 1.180821385011703e-291},
                              {37.5, 40593.6882286, 1.3862180165730326e-302}, {-1, 40593.6882286, .31731646862294544}};
    for (const auto &[t, df, p] : by_r) EXPECT_NEAR(two_sided_p(t, df) / p, 1, 2e-10) << t << ' ' << df;
    EXPECT_EQ(two_sided_p(0, 10), 1);
    EXPECT_EQ(two_sided_p(1e10, 1e6), 0);
    EXPECT_NEAR(two_sided_p(1.96, 1e300), .04999579029644087, 1e-15);
    EXPECT_NEAR(student_quantile(.95, 2), 4.302652729749462, 1e-13);
    EXPECT_NEAR(student_quantile(.95, 18.33225), 2.098196044031970, 1e-14);
    EXPECT_NEAR(student_quantile(.95, 1e6), 1.959966356814107, 1e-14);
}

TEST(ProbBetaGreater, IsExact) {
    EXPECT_NEAR(prob_beta_greater(121, 881, 101, 901), .923183438973559753507788839826, 1e-14);
    EXPECT_NEAR(prob_beta_greater(2, 1, 1, 1), 2 / 3.0, 1e-15);
    EXPECT_NEAR(prob_beta_greater(1, 50, 3, 900), .8504186333341238, 1e-13);  // R's integrate
    EXPECT_NEAR(prob_beta_greater(1, 1, 1, 1), 0.5, 1e-15);
    // P(B > A) + P(A > B) = 1; a million customers beside a few.
    for (double n : {3.0, 1e3, 1e6, 1e9})
        EXPECT_NEAR(prob_beta_greater(1 + n / 10, 1 + n * 0.9, 4, 30) + prob_beta_greater(4, 30, 1 + n / 10, 1 + n * 0.9), 1, 1e-13);
    EXPECT_NEAR(prob_beta_greater(1e6 + 1, 9e6 + 1, 1e6 + 1, 9e6 + 1), 0.5, 1e-11);
}

TEST(AlwaysValid, PrintedValue) {
    EXPECT_NEAR(always_valid_reach(1000, 1, .05, .1), .09606401928868576, 1e-16);
    // The rho for n makes it narrower there than any other does.
    const double rho = narrowest_rho(5000, .05);
    for (double other : {0.9, 0.98, 1.02, 1.1})
        EXPECT_LT(always_valid_reach(5000, 1, .05, rho), always_valid_reach(5000, 1, .05, rho * other) * (1 + 1e-3));
}

TEST(SampleSize, PrintedValues) {
    EXPECT_NEAR(sample_size(.1, .02, .8, .95, NAN), 3838.1021900967, 1e-9);
    EXPECT_NEAR(detectable_effect(.1, 3838.1021900967, .8, .95, NAN), .02, 1e-14);
    EXPECT_NEAR(detectable_effect(50, sample_size(50, 3, .9, .99, 20), .9, .99, 20), 3, 1e-13);
    EXPECT_TRUE(std::isnan(detectable_effect(.9, 5, .8, .95, NAN)));
}

TEST(Mismatch, PrintedValue) {
    const MismatchTest test = mismatch_test({21387, 21307, 21306}, {1, 1, 1});
    EXPECT_NEAR(test.chi2, .20253125, 1e-14);
    EXPECT_EQ(test.df, 2);
    EXPECT_NEAR(test.p_value, .9036929575604, 1e-13);
    EXPECT_EQ(mismatch_test({10, 20}, {1, 2}).p_value, 1);
}

// Simulated experiments ---------------------------------------------------------------------------------------------------

struct Simulation {
    double covered = 0, always_covered = 0;
    int p_below[10] = {};
};

// Money with a heavy tail that goes with what was bought before, the effect differing with it; looked at ten times.
Simulation simulate(TestMethod method, double effect, int rounds, std::uint64_t seed, bool look) {
    Random random(seed);
    Simulation result;
    constexpr int customers = 600, looks = 10;
    for (int round = 0; round < rounds; ++round) {
        Trial trial(Companion::pre);
        bool held = true;
        for (int i = 0; i < customers; ++i) {
            const double pre = draw_gamma(2, random);
            const int arm = draw_uniform(random) < 0.5;
            const double y = pre + draw_gamma(1, random) + arm * effect * (0.5 + pre / 4);
            trial.add(arm, y, pre);
            if (look && i >= 99 && (i + 1) % (customers / looks) == 0) {
                const VariantTest test = trial.test(method, 300);
                held = held && test.lower_always <= effect && effect <= test.upper_always;
            }
        }
        const VariantTest test = trial.test(method);
        result.covered += test.lower <= effect && effect <= test.upper;
        result.always_covered += held;
        ++result.p_below[std::min(9, static_cast<int>(test.p_value * 10))];
    }
    result.covered /= rounds;
    result.always_covered /= rounds;
    return result;
}

TEST(SimulatedExperiments, IntervalsHoldTheTruth) {
    // Of 4,000 rounds a share of .95 is within .0069 of it twice out of three standard errors.
    for (TestMethod method : {TestMethod::welch, TestMethod::cuped, TestMethod::lin})
        for (double effect : {0.0, 1.0}) {
            const Simulation result = simulate(method, effect, 4000, 11, false);
            EXPECT_GT(result.covered, .94) << static_cast<int>(method) << ' ' << effect;
            EXPECT_LT(result.covered, .96) << static_cast<int>(method) << ' ' << effect;
        }
}

TEST(SimulatedExperiments, AlwaysValidAtEveryLook) {
    for (TestMethod method : {TestMethod::welch, TestMethod::lin})
        EXPECT_GT(simulate(method, 1, 1000, 13, true).always_covered, .95);
}

TEST(SimulatedExperiments, PIsUniformWithoutEffect) {
    const Simulation result = simulate(TestMethod::welch, 0, 4000, 17, false);
    double chi2 = 0;
    for (int count : result.p_below) chi2 += (count - 400.0) * (count - 400.0) / 400;
    EXPECT_LT(chi2, 27.9);  // .999 of chi-squared with 9 degrees of freedom
}

TEST(SimulatedExperiments, MismatchFindsABrokenSplit) {
    Random random(19);
    int found = 0, false_alarms = 0;
    for (int round = 0; round < 1000; ++round) {
        double fair = 0, broken = 0;
        for (int i = 0; i < 20000; ++i) fair += draw_uniform(random) < 0.5, broken += draw_uniform(random) < 0.52;
        false_alarms += mismatch_test({fair, 20000 - fair}, {1, 1}).p_value < .001;
        found += mismatch_test({broken, 20000 - broken}, {1, 1}).p_value < .001;
    }
    EXPECT_GT(found, 970);
    EXPECT_LE(false_alarms, 5);
}

}  // namespace
}  // namespace cltv
