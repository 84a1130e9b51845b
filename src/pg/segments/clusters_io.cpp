// clusters: its text and binary forms.
#include "pg/segments/clusters.hpp"

#include <cstring>

#include "pg/base/aggregate.hpp"
#include "pg/base/binary.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/json_text.hpp"
#include "pg/base/palloc_list.hpp"
#include "pg/rows/features.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

// A value of these sizes, with the rest of its head from another one and zeroes after it.
Clusters *new_clusters(const Clusters &head, Size features, Size centres, Size mergers, Size names_bytes) {
    const Size bytes = Clusters::bytes(features, centres, mergers, names_bytes);
    if (bytes > largest_value)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many numbers for one value of type clusters"),
                        errdetail("A value must be smaller than 1 GB.")));
    Clusters *const clusters = static_cast<Clusters *>(palloc0(bytes));
    *clusters = head;
    SET_VARSIZE(clusters, bytes);
    clusters->version = Clusters::current_version;
    clusters->n_features = static_cast<uint32>(features);
    clusters->n_centres = static_cast<uint32>(centres);
    clusters->n_mergers = static_cast<uint32>(mergers);
    clusters->names_bytes = static_cast<uint32>(names_bytes);
    return clusters;
}

const char *fault_of(const Clusters &clusters) {
    const char *fault = nullptr;
    guarded([&] { fault = find_fault(clusters, interrupt_pending); });
    return fault;
}

void append_name(PallocList<char> &names, const Text &name, const char *&fault) {
    if (name.size == 0 || name.size > Features::longest_name) {
        fault = "The name of an attribute has 1 to 255 bytes.";
        return;
    }
    names.append() = static_cast<char>(name.size);
    for (Size i = 0; i < name.size; ++i) names.append() = name.data[i];
}

// The keys of an object, each exactly once; each(key) is called with the scanner before the value.
template <int n, class Each>
void scan_keys(Scanner &scanner, const char *const (&keys)[n], unsigned needed, Each &&each) {
    unsigned seen = 0;
    scanner.object([&](const char *name) {
        int key = 0;
        while (key < n && std::strcmp(keys[key], name) != 0) ++key;
        if (key == n) scanner.fail(psprintf("There is no key %s in clusters.", name));
        if (seen & 1u << key) scanner.fail(psprintf("The key %s occurs twice.", name));
        seen |= 1u << key;
        each(key);
    });
    for (int key = 0; key < n; ++key)
        if ((needed & ~seen) & 1u << key) scanner.fail(psprintf("The key %s is missing.", keys[key]));
}

uint32 scan_whole(Scanner &scanner) {
    const int64 value = scanner.integer();
    if (value < 0 || value > PG_INT32_MAX) scanner.fail("A whole number is out of range.");
    return static_cast<uint32>(value);
}

template <int n, class Word>
int scan_word(Scanner &scanner, Word (*)[n], const char *(*word_of)(Word)) {
    char word[NAMEDATALEN];
    scanner.string(word, sizeof word);
    for (int i = 0; i < n; ++i)
        if (std::strcmp(word_of(static_cast<Word>(i)), word) == 0) return i;
    scanner.fail("The method or the status is unknown.");
}

}  // namespace

CLTV_FUNCTION(cltv_clusters_out) {
    const Clusters &clusters = *clusters_argument(fcinfo, 0);
    StringInfoData out;
    initStringInfo(&out);
    appendStringInfo(&out, "{\"method\":\"%s\",\"status\":\"%s\",", method_name(clusters.method), status_word(clusters.status));
    if (clusters.status == ClusterStatus::constant) appendStringInfo(&out, "\"constant\":%u,", clusters.column + 1);
    appendStringInfo(&out, "\"standardised\":%s,\"customers\":", clusters.standardised ? "true" : "false");
    append_number(&out, clusters.customers);
    appendStringInfoString(&out, ",\"skipped\":");
    append_number(&out, clusters.skipped);
    appendStringInfo(&out, ",\"distinct\":%u,\"wanted\":%u,\"attributes\":[", clusters.distinct, clusters.wanted);
    NameBlock names(clusters.names());
    for (uint32 i = 0; i < clusters.n_features; ++i) {
        const Text name = names.next();
        appendStringInfoString(&out, i == 0 ? "{\"name\":" : ",{\"name\":");
        append_text(&out, name.data, name.size);
        appendStringInfoString(&out, ",\"mean\":");
        append_number(&out, clusters.means()[i]);
        appendStringInfoString(&out, ",\"deviation\":");
        append_number(&out, clusters.deviations()[i]);
        appendStringInfoChar(&out, '}');
    }
    appendStringInfoString(&out, "],\"clusters\":[");
    for (uint32 i = 0; i < clusters.n_centres; ++i) {
        if ((i & 0xFF) == 0) CHECK_FOR_INTERRUPTS();
        appendStringInfoString(&out, i == 0 ? "{\"customers\":" : ",{\"customers\":");
        append_number(&out, clusters.sizes()[i]);
        appendStringInfoString(&out, ",\"within\":");
        append_number(&out, clusters.within()[i]);
        appendStringInfoString(&out, ",\"centre\":");
        for (uint32 j = 0; j < clusters.n_features; ++j) {
            appendStringInfoChar(&out, j == 0 ? '[' : ',');
            append_number(&out, clusters.centre(i)[j]);
        }
        appendStringInfoString(&out, "]}");
    }
    appendStringInfoChar(&out, ']');
    if (clusters.is_tree()) {
        appendStringInfoString(&out, ",\"mergers\":[");
        for (uint32 i = 0; i < clusters.n_mergers; ++i) {
            const Merger &merger = clusters.mergers()[i];
            appendStringInfo(&out, "%s[%u,%u,", i == 0 ? "" : ",", merger.a, merger.b);
            append_number(&out, merger.height);
            appendStringInfoChar(&out, ']');
        }
        appendStringInfoChar(&out, ']');
    }
    appendStringInfoChar(&out, '}');
    PG_RETURN_CSTRING(out.data);
}

CLTV_FUNCTION(cltv_clusters_in) {
    static constexpr const char *keys[] = {"method",   "status",   "constant",   "standardised", "customers", "skipped",
                                           "distinct", "wanted",   "attributes", "clusters",     "mergers"};
    static constexpr const char *attribute_keys[] = {"name", "mean", "deviation"};
    static constexpr const char *cluster_keys[] = {"customers", "within", "centre"};
    Scanner scanner(PG_GETARG_CSTRING(0), clusters_type);
    Clusters head{};
    PallocList<char> names;
    PallocList<double> means, deviations, sizes, within, centres;
    PallocList<Merger> mergers;
    PallocList<uint32> widths;
    bool mergers_there = false;
    scan_keys(scanner, keys, 0x7FF & ~(1u << 2) & ~(1u << 10), [&](int key) {
        switch (key) {
            case 0: head.method = static_cast<ClusterMethod>(
                        scan_word(scanner, static_cast<ClusterMethod(*)[n_cluster_methods]>(nullptr), method_name)); break;
            case 1: head.status = static_cast<ClusterStatus>(
                        scan_word(scanner, static_cast<ClusterStatus(*)[n_cluster_statuses]>(nullptr), status_word)); break;
            case 2:
                head.column = scan_whole(scanner);
                if (head.column-- == 0) scanner.fail("Attributes are counted from 1.");
                break;
            case 3:
                head.standardised = scanner.accept("true");
                if (!head.standardised) scanner.expect("false");
                break;
            case 4: head.customers = scanner.number() + 0.0; break;
            case 5: head.skipped = scanner.number() + 0.0; break;
            case 6: head.distinct = scan_whole(scanner); break;
            case 7: head.wanted = scan_whole(scanner); break;
            case 8:
                scanner.array([&] {
                    scan_keys(scanner, attribute_keys, 7, [&](int part) {
                        if (part == 0) {
                            const ScannedText name = scan_text(scanner);
                            const char *fault = nullptr;
                            append_name(names, {name.data, name.size}, fault);
                            if (fault != nullptr) scanner.fail(fault);
                        } else {
                            (part == 1 ? means : deviations).append() = scanner.number() + 0.0;
                        }
                    });
                });
                break;
            case 9:
                scanner.array([&] {
                    scan_keys(scanner, cluster_keys, 7, [&](int part) {
                        if (part == 2) {
                            const uint32 before = centres.size;
                            scanner.array([&] { centres.append() = scanner.number() + 0.0; });
                            widths.append() = centres.size - before;
                        } else {
                            (part == 0 ? sizes : within).append() = scanner.number() + 0.0;
                        }
                    });
                });
                break;
            default:
                mergers_there = true;
                scanner.array([&] {
                    Merger &merger = mergers.append();
                    scanner.expect("[");
                    merger.a = scan_whole(scanner);
                    scanner.expect(",");
                    merger.b = scan_whole(scanner);
                    scanner.expect(",");
                    merger.height = scanner.number() + 0.0;
                    scanner.expect("]");
                });
        }
    });
    scanner.end();
    if (mergers_there != head.is_tree()) scanner.fail("A tree has mergers, and k-means has none.");
    for (uint32 i = 0; i < widths.size; ++i)
        if (widths.data[i] != means.size) scanner.fail("A centre has a number for each attribute.");
    Clusters *const clusters = new_clusters(head, means.size, sizes.size, mergers.size, names.size);
    const auto put = [](auto *to, const auto &list) {
        if (list.size > 0) std::memcpy(to, list.data, list.size * sizeof *list.data);
    };
    put(clusters->means(), means);
    put(clusters->deviations(), deviations);
    put(clusters->sizes(), sizes);
    put(clusters->within(), within);
    put(clusters->centres(), centres);
    put(clusters->mergers(), mergers);
    put(clusters->names(), names);
    if (const char *fault = fault_of(*clusters)) scanner.fail(fault);
    PG_RETURN_POINTER(clusters);
}

CLTV_FUNCTION(cltv_clusters_send) {
    const Clusters &clusters = *clusters_argument(fcinfo, 0);
    StringInfoData out;
    pq_begintypsend(&out);
    pq_sendint16(&out, clusters.version);
    pq_sendint8(&out, static_cast<uint8>(clusters.method));
    pq_sendint8(&out, static_cast<uint8>(clusters.status));
    for (const uint32 number : {clusters.n_features, clusters.n_centres, clusters.n_mergers, clusters.column,
                                clusters.standardised, clusters.distinct, clusters.wanted})
        pq_sendint32(&out, number);
    pq_sendfloat8(&out, clusters.customers);
    pq_sendfloat8(&out, clusters.skipped);
    NameBlock names(clusters.names());
    for (uint32 i = 0; i < clusters.n_features; ++i) send_text(&out, names.next());
    const double *const end = clusters.centres() + Size{clusters.n_centres} * clusters.n_features;
    for (const double *number = clusters.means(); number != end; ++number) pq_sendfloat8(&out, *number);
    for (uint32 i = 0; i < clusters.n_mergers; ++i) {
        pq_sendint32(&out, clusters.mergers()[i].a);
        pq_sendint32(&out, clusters.mergers()[i].b);
        pq_sendfloat8(&out, clusters.mergers()[i].height);
    }
    PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

CLTV_FUNCTION(cltv_clusters_recv) {
    StringInfo in = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    const uint16 version = pq_getmsgint(in, 2);
    check_binary(version == Clusters::current_version, clusters_type, "The version is unknown.");
    Clusters head{};
    head.method = static_cast<ClusterMethod>(pq_getmsgbyte(in));
    head.status = static_cast<ClusterStatus>(pq_getmsgbyte(in));
    for (uint32 *number : {&head.n_features, &head.n_centres, &head.n_mergers, &head.column, &head.standardised,
                           &head.distinct, &head.wanted}) {
        *number = pq_getmsgint(in, 4);
        check_binary(*number <= PG_INT32_MAX, clusters_type, "A whole number is out of range.");
    }
    head.customers = pq_getmsgfloat8(in) + 0.0;
    head.skipped = pq_getmsgfloat8(in) + 0.0;
    check_binary(head.n_features <= static_cast<uint32>(Features::most) && head.n_centres <= most_leaves &&
                     head.n_mergers <= most_leaves,
                 clusters_type, "There are too many attributes, clusters or mergers.");
    PallocList<char> names;
    for (uint32 i = 0; i < head.n_features; ++i) {
        const char *fault = nullptr;
        append_name(names, receive_text(in, clusters_type), fault);
        if (fault != nullptr) refuse_binary(clusters_type, fault);
    }
    const Size numbers = 2 * (Size{head.n_features} + head.n_centres) + Size{head.n_centres} * head.n_features;
    check_binary(8 * numbers + 16 * Size{head.n_mergers} == static_cast<Size>(in->len - in->cursor), clusters_type,
                 "The value has another length than it says.");
    Clusters *const clusters = new_clusters(head, head.n_features, head.n_centres, head.n_mergers, names.size);
    for (Size i = 0; i < numbers; ++i) clusters->means()[i] = pq_getmsgfloat8(in) + 0.0;
    for (uint32 i = 0; i < head.n_mergers; ++i) {
        Merger &merger = clusters->mergers()[i];
        merger.a = pq_getmsgint(in, 4);
        merger.b = pq_getmsgint(in, 4);
        merger.height = pq_getmsgfloat8(in) + 0.0;
    }
    if (names.size > 0) std::memcpy(clusters->names(), names.data, names.size);
    if (const char *fault = fault_of(*clusters)) refuse_binary(clusters_type, fault);
    PG_RETURN_POINTER(clusters);
}
