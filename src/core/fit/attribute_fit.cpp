#include "core/fit/attribute_fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/base/precise_sum.hpp"
#include "core/base/sort_rows.hpp"
#include "core/fit/climbed.hpp"
#include "core/rows/coding.hpp"

namespace cltv {

namespace {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;
using DynamicSurface = Surface<Eigen::Dynamic>;

// The parameters of a form as functions of the coordinates in which they are searched.
class Coordinates {
public:
    explicit Coordinates(const AttributeForm &form) : form_(form) {}

    int size() const { return form_.size; }
    const AttributeSide &side(Role role) const { return form_.sides[AttributeForm::side_of(role)]; }

    void natural(const double *coordinates, double *theta) const {
        for (int i = 0; i < size(); ++i) {
            const double x = coordinates[i] + tilt(i) * (clock(coordinates) - 1);
            theta[i] = form_.scale[i] == Scale::real ? x : std::exp(x) + (form_.scale[i] == Scale::above_one ? 1 : 0);
        }
        for (const AttributeSide &side : form_.sides) {
            if (!side.pair) continue;
            const int a = side.location;
            const double logit = coordinates[a] + tilt(a) * (clock(coordinates) - 1), both = theta[a + 1];
            theta[a] = both / (1 + std::exp(-logit));
            theta[a + 1] = both / (1 + std::exp(logit));
        }
    }

    void from_natural(const double *theta, double *coordinates) const {
        for (int i = 0; i < size(); ++i) {
            const double x = theta[i];
            coordinates[i] = form_.scale[i] == Scale::real        ? x
                             : form_.scale[i] == Scale::logarithm ? std::log(x)
                                                                  : std::log(std::fmax(x - 1, 1e-3));
        }
        for (const AttributeSide &side : form_.sides) {
            if (!side.pair) continue;
            const int a = side.location;
            coordinates[a] = std::log(theta[a] / theta[a + 1]);
            coordinates[a + 1] = std::log(theta[a] + theta[a + 1]);
        }
        for (int i = 0; form_.clock >= 0 && i < form_.clock; ++i) coordinates[i] -= tilt(i) * (theta[form_.clock] - 1);
    }

    // The derivatives of the form's parameters in the coordinates, with shares instead of their odds.
    Matrix jacobian(const double *theta) const {
        Matrix jacobian = Matrix::Zero(size(), size());
        for (int i = 0; i < size(); ++i)
            jacobian(i, i) = form_.is_odds(i) ? theta[i] / ((1 + theta[i]) * (1 + theta[i])) : slope(i, theta);
        for (const AttributeSide &side : form_.sides) {
            if (!side.pair) continue;
            const int at = side.location;
            const double a = theta[at], b = theta[at + 1], turn = a * b / (a + b);
            jacobian(at, at) = turn;
            jacobian(at, at + 1) = a;
            jacobian(at + 1, at) = -turn;
            jacobian(at + 1, at + 1) = b;
        }
        const int c = form_.clock;
        for (int i = 0; c >= 0 && i < c; ++i) jacobian.col(c) += tilt(i) * theta[c] * jacobian.col(i);
        return jacobian;
    }

    // Turns derivatives in the natural parameters into those in the coordinates.
    void derivatives(const Surface<4> &natural, const double *theta, double *gradient, double (*hessian)[4]) const {
        const int n = size();
        for (int i = 0; i < n; ++i) {
            gradient[i] = slope(i, theta) * natural.gradient(i);
            for (int j = 0; j < n; ++j) hessian[i][j] = slope(i, theta) * slope(j, theta) * natural.hessian(i, j);
            if (form_.scale[i] != Scale::real) hessian[i][i] += gradient[i];
        }
        for (const AttributeSide &side : form_.sides)
            if (side.pair) turn(side.location, theta, gradient, hessian);
        if (form_.clock >= 0) tilt_derivatives(theta[form_.clock], gradient, hessian);
    }

    // Turns first derivatives in the natural parameters into those in the coordinates.
    void first_derivatives(const double *theta, double *gradient) const {
        for (int i = 0; i < size(); ++i) gradient[i] *= slope(i, theta);
        for (const AttributeSide &side : form_.sides) {
            if (!side.pair) continue;
            double &to_a = gradient[side.location], &to_b = gradient[side.location + 1];
            const double a = theta[side.location], b = theta[side.location + 1];
            const double turned = (b * to_a - a * to_b) / (a + b);
            to_b += to_a;
            to_a = turned;
        }
        const int c = form_.clock;
        for (int i = 0; c >= 0 && i < c; ++i) gradient[c] += tilt(i) * theta[c] * gradient[i];
    }

private:
    // d theta/d coordinate, which is the second derivative too, for all scales but the real one.
    double slope(int i, const double *theta) const {
        return form_.scale[i] == Scale::real ? 1 : form_.scale[i] == Scale::above_one ? theta[i] - 1 : theta[i];
    }

    // The multiple of (c - 1) that separates a coordinate from the natural one; the clock's own coordinate, the last,
    // is ln c.
    double tilt(int i) const {
        if (form_.clock < 0 || i >= form_.clock) return 0;
        return i == 0 ? -form_.log_typical : form_.log_typical;
    }
    double clock(const double *coordinates) const { return form_.clock < 0 ? 1 : std::exp(coordinates[form_.clock]); }

    // x_i = q_i + tilt_i (c - 1), with c = e^q of the clock: dx_i/dq = d2x_i/dq2 = tilt_i c.
    void tilt_derivatives(double c, double *gradient, double (*hessian)[4]) const {
        const int last = form_.clock;
        for (int i = 0; i < last; ++i) {
            gradient[last] += tilt(i) * c * gradient[i];
            hessian[last][last] += tilt(i) * c * (gradient[i] + 2 * hessian[i][last]);
            for (int j = 0; j < last; ++j) hessian[last][last] += tilt(i) * tilt(j) * c * c * hessian[i][j];
        }
        for (int j = 0; j < last; ++j) {
            for (int i = 0; i < last; ++i) hessian[j][last] += tilt(i) * c * hessian[i][j];
            hessian[last][j] = hessian[j][last];
        }
    }

    // From ln a and ln b to the logit x of the mean m = a/(a + b) and ln phi = ln(a + b): ln a = ln m + ln phi, ln b =
    // ln(1 - m) + ln phi; d ln m/dx = 1 - m, d ln(1 - m)/dx = -m, both with the second derivative -m (1 - m).
    void turn(int a, const double *theta, double *gradient, double (*hessian)[4]) const {
        const int b = a + 1;
        const double m = theta[a] / (theta[a] + theta[b]), rest = theta[b] / (theta[a] + theta[b]);
        const double to_a = gradient[a], to_b = gradient[b], aa = hessian[a][a], ab = hessian[a][b], bb = hessian[b][b];
        gradient[a] = rest * to_a - m * to_b;
        gradient[b] = to_a + to_b;
        hessian[a][a] = rest * rest * aa - 2 * rest * m * ab + m * m * bb - m * rest * (to_a + to_b);
        hessian[a][b] = hessian[b][a] = rest * aa + (rest - m) * ab - m * bb;
        hessian[b][b] = aa + 2 * ab + bb;
        for (int i = 0; i < size(); ++i) {
            if (i == a || i == b) continue;
            const double ia = hessian[i][a], ib = hessian[i][b];
            hessian[i][a] = hessian[a][i] = rest * ia - m * ib;
            hessian[i][b] = hessian[b][i] = ia + ib;
        }
    }

    AttributeForm form_;
};

// The effect of a penalty on each coefficient as the search sees it. The coefficient multiplies values divided by
// `shortened`, so that the curvature of a large penalty is of the same size as the others', and it costs weight/2 times
// its square.
class Ridge {
public:
    Ridge(const FeatureSet &set, const Coding &coding, double penalty, double customers, Stop stop)
        : size_(penalty), shortened_(coding.size(), 1), weight_(coding.size(), 0) {
        if (penalty == 0) return;
        const std::vector<double> variance = variances(set, coding, stop);
        for (std::size_t i = 0; i < weight_.size(); ++i) {
            const double curvature = penalty * variance[i];
            shortened_[i] = 1 / std::sqrt(1 + curvature);
            weight_[i] = customers * curvature / (1 + curvature);
        }
    }

    double size() const { return size_; }
    double shortened(int coefficient) const { return shortened_[static_cast<std::size_t>(coefficient)]; }
    double weight(int coefficient) const { return weight_[static_cast<std::size_t>(coefficient)]; }

private:
    // The variance over customers of what each coefficient multiplies.
    static std::vector<double> variances(const FeatureSet &set, const Coding &coding, Stop stop) {
        std::vector<double> mean(coding.size(), 0), square(coding.size(), 0);
        double customers = 0;
        for (std::uint32_t i = 0; i < set.used; ++i) {
            poll_at(i, stop);
            const FeatureCount &row = set.rows()[i];
            customers += row.count;
            for (std::uint32_t column = 0; column < set.n_columns; ++column) {
                const Coding::Entry entry = coding.entry(static_cast<std::uint32_t>(row.row), column);
                if (entry.coefficient < 0) continue;
                const std::size_t at = static_cast<std::size_t>(entry.coefficient);
                mean[at] += row.count * entry.value;
                square[at] += row.count * entry.value * entry.value;
            }
        }
        for (std::size_t i = 0; i < mean.size(); ++i)
            square[i] = std::fmax(0, square[i] / customers - mean[i] / customers * (mean[i] / customers));
        return square;
    }

    double size_;
    std::vector<double> shortened_, weight_;
};

class AttributeClimber {
public:
    AttributeClimber(const FeatureSet &set, const Coding &coding, const Ridge &ridge, AttributeSearch &search,
                     double customers, bool same, Stop stop)
        : set_(set), coding_(coding), ridge_(ridge), search_(search), customers_(customers),
          twin_(same ? coding.twins() : std::vector<int>(coding.size(), -1)), stop_(stop) {}

    int iterations = 0;

    // The places of the coefficients among the coordinates of a form; -1 for those that move nothing there. A
    // coefficient that is the same as another has the other's place.
    std::vector<int> places(int form) const {
        const Coordinates coordinates(search_.form(form));
        std::vector<int> places;
        int next = coordinates.size();
        for (int i = 0; i < coding_.size(); ++i) {
            const bool moves = coordinates.side(coding_.role(i)).location >= 0;
            places.push_back(!moves ? -1 : twin_[i] >= 0 ? places[twin_[i]] : next++);
        }
        return places;
    }

    DynamicSurface surface(int form, const Vector &point) {
        const Coordinates coordinates(search_.form(form));
        const std::vector<int> place = places(form);
        const int n = coordinates.size(), all = static_cast<int>(point.size());
        const int n_common = search_.n_common(), first_common = all - n_common;
        DynamicSurface total{0, Vector::Zero(all), Matrix::Zero(all, all)};
        PreciseSum value;
        search_.start_at(point.data() + first_common);

        struct Term {
            int place, location;
            double slope;  // of the location
        };
        std::vector<Term> terms(set_.n_columns);
        for (std::size_t group = 0; group < search_.groups(); ++group) {
            poll_at(group, stop_);
            const std::uint32_t row = search_.attributes_of(group);
            double here[4], theta[4], gradient[4], hessian[4][4];
            std::copy(point.data(), point.data() + n, here);
            int n_terms = 0;
            for (std::uint32_t column = 0; column < set_.n_columns; ++column) {
                const Coding::Entry entry = coding_.entry(row, column);
                if (entry.coefficient < 0 || place[entry.coefficient] < 0) continue;
                const AttributeSide &side = coordinates.side(coding_.role(entry.coefficient));
                Term &term = terms[n_terms++];
                term = {place[entry.coefficient], side.location,
                        side.sign * entry.value * ridge_.shortened(entry.coefficient)};
                here[term.location] += term.slope * point(term.place);
            }
            coordinates.natural(here, theta);
            const Surface<4> natural = search_.surface(form, theta, group);
            coordinates.derivatives(natural, theta, gradient, hessian);

            value += natural.value;
            for (int i = 0; i < n; ++i) {
                total.gradient(i) += gradient[i];
                for (int j = 0; j <= i; ++j) total.hessian(i, j) += hessian[i][j];
            }
            for (int i = 0; i < n_terms; ++i) {
                const Term &term = terms[i];
                total.gradient(term.place) += term.slope * gradient[term.location];
                for (int j = 0; j < n; ++j) total.hessian(term.place, j) += term.slope * hessian[term.location][j];
                for (int j = 0; j <= i; ++j) {
                    const double both = term.slope * terms[j].slope * hessian[term.location][terms[j].location];
                    const int later = std::max(term.place, terms[j].place), earlier = std::min(term.place, terms[j].place);
                    total.hessian(later, earlier) += i != j && later == earlier ? 2 * both : both;
                }
            }
            for (int c = 0; c < n_common; ++c) {
                double mixed[4];
                for (int i = 0; i < n; ++i) mixed[i] = search_.mixed()(c, i);
                coordinates.first_derivatives(theta, mixed);
                const int line = first_common + c;
                for (int i = 0; i < n; ++i) total.hessian(line, i) += mixed[i];
                for (int i = 0; i < n_terms; ++i) total.hessian(line, terms[i].place) += terms[i].slope * mixed[terms[i].location];
            }
        }
        total.value = value.value();
        if (n_common > 0) search_.add_common(total);
        for (int i = 0; ridge_.size() > 0 && i < coding_.size(); ++i) {
            if (place[i] < 0 || twin_[i] >= 0) continue;
            const double weight = ridge_.weight(i), coefficient = point(place[i]);
            total.value -= weight / 2 * coefficient * coefficient;
            total.gradient(place[i]) -= weight * coefficient;
            total.hessian(place[i], place[i]) -= weight;
        }
        total.hessian = total.hessian.template selfadjointView<Eigen::Lower>();
        return total;
    }

    // Climbs from a place in the coordinates; weight: of the prior on the form's coordinates.
    Climbed climb(int form, const Vector &start, double weight) {
        return climb_with_coefficients([&](const Vector &point) { return surface(form, point); }, form, search_.form(form).size,
                                       start, centre_of(form, static_cast<int>(start.size())), weight, iterations);
    }

    // Climbs from natural parameters, with all effects of attributes and common coordinates at 0.
    Climbed climb_from(int form, const double *theta, double weight = 0) {
        const std::vector<int> place = places(form);
        const Coordinates coordinates(search_.form(form));
        int n = coordinates.size();
        for (const int one : place) n = std::max(n, one + 1);
        Vector start = Vector::Zero(n + search_.n_common());
        coordinates.from_natural(theta, start.data());
        return climb(form, start, weight);
    }

    // The coefficient at a place beyond the form's coordinates, as the coding counts them; the size of the coding if
    // there is none.
    int coefficient_at(int form, int place) const {
        const std::vector<int> all = places(form);
        return static_cast<int>(std::find(all.begin(), all.end(), place) - all.begin());
    }

    // The model at a summit. Coefficients are those of the attributes in their own units, and the form's parameters are
    // those of customers whose attributes are all 0 or at the reference.
    Fit fit_at(const Climbed &climbed, Status status) {
        const AttributeForm form = search_.form(climbed.form);
        const Coordinates coordinates(form);
        const std::vector<int> place = places(climbed.form);
        const int n = coordinates.size(), all = static_cast<int>(climbed.point.size());
        Matrix outside = Matrix::Identity(all, all);
        for (int i = 0; i < coding_.size(); ++i) {
            if (place[i] < 0) continue;
            const AttributeSide &side = coordinates.side(coding_.role(i));
            const double shortened = ridge_.shortened(i);
            outside(place[i], place[i]) = shortened / coding_.scale(i);
            outside(side.location, place[i]) = -side.sign * coding_.mean(i) * shortened / coding_.scale(i);
        }
        const int n_common = search_.n_common(), first_common = all - n_common;
        for (int c = 0; c < n_common; ++c) outside(first_common + c, first_common + c) = 1 / search_.common_scale(c);
        const Vector point = outside * climbed.point;
        double theta[4];
        coordinates.natural(point.data(), theta);
        Matrix jacobian = Matrix::Identity(all, all);
        jacobian.topLeftCorner(n, n) = coordinates.jacobian(theta);
        jacobian = (jacobian * outside).eval();
        const Matrix covariance = jacobian * climbed.covariance * jacobian.transpose();

        Fit fit = refused(status, customers_, status == Status::weak ? climbed.subject : -1, iterations);
        fit.form = climbed.form;
        fit.log_likelihood = climbed.value;
        for (int i = 0; ridge_.size() > 0 && i < coding_.size(); ++i)
            if (place[i] >= 0 && twin_[i] < 0) fit.log_likelihood += ridge_.weight(i) / 2 * climbed.point(place[i]) * climbed.point(place[i]);
        std::vector<int> source;  // of each parameter
        for (int i = 0; i < n; ++i) {
            fit.parameters.push_back(form.is_odds(i) ? theta[i] / (1 + theta[i]) : theta[i]);
            source.push_back(i);
            if (!std::isfinite(theta[i]) || (form.scale[i] != Scale::real && !(theta[i] > 0)))
                return refused(Status::runaway, customers_, i, iterations);
        }
        for (int i = 0; i < coding_.size(); ++i) {
            fit.parameters.push_back(place[i] < 0 ? std::numeric_limits<double>::quiet_NaN() : point(place[i]));
            source.push_back(place[i]);
        }
        for (int i = first_common; i < all; ++i) {
            fit.parameters.push_back(point(i));
            source.push_back(i);
        }
        for (std::size_t i = 0; i < source.size(); ++i) {
            fit.states.push_back(source[i] < 0 ? ParameterState::unidentified : ParameterState::estimated);
            for (std::size_t j = 0; j <= i; ++j)
                fit.covariance.push_back(source[i] < 0 || source[j] < 0 ? std::numeric_limits<double>::quiet_NaN()
                                                                        : covariance(source[i], source[j]));
        }
        return fit;
    }

private:
    Vector centre_of(int form, int all) const {
        Vector centre = Vector::Zero(all);
        double theta[4];
        const Coordinates coordinates(search_.form(form));
        for (int i = 0; i < coordinates.size(); ++i) theta[i] = search_.size_of(form, i);
        coordinates.from_natural(theta, centre.data());
        return centre;
    }

    const FeatureSet &set_;
    const Coding &coding_;
    const Ridge &ridge_;
    AttributeSearch &search_;
    double customers_;
    std::vector<int> twin_;  // of each coefficient: the earlier one that it equals, or -1
    Stop stop_;
};

// With attributes the maximum may leave the limit of the fit without them, or move to one: the highest of all is taken.
Fit fit_coded(const FeatureSet &set, const Coding &coding, AttributeSearch &search, const Fit &without,
              double prior, Effects effects, Stop stop) {
    constexpr int within = 0;
    const Ridge ridge(set, coding, effects.penalty, without.customers, stop);
    AttributeClimber climber(set, coding, ridge, search, without.customers, effects.same, stop);
    const double customers = without.customers;
    const AttributeForm form = search.form(without.form);
    if (form.size == 0) return refused(Status::identical_customers, customers);
    double theta[4];
    for (int i = 0; i < form.size; ++i)
        theta[i] = form.is_odds(i) ? without.parameters[i] / (1 - without.parameters[i]) : without.parameters[i];
    const Climbed first = climber.climb_from(without.form, theta);
    const auto lost = [&](const Climbed &climbed) {
        if (climbed.subject < search.form(climbed.form).size)
            return refused(Status::not_converged, customers, -1, climber.iterations);
        const int coefficient = climber.coefficient_at(climbed.form, climbed.subject);
        if (coefficient == coding.size()) {
            const int place = climbed.subject - (static_cast<int>(climbed.point.size()) - search.n_common());
            return refused(Status::runaway, customers, search.form(within).size + coding.size() + place, climber.iterations);
        }
        const int column = coding.column_of(coefficient);
        return refused(Status::separated, customers, column, climber.iterations);
    };
    if (!first.settled && first.subject >= form.size) return lost(first);
    if (first.settled && first.form == within && first.error <= clear_error)
        return climber.fit_at(first, Status::converged);

    std::vector<Climbed> ends = {first};
    for (const AttributeStart &start : search.starts())
        if (start.form != first.form && search.form(start.form).size > 0)
            ends.push_back(climber.climb_from(start.form, start.theta));

    return fit_of_ends(ends, prior, climber, lost);
}

// Estimates under a penalty have no known standard errors.
Fit penalised(Fit fit, double penalty) {
    if (penalty == 0 || !fit.usable()) return fit;
    fit.status = Status::penalised;
    fit.subject = -1;
    fit.prior = true;
    fit.penalty = penalty;
    fit.covariance.clear();
    for (ParameterState &state : fit.states)
        if (state == ParameterState::estimated) state = ParameterState::penalised;
    return fit;
}

Fit with_design(Fit fit, const Coding &coding, const Fit &without) {
    fit.design = coding.design();
    fit.skipped = without.skipped;
    return fit;
}

}  // namespace

AttributeSearch::AttributeSearch(const FeatureSet &set) : set_(set) {
    for (std::uint32_t i = 0; i < set.used; ++i)
        if (i == 0 || set.rows()[i].row != set.rows()[i - 1].row) begins_.push_back(i);
    begins_.push_back(set.used);
}

AttributeStart AttributeSearch::start(int form, std::initializer_list<double> relative) const {
    AttributeStart start{form, {}};
    int i = 0;
    for (const double one : relative) {
        start.theta[i] = one * size_of(form, i);
        ++i;
    }
    return start;
}

Fit fit_attributes(const FeatureSet &set, const Fit &without, double prior, Effects effects, Stop stop,
                   const std::function<std::unique_ptr<AttributeSearch>()> &make_search) {
    if (set.used == 0) return without;
    const Coding coding(set, stop);
    // Under a penalty effects need not be distinguishable.
    if (coding.fault() == CodingFault::constant || (coding.fault() != CodingFault::none && effects.penalty == 0)) {
        const Status status = coding.fault() == CodingFault::constant ? Status::constant : Status::collinear;
        return with_design(refused(status, without.customers, coding.faulty_column()), coding, without);
    }
    // Where nobody ever came back, or nobody left, nothing tells customers apart.
    if (!without.usable() || without.status == Status::no_repeat_purchases || without.status == Status::nobody_churned)
        return with_design(refused(without.status, without.customers, without.subject, without.iterations), coding, without);
    const std::unique_ptr<AttributeSearch> search = make_search();
    if (const AttributeSearch::CommonFault fault = search->common_fault(); fault.coordinate >= 0) {
        const int columns = static_cast<int>(coding.columns().size());
        return with_design(refused(fault.status, without.customers, columns + fault.coordinate), coding, without);
    }
    Fit fit = penalised(fit_coded(set, coding, *search, without, prior, effects, stop), effects.penalty);
    fit.same = effects.same && fit.usable();
    return with_design(std::move(fit), coding, without);
}

Surface<Eigen::Dynamic> attribute_surface(const FeatureSet &set, AttributeSearch &search, int form,
                                          const Eigen::VectorXd &point, Stop stop, bool same) {
    const Coding coding(set, stop);
    const Ridge ridge(set, coding, 0, 0, stop);
    return AttributeClimber(set, coding, ridge, search, 0, same, stop).surface(form, point);
}

}  // namespace cltv
