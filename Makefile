# PGXS build of the extension: make, make install, make installcheck.
# The model library's unit tests, benchmarks and fuzzers are built by CMakeLists.txt.

EXTENSION    = cltv
EXTVERSION   = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" cltv.control)
MODULE_big   = cltv

# A folder a topic in every room: src/core, src/pg, sql, test/unit, test/sql, docs.
OBJS         = $(patsubst %.cpp,%.o,$(sort $(wildcard src/core/*.cpp src/core/*/*.cpp src/pg/*/*.cpp)))
CLTV_HEADERS = $(wildcard src/core/*.hpp src/core/*/*.hpp src/pg/*/*.hpp)

# The install script is the join of the fragments, each the current definition of its objects, once.
FRAGMENTS    = $(addprefix sql/,$(shell sed '/^\#/d' sql/order))
RELEASED     = $(wildcard sql/released/$(EXTENSION)--*.sql sql/upgrade/$(EXTENSION)--*--*.sql)

DATA_built   = $(EXTENSION)--$(EXTVERSION).sql
DATA         = $(RELEASED)
EXTRA_CLEAN  = $(EXTENSION)--*.sql test/results test/regression.diffs test/regression.out

REGRESS      = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*/*.sql)))
REGRESS_OPTS = --inputdir=test --outputdir=test --load-extension=cltv

# No bitcode (nothing of ours is worth inlining into a query), only the SQL functions exported, and results that do not
# depend on the processor: no fused multiply-add, no fast-math, no -march.
override with_llvm = no
PG_CXXFLAGS  = -std=c++17 -O2 -ffp-contract=off -fvisibility=hidden -fvisibility-inlines-hidden \
               -Wall -Wextra -Wno-register -Wno-missing-field-initializers
# 32-bit x86 would compute in the x87's extended precision.
ifneq ($(filter i386-% i486-% i586-% i686-%,$(shell $(CXX) -dumpmachine)),)
PG_CXXFLAGS += -msse2 -mfpmath=sse
endif
# PostgreSQL hands on the options of the compiler that built it, which may be another.
ifneq ($(findstring clang,$(shell $(CXX) --version)),)
PG_CXXFLAGS += -Wno-unknown-warning-option -Wno-ignored-optimization-argument
endif
ifneq ($(WERROR),)
PG_CXXFLAGS += -Werror
endif

PG_CONFIG   ?= pg_config
PGXS        := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# PostgreSQL 15 and older leave PGDLLEXPORT empty, which would hide the SQL functions too.
PG_MAJOR    := $(shell $(PG_CONFIG) --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
ifeq ($(shell test $(PG_MAJOR) -lt 16 && echo old),old)
override CXXFLAGS += '-DPGDLLEXPORT=__attribute__((visibility("default")))'
endif

# The server's headers are not ours to warn about; Eigen has no header directory of its own on the default path.
override CPPFLAGS := -Isrc $(patsubst -I%,-isystem %,$(CPPFLAGS)) -isystem /usr/include/eigen3

override COMPILER = $(CXX) $(CXXFLAGS)

$(OBJS): $(CLTV_HEADERS)

$(EXTENSION)--$(EXTVERSION).sql: $(FRAGMENTS) sql/order cltv.control Makefile
	@{ printf '%s\n' '-- complain if the script is sourced in psql, rather than by CREATE EXTENSION' \
	       '\echo Use "CREATE EXTENSION cltv" to load this file. \quit'; \
	   cat $(FRAGMENTS); } > $@

# pg_regress makes no folders below its results.
installcheck: result-folders
.PHONY: result-folders
result-folders:
	@mkdir -p $(addprefix test/results/,$(sort $(dir $(REGRESS))))

.PHONY: dist
dist:
	git archive --format=zip --prefix=$(EXTENSION)-$(EXTVERSION)/ -o $(EXTENSION)-$(EXTVERSION).zip HEAD
