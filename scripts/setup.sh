# Sourced by ./run, ./test and .ci/run: installs what is missing, configures, builds. Everything that
# this prints goes to a log, which is shown when a step fails; a second call costs next to nothing.
# shellcheck shell=sh disable=SC2034

BUILD_PACKAGES="build-essential cmake ninja-build pkg-config libyaml-dev libjansson-dev libcmocka-dev scdoc"
TEST_PACKAGES="python3 python3-jsonschema python3-onnx libonnx-testdata"
CHECK_PACKAGES="clang-14 clang-tidy-14 clang-format-14 libclang-rt-14-dev chromium"

# quietly WHAT COMMAND...: runs the command; when it fails, says what failed and shows its output.
quietly() {
    what=$1
    shift
    log=$(mktemp)
    if "$@" >"$log" 2>&1 </dev/null; then
        rm -f "$log"
        return 0
    fi
    echo "$what failed:" >&2
    cat "$log" >&2
    rm -f "$log"
    return 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

apt_install() {
    as_root apt-get update -q &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
            -o DPkg::Lock::Timeout=300 "$@"
}

# need_packages PACKAGE...: installs those that dpkg does not list as installed. On a system without
# dpkg the configure step says what it misses.
need_packages() {
    command -v dpkg-query >/dev/null || return 0
    missing=""
    # dpkg-query fails when it does not know one of the names.
    installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "$@" 2>/dev/null || true) "
    for package in "$@"; do
        case $installed in
        *" installed:$package "*) ;;
        *) missing="$missing $package" ;;
        esac
    done
    [ -z "$missing" ] && return 0
    echo "installing$missing" >&2
    # shellcheck disable=SC2086
    quietly "installing$missing (as root, or with sudo without a password)" apt_install $missing
}

# build_preset PRESET FOLDER [TARGET...]: configures once, then builds; ninja configures again when a
# CMake file or the list of sources changes.
build_preset() {
    preset=$1
    folder=$2
    shift 2
    if [ ! -f "$folder/build.ninja" ]; then
        quietly "configuring $folder" cmake --preset "$preset" || return 1
    fi
    quietly "building $folder" cmake --build "$folder" ${1:+--target "$@"} -- --quiet
}
