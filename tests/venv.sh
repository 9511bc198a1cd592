#!/bin/sh
# Makes .venv with exactly what requirements-dev.txt lists; does nothing when it is already so.
# As root on Debian it installs the packages that are missing and says so; otherwise it names the command.
set -eu
cd "$(dirname "$0")/.."

# Python 3.12 and 3.13 first: newer releases of ansible-core need them. Pythons that pyenv holds count too, active or not.
candidates() {
    for minor in 13 12 11; do
        command -v "python3.$minor" || true
        ls -d "${PYENV_ROOT:-${HOME:-/root}/.pyenv}"/versions/3."$minor".*/bin/python3 2>/dev/null || true
    done
    command -v python3 || true
}

find_python() {
    candidates | while read -r candidate; do
        if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            break
        fi
    done
}

wanted=$(cat requirements-dev.txt tests/venv.sh | cksum)
if [ "$(cat .venv/faas-mesh-installed 2>/dev/null)" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

python=$(find_python)
if [ -z "$python" ]; then
    packages="python3 python3-venv"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "No Python 3.11 or newer with venv: installing Debian's $packages."
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $packages
        python=$(find_python)
    fi
    if [ -z "$python" ]; then
        echo "No Python 3.11 or newer with venv was found. Install one, on Debian with: apt-get install $packages" >&2
        exit 1
    fi
fi

echo "Virtual environment .venv: $("$python" --version) at $python, packages of requirements-dev.txt"
.venv/bin/python -c '' 2>/dev/null || "$python" -m venv --clear .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
echo "$wanted" > .venv/faas-mesh-installed
