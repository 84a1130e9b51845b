#include "core/base/draws.hpp"

#include <boost/random/exponential_distribution.hpp>
#include <boost/random/gamma_distribution.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>

#include "core/base/random.hpp"

namespace cltv {

double draw_uniform(Random &random) { return boost::random::uniform_01<double>()(random); }
double draw_normal(Random &random) { return boost::random::normal_distribution<double>()(random); }
double draw_exponential(Random &random) { return boost::random::exponential_distribution<double>(1)(random); }
double draw_gamma(double shape, Random &random) { return boost::random::gamma_distribution<double>(shape)(random); }

double draw_beta(double a, double b, Random &random) {
    const double x = draw_gamma(a, random), y = draw_gamma(b, random);
    return x + y > 0 ? x / (x + y) : draw_uniform(random) * (a + b) < a ? 1.0 : 0.0;
}

}  // namespace cltv
