#!/usr/bin/env python3
"""Reference values of Pareto/NBD for test/unit/pnbd_test.cpp: the integrals over the time of departure that define the
model, in 30 digits. Needs mpmath.

    pnbd.py [ROWS] > pnbd.tsv
"""
import random
import sys

from mpmath import exp, log, log1p, loggamma, mp, mpf

mp.dps = 30


def legendre_rule(n):
    """Nodes and weights of n-point Gauss-Legendre quadrature on -1..1."""
    rule = []
    for i in range(n):
        x = mp.cos(mp.pi * (i + mpf('0.75')) / (n + mpf('0.5')))
        for _ in range(8):
            p, before = x, mpf(1)
            for k in range(2, n + 1):
                p, before = ((2 * k - 1) * x * p - (k - 1) * before) / k, p
            slope = n * (x * p - before) / (x * x - 1)
            x -= p / slope
        rule.append((x, 2 / ((1 - x * x) * slope * slope)))
    return rule


RULE = legendre_rule(24)


def integral(rate, end, *scales):
    """The integral of rate(t) dt over 0..end, by panels in ln t. rate changes its course at none of the times below the
    smallest of the scales."""
    if end == 0:
        return mpf(0)
    high, total = log(end), mpf(0)
    smooth = min([high] + [log(scale) for scale in scales]) - 3
    low = smooth - 75
    while high > low:
        length = mpf(2) if high <= smooth else min(mpf('0.25'), high - smooth)
        for node, weight in RULE:
            t = exp(high - length * (1 + node) / 2)
            total += weight * length / 2 * t * rate(t)
        high -= length
    return total


def survives(m, s, a, b, t):
    """Neither a purchase nor a departure for t, of a customer with lambda ~ Gamma(m, a) and mu ~ Gamma(s, b)."""
    return exp(-m * log1p(t / a) - s * log1p(t / b))


def leaves_first(m, s, a, b, end):
    fall = 1 / (m / a + (s + 1) / b)
    return integral(lambda t: survives(m, s, a, b, t) * s / (b + t), end, a, b, fall, a / m, b / s)


def values(r, alpha, s, beta, x, t, T, h, discount, n):
    m, a, b = r + x, alpha + T, beta + T
    odds = leaves_first(m, s, alpha + t, beta + t, T - t) / survives(m, s, alpha + t, beta + t, T - t)
    alive, dead = 1 / (1 + odds), odds / (1 + odds)
    log_likelihood = loggamma(m) - loggamma(r) + r * log(alpha / a) - x * log(a) + s * log(beta / b) + log1p(odds)
    silent = dead + alive * (survives(m, s, a, b, h) + leaves_first(m, s, a, b, h))
    rate = lambda u: m / a * exp(-s * log1p(u / b))
    expected = alive * integral(rate, h, b, b / s)
    discounted = alive * integral(lambda u: rate(u) * exp(-discount * u), h, b, b / s, 1 / discount)
    choices = loggamma(m + n) - loggamma(m) - loggamma(n + 1)
    orders = lambda u: exp(choices - n * log1p(a / u)) * survives(m, s, a, b, u)
    width = (n + 1) * a / m
    some = alive * (orders(h) + integral(lambda u: orders(u) * s / (b + u), h, a, b, width, b / s))
    return log_likelihood, alive, dead, silent, expected, discounted, some


def brief(value):
    return float('%.5g' % value)


def main():
    rng = random.Random(1987)
    log_uniform = lambda low, high: brief(exp(rng.uniform(float(log(low)), float(log(high)))))
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 300):
        wide = rng.random() < 0.6
        shape = lambda: log_uniform(1e-3, 1e4) if wide else log_uniform(0.1, 3)
        time = lambda: log_uniform(1e-3, 1e4) if wide else log_uniform(1, 1000)
        r, alpha, s, beta = shape(), time(), shape(), time()
        near = 1 + rng.choice([0, 1e-15, 1e-12, -1e-8, 1e-8, 1e-5, -1e-3])
        special = rng.random()
        if special < 0.15:
            s = near
        elif special < 0.3:
            beta = alpha * near
        x = rng.choice([0, 0, 1, 2, 3, 5, 10, 30, 100, 1000, 10000])
        T = log_uniform(0.1, 36500)
        t = 0 if x == 0 else rng.choice([rng.random(), 1 - log_uniform(1e-6, 1), log_uniform(1e-4, 1), 1]) * T
        h, discount = rng.choice([log_uniform(0.1, 36500), 365.0]), log_uniform(1e-6, 0.1)
        n = rng.choice([1, 2, 5, 20, 200])
        row = [r, alpha, s, beta, float(x), t, T, h, discount, float(n)]
        result = values(*(mpf(value) for value in row))
        digits = ['%.17g' % (0 if abs(value) < 1e-300 else value) for value in result]
        print('\t'.join([repr(value) for value in row] + digits), flush=True)


main()
