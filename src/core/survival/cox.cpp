#include "core/survival/cox.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/sort_rows.hpp"
#include "core/base/special.hpp"
#include "core/survival/moments.hpp"

namespace cltv {

// Over customers at risk, or over those among them who leave: the sums of the weights w = e^(b'x), of w x and of w x x'
// (its lower triangle).
struct CoxLikelihood::Sums {
    Sums(int n, bool moments)
        : size(n), with_moments(moments), first(Eigen::VectorXd::Zero(n)), second(Eigen::MatrixXd::Zero(n, n)) {}

    void clear() {
        zeroth = 0;
        first.setZero();
        second.setZero();
    }
    void add(const double *weights, const double *x, std::size_t rows) {
        for (std::size_t i = 0; i < rows; ++i) zeroth += weights[i];
        if (with_moments) add_moments(weights, x, rows, size, first.data(), second.data());
    }

    void add(const Sums &other) {
        zeroth += other.zeroth;
        first += other.first;
        second += other.second;
    }

    int size;
    bool with_moments;
    double zeroth = 0;
    Eigen::VectorXd first;
    Eigen::MatrixXd second;
};

namespace {

constexpr std::size_t ahead = 16;  // rows that are on their way from memory

// With n departures at one time, the k-th of which, k = 0, 1, ..., meets phi_k = S - f_k D, where S is the sum over the
// customers at risk, D that over those who leave, and f_k = k/n (Efron) or 0 (Breslow): the sums over k of ln phi,
// 1/phi, f/phi, 1/phi^2, f/phi^2 and f^2/phi^2.
struct PhiSums {
    double log = 0, inverse = 0, f_inverse = 0, square = 0, f_square = 0, ff_square = 0;
};

PhiSums phi_sums(Ties ties, double at_risk, double leaving, double n) {
    PhiSums sums;
    if (ties == Ties::breslow || n <= 1) {
        sums.log = n * std::log(at_risk);
        sums.inverse = n / at_risk;
        sums.square = n / (at_risk * at_risk);
        return sums;
    }
    constexpr double most_terms = 1000;
    if (n <= most_terms && n == std::floor(n)) {
        for (double k = 0; k < n; ++k) {
            const double f = k / n, inverse = 1 / (at_risk - f * leaving);
            sums.log -= std::log(inverse);
            sums.inverse += inverse;
            sums.f_inverse += f * inverse;
            sums.square += inverse * inverse;
            sums.f_square += f * inverse * inverse;
            sums.ff_square += f * f * inverse * inverse;
        }
        return sums;
    }
    // phi_k = (D/n)(c - k) with c = n S/D: sums like those of a factorial, whose differences lose few digits where
    // departures are this many. For an n that is not whole they are interpolated.
    const double unit = leaving / n, c = at_risk / unit;
    const double inverse = digamma(c + 1) - digamma(c - n + 1), square = trigamma(c - n + 1) - trigamma(c + 1);
    sums.log = log_gamma(c + 1) - log_gamma(c - n + 1) + n * std::log(unit);
    sums.inverse = inverse / unit;
    sums.f_inverse = (c * inverse - n) / (n * unit);
    sums.square = square / (unit * unit);
    sums.f_square = (c * square - inverse) / (n * unit * unit);
    sums.ff_square = (c * c * square - 2 * c * inverse + n) / (n * n * unit * unit);
    return sums;
}

}  // namespace

CoxLikelihood::CoxLikelihood(std::vector<CoxRow> rows, const double *x, int n, Ties ties, Stop stop)
    : rows_(std::move(rows)), x_(x), n_(n), ties_(ties), stop_(stop) {
    sort_rows();
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (rows_[i].entered > 0) by_entry_.push_back(static_cast<std::uint32_t>(i));
        attribute_rows_ = std::max<std::size_t>(attribute_rows_, rows_[i].attributes + std::size_t{1});
        departures_ += rows_[i].left * rows_[i].count;
    }
    if (2 * attribute_rows_ > rows_.size()) gather();
    sort_by_comparison(by_entry_.data(), by_entry_.data() + by_entry_.size(), [this](std::uint32_t a, std::uint32_t b) {
        if (rows_[a].stratum != rows_[b].stratum) return rows_[a].stratum < rows_[b].stratum;
        if (rows_[a].entered != rows_[b].entered) return rows_[a].entered > rows_[b].entered;
        return a < b;
    }, stop);
}

// By stratum, the last time first, customers who left before those who stayed; otherwise in the given order.
void CoxLikelihood::sort_rows() {
    struct Place {
        std::uint64_t key;
        std::uint32_t row;
    };
    std::vector<Place> order;
    order.reserve(rows_.size());
    bool strata = false;
    for (const bool left : {true, false})
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            poll_at(i, stop_);
            strata = strata || rows_[i].stratum != rows_[0].stratum;
            if ((rows_[i].left != 0) == left) order.push_back({~ordered_bits(rows_[i].time), static_cast<std::uint32_t>(i)});
        }
    const auto key_of = [](const Place &place) { return place.key; };
    sort_by_key(order, key_of, stop_);
    if (strata) {
        for (Place &place : order) place.key = ordered_bits(rows_[place.row].stratum);
        sort_by_key(order, key_of, stop_);
    }
    std::vector<CoxRow> sorted(rows_.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        poll_at(i, stop_);
        if (i + ahead < order.size()) __builtin_prefetch(&rows_[order[i + ahead].row]);
        sorted[i] = rows_[order[i].row];
    }
    rows_.swap(sorted);
}

// Copies x into the order in which it is read: otherwise each row of each pass would wait for memory.
void CoxLikelihood::gather() {
    gathered_.resize(rows_.size() * n_);
    as_given_.resize(rows_.size());
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        poll_at(i, stop_);
        if (i + ahead < rows_.size()) {
            const double *const next = x_ + std::size_t{rows_[i + ahead].attributes} * n_;
            for (int c = 0; c < n_; c += 8) __builtin_prefetch(next + c);
        }
        as_given_[i] = rows_[i].attributes;
        std::copy_n(x_ + std::size_t{rows_[i].attributes} * n_, n_, gathered_.data() + i * n_);
        rows_[i].attributes = static_cast<std::uint32_t>(i);
    }
    x_ = gathered_.data();
    attribute_rows_ = rows_.size();
}

// Adds the rows from begin to end to sums, in their order.
void CoxLikelihood::add_rows(Sums &sums, std::size_t begin, std::size_t end) {
    const bool side_by_side = !as_given_.empty();
    weights_.resize(end - begin);
    for (std::size_t i = begin; i < end; ++i) {
        poll_at(++polls_, stop_);
        weights_[i - begin] = rows_[i].count * risk_[rows_[i].attributes];
    }
    if (side_by_side) {
        sums.add(weights_.data(), x_ + begin * n_, end - begin);
        return;
    }
    for (std::size_t i = begin; i < end; ++i)
        sums.add(&weights_[i - begin], x_ + std::size_t{rows_[i].attributes} * n_, 1);
}

// Calls visit(row, at risk, leaving, n) for each time of departures of each stratum, from the last one backwards;
// `row` is one of them. Customers join the risk set at their time and leave it, going backwards, when they entered.
template <class Visit>
void CoxLikelihood::for_each_departure(const Eigen::VectorXd &coefficients, bool moments, Visit &&visit) {
    predictor_.resize(attribute_rows_);
    risk_.resize(attribute_rows_);
    for (std::size_t row = 0; row < attribute_rows_; ++row) {
        poll_at(row, stop_);
        const double *const x = x_ + row * n_;
        double predictor = 0;
        for (int i = 0; i < n_; ++i) predictor += coefficients(i) * x[i];
        predictor_[row] = predictor;
        risk_[row] = std::exp(predictor);
    }
    Sums at_risk(n_, moments), leaving(n_, moments);
    std::size_t entry = 0;
    for (std::size_t i = 0; i < rows_.size();) {
        const double stratum = rows_[i].stratum;
        at_risk.clear();
        for (; i < rows_.size() && rows_[i].stratum == stratum;) {
            const CoxRow &first = rows_[i];
            const auto is_with = [&](std::size_t row) {
                return row < rows_.size() && rows_[row].stratum == stratum && rows_[row].time == first.time;
            };
            double n = 0;
            std::size_t left = i, stayed;
            for (; is_with(left) && rows_[left].left != 0; ++left) n += rows_[left].left * rows_[left].count;
            for (stayed = left; is_with(stayed); ++stayed) {}
            add_rows(at_risk, left, stayed);
            if (n > 0) {
                leaving.clear();
                add_rows(leaving, i, left);
                at_risk.add(leaving);
            }
            i = stayed;
            if (n == 0) continue;
            for (; entry < by_entry_.size() && rows_[by_entry_[entry]].stratum == stratum &&
                   rows_[by_entry_[entry]].entered >= first.time;
                 ++entry) {
                const CoxRow &row = rows_[by_entry_[entry]];
                const double weight = -row.count * risk_[row.attributes];
                at_risk.add(&weight, x_ + std::size_t{row.attributes} * n_, 1);
            }
            visit(first, at_risk, leaving, n);
        }
        while (entry < by_entry_.size() && rows_[by_entry_[entry]].stratum == stratum) ++entry;
    }
}

Surface<Eigen::Dynamic> CoxLikelihood::operator()(const Eigen::VectorXd &coefficients) {
    Surface<Eigen::Dynamic> total{0, Eigen::VectorXd::Zero(n_), Eigen::MatrixXd::Zero(n_, n_)};
    for_each_departure(coefficients, true, [&](const CoxRow &, const Sums &s, const Sums &d, double n) {
        const PhiSums phi = phi_sums(ties_, s.zeroth, d.zeroth, n);
        total.value -= phi.log;
        total.gradient -= phi.inverse * s.first - phi.f_inverse * d.first;
        for (int i = 0; i < n_; ++i)
            for (int j = 0; j <= i; ++j)
                total.hessian(i, j) += phi.square * s.first(i) * s.first(j) -
                                       phi.f_square * (s.first(i) * d.first(j) + d.first(i) * s.first(j)) +
                                       phi.ff_square * d.first(i) * d.first(j) - phi.inverse * s.second(i, j) +
                                       phi.f_inverse * d.second(i, j);
    });
    for (const CoxRow &row : rows_) {
        if (row.left == 0) continue;
        total.value += row.count * predictor_[row.attributes];
        for (int i = 0; i < n_; ++i) total.gradient(i) += row.count * x_[std::size_t{row.attributes} * n_ + i];
    }
    total.hessian = total.hessian.template selfadjointView<Eigen::Lower>();
    return total;
}

double CoxLikelihood::value(const Eigen::VectorXd &coefficients) {
    double value = 0;
    for_each_departure(coefficients, false, [&](const CoxRow &, const Sums &s, const Sums &d, double n) {
        value -= phi_sums(ties_, s.zeroth, d.zeroth, n).log;
    });
    for (const CoxRow &row : rows_)
        if (row.left != 0) value += row.count * predictor_[row.attributes];
    return value;
}

// P. M. Grambsch, T. M. Therneau: Proportional hazards tests and diagnostics based on weighted residuals, Biometrika 81
// (1994) 515-526, as the exact score test.
Surface<Eigen::Dynamic> CoxLikelihood::with_time(const Eigen::VectorXd &coefficients,
                                                 const std::function<double(double)> &g) {
    Surface<Eigen::Dynamic> total{0, Eigen::VectorXd::Zero(2 * n_), Eigen::MatrixXd::Zero(2 * n_, 2 * n_)};
    const auto add = [&](double weight, int i, int j, double information) {
        total.hessian(i, j) += information;
        total.hessian(n_ + i, j) += weight * information;
        total.hessian(n_ + i, n_ + j) += weight * weight * information;
    };
    for_each_departure(coefficients, true, [&](const CoxRow &row, const Sums &s, const Sums &d, double n) {
        const PhiSums phi = phi_sums(ties_, s.zeroth, d.zeroth, n);
        const double weight = g(row.time);
        const Eigen::VectorXd expected = phi.inverse * s.first - phi.f_inverse * d.first;
        total.gradient.head(n_) -= expected;
        total.gradient.tail(n_) -= weight * expected;
        for (int i = 0; i < n_; ++i)
            for (int j = 0; j <= i; ++j)
                add(weight, i, j,
                    phi.square * s.first(i) * s.first(j) -
                        phi.f_square * (s.first(i) * d.first(j) + d.first(i) * s.first(j)) +
                        phi.ff_square * d.first(i) * d.first(j) - phi.inverse * s.second(i, j) +
                        phi.f_inverse * d.second(i, j));
    });
    for (const CoxRow &row : rows_) {
        if (row.left == 0) continue;
        const double weight = g(row.time);
        for (int i = 0; i < n_; ++i) {
            const double x = row.count * x_[std::size_t{row.attributes} * n_ + i];
            total.gradient(i) += x;
            total.gradient(n_ + i) += weight * x;
        }
    }
    for (int i = 0; i < n_; ++i)
        for (int j = 0; j < i; ++j) {
            total.hessian(j, i) = total.hessian(i, j);
            total.hessian(n_ + j, i) = total.hessian(n_ + i, j);
            total.hessian(n_ + j, n_ + i) = total.hessian(n_ + i, n_ + j);
        }
    total.hessian.topRightCorner(n_, n_) = total.hessian.bottomLeftCorner(n_, n_).transpose().eval();
    return total;
}

Eigen::MatrixXd CoxLikelihood::score_products(const Eigen::VectorXd &coefficients,
                                              const std::vector<std::uint32_t> *cluster) {
    // For each time of departures of each stratum, the last one first: sums up to it of the hazard, and of the hazard
    // times the mean x of those at risk, as they apply to a customer who stays; what applies instead to one who leaves
    // then; and that mean.
    struct Departure {
        double stratum, time, hazard, own_hazard;
    };
    std::vector<Departure> departures;
    std::vector<double> moments;  // n each: of the hazard, of the own hazard, the mean
    for_each_departure(coefficients, true, [&](const CoxRow &row, const Sums &s, const Sums &d, double n) {
        const PhiSums phi = phi_sums(ties_, s.zeroth, d.zeroth, n);
        departures.push_back({row.stratum, row.time, phi.inverse, phi.inverse - phi.f_inverse});
        for (int i = 0; i < n_; ++i) moments.push_back(phi.square * s.first(i) - phi.f_square * d.first(i));
        for (int i = 0; i < n_; ++i)
            moments.push_back((phi.square - phi.f_square) * s.first(i) - (phi.f_square - phi.ff_square) * d.first(i));
        for (int i = 0; i < n_; ++i) moments.push_back((phi.inverse * s.first(i) - phi.f_inverse * d.first(i)) / n);
    });
    const auto moment = [&](std::size_t departure, int kind) { return moments.data() + (3 * departure + kind) * n_; };
    // Cumulated from the first time of a stratum, which comes last; own ones include what came before.
    for (std::size_t k = departures.size(); k-- > 0;) {
        if (k + 1 == departures.size() || departures[k + 1].stratum != departures[k].stratum) continue;
        departures[k].own_hazard += departures[k + 1].hazard;
        departures[k].hazard += departures[k + 1].hazard;
        for (int i = 0; i < n_; ++i) {
            moment(k, 1)[i] += moment(k + 1, 0)[i];
            moment(k, 0)[i] += moment(k + 1, 0)[i];
        }
    }
    // The last departure of a stratum that is not after a time; the end of all if there is none.
    const auto at = [&](double stratum, double time) {
        const auto found = std::lower_bound(departures.begin(), departures.end(), time,
                                            [stratum](const Departure &one, double t) {
                                                return one.stratum != stratum ? one.stratum < stratum : one.time > t;
                                            });
        return found != departures.end() && found->stratum == stratum ? static_cast<std::size_t>(found - departures.begin())
                                                                      : departures.size();
    };

    Eigen::MatrixXd products = Eigen::MatrixXd::Zero(n_, n_);
    std::vector<double> of_clusters;
    if (cluster != nullptr)
        of_clusters.resize((std::size_t{*std::max_element(cluster->begin(), cluster->end())} + 1) * n_);
    const auto add = [&](const double *score, double count) {
        for (int i = 0; i < n_; ++i)
            for (int j = 0; j <= i; ++j) products(i, j) += count * score[i] * score[j];
    };
    std::vector<double> score(n_);
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        poll_at(r, stop_);
        const CoxRow &row = rows_[r];
        const double *const x = x_ + std::size_t{row.attributes} * n_;
        const std::size_t end = at(row.stratum, row.time);
        std::fill(score.begin(), score.end(), 0.0);
        if (end < departures.size()) {
            const bool left = row.left != 0;
            const std::size_t begin = row.entered > 0 ? at(row.stratum, row.entered) : departures.size();
            const bool late = begin < departures.size();
            const double risk = risk_[row.attributes];
            const double hazard = (left ? departures[end].own_hazard : departures[end].hazard) -
                                  (late ? departures[begin].hazard : 0);
            for (int i = 0; i < n_; ++i) {
                const double met = moment(end, left ? 1 : 0)[i] - (late ? moment(begin, 0)[i] : 0);
                score[i] = (left ? x[i] - moment(end, 2)[i] : 0) - risk * (x[i] * hazard - met);
            }
        }
        if (cluster == nullptr) {
            add(score.data(), row.count);
            continue;
        }
        const std::uint32_t attributes = as_given_.empty() ? row.attributes : as_given_[row.attributes];
        double *const sum = of_clusters.data() + std::size_t{(*cluster)[attributes]} * n_;
        for (int i = 0; i < n_; ++i) sum[i] += row.count * score[i];
    }
    for (std::size_t i = 0; i < of_clusters.size(); i += n_) add(of_clusters.data() + i, 1);
    return products.selfadjointView<Eigen::Lower>();
}

std::vector<HazardStep> CoxLikelihood::baseline(const Eigen::VectorXd &coefficients) {
    std::vector<HazardStep> steps;
    for_each_departure(coefficients, false, [&](const CoxRow &row, const Sums &s, const Sums &d, double n) {
        steps.push_back({row.stratum, row.time, phi_sums(ties_, s.zeroth, d.zeroth, n).inverse});
    });
    for (std::size_t begin = 0; begin < steps.size();) {
        std::size_t end = begin;
        while (end < steps.size() && steps[end].stratum == steps[begin].stratum) ++end;
        std::reverse(steps.data() + begin, steps.data() + end);
        for (std::size_t i = begin + 1; i < end; ++i) steps[i].hazard += steps[i - 1].hazard;
        begin = end;
    }
    return steps;
}

}  // namespace cltv
