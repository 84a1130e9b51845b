#!/bin/sh
# What the page shows of one NAME, as psql prints it: JSON, an array of one, or of five. The first is of one statement, so that a refresh
# meanwhile cannot make its numbers disagree; the others are null where they cannot be told. CLTV_NAME says of which,
# as cltv_materialize was given it; CLTV_CUSTOMERS how many customers by name at most; libpq's variables say where.
# Compiling the expressions would take longer than they do.
export PGCLIENTENCODING=UTF8 PGOPTIONS="${PGOPTIONS:-} -c jit=off -c client_min_messages=error"
here=$(dirname "$0")
ask() {
    psql -XqAt -v ON_ERROR_STOP=1 -v name="${CLTV_NAME:?}" -v most_customers="${CLTV_CUSTOMERS:-300}" \
        -f "$here/names.sql" -f "$here/columns.sql" -f "$here/$1.sql"
}
kind=$(printf '%s\n' '\echo :kind' | psql -XqAt -v ON_ERROR_STOP=1 -v name="${CLTV_NAME:?}" -f "$here/names.sql" -f -) || exit
if [ "$kind" = contracts ]; then shop=contracts more=; else shop=shop more='ahead experiments why groups'; fi
shop=$(ask "$shop") || exit
printf '[%s\n' "$shop"
for more in $more; do
    answer=$(ask "$more" 2>/dev/null) || answer=
    printf ',%s\n' "${answer:-null}"
done
echo ']'
