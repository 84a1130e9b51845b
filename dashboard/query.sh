#!/bin/sh
# What the page shows of one NAME, as psql prints it: a JSON object. Its shop is of one statement, so that a refresh
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
if [ "$kind" = contracts ]; then shop=contracts more='contract-groups card'; else shop=shop more='ahead before experiments why groups next products card'; fi
shop=$(ask "$shop") || exit
printf '{"shop": %s\n' "$shop"
for more in $more; do
    answer=$(ask "$more" 2>/dev/null) || answer=
    if [ -z "$answer" ] && [ "$more" = ahead ]; then answer=$(ask ahead-view 2>/dev/null) || answer=; fi
    printf ',"%s": %s\n' "$more" "${answer:-null}"
done
echo '}'
