#include "core/purchases/bgbb.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <memory>
#include <vector>

#include "core/fit/summit.hpp"
#include "core/purchases/bgbb_model.hpp"
#include "core/purchases/bgbb_terms.hpp"
#include "core/purchases/orders_attributes.hpp"

namespace cltv::bgbb {

namespace {

constexpr Parameter parameters[] = {{"alpha"}, {"beta"}, {"gamma"}, {"delta"}};

// The forms by number; the first is the family itself.
enum { within, nobody_leaves, one_leaving, at_once_or_never, one_rate, one_rate_nobody_leaves, one_rate_one_leaving,
       one_rate_at_once_or_never, always, always_one_leaving, always_or_never, always_or_never_leaving,
       always_or_never_one_leaving, n_forms };

constexpr Parameter beta_tries[] = {{"alpha"}, {"beta"}}, beta_leaving[] = {{"gamma"}, {"delta"}};
constexpr Parameter beta_theta[] = {{"alpha"}, {"beta"}, {"theta", Domain::share}};
constexpr Parameter beta_share[] = {{"alpha"}, {"beta"}, {"share", Domain::share}};
constexpr Parameter p_beta[] = {{"p", Domain::share}, {"gamma"}, {"delta"}}, p_alone[] = {{"p", Domain::share}};
constexpr Parameter p_theta[] = {{"p", Domain::share}, {"theta", Domain::share}};
constexpr Parameter p_share[] = {{"p", Domain::share}, {"share", Domain::share}};
constexpr Parameter theta_alone[] = {{"theta", Domain::share}}, share_alone[] = {{"share", Domain::share}};
constexpr Parameter share_beta[] = {{"share", Domain::share}, {"gamma"}, {"delta"}};
constexpr Parameter share_theta[] = {{"share", Domain::share}, {"theta", Domain::share}};

template <class Tries, class Chances>
constexpr Form form(const char *limit, const char *sentence, View<Parameter> left) {
    Form form;
    form.limit = limit;
    form.sentence = sentence;
    form.parameters = left;
    form.orders = &Model<Tries, Chances>::orders;
    return form;
}

constexpr Form limits[] = {
    form<BetaTries, NeverLeaves>(
        "nobody leaves", "No customer looks lost: long silences are those of customers who seldom purchase.",
        view_of(beta_tries)),
    form<BetaTries, OneChance>("one leaving rate",
                               "All customers are equally likely to leave: the data show no difference between them.",
                               view_of(beta_theta)),
    form<BetaTries, AtOnceOrNever>("at once or never",
                                   "A share of the customers leaves before the first opportunity; the others stay for good.",
                                   view_of(beta_share)),
    form<OneTry, BetaChances>(
        "one purchase rate",
        "All customers are equally likely to purchase while they stay: the data show no difference between them.",
        view_of(p_beta)),
    form<OneTry, NeverLeaves>(
        "one purchase rate, nobody leaves",
        "All customers are equally likely to purchase and none looks lost: those who purchased more were lucky.",
        view_of(p_alone)),
    form<OneTry, OneChance>("one purchase rate, one leaving rate",
                            "All customers are equally likely to purchase while they stay, and to leave.",
                            view_of(p_theta)),
    form<OneTry, AtOnceOrNever>("one purchase rate, at once or never",
                                "All customers are equally likely to purchase; a share leaves before the first "
                                "opportunity, the others stay for good.",
                                view_of(p_share)),
    form<Always, BetaChances>("always until they leave", "Customers take every opportunity until they leave.",
                              view_of(beta_leaving)),
    form<Always, OneChance>("always until they leave, one leaving rate",
                            "Customers take every opportunity until they leave, which all are equally likely to do.",
                            view_of(theta_alone)),
    form<AlwaysOrNever, NeverLeaves>("always or never",
                                     "A share of the customers takes every opportunity; the others take none.",
                                     view_of(share_alone)),
    form<AlwaysOrNever, BetaChances>(
        "always or never, until they leave",
        "A share of the customers takes every opportunity until they leave; the others take none.", view_of(share_beta)),
    form<AlwaysOrNever, OneChance>("always or never, one leaving rate",
                                   "A share of the customers takes every opportunity until they leave, which all are "
                                   "equally likely to do; the others take none.",
                                   view_of(share_theta))};

// A form as the search sees it: the number of its parameters, which of them are searched for by their odds, and the
// log-likelihood with its derivatives in the first `size` of four places.
struct SearchedForm {
    int size;
    unsigned odds;
    Surface<4> (*surface)(const double *theta, View<CustomerCount> base, double most, Stop stop);
};

template <class Tries, class Leaving>
constexpr SearchedForm searched(unsigned odds) {
    constexpr int n = Tries::n_parameters + Leaving::n_parameters;
    return {n, odds, [](const double *theta, View<CustomerCount> base, double most, Stop stop) {
                const Surface<n> here = surface<Tries, Leaving>(theta, base, most, stop);
                Surface<4> padded{here.value, Eigen::Vector4d::Zero(), Eigen::Matrix4d::Zero()};
                padded.gradient.template head<n>() = here.gradient;
                padded.hessian.template topLeftCorner<n, n>() = here.hessian;
                return padded;
            }};
}

constexpr SearchedForm forms[n_forms] = {searched<BetaTriesTerms, BetaLeavingTerms<2>>(0),
                                         searched<BetaTriesTerms, NeverLeavesTerms>(0),
                                         searched<BetaTriesTerms, OneLeavingTerms<2>>(4),
                                         searched<BetaTriesTerms, AtOnceTerms<2>>(4),
                                         searched<OneTryTerms, BetaLeavingTerms<1>>(1),
                                         searched<OneTryTerms, NeverLeavesTerms>(1),
                                         searched<OneTryTerms, OneLeavingTerms<1>>(3),
                                         searched<OneTryTerms, AtOnceTerms<1>>(3),
                                         searched<AlwaysTerms, BetaLeavingTerms<0>>(0),
                                         searched<AlwaysTerms, OneLeavingTerms<0>>(1),
                                         searched<AlwaysOrNeverTerms, NeverLeavesTerms>(1),
                                         searched<AlwaysOrNeverTerms, BetaLeavingTerms<1>>(1),
                                         searched<AlwaysOrNeverTerms, OneLeavingTerms<1>>(3)};

class Climber {
public:
    Climber(View<CustomerCount> base, double most, Stop stop) : base_(base), most_(most), stop_(stop) {}

    int iterations = 0;

    // weight: of the prior. All shapes and odds have the natural size 1.
    Summit climb(int form, const double *start, double weight = 0) {
        switch (forms[form].size) {
            case 1: return climb_n<1>(form, start, weight);
            case 2: return climb_n<2>(form, start, weight);
            case 3: return climb_n<3>(form, start, weight);
            default: return climb_n<4>(form, start, weight);
        }
    }
    Summit climb(int form, std::initializer_list<double> start) { return climb(form, start.begin()); }

private:
    template <int N>
    Summit climb_n(int form, const double *start, double weight) {
        using Vector = Eigen::Matrix<double, N, 1>;
        const auto log_likelihood = [&](const Vector &theta) {
            const Surface<4> here = forms[form].surface(theta.data(), base_, most_, stop_);
            return Surface<N>{here.value, here.gradient.template head<N>(), here.hessian.template topLeftCorner<N, N>()};
        };
        Summit summit = cltv::climb<N>(log_likelihood, Vector(Eigen::Map<const Vector>(start)), Vector(Vector::Ones()),
                                       weight, iterations);
        summit.form = form;
        summit.odds = forms[form].odds;
        return summit;
    }

    View<CustomerCount> base_;
    double most_;
    Stop stop_;
};

// A point within the family next to the maximum at a limit.
std::vector<double> beside(const Summit &limit) {
    constexpr double alike = 8, hardly = 0.1;  // sizes of shapes of little spread, and of the greatest
    const double *t = limit.theta.data(), *const last = t + limit.theta.size() - 1;
    const auto shapes = [](double size, double odds) {
        return std::vector<double>{size * odds / (1 + odds), size / (1 + odds)};
    };
    std::vector<double> tries, leaving;
    switch (limit.form) {
        case nobody_leaves:
        case one_leaving:
        case at_once_or_never: tries = {t[0], t[1]}; break;
        case always:
        case always_one_leaving: tries = {1, hardly}; break;
        case always_or_never:
        case always_or_never_leaving:
        case always_or_never_one_leaving: tries = shapes(hardly, t[0]); break;
        default: tries = shapes(alike, t[0]);
    }
    switch (limit.form) {
        case one_rate:
        case always:
        case always_or_never_leaving: leaving = {last[-1], last[0]}; break;
        case one_leaving:
        case one_rate_one_leaving:
        case always_one_leaving:
        case always_or_never_one_leaving: leaving = shapes(alike, *last); break;
        case at_once_or_never:
        case one_rate_at_once_or_never: leaving = shapes(hardly, *last); break;
        default: leaving = {hardly, 1};
    }
    return {tries[0], tries[1], leaving[0], leaving[1]};
}

// All opportunities were taken, or none: in a shop that nobody leaves, the posterior of one probability p under the
// prior Beta(1/2, 1/2) (Jeffreys 1946) is Beta(hits + 1/2, misses + 1/2); the fit is its mean and variance.
Fit fit_of_one_kind(double customers, double hits, double misses, double prior) {
    const bool none = hits == 0;
    const double n = hits + misses, p = (hits + 0.5) / (n + 1);
    if (prior == 0 || n == 0) return refused(none ? Status::no_repeat_purchases : Status::not_converged, customers);
    Fit fit = refused(none ? Status::no_repeat_purchases : Status::weak, customers, none ? -1 : 0);
    fit.form = one_rate_nobody_leaves;
    fit.prior = true;
    fit.log_likelihood = none ? misses * std::log1p(-p) : hits * std::log(p);
    fit.parameters = {p};
    fit.states = {ParameterState::estimated};
    fit.covariance = {p * (1 - p) / (n + 2)};
    return fit;
}

}  // namespace

Fit fit(View<CustomerCount> base, double prior, Stop stop) {
    double customers = 0, purchases = 0, opportunities = 0, most = 0;
    int distinct = 0;
    bool gaps = false;  // somebody missed an opportunity and took a later one
    for (const CustomerCount &row : base) {
        if (row.customer.tenure == 0) continue;
        customers += row.count;
        purchases += row.count * row.customer.frequency;
        opportunities += row.count * row.customer.tenure;
        most = std::max(most, row.customer.tenure);
        gaps = gaps || row.customer.frequency < row.customer.recency;
        distinct += distinct < 2;
    }
    if (purchases == 0) return fit_of_one_kind(customers, 0, opportunities, prior);
    if (distinct == 1) return refused(Status::identical_customers, customers);
    if (purchases == opportunities) return fit_of_one_kind(customers, purchases, 0, prior);

    Climber climber(base, most, stop);
    Summit inside, highest;
    const auto look = [&](const Summit &summit) {
        if (summit.value > highest.value || highest.theta.empty()) highest = summit;
        if (summit.form == within && summit.settled && summit.value > inside.value) inside = summit;
    };
    // Starts: active customers take twice the observed share of opportunities, and many customers leave, or few do.
    const double share = std::min(2 * purchases / opportunities, 0.9);
    const double often = share, seldom = 1 - share;
    const double starts[][4] = {
        {2 * often, 2 * seldom, 0.7, 3}, {often / 2, seldom / 2, 1, 1}, {5 * often, 5 * seldom, 1, 20}};
    for (const auto &start : starts) {
        const double before = highest.value;
        const Summit summit = climber.climb(within, start);
        look(summit);
        if (!summit.settled || is_higher(before, summit.value)) continue;
        if (summit.error <= clear_error) return fit_at(summit, Status::converged, customers, climber.iterations);
        if (summit.error <= weak_error) break;
    }

    std::vector<Summit> summits;
    const auto visit = [&](int form, std::initializer_list<double> start) {
        summits.push_back(climber.climb(form, start));
        look(summits.back());
    };
    const double odds = often / seldom, all_stay = purchases / opportunities, all_stay_odds = all_stay / (1 - all_stay);
    visit(nobody_leaves, {2 * all_stay, 2 * (1 - all_stay)});
    visit(one_leaving, {2 * often, 2 * seldom, 0.1});
    visit(at_once_or_never, {2 * often, 2 * seldom, 0.1});
    visit(one_rate_nobody_leaves, {all_stay_odds});
    visit(one_rate, {odds, 0.7, 3});
    visit(one_rate_one_leaving, {odds, 0.1});
    visit(one_rate_at_once_or_never, {odds, 0.1});
    if (!gaps) {
        visit(always_one_leaving, {0.1});
        visit(always, {0.7, 3});
        visit(always_or_never, {all_stay_odds});
        visit(always_or_never_one_leaving, {odds, 0.1});
        visit(always_or_never_leaving, {odds, 0.7, 3});
    }
    // The likelihood may rise from the limit into the family.
    const Summit *const limit = best_limit(summits);
    if (limit != nullptr && !is_higher(inside.value, limit->value))
        look(climber.climb(within, beside(*limit).data()));

    return fit_of(inside, summits, highest, prior, customers, climber.iterations, [&](const Summit &summit, double weight) {
        return climber.climb(summit.form, summit.theta.data(), weight);
    });
}

namespace {

// Attributes of purchases move the mean probability of taking an opportunity, those of dropout the mean probability of
// leaving before one; the sums of the shapes are the same for all.
class Attributes : public AttributeSearch {
public:
    Attributes(const FeatureSet &set, Stop stop)
        : AttributeSearch(set), customers_(customers_of(set, stop)), most_(groups()), stop_(stop) {
        for (std::size_t group = 0; group < groups(); ++group)
            for (std::size_t i = begin(group); i < begin(group + 1); ++i) {
                const Customer &customer = customers_[i].customer;
                most_[group] = std::max(most_[group], customer.tenure);
                purchases_ += customers_[i].count * customer.frequency;
                opportunities_ += customers_[i].count * customer.tenure;
                gaps_ = gaps_ || (customer.tenure > 0 && customer.frequency < customer.recency);
            }
    }

    AttributeForm form(int number) const override {
        const SearchedForm &searched = forms[number];
        const int tries = number <= at_once_or_never ? 2 : number == always || number == always_one_leaving ? 0 : 1;
        AttributeForm form;
        form.size = searched.size;
        form.odds = searched.odds;
        if (tries > 0) form.sides[0] = {0, 1, tries == 2};
        if (searched.size > tries) form.sides[1] = {tries, 1, searched.size - tries == 2};
        return form;
    }

    double size_of(int, int) const override { return 1; }

    Surface<4> surface(int form, const double *theta, std::size_t group) override {
        return forms[form].surface(theta, {customers_.data() + begin(group), begin(group + 1) - begin(group)}, most_[group],
                                   stop_);
    }

    std::vector<AttributeStart> starts() const override {
        const double often = std::min(2 * purchases_ / opportunities_, 0.9), seldom = 1 - often, odds = often / seldom;
        const double all_stay = purchases_ / opportunities_, all_stay_odds = all_stay / (1 - all_stay);
        std::vector<AttributeStart> starts = {{within, {2 * often, 2 * seldom, 0.7, 3}},
                                              {nobody_leaves, {2 * all_stay, 2 * (1 - all_stay)}},
                                              {one_leaving, {2 * often, 2 * seldom, 0.1}},
                                              {at_once_or_never, {2 * often, 2 * seldom, 0.1}},
                                              {one_rate_nobody_leaves, {all_stay_odds}},
                                              {one_rate, {odds, 0.7, 3}},
                                              {one_rate_one_leaving, {odds, 0.1}},
                                              {one_rate_at_once_or_never, {odds, 0.1}}};
        if (!gaps_) {
            starts.push_back({always_one_leaving, {0.1}});
            starts.push_back({always, {0.7, 3}});
            starts.push_back({always_or_never, {all_stay_odds}});
            starts.push_back({always_or_never_one_leaving, {odds, 0.1}});
            starts.push_back({always_or_never_leaving, {odds, 0.7, 3}});
        }
        return starts;
    }

private:
    std::vector<CustomerCount> customers_;
    std::vector<double> most_;
    Stop stop_;
    double purchases_ = 0, opportunities_ = 0;
    bool gaps_ = false;
};

Fit fit_attributes(const FeatureSet &set, double prior, Effects effects, Stop stop) {
    const std::vector<CustomerCount> customers = pooled_customers(set, stop);
    return cltv::fit_attributes(set, fit({customers.data(), customers.size()}, prior, stop), prior, effects, stop,
                                [&] { return std::make_unique<Attributes>(set, stop); });
}

}  // namespace

std::unique_ptr<AttributeSearch> attribute_search(const FeatureSet &set, Stop stop) {
    return std::make_unique<Attributes>(set, stop);
}

const Family family = [] {
    Family f;
    f.kind = Kind::bgbb;
    f.name = "bgbb";
    f.title = "BG/BB";
    f.meaning = "probabilities to purchase at an opportunity are Beta(alpha, beta), probabilities to leave before "
                "one are Beta(gamma, delta)";
    f.source = "Fader, Hardie & Shang 2010";
    f.parameters = view_of(parameters);
    f.orders = &Model<BetaTries, BetaChances>::orders;
    f.limits = view_of(limits);
    f.fit_orders = fit;
    f.attributes = view_of(orders_roles);
    f.fit_attributes = fit_attributes;
    return f;
}();

}  // namespace cltv::bgbb
