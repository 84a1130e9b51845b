# shellcheck shell=bash
# Sourced by the scripts of this folder: how they speak to whoever runs them.
#
#   usage                 prints the comment at the head of the script: what --help shows
#   fail TEXT             ends the script with "script/NAME: TEXT"; its status is 1
#   misused TEXT          the same of a wrong option or argument, and where to look; its status is 2
#   value_of --NAME ...   what was left of the arguments: ends the script where the option has no value
#   quietly TEXT CMD ...  runs CMD; where it fails, shows the end of what it said, and fails with TEXT
#   step TEXT             begins a line "TEXT ...", of what may take a while
#   ended                 ends it with the time that it took
#   end_line              ends it where something else must be said
#   build_shown CMD ...   runs CMD, which builds the extension, as a step that says how many files are done
#   end_build             in a trap: ends what build_shown runs, if anything

voice_columns=72    # of a step: with the time it stays within 100

in_step=
end_line() { if [ -n "$in_step" ]; then in_step=; echo; fi; }

# Lines of more than 100 columns are broken: paragraphs by words, an option below its own explanation.
usage() {
    sed -n '2,/^$/s/^# \{0,1\}//p' "$0" | awk '
        function flush(   line, word, i, n, words) {
            if (text == "") return
            line = substr(text, 1, indent)
            n = split(substr(text, indent + 1), words, " ")
            for (i = 1; i <= n; i++) {
                if (length(line) + length(words[i]) + 1 > 100) { print line; line = sprintf("%" indent "s", "") }
                line = line (length(line) > indent ? " " : "") words[i]
            }
            print line
            text = ""; indent = 0
        }
        /^$/ { flush(); print; next }
        /^            +[^ ]/ && text != "" { sub(/^ +/, ""); text = text " " $0; next }
        /^ / { flush(); text = $0; indent = match($0, /[^ ]  +[^ ]/) ? RSTART + RLENGTH - 2 : match($0, /[^ ]/) - 1; next }
        { if (indent > 0) flush(); text = text (text == "" ? "" : " ") $0 }
        END { flush() }'
}

fail() {
    end_line
    echo "script/$(basename "$0"): $*" >&2
    exit 1
}

misused() {
    echo "script/$(basename "$0"): $* (see --help)" >&2
    exit 2
}

value_of() { if [ $# -lt 2 ] || [ -z "$2" ]; then misused "$1 needs a value"; fi; }

quietly() {
    local what=$1 log=$work/log
    shift
    if ! "$@" >"$log" 2>&1; then
        end_line
        tail -n 30 "$log" >&2
        fail "$what"
    fi
}

# In tenths of a second.
now() { echo $((${EPOCHREALTIME/[.,]/} / 100000)); }
since() { local tenths=$(($(now) - $1)); echo "$((tenths / 10)).$((tenths % 10)) s"; }
step() { printf "%-${voice_columns}s " "$* ..."; started=$(now); in_step=1; }
ended() { in_step=; since "$started"; }

# On a terminal the line is written over as files are done; in a log there is one every half minute.
building=
build_shown() {
    local what log=$work/build.log files=0 ready last=-1
    what="Building the extension on $(nproc) cores (minutes, the first time)"
    files=$(cd "$project" && printf '%s\n' src/core/*.cpp src/*/*/*.cpp | grep -vc '[*]')
    touch "$work/begin"
    step "$what"
    set -m # a group of its own, to be ended as a whole
    "$@" >"$log" 2>&1 </dev/null &
    building=$!
    set +m
    while kill -0 "$building" 2>/dev/null; do
        ready=$({ find "$project/build/demo-postgresql-$pg_major" "$work/source" -name '*.o' -newer "$work/begin" || true
            } 2>/dev/null | wc -l)
        if [ -t 1 ]; then
            printf "\r%-${voice_columns}s " "$what: $ready of $files files ..."
        elif [ $((($(now) - started) / 300)) -gt "$last" ]; then
            last=$((($(now) - started) / 300))
            if [ "$last" -gt 0 ]; then printf '\n  %s of %s files, %s' "$ready" "$files" "$(since "$started") "; fi
        fi
        sleep 0.5
    done
    if ! wait "$building"; then
        building=
        end_line
        grep -E 'error|Error|fatal' "$log" >&2 || true
        tail -n 40 "$log" >&2
        fail "the build failed"
    fi
    building=
    if [ -t 1 ]; then printf "\r%-${voice_columns}s " "$what ..."; fi
    ended
}

# In a trap: ends the build, if one goes on.
end_build() {
    if [ -z "$building" ]; then return 0; fi
    kill -- "-$building" 2>/dev/null || true
    wait "$building" 2>/dev/null || true
}
