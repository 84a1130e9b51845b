// A materialized view whose contents are swapped, not rewritten: another one of the same shape is filled beside it, and
// the two exchange their files under a lock that is held only for as long as it takes to write a few rows of the
// catalog. The view keeps its rights, indexes, comments and dependents. CLUSTER and REFRESH exchange files in the same
// way, but build the indexes under that lock.

#include "pg/base/storage_versions.hpp"

using cltv::pg::exchange_storage;
using cltv::pg::forget_open_files;
using cltv::pg::note_new_storage;
using cltv::pg::owns_relation;

namespace {

[[noreturn]] void refuse(Oid relation, const char *why) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("the contents of %s cannot be swapped: %s", get_rel_name(relation), why)));
    pg_unreachable();
}

// Only PostgreSQL's own heaps are known to have everything in their files.
void check_kind(Relation view) {
    if (view->rd_rel->relkind != RELKIND_MATVIEW) refuse(RelationGetRelid(view), "it is not a materialized view");
    if (view->rd_rel->relam != HEAP_TABLE_AM_OID || view->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT)
        refuse(RelationGetRelid(view), "it is not stored like a table");
    if (!view->rd_rel->relispopulated) refuse(RelationGetRelid(view), "it has not been populated");
}

// Rows of one must be valid rows of the other, byte for byte.
void check_columns(Relation view, Relation fresh) {
    const TupleDesc one = RelationGetDescr(view);
    const TupleDesc other = RelationGetDescr(fresh);
    bool same = one->natts == other->natts;
    for (int i = 0; same && i < one->natts; ++i) {
        const Form_pg_attribute a = TupleDescAttr(one, i);
        const Form_pg_attribute b = TupleDescAttr(other, i);
        same = !a->attisdropped && !b->attisdropped && !a->atthasmissing && !b->atthasmissing && a->atttypid == b->atttypid &&
               a->atttypmod == b->atttypmod && a->attcollation == b->attcollation && a->attlen == b->attlen &&
               a->attbyval == b->attbyval && a->attalign == b->attalign && a->attnotnull == b->attnotnull;
    }
    if (!same) refuse(RelationGetRelid(view), "the columns differ");
}

bool same_classes(Relation one, Relation other) {
    bool is_null;
    const Datum a = SysCacheGetAttr(INDEXRELID, one->rd_indextuple, Anum_pg_index_indclass, &is_null);
    const Datum b = SysCacheGetAttr(INDEXRELID, other->rd_indextuple, Anum_pg_index_indclass, &is_null);
    return DatumGetBool(DirectFunctionCall2(oidvectoreq, a, b));
}

bool same_index(Relation one, Relation other) {
    const Form_pg_index a = one->rd_index;
    const Form_pg_index b = other->rd_index;
    if (one->rd_rel->relam != other->rd_rel->relam || one->rd_rel->reltablespace != other->rd_rel->reltablespace ||
        a->indnatts != b->indnatts || a->indnkeyatts != b->indnkeyatts || a->indisunique != b->indisunique)
        return false;
    for (int i = 0; i < a->indnatts; ++i) {
        if (a->indkey.values[i] != b->indkey.values[i]) return false;
        if (i >= a->indnkeyatts) continue;
        if (one->rd_indcollation[i] != other->rd_indcollation[i] || one->rd_indoption[i] != other->rd_indoption[i] ||
            one->rd_opcintype[i] != other->rd_opcintype[i])
            return false;
    }
    return same_classes(one, other) && equal(RelationGetIndexExpressions(one), RelationGetIndexExpressions(other)) &&
           equal(RelationGetIndexPredicate(one), RelationGetIndexPredicate(other));
}

// Only PostgreSQL's own access methods are known to have everything that they need in their files; options of an
// operator class say how these are to be read.
void check_index(Relation view, Relation index) {
    const Form_pg_index shape = index->rd_index;
    bool plain = index->rd_rel->relam < FirstNormalObjectId && shape->indisvalid && shape->indisready && shape->indislive;
    for (int i = 0; plain && i < shape->indnatts; ++i)
        plain = get_attoptions(RelationGetRelid(index), static_cast<int16>(i + 1)) == 0;
    if (!plain) refuse(RelationGetRelid(view), "an index is not of a built-in kind");
}

// Finds for each index of the view its counterpart among those of `fresh`; each is used once, and none is left over.
List *paired_indexes(Relation view, Relation fresh, List *ours) {
    List *theirs = RelationGetIndexList(fresh);
    List *pairs = NIL;
    if (list_length(ours) != list_length(theirs)) refuse(RelationGetRelid(view), "the indexes differ");
    ListCell *place;
    foreach (place, ours) {
        const Relation index = index_open(lfirst_oid(place), AccessExclusiveLock);
        Oid found = InvalidOid;
        check_index(view, index);
        ListCell *other_place;
        foreach (other_place, theirs) {
            const Relation other = index_open(lfirst_oid(other_place), AccessExclusiveLock);
            check_index(view, other);
            if (!OidIsValid(found) && same_index(index, other)) found = RelationGetRelid(other);
            index_close(other, NoLock);
        }
        index_close(index, NoLock);
        if (!OidIsValid(found)) refuse(RelationGetRelid(view), "the indexes differ");
        theirs = list_delete_oid(theirs, found);
        pairs = lappend_oid(pairs, found);
    }
    return pairs;
}

// The table that holds the rows' long values goes with them.
void belongs_to(Oid toast, Oid owner) {
    if (!OidIsValid(toast)) return;
    ObjectAddress it;
    ObjectAddress whole;
    ObjectAddressSet(it, RelationRelationId, toast);
    ObjectAddressSet(whole, RelationRelationId, owner);
    deleteDependencyRecordsFor(RelationRelationId, toast, false);
    recordDependencyOn(&it, &whole, DEPENDENCY_INTERNAL);
}

void swap_files(Oid one, Oid other) {
    const Relation catalog = table_open(RelationRelationId, RowExclusiveLock);
    const HeapTuple row = SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(one));
    const HeapTuple other_row = SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(other));
    if (!HeapTupleIsValid(row) || !HeapTupleIsValid(other_row)) elog(ERROR, "cache lookup failed for relation %u", one);
    const auto shape = reinterpret_cast<Form_pg_class>(GETSTRUCT(row));
    const auto other_shape = reinterpret_cast<Form_pg_class>(GETSTRUCT(other_row));
    // A mapped relation of the catalog has no file of its own to swap; no user's view is one.
    if (!OidIsValid(shape->relfilenode) || !OidIsValid(other_shape->relfilenode)) refuse(one, "it is a system relation");
    exchange_storage(shape, other_shape);
    note_new_storage(one, other);
    CatalogTupleUpdate(catalog, &row->t_self, row);
    CatalogTupleUpdate(catalog, &other_row->t_self, other_row);
    if (shape->relkind != RELKIND_INDEX && shape->reltoastrelid != other_shape->reltoastrelid) {
        belongs_to(shape->reltoastrelid, one);
        belongs_to(other_shape->reltoastrelid, other);
    }
    heap_freetuple(row);
    heap_freetuple(other_row);
    table_close(catalog, RowExclusiveLock);
    forget_open_files(one);
    forget_open_files(other);
}

// pg_upgrade finds the table of long values by its name.
void name_toast_after(Oid view) {
    const Relation relation = table_open(view, NoLock);
    const Oid toast = relation->rd_rel->reltoastrelid;
    table_close(relation, NoLock);
    if (!OidIsValid(toast)) return;
    char name[NAMEDATALEN];
    const Relation table = table_open(toast, AccessExclusiveLock);
    const Oid index = linitial_oid(RelationGetIndexList(table));
    table_close(table, NoLock);
    snprintf(name, sizeof name, "pg_toast_%u", view);
    RenameRelationInternal(toast, name, true, false);
    snprintf(name, sizeof name, "pg_toast_%u_index", view);
    RenameRelationInternal(index, name, true, true);
}

void check_owner(Oid relation) {
    if (!owns_relation(relation))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("must be owner of %s", get_rel_name(relation))));
}

}  // namespace

// cltv_hold(view): from now until the end of the transaction others may read, but not write.
CLTV_FUNCTION(cltv_hold) {
    const Oid view = PG_GETARG_OID(0);
    check_owner(view);
    LockRelationOid(view, ExclusiveLock);
    check_owner(view);  // it may have been given away while we waited
    PG_RETURN_VOID();
}

// cltv_swap(view, fresh): gives the view the contents of fresh, and drops fresh. What this transaction has written is
// flushed to disk before the lock is requested, so that its end does not take long.
CLTV_FUNCTION(cltv_swap) {
    const Oid view_oid = PG_GETARG_OID(0);
    const Oid fresh_oid = PG_GETARG_OID(1);
    check_owner(view_oid);
    check_owner(fresh_oid);
    XLogFlush(XactLastRecEnd);
    LockRelationOid(view_oid, AccessExclusiveLock);
    LockRelationOid(fresh_oid, AccessExclusiveLock);
    check_owner(view_oid);
    check_owner(fresh_oid);

    const Relation view = table_open(view_oid, NoLock);
    const Relation fresh = table_open(fresh_oid, NoLock);
    check_kind(view);
    check_kind(fresh);
    if (view_oid == fresh_oid) refuse(view_oid, "it is the same");
    if (view->rd_rel->reltablespace != fresh->rd_rel->reltablespace) refuse(view_oid, "the tablespace differs");
    check_columns(view, fresh);
    CheckTableNotInUse(view, "cltv_swap");
    CheckTableNotInUse(fresh, "cltv_swap");
    List *ours = RelationGetIndexList(view);
    List *theirs = paired_indexes(view, fresh, ours);
    if (OidIsValid(view->rd_rel->reltoastrelid)) LockRelationOid(view->rd_rel->reltoastrelid, AccessExclusiveLock);
    if (OidIsValid(fresh->rd_rel->reltoastrelid)) LockRelationOid(fresh->rd_rel->reltoastrelid, AccessExclusiveLock);
    const double rows = fresh->rd_rel->reltuples;
    // As REFRESH does: autovacuum is told that all of it is new.
    pgstat_count_truncate(view);
    if (rows > 0) pgstat_count_heap_insert(view, static_cast<PgStat_Counter>(rows));
    table_close(fresh, NoLock);
    table_close(view, NoLock);

    swap_files(view_oid, fresh_oid);
    ListCell *one;
    ListCell *other;
    forboth(one, ours, other, theirs) swap_files(lfirst_oid(one), lfirst_oid(other));
    CommandCounterIncrement();

    ObjectAddress rest;
    ObjectAddressSet(rest, RelationRelationId, fresh_oid);
    performDeletion(&rest, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
    CommandCounterIncrement();
    name_toast_after(view_oid);
    CommandCounterIncrement();
    PG_RETURN_VOID();
}
