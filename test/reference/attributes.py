#!/usr/bin/env python3
# Writes attributes.tsv, what unit tests compare the likelihoods of fits with attributes with, in 50 digits by mpmath: the
# definitions of the models, derivatives by differences.
#
#   test/reference/attributes.py > test/reference/attributes.tsv
#
# Four customers, the first two with the attribute -1, the others with 1, of mean 0 and standard deviation 1. Coordinates are
# those of the search: logarithms, or of two shapes the logit of their mean and the logarithm of their sum, mu as it is; then
# the coefficients of both sides, where there is a second one. Columns that a family does not have are 0.
import random

from mpmath import exp, log, loggamma, mp, mpf, pi, quad

mp.dps = 50


def rising(r, x):
    return loggamma(r + x) - loggamma(r)


def log_beta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


# Natural parameters, from coordinates of which attributes have moved the locations.
def shapes(c, at):
    m, phi = 1 / (1 + exp(-c[at])), exp(c[at + 1])
    return phi * m, phi * (1 - m)


def nbd(c, x, t_x, T):
    r, alpha = exp(c[0]), exp(c[1])
    return rising(r, x) + r * log(alpha) - (r + x) * log(alpha + T)


def chance(first):
    def likelihood(c, x, t_x, T):
        r, alpha = exp(c[0]), exp(c[1])
        a, b = shapes(c, 2)
        n = x + first
        there = exp(log_beta(a, b + n) - log_beta(a, b) - (r + x) * log(alpha + T))
        left = exp(log_beta(a + 1, b + n - 1) - log_beta(a, b) - (r + x) * log(alpha + t_x)) if n > 0 else 0
        return rising(r, x) + r * log(alpha) + log(there + left)

    return likelihood


def pnbd(c, x, t_x, T):
    r, alpha, s, b = (exp(v) for v in c[:4])
    there = (alpha + T) ** -(r + x) * (b + T) ** -s
    left = s * quad(lambda t: (alpha + t) ** -(r + x) * (b + t) ** -(s + 1), [t_x, (t_x + T) / 2, T])
    return rising(r, x) + r * log(alpha) + s * log(b) + log(there + left)


def bgbb(c, x, t_x, n):
    (a, b), (g, d) = shapes(c, 0), shapes(c, 2)

    def pair(hits, misses, leave, stay):
        return exp(log_beta(a + hits, b + misses) - log_beta(a, b) + log_beta(g + leave, d + stay) - log_beta(g, d))

    return log(pair(x, n - x, 0, n) + sum(pair(x, t_x - x + i, 1, t_x + i) for i in range(int(n - t_x))))


def gg(c, x, m, _):
    p, q, v = (exp(e) for e in c[:3])
    return loggamma(p * x + q) - loggamma(p * x) - loggamma(q) + q * log(v) + p * x * log(x) + (p * x - 1) * log(m) \
        - (p * x + q) * log(v + m * x)


def lognormal(c, x, m, _):
    mu, tau, sigma = c[0], exp(c[1]), exp(c[2])
    w = log(1 + (exp(sigma**2) - 1) / x)
    variance = tau**2 + w
    return -log(m) - log(2 * pi * variance) / 2 - (log(m) - mu + w / 2) ** 2 / (2 * variance)


def sbg(c, t, churned, _):
    a, b = shapes(c, 0)
    return log_beta(a + churned, b + t - churned) - log_beta(a, b)


def bdw(c, t, churned, _):
    (a, b), power = shapes(c, 0), exp(c[2])

    def stays(t):
        return exp(log_beta(a, b + mpf(t) ** power) - log_beta(a, b))

    return log(stays(t - 1) - stays(t) if churned else stays(t))


def geometric(c, t, churned, _):
    theta = 1 / (1 + exp(-c[0]))
    return churned * log(theta) + (t - churned) * log(1 - theta)


def orders(draw):
    T = round(draw.uniform(20, 400), 1)
    x = draw.choice([0, 0, 1, 2, 5, 12])
    return (x, round(T * draw.uniform(0.1, 1), 1) if x else 0, T)


def opportunities(draw):
    n = draw.randint(1, 12)
    t = draw.randint(0, n)
    return (0 if t == 0 else draw.randint(1, t), t, n)


def spends(draw):
    return (draw.randint(1, 9), round(draw.lognormvariate(3.5, 0.7), 2), 0)


def contracts(draw):
    return (draw.randint(1, 14), draw.randint(0, 1), 0)


# The likelihood, a customer, coordinates, and where and with which sign attributes of the two sides act.
FAMILIES = {
    "nbd": (nbd, orders, [0, 4], [(1, -1)]),
    "bgnbd": (chance(0), orders, [0, 4, -1, 1], [(1, -1), (2, 1)]),
    "mbgnbd": (chance(1), orders, [0, 4, -1, 1], [(1, -1), (2, 1)]),
    "pnbd": (pnbd, orders, [0, 4, -0.3, 5], [(1, -1), (3, -1)]),
    "bgbb": (bgbb, opportunities, [0, 0.7, -1, 1], [(0, 1), (2, 1)]),
    "gg": (gg, spends, [1.4, 1.5, 3.4], [(2, 1)]),
    "lognormal": (lognormal, spends, [3.5, -0.5, -0.4], [(0, 1)]),
    "sbg": (sbg, contracts, [-1, 1], [(0, 1)]),
    "geometric": (geometric, contracts, [-1.5], [(0, 1)]),
    "bdw": (bdw, contracts, [-1, 1, 0.2], [(0, 1)]),
}


def surface(likelihood, point, sides, n, customers):
    total = mpf(0)
    for z, customer in zip((-1, -1, 1, 1), customers):
        c = [mpf(v) for v in point[:n]]
        for coefficient, (location, sign) in zip(point[n:], sides):
            c[location] += sign * coefficient * z
        total += likelihood(c, *(mpf(v) for v in customer))
    return total


def main():
    print("# family c1 c2 c3 c4 first second", *(f"x{i} t{i} T{i}" for i in range(4)),
          "log_likelihood d1 d2 d3 d4 d_first d_second")
    draw = random.Random(1)
    for number, (likelihood, customer, middle, sides) in enumerate(FAMILIES.values()):
        for _ in range(3 if likelihood is pnbd else 12):
            point = [round(v + draw.uniform(-1, 1), 3) for v in middle] + [round(draw.uniform(-0.9, 0.9), 3) for _ in sides]
            customers = [customer(draw) for _ in range(4)]
            n = len(middle)
            exact = [mpf(v) for v in point]
            value = surface(likelihood, exact, sides, n, customers)
            step, slopes = mpf(10) ** -12, []
            for i in range(len(point)):
                up, down = ([v + (s * step if j == i else 0) for j, v in enumerate(exact)] for s in (1, -1))
                slopes.append((surface(likelihood, up, sides, n, customers) - surface(likelihood, down, sides, n, customers))
                              / (2 * step))
            padded = point[:n] + [0] * (4 - n) + point[n:] + [0] * (2 - len(sides))
            slopes = slopes[:n] + [0] * (4 - n) + slopes[n:] + [0] * (2 - len(sides))
            print(number, *padded, *(v for c in customers for v in c), *(mp.nstr(mpf(v), 17) for v in [value] + slopes))


main()
