#include "core/forecast/spend_scatter.hpp"

#include <cmath>

namespace cltv {

namespace {

bool has_first(const KnownCustomer &c) { return !std::isnan(c.first_value); }
bool has_repeats(const KnownCustomer &c) { return c.frequency > 0 && !std::isnan(c.monetary_value); }

// The mean of first purchases: those of the last year, unless they are few, tell better what one brings now.
struct Firsts {
    double n = 0, sum = 0, squares = 0, n_recent = 0, recent = 0;

    void add(const KnownCustomer &c) {
        ++n;
        sum += c.first_value;
        squares += c.first_value * c.first_value;
        if (c.tenure >= 365) return;
        ++n_recent;
        recent += c.first_value;
    }
    double mean() const { return n_recent >= 30 ? recent / n_recent : sum / n; }
    double variance() const { return std::fmax(squares / n - sum / n * (sum / n), 0); }
};

}  // namespace

SpendScatter::SpendScatter(const std::vector<KnownCustomer> &customers, bool any_sign) : relative(!any_sign) {
    Firsts firsts;
    double revenue = 0, purchases = 0;                                       // of repeat purchases
    double n = 0, products = 0, of_firsts = 0, of_repeats = 0, within_sum = 0;  // of customers with both
    for (const KnownCustomer &c : customers) {
        if (has_first(c)) firsts.add(c);
        if (has_repeats(c)) {
            revenue += c.frequency * c.monetary_value;
            purchases += c.frequency;
        }
        if (!has_first(c) || !has_repeats(c)) continue;
        const double apart = c.first_value - c.monetary_value;
        ++n;
        products += c.first_value * c.monetary_value;
        of_firsts += c.first_value;
        of_repeats += c.monetary_value;
        within_sum += apart * apart / (1 + 1 / c.frequency);
    }
    if (firsts.n > 0) first_mean = firsts.mean();
    // Weighted by purchases, as sums of them need it: a customer who comes often counts for more.
    repeat_mean = purchases > 0 ? revenue / purchases : first_mean;
    if (firsts.n == 0) first_mean = repeat_mean;

    // If nobody came back, all variation is taken to be within customers.
    if (firsts.n > 1) {
        const double mean = firsts.sum / firsts.n, square = mean * mean;
        within = any_sign ? firsts.variance() : square > 0 ? firsts.variance() / square : 0;
        if (square > 0) mean_variance = firsts.variance() / square / firsts.n;
    }
    constexpr double few = 10;
    if (n < few) return;
    const double square = products / n, of_means = of_firsts / n * (of_repeats / n);
    if (any_sign) {
        within = within_sum / n;
        between = std::fmax(square - of_means, 0);
    } else if (square > 0 && of_means > 0) {
        within = within_sum / n / square;
        between = std::fmax(square / of_means - 1, 0);
    }
    // The purchases of one customer are alike, so the precision of the overall mean depends on the number of customers.
    double apart = 0;
    for (const KnownCustomer &c : customers)
        if (has_repeats(c)) apart += std::pow(c.frequency * (c.monetary_value - repeat_mean), 2);
    if (revenue != 0) mean_variance = std::fmax(mean_variance, apart / (revenue * revenue));
}

}  // namespace cltv
