#!/usr/bin/env bats
# A container's life: run, -d, ps, inspect, stop, kill, wait, rm, logs; exit codes; and what is still true
# when its monitor is killed.

load common

sleeper() { box_detached --name "$@" "dir:$ROOTFS" sleep 1000 >/dev/null; }
# Does what a server does on SIGTERM: ends by itself. (Process 1 has no default action for it.)
server() {
	box_detached --name "$@" "dir:$ROOTFS" sh -c 'trap "exit 7" TERM; while :; do sleep .1; done' >/dev/null
	await catches "$1" TERM
}
# The first process of NAME has a handler for SIGNAL.
catches() { # NAME SIGNAL
	local mask

	mask=$(awk '/^SigCgt/ { print $2 }' "/proc/$(pid_of "$1")/status")
	((0x$mask & 1 << $(kill -l "$2") - 1))
}
state_of() { guise inspect "$1" | jq -r ".[0].State.$2"; }
monitor_of() { awk '/^PPid/ {print $2}' "/proc/$(pid_of "$1")/status"; }
gone() { ! running "$1"; }
running() { [ -d "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status"; }
ended() { [ "$(state_of "$1" Status)" = exited ]; }

# ---- exit codes

@test "the exit code is the command's own, 0 to 255" {
	for code in 0 1 2 42 124 128 254 255; do
		run box "dir:$ROOTFS" sh -c "exit $code"
		same "$status" "$code"
	done
}

@test "125: guise itself failed" {
	run --separate-stderr box --memory nonsense "dir:$ROOTFS" true
	failed_with 125 nonsense
	run --separate-stderr box "dir:/no/such/root" true
	failed_with 125 /no/such/root
	run --separate-stderr box --no-such-option "dir:$ROOTFS" true
	failed_with 125 no-such-option
}

@test "126: the command is there, but can't be executed" {
	run --separate-stderr box "dir:$ROOTFS" /etc/passwd
	failed_with 126 /etc/passwd
	run --separate-stderr box "dir:$ROOTFS" /etc
	failed_with 126 /etc
}

@test "127: the command is not there" {
	run -127 --separate-stderr box "dir:$ROOTFS" no-such-command
	failed_with 127 no-such-command
	run -127 --separate-stderr box "dir:$ROOTFS" /no/such/command
	failed_with 127 /no/such/command
}

@test "128+n: the command died of signal n" {
	for signal in 6 9 11 15; do
		run box --init "dir:$ROOTFS" sh -c "kill -$signal \$\$"
		same "$status" $((128 + signal))
	done
}

@test "detached: what keeps a command from starting is told, and nothing is left" {
	guise run --rm --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	before=$(machine)
	run -127 --separate-stderr box_detached --name one "dir:$ROOTFS" no-such-command
	failed_with 127 no-such-command
	run -127 --separate-stderr guise run -d --name one --cgroup-parent "$PARENT" "dir:$ROOTFS" no-such-command
	failed_with 127 no-such-command
	unchanged "$before"
}

# ---- names and files

@test "a name is taken once, and free again after rm" {
	sleeper one
	run --separate-stderr box --name one "dir:$ROOTFS" true
	failed_with 125 "name one"
	guise rm -f one
	box --name one "dir:$ROOTFS" true
}

@test "without a name the id's beginning is one" {
	id=$(box_detached "dir:$ROOTFS" sleep 1000)
	has '^[0-9a-f]{64}$' "$id"
	same "$(guise inspect "${id:0:12}" | jq -r '.[0].Id')" "$id"
	same "$(guise inspect "${id:0:5}" | jq -r '.[0].Id')" "$id"
}

@test "a name that is no name is refused" {
	for name in .. a/b 'a b' -x ''; do
		run --separate-stderr box "--name=$name" "dir:$ROOTFS" true
		failed_with 125 .
	done
}

@test "--rm leaves nothing, without it the record stays" {
	before=$(machine)
	box "dir:$ROOTFS" true
	unchanged "$before"
	guise run --name one --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" sh -c 'exit 3' || true
	same "$(state_of one Status) $(state_of one ExitCode)" "exited 3"
	guise rm one
	unchanged "$before"
}

@test "--cidfile and --pidfile" {
	id=$(box_detached --cidfile cid --pidfile pid --name one "dir:$ROOTFS" sleep 1000)
	same "$(cat cid)" "$id"
	same "$(cat pid)" "$(pid_of one)"
	run --separate-stderr box_detached --cidfile cid "dir:$ROOTFS" true
	failed_with 125 cid
	same "$(guise ps -aq | wc -l)" 1
}

# ---- looking

@test "ps lists those that run, -a all, -q ids" {
	sleeper one
	guise run --name two --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	has one "$(guise ps)"
	has_not two "$(guise ps)"
	has two "$(guise ps -a)"
	same "$(guise ps -q | wc -l) $(guise ps -aq | wc -l)" "1 2"
	same "$(guise ps -a --format json | jq -s 'flatten | length')" 2
}

@test "inspect tells what the kernel says" {
	sleeper one --memory 20m --label a=b
	same "$(state_of one Status) $(state_of one Running) $(state_of one Pid)" "running true $(pid_of one)"
	same "$(guise inspect one | jq -r '.[0] | .Name, .HostConfig.Memory, .Config.Labels.a')" "one
20971520
b"
	run --separate-stderr guise inspect nobody
	has nobody "$stderr"
	[ "$status" -ne 0 ]
}

@test "logs have stdout and stderr, apart, and to the end" {
	box_detached --name one "dir:$ROOTFS" sh -c 'echo out; echo err >&2; seq 1000' >/dev/null
	guise wait one
	same "$(guise logs one 2>/dev/null | head -1)" out
	same "$(guise logs one 2>&1 >/dev/null)" err
	same "$(guise logs one 2>/dev/null | tail -1)" 1000
	# of the lines of both: which of two pipes' came first nobody can say
	same "$(guise logs --tail 2 one 2>&1 | wc -l)" 2
	box_detached --name two "dir:$ROOTFS" seq 1000 >/dev/null
	guise wait two
	same "$(guise logs --tail 2 two)" "999
1000"
}

# ---- ending

@test "wait prints the exit code, of one that has ended too" {
	box_detached --name one "dir:$ROOTFS" sh -c 'sleep .5; exit 9' >/dev/null
	same "$(guise wait one)" 9
	same "$(guise wait one)" 9
}

@test "stop sends the stop signal and waits" {
	server one
	guise stop one
	same "$(state_of one Status) $(state_of one ExitCode)" "exited 7"
	box_detached --name two --stop-signal USR1 "dir:$ROOTFS" \
		sh -c 'trap "exit 8" USR1; while :; do sleep .1; done' >/dev/null
	await catches two USR1
	guise stop two
	same "$(state_of two ExitCode)" 8
}

@test "stop kills what does not listen, after the timeout" {
	sleeper one --stop-timeout 1
	same "$(guise inspect one | jq '.[0].Config.StopTimeout')" 1
	guise stop one
	same "$(state_of one ExitCode)" 137
	sleeper two
	guise stop -t 0 two
	same "$(state_of two ExitCode)" 137
}

@test "kill sends a signal" {
	sleeper one
	guise kill one
	same "$(guise wait one)" 137
	server two
	guise kill -s TERM two
	same "$(guise wait two)" 7
	run --separate-stderr guise kill two
	failed_with 125 "not running"
}

# Between the record of a container and its command: its network is made for as long as there is nothing in the file `go`.
being_created() {
	rm -f go hangs
	box_detached --name c --network pasta --stop-timeout 1 "dir:$ROOTFS" sleep 1000 >/dev/null &
	await test -e hangs
	same "$(guise ps -a --format json | jq -r '.[0].state')" creating
}

@test "stop, kill and rm -f of one that is just being created wait until its command runs" {
	mkdir path
	printf '#!/bin/sh\ntouch %s/hangs\nuntil [ -s %s/go ]; do sleep .1; done\nexit "$(cat %s/go)"\n' "$DIR" "$DIR" "$DIR" >path/pasta
	chmod +x path/pasta
	PATH=$DIR/path:$PATH
	for command in stop kill "rm -f"; do
		being_created
		# shellcheck disable=SC2086
		guise $command c >said & pid=$!
		sleep .3
		echo 0 >go
		wait $pid
		same "$(cat said)" c
		guise wait c || :
		wait
		case $command in
		stop) guise rm c ;;
		kill) guise rm c || : ;; # SIGKILL is heeded before the command, too, and then nothing came of it
		esac
		same "$(guise ps -aq)" ""
	done
	# one that is gone before it ran has stopped
	being_created
	guise stop c >said & pid=$!
	sleep .3
	echo 1 >go
	wait $pid
	same "$(guise ps -aq)" ""
}

@test "rm refuses what runs, -f doesn't" {
	before=$(machine)
	sleeper one
	run --separate-stderr guise rm one
	failed_with 125 running
	same "$(state_of one Running)" true
	guise rm -f one
	unchanged "$before"
	run --separate-stderr guise rm one
	failed_with 125 one
}

@test "system prune removes those that have ended" {
	before=$(machine)
	guise run --name one --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	sleeper two
	guise system prune -f
	same "$(guise ps -aq | wc -l)" 1
	guise rm -f two
	unchanged "$before"
}

# ---- guise killed

@test "foreground: kill -9 of guise ends the container, and the next command cleans up" {
	before=$(machine)
	box --name one --memory 20m "dir:$ROOTFS" sleep 1000 &
	await pid_of one 2>/dev/null
	pid=$(pid_of one)
	kill -KILL "$(monitor_of one)"
	wait $! || true
	await gone "$pid"
	guise ps >/dev/null
	guise system prune -f
	unchanged "$before"
}

@test "a signal to guise reaches the command" {
	mkfifo up
	box --name one "dir:$ROOTFS" sh -c 'trap "exit 7" TERM; echo up; while :; do sleep .1; done' >up &
	read -r word <up
	same "$word" up
	kill -TERM "$(monitor_of one)"
	wait $! && status=0 || status=$?
	same "$status" 7
}

@test "monitor killed: the container lives, and can be looked at, stopped and removed" {
	before=$(machine)
	server one
	sleeper two
	sleeper three
	for name in one two three; do
		kill -KILL "$(monitor_of "$name")"
	done
	same "$(guise ps -q | wc -l)" 3
	same "$(state_of one Running)" true
	guise stop one
	same "$(state_of one Status)" exited
	guise kill two
	await ended two
	guise rm -f three
	guise rm one two
	unchanged "$before"
}

@test "monitor killed, and the container ends by itself: that is what is told" {
	server one
	pid=$(pid_of one)
	kill -KILL "$(monitor_of one)"
	kill -TERM "$pid"
	await gone "$pid"
	same "$(state_of one Status)" exited
	run guise wait one
	[ "$status" -ne 0 ]
	guise rm one
}

@test "the machine was started anew: the state is gone, and the same names can be had" {
	box --name one "dir:$ROOTFS" true
	rm -rf "$STATE"
	same "$(guise ps -aq)" ""
	box --name one "dir:$ROOTFS" true
}

@test "20 containers at once" {
	before=$(machine)
	jobs=()
	for i in {1..20}; do
		sleeper "n$i" &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	same "$(guise ps -q | wc -l)" 20
	guise stop -t 0 n{1..20} >/dev/null
	same "$(guise ps -q | wc -l) $(guise ps -aq | wc -l)" "0 20"
	guise rm n{1..20} >/dev/null
	unchanged "$before"
}
