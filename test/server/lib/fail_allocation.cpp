// Preloaded into a server: lets chosen allocations fail that are made while the extension is at work. The test writes into
// the file that CLTV_FAIL_ALLOCATION names, which all processes of the server map:
//     fail_at   the number of the allocation that fails, 0: all is as usual
//     which     "one": of the process, by C++ or by the server on the extension's behalf, the one that fail_at says
//               "on": of the same, that one and all after it
//               "palloc": of the extension's calls of server functions that allocate, most from memory that the server
//               has already
// and reads there:
//     seen      such allocations since the test set it to 0, failed ones among them
//     living    C++ objects made and not destroyed again

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#if __ELF_NATIVE_CLASS != 64
#error "relocations of 32-bit programs have another form"
#endif

extern "C" {
void *__libc_malloc(std::size_t size);
void *__libc_calloc(std::size_t count, std::size_t size);
void *__libc_realloc(void *pointer, std::size_t size);
__attribute__((weak)) void *palloc_extended(std::size_t size, int flags);  // the server's
}

namespace {

enum Which : std::int64_t { one, on, palloc };

struct Control {
    std::int64_t fail_at;
    Which which;
    std::int64_t seen, living;
};

Control usual;
Control *control = &usual;
bool counting = false;  // a server's process has one thread
std::uintptr_t code_begin = 0, code_end = 0;

__attribute__((constructor)) void begin() {
    const char *path = std::getenv("CLTV_FAIL_ALLOCATION");
    const int file = path ? open(path, O_RDWR) : -1;
    if (file < 0) return;
    void *map = mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (map == MAP_FAILED) return;
    void *frame;
    backtrace(&frame, 1);  // the first call allocates
    control = static_cast<Control *>(map);
}

bool is_due() {
    const std::int64_t number = ++control->seen;
    return number == control->fail_at || (control->which == on && number > control->fail_at);
}

bool extension_calls() {
    void *frames[200];
    const int depth = backtrace(frames, 200);
    for (int i = 0; i < depth; ++i) {
        const auto address = reinterpret_cast<std::uintptr_t>(frames[i]);
        if (address >= code_begin && address < code_end) return true;
    }
    return false;
}

bool fails() {
    if (control->fail_at == 0 || control->which == palloc || counting || code_end == 0) return false;
    counting = true;
    const bool failing = extension_calls() && is_due();
    counting = false;
    if (failing) errno = ENOMEM;
    return failing;
}

// Calls of the server ------------------------------------------------------------------------------------------------

// Functions that allocate and take integers and pointers only, six at most.
constexpr const char *allocating[] = {
    "palloc", "palloc0", "MemoryContextAllocHuge", "MemoryContextAllocZero", "AllocSetContextCreateInternal", "pnstrdup",
    "pg_detoast_datum", "pg_detoast_datum_packed", "initStringInfo", "enlargeStringInfo", "appendStringInfoString",
    "appendStringInfoChar", "cstring_to_text", "text_to_cstring", "pq_begintypsend", "pq_endtypsend", "heap_form_tuple",
    "HeapTupleHeaderGetDatum", "BlessTupleDesc", "get_call_result_type", "init_MultiFuncCall", "JsonbIteratorInit",
    "JsonbIteratorNext", "WinGetPartitionLocalMemory"};
constexpr int functions = sizeof allocating / sizeof *allocating;

using Word = std::uintptr_t;
using Function = Word (*)(Word, Word, Word, Word, Word, Word);
Function real[functions];

template <int i>
Word instead(Word a, Word b, Word c, Word d, Word e, Word f) {
    constexpr int huge = 1;  // MCXT_ALLOC_HUGE
    if (control->fail_at != 0 && control->which == palloc && is_due()) palloc_extended(std::size_t{1} << 60, huge);
    return real[i](a, b, c, d, e, f);
}

template <int... i>
Function replacement(int number, std::integer_sequence<int, i...>) {
    constexpr Function all[] = {instead<i>...};
    return all[number];
}

void replace(Function *place, const char *name) {
    for (int i = 0; i < functions; ++i) {
        if (std::strcmp(name, allocating[i]) != 0) continue;
        const std::uintptr_t page = sysconf(_SC_PAGESIZE), begin = reinterpret_cast<std::uintptr_t>(place) & ~(page - 1);
        if (mprotect(reinterpret_cast<void *>(begin), 2 * page, PROT_READ | PROT_WRITE) != 0) std::abort();
        real[i] = *place;
        *place = replacement(i, std::make_integer_sequence<int, functions>());
    }
}

void replace_calls(const link_map *library) {
    const ElfW(Rela) *entries = nullptr;
    const ElfW(Sym) *symbols = nullptr;
    const char *names = nullptr;
    std::size_t bytes = 0;
    for (const ElfW(Dyn) *entry = library->l_ld; entry->d_tag != DT_NULL; ++entry) {
        if (entry->d_tag == DT_JMPREL) entries = reinterpret_cast<const ElfW(Rela) *>(entry->d_un.d_ptr);
        if (entry->d_tag == DT_PLTRELSZ) bytes = entry->d_un.d_val;
        if (entry->d_tag == DT_SYMTAB) symbols = reinterpret_cast<const ElfW(Sym) *>(entry->d_un.d_ptr);
        if (entry->d_tag == DT_STRTAB) names = reinterpret_cast<const char *>(entry->d_un.d_ptr);
    }
    for (std::size_t i = 0; i < bytes / sizeof *entries; ++i)
        replace(reinterpret_cast<Function *>(library->l_addr + entries[i].r_offset),
                names + symbols[entries[i].r_info >> 32].st_name);
}

int find_code(dl_phdr_info *info, std::size_t, void *library) {
    if (info->dlpi_addr != static_cast<link_map *>(library)->l_addr) return 0;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const ElfW(Phdr) &part = info->dlpi_phdr[i];
        if (part.p_type != PT_LOAD || !(part.p_flags & PF_X)) continue;
        code_begin = info->dlpi_addr + part.p_vaddr;
        code_end = code_begin + part.p_memsz;
    }
    return 1;
}

}  // namespace

extern "C" void *dlopen(const char *path, int flags) {
    void *library = reinterpret_cast<void *(*)(const char *, int)>(dlsym(RTLD_NEXT, "dlopen"))(path, flags);
    const char *name = path ? std::strrchr(path, '/') : nullptr;
    if (library && code_end == 0 && name && std::strcmp(name, "/cltv.so") == 0) {
        replace_calls(static_cast<link_map *>(library));
        dl_iterate_phdr(find_code, library);
    }
    return library;
}

extern "C" void *malloc(std::size_t size) { return fails() ? nullptr : __libc_malloc(size); }
extern "C" void *calloc(std::size_t count, std::size_t size) { return fails() ? nullptr : __libc_calloc(count, size); }
extern "C" void *realloc(void *pointer, std::size_t size) { return fails() ? nullptr : __libc_realloc(pointer, size); }

void *operator new(std::size_t size) {
    void *object = malloc(size);
    if (!object) throw std::bad_alloc();
    ++control->living;
    return object;
}

void operator delete(void *object) noexcept {
    if (object) --control->living;
    std::free(object);
}
void operator delete(void *object, std::size_t) noexcept { operator delete(object); }
