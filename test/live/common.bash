# shellcheck shell=bash
# What the live tests share. Each .bats file begins with `load common`.
#
# Every test has a state directory ($STATE), a parent cgroup ($PARENT) and an empty directory ($DIR) of its
# own. teardown removes them and whatever guise left behind, also when the test failed: a test that wants
# to see that nothing was left compares for itself (see `machine`). A file whose tests all need the same has a
# function `need_for_all` that skips. (In setup_file, bats 1.8 cannot.) Both start as few programs as they can:
# in the machine of test/vm each takes a tenth of a second.

load ../assert

bats_require_minimum_version 1.5.0

setup() {
	DIR=$LIVE/test.$BATS_SUITE_TEST_NUMBER
	STATE=$DIR/state
	PARENT=${LIVE##*/}-$BATS_SUITE_TEST_NUMBER
	ROOTFS=$LIVE/rootfs
	mkdir -m 755 "$DIR"
	cd "$DIR"
	# teardown finds by this what the test has started, whoever its parent is by then; it leaves alone the
	# one job there is already: what bats watches over the time with
	export LIVE_TEST=$DIR DIR
	WATCHDOG=${!-}
	LINKS=$(links)
	! declare -F need_for_all >/dev/null || need_for_all
}

teardown() {
	# An empty name here would mean every cgroup, process and mount of the machine.
	[[ ${DIR-} == "$LIVE"/test.?* && ${PARENT-} == guise-live.?* ]] || { echo "teardown: setup did not run" >&2; return 1; }
	kill_processes
	kill_containers
	remove_cgroups
	remove_network
	cd /
	remove_mounts
	rm -rf --one-file-system "$DIR"
}

# ---- guise

guise() { "$GUISE" --root "$STATE" "$@"; }

# A container in the foreground, without a network, gone when it ends: what most tests need.
box() { guise run --rm --network none --cgroup-parent "$PARENT" "$@"; }

# The same, detached: prints its id,
box_detached() { guise run -d --network none --cgroup-parent "$PARENT" "$@"; }

# The directory of a container, by its name, and where the files of its last run are.
dir_of() { echo "$STATE/containers/$(readlink "$STATE/names/$1")"; }
run_of() {
	local dir runs

	dir=$(dir_of "$1")
	mapfile -t runs < <(compgen -G "$dir/runs/*" | sort -V)
	echo "${runs[-1]-$dir}"
}

# The host's pid of a container's first process, by its name.
pid_of() { jq .pid "$(run_of "$1")/process.json"; }

# A copy of $ROOTFS that a test may change.
make_root() { cp -a "$ROOTFS" "$1"; }

# $DIR/job, for -v "$DIR:/mnt": a program that says "runs" when it starts and "again" when it is continued. (By
# then it is in the foreground; the shell says "fg" did it a moment earlier.)
make_job() {
	cat >job <<-EOT
		#!/usr/bin/env python3
		from os import write
		from signal import *
		signal(SIGINT, SIG_DFL)
		signal(SIGCONT, lambda *_: write(1, b"again\n"))
		write(1, b"runs\n")
		while True:
		    pause()
	EOT
	chmod +x job
}

# Until what the last container of a network leaves is taken away: no command waits for that.
# Where the leases of a network are, in this network namespace.
leases_of() { echo "$STATE/net/$(stat -Lc %i /proc/self/ns/net)/$1"; }

nothing_behind() { [ -z "$(compgen -G "$STATE/net/*/*/leaving")" ]; }
settle() { await nothing_behind; }

# Kill it as soon as CONDITION holds, unless it has ended before; it is a child, and gone afterwards.
kill_where() { # PID CONDITION...
	local pid=$1

	shift
	until "$@" || ! kill -0 "$pid" 2>/dev/null; do :; done
	kill -9 "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
}

# ---- what is expected

# `run --separate-stderr` failed as every failure of guise must: this status, nothing on stdout, and one
# line on stderr that matches.
failed_with() { # STATUS REGEX
	same "$status" "$1"
	same "$output" ""
	# shellcheck disable=SC2154 # bats sets it
	same "${#stderr_lines[@]}" 1
	has "^guise: .*$2" "$stderr"
}

# It succeeds, and says nothing. (`same "$(COMMAND)" ""` would not see it fail.)
says_nothing() { # COMMAND...
	run -0 "$@"
	same "$output" ""
}

# ---- the machine

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
links() {
	local lines

	mapfile -s 2 -t lines </proc/net/dev
	lines=("${lines[@]%%:*}")
	printf '%s\n' "${lines[@]// /}"
}

# All that guise could leave behind, as text to be compared. (What the last container of a network leaves is not it.)
machine() {
	local mounts

	settle
	mapfile -t mounts </proc/self/mountinfo
	echo "links:"; links
	echo "mounts:"; printf '%s\n' "${mounts[@]#* * * * }"
	echo "cgroups:"; cgroups_of "$PARENT*"
	echo "rules:"; nft list ruleset
	echo "state:"
	compgen -G "$STATE/containers/*" || true
	compgen -G "$STATE/names/*" || true
	compgen -G "$STATE/net/*/*/[0-9]*" || true
}

# The machine is what it was, within half a minute: a link goes with its namespace, which the kernel takes
# apart a moment after the last process has left.
unchanged() { # BEFORE
	local now end=$((SECONDS + 30))

	while now=$(machine); [ "$now" != "$1" ] && [ $SECONDS -lt $end ]; do
		sleep .05
	done
	same "$now" "$1"
}

# All processes with this test's mark in their environment, and its jobs that are loops of bash's own.
kill_processes() {
	local pid left=100 found

	for pid in $(jobs -pr); do
		[ "$pid" = "$WATCHDOG" ] || kill -KILL "$pid" 2>/dev/null || true
	done
	# (grep's status tells of a process that is gone by then, too)
	while found=$(LIVE_TEST='' grep -lszFx "LIVE_TEST=$DIR" /proc/[0-9]*/environ || true)
	      [ -n "$found" ] && [ $((left--)) -gt 0 ]; do
		for pid in $found; do
			pid=${pid#/proc/}
			kill -KILL "${pid%/environ}" 2>/dev/null || true
		done
	done
}

kill_containers() {
	local dir pid start files

	for dir in $(cgroups_of "$PARENT"); do
		for pid in $(find "$dir" -name cgroup.procs -exec cat {} + 2>/dev/null); do
			kill -KILL "$pid" 2>/dev/null || true
		done
	done
	# those that have no cgroup: without root there may be none. (Not whoever has an ended one's pid by now.)
	files=$(compgen -G "$DIR/*/containers/*/process.json"; compgen -G "$DIR/*/*/containers/*/process.json"
		compgen -G "$DIR/*/containers/*/runs/*/process.json"; compgen -G "$DIR/*/*/containers/*/runs/*/process.json")
	[ -n "$files" ] || return 0
	while read -r pid start; do
		[ "$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -d' ' -f20)" != "$start" ] ||
			kill -KILL "$pid" 2>/dev/null || true
	done < <(jq -r '"\(.pid) \(.start_time)"' $files 2>/dev/null)
}

remove_cgroups() {
	local dir left=1500

	for dir in $(cgroups_of "$PARENT"); do
		# killed processes take a moment to leave
		until find "$dir" -depth -type d -exec rmdir {} + 2>/dev/null || [ $((left--)) -le 0 ]; do
			sleep .02
		done
	done
}

remove_mounts() {
	local mounts i

	mapfile -t mounts </proc/self/mountinfo
	mounts=("${mounts[@]#* * * * }")
	mounts=("${mounts[@]%% *}")
	for ((i = ${#mounts[@]} - 1; i >= 0; i--)); do
		[[ ${mounts[i]} != "$DIR/"* ]] || umount -l "${mounts[i]}" || true
	done
}

# Links that the test has made, or guise, and namespaces that have the test's name. Where there is no link of guise's and no
# forwarding, there is no firewall table either.
remove_network() {
	local link name table found='' forwarding

	for link in $(links); do
		[[ $'\n'$LINKS$'\n' != *$'\n'"$link"$'\n'* ]] || continue
		ip link delete "$link" 2>/dev/null || true
		[[ $link != @(guise|gv|gc)* ]] || found=yes
	done
	for name in $(compgen -G "/run/netns/$PARENT*"); do
		ip netns delete "${name##*/}"
	done
	read -r forwarding </proc/sys/net/ipv4/ip_forward
	[ "$found$forwarding" != 0 ] || return 0
	for table in $(nft list tables | sed -n 's/^table inet \(guise.*\)/\1/p'); do
		nft delete table inet "$table" 2>/dev/null || true
	done
	echo 0 >/proc/sys/net/ipv4/ip_forward
}

# ---- reasons to skip, but for those in ../assert

need_idmapped_host() {
	[ -z "${VM_SCRATCH-}" ] || skip "the files of the machine of test/vm are on FUSE, which has no idmapped mounts"
}
