#!/bin/sh
# What the page shows of one NAME, as psql prints it: one JSON object. CLTV_NAME says of which, as cltv_materialize was
# given it; CLTV_CUSTOMERS how many customers by name at most; libpq's variables say where.
# Compiling the expressions would take longer than they do.
export PGCLIENTENCODING=UTF8 PGOPTIONS="${PGOPTIONS:-} -c jit=off"
here=$(dirname "$0")
exec psql -XqAt -v ON_ERROR_STOP=1 -v name="${CLTV_NAME:?}" -v most_customers="${CLTV_CUSTOMERS:-300}" \
    -f "$here/names.sql" -f "$here/columns.sql" -f "$here/shop.sql"
