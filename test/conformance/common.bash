# shellcheck shell=bash
# What the conformance tests share. Each .bats file begins with `load common`; a file that makes containers for
# several of its tests has a setup_file that calls `prepare` first.
#
# A file has a directory ($DIR), a state directory ($STATE) and a parent cgroup ($PARENT) of its own, and
# its tests have containers of different names. teardown_file removes what is left of them.

load ../assert

bats_require_minimum_version 1.5.0

prepare() {
	DIR=$(mktemp -d "$CONFORMANCE/file.XXXXXX")
	chmod 755 "$DIR"
	STATE=$DIR/state
	PARENT=${CONFORMANCE##*/}/${DIR##*.}
	export DIR STATE PARENT
}

setup_file() { prepare; }
setup() { cd "$DIR" || return; }

teardown_file() {
	local pid target left=1500

	for pid in $(cgroup_processes; marked_processes); do
		kill -KILL "$pid" 2>/dev/null || true
	done
	for dir in $(cgroups); do
		until find "$dir" -depth -type d -exec rmdir {} + 2>/dev/null || [ $((left--)) -le 0 ]; do
			sleep .02
		done
	done
	cd /
	for target in $(awk -v below="$DIR/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | sort -r); do
		umount -l "$target" || true
	done
	rm -rf --one-file-system "$DIR"
}

cgroups() { compgen -G "/sys/fs/cgroup/$PARENT" || true; compgen -G "/sys/fs/cgroup/*/$PARENT" || true; }
cgroup_processes() { cgroups | xargs -r -I@ find @ -name cgroup.procs -exec cat {} + 2>/dev/null; }

# Processes whose environment has this file's mark: the configurations give it to all containers.
marked_processes() {
	grep -lszFx "CONFORMANCE_TEST=$DIR" /proc/[0-9]*/environ 2>/dev/null | sed 's,/proc/,,; s,/environ,,'
}

# What cannot change while the suite runs.
world() { echo "$WORLD"; }

# ---- the runtime

oci() { "$RUNTIME" --root "$STATE" "$@"; }

# What the runtime says goes to a file: a container would hold a pipe open.
saying() { # COMMAND...: its status in $status, its words in $said
	oci "$@" >"$DIR/said" 2>&1 </dev/null && status=0 || status=$?
	said=$(<"$DIR/said")
}

# For what must succeed.
quiet() {
	local said status

	saying "$@"
	[ $status = 0 ] || { printf '%s: status %s: %s\n' "$*" "$status" "$said"; return 1; }
}

# For what must generate an error: a status that is not 0, and a word about it.
refused() {
	local said status

	saying "$@"
	[ $status != 0 ] || { echo "not refused: $*"; return 1; }
	[ -n "$said" ] || { echo "refused without a word: $*"; return 1; }
}

# ---- bundles

# $DIR/NAME with a root file system of its own and a config.json: `base` changed by FILTER, an expression of
# base.jq's language.
bundle() { # NAME [FILTER]
	cp -al "$CONFORMANCE/bundle/." "$DIR/$1"
	config "$@"
}

config() { # NAME [FILTER]
	jq -n --arg parent "$PARENT" --arg name "$1" --arg mark "$DIR" --arg dir "$DIR" --arg script "${script-}" \
		"$(<"$BATS_TEST_DIRNAME/base.jq") base | ${2:-.}" >"$DIR/$1/config.json"
}

# A directory of a file system of its own whose owners can be mapped: tmpfs, before Linux 6.3 what the tests are on.
mappable() { # DIRECTORY
	mkdir -p "$1"
	mount -t tmpfs mappable "$1"
	! "$CONFORMANCE/peer" idmap "$1" >/dev/null 2>&1 || return 0
	umount "$1"
	mount --bind "$(mktemp -d "$DIR/mappable.XXXXXX")" "$1"
	chmod 755 "$1"
}

# Run the bundle NAME to its end: stdout, stderr and status are in $DIR/NAME.{out,err,status}. SCRIPT is the
# program; without it, what the filter said.
play() { # NAME [SCRIPT]
	local status

	[ -z "${2-}" ] || echo "$2" >"$DIR/$1/rootfs/script"
	oci run --bundle "$DIR/$1" "$1" >"$DIR/$1.out" 2>"$DIR/$1.err" </dev/null && status=0 || status=$?
	echo "$status" >"$DIR/$1.status"
}

# Both.
box() { # NAME [FILTER [SCRIPT]]
	bundle "$1" "${2:-.}"
	play "$1" "${3-}"
}

# NAME ended well; prints its stdout.
out() { # NAME
	local status

	read -r status <"$DIR/$1.status"
	[ "$status" = 0 ] || { echo "$1: status $status"; cat "$DIR/$1".{err,out}; return 1; }
	printf '%s\n' "$(<"$DIR/$1.out")"
}

# The line of NAME's stdout that begins with "KEY: ", without that. `fact NAME KEY` is what most tests ask.
fact() { # NAME KEY
	local all line

	all=$(out "$1") || { echo "$all"; return 1; }
	while IFS= read -r line; do
		case $line in "$2: "*) echo "${line#"$2: "}" ;; esac
	done <<<"$all"
}

# NAME was refused or ended in an error.
failed() { # NAME
	[ "$(<"$DIR/$1.status")" != 0 ] || { echo "$1 ran, and said: $(cat "$DIR/$1".{out,err})"; return 1; }
}

# A bundle that must not become a container: the error, and that nothing is left of it.
rejected() { # NAME FILTER
	bundle "$1" "$2"
	if oci create --bundle "$DIR/$1" "$1" >"$DIR/$1.out" 2>"$DIR/$1.err" </dev/null; then
		oci delete --force "$1"
		echo "not refused: $2"
		return 1
	fi
	nothing_left "$1"
}

# No state, no processes, no cgroup.
nothing_left() { # NAME
	local file

	! oci state "$1" >/dev/null 2>&1 || { echo "$1 has a state"; return 1; }
	for file in /sys/fs/cgroup{,/*}/"$PARENT/$1/cgroup.procs"; do
		[ ! -e "$file" ] || { echo "left: $file"; return 1; }
	done
}

# ---- containers that stay

create() { # NAME [OPTION...]
	oci create "${@:2}" --bundle "$DIR/$1" "$1" >"$DIR/$1.out" 2>"$DIR/$1.err" </dev/null ||
		{ cat "$DIR/$1.err"; return 1; }
}

start() { quiet start "$1"; }
remove() { quiet delete --force "$1"; }
state() { # NAME FIELD
	local all

	all=$(oci state "$1") || return
	[[ $all =~ \"$2\"\ *:\ *\"?([^\",]*) ]] && echo "${BASH_REMATCH[1]}"
}
status_is() { [ "$(state "$1" status 2>/dev/null)" = "$2" ]; }
ended() { status_is "$1" stopped; }

# Create, start, and wait for the end.
ran() { create "$1" && start "$1" && await ended "$1"; }

# The directory of CONTROLLER (v1's name) for container NAME; of v1 `unified`, of v2 all are the same.
cgroup_of() { # NAME CONTROLLER
	case $WORLD in
	v2) echo "/sys/fs/cgroup/$PARENT/$1" ;;
	*)  echo "/sys/fs/cgroup/$2/$PARENT/$1" ;;
	esac
}
