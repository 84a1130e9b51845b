// A model of orders against a table of test/reference.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/fit/family.hpp"
#include "unit/base/reference_table.hpp"

namespace cltv {

// Every quantity that the table has a column of. All tables begin with four parameters, frequency, recency, tenure and
// horizon.
inline void expect_reference(const OrdersFamily &orders, const char *table, double bound) {
    const std::vector<std::string> columns = reference_columns(table);
    const std::vector<ReferenceRow> rows = reference_table(table, columns.size());
    const auto place = [&](const char *name) {
        return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin());
    };
    const auto compare = [&](const char *name, auto &&value) {
        const std::size_t column = place(name);
        if (column == columns.size()) return;
        WorstError error(name);
        for (const ReferenceRow &row : rows) {
            const Customer customer{row[4], row[5], row[6]};
            const double computed = value(row.data(), customer, row[7], row), exact = row[column];
            // A density of times may be next to 1, where its logarithm has no digits of its own.
            const bool density = std::strcmp(name, "log_likelihood") == 0 && !orders.discrete && customer.frequency > 0;
            if (density && std::fabs(exact) < 1)
                error.add(1 + (computed - exact), 1, row);
            else
                error.add(computed, exact, row);
        }
        error.expect_below(bound);
    };
    using P = const double *;
    using C = const Customer &;
    using Row = const ReferenceRow &;
    const std::size_t n = place("n"), discount = place("discount");
    compare("log_likelihood", [&](P p, C c, double, Row) { return orders.log_likelihood(p, c); });
    compare("prob_alive", [&](P p, C c, double, Row) { return orders.prob_alive(p, c); });
    compare("prob_dead", [&](P p, C c, double, Row) { return orders.prob_dead(p, c); });
    compare("prob_no_purchase", [&](P p, C c, double h, Row) { return orders.prob_no_purchase(p, c, h); });
    compare("prob_alive_after", [&](P p, C c, double h, Row) { return orders.prob_alive_after(p, c, h); });
    compare("expected_purchases", [&](P p, C c, double h, Row) { return orders.expected_purchases(p, c, h); });
    compare("discounted_purchases",
            [&](P p, C c, double h, Row row) { return orders.discounted_purchases(p, c, h, row[discount]); });
    compare("purchase_pmf", [&](P p, C c, double h, Row row) { return orders.purchase_pmf(p, c, h, row[n]); });
}

}  // namespace cltv
