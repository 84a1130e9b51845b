// The words for series in SQL, and how values of these types are read and written.
#pragma once

#include <cmath>
#include <cstring>
#include <limits>

#include "pg/base/iso_day.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/base/scan.hpp"
#include "pg/forecast/series.hpp"

namespace cltv::pg {

// In the order of SeriesFamily (0: the best of all), SeriesPeriod and SeriesStatus.
inline constexpr const char *family_words[] = {"auto", "ets", "arima", "seasonal", "holt_winters", "holt_winters_multiplicative", "theta",
                                              "acquisition"};
inline constexpr uint32 n_asked_families = 7;  // forecast_fit has no acquisition
inline constexpr const char *period_words[] = {"recognised", "day", "week", "month", "quarter", "year"};
inline constexpr const char *series_status_words[] = {"fitted", "too short", "constant", "not fitted", "not positive"};
inline constexpr double largest_series_value = 1e150;

// The position of a word in a list, or -1.
template <std::size_t n>
int place_of(const char *word, std::size_t length, const char *const (&words)[n]) {
    for (std::size_t i = 0; i < n; ++i)
        if (std::strlen(words[i]) == length && pg_strncasecmp(words[i], word, length) == 0) return static_cast<int>(i);
    return -1;
}

template <std::size_t n>
uint32 scan_word(Scanner &scan, const char *const (&words)[n]) {
    char word[32];
    scan.string(word, sizeof word);
    const int place = place_of(word, std::strlen(word), words);
    if (place < 0) scan.fail("A word is unknown.");
    return static_cast<uint32>(place);
}

inline Day series_day_argument(FunctionCallInfo fcinfo, int number, const char *name) {
    const DateADT date = PG_GETARG_DATEADT(number);
    if (DATE_NOT_FINITE(date))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must be finite", name),
                        errhint("Leave such rows out with FILTER, or make them NULL.")));
    return day_of(date);
}

inline uint32 family_argument(FunctionCallInfo fcinfo, int number) {
    const text *word = PG_GETARG_TEXT_PP(number);
    const int place = place_of(VARDATA_ANY(word), VARSIZE_ANY_EXHDR(word), family_words);
    if (place < 0 || place >= static_cast<int>(n_asked_families))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown family \"%s\"", text_to_cstring(word)),
                        errhint("Families are auto, ets, arima, seasonal, holt_winters, holt_winters_multiplicative and theta.")));
    return static_cast<uint32>(place);
}

inline uint32 period_argument(FunctionCallInfo fcinfo, int number) {
    const text *word = PG_GETARG_TEXT_PP(number);
    const int place = place_of(VARDATA_ANY(word), VARSIZE_ANY_EXHDR(word), period_words);
    if (place < 1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown period \"%s\"", text_to_cstring(word)),
                        errhint("Periods are day, week, month, quarter and year; NULL: as the days are.")));
    return static_cast<uint32>(place);
}

}  // namespace cltv::pg
