#!/usr/bin/env python3
# Writes regular.tsv, what unit tests compare BG/CNBD-k and MBG/CNBD-k with, in 50 digits by mpmath: the definition of the model,
# event by event, and none of the transforms of src/core/purchases/phases.hpp.
#
#   test/reference/regular.py > test/reference/regular.tsv
#
# Events come at a rate lambda ~ Gamma(r, rate alpha), each k-th of them is a chance to buy, and after a purchase (of MBG after the
# first one, too) a customer leaves with probability p ~ Beta(a, b). With a repeat purchases until t_x the likelihood is
# lambda^(k x) e^(-lambda t_x) times what gaps are when purchases are scattered evenly, t_x^((k - 1) x) Gamma(x)/Gamma(k x).
import random

from mpmath import exp, log, loggamma, mp, mpf

mp.dps = 50


# Gamma-mixed events: N(h) of Gamma(m, A) is n, for n = 0, 1, ... until what is left is nothing, also of those from `least` on.
def counts(m, A, h, least):
    share = h / (A + h)
    probability = (A / (A + h)) ** m
    n, most, first = 0, 0, None
    while True:
        yield n, probability
        most = max(most, probability)
        if n == least:
            first = probability
        if n > max(m * h / A, least) and probability < min(most, first) * mpf(10) ** -45:
            return
        probability *= share * (m + n) / (n + 1)
        n += 1


def said(first, r, alpha, a, b, k, x, t_x, T, h, number):
    chances, m = x + first, r + k * x
    silent = T - t_x

    def log_beta(one, other):
        return loggamma(one) + loggamma(other) - loggamma(one + other)

    # The events since the last purchase, 0 ... k - 1, with the rate integrated out.
    phases = [exp(loggamma(m + j) - loggamma(j + 1) - (m + j) * log(alpha + T)) * silent**j for j in range(k)]
    stays = exp(log_beta(a, b + chances) - log_beta(a, b))
    there = stays * sum(phases)
    left = exp(log_beta(a + 1, b + chances - 1) - log_beta(a, b) + loggamma(m) - m * log(alpha + t_x)) if chances > 0 else mpf(0)
    gaps = (k - 1) * x * log(t_x) + loggamma(x) - loggamma(k * x) if x > 0 and k > 1 else mpf(0)
    likelihood = gaps + r * log(alpha) - loggamma(r) + log(there + left)
    alive = there / (there + left)

    # E[(1 - p)^i] of who is there, and what is bought of so many chances.
    survival, bought = [mpf(1)], [mpf(0)]

    def reach(c):
        while len(survival) <= c:
            i = len(survival) - 1
            survival.append(survival[i] * (b + chances + i) / (a + b + chances + i))
            bought.append(bought[i] + survival[i])

    silent_ahead = active = expected = exactly = mpf(0)
    for j in range(k):
        weight = phases[j] / sum(phases)
        for n, probability in counts(m + j, alpha + T, h, k * number):
            c = (j + n) // k
            reach(c + 1)
            here = weight * probability
            if c == 0:
                silent_ahead += here
            active += here * survival[c]
            expected += here * bought[c]
            if c == number:
                exactly += here * survival[c - 1]
            elif c > number:
                reach(number)
                exactly += here * (survival[number - 1] - survival[number])
    dead = left / (there + left)
    return [likelihood, alive, dead, dead + alive * silent_ahead, alive * active, alive * expected, alive * exactly]


def text(value):
    return mp.nstr(value, 17, strip_zeros=True) if value != 0 else "0"


draw = random.Random(31)
print("# first r alpha a b k frequency recency tenure horizon n log_likelihood prob_alive prob_dead prob_no_purchase "
      "prob_alive_after expected_purchases purchase_pmf")


def brief(value):
    return float("%.5g" % value)


def log_uniform(low, high):
    return brief(exp(log(low) + (log(high) - log(low)) * draw.random()))


for row in range(80):
    first, k = row % 2, draw.choice([2, 2, 3, 4, 7, 12])
    r, alpha, a, b = log_uniform(0.1, 10), log_uniform(2, 100), log_uniform(0.05, 10), log_uniform(0.1, 20)
    T = log_uniform(1, 800)
    x = 0 if draw.random() < 0.25 else 1 + int(draw.random() * 25)
    t_x = 0.0 if x == 0 else T if draw.random() < 0.1 else brief(T * draw.random())
    t_x = min(t_x, T)
    h, number = log_uniform(1, 400), 1 + int(draw.random() * 6)
    inputs = [first, r, alpha, a, b, k, x, t_x, T, h, number]
    values = said(first, *(mpf(v) for v in (r, alpha, a, b)), k, x, *(mpf(v) for v in (t_x, T, h)), number)
    print("\t".join([repr(v) for v in inputs] + [text(v) for v in values]), flush=True)
