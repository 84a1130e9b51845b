# PGXS build of the extension: make, make install, make installcheck; make -f PATH/Makefile in another folder builds there.
# The model library's unit tests, benchmarks and fuzzers are built by CMakeLists.txt.
#
#   PG_CONFIG=...   of the PostgreSQL to build for              CXX=clang++   the compiler
#   EIGEN_DIR=...   the folder that holds Eigen/Core            WERROR=1      warnings are errors
#   DEBUG=1         with debugging information: 60 MB, where 1 MB is code
#   STATIC_CXX=1    with the C++ library inside, for servers that have none

SRC         := $(patsubst %/,%,$(or $(VPATH),$(dir $(firstword $(MAKEFILE_LIST)))))

EXTENSION    = cltv
EXTVERSION   = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(SRC)/cltv.control)
MODULE_big   = cltv

# A folder a topic in every room: src/core, src/pg, sql, test/unit, test/sql, docs.
SOURCES     := $(sort $(wildcard $(addprefix $(SRC)/src/,core/*.cpp core/*/*.cpp pg/*/*.cpp)))
OBJS         = $(patsubst $(SRC)/%.cpp,%.o,$(SOURCES))
CLTV_HEADERS = $(wildcard $(addprefix $(SRC)/src/,core/*.hpp core/*/*.hpp pg/*/*.hpp))

# The install script is the join of the fragments, each the current definition of its objects, once.
FRAGMENTS    = $(addprefix $(SRC)/sql/,$(shell sed '/^\#/d' $(SRC)/sql/order))
RELEASED     = $(patsubst $(SRC)/%,%,$(wildcard $(SRC)/sql/released/$(EXTENSION)--*.sql \
                   $(SRC)/sql/upgrade/$(EXTENSION)--*--*.sql))

DATA_built   = $(EXTENSION)--$(EXTVERSION).sql
DATA         = $(RELEASED)
EXTRA_CLEAN  = $(EXTENSION)--*.sql test/results test/regression.diffs test/regression.out

# UTF8 whatever the cluster's encoding is: the expected results have names and signs that others lack.
REGRESS      = $(patsubst $(SRC)/test/sql/%.sql,%,$(sort $(wildcard $(SRC)/test/sql/*/*.sql)))
REGRESS_OPTS = --inputdir=$(SRC)/test --outputdir=test --load-extension=cltv --encoding=UTF8

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
# PostgreSQL 16 and later look for names that are declared twice; so do we with those before.
ifneq ($(WERROR),)
PG_CXXFLAGS += -Werror $(if $(findstring clang,$(CXX)),,-Wshadow=compatible-local)
endif

# Eigen has a folder of its own, which no compiler searches.
ifneq ($(EIGEN_DIR),)
EIGEN       := -isystem $(EIGEN_DIR)
else
EIGEN       := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags-only-I eigen3 2>/dev/null))
ifeq ($(EIGEN),)
EIGEN       := $(addprefix -isystem ,$(firstword $(patsubst %/Eigen/Core,%,$(wildcard \
                   $(addsuffix /include/eigen3/Eigen/Core,/usr /usr/local /opt/homebrew /opt/local)))))
endif
endif

# Whether the compiler finds what the sources include: script/bootstrap asks so. The first target stays PGXS's.
.PHONY: has-boost has-eigen
.DEFAULT_GOAL := all
has-boost: PROBE = !__has_include(<boost/math/special_functions/gamma.hpp>) || !__has_include(<boost/version.hpp>)\n\
\043error no Boost\n\043endif\n\043include <boost/version.hpp>\n\043if BOOST_VERSION < 107400
has-eigen: PROBE = !__has_include(<Eigen/Core>)
has-boost has-eigen:
	@printf '\043if $(PROBE)\n\043error it is missing, or too old\n\043endif\n' | \
	    $(CXX) -std=c++17 $(CPPFLAGS) $(EIGEN) -fsyntax-only -x c++ -

# On all cores, unless the caller says otherwise.
ifeq ($(filter -j% --jobserver%,$(MAKEFLAGS)),)
MAKEFLAGS   += -j$(or $(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null),1)
endif

# Nothing of it is exported, so that another copy in the server, that of JIT, never meets this one.
ifneq ($(STATIC_CXX),)
SHLIB_LINK  += -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL
endif

PG_CONFIG   ?= pg_config
PGXS        := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# PostgreSQL 15 and older leave PGDLLEXPORT empty, which would hide the SQL functions too.
PG_MAJOR    := $(shell $(PG_CONFIG) --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
ifeq ($(shell test 0$(PG_MAJOR) -lt 16 && echo old),old)
override CXXFLAGS += '-DPGDLLEXPORT=__attribute__((visibility("default")))'
endif

# The server was built with debugging information, which takes a third of the time to compile.
ifeq ($(DEBUG),)
override CXXFLAGS := $(filter-out -g -g1 -g2 -g3 -ggdb,$(CXXFLAGS))
endif

# Debian's builds say so what they want to add to it.
override CXXFLAGS += $(COPT)

# The server's headers are not ours to warn about.
override CPPFLAGS := -I$(SRC)/src $(patsubst -I%,-isystem %,$(CPPFLAGS)) $(EIGEN)

override COMPILER = $(CXX) $(CXXFLAGS)

# Whole paths, for VPATH would find the folders of the sources.
OBJ_FOLDERS  = $(addprefix $(CURDIR)/,$(sort $(dir $(OBJS))))
$(OBJS): $(CLTV_HEADERS) $(SRC)/Makefile | $(OBJ_FOLDERS)
$(OBJ_FOLDERS):
	@mkdir -p $@

$(EXTENSION)--$(EXTVERSION).sql: $(FRAGMENTS) $(SRC)/sql/order $(SRC)/cltv.control $(SRC)/Makefile
	@{ printf '%s\n' '-- complain if the script is sourced in psql, rather than by CREATE EXTENSION' \
	       '\echo Use "CREATE EXTENSION cltv" to load this file. \quit'; \
	   cat $(FRAGMENTS); } > $@

# pg_regress makes no folders below its results.
installcheck: result-folders
.PHONY: result-folders
result-folders:
	@mkdir -p $(addprefix test/results/,$(sort $(dir $(REGRESS))))

# The archive for PGXN: what is committed, and the install script, which META.json names; called as META.json says.
DISTRIBUTION = $(EXTENSION)-$(shell sed -n '1,/"version"/s/^ *"version": "\(.*\)",/\1/p' $(SRC)/META.json)
.PHONY: dist
dist: $(EXTENSION)--$(EXTVERSION).sql
	git -C $(SRC) archive --format=zip --prefix=$(DISTRIBUTION)/ \
	    --add-file=$(abspath $<) -o $(CURDIR)/$(DISTRIBUTION).zip HEAD
