// 2F1(a, b; c; z) as the mean of (1 - z P)^-a over P ~ Beta(b, c - b).
#include "table.hpp"
#include "traits.hpp"

namespace reference {

namespace {

Real hyp2f1(double a, double b, double c, double z) {
    const Real gap = 1 - Real(z), rest = Real(c) - Real(b);
    const auto f = [&](const auto &v) {
        using N = std::decay_t<decltype(v)>;
        const Logit<N> l(v);
        // 1 - z p = (1 - p) + p (1 - z)
        const N ahead = v + N(log(N(gap)));
        const N far = ahead > 0 ? N(ahead + N(log1p(N(exp(N(-ahead)))))) : N(log1p(N(exp(ahead))));
        return N(N(b) * l.log_p + N(rest) * l.log_q - N(a) * (l.log_q + far));
    };
    const double bend = -std::log(static_cast<double>(gap));
    const double d = static_cast<double>(rest);
    return exp(Real(log_integral<Real>(f, {0, bend, std::log(b / d), std::log((b + std::fabs(a)) / d),
                                           std::log(b / (d + std::fabs(a)))}) -
                    log_beta_integral(b, rest)));
}

}  // namespace

void hyp2f1_table(Part part) {
    Draws draw(21);
    print_header(part, "a b c z 2F1(a,b;c;z)");
    for (int i = 0; i < 1500; ++i) {
        const int kind = i % 5;
        double a, b, rest, z;
        if (kind < 2) {  // the whole box
            a = draw.sign() * draw.log_uniform(1e-3, 1e4);
            b = draw.log_uniform(1e-3, 1e4);
            rest = draw.log_uniform(1e-3, 1e4);
        } else {
            a = draw.chance(0.3) ? draw.uniform(-5, 5) : draw.uniform(0, 60);
            b = draw.uniform(0.01, 6);
            rest = draw.log_uniform(0.1, 60);
        }
        switch (draw.below(4)) {
            case 0: z = -draw.log_uniform(1e-6, 1e9); break;
            case 1: z = draw.uniform(0, 1); break;
            case 2: z = 1 - draw.log_uniform(1e-14, 1e-1); break;
            default: z = -draw.log_uniform(1e-2, 1e2);
        }
        if (kind == 4) {  // whole numbers and their neighbours in a, c - a, c - b, c - a - b
            rest = 1 + draw.below(8);
            b = draw.chance(0.5) ? 1 + draw.below(4) : b;
            const double near = draw.sign() * draw.log_uniform(1e-15, 1e-2) * draw.below(2);
            a = draw.chance(0.5) ? draw.below(12) - 4 + near : rest - draw.below(4) + near;
        }
        const double c = b + rest;
        if (!(c > b) || z >= 1 || !part.holds(i)) continue;
        const Real value = hyp2f1(a, b, c, z);
        if (!(value < 1e300)) continue;
        for (double input : {a, b, c, z}) print_input(input);
        print_result(value, '\n');
    }
}

}  // namespace reference
