# shellcheck shell=bash
# What all suites of bats files share: what is expected, and what the machine is like.

# Wait until COMMAND is true, half a minute at most.
await() {
	local end=$((SECONDS + 30))

	until "$@"; do
		[ $SECONDS -lt $end ] || { echo "never true: $*"; return 1; }
		sleep .05
	done
}

# Fails with both sides shown, or what differs between several lines.
same() {
	[ "$1" != "$2" ] || return 0
	case $1$2 in
	*$'\n'*) diff -u --label expected --label have <(echo "$2") <(echo "$1") ;;
	*) printf 'expected: %s\nhave:     %s\n' "$2" "$1" ;;
	esac
	return 1
}

# A line (or more) of $2 matches the extended regular expression $1. (Without grep: a program is slow to start.)
matching() { # REGEX TEXT: the first line that does
	local line

	while IFS= read -r line; do
		[[ ! $line =~ $1 ]] || { echo "$line"; return 0; }
	done <<<"$2"
	return 1
}
has() { matching "$1" "$2" >/dev/null || { printf 'no line matches: %s\nin:\n%s\n' "$1" "$2"; return 1; }; }
has_not() { ! matching "$1" "$2"; }

# v1, hybrid or v2: what holds the cgroup controllers here.
world() {
	if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
		echo v2
	elif [ -e /sys/fs/cgroup/unified/cgroup.procs ]; then
		echo hybrid
	else
		echo v1
	fi
}

# ---- reasons to skip

need_program() { # PROGRAM PACKAGE
	command -v "$1" >/dev/null || skip "no $1: apt install $2"
}

need_world() { # WORLDS WHY
	case " $1 " in
	*" $(world) "*) ;;
	*) skip "cgroups are $(world) here: $2" ;;
	esac
}
