# Sourced by the scripts beside it: the steps they print, and root's only two acts, which are to install what
# scripts/packages lists and to make an unprivileged user. That user does everything else.

set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build
unprivileged=piradi-dev
step_number=0

step() {
    step_number=$((step_number + 1))
    printf '\n== %s. %s\n' "$step_number" "$*"
}

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# The packages of scripts/packages that are neither installed nor made needless by a command.
missing_packages() {
    sed -e 's/#.*//' -e '/^ *$/d' "$top/scripts/packages" | while read -r package unless; do
        if [ -n "$unless" ] && command -v "${unless#command:}" >/dev/null; then
            continue
        fi
        dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

# What is not in Debian: playwright-core and puppeteer-core, which drive the browsers. They bring no browser of their own.
npm_is_current() {
    cmp -s "$top/tests/e2e/package-lock.json" "$build/e2e/installed.json"
}

install_npm() {
    mkdir -p "$build/e2e"
    cp "$top/tests/e2e/package.json" "$top/tests/e2e/package-lock.json" "$build/e2e/"
    (cd "$build/e2e" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)
    cp "$top/tests/e2e/package-lock.json" "$build/e2e/installed.json"
}

install_as_root() {
    missing=$(missing_packages)
    if [ -n "$missing" ]; then
        printf 'installing: %s\n' "$(echo "$missing" | tr '\n' ' ')"
        apt-get update -qq || fail "apt-get update failed: is there a network?"
        # shellcheck disable=SC2086 # a list of words
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
            fail "apt-get could not install: $(echo "$missing" | tr '\n' ' ')"
    fi
    npm_is_current || install_npm || fail "npm could not install what tests/e2e/package-lock.json lists"
    id "$unprivileged" >/dev/null 2>&1 || useradd --create-home --shell /bin/sh "$unprivileged"
    mkdir -p "$build"
    chown -R "$unprivileged:" "$build"
}

check_as_user() {
    missing=$(missing_packages)
    [ -z "$missing" ] || fail "these Debian packages are missing; run this once as root, or install them:
    $(echo "$missing" | tr '\n' ' ')"
    npm_is_current || install_npm || fail "npm could not install what tests/e2e/package-lock.json lists"
}

# The X cookie of whoever is root's screen, for the user that will draw on it.
lend_display() {
    if [ -n "${DISPLAY:-}" ] && [ -r "${XAUTHORITY:-$HOME/.Xauthority}" ]; then
        install -o "$unprivileged" -m 0600 "${XAUTHORITY:-$HOME/.Xauthority}" "$build/xauthority"
        export XAUTHORITY="$build/xauthority"
    fi
}

# In a mount namespace of our own: where a folder above the checkout is closed to the user (root's home), an empty one
# that is open lies over it, in which the checkout has its own path. Then become the user.
# shellcheck disable=SC2016 # for the shell inside
inside_namespace='
    closed=$1; top=$2; user=$3; shift 3
    if [ -n "$closed" ]; then
        held=$(mktemp -d)
        mount --bind "$top" "$held"
        mount -t tmpfs -o mode=0755 tmpfs "$closed"
        mkdir -p "$top"
        mount --move "$held" "$top" && rmdir "$held"
    fi
    cd "$top"
    exec setpriv --reuid "$user" --regid "$user" --init-groups --no-new-privs -- "$@"'

closed_folder() {
    folder=$top
    found=
    while [ "$folder" != / ]; do
        setpriv --reuid "$unprivileged" --regid "$unprivileged" --init-groups test -x "$folder" || found=$folder
        folder=$(dirname "$folder")
    done
    echo "$found"
}

# prepare "$@": returns as an unprivileged user with everything installed, re-running the script if it was root.
prepare() {
    if [ -n "${PIRADI_PREPARED:-}" ]; then
        step_number=1
        return
    fi
    if [ "$(id -u)" -ne 0 ]; then
        step "Checking what is installed"
        check_as_user
        return
    fi
    step "Installing what is missing, and the user $unprivileged (root does nothing else)"
    install_as_root
    lend_display
    home=$(getent passwd "$unprivileged" | cut -d: -f6)
    exec env -u XDG_RUNTIME_DIR -u DBUS_SESSION_BUS_ADDRESS HOME="$home" USER="$unprivileged" PIRADI_PREPARED=1 \
        unshare --mount --propagation private sh -euc "$inside_namespace" sh \
        "$(closed_folder)" "$top" "$unprivileged" "$top/scripts/$(basename "$0")" "$@"
}
