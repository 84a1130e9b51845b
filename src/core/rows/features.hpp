// One row of named attributes: what is known about a customer besides the purchases.
//
// An attribute is a number, a category, or missing; which of these is a property of the value, not of the name. Names
// are unique and in byte order, so the same attributes form the same schema in whatever order they came.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/base/hash.hpp"

namespace cltv {

// Stored in databases: numbers are never reused.
enum class FeatureKind : std::uint8_t { null = 0, number = 1, category = 2 };

// A text in memory owned by others, not terminated by a zero byte.
struct Text {
    const char *data;
    std::size_t size;
};

inline int compare(const Text &a, const Text &b) {
    const std::size_t shorter = a.size < b.size ? a.size : b.size;
    const int order = shorter == 0 ? 0 : std::memcmp(a.data, b.data, shorter);
    return order != 0 ? order : a.size < b.size ? -1 : a.size > b.size;
}
inline bool operator==(const Text &a, const Text &b) { return compare(a, b) == 0; }
inline bool operator<(const Text &a, const Text &b) { return compare(a, b) < 0; }

inline std::uint64_t hash_of(std::uint64_t hash, const Text &text) {
    std::size_t i = 0;
    for (; i + 8 <= text.size; i += 8) {
        double word;
        std::memcpy(&word, text.data + i, 8);
        hash = hashed(hash, word);
    }
    std::uint64_t rest = text.size;
    for (; i < text.size; ++i) rest = rest << 8 | static_cast<unsigned char>(text.data[i]);
    double word;
    std::memcpy(&word, &rest, 8);
    return hashed(hash, word);
}

// Names one after the other, each preceded by a byte with its length.
class NameBlock {
public:
    NameBlock() = default;
    explicit NameBlock(const char *at) : at_(at) {}
    Text next() {
        const auto size = static_cast<unsigned char>(*at_);
        const Text name = {at_ + 1, size};
        at_ += 1 + size;
        return name;
    }

private:
    const char *at_ = nullptr;
};

// The value of an attribute.
struct FeatureValue {
    FeatureKind kind;
    double number;  // of a number
    Text text;      // of a category
};

// A flat record: header, a cell of 8 bytes for each attribute, a byte for the kind of each, the names, the texts of the
// categories. The cell of a number contains it; that of a category contains the place and size of its text.
struct Features {
    std::int32_t length_word;
    std::uint16_t version;
    std::uint16_t n;
    std::uint32_t names_hash;
    std::uint32_t names_bytes;

    static constexpr std::uint16_t current_version = 1;
    static constexpr std::size_t longest_name = 255;
    static constexpr int most = 1600;  // columns that a row of the server may have

    struct Place {
        std::uint32_t begin, size;
    };

    static std::size_t bytes(std::size_t n, std::size_t names_bytes, std::size_t text_bytes) {
        return sizeof(Features) + 9 * n + names_bytes + text_bytes;
    }

    const char *cells() const { return reinterpret_cast<const char *>(this + 1); }
    char *cells() { return reinterpret_cast<char *>(this + 1); }
    const char *kinds() const { return cells() + 8 * n; }
    char *kinds() { return cells() + 8 * n; }
    const char *names() const { return kinds() + n; }
    char *names() { return kinds() + n; }
    const char *texts() const { return names() + names_bytes; }
    char *texts() { return names() + names_bytes; }

    FeatureKind kind(int i) const { return static_cast<FeatureKind>(kinds()[i]); }
    double number(int i) const {
        double number;
        std::memcpy(&number, cells() + 8 * i, sizeof number);
        return number;
    }
    Text text(int i) const {
        Place place;
        std::memcpy(&place, cells() + 8 * i, sizeof place);
        return {texts() + place.begin, place.size};
    }
    FeatureValue value(int i) const {
        const FeatureKind k = kind(i);
        return {k, k == FeatureKind::number ? number(i) : 0, k == FeatureKind::category ? text(i) : Text{nullptr, 0}};
    }

    void set_null(int i) {
        std::memset(cells() + 8 * i, 0, 8);
        kinds()[i] = static_cast<char>(FeatureKind::null);
    }
    void set_number(int i, double number) {
        std::memcpy(cells() + 8 * i, &number, sizeof number);
        kinds()[i] = static_cast<char>(FeatureKind::number);
    }
    // Puts the text at `begin` among the texts and returns where it ends, where the next one may begin.
    std::uint32_t set_text(int i, std::uint32_t begin, const Text &text) {
        const Place place = {begin, static_cast<std::uint32_t>(text.size)};
        std::memcpy(cells() + 8 * i, &place, sizeof place);
        kinds()[i] = static_cast<char>(FeatureKind::category);
        if (text.size > 0) std::memcpy(texts() + begin, text.data, text.size);
        return begin + place.size;
    }
};

}  // namespace cltv
