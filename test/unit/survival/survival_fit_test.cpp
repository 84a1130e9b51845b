// Fits of models of survival from sets of features: labels, verdicts, what a model carries.
#include "core/survival/survival_fit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/fit/baseline.hpp"
#include "unit/rows/attribute_rows.hpp"
#include "unit/survival/lung.hpp"

namespace cltv {
namespace {

// Rows of features in memory that lasts as long as the test.
class Builder {
public:
    using Labels = std::vector<std::pair<std::string, std::string>>;

    void add(double time, bool left, const std::vector<double> &x, const Labels &labels = {}, double entered = 0,
             double count = 1) {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < x.size(); ++i) names.push_back(std::string(1, static_cast<char>('a' + i)));
        const std::vector<char> numbers = features(names, [&](Features &f, int i) { f.set_number(i, x[i]); }, 0);
        std::vector<std::string> label_names;
        std::size_t text = 0;
        for (const auto &label : labels) {
            label_names.push_back(label.first);
            text += label.second.size();
        }
        std::uint32_t begin = 0;
        const std::vector<char> words = features(
            label_names,
            [&](Features &f, int i) { begin = f.set_text(i, begin, {labels[i].second.data(), labels[i].second.size()}); },
            text);
        const RoleFeatures roles[] = {{Role::any, reinterpret_cast<const Features *>(numbers.data())},
                                      {Role::label, reinterpret_cast<const Features *>(words.data())}};
        const int n = labels.empty() ? 1 : 2;
        if (set_ == nullptr) set_ = start_feature_set(Targets::survival, roles, n, &allocate);
        const double target[] = {time, left ? 1.0 : 0.0, entered};
        ASSERT_EQ(cltv::add(set_, roles, n, target, count, &allocate).fault, FeatureFault::none);
    }
    const FeatureSet &set() {
        return *copy_sorted(*set_, allocate(sorted_bytes(*set_)), never_stop);
    }

private:
    template <class Put>
    static std::vector<char> features(const std::vector<std::string> &names, Put &&put, std::size_t text) {
        std::string block;
        std::uint64_t hash = 0;
        for (const std::string &name : names) {
            block += static_cast<char>(name.size());
            block += name;
            hash = hash_of(hash, {name.data(), name.size()});
        }
        std::vector<char> bytes(Features::bytes(names.size(), block.size(), text) + 8);
        auto &f = *reinterpret_cast<Features *>(bytes.data());
        f.version = Features::current_version;
        f.n = static_cast<std::uint16_t>(names.size());
        f.names_hash = static_cast<std::uint32_t>(hash >> 32);
        f.names_bytes = static_cast<std::uint32_t>(block.size());
        std::memcpy(f.names(), block.data(), block.size());
        for (int i = 0; i < f.n; ++i) put(f, i);
        return bytes;
    }

    FeatureSet *set_ = nullptr;
};

const Baseline &baseline_in(const Fit &fit) { return *reinterpret_cast<const Baseline *>(fit.baseline.data()); }

TEST(SurvivalFit, LungIsAsPublished) {
    Builder patients, by_ecog;
    for (const Patient &p : lung) {
        if (p.ecog < 0) continue;
        patients.add(p.days, p.died != 0, {1.0 * p.age, 1.0 * p.ecog, 1.0 * p.sex});
        by_ecog.add(p.days, p.died != 0, {1.0 * p.age, 1.0 * p.sex}, {{"strata", std::to_string(p.ecog)}});
    }
    const Fit fit = fit_cox(patients.set(), Ties::efron, false, never_stop);
    ASSERT_EQ(fit.status, Status::converged);
    EXPECT_EQ(find_fault(view_of(fit), cox::family), nullptr);
    EXPECT_NEAR(fit.parameters[0] / .01106676459612, 1, 1e-9);
    EXPECT_NEAR(fit.parameters[1] / .46372847511573, 1, 1e-9);
    EXPECT_NEAR(fit.log_likelihood, -729.2301213749, 1e-9);
    EXPECT_NEAR(baseline_in(fit).null_log_likelihood, -744.4804557614, 1e-9);
    // Of customers whose attributes are 0.
    const double at_zero = std::exp(-baseline_in(fit).centre);
    EXPECT_NEAR(first_stratum(baseline_in(fit)).hazard(291) * at_zero, .420309627182451, 1e-10);
    EXPECT_TRUE(std::isnan(first_stratum(baseline_in(fit)).hazard(1023)));

    const Fit strata = fit_cox(by_ecog.set(), Ties::efron, false, never_stop);
    EXPECT_NEAR(strata.log_likelihood, -560.6740086430, 1e-9);
    ASSERT_EQ(baseline_in(strata).n_strata, 4u);
    EXPECT_TRUE(first_stratum(baseline_in(strata)).next().name() == (Text{"1", 1}));
    EXPECT_EQ(strata.parameters.size(), 2u);

    const Fit weibull = fit_lifetimes(patients.set(), LifetimeFamily::weibull, never_stop);
    EXPECT_EQ(find_fault(view_of(weibull), aft_weibull::family), nullptr);
    EXPECT_NEAR(weibull.parameters[0] / 6.273435251999, 1, 1e-9);
    EXPECT_NEAR(std::log(weibull.parameters[1]) / -.313192730297, 1, 1e-9);
    EXPECT_NEAR(weibull.parameters[2] / -.007475439408, 1, 1e-9);
    EXPECT_NEAR(weibull.log_likelihood, -1132.438746, 1e-6);
    EXPECT_NEAR(baseline_in(weibull).null_log_likelihood, -1147.428057, 1e-6);

    const ProportionalityTests tests = test_proportionality(patients.set(), Ties::efron, TimeScale::km, never_stop);
    ASSERT_EQ(tests.tests.size(), 4u);
    EXPECT_NEAR(tests.tests[0].statistic, .187988, 1e-6);
    EXPECT_NEAR(tests.tests[3].statistic, 4.463658, 1e-6);
    EXPECT_EQ(tests.tests[3].df, 3);
}

// What does not depend on units, does not.
TEST(SurvivalFit, UnitsChangeNothing) {
    Builder days, seconds;
    for (const Patient &p : lung) {
        if (p.ecog < 0) continue;
        days.add(p.days, p.died != 0, {1.0 * p.age, 1.0 * p.sex});
        seconds.add(p.days * 86400.0, p.died != 0, {1e6 * p.age + 1e9, 1e-6 * p.sex});
    }
    const Fit one = fit_cox(days.set(), Ties::efron, false, never_stop), other = fit_cox(seconds.set(), Ties::efron, false, never_stop);
    EXPECT_NEAR(other.log_likelihood / one.log_likelihood, 1, 1e-12);
    EXPECT_NEAR(1e6 * other.parameters[0] / one.parameters[0], 1, 1e-9);
    EXPECT_NEAR(1e-6 * other.parameters[1] / one.parameters[1], 1, 1e-9);
    EXPECT_NEAR(first_stratum(baseline_in(other)).hazard(291 * 86400.0) / first_stratum(baseline_in(one)).hazard(291), 1, 1e-10);
    const Fit weibull = fit_lifetimes(days.set(), LifetimeFamily::weibull, never_stop);
    const Fit long_units = fit_lifetimes(seconds.set(), LifetimeFamily::weibull, never_stop);
    EXPECT_NEAR(long_units.parameters[1] / weibull.parameters[1], 1, 1e-9);
    EXPECT_NEAR(1e6 * long_units.parameters[2] / weibull.parameters[2], 1, 1e-9);
}

TEST(SurvivalFit, VerdictsNameTheAttribute) {
    Builder constant, collinear, separated, nobody, few;
    for (int i = 0; i < 60; ++i) {
        const double time = 1 + i * 37 % 23;
        const bool left = i % 3 == 0;
        constant.add(time, left, {1.0 * (i % 7), 5});
        collinear.add(time, left, {1.0 * (i % 7), 3.0 - 2 * (i % 7)});
        separated.add(time, left, {1.0 * (i % 7), left ? 1.0 : 1.0 * (i % 2)});
        nobody.add(time, false, {1.0 * (i % 7)});
        if (i < 9) few.add(time, left, {1.0 * (i % 7)});
    }
    const auto expect = [](Builder &builder, Status status, int subject) {
        const Fit cox = fit_cox(builder.set(), Ties::efron, false, never_stop);
        EXPECT_EQ(cox.status, status);
        EXPECT_EQ(cox.subject, subject);
        EXPECT_EQ(find_fault(view_of(cox), cox::family), nullptr);
        for (const LifetimeFamily family : {LifetimeFamily::exponential, LifetimeFamily::weibull, LifetimeFamily::lognormal,
                                            LifetimeFamily::loglogistic}) {
            const Fit lifetimes = fit_lifetimes(builder.set(), family, never_stop);
            EXPECT_EQ(lifetimes.status, status);
            EXPECT_EQ(lifetimes.subject, subject);
        }
    };
    expect(constant, Status::constant, 1);
    expect(collinear, Status::collinear, 1);
    expect(separated, Status::separated, 1);
    expect(nobody, Status::no_events, -1);
    expect(few, Status::too_few_customers, -1);
}

// All leave at one time: the scale runs to 0.
TEST(SurvivalFit, ATimeForAllHasNoScale) {
    Builder builder;
    for (int i = 0; i < 60; ++i) builder.add(5, true, {1.0 * (i % 7)});
    const Fit fit = fit_lifetimes(builder.set(), LifetimeFamily::weibull, never_stop);
    EXPECT_EQ(fit.status, Status::runaway);
    EXPECT_EQ(fit.subject, 1);
    EXPECT_EQ(find_fault(view_of(fit), aft_weibull::family), nullptr);
}

TEST(Baseline, FaultsAreFound) {
    const HazardAt rising[] = {{1, 0.1}, {2, 0.3}}, falling[] = {{1, 0.3}, {2, 0.1}}, back[] = {{2, 0.1}, {1, 0.3}};
    const auto fault = [](std::vector<BaselineStratum> strata) { return find_fault(strata.data(), strata.size()); };
    const Text a = {"a", 1}, b = {"b", 1}, none = {nullptr, 0};
    EXPECT_EQ(fault({{none, 5, 2, rising}}), nullptr);
    EXPECT_EQ(fault({{a, 5, 2, rising}, {b, 0, 0, nullptr}, {none, 2, 2, rising}}), nullptr);
    EXPECT_NE(fault({{none, 5, 2, falling}}), nullptr);
    EXPECT_NE(fault({{none, 5, 2, back}}), nullptr);
    EXPECT_NE(fault({{none, 1.5, 2, rising}}), nullptr);
    EXPECT_NE(fault({{none, NAN, 0, nullptr}}), nullptr);
    EXPECT_NE(fault({{b, 5, 0, nullptr}, {a, 5, 0, nullptr}}), nullptr);
    EXPECT_NE(fault({{none, 5, 0, nullptr}, {a, 5, 0, nullptr}}), nullptr);
    EXPECT_NE(fault({{a, 5, 0, nullptr}, {a, 5, 0, nullptr}}), nullptr);
    const std::vector<double> bytes = baseline_of(-3, 2, 0.5, {{a, 5, 2, rising}, {none, 7, 0, nullptr}});
    const auto &baseline = *reinterpret_cast<const Baseline *>(bytes.data());
    EXPECT_EQ(baseline.bytes, bytes.size() * 8);
    const StoredStratum first = first_stratum(baseline), second = first.next();
    EXPECT_TRUE(first.name() == a);
    EXPECT_EQ(second.name().data, nullptr);
    EXPECT_EQ(first.hazard(0.5), 0);
    EXPECT_EQ(first.hazard(1), 0.1);
    EXPECT_EQ(first.hazard(5), 0.3);
    EXPECT_TRUE(std::isnan(first.hazard(5.1)));
    EXPECT_EQ(second.hazard(7), 0);
}

}  // namespace
}  // namespace cltv
