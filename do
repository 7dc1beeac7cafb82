#!/usr/bin/env bash
# Everything that can be done with this checkout: `./do` lists it. Each command first sets up what it needs.
set -euo pipefail
cd "$(dirname "$0")"

target="${CARGO_TARGET_DIR:-target}"

say() { printf '%s\n' "$*" >&2; }

# Cargo, also where it is installed but not in the path; and a C compiler for the compression library.
need_toolchain() {
    if ! command -v cargo >/dev/null 2>&1 && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
        PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    fi
    if ! command -v cargo >/dev/null 2>&1; then
        say "error: cargo is not there"
        say "hint: install Rust 1.95 or later from https://rustup.rs, then run this again"
        exit 2
    fi
    command -v cc >/dev/null 2>&1 || install gcc libc6-dev || {
        say "error: there is no C compiler, and the compression library needs one"
        exit 2
    }
}

# The planner's solver, HiGHS, is built from its bundled source: a C++ compiler, cmake, and libclang to read its header.
need_solver() {
    local missing=()
    command -v c++ >/dev/null 2>&1 || missing+=(g++)
    command -v cmake >/dev/null 2>&1 || missing+=(cmake)
    has_libclang || missing+=(libclang1-14)
    [ "${#missing[@]}" -eq 0 ] && return 0
    install "${missing[@]}" || {
        # Other releases number libclang otherwise.
        has_libclang || install "${missing[@]/libclang1-14/libclang1}" || {
            say "error: the solver cannot be built without ${missing[*]}"
            exit 2
        }
    }
}

has_libclang() {
    local folder
    for folder in ${LIBCLANG_PATH:+"$LIBCLANG_PATH"} /usr/lib/llvm-*/lib /usr/lib/*-linux-gnu /usr/lib64 /usr/local/lib; do
        # Not libclang-cpp, the library of the compiler itself: the reader of headers does not take it.
        compgen -G "$folder/libclang.so*" >/dev/null && return 0
        compgen -G "$folder/libclang-[0-9]*.so*" >/dev/null && return 0
    done
    return 1
}

# Installs Debian packages; says what to do where it may not.
install() {
    if ! command -v apt-get >/dev/null 2>&1; then
        say "hint: install $* with your package manager"
        return 1
    fi
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            say "hint: run as root, or: sudo apt-get install --no-install-recommends $*"
            return 1
        fi
        as_root=(sudo -n)
    fi
    say "installing $*"
    local quiet=(-qq -o=Dpkg::Use-Pty=0 --no-install-recommends -y)
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install "${quiet[@]}" "$@" >/dev/null 2>&1 && return 0
    "${as_root[@]}" apt-get update -qq >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install "${quiet[@]}" "$@" >/dev/null || {
        say "hint: could not install $*"
        return 1
    }
}

# A browser for the tests that open the report page; without one they say so and pass over that part.
want_browser() {
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    install chromium || say "note: no chromium: the tests that open the report page in a browser will be passed over"
}

# The tools that read our exports back; without them the tests that need them say so and pass over that part.
want_readers() {
    command -v glpsol >/dev/null 2>&1 || install glpk-utils ||
        say "note: no glpsol: the models of plans are not read back"
    command -v hledger >/dev/null 2>&1 || install hledger ||
        say "note: no hledger: its journal is not read back"
    if [ ! -x "$target/peers/bin/bean-check" ] && ! command -v bean-check >/dev/null 2>&1; then
        { python3 -m venv "$target/peers" && "$target/peers/bin/pip" install --quiet beancount==3.2.3; } >/dev/null 2>&1 ||
            say "note: no beancount: its journal is not read back"
    fi
}

build() {
    need_toolchain
    need_solver
    [ -x "$target/release/stargate" ] || say "the first build compiles every dependency: some minutes"
    cargo build --release --locked --bin stargate
}

case "${1:-help}" in
    run)
        shift
        build
        exec "$target/release/stargate" run "$@"
        ;;
    stargate)
        shift
        build
        exec "$target/release/stargate" "$@"
        ;;
    build)
        build
        say "the program is $target/release/stargate"
        ;;
    install)
        need_toolchain
        need_solver
        cargo install --locked --path crates/cli
        ;;
    test)
        shift
        need_toolchain
        need_solver
        want_browser
        want_readers
        cargo test --release --locked --workspace "$@"
        ;;
    fuzz)
        # Seconds for each reader; inputs that break one are kept in target/fuzz.
        need_toolchain
        need_solver
        # The whole workspace with one test of it: with `-p` the libraries would be compiled again with fewer features.
        STARGATE_FUZZ_SECONDS="${2:-60}" cargo test --release --locked --workspace --test fuzz -- --nocapture
        ;;
    lint)
        need_toolchain
        need_solver
        cargo fmt --all --check
        cargo clippy --release --locked --workspace --all-targets -- -D warnings
        ;;
    help | -h | --help)
        cat <<'HELP'
usage: ./do COMMAND

  run [ARGUMENTS]       build, then `stargate run`: the built-in example if no scenario is named
  test [ARGUMENTS]      build and run all tests
  stargate ARGUMENTS    build, then any verb
  build                 build the program
  install               install the program with cargo
  fuzz [SECONDS]        feed every reader broken files, 60 s each
  lint                  formatting and clippy
HELP
        ;;
    *)
        say "error: no command is called \`$1\`"
        say "hint: \`./do\` lists the commands"
        exit 2
        ;;
esac
