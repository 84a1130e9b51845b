// Means over a beta-distributed probability, by quadrature: the safe method that the series of hyp2f1 and of the models
// fall back on, valid for every parameter.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/function_ref.hpp"
#include "core/base/logit_beta.hpp"
#include "core/base/special.hpp"

namespace cltv {

// p = 1/(1 + e^-v) and q = 1 - p with their logarithms, exact also where p or q underflows.
struct Logistic {
    explicit Logistic(double v) {
        const double e = std::exp(-std::fabs(v)), log_greater = -std::log1p(e), log_less = log_greater - std::fabs(v);
        const double greater = 1 / (1 + e), less = e * greater;
        p = v > 0 ? greater : less;
        q = v > 0 ? less : greater;
        log_p = v > 0 ? log_greater : log_less;
        log_q = v > 0 ? log_less : log_greater;
    }
    double p, q, log_p, log_q;
};

// ln of the integral of e^f over the real line for a smooth f with one maximum, between low and high, outside of which
// f falls nearly linearly; between them it may bend within one unit, or be a plateau.
//
// The trapezoidal rule in u, with v = u + w e^((u - right)/w) - w e^((left - u)/w): v is u where the integrand lives,
// and the tails, however slow, end doubly exponentially (after Takahasi & Mori 1974). The rule converges exponentially
// for such functions: halving the step squares the error, which would be about 1e-14 when two sums agree to 1e-7. They
// are asked for more, for a coarse sum may be right by the luck of where its points lie. NaN where they never agree.
double log_integral(FunctionRef<double(double)> f, double low, double high);

// E[g(P)] for P ~ Beta(a, b) and a positive smooth g, given by its logarithm log_g(Logistic). ln g may bend at p = 1/2
// and at the logit given, and have a slope of up to `power` in ln p and ln(1 - p).
template <class LogFunction>
double beta_mean(double a, double b, double bend, double power, LogFunction &&log_g) {
    const LogitBeta beta(a, b);
    const double low = std::min(0.0, bend) - log1p_exp(std::log(b + power) - std::log(a)) - 1;
    const double high = std::max(0.0, bend) + log1p_exp(std::log(a + power) - std::log(b)) + 1;
    const auto weighted = [&](double d) { return beta.log_density(d) + log_g(Logistic(beta.top() + d)); };
    return std::exp(log_integral(weighted, low - beta.top(), high - beta.top()));
}

}  // namespace cltv
