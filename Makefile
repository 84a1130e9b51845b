# PGXS build of the extension: make, make install, make installcheck.
# The model library's unit tests, benchmarks and fuzzers are built by CMakeLists.txt.

EXTENSION    = cltv
EXTVERSION   = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" cltv.control)
MODULE_big   = cltv

# The install script is the first release and the upgrades since, as in PostgreSQL's own contrib, so that a fresh install
# and an upgraded one cannot differ. Each version has a folder below sql/ with a fragment a topic, joined in the order
# given here: types before the functions that use them. A released folder is never changed again.
TOPICS_0.1   = purchase_history cltv_model customer_base spend_base contract_base bgnbd mbgnbd pnbd bgbb gg sbg \
               cltv rfm simulate
TOPICS_0.2   = cltv score_base confusion_matrix validation concentration rfm_breaks rfm_segments value_tier \
               exact_sum rates customer_metrics orders_query cohorts fits holdout backtest \
               last_row incremental chart_views describe drop column_type materialize drift refresh_log refresh \
               stable_aggregates

OBJS         = $(patsubst %.cpp,%.o,$(sort $(wildcard src/model/*.cpp src/pg/*.cpp)))
CLTV_HEADERS = $(wildcard src/model/*.hpp src/pg/*.hpp)

DATA_built   = $(EXTENSION)--0.1.sql $(EXTENSION)--0.1--0.2.sql
EXTRA_CLEAN  = $(EXTENSION)--*.sql test/results test/regression.diffs test/regression.out

REGRESS      = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
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

# $(call joined,VERSION,COMMAND): the topics of a version, behind the guard against sourcing the script in psql.
joined = { printf '%s\n' '-- complain if the script is sourced in psql, rather than by CREATE EXTENSION' \
	     '\echo Use "$(2)" to load this file. \quit'; \
	   cat $(TOPICS_$(1):%=sql/$(1)/%.sql); }

$(EXTENSION)--0.1.sql: $(TOPICS_0.1:%=sql/0.1/%.sql) Makefile
	@$(call joined,0.1,CREATE EXTENSION cltv) > $@

$(EXTENSION)--0.1--0.2.sql: $(TOPICS_0.2:%=sql/0.2/%.sql) Makefile
	@$(call joined,0.2,ALTER EXTENSION cltv UPDATE) > $@

.PHONY: dist
dist:
	git archive --format=zip --prefix=$(EXTENSION)-$(EXTVERSION)/ -o $(EXTENSION)-$(EXTVERSION).zip HEAD
