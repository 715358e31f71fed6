# Shared by ./hone and ./test (POSIX sh with local, sourced; $root is the checkout): installs what is missing,
# and builds with progress. Everything said here goes to stderr: stdout belongs to hone's answers.

say() { printf 'hone: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

packages_of() { # GROUP...
  local group
  for group in "$@"; do sed -n "s/^$group //p" "$root/tools/packages.txt"; done
}

is_debian_12() {
  [ -r /etc/os-release ] && (. /etc/os-release && [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ])
}

# Names those of the packages that are not installed, on one line.
missing_packages() { # PACKAGE...
  dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^installed //p' >"$root/build/.installed"
  printf '%s\n' "$@" | grep -vxF -f "$root/build/.installed" | tr '\n' ' '
  rm -f "$root/build/.installed"
}

# Installs what is missing of the groups. INSTALL=no, or a system other than Debian 12: only says so.
install_groups() { # GROUP...
  local missing sudo log
  mkdir -p "$root/build"
  if ! is_debian_12; then
    other_system "$@"
    return
  fi
  # shellcheck disable=SC2046  # one word a package
  missing=$(missing_packages $(packages_of "$@"))
  [ -n "$missing" ] || return 0
  if [ "${INSTALL:-yes}" = no ]; then
    say "these Debian packages are missing (--no-install: left alone): $missing"
    return 0
  fi
  sudo=
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 ||
      die "these Debian packages are missing, and there is no sudo; as root, run: apt-get install $missing"
    sudo=sudo
  fi
  log=$root/build/install.log
  say "these Debian packages are missing: $missing"
  say "installing them, which takes a minute or two (log: $log)"
  # Lists may be missing or old; --no-remove makes apt give up rather than remove a package.
  # shellcheck disable=SC2086  # one word a package
  { $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
      --no-remove -o DPkg::Lock::Timeout=300 $missing; } >"$log" 2>&1 </dev/null || {
    tail -n 15 "$log" >&2
    die "the packages could not be installed (whole log: $log)"
  }
}

other_system() { # GROUP...
  local absent= tool
  for tool in cmake ninja c++ python3; do
    command -v "$tool" >/dev/null 2>&1 || absent="$absent $tool"
  done
  [ -n "$absent" ] || return 0
  die "this is not Debian 12, so nothing is installed for you. Not found:$absent." \
    "Install the like of these Debian packages and start again:" $(packages_of "$@")
}

# One line that counts up on a terminal, a line every tenth elsewhere; all of it into the log.
show_progress() { # LABEL LOG
  local last=-1 line step total
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$2"
    case $line in "["*/*"]"*) ;; *) continue ;; esac
    step=${line%%]*} step=${step#\[} total=${step#*/} step=${step%/*}
    [ "$step" != 0 ] || continue
    case $step$total in *[!0-9]* | "") continue ;; esac
    if [ -t 2 ]; then
      printf '\r\033[Khone: %s, step %s of %s' "$1" "$step" "$total" >&2
    elif [ $((step * 10 / total)) -gt "$last" ]; then
      last=$((step * 10 / total))
      say "$1, step $step of $total"
    fi
  done
  [ ! -t 2 ] || printf '\r\033[K' >&2
}

# Runs a command with show_progress; its exit status is the result.
run_logged() { # LABEL LOG COMMAND...
  local label=$1 log=$2 rc
  shift 2
  : >"$log"
  { "$@" 2>&1 </dev/null && echo 0 >"$log.rc" || echo $? >"$log.rc"; } | show_progress "$label" "$log"
  rc=$(cat "$log.rc")
  rm -f "$log.rc"
  return "$rc"
}

# Configures PRESET unless it is, and builds the targets. Log: build/PRESET.log
build_preset() { # PRESET CMAKE_OPTIONS TARGET...
  local preset=$1 options=$2 folder=$root/build/$1 log=$root/build/$1.log fresh=
  shift 2
  mkdir -p "$root/build"
  # A checkout that was moved or copied with its build folder.
  if [ -f "$folder/CMakeCache.txt" ] &&
    ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"; then
    fresh=--fresh
  fi
  # shellcheck disable=SC2086  # one word an option
  (cd "$root" && run_logged "preparing the $preset build" "$log" cmake --preset "$preset" $fresh $options) &&
    (cd "$root" && run_logged "building ($preset)" "$log" ninja -C "$folder" "$@") || {
    # From the first failure on, without the steps that went well; a configure error stands last.
    { grep -q '^FAILED' "$log" && sed '1,/^FAILED/{/^FAILED/!d}' "$log" | grep -v '^\[' | head -n 30 ||
      tail -n 30 "$log"; } >&2
    say "the build failed (whole log: $log)"
    return 1
  }
}
