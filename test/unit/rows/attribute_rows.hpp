// Rows of attributes and shops of customers with them, for tests.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/base/customer.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// What sets and rows of attributes take is given back when the tests are over.
inline void *allocate(std::size_t bytes) {
    static std::vector<std::unique_ptr<void, void (*)(void *)>> all;
    all.emplace_back(std::malloc(bytes), std::free);
    return all.back().get();
}

struct Attribute {
    std::string name;
    FeatureKind kind;
    double number;
    std::string text;
};

// Names in the order of their bytes.
inline const Features *features(const std::vector<Attribute> &attributes) {
    std::size_t names = 0, texts = 0;
    for (const Attribute &a : attributes) names += 1 + a.name.size(), texts += a.text.size();
    const std::size_t bytes = Features::bytes(attributes.size(), names, texts);
    auto *made = static_cast<Features *>(std::memset(allocate(bytes), 0, bytes));
    made->version = Features::current_version;
    made->n = static_cast<std::uint16_t>(attributes.size());
    made->names_bytes = static_cast<std::uint32_t>(names);
    char *at = made->names();
    std::uint64_t hash = 0;
    std::uint32_t text = 0;
    for (int i = 0; i < made->n; ++i) {
        const Attribute &a = attributes[i];
        *at++ = static_cast<char>(a.name.size());
        std::memcpy(at, a.name.data(), a.name.size());
        at += a.name.size();
        hash = hash_of(hash, Text{a.name.data(), a.name.size()});
        if (a.kind == FeatureKind::null) made->set_null(i);
        if (a.kind == FeatureKind::number) made->set_number(i, a.number);
        if (a.kind == FeatureKind::category) text = made->set_text(i, text, {a.text.data(), a.text.size()});
    }
    made->names_hash = static_cast<std::uint32_t>(hash >> 32);
    return made;
}

inline Attribute number(const char *name, double value) { return {name, FeatureKind::number, value, ""}; }
inline Attribute category(const char *name, const char *level) { return {name, FeatureKind::category, 0, level}; }

class Shop {
public:
    void add(Targets targets, const std::vector<double> &numbers, const std::vector<RoleFeatures> &roles, double count = 1) {
        const int n = static_cast<int>(roles.size());
        if (set_ == nullptr) set_ = start_feature_set(targets, roles.data(), n, allocate);
        double target[most_targets] = {};
        std::copy(numbers.begin(), numbers.end(), target);
        if (cltv::add(set_, roles.data(), n, target, count, allocate).fault != FeatureFault::none) std::abort();
    }
    void add(const Customer &customer, const Features *purchases, const Features *dropout, double count = 1) {
        std::vector<RoleFeatures> roles;
        if (purchases != nullptr) roles.push_back({Role::purchases, purchases});
        if (dropout != nullptr) roles.push_back({Role::dropout, dropout});
        add(Targets::orders, {customer.frequency, customer.recency, customer.tenure}, roles, count);
    }
    const FeatureSet &sorted() const { return *copy_sorted(*set_, allocate(sorted_bytes(*set_)), never_stop); }
    FeatureSet *table() const { return set_; }

private:
    FeatureSet *set_ = nullptr;
};

}  // namespace cltv
