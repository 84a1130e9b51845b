#include "pg/fit/baseline_io.hpp"

#include <cstring>

#include "pg/base/binary.hpp"
#include "pg/base/json_text.hpp"
#include "pg/rows/features.hpp"

namespace cltv::pg {

void append_baseline(StringInfo out, const Baseline &baseline) {
    appendStringInfoString(out, "{\"null_log_likelihood\":");
    append_number(out, baseline.null_log_likelihood);
    appendStringInfoString(out, ",\"events\":");
    append_number(out, baseline.events);
    appendStringInfoString(out, ",\"centre\":");
    append_number(out, baseline.centre);
    appendStringInfoString(out, ",\"strata\":[");
    StoredStratum stratum = first_stratum(baseline);
    for (uint32 i = 0; i < baseline.n_strata; ++i) {
        if (i > 0) stratum = stratum.next();
        appendStringInfoString(out, i == 0 ? "{\"name\":" : ",{\"name\":");
        if (stratum.name().data == nullptr)
            appendStringInfoString(out, "null");
        else
            append_text(out, stratum.name().data, stratum.name().size);
        appendStringInfoString(out, ",\"last\":");
        append_number(out, stratum.last());
        appendStringInfoString(out, ",\"steps\":[");
        for (uint32 j = 0; j < stratum.n_steps(); ++j) {
            CHECK_FOR_INTERRUPTS();
            appendStringInfoString(out, j == 0 ? "[" : ",[");
            append_number(out, stratum.steps()[j].time);
            appendStringInfoChar(out, ',');
            append_number(out, stratum.steps()[j].hazard);
            appendStringInfoChar(out, ']');
        }
        appendStringInfoString(out, "]}");
    }
    appendStringInfoString(out, "]}");
}

namespace {

// Keeps track of the keys of an object: each may occur once, and all must.
class Keys {
public:
    Keys(Scanner &scanner, const char *const *names, int n) : scanner_(scanner), names_(names), n_(n) {}

    int find(const char *name) {
        for (int i = 0; i < n_; ++i) {
            if (std::strcmp(names_[i], name) != 0) continue;
            if (seen_ & 1u << i) scanner_.fail(psprintf("The key %s occurs twice.", name));
            seen_ |= 1u << i;
            return i;
        }
        scanner_.fail(psprintf("There is no key %s in a baseline.", name));
    }
    void check_all() {
        for (int i = 0; i < n_; ++i)
            if (!(seen_ & 1u << i)) scanner_.fail(psprintf("The key %s is missing.", names_[i]));
    }

private:
    Scanner &scanner_;
    const char *const *names_;
    int n_;
    unsigned seen_ = 0;
};

void scan_stratum(Scanner &scanner, BaselineStratum &stratum) {
    static constexpr const char *names[] = {"name", "last", "steps"};
    Keys keys(scanner, names, 3);
    scanner.object([&](const char *key) {
        switch (keys.find(key)) {
            case 0:
                if (!scanner.accept("null")) {
                    const ScannedText name = scan_text(scanner);
                    stratum.name = {name.data, name.size};
                }
                break;
            case 1:
                stratum.last = scanner.number() + 0.0;
                break;
            default: {
                PallocList<HazardAt> steps;
                scanner.array([&] {
                    HazardAt &step = steps.append() = HazardAt{};
                    scanner.expect("[");
                    step.time = scanner.number() + 0.0;
                    scanner.expect(",");
                    step.hazard = scanner.number() + 0.0;
                    scanner.expect("]");
                });
                stratum.n_steps = steps.size;
                stratum.steps = steps.data;
            }
        }
    });
    keys.check_all();
}

}  // namespace

BaselineParts scan_baseline(Scanner &scanner) {
    static constexpr const char *names[] = {"null_log_likelihood", "events", "centre", "strata"};
    BaselineParts parts;
    parts.there = true;
    Keys keys(scanner, names, 4);
    scanner.object([&](const char *key) {
        switch (keys.find(key)) {
            case 0: parts.null_log_likelihood = scanner.number() + 0.0; break;
            case 1: parts.events = scanner.number() + 0.0; break;
            case 2: parts.centre = scanner.number() + 0.0; break;
            default:
                scanner.array([&] { scan_stratum(scanner, parts.strata.append() = BaselineStratum{}); });
        }
    });
    keys.check_all();
    if (const char *fault = find_fault(parts.strata.data, parts.strata.size)) scanner.fail(fault);
    return parts;
}

void send_baseline(StringInfo out, const Baseline &baseline) {
    send_number(out, baseline.null_log_likelihood);
    send_number(out, baseline.events);
    send_number(out, baseline.centre);
    send_number(out, baseline.n_strata);
    StoredStratum stratum = first_stratum(baseline);
    for (uint32 i = 0; i < baseline.n_strata; ++i) {
        if (i > 0) stratum = stratum.next();
        pq_sendint8(out, stratum.name().data != nullptr);
        if (stratum.name().data != nullptr) send_text(out, stratum.name());
        send_number(out, stratum.last());
        send_number(out, stratum.n_steps());
        for (uint32 j = 0; j < stratum.n_steps(); ++j) {
            if ((j & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
            send_number(out, stratum.steps()[j].time);
            send_number(out, stratum.steps()[j].hazard);
        }
    }
}

BaselineParts receive_baseline(StringInfo in, const char *type_name) {
    const auto receive_double = [in] { return pq_getmsgfloat8(in) + 0.0; };
    BaselineParts parts;
    parts.there = true;
    parts.null_log_likelihood = receive_double();
    parts.events = receive_double();
    parts.centre = receive_double();
    uint32 n_strata;
    receive_number(in, n_strata);
    for (uint32 i = 0; i < n_strata; ++i) {
        CHECK_FOR_INTERRUPTS();
        BaselineStratum &stratum = parts.strata.append() = BaselineStratum{};
        if (pq_getmsgbyte(in) != 0) stratum.name = receive_text(in, type_name);
        stratum.last = receive_double();
        receive_number(in, stratum.n_steps);
        check_binary(stratum.n_steps <= static_cast<uint32>(in->len - in->cursor) / sizeof(HazardAt), type_name,
                     "There are more times than bytes.");
        HazardAt *const steps = static_cast<HazardAt *>(palloc((Size{stratum.n_steps} + 1) * sizeof(HazardAt)));
        for (uint32 j = 0; j < stratum.n_steps; ++j) {
            if ((j & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
            steps[j].time = receive_double();
            steps[j].hazard = receive_double();
        }
        stratum.steps = steps;
    }
    if (const char *fault = find_fault(parts.strata.data, parts.strata.size)) refuse_binary(type_name, fault);
    return parts;
}

}  // namespace cltv::pg
