#!/usr/bin/env bats
# guise doctor: limits that hold a container up, names that it can't look up, and what is left of dead containers: each
# by its code, and no other.

load common
load network

HOG='dd if=/dev/zero of=/dev/null bs=32M count=1 status=none'

# A detached container of this test that stays.
stays() { # NAME OPTIONS... -- SCRIPT
	local name=$1 options=()

	shift
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	box_detached --name "$name" "${options[@]}" "dir:$ROOTFS" sh -c "$2" >/dev/null
}

# A file of its cgroup, or of the one that is above: that of v1, or of v2.
file_of() { # NAME CONTROLLER V1-FILE V2-FILE [ABOVE]
	local path base=/sys/fs/cgroup

	if [ "$(world)" = v2 ]; then
		path=$base/$(sed -n 's/^0:://p' "/proc/$(pid_of "$1")/cgroup")
		echo "$path${5:+/..}/$4"
	else
		path=$(sed -nE "s/^[0-9]+:([^:]*,)?$2(,[^:]*)?:(.*)/\3/p" "/proc/$(pid_of "$1")/cgroup")
		echo "$base/$2$path${5:+/..}/$3"
	fi
}

told() { # NAME: the codes, suspicions too
	guise doctor --format json "$1" >told.json || [ $? = 1 ]
	jq -r '.[].code' told.json
}

# It is told, alone, and mended.
is_told() { # NAME CODE
	same "$(told "$1")" "$2"
	[ "$(jq '.[0].evidence | length' told.json)" -gt 0 ]
	guise doctor --fix --yes "$1" >fixed || { cat fixed; return 1; }
	same "$(told "$1")" ""
}

@test "a container that is well below its limits is healthy" {
	stays a --memory 32m --cpus 0.5 --pids-limit 20 -- 'head -c 20000000 /dev/zero >/tmp/x; cat /tmp/x >/dev/null; exec sleep 1000'
	await grep -q sleep "/proc/$(pid_of a)/comm"
	same "$(told a)" ""
	same "$(guise doctor a)" healthy
}

@test "limit-memory: memory that can't be given up, near the limit" {
	stays a --memory 32m --shm-size 64m -- 'head -c 32000000 /dev/zero >/dev/shm/x; exec sleep 1000'
	await grep -q sleep "/proc/$(pid_of a)/comm"
	is_told a limit-memory
	[ "$(cat "$(file_of a memory memory.limit_in_bytes memory.max)")" = $((64 << 20)) ]
	guise doctor --undo >/dev/null
	same "$(told a)" limit-memory
}

@test "limit-oom: processes were killed, by the container's own limit" {
	stays a --memory 8m --memory-swap 8m -- "$HOG; exec sleep 1000"
	await grep -q sleep "/proc/$(pid_of a)/comm"
	same "$(told a)" limit-oom
	has "/[0-9a-f]{64}$" "$(jq -r '.[0].object' told.json)"
	is_told a limit-oom
}

@test "limit-oom: by the limit of the cgroup above, which is named" {
	stays a --memory 64m -v "$DIR:/mnt" -- "until [ -e /mnt/go ]; do sleep .1; done; $HOG; exec sleep 1000"
	limit=$(file_of a memory memory.limit_in_bytes memory.max above)
	echo 8m >"$limit"
	[ ! -e "${limit%/*}/memory.swap.max" ] || echo 0 >"${limit%/*}/memory.swap.max"
	: >go
	await grep -q sleep "/proc/$(pid_of a)/comm"
	same "$(told a)" limit-oom
	same "$(jq -r '.[0].object' told.json)" "$(cd "${limit%/*}" && pwd)"
	is_told a limit-oom
}

@test "limit-cpu: throttled" {
	stays a --cpu-period 10000 --cpu-quota 1000 -- 'while :; do :; done'
	throttled() { [ "$(sed -n 's/^nr_throttled //p' "$(file_of a cpu cpu.stat cpu.stat)")" -gt 25 ]; }
	await throttled
	same "$(told a)" limit-cpu
	guise pause a # so that twice as much is enough
	is_told a limit-cpu
}

@test "limit-pids: at the maximum" {
	stays a --pids-limit 4 -- 'sleep 1000 & sleep 1000 & sleep 1000 & wait'
	full() { [ "$(cat "$(file_of a pids pids.current pids.current)")" = 4 ]; }
	await full
	is_told a limit-pids
}

@test "limit-controller: a limit that was asked for is not in force" {
	stays a --memory 32m -- 'exec sleep 1000'
	same "$(told a)" ""
	above=$(file_of a memory cgroup.procs cgroup.subtree_control above)
	if [ "$(world)" = v2 ]; then echo -memory >"$above"; else pid_of a >"$above"; fi
	is_told a limit-controller
	[ "$(cat "$(file_of a memory memory.limit_in_bytes memory.max)")" = $((32 << 20)) ]
}
