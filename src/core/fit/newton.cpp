#include "core/fit/newton.hpp"

#include <cmath>

#include "core/fit/matrices.hpp"

namespace cltv {

template <int N>
Ascent<N> newton_ascent(SmoothFunction<N> f, const Eigen::Matrix<double, N, 1> &start, const Eigen::Matrix<double, N, 1> &centre,
                        double radius, int max_iterations) {
    using Vector = Eigen::Matrix<double, N, 1>;
    constexpr double max_step = 2;
    constexpr double armijo = 1e-4;
    // The Newton decrement g'H^-1 g is twice what is still to be gained; a step taken at 1e-9 ends, by quadratic
    // convergence, at rounding level. So does one taken at a gain that drowns in the rounding of a huge sum f, where no
    // rise could be proved.
    constexpr double small_decrement = 1e-9, rounding = 1e-13;
    // f has the units of a log-likelihood: a direction of so little curvature has a standard error of 100 and more. The
    // search gives up there, for all that such a ridge still has to offer is about the decrement.
    constexpr double level_curvature = 1e-4, level_decrement = 1e-5;

    Ascent<N> ascent{start, f(start), 0, false, false};
    bool last_step = false;
    while (ascent.iterations < max_iterations) {
        ++ascent.iterations;
        const Surface<N> &here = ascent.surface;
        const Spectrum<N> spectrum = spectrum_of<N>(-here.hessian);
        const double largest = spectrum.values.cwiseAbs().maxCoeff();
        if (!(largest > 0) || !std::isfinite(largest)) return ascent;
        const Vector curvature = spectrum.values.cwiseAbs().cwiseMax(1e-10 * largest);
        const Vector along = spectrum.vectors.transpose() * here.gradient;
        Vector step = spectrum.vectors * along.cwiseQuotient(curvature);
        const double decrement = along.cwiseProduct(along.cwiseQuotient(curvature)).sum();
        const bool concave = spectrum.values.minCoeff() > 0;
        if (last_step || decrement == 0) {
            ascent.settled = concave;
            return ascent;
        }
        if (decrement < level_decrement && spectrum.values.cwiseAbs().minCoeff() < level_curvature) return ascent;
        const double longest = step.cwiseAbs().maxCoeff();
        if (longest > max_step) step *= max_step / longest;

        // Near the top f is flat to rounding: there the step is Newton's own and needs no proof of a rise.
        last_step = concave && decrement < std::fmax(small_decrement, rounding * std::fabs(here.value));
        double scale = 1;
        Surface<N> there = f(Vector(ascent.point + step));
        const double slope = step.dot(here.gradient);
        while (!last_step && !(there.value >= here.value + armijo * scale * slope)) {
            scale /= 2;
            if (scale < 1e-12) return ascent;
            there = f(Vector(ascent.point + scale * step));
        }
        ascent.point += scale * step;
        ascent.surface = there;
        if ((ascent.point - centre).cwiseAbs().maxCoeff() > radius) {
            ascent.escaped = true;
            return ascent;
        }
    }
    return ascent;
}

#define CLTV_NEWTON_ASCENT(N)                                                                \
    template Ascent<N> newton_ascent<N>(SmoothFunction<N>, const Eigen::Matrix<double, N, 1> &, \
                                        const Eigen::Matrix<double, N, 1> &, double, int);
CLTV_NEWTON_ASCENT(1)
CLTV_NEWTON_ASCENT(2)
CLTV_NEWTON_ASCENT(3)
CLTV_NEWTON_ASCENT(4)
CLTV_NEWTON_ASCENT(Eigen::Dynamic)
#undef CLTV_NEWTON_ASCENT

}  // namespace cltv
