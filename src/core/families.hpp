// The registry of model families, one row each: the name, which is that of the namespace that has its `family`.
// `boosted` is the exception, because boost is a library's namespace: users call it boost.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/fit/family.hpp"

#define CLTV_ORDERS_FAMILIES(ROW) \
    ROW(nbd)                      \
    ROW(bgnbd)                    \
    ROW(mbgnbd)                   \
    ROW(pnbd)                     \
    ROW(bgcnbd)                   \
    ROW(mbgcnbd)                  \
    ROW(bgbb)

#define CLTV_SPEND_FAMILIES(ROW) \
    ROW(gg)                      \
    ROW(lognormal)               \
    ROW(own)

#define CLTV_CONTRACT_FAMILIES(ROW) \
    ROW(geometric)                  \
    ROW(sbg)                        \
    ROW(bdw)

// These and the next are not in the list of all, because they are fitted to, and answer with, something of another
// shape.
#define CLTV_SURVIVAL_FAMILIES(ROW) \
    ROW(cox)                        \
    ROW(aft_exponential)            \
    ROW(aft_weibull)                \
    ROW(aft_lognormal)              \
    ROW(aft_loglogistic)

#define CLTV_LEARNING_FAMILIES(ROW) \
    ROW(linear)                     \
    ROW(logistic)                   \
    ROW(poisson)                    \
    ROW(negbinom)                   \
    ROW(gamma)                      \
    ROW(tweedie)                    \
    ROW(ziln)                       \
    ROW(svm)                        \
    ROW(tree)                       \
    ROW(forest)                     \
    ROW(boosted)                    \
    ROW(mlp)

#define CLTV_FAMILIES(ROW)    \
    CLTV_ORDERS_FAMILIES(ROW) \
    CLTV_SPEND_FAMILIES(ROW)  \
    CLTV_CONTRACT_FAMILIES(ROW)

#define CLTV_DECLARE(name) namespace cltv::name { extern const Family family; }
CLTV_FAMILIES(CLTV_DECLARE)
CLTV_SURVIVAL_FAMILIES(CLTV_DECLARE)
CLTV_LEARNING_FAMILIES(CLTV_DECLARE)
#undef CLTV_DECLARE
