#!/usr/bin/env python3
# Writes bdw.tsv, what unit tests compare BdW with, in 60 digits by mpmath: shares as ratios of beta functions, sums term by
# term, and where they never end by the asymptotic series of such a ratio in powers of t, whose sums are Hurwitz zeta functions.
#
#   test/reference/bdw.py > test/reference/bdw.tsv
#
# Inputs are doubles, written so that they read back exactly; results are rounded to 17 digits, 0 below 1e-307.
import math
import random

from mpmath import bernpoly, exp, inf, loggamma, log, mp, mpf, zeta

mp.dps = 60


def log_share(g, d, n):
    return loggamma(d + n) + loggamma(g + d) - loggamma(d) - loggamma(g + d + n)


# Gamma(d + n)/Gamma(g + d + n) n^g as a series in 1/n, by DLMF 5.11.8 and the exponential of a series.
def ratio_series(g, d, terms):
    logs = [mpf(0)] + [(-1) ** (k + 1) * (bernpoly(k + 1, d) - bernpoly(k + 1, g + d)) / (k * (k + 1)) for k in range(1, terms)]
    series = [mpf(1)]
    for k in range(1, terms):
        series.append(sum(j * logs[j] * series[k - j] for j in range(1, k + 1)) / k)
    return series


def renewals(g, d, c, periods, horizon, rate):
    now = log_share(g, d, mpf(periods) ** c)
    total, weight, t = mpf(0), mpf(1), periods + 1
    until = 500 ** (1 / float(c)) if math.isinf(horizon) and rate == 0 else math.inf
    if math.isinf(horizon) and rate == 0 and g * c <= 1:
        return inf
    while t - periods <= horizon and t < until:
        term = weight * exp(log_share(g, d, mpf(t) ** c) - now)
        total += term
        if rate > 0 and term < mpf(10) ** -25 * rate * total:
            return total
        weight /= 1 + mpf(rate)
        t += 1
    if t - periods > horizon:
        return total
    factor = exp(loggamma(g + d) - loggamma(d) - now)
    return total + factor * sum(a * zeta(c * (g + j), t) for j, a in enumerate(ratio_series(g, d, 40)))


def show(x):
    return "inf" if x == inf else "0" if abs(x) < mpf(10) ** -307 else mp.nstr(mpf(x), 17)


def digits(x):
    return float("%.5g" % x)


def main():
    print("# gamma delta c periods horizon rate log_likelihood_churned log_likelihood_active survival churn retention "
          "expected_periods discounted_periods")
    draw = random.Random(18)

    def log_uniform(low, high):
        return digits(math.exp(draw.uniform(math.log(low), math.log(high))))

    for i in range(320):
        kind = i % 8
        wide = kind in (0, 1, 2)
        g, d = (log_uniform(1e-3, 1e4) if wide else log_uniform(0.05, 20) for _ in range(2))
        c = 1.0 if kind == 3 else log_uniform(0.1, 8) if wide else log_uniform(0.4, 3)
        periods = round(log_uniform(1, 5000 if wide else 60))
        horizon = round(log_uniform(1, 400))
        rate = log_uniform(1e-5, 1)
        if kind == 4:
            c, horizon, rate = log_uniform(0.7, 3), math.inf, log_uniform(0.02, 0.5)
        elif kind == 5 or i == 7:
            # A mean that is just finite, or not.
            c, horizon, rate = log_uniform(0.7, 3), math.inf, log_uniform(0.05, 0.5)
            d, g = log_uniform(0.3, 5), digits((1 + draw.choice([-0.1, 1e-3, 0.01, 0.1, 1, 3])) / c)
        elif i % 40 == 6:
            horizon, rate = round(log_uniform(5000, 20000)), log_uniform(1e-5, 1e-3)
        a, b, power = mpf(g), mpf(d), mpf(c)
        before, now, then = (log_share(a, b, mpf(t) ** power) for t in (periods - 1, periods, periods + 1))
        print(g, d, c, periods, horizon, rate,
              *(show(x) for x in (log(exp(before) - exp(now)) if before > -700 else before + log(1 - exp(now - before)), now,
                                  exp(now), 1 - exp(then - now), exp(now - before),
                                  renewals(a, b, power, periods, horizon, 0),
                                  renewals(a, b, power, periods, horizon, rate))), sep="\t", flush=True)


main()
