# shellcheck shell=bash
# Sourced by the scripts of this folder: a private copy of the installed PostgreSQL, with the extension in it, and a
# throw-away server on a Unix socket. Nothing is written into the system's PostgreSQL, so that two runs, two checkouts
# or two users on one machine never meet.
#
#   work_dir NAME             makes a private directory that the server's user can enter, and prints its path; one script
#                             that calls another has it made in its own, by CLTV_WORK
#   copy_sources DIR          copies the checkout without build results; install_extension then builds DIR
#   private_tree DIR          copies the PostgreSQL of $PG_CONFIG below DIR and points PG_CONFIG, PGBIN and install_dirs, the
#                             variables of make install, at the copy
#   install_extension [VAR=VALUE ...]   builds and installs into the copy, with make's variables as given
#   install_cached DIR [VAR=VALUE ...]  the same from a copy below build/, so that a second time is quick, or else below DIR
#   start_server DIR [NAME=VALUE ...]   initdb and start below DIR; sets PGHOST, PGPORT, PGUSER, PGDATABASE, PGDATA
#   stop_server               stops the server that start_server started, if any
#   as_server_user CMD ...    runs CMD as the user that owns the server (PostgreSQL refuses root)

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source_tree=$project

find_pg_config() {
    local candidate
    if [ -n "${PG_CONFIG:-}" ]; then
        echo "$PG_CONFIG"
        return
    fi
    # Debian's /usr/bin/pg_config speaks of the client library; the server's own stands beside its binaries.
    for candidate in $(printf '%s\n' /usr/lib/postgresql/*/bin/pg_config | sort -t/ -k5 -rn) "$(command -v pg_config)"; do
        if [ -x "$candidate" ] && [ -x "$("$candidate" --bindir)/postgres" ] && [ -f "$("$candidate" --pgxs)" ]; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

as_server_user() {
    if [ "$(id -u)" -eq 0 ]; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}

# A Unix socket's path has room for about 100 characters, and root's TMPDIR is often closed to the server's user.
work_dir() {
    local parent=${TMPDIR:-/tmp} dir
    if [ "$(id -u)" -eq 0 ] || [ "${#parent}" -gt 50 ]; then parent=/tmp; fi
    if [ -n "${CLTV_WORK:-}" ]; then parent=$CLTV_WORK; fi
    dir=$(mktemp -d "$parent/cltv-$1.XXXXXX")
    chmod 755 "$dir"
    echo "$dir"
}

# Times are kept, so that a copy that was built before is rebuilt only where the checkout has changed.
copy_sources() {
    mkdir -p "$1" || return 1
    find "$1" -type f ! -name '*.o' ! -name '*.so' -delete
    tar -C "$project" --exclude=./.git --exclude=./build --exclude='*.o' --exclude='*.so' --exclude='*.bc' \
        --exclude=./results --exclude=./tmp_check --exclude='./cltv--*.sql' -cf - . |
        tar -C "$1" --no-same-owner -xf - || return 1
    chmod -R a+rX "$1"
    source_tree=$1
}

# PostgreSQL finds its files relative to its own binary, so that a copied tree is a whole installation.
private_tree() {
    local root=$1 source path
    source=$(find_pg_config) ||
        { echo "no PostgreSQL server with its development files found (run script/bootstrap)" >&2; return 1; }
    for path in "$("$source" --pkglibdir)" "$("$source" --bindir)" "$("$source" --sharedir)" \
        "$("$source" --includedir-server)"; do
        mkdir -p "$root$path" && cp -a "$path/." "$root$path/" || return 1
    done
    PGBIN=$root$("$source" --bindir)
    PG_CONFIG=$PGBIN/pg_config
    # A pg_config of PostgreSQL 13 tells where it was before it was copied.
    install_dirs=("datadir=$root$("$source" --sharedir)" "pkglibdir=$root$("$source" --pkglibdir)")
    export PG_CONFIG PGBIN
}

install_extension() {
    make -C "$source_tree" -s -j"$(nproc)" PG_CONFIG="$PG_CONFIG" "$@" all || return 1
    make -C "$source_tree" -s PG_CONFIG="$PG_CONFIG" "${install_dirs[@]}" "$@" install >/dev/null
}

# One at a time builds below build/.
install_cached() {
    local dir=$1 cache status=0
    shift
    cache=$project/build/demo-postgresql-$("$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
    if mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ]; then
        exec 9>"$cache.lock"
        flock 9
        copy_sources "$cache"
    else
        copy_sources "$dir/source"
    fi
    install_extension "$@" || status=$?
    exec 9>&-
    return "$status"
}

start_server() {
    local dir=$1 setting
    shift
    PGDATA=$dir/data PGHOST=$dir/socket PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    export PGDATA PGHOST PGPORT PGUSER PGDATABASE
    mkdir -p "$PGHOST" || return 1
    if [ "$(id -u)" -eq 0 ]; then chown -R postgres "$dir" || return 1; fi
    as_server_user "$PGBIN/initdb" -D "$PGDATA" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync \
        >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; return 1; }
    {
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$PGHOST'"
        echo "fsync = off"
        for setting in "$@"; do echo "${setting%%=*} = '${setting#*=}'"; done
    } >>"$PGDATA/postgresql.conf"
    as_server_user "$PGBIN/pg_ctl" -D "$PGDATA" -l "$dir/server.log" -w -t 60 start >/dev/null ||
        { cat "$dir/server.log" >&2; return 1; }
}

stop_server() {
    if [ -z "${PGDATA:-}" ] || [ ! -f "$PGDATA/postmaster.pid" ]; then return 0; fi
    as_server_user "$PGBIN/pg_ctl" -D "$PGDATA" -m fast -w -t 60 stop >/dev/null
}
