#include "pg/history/local_day.hpp"

namespace cltv::pg {

namespace {

constexpr int64_t unix_epoch = (int64_t{POSTGRES_EPOCH_JDATE} - UNIX_EPOCH_JDATE) * SECS_PER_DAY;

// The offset of a zone changes a few times a year. A span of 2^40 microseconds (12.7 days) contains at most one change,
// or it is not remembered. 256 spans are nine years of orders.
constexpr int span_bits = 40;
constexpr int spans = 256;

struct Span {
    bool known;
    int64_t number;  // time >> span_bits
    int64_t change;  // from this time on, `after` is the offset
    int64_t before, after;
};

// Zones live as long as the backend, so a pointer identifies them.
pg_tz *remembered_zone;
Span remembered[spans];

pg_time_t unix_seconds(int64_t time) {
    int64_t seconds = time / USECS_PER_SEC;
    if (seconds * USECS_PER_SEC > time) --seconds;
    return seconds + unix_epoch;
}

int64_t offset_at(pg_time_t seconds, pg_tz *zone) {
    const pg_tm *local = pg_localtime(&seconds, zone);
    return local == nullptr ? 0 : int64_t{local->tm_gmtoff} * USECS_PER_SEC;
}

// The first change after a time; false: there is none. `sure` becomes false if the zone cannot tell.
bool next_change(pg_time_t after, pg_tz *zone, pg_time_t *change, bool *sure) {
    long before_offset, after_offset;
    int before_dst, after_dst;
    const int found =
        pg_next_dst_boundary(&after, &before_offset, &before_dst, change, &after_offset, &after_dst, zone);
    if (found < 0) *sure = false;
    return found > 0;
}

}  // namespace

int64_t local_offset(TimestampTz time) {
    pg_tz *zone = session_timezone;
    if (zone != remembered_zone) {
        for (Span &span : remembered) span.known = false;
        remembered_zone = zone;
    }
    const int64_t number = time >> span_bits;
    Span &span = remembered[number & (spans - 1)];
    if (span.known && span.number == number) return time < span.change ? span.before : span.after;

    const pg_time_t start = unix_seconds(number * (int64_t{1} << span_bits));
    const pg_time_t last = unix_seconds(number * (int64_t{1} << span_bits) + ((int64_t{1} << span_bits) - 1));
    bool sure = true;
    pg_time_t change, second;
    if (!next_change(start, zone, &change, &sure) || change > last) change = last + 1;
    else if (next_change(change, zone, &second, &sure) && second <= last) sure = false;
    if (!sure) return offset_at(unix_seconds(time), zone);

    span = {true, number, (change - unix_epoch) * USECS_PER_SEC, offset_at(start, zone), offset_at(change, zone)};
    return time < span.change ? span.before : span.after;
}

}  // namespace cltv::pg
