// The storage of a relation, under the names that PostgreSQL 13 to 18 give it.
#pragma once

#include <utility>

#include "pg/base/postgres.hpp"

extern "C" {
#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "commands/tablecmds.h"
#include "nodes/pg_list.h"
#include "pgstat.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"
}

namespace cltv::pg {

inline bool owns_relation(Oid relation) {
#if PG_VERSION_NUM >= 160000
    return object_ownercheck(RelationRelationId, relation, GetUserId());
#else
    return pg_class_ownercheck(relation, GetUserId());
#endif
}

// The storage of `to` was made for `from` in this transaction: what the relation cache notes about that moves along.
inline void note_new_storage(Oid to, Oid from) {
    const Relation taker = relation_open(to, NoLock);
    const Relation giver = relation_open(from, NoLock);
    giver->rd_createSubid = taker->rd_createSubid;
#if PG_VERSION_NUM >= 160000
    giver->rd_newRelfilelocatorSubid = taker->rd_newRelfilelocatorSubid;
    giver->rd_firstRelfilelocatorSubid = taker->rd_firstRelfilelocatorSubid;
    RelationAssumeNewRelfilelocator(taker);
#else
    giver->rd_newRelfilenodeSubid = taker->rd_newRelfilenodeSubid;
    giver->rd_firstRelfilenodeSubid = taker->rd_firstRelfilenodeSubid;
    RelationAssumeNewRelfilenode(taker);
#endif
    relation_close(giver, NoLock);
    relation_close(taker, NoLock);
}

inline void forget_open_files([[maybe_unused]] Oid relation) {
#if PG_VERSION_NUM < 170000
    RelationCloseSmgrByOid(relation);
#endif
}

// Exchanges what pg_class says about the location and size of two relations.
inline void exchange_storage(Form_pg_class one, Form_pg_class other) {
    std::swap(one->relfilenode, other->relfilenode);
    std::swap(one->relpages, other->relpages);
    std::swap(one->reltuples, other->reltuples);
    std::swap(one->relallvisible, other->relallvisible);
#if PG_VERSION_NUM >= 180000
    std::swap(one->relallfrozen, other->relallfrozen);
#endif
    if (one->relkind == RELKIND_INDEX) return;
    std::swap(one->relfrozenxid, other->relfrozenxid);
    std::swap(one->relminmxid, other->relminmxid);
    std::swap(one->reltoastrelid, other->reltoastrelid);
}

}  // namespace cltv::pg
