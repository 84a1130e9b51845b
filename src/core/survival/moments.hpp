// Sums over rows of attributes of w x and of w x x', the building blocks of survival fits.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>

namespace cltv {

// Adds m[k] x[k] to the numbers from `first` on, in sequence for each of them, so that the result is that of one row at
// a time, whatever the compiler does.
inline void add_multiples(const double (&m)[4], const double *x, int n, int from, double *sums) {
    const double *const x0 = x, *const x1 = x0 + n, *const x2 = x1 + n, *const x3 = x2 + n;
    using Pair = double __attribute__((vector_size(16), aligned(8), may_alias));
    const auto pair = [](const double *at) { return *reinterpret_cast<const Pair *>(at); };
    int i = from;
    for (; i + 2 <= n; i += 2) {
        Pair sum = pair(sums + i);
        sum += m[0] * pair(x0 + i);
        sum += m[1] * pair(x1 + i);
        sum += m[2] * pair(x2 + i);
        sum += m[3] * pair(x3 + i);
        *reinterpret_cast<Pair *>(sums + i) = sum;
    }
    for (; i < n; ++i) sums[i] = (((sums[i] + m[0] * x0[i]) + m[1] * x1[i]) + m[2] * x2[i]) + m[3] * x3[i];
}

// Adds w x to first, n numbers, and w x x' to the lower triangle of second, by columns, for consecutive rows x of n
// numbers. Four rows at a time, because most of the memory traffic is to the sums.
inline void add_moments(const double *weights, const double *x, std::size_t rows, int n, double *first, double *second) {
    for (; rows >= 4; rows -= 4, weights += 4, x += 4 * static_cast<std::size_t>(n)) {
        for (int j = 0; j < n; ++j) {
            const double m[4] = {weights[0] * x[j], weights[1] * x[n + j], weights[2] * x[2 * n + j], weights[3] * x[3 * n + j]};
            if (m[0] == 0 && m[1] == 0 && m[2] == 0 && m[3] == 0) continue;
            first[j] = (((first[j] + m[0]) + m[1]) + m[2]) + m[3];
            add_multiples(m, x, n, j, second + static_cast<std::size_t>(n) * j);
        }
    }
    for (; rows > 0; --rows, ++weights, x += n)
        for (int j = 0; j < n; ++j) {
            const double moment = *weights * x[j];
            if (moment == 0) continue;
            first[j] += moment;
            for (int i = j; i < n; ++i) second[static_cast<std::size_t>(n) * j + i] += moment * x[i];
        }
}

}  // namespace cltv
