// A list in the current memory context that grows by doubling, for values that are read one by one.
#pragma once

#include "pg/base/postgres.hpp"

namespace cltv::pg {

template <class T>
struct PallocList {
    T *data = nullptr;
    uint32 size = 0, capacity = 0;

    T &append() {
        if (size == capacity) {
            capacity = capacity == 0 ? 16 : 2 * capacity;
            const Size bytes = Size{capacity} * sizeof(T);
            data = static_cast<T *>(data == nullptr ? palloc(bytes) : repalloc_huge(data, bytes));
        }
        return data[size++];
    }
};

}  // namespace cltv::pg
