#!/bin/sh
# What Observable Framework runs a .sql file with: one value, as psql prints it.
# CLTV_NAME says of which views, as cltv_materialize was given it; libpq's variables say where.
# Compiling the expressions would take longer than they do.
export PGCLIENTENCODING=UTF8 PGOPTIONS="${PGOPTIONS:-} -c jit=off"
exec psql -XqAt -v ON_ERROR_STOP=1 -v name="${CLTV_NAME:?}" -v currency="${CLTV_CURRENCY:-}" \
    -f "$(dirname "$0")/names.sql" -f "$1"
