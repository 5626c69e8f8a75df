# shellcheck shell=bash
# What the live tests share. Each .bats file begins with `load common`.
#
# Every test has a state directory ($STATE), a parent cgroup ($PARENT) and an empty directory ($DIR) of its
# own. teardown removes them and whatever guise left behind, also when the test failed: a test that wants
# to see that nothing was left compares for itself (see `machine`).

bats_require_minimum_version 1.5.0

setup() {
	DIR=$(mktemp -d "$LIVE/test.XXXXXX")
	chmod 755 "$DIR"
	STATE=$DIR/state
	PARENT=guise-live-${DIR##*.}
	ROOTFS=$LIVE/rootfs
	cd "$DIR"
}

teardown() {
	kill_containers
	remove_cgroups
	remove_network
	cd /
	rm -rf --one-file-system "$DIR"
}

# ---- guise

guise() { "$GUISE" --root "$STATE" "$@"; }

# A container in the foreground, without a network, gone when it ends: what most tests need.
box() { guise run --rm --network none --cgroup-parent "$PARENT" "$@"; }

# The same, detached: prints its id,
box_detached() { guise run -d --network none --cgroup-parent "$PARENT" "$@"; }

# The host's pid of a container's first process, by its name.
pid_of() { jq .pid "$STATE/containers/$(readlink "$STATE/names/$1")/process.json"; }

# A copy of $ROOTFS that a test may change.
make_root() { cp -a "$ROOTFS" "$1"; }

# Wait until COMMAND is true, ten seconds at most.
await() {
	local end=$((SECONDS + 10))

	until "$@"; do
		[ $SECONDS -lt $end ] || { echo "never true: $*"; return 1; }
		sleep .05
	done
}

# ---- what is expected

# Fails with both sides shown.
same() {
	[ "$1" == "$2" ] || { printf 'expected: %s\nhave:     %s\n' "$2" "$1"; return 1; }
}

# A line (or more) of $2 matches the extended regular expression $1.
has() { grep -qE -- "$1" <<<"$2" || { printf 'no line matches: %s\nin:\n%s\n' "$1" "$2"; return 1; }; }
has_not() { ! grep -E -- "$1" <<<"$2"; }

# `run --separate-stderr` failed as every failure of guise must: this status, nothing on stdout, and one
# line on stderr that matches.
failed_with() { # STATUS REGEX
	same "$status" "$1"
	same "$output" ""
	# shellcheck disable=SC2154 # bats sets it
	same "${#stderr_lines[@]}" 1
	has "^guise: .*$2" "$stderr"
}

# ---- the machine

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

# Directories of a parent cgroup in all hierarchies.
cgroups_of() { compgen -G "/sys/fs/cgroup/$1" || true; compgen -G "/sys/fs/cgroup/*/$1" || true; }

# The directory of CONTROLLER (v1's name) for the container ID below $PARENT.
cgroup_of() { # CONTROLLER ID
	case $(world) in
	v2) echo "/sys/fs/cgroup/$PARENT/$2" ;;
	*)  echo "/sys/fs/cgroup/$1/$PARENT/$2" ;;
	esac
}

# (Not from /sys, which shows the network namespace that it was mounted in.)
links() { ip -o link | sed 's/^[0-9]*: //; s/@.*//; s/:.*//' | sort; }

# All that guise could leave behind, as text to be compared.
machine() {
	echo "links:"; links
	echo "mounts:"; cut -d' ' -f5- /proc/self/mountinfo | sort
	echo "cgroups:"; cgroups_of "$PARENT*"
	echo "rules:"; nft list ruleset
	echo "state:"; [ ! -d "$STATE" ] || find "$STATE" -mindepth 2 ! -path "$STATE/net/*/lock" | sort
}

kill_containers() {
	local dir pid

	for dir in $(cgroups_of "$PARENT"); do
		for pid in $(find "$dir" -name cgroup.procs -exec cat {} + 2>/dev/null); do
			kill -KILL "$pid" 2>/dev/null || true
		done
	done
	# those that have no cgroup: without root there may be none
	for pid in $(cat "$DIR"/*/containers/*/process.json 2>/dev/null | jq .pid); do
		kill -KILL "$pid" 2>/dev/null || true
	done
}

remove_cgroups() {
	local dir left=100

	for dir in $(cgroups_of "$PARENT"); do
		# killed processes take a moment to leave
		until find "$dir" -depth -type d -exec rmdir {} + 2>/dev/null || [ $((left--)) -le 0 ]; do
			sleep .02
		done
	done
}

remove_network() {
	local link

	for link in $(links | grep -E '^(guise|gv)'); do
		ip link delete "$link" 2>/dev/null || true
	done
	nft list tables | sed -n '/guise/s/^/delete /p' | nft -f - 2>/dev/null || true
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
