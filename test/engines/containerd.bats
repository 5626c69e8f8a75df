#!/usr/bin/env bats
# containerd, by ctr(8): its shim drives the runtime (io.containerd.runc.v2 with another binary), as below Kubernetes.

load common

setup_file() {
	load common
	containerd_start
	# an image in the layout that ctr imports
	podman_start
	command podman --root "$ENGINES/podman" --runroot /run/podman-test --storage-driver overlay \
		save --quiet --format oci-archive -o "$ENGINES/oci.tar" localhost/bb
	ctr image import --base-name localhost/bb "$ENGINES/oci.tar" >/dev/null
	ctr image ls -q | grep localhost/bb | head -n 1 >"$ENGINES/image"
}

teardown_file() {
	load common
	containerd_stop
	remove_cgroups
}

teardown() {
	for task in $(ctr task ls -q); do
		ctr task kill -s KILL "$task" || true
		await eval "! ctr task ls | grep -q '$task .*RUNNING'"
		ctr task rm "$task" || true
	done >/dev/null 2>&1
	for container in $(ctr container ls -q); do
		ctr container rm "$container" || true
	done >/dev/null 2>&1
}

ctr_run() { # OPTION... -- NAME COMMAND...
	local options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	ctr run --runc-binary "$RUNTIME" --cgroup "/$PARENT/$1" "${options[@]}" "$(cat "$ENGINES/image")" "$@"
}

start() { ctr_run -d "$@" -- c sleep 100; }
pid() { ctr task ls | awk '$1 == "c" { print $2 }'; }

@test "containerd: run prints what the command prints, and ends with its status" {
	run ctr_run --rm -- c sh -c 'echo out; exit 7'
	same "$status" 7
	same "$output" out
}

@test "containerd: a command that is not there is an error" {
	run ctr_run --rm -- c no-such-command
	[ "$status" != 0 ]
	has 'no-such-command.*(not found|no such file)' "$output"
}

@test "containerd: a terminal" {
	run person size=33x77 expect='/dev/(pts/0|console)' -- bash -c 'source "$0"; eval "$1"; ctr_run --rm -t -- c tty' \
		"$BATS_TEST_DIRNAME/common.bash" "$(declare -f ctr_run)"
	echo "$output"
	same "$status" 0
}

@test "containerd: exec" {
	start
	same "$(ctr task exec --exec-id e1 c echo hello)" hello
	run ctr task exec --exec-id e2 c sh -c 'exit 3'
	same "$status" 3
}

@test "containerd: kill, and the status of the end" {
	start
	ctr task kill -s TERM c
	ctr task kill -s KILL c
	await eval "ctr task ls | grep -q 'c .*STOPPED'"
	run ctr task rm c
	has 'status 137|137' "$output" || same "$status" 137
}

@test "containerd: pause, resume" {
	start
	ctr task pause c
	has 'c .*PAUSED' "$(ctr task ls)"
	ctr task resume c
	has 'c .*RUNNING' "$(ctr task ls)"
}

@test "containerd: metrics" {
	start --memory-limit 67108864
	has 'memory.usage_in_bytes|memory.usage|usage_in_bytes' "$(ctr task metrics c)"
	same "$(limit "$(pid)" memory.max memory memory.limit_in_bytes)" 67108864
}

@test "containerd: ps knows the processes" {
	start
	has "^$(pid) " "$(ctr task ps c)"
}

@test "containerd: privileged, host network, mounts, read-only, seccomp" {
	mkdir -p "$ENGINES/volume"
	echo outside >"$ENGINES/volume/file"
	same "$(ctr_run --rm --mount type=bind,src="$ENGINES/volume",dst=/mnt,options=rbind:ro -- c cat /mnt/file)" outside
	same "$(ctr_run --rm --net-host -- c readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)"
	run ctr_run --rm --read-only -- c touch /x
	same "$status" 1
	has 'Seccomp:.2' "$(ctr_run --rm --seccomp -- c grep Seccomp: /proc/self/status)"
}

@test "containerd: guise explains its container" {
	start --memory-limit 67108864
	explain containerd:c >explained
	same "$(jq -r '[.engine, .id, .name, .status, .pid] | @text' explained)" "[\"containerd\",\"c\",\"c\",\"running\",$(pid)]"
	same "$(jq -r '.limits[] | select(.name == "memory").limit' explained)" 67108864
	same "$(jq -r '.who[] | select(.name == "pid 1").pid' explained)" "$(pid)"
}

@test "containerd: 10 at once" {
	pids=()
	for i in $(seq 10); do
		ctr_run -d -- "n$i" sleep 100 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	same "$(ctr task ls | grep -c RUNNING)" 10
}
