// Noise for differential privacy, drawn exactly and in integers (C. Canonne, G. Kamath, T. Steinke: The Discrete
// Gaussian for Differential Privacy, NeurIPS 2020). Floating-point logarithms would not do: which doubles can come out
// of them reveals the answer that the noise should hide (I. Mironov: On Significance of the Least Significant Bits for
// Differential Privacy, CCS 2012).
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>

namespace cltv {

// Where 64 random bits come from.
struct RandomBits {
    std::uint64_t (*next)(void *state);
    void *state;
    std::uint64_t operator()() const { return next(state); }
};

// The privacy of an answer, and the most by which one customer can change it, an integer.
struct Privacy {
    double epsilon;  // least_epsilon to largest_epsilon
    double delta;    // 0 for discrete Laplace noise, else that of discrete Gaussian noise, to largest_delta
    std::int64_t sensitivity;  // 1 to largest_sensitivity
};
constexpr double least_epsilon = 0.001, largest_epsilon = 100, least_delta = 1e-12, largest_delta = 0.1;
constexpr std::int64_t largest_sensitivity = 1 << 20;

// P(y) in proportion to exp(-|y| s / t); s from 1 to 2^38, t from 1 to 2^52 (Algorithm 2).
std::int64_t discrete_laplace(std::uint64_t s, std::uint64_t t, RandomBits bits);

// P(y) in proportion to exp(-y^2 / (2 sigma^2)), sigma above 0 and below 2^40, rounded up to a variance in 2^-20 (Algorithm 3).
std::int64_t discrete_gaussian(double sigma, RandomBits bits);

// The least sigma for which continuous Gaussian noise is (epsilon, delta)-private for a sensitivity of 1 (B. Balle,
// Y.-X. Wang: Improving the Gaussian Mechanism for Differential Privacy, ICML 2018, Theorem 8), to a relative accuracy
// of 1e-13.
double analytic_gaussian_sigma(double epsilon, double delta);

// The exact delta of discrete Gaussian noise at epsilon, for an integer sensitivity (Canonne et al., Theorem 7).
double discrete_gaussian_delta(double sigma, std::int64_t sensitivity, double epsilon);

// The sigma of the noise that draw_noise draws: the least analytic one, or slightly more where integers need it.
double gaussian_sigma(const Privacy &privacy);

std::int64_t draw_noise(const Privacy &privacy, RandomBits bits);

}  // namespace cltv
