# shellcheck shell=bash
# Sourced by the scripts of this folder that run tests: what they say of each step, and at the end.
#
#   step TEXT                   begins a line
#   outcome TEXT                ends it, with the seconds that the step took
#   count PASSED FAILED [LOG]   ends it with the numbers, adds them up, and shows the log if any failed
#   skip WHAT WHY [NUMBER]      ends it, to be said again at the end; counts as so many tests, or files of them
#   bounded SECONDS CMD ...     runs CMD in the background and waits for it, so that a signal is answered at once:
#                               timeout keeps its command out of the terminal's group
#   end_running                 ends what bounded runs, if anything
#   summary STATUS              what could not be tried, with its number, and a last line "N passed, N failed"; fails if a
#                               test did, or if STATUS is not 0

passed=0
failed=0
skipped=0
reasons=()
running=

step() { printf '%-58s ' "$*"; started=$SECONDS; }
outcome() { printf '%s (%d s)\n' "$*" $((SECONDS - started)); }

count() {
    passed=$((passed + $1))
    failed=$((failed + $2))
    if [ "$2" -eq 0 ]; then
        outcome "$1 passed"
    else
        outcome "$1 passed, $2 FAILED"
        if [ $# -gt 2 ]; then head -n 400 "$3"; fi
    fi
}

skip() {
    skipped=$((skipped + ${3:-1}))
    reasons+=("$1: $2")
    outcome "skipped: $2"
}

bounded() {
    local status=0
    timeout --kill-after=15 "$@" </dev/null &
    running=$!
    wait "$running" || status=$?
    running=
    return "$status"
}

end_running() {
    if [ -z "$running" ]; then return 0; fi
    kill "$running" 2>/dev/null || true
    wait "$running" 2>/dev/null || true
}

summary() {
    if [ "$1" -ne 0 ] && [ "$failed" -eq 0 ]; then
        failed=1
        printf '\nended early, with status %s\n' "$1"
    fi
    if [ "$skipped" -gt 0 ]; then
        echo "Could not be tried, $skipped:"
        printf '  %s\n' "${reasons[@]}"
    fi
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
