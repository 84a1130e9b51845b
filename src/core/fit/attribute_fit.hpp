// The fit of any family with customer attributes, which move one parameter of a model, or one on each of its two sides.
//
// A topic says how the parameters of its forms are searched for, which of them attributes move, and what the customers
// with one row of attributes contribute to the likelihood at parameters of their own, with derivatives. The derivatives
// in the coefficients follow by the chain rule, and Newton's method climbs in all of them at once. There may also be
// coordinates that all customers share, such as a calendar's coefficients.
//
// A penalty of size p > 0 shrinks coefficients towards 0 (Hoerl & Kennard 1970): the fit maximises the mean
// log-likelihood over customers less p/2 sum (s b)^2, where s is the standard deviation of what a coefficient b
// multiplies, as for learners.
//
// Effects may be the same on both sides: then an attribute has one coefficient, which moves both locations.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <vector>

#include "core/base/stop.hpp"
#include "core/fit/effects.hpp"
#include "core/fit/model.hpp"
#include "core/fit/newton.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// Coordinates in which a parameter theta is searched: ln theta, theta itself, or ln(theta - 1).
enum class Scale { logarithm, real, above_one };

// One or two parameters that attributes move; `location` is the first of them. Where the two are the shapes a, b of a
// beta distribution (pair), the logit of the mean a/(a + b) moves, and a + b is the same for all customers.
struct AttributeSide {
    int location = -1;  // none
    double sign = 1;
    bool pair = false;
};

// A form of a family as the search sees it.
struct AttributeForm {
    static constexpr int most = 4;

    int size = 0;       // number of parameters; 0: it is not searched
    unsigned odds = 0;  // bits of the parameters that are shares: theta is their odds
    Scale scale[most] = {};
    AttributeSide sides[2];  // attributes of dropout move the second, all others the first
    // If this is set, that parameter is the power c of a clock t^c: the first coordinate is searched as x + (c - 1) ln
    // s and the second of a pair as x - (c - 1) ln s, where s is a typical time, so that both are of natural size
    // whatever c is.
    int clock = -1;
    double log_typical = 0;

    bool is_odds(int i) const { return (odds >> i & 1) != 0; }
    static int side_of(Role role) { return role == Role::dropout ? 1 : 0; }
};

// Where a form may be climbed from, in natural parameters.
struct AttributeStart {
    int form;
    double theta[AttributeForm::most];
};

class AttributeSearch {
public:
    explicit AttributeSearch(const FeatureSet &set);
    virtual ~AttributeSearch() = default;

    virtual AttributeForm form(int number) const = 0;
    // The natural size of a parameter.
    virtual double size_of(int form, int i) const = 0;
    // One start for each form that may have the maximum.
    virtual std::vector<AttributeStart> starts() const = 0;
    // The log-likelihood of the customers of a group at these parameters; its derivatives are in the first `size`
    // places.
    virtual Surface<4> surface(int form, const double *theta, std::size_t group) = 0;

    // Coordinates common to all customers; none unless a search says so. start_at is called with a place of theirs
    // before the surfaces of the groups. mixed are the second derivatives in the common coordinates (a row each) and
    // the form's parameters for the group whose surface came last. add_common adds, once for all groups, what the
    // common coordinates still contribute to the derivatives in them alone and, where the values of the groups do not
    // contain it, to the value.
    virtual int n_common() const { return 0; }
    virtual double common_scale(int) const { return 1; }  // what the model's coefficient is divided by
    virtual void start_at(const double *) {}
    virtual const Eigen::MatrixXd &mixed() const { return no_mixed_; }
    virtual void add_common(Surface<Eigen::Dynamic> &) {}
    // What keeps one of them from being identified: Status::constant or collinear, and which it is.
    struct CommonFault {
        Status status = Status::converged;
        int coordinate = -1;
    };
    virtual CommonFault common_fault() const { return {}; }

    // Groups are customers with the same row of attributes: the rows of the set from begin(group) up to begin(group +
    // 1).
    std::size_t groups() const { return begins_.size() - 1; }
    std::size_t begin(std::size_t group) const { return begins_[group]; }
    std::uint32_t attributes_of(std::size_t group) const {
        return static_cast<std::uint32_t>(set_.rows()[begins_[group]].row);
    }
    View<std::size_t> begins() const { return {begins_.data(), groups()}; }

protected:
    // A start given in natural sizes.
    AttributeStart start(int form, std::initializer_list<double> relative) const;

    const FeatureSet &set_;

private:
    std::vector<std::size_t> begins_;
    Eigen::MatrixXd no_mixed_;
};

// Fits a sorted set without missing numbers. `without` is the fit of the same customers without their attributes, from
// which the search starts; form 0 is the family within. Throws Stopped, and std::domain_error where there are too many
// coefficients.
Fit fit_attributes(const FeatureSet &set, const Fit &without, double prior, Effects effects, Stop stop,
                   const std::function<std::unique_ptr<AttributeSearch>()> &make_search);

// For tests: the log-likelihood, with its derivatives, in the coordinates of the search, which are those of the form,
// the coefficients of standardised numbers, and the common ones.
Surface<Eigen::Dynamic> attribute_surface(const FeatureSet &set, AttributeSearch &search, int form,
                                          const Eigen::VectorXd &point, Stop stop, bool same = false);

}  // namespace cltv
