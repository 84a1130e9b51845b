# shellcheck shell=bash
# Sourced by the scripts of this folder: a private copy of the installed PostgreSQL, with the extension in it, and a
# throw-away server on a Unix socket. Nothing is written into the system's PostgreSQL, so that two runs, two checkouts
# or two users on one machine never meet.
#
#   find_pg_config            prints the pg_config of a PostgreSQL that is all there, newest first, or $PG_CONFIG if that is
#                             set and good; without one it fails, and says what is wrong with $PG_CONFIG
#   work_dir NAME             makes a private directory that the server's user can enter, and prints its path; one script
#                             that calls another has it made in its own, by CLTV_WORK
#   copy_sources DIR          copies the checkout without build results; install_extension then builds DIR
#   private_tree DIR          copies the PostgreSQL of $PG_CONFIG below DIR and points PG_CONFIG, PGBIN and install_dirs, the
#                             variables of make install, at the copy
#   install_extension [VAR=VALUE ...]   builds and installs into the copy, with make's variables as given
#   install_cached DIR [VAR=VALUE ...]  the same from a copy below build/, so that a second time is quick, or else below DIR
#   start_server DIR [NAME=VALUE ...]   initdb and start below DIR; sets PGHOST, PGPORT, PGUSER, PGDATABASE, PGDATA and
#                             unsets every other variable of libpq
#   stop_server               stops the server that start_server started, if any
#   npm_install DIR           npm ci there; its status is 77 where the registry of npm cannot be reached, within seconds
#   as_server_user CMD ...    runs CMD as the user that owns the server (PostgreSQL refuses root), in /

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source_tree=$project
server_data=
oldest_postgresql=13
newest_postgresql=${CLTV_NEWEST_POSTGRESQL:-18} # script/test-matrix tries what is to come

# The server's user reads what root makes here.
caller_umask=$(umask)
umask 022

# make, pg_config and the server's configuration stumble over blanks and quotes.
plain_path() { [[ $1 =~ ^/[A-Za-z0-9_./+-]+$ ]] && [ "${1//[.\/]/}" != '' ]; }

# usable_tmp DIR: whether programs can be built and run there; a Unix socket's path has room for about 100 characters.
usable_tmp() {
    local probe status=0
    plain_path "$1" && [ "${#1}" -le 50 ] && probe=$(mktemp "$1/cltv-probe.XXXXXX" 2>/dev/null) || return 1
    { printf '#!/bin/sh\n' >"$probe" && chmod 700 "$probe" && "$probe"; } 2>/dev/null || status=1
    rm -f "$probe"
    return "$status"
}
if [ -n "${TMPDIR:-}" ] && ! usable_tmp "$TMPDIR"; then unset TMPDIR; fi

# read_pg_config PG_CONFIG: sets pg_major, pg_bindir and the other places that private_tree and the Makefile take from it;
# if anything is not there, pg_fault says what, and it fails.
read_pg_config() {
    local config=$1 name value file
    pg_fault=
    if ! pg_major=$("$config" --version 2>/dev/null) || ! [[ $pg_major =~ ^PostgreSQL\ ([0-9]+) ]]; then
        pg_fault="it is no pg_config"
        return 1
    fi
    pg_major=${BASH_REMATCH[1]}
    if [ "$pg_major" -lt "$oldest_postgresql" ] || [ "$pg_major" -gt "$newest_postgresql" ]; then
        pg_fault="it is of PostgreSQL $pg_major, and $oldest_postgresql to $newest_postgresql are supported"
        return 1
    fi
    for name in bindir pkglibdir sharedir includedir-server pgxs; do
        value=$("$config" "--$name" 2>/dev/null) || value=
        if ! plain_path "$value"; then
            pg_fault="its --$name, '$value', is no path without blanks and quotes"
            return 1
        fi
        printf -v "pg_${name//-/_}" %s "$value"
    done
    for file in "$pg_bindir"/{postgres,initdb,pg_ctl,psql} "$pg_includedir_server/postgres.h" "$pg_pgxs"; do
        if [ ! -f "$file" ]; then
            pg_fault="there is no $file"
            return 1
        fi
    done
}

find_pg_config() {
    local candidate pg_fault pg_major pg_bindir pg_pkglibdir pg_sharedir pg_includedir_server pg_pgxs
    if [ -n "${PG_CONFIG:-}" ]; then
        if read_pg_config "$PG_CONFIG"; then echo "$PG_CONFIG"; return; fi
        echo "PG_CONFIG=$PG_CONFIG: $pg_fault" >&2
        return 1
    fi
    # Debian's /usr/bin/pg_config speaks of the client library; the server's own stands beside its binaries.
    for candidate in $(printf '%s\n' /usr/lib/postgresql/*/bin/pg_config | sort -t/ -k5 -rn) "$(command -v pg_config)"; do
        if [ -x "$candidate" ] && read_pg_config "$candidate"; then echo "$candidate"; return; fi
    done
    return 1
}

# In a directory that every user may look at.
as_server_user() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && exec runuser -u postgres -- "$@")
    else
        (cd / && exec "$@")
    fi
}

# Root's TMPDIR is often closed to the server's user.
work_dir() {
    local parent=${TMPDIR:-/tmp} dir
    if [ "$(id -u)" -eq 0 ]; then parent=/tmp; fi
    if [ -n "${CLTV_WORK:-}" ]; then parent=$CLTV_WORK; elif ! usable_tmp "$parent"; then parent=/var/tmp; fi
    if ! dir=$(mktemp -d "$parent/cltv-$1.XXXXXX") || [ -z "$dir" ]; then
        echo "there is no directory for temporary files: neither TMPDIR nor /tmp nor /var/tmp will do" >&2
        return 1
    fi
    chmod 755 "$dir" && echo "$dir"
}

# Times are kept, so that a copy that was built before is rebuilt only where the checkout has changed.
copy_sources() {
    mkdir -p "$1" || return 1
    find "$1" -type f ! -name '*.o' ! -name '*.so' -delete
    tar -C "$project" --exclude=./.git --exclude=./build --exclude='*.o' --exclude='*.so' --exclude='*.bc' \
        --exclude=./results --exclude=./tmp_check --exclude='./cltv--*.sql' -cf - . |
        tar -C "$1" --no-same-owner -xf - || return 1
    chmod -R u+w,a+rX "$1"
    source_tree=$1
}

# PostgreSQL finds its files relative to its own binary, so that a copied tree is a whole installation.
private_tree() {
    local root=$1 source path
    if ! source=$(find_pg_config) || ! read_pg_config "$source"; then
        echo "no PostgreSQL server with its development files found (run script/bootstrap)" >&2
        return 1
    fi
    for path in "$pg_pkglibdir" "$pg_bindir" "$pg_sharedir" "$pg_includedir_server"; do
        mkdir -p "$root$path" && cp -a "$path/." "$root$path/" || return 1
    done
    PGBIN=$root$pg_bindir
    PG_CONFIG=$PGBIN/pg_config
    # A pg_config of PostgreSQL 13 tells where it was before it was copied.
    install_dirs=("datadir=$root$pg_sharedir" "pkglibdir=$root$pg_pkglibdir")
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
    cache=$project/build/demo-postgresql-$pg_major
    if plain_path "$cache" && mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ]; then
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

# Where libpq's variables lead elsewhere, a script would write into somebody's database.
forget_libpq() {
    local name
    for name in $(compgen -v PG); do
        case $name in PG_COLOR | PG[!_]*) case $name in PGBIN | PGJDBC) ;; *) unset "$name" ;; esac ;; esac
    done
}

start_server() {
    local dir=$1 setting answers
    shift
    forget_libpq
    PGDATA=$dir/data PGHOST=$dir/socket PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    for setting in "$@"; do
        if [ "${setting%%=*}" = port ]; then PGPORT=${setting#*=}; fi
    done
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
    server_data=$PGDATA
    as_server_user "$PGBIN/pg_ctl" -D "$PGDATA" -l "$dir/server.log" -w -t 60 start >/dev/null ||
        { cat "$dir/server.log" >&2; return 1; }
    answers=$("$PGBIN/psql" -XAtc 'SHOW data_directory') || return 1
    if [ "$answers" != "$PGDATA" ]; then
        echo "the server that answers on $PGHOST is not the one of $PGDATA, but of $answers" >&2
        return 1
    fi
}

# Never one that $PGDATA of the caller speaks of.
stop_server() {
    if [ -z "$server_data" ] || [ ! -f "$server_data/postmaster.pid" ]; then return 0; fi
    as_server_user "$PGBIN/pg_ctl" -D "$server_data" -m fast -w -t 60 stop >/dev/null
}

# What npm has in its cache it needs no registry for. By itself it tries for more than a minute.
npm_install() {
    local empty status=0
    npm --prefix "$1" ci --ignore-scripts --no-audit --no-fund --fetch-retries=0 --fetch-timeout=5000 && return 0
    empty=$(mktemp -d) || return 1
    timeout 15 npm view htl name --cache "$empty" --fetch-retries=0 --fetch-timeout=5000 >/dev/null || status=77
    rm -rf "$empty"
    if [ "$status" -ne 0 ]; then return "$status"; fi
    npm --prefix "$1" ci --ignore-scripts --no-audit --no-fund
}
