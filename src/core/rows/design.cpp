#include "core/rows/design.hpp"

#include "core/rows/design_match.hpp"

namespace cltv {

const char *find_fault(const DesignColumn *columns, std::size_t n) {
    if (n == 0) return "A design has attributes.";
    if (n > static_cast<std::size_t>(n_roles * Features::most)) return "A design has too many attributes.";
    std::uint64_t coefficients = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const DesignColumn &column = columns[i];
        if (column.name.size == 0 || column.name.size > Features::longest_name)
            return "The name of an attribute has 1 to 255 bytes.";
        if (i > 0 && (column.role < columns[i - 1].role ||
                      (column.role == columns[i - 1].role && !(columns[i - 1].name < column.name))))
            return "Attributes must come by role, and by name within a role.";
        if (column.kind == FeatureKind::number) {
            if (column.n_levels != 0 || column.has_other) return "A number has no levels.";
        } else if (column.kind == FeatureKind::category) {
            if (column.n_levels == 0) return "A category has a reference.";
            for (std::uint32_t j = 1; j < column.n_levels; ++j) {
                if (j > 1 && compare_levels(column.levels[j - 1], column.levels[j]) >= 0)
                    return "Levels must be in the order of their bytes, each once.";
                if (compare_levels(column.levels[0], column.levels[j]) == 0) return "The reference is no other level.";
            }
        } else {
            return "An attribute is a number or a category.";
        }
        coefficients += column.n_coefficients();
        if (coefficients > most_coefficients) return "A design has too many coefficients.";
    }
    return nullptr;
}

namespace {

std::size_t bytes_of(const DesignColumn &column, std::size_t head, std::size_t place) {
    std::size_t bytes = head + column.n_levels * place + column.name.size;
    for (std::uint32_t i = 0; i < column.n_levels; ++i) bytes += column.levels[i].size;
    return padded(bytes);
}

}  // namespace

std::size_t design_bytes(const DesignColumn *columns, std::size_t n) {
    std::size_t bytes = sizeof(Design);
    for (std::size_t i = 0; i < n; ++i) bytes += bytes_of(columns[i], 16, 8);
    return bytes;
}

void write_design(const DesignColumn *columns, std::size_t n, void *memory) {
    static_assert(sizeof(StoredColumn::Head) == 16 && sizeof(StoredColumn::Place) == 8 && sizeof(Design) == 8);
    Design &design = *static_cast<Design *>(memory);
    const std::size_t bytes = design_bytes(columns, n);
    std::memset(memory, 0, bytes);
    design.bytes = static_cast<std::uint32_t>(bytes);
    design.n_columns = static_cast<std::uint16_t>(n);
    char *at = reinterpret_cast<char *>(&design + 1);
    for (std::size_t i = 0; i < n; ++i) {
        const DesignColumn &column = columns[i];
        const StoredColumn::Head head = {static_cast<std::uint32_t>(bytes_of(column, 16, 8)),
                                         design.n_coefficients,
                                         column.n_levels,
                                         static_cast<std::uint8_t>(column.role),
                                         static_cast<std::uint8_t>(column.kind),
                                         static_cast<std::uint8_t>(column.has_other),
                                         static_cast<std::uint8_t>(column.name.size)};
        std::memcpy(at, &head, sizeof head);
        char *const places = at + sizeof head, *const texts = places + column.n_levels * sizeof(StoredColumn::Place);
        std::memcpy(texts, column.name.data, column.name.size);
        std::uint32_t begin = head.name_size;
        for (std::uint32_t j = 0; j < column.n_levels; ++j) {
            const Text &level = column.levels[j];
            const StoredColumn::Place place = {is_unknown(level) ? StoredColumn::unknown_level : begin,
                                               static_cast<std::uint32_t>(level.size)};
            std::memcpy(places + j * sizeof place, &place, sizeof place);
            if (level.size > 0) std::memcpy(texts + begin, level.data, level.size);
            begin += place.size;
        }
        design.n_coefficients = static_cast<std::uint16_t>(design.n_coefficients + column.n_coefficients());
        at += head.bytes;
    }
}

int StoredColumn::coefficient_of(const Text &wanted) const {
    if (compare_levels(level(0), wanted) == 0) return -1;
    std::uint32_t low = 1, high = n_levels();
    while (low < high) {
        const std::uint32_t middle = (low + high) / 2;
        const int order = compare_levels(level(middle), wanted);
        if (order == 0) return static_cast<int>(middle - 1);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return has_other() ? static_cast<int>(n_levels() - 1) : -1;
}

StoredColumn column_of_coefficient(const Design &design, std::uint32_t coefficient) {
    StoredColumn column = first_column(design);
    while (coefficient >= column.first_coefficient() + column.n_coefficients()) column = column.next();
    return column;
}

StoredColumn column_of(const Design &design, std::uint32_t number) {
    StoredColumn column = first_column(design);
    while (number-- > 0) column = column.next();
    return column;
}

bool has_role(const Design &design, Role role) {
    StoredColumn column = first_column(design);
    for (int i = 0; i < design.n_columns; ++i) {
        if (i > 0) column = column.next();
        if (column.role() == role) return true;
    }
    return false;
}

Match linear_predictor(const Design &design, const double *coefficients, Role role, const Features &features) {
    double sum = 0;
    Match match = match_design(design, role, features,
                               [&](std::uint32_t coefficient, double value) { sum += coefficients[coefficient] * value; });
    match.sum = sum;
    return match;
}

}  // namespace cltv
