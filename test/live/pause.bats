#!/usr/bin/env bats
# pause and unpause: the container's cgroup is frozen, in v2, in v1 beside it, and in v1 alone.

load common

counter() { # NAME [OPTION...]: it writes a number more each tick
	box_detached --name "$1" -v "$DIR:/mnt" "${@:2}" "dir:$ROOTFS" sh -c 'i=0; while :; do echo $((i += 1)) >/mnt/count; sleep .02; done' >/dev/null
	await counts
}
counts() { local was; was=$(cat count 2>/dev/null); sleep .1; [ "$(cat count 2>/dev/null)" != "$was" ]; }
stands() { ! counts; }
# The first process of NAME has a handler for the signal of that number.
catches() { # NAME NUMBER
	local mask

	mask=$(awk '/^SigCgt/ { print $2 }' "/proc/$(pid_of "$1")/status")
	((0x$mask & 1 << $2 - 1))
}
status_of() { guise inspect "$1" | jq -r "[.[0].State | .Status, .Running, .Paused] | join(\" \")"; }

@test "what is paused stands still, and goes on" {
	counter one
	same "$(status_of one)" "running true false"
	run --separate-stderr guise pause one
	same "$status:$output:$stderr" 0:one:
	same "$(status_of one)" "paused true true"
	stands
	has 'Up .* \(Paused\)' "$(guise ps)"
	same "$(guise ps --format json | jq -r '.[0].state')" paused
	same "$(guise ps -q -f status=running)" ""
	same "$(guise ps -f status=paused --format names)" one
	run --separate-stderr guise unpause one
	same "$status:$output:$stderr" 0:one:
	await counts
	same "$(status_of one)" "running true false"
}

@test "several at a time, and who cannot be is told" {
	box_detached --name one "dir:$ROOTFS" sleep 1000
	box_detached --name two "dir:$ROOTFS" sleep 1000
	guise run --name ended --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	run --separate-stderr guise pause one nobody ended two
	same "$status:$output" "125:one
two"
	has 'nobody' "$stderr"
	has 'pause container ended: it is exited' "$stderr"
	run --separate-stderr guise pause one
	failed_with 125 'pause container one: it is paused already'
	guise unpause one two
	run --separate-stderr guise unpause one
	failed_with 125 'unpause container one: it is not paused'
}

@test "no command is executed in a paused one" {
	box_detached --name one "dir:$ROOTFS" sleep 1000
	guise pause one
	run --separate-stderr guise exec one true
	failed_with 125 'in container one: it is paused; guise unpause one first'
	guise unpause one
	run guise exec one echo again
	same "$status:$output" 0:again
}

@test "a paused one is stopped, killed and removed like any other" {
	before=$(machine)
	box_detached --name one --stop-signal USR1 "dir:$ROOTFS" sh -c 'trap "exit 7" USR1; while :; do sleep .05; done'
	await catches one 10
	guise pause one
	same "$(guise stop -t 30 one)" one
	same "$(guise inspect one | jq '.[0].State.ExitCode')" 7
	guise rm one
	box_detached --name two "dir:$ROOTFS" sleep 1000
	guise pause two
	guise kill two
	run guise wait two
	same "$output" 137
	guise rm two
	box_detached --name three "dir:$ROOTFS" sleep 1000
	guise pause three
	same "$(guise rm -f three)" three
	unchanged "$before"
}

@test "another signal waits until it goes on" {
	box_detached --name one -v "$DIR:/mnt" "dir:$ROOTFS" sh -c 'trap "echo >/mnt/hangup" HUP; echo >/mnt/ready; while :; do sleep .05; done'
	await test -e ready
	guise pause one
	guise kill -s HUP one
	sleep .3
	[ ! -e hangup ]
	same "$(guise inspect one | jq -r '.[0].State.Status')" paused
	guise unpause one
	await test -e hangup
}

@test "one without a cgroup can't be paused, and is told why" {
	need_world hybrid "root has a cgroup there"
	# as a user: v1 can't be delegated, and none of v2 is
	mkdir -m 777 state
	as_ann() { setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all "$GUISE" --root "$DIR/state/ann" "$@"; }
	as_ann run -d --name one --network none "dir:$ROOTFS" sleep 1000 || skip "users can make no containers here"
	run --separate-stderr as_ann pause one
	failed_with 125 'pause container one: it has no cgroup, .*; .*delegated'
	as_ann rm -f one
}

@test "cgroup v1 alone" {
	need_world hybrid "v1 alone can be made of a hybrid machine only"
	alone() { unshare --mount sh -c 'umount /sys/fs/cgroup/unified && exec "$@"' - "$GUISE" --root "$STATE" "$@"; }
	before=$(machine)
	alone run -d --name one --network none --cgroup-parent "$PARENT" -v "$DIR:/mnt" "dir:$ROOTFS" sh -c 'i=0; while :; do echo $((i += 1)) >/mnt/count; sleep .02; done'
	await counts
	alone pause one
	stands
	same "$(alone inspect one | jq -r '.[0].State.Status')" paused
	alone unpause one
	await counts
	alone pause one
	alone rm -f one
	unchanged "$before"
}
