// Tests of variants on customers: the sums kept for each variant, and what follows from them.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/base/stop.hpp"
#include "core/experiments/binned_sum.hpp"
#include "core/rows/growable.hpp"

namespace cltv {

// The meaning of a customer's second number. Stored in databases: numbers are never reused.
enum class Companion : std::uint8_t { none = 0, pre = 1, denominator = 2, weight = 3 };

// One variant: its customers with an outcome y and, where there is one, a second number z.
struct VariantSums {
    static constexpr std::size_t longest_name = 63;
    char name[longest_name + 1];  // ends with zeros
    std::int64_t customers;       // with all numbers known
    std::int64_t skipped;         // customers of the variant with a number missing
    BinnedSum y, yy, z, zz, yz;
};

// Variants in byte order of their names, each once.
struct alignas(VariantSums) ExperimentBase : Growable<ExperimentBase, VariantSums> {
    static constexpr std::size_t smallest_bytes = 1024;
    static constexpr std::uint32_t most_variants = 1000;

    std::int32_t length_word = 0;
    std::uint16_t version = current_version;
    Companion companion = Companion::none;
    std::uint8_t zero_one = 1;  // every outcome is 0 or 1
    std::uint32_t used = 0;
    std::uint32_t capacity = 0;
};

// The place of the variant with that name among the rows, or the place where it would go.
inline std::uint32_t variant_place(const ExperimentBase &base, const char *name) {
    std::uint32_t i = 0;
    while (i < base.used && std::memcmp(base.rows()[i].name, name, sizeof base.rows()[i].name) < 0) ++i;
    return i;
}

inline bool is_variant(const ExperimentBase &base, std::uint32_t place, const char *name) {
    return place < base.used && std::memcmp(base.rows()[place].name, name, sizeof base.rows()[place].name) == 0;
}

inline void add_outcome(VariantSums &variant, double y) {
    ++variant.customers;
    variant.y.add(y);
    variant.yy.add_product(y, y);
}

inline void add_outcome(VariantSums &variant, double y, double z) {
    add_outcome(variant, y);
    variant.z.add(z);
    variant.zz.add_product(z, z);
    variant.yz.add_product(y, z);
}

// Adds to the sums of w y, w y^2, w, w^2 and w^2 y. Each term is rounded by itself, so the order does not matter.
inline void add_weighted(VariantSums &variant, double y, double w) {
    ++variant.customers;
    variant.y.add_product(w, y);
    variant.yy.add_product(w * y, y);
    variant.z.add(w);
    variant.zz.add_product(w, w);
    variant.yz.add_product(w * y, w);
}

inline void add_variant(VariantSums &variant, const VariantSums &other) {
    variant.customers += other.customers;
    variant.skipped += other.skipped;
    variant.y.add(other.y);
    variant.yy.add(other.yy);
    variant.z.add(other.z);
    variant.zz.add(other.zz);
    variant.yz.add(other.yz);
}

enum class TestMethod { welch, cuped, lin };

struct TestOptions {
    double level;
    TestMethod method;
    double planned;  // customers of both arms at which the always-valid interval is narrowest
};

// NaN stands for what is unknown. Of the control only the mean is known.
struct VariantTest {
    std::uint32_t variant;
    double customers;
    double mean;  // of the outcome as it was; of a ratio, sum over sum
    double difference, std_error, lower, upper;
    double p_value, p_adjusted;
    double relative, relative_lower, relative_upper;
    double variance_reduction;
    double lower_always, upper_always;
    double prob_better;
};

// The control first, then the others in their order. Every variant must have two customers or more, and the base the
// companion `pre` for cuped and lin. A pair of arms without variance has std_error 0 and nothing else.
std::vector<VariantTest> test_variants(const ExperimentBase &base, std::uint32_t control, const TestOptions &options, Stop stop);

// P(B > A) for A ~ Beta(a1, a2) and an independent B ~ Beta(b1, b2), all at least 1.
double prob_beta_greater(double b1, double b2, double a1, double a2);

// Half the width of the asymptotic confidence sequence for a mean of n observations with standard deviation sigma: it
// covers at all n at once with probability 1 - alpha. I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas:
// Time-uniform central limit theory and asymptotic confidence sequences, Annals of Statistics 52 (2024) 2613-2640,
// equation (2).
double always_valid_reach(double n, double sigma, double alpha, double rho);

// The rho that makes the sequence narrowest at n: equation (12) of the same paper.
double narrowest_rho(double n, double alpha);

// The two-sided p-value of Student's t, to full precision however small.
double two_sided_p(double t, double df);

// Half the width of an interval of that level, in standard errors.
double student_quantile(double level, double df);

// Do the variants have the sizes that they should have? Pearson's chi-squared with k - 1 degrees of freedom.
struct MismatchTest {
    double chi2, df, p_value;
};
MismatchTest mismatch_test(const std::vector<double> &customers, const std::vector<double> &shares);

// The number of customers that each of two equal arms needs, and the difference that a given number can detect, by the
// normal approximation with the variances of both arms: sd^2 each, or p(1 - p) where sd is NaN. NaN where no share
// differs by that much.
double sample_size(double baseline, double lift, double power, double level, double sd);
double detectable_effect(double baseline, double customers, double power, double level, double sd);

}  // namespace cltv
