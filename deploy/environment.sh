# Sourced by run.sh and test.sh, in the project's folder: a Python, a virtual environment, and what they need of apt.

say() { printf '%s\n' "$*" >&2; }

# Installs Debian packages as root; anybody else is told what to type.
apt_install() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Đang cài đặt: $*"
        export DEBIAN_FRONTEND=noninteractive
        { apt-get update -q && apt-get install -y -q --no-install-recommends "$@"; } >&2
    else
        say "Máy này còn thiếu: $*"
        say "Hãy chạy lệnh sau, rồi thử lại:"
        say "    sudo apt-get update && sudo apt-get install -y $*"
        exit 1
    fi
}

apt_offers() { apt-cache show "$1" >/dev/null 2>&1; }

suitable() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; }

# Sets `python` to a Python 3.11 to 3.13 that can make virtual environments.
find_python() {
    local candidate version package
    for candidate in .venv/bin/python python3 python3.13 python3.12 python3.11; do
        if suitable "$candidate"; then
            python=$candidate
            break
        fi
    done
    if [ -z "${python:-}" ]; then
        say "Cần Python 3.11, 3.12 hoặc 3.13."
        if [ "$(id -u)" = 0 ]; then apt-get update -q >&2 || true; fi
        package=python3
        for version in 3.11 3.12 3.13; do
            if apt_offers "python$version"; then package=python$version; fi
        done
        apt_install "$package" "$package-venv"
        python=$package
        suitable "$python" || { say "Hệ điều hành này không có Python 3.11 đến 3.13."; exit 1; }
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        apt_install "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    fi
}

# Brings .venv up to date with the named requirement files; a copy of each tells what is installed.
install_packages() {
    local file installed
    # Two at once would spoil each other's work. Released when the script ends, or at the `exec` of what it starts.
    exec 9<requirements.txt
    flock 9
    if ! { [ -e .venv/complete ] && suitable .venv/bin/python; }; then
        say "Đang tạo môi trường Python (.venv) …"
        rm -rf .venv
        "$python" -m venv .venv
        touch .venv/complete
    fi
    for file in "$@"; do
        installed=.venv/installed-${file//\//-}
        if ! cmp -s "$file" "$installed"; then
            say "Đang cài đặt các gói trong $file …"
            .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$file" ||
                { say "Không cài được các gói. Hãy kiểm tra kết nối mạng, rồi chạy lại."; exit 1; }
            cp "$file" "$installed"
        fi
    done
    exec 9<&-
}
