// Numbers in the forms of a model: NULL stands for an unknown number, stored as NaN; JSON has no number for infinity.
#pragma once

#include <cmath>
#include <limits>

#include "pg/base/binary.hpp"
#include "pg/base/scan.hpp"

namespace cltv::pg {

inline constexpr double none = std::numeric_limits<double>::quiet_NaN();

inline void append_number_or_null(StringInfo out, double value) {
    if (std::isnan(value))
        appendStringInfoString(out, "null");
    else if (std::isinf(value))  // JSON has no such number
        appendStringInfoString(out, value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    else
        append_number(out, value);
}

// NULL is NaN in the binary form; it is stored as the NaN of a fit without parameters, whichever NaN came in.
inline double receive_number_or_null(StringInfo in) {
    const double value = pq_getmsgfloat8(in);
    return std::isnan(value) ? none : value + 0.0;  // -0 becomes 0
}

inline double number_or_null(Scanner &scanner) {
    if (scanner.accept("null")) return none;
    if (scanner.accept("\"Infinity\"")) return std::numeric_limits<double>::infinity();
    if (scanner.accept("\"-Infinity\"")) return -std::numeric_limits<double>::infinity();
    return scanner.number() + 0.0;
}

}  // namespace cltv::pg
