# Sourced by the scripts of this folder: a private copy of the installed PostgreSQL, with the extension in it, and a
# throw-away server on a Unix socket. Nothing is written into the system's PostgreSQL, so that two runs, two checkouts
# or two users on one machine never meet.
#
#   private_tree DIR          copies the PostgreSQL of $PG_CONFIG below DIR and points PG_CONFIG and PGBIN at the copy
#   install_extension         builds the checkout and installs it into the copy
#   start_server DIR [NAME=VALUE ...]   initdb and start below DIR; sets PGHOST, PGPORT, PGUSER, PGDATABASE, PGDATA
#   stop_server               stops the server that start_server started, if any
#   as_server_user CMD ...    runs CMD as the user that owns the server (PostgreSQL refuses root)

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

find_pg_config() {
    local candidate
    if [ -n "${PG_CONFIG:-}" ]; then
        echo "$PG_CONFIG"
        return
    fi
    # Debian's /usr/bin/pg_config speaks of the client library; the server's own stands beside its binaries.
    for candidate in $(ls -d /usr/lib/postgresql/*/bin/pg_config 2>/dev/null | sort -t/ -k5 -rn) "$(command -v pg_config)"; do
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

# PostgreSQL finds its files relative to its own binary, so that a copied tree is a whole installation.
private_tree() {
    local root=$1 source bindir path
    source=$(find_pg_config) || { echo "no PostgreSQL server with its development files found (run script/bootstrap)" >&2; return 1; }
    for path in "$("$source" --pkglibdir)" "$("$source" --bindir)" "$("$source" --sharedir)"; do
        mkdir -p "$root$path"
        cp -a "$path/." "$root$path/"
    done
    mkdir -p "$root$(dirname "$("$source" --includedir-server)")"
    cp -a "$("$source" --includedir-server)" "$root$(dirname "$("$source" --includedir-server)")/"
    mkdir -p "$root$(dirname "$(dirname "$("$source" --pgxs)")")"
    bindir=$root$("$source" --bindir)
    PG_CONFIG=$bindir/pg_config
    PGBIN=$bindir
    export PG_CONFIG PGBIN
}

install_extension() {
    make -C "$project" -s -j"$(nproc)" PG_CONFIG="$PG_CONFIG" "$@" all
    make -C "$project" -s PG_CONFIG="$PG_CONFIG" "$@" install >/dev/null
}

start_server() {
    local dir=$1 setting
    shift
    mkdir -p "$dir"
    PGDATA=$dir/data PGHOST=$dir/socket PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    export PGDATA PGHOST PGPORT PGUSER PGDATABASE
    mkdir -p "$PGHOST"
    [ "$(id -u)" -eq 0 ] && chown -R postgres "$dir"
    as_server_user "$PGBIN/initdb" -D "$PGDATA" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 ||
        { cat "$dir/initdb.log" >&2; return 1; }
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
    [ -n "${PGDATA:-}" ] && [ -f "$PGDATA/postmaster.pid" ] || return 0
    as_server_user "$PGBIN/pg_ctl" -D "$PGDATA" -m fast -w -t 60 stop >/dev/null
}
