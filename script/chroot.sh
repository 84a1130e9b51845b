# shellcheck shell=bash
# Sourced by the scripts of this folder that try other machines: Debian's suites in chroots, from the mirror and with the
# settings of this machine's apt. Mounts and processes of a chroot live in namespaces of their own and vanish with the
# command, however it ends. Wants script/steps.sh.
#
#   why_no_chroot               prints why none can be made or entered here, if so
#   make_chroot SECONDS DIR SUITE [ARCH]   a bare one, whose packages start no servers
#   in_chroot SECONDS DIR CMD ...          runs CMD there, with the variables of the array chroot_env, and on the folders
#                               of the array chroot_binds (OUTSIDE:INSIDE)

chroot_env=()
chroot_binds=()
mirror=

isolated() {
    local limit=$1
    shift
    bounded "$limit" unshare --mount --pid --ipc --fork --kill-child "$@"
}

find_mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null |
        head -n 1
}

why_no_chroot() {
    if [ "$(id -u)" -ne 0 ]; then
        echo "needs root"
    elif ! "$project/script/bootstrap" --chroots >/dev/null 2>&1; then
        echo "needs debootstrap (apt-get install debootstrap)"
    elif ! unshare --mount --pid --ipc --fork mount -t tmpfs tmpfs /mnt 2>/dev/null; then
        echo "this machine allows no mounts in a namespace of one's own"
    elif [ -z "$(find_mirror)" ] && ! { apt-get -q update >/dev/null 2>&1 && [ -n "$(find_mirror)" ]; }; then
        echo "apt knows no mirror of Debian here (apt-get update)"
    fi
}

# What apt was told of proxies, keys and clocks here, where that is not apt's own word.
apt_settings() {
    apt-config dump 2>/dev/null |
        grep -E '^Acquire::(http|https|ftp|Check-|Allow|Max-|Min-|ForceIPv|By-Hash|Retries|Languages)' || true
    # A mirror may lie some weeks behind what the rolling suites' Release files promise.
    printf '%s\n' 'Acquire::Check-Valid-Until "false";' 'Acquire::Languages "none";' 'Acquire::Retries "3";'
}

make_chroot() {
    local limit=$1 root=$2 suite=$3 arch=${4:-$(dpkg --print-architecture)} proxy=
    mirror=${mirror:-$(find_mirror)}
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    if [ -n "$proxy" ] && [ "$proxy" != DIRECT ]; then export http_proxy=${http_proxy:-$proxy}; fi
    isolated "$limit" debootstrap --arch="$arch" --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror" ||
        return 1
    apt_settings >"$root/etc/apt/apt.conf.d/90cltv"
    echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/90cltv" # it need not survive a power cut
    cp /etc/hosts "$root/etc/hosts"
    printf '%s\n' '#!/bin/sh' 'exit 101' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
}

in_chroot() {
    local limit=$1 root=$2 name proxies=()
    shift 2
    for name in http_proxy https_proxy no_proxy; do
        if [ -n "${!name:-}" ]; then proxies+=("$name=${!name}"); fi
    done
    # shellcheck disable=SC2016  # expanded by the inner shell
    isolated "$limit" bash -c '
        set -e
        root=$1
        shift
        mount -t proc proc "$root/proc"
        mount -t tmpfs tmpfs "$root/dev/shm"
        while [ "$1" != -- ]; do
            mkdir -p "$root${1##*:}"
            mount --bind "${1%:*}" "$root${1##*:}"
            shift
        done
        shift
        exec chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
            DEBIAN_FRONTEND=noninteractive "$@"' \
        bash "$root" "${chroot_binds[@]}" -- "${proxies[@]}" "${chroot_env[@]}" "$@"
}
