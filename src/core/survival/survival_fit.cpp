#include "core/survival/survival_fit.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/base/sort_rows.hpp"
#include "core/fit/matrices.hpp"
#include "core/rows/coding.hpp"
#include "core/survival/survival_curve.hpp"

namespace cltv {

namespace {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

// What fits of survival read: rows of attributes in the coordinates of the search, `before` ones first.
struct Survivors {
    Survivors(const FeatureSet &features, Stop stop_) : set(features), coding(features, stop_), stop(stop_) {
        for (std::uint32_t i = 0; i < set.used; ++i) {
            customers += set.rows()[i].count;
            departures += set.rows()[i].target[1] * set.rows()[i].count;
        }
    }

    std::vector<double> matrix(int ones) const { return coded_rows(set, coding, ones, stop); }

    // Whether the fit is refused before anything is fitted; if not, `fit` is a usable one.
    bool refuses(Fit &fit) const {
        if (coding.fault() != CodingFault::none) {
            fit = refused(coding.fault() == CodingFault::constant ? Status::constant : Status::collinear, customers,
                          coding.faulty_column());
            return true;
        }
        if (departures > 0 && customers >= min_customers) return false;
        fit = refused(departures > 0 ? Status::too_few_customers : Status::no_events, customers);
        return true;
    }

    const FeatureSet &set;
    Coding coding;
    Stop stop;
    double customers = 0, departures = 0;
};

std::vector<CoxRow> cox_rows(const FeatureSet &set) {
    const int column = label_column(set, strata_label);
    const std::vector<std::uint32_t> strata = column < 0 ? std::vector<std::uint32_t>() : levels_of_rows(set, column);
    std::vector<CoxRow> rows;
    rows.reserve(set.used);
    for (std::uint32_t i = 0; i < set.used; ++i) {
        const FeatureCount &row = set.rows()[i];
        const auto attributes = static_cast<std::uint32_t>(row.row);
        rows.push_back({strata.empty() ? 0.0 : strata[attributes], row.target[0], row.target[1], row.target[2], row.count,
                        attributes});
    }
    return rows;
}

// The hazards of customers whose coordinates are all 0, by strata.
std::vector<double> baseline_bytes(const Survivors &data, CoxLikelihood &likelihood, const std::vector<CoxRow> &rows,
                                   const Vector &point, double null_log_likelihood) {
    struct Stratum {
        double number, last;
    };
    std::vector<Stratum> strata;
    for (const CoxRow &row : rows) {
        const auto at = std::lower_bound(strata.begin(), strata.end(), row.stratum,
                                         [](const Stratum &one, double number) { return one.number < number; });
        if (at != strata.end() && at->number == row.stratum)
            at->last = std::fmax(at->last, row.time);
        else
            strata.insert(at, {row.stratum, row.time});
    }
    const bool named = label_column(data.set, strata_label) >= 0;
    const std::vector<HazardStep> steps = likelihood.baseline(point);
    std::vector<HazardAt> hazards(steps.size());
    std::transform(steps.begin(), steps.end(), hazards.begin(),
                   [](const HazardStep &step) { return HazardAt{step.time, step.hazard}; });
    std::vector<BaselineStratum> blocks;
    std::size_t begin = 0;
    for (const Stratum &stratum : strata) {
        std::size_t end = begin;
        while (end < steps.size() && steps[end].stratum == stratum.number) ++end;
        const bool known = named && stratum.number < data.set.levels;
        blocks.push_back({known ? data.set.level_text(static_cast<std::uint32_t>(stratum.number)) : Text{nullptr, 0},
                          stratum.last, static_cast<std::uint32_t>(end - begin), hazards.data() + begin});
        begin = end;
    }
    double centre = 0;
    for (int i = 0; i < data.coding.size(); ++i) centre += point(i) / data.coding.scale(i) * data.coding.mean(i);
    return baseline_of(null_log_likelihood, data.departures, centre, blocks);
}

// The fit, and its coordinates.
Fit fit_cox(const Survivors &data, const std::vector<double> &x, Ties ties, bool robust, Vector &point) {
    std::vector<CoxRow> rows = cox_rows(data.set);
    const int n = data.coding.size();
    CoxLikelihood likelihood(rows, x.data(), n, ties, data.stop);
    const Vector zero = Vector::Zero(n);
    const Ascent<Eigen::Dynamic> ascent = newton_ascent<Eigen::Dynamic>(likelihood, zero, zero, farthest_coefficient);
    Matrix covariance;
    if (!is_known(ascent, covariance)) {
        const int subject = lost_coordinate(ascent, zero);
        return subject < 0 ? refused(Status::not_converged, data.customers, -1, ascent.iterations)
                           : refused(Status::separated, data.customers, data.coding.column_of(subject), ascent.iterations);
    }
    point = ascent.point;
    Fit fit = refused(Status::converged, data.customers, -1, ascent.iterations);
    fit.log_likelihood = ascent.surface.value;
    fit.robust = robust;
    if (robust) {
        const int column = label_column(data.set, cluster_label);
        const std::vector<std::uint32_t> clusters = column < 0 ? std::vector<std::uint32_t>() : levels_of_rows(data.set, column);
        covariance = covariance * likelihood.score_products(point, column < 0 ? nullptr : &clusters) * covariance;
    }
    Matrix jacobian = Matrix::Zero(n, n);
    for (int i = 0; i < n; ++i) jacobian(i, i) = 1 / data.coding.scale(i);
    put_estimates(fit, jacobian * point, covariance, jacobian);
    fit.baseline = baseline_bytes(data, likelihood, rows, point, likelihood.value(zero));
    return fit;
}

std::vector<LifetimeRow> lifetime_rows(const FeatureSet &set) {
    std::vector<LifetimeRow> rows;
    rows.reserve(set.used);
    for (std::uint32_t i = 0; i < set.used; ++i) {
        const FeatureCount &row = set.rows()[i];
        rows.push_back({row.target[0], row.target[1], row.target[2], row.count, static_cast<std::uint32_t>(row.row)});
    }
    return rows;
}

// The customers as if all had the same attributes, so that few of them differ.
std::vector<LifetimeRow> alike(const FeatureSet &set, Stop stop) {
    struct Place {
        std::uint64_t key;
        std::uint32_t row;
    };
    std::vector<Place> order(set.used);
    for (std::uint32_t i = 0; i < set.used; ++i) order[i].row = i;
    for (const int target : {2, 1, 0}) {
        for (Place &place : order) place.key = ordered_bits(set.rows()[place.row].target[target]);
        sort_by_key(order, [](const Place &place) { return place.key; }, stop);
    }
    std::vector<LifetimeRow> rows;
    for (const Place &place : order) {
        const FeatureCount &row = set.rows()[place.row];
        const LifetimeRow one = {row.target[0], row.target[1], row.target[2], row.count, 0};
        if (!rows.empty() && rows.back().time == one.time && rows.back().left == one.left && rows.back().entered == one.entered)
            rows.back().count += one.count;
        else
            rows.push_back(one);
    }
    return rows;
}

}  // namespace

Fit fit_cox(const FeatureSet &set, Ties ties, bool robust, Stop stop) {
    const Survivors data(set, stop);
    Fit fit;
    if (data.refuses(fit)) return with_design(fit, data.coding);
    Vector point;
    return with_design(fit_cox(data, data.matrix(0), ties, robust, point), data.coding);
}

Fit fit_lifetimes(const FeatureSet &set, LifetimeFamily family, Stop stop) {
    const Survivors data(set, stop);
    Fit fit;
    if (data.refuses(fit)) return with_design(fit, data.coding);
    const int n = data.coding.size(), scales = has_scale(family) ? 1 : 0, all = 1 + n + scales;

    // First the fit of customers who are all alike, starting from a single rate.
    double seen = 0;
    for (std::uint32_t i = 0; i < set.used; ++i)
        seen += (set.rows()[i].target[0] - set.rows()[i].target[2]) * set.rows()[i].count;
    const double one = 1;
    Vector start = Vector::Zero(1 + scales);
    start(0) = std::log(seen / data.departures);
    const std::vector<LifetimeRow> rows_alike = alike(set, stop);
    const Ascent<Eigen::Dynamic> null = newton_ascent<Eigen::Dynamic>(
        LifetimeLikelihood(family, rows_alike, &one, 1, stop), start, start, farthest_coefficient);
    Matrix covariance;
    const auto lost = [&](const Ascent<Eigen::Dynamic> &ascent, const Vector &centre, int iterations) {
        const int subject = lost_coordinate(ascent, centre), last = static_cast<int>(ascent.point.size()) - 1;
        if (subject < 0) return refused(Status::not_converged, data.customers, -1, iterations);
        if (subject == 0 || (scales == 1 && subject == last))
            return refused(Status::runaway, data.customers, subject == 0 ? 0 : 1, iterations);
        return refused(Status::separated, data.customers, data.coding.column_of(subject - 1), iterations);
    };
    if (!is_known(null, covariance)) return with_design(lost(null, start, null.iterations), data.coding);

    const std::vector<double> x = data.matrix(1);
    Vector centre = Vector::Zero(all);
    centre(0) = null.point(0);
    if (scales == 1) centre(all - 1) = null.point(1);
    const std::vector<LifetimeRow> rows = lifetime_rows(set);
    const Ascent<Eigen::Dynamic> ascent = newton_ascent<Eigen::Dynamic>(
        LifetimeLikelihood(family, rows, x.data(), 1 + n, stop), centre, centre, farthest_coefficient);
    const int iterations = null.iterations + ascent.iterations;
    if (!is_known(ascent, covariance)) return with_design(lost(ascent, centre, iterations), data.coding);

    // Intercept, scale, coefficients.
    fit = refused(Status::converged, data.customers, -1, iterations);
    fit.log_likelihood = ascent.surface.value;
    Vector parameters = Vector::Zero(all);
    Matrix jacobian = Matrix::Zero(all, all);
    parameters(0) = ascent.point(0);
    jacobian(0, 0) = 1;
    if (scales == 1) parameters(1) = jacobian(1, all - 1) = std::exp(ascent.point(all - 1));
    for (int i = 0; i < n; ++i) {
        const double scale = data.coding.scale(i);
        parameters(1 + scales + i) = ascent.point(1 + i) / scale;
        jacobian(1 + scales + i, 1 + i) = 1 / scale;
        parameters(0) -= ascent.point(1 + i) / scale * data.coding.mean(i);
        jacobian(0, 1 + i) = -data.coding.mean(i) / scale;
    }
    put_estimates(fit, parameters, covariance, jacobian);
    fit.baseline = baseline_of(null.surface.value, data.departures, 0, {});
    return with_design(fit, data.coding);
}

namespace {

// The share of all customers who have left before each time.
std::function<double(double)> time_scale(const FeatureSet &set, TimeScale scale, Stop stop) {
    switch (scale) {
        case TimeScale::identity: return [](double time) { return time; };
        case TimeScale::log: return [](double time) { return std::log(time); };
        case TimeScale::rank: {
            // As in R: ties share the mean of their ranks.
            std::vector<HazardAt> times;
            for (std::uint32_t i = 0; i < set.used; ++i) times.push_back({set.rows()[i].target[0], set.rows()[i].count});
            sort_by_comparison(times.data(), times.data() + times.size(),
                               [](const HazardAt &a, const HazardAt &b) { return a.time < b.time; }, stop);
            double before = 0;
            std::size_t kept = 0;
            for (std::size_t i = 0; i < times.size();) {
                const double time = times[i].time;
                double count = 0;
                for (; i < times.size() && times[i].time == time; ++i) count += times[i].hazard;
                times[kept++] = {time, before + (count + 1) / 2};
                before += count;
            }
            times.resize(kept);
            return [times](double time) {
                return std::lower_bound(times.begin(), times.end(), time,
                                        [](const HazardAt &one, double t) { return one.time < t; })->hazard;
            };
        }
        case TimeScale::km: break;
    }
    std::vector<SurvivalCount> counts;
    for (std::uint32_t i = 0; i < set.used; ++i) {
        const FeatureCount &row = set.rows()[i];
        const double mark = row.target[1] != 0 ? 1 : 2;
        counts.push_back({row.target[0], mark, row.count});
        if (row.target[2] > 0) counts.push_back({row.target[2], 0, row.count});
    }
    std::vector<SurvivalCount> sorted(counts.size());
    sorted.resize(copy_sorted(counts.data(), counts.size(), sorted.data(), stop));
    const SurvivalCurve curve({sorted.data(), sorted.size()}, stop);
    std::vector<HazardAt> before;
    double survival = 1;
    for (const SurvivalStep &step : curve.steps()) {
        before.push_back({step.time, 1 - survival});
        survival = step.survival;
    }
    return [before](double time) {
        const auto at = std::lower_bound(before.begin(), before.end(), time,
                                         [](const HazardAt &one, double t) { return one.time < t; });
        return at == before.end() ? 1 : at->hazard;
    };
}

}  // namespace

ProportionalityTests test_proportionality(const FeatureSet &set, Ties ties, TimeScale scale, Stop stop) {
    ProportionalityTests result;
    const Survivors data(set, stop);
    Vector point;
    const std::vector<double> x = data.matrix(0);
    if (!data.refuses(result.fit)) result.fit = fit_cox(data, x, ties, false, point);
    result.fit.design = data.coding.design();
    if (!result.fit.usable()) return result;

    const int n = data.coding.size();
    // Centred, which changes no test and loses fewer digits.
    const std::function<double(double)> g = time_scale(set, scale, stop);
    double centre = 0;
    for (std::uint32_t i = 0; i < set.used; ++i) {
        const FeatureCount &row = set.rows()[i];
        if (row.target[1] != 0) centre += g(row.target[0]) * row.count / data.departures;
    }
    const Surface<Eigen::Dynamic> surface = CoxLikelihood(cox_rows(set), x.data(), n, ties, stop)
                                                .with_time(point, [&](double time) { return g(time) - centre; });
    const auto test = [&](int column) {
        std::vector<int> of_column;
        for (int i = 0; i < n; ++i)
            if (column < 0 || data.coding.column_of(i) == column) of_column.push_back(i);
        const int df = static_cast<int>(of_column.size());
        // The information of the tested effects that the other effects leave.
        const Matrix main = -surface.hessian.topLeftCorner(n, n);
        Matrix cross(n, df), own(df, df);
        Vector score(df);
        for (int j = 0; j < df; ++j) {
            score(j) = surface.gradient(n + of_column[j]);
            for (int i = 0; i < n; ++i) cross(i, j) = -surface.hessian(i, n + of_column[j]);
            for (int i = 0; i < df; ++i) own(i, j) = -surface.hessian(n + of_column[i], n + of_column[j]);
        }
        const Matrix left = own - cross.transpose() * SymmetricSolver(main)(cross);
        result.tests.push_back({column, score.dot(SymmetricSolver(left)(score)), df});
    };
    for (int column = 0; column < static_cast<int>(data.coding.columns().size()); ++column) test(column);
    test(-1);
    return result;
}

// The registry ---------------------------------------------------------------------------------------------------------

namespace {

constexpr Role any[] = {Role::any};
constexpr SurvivalFamily without_distribution = {-1};
constexpr SurvivalFamily of(LifetimeFamily family) { return {static_cast<int>(family)}; }
constexpr SurvivalFamily distributions[] = {of(LifetimeFamily::exponential), of(LifetimeFamily::weibull),
                                            of(LifetimeFamily::lognormal), of(LifetimeFamily::loglogistic)};
constexpr Parameter location[] = {{"intercept", Domain::real}};
constexpr Parameter location_and_scale[] = {{"intercept", Domain::real}, {"scale"}};

Fit fit_efron(const FeatureSet &set, double, Effects, Stop stop) { return fit_cox(set, Ties::efron, false, stop); }
template <LifetimeFamily family>
Fit fit_of(const FeatureSet &set, double, Effects, Stop stop) {
    return fit_lifetimes(set, family, stop);
}

Family make(Kind kind, const char *name, const char *title, const SurvivalFamily &survival,
            Fit (*fit)(const FeatureSet &, double, Effects, Stop)) {
    Family family;
    family.survival = &survival;
    family.kind = kind;
    family.name = name;
    family.title = title;
    family.attributes = view_of(any);
    family.fit_attributes = fit;
    family.has_prior = false;
    return family;
}

template <LifetimeFamily distribution>
Family make(Kind kind, const char *name, const char *title) {
    Family family = make(kind, name, title, distributions[static_cast<int>(distribution)], fit_of<distribution>);
    family.fitted_by = "aft_fit";
    family.parameters = has_scale(distribution) ? view_of(location_and_scale) : view_of(location);
    return family;
}

}  // namespace

namespace cox {
const Family family = make(Kind::cox, "cox", "Cox's proportional hazards", without_distribution, fit_efron);
}
namespace aft_exponential {
const Family family =
    make<LifetimeFamily::exponential>(Kind::aft_exponential, "aft_exponential", "exponential lifetimes");
}
namespace aft_weibull {
const Family family = make<LifetimeFamily::weibull>(Kind::aft_weibull, "aft_weibull", "Weibull lifetimes");
}
namespace aft_lognormal {
const Family family = make<LifetimeFamily::lognormal>(Kind::aft_lognormal, "aft_lognormal", "lognormal lifetimes");
}
namespace aft_loglogistic {
const Family family =
    make<LifetimeFamily::loglogistic>(Kind::aft_loglogistic, "aft_loglogistic", "loglogistic lifetimes");
}

}  // namespace cltv
