#!/usr/bin/env bats
# Standard streams: whose they are, what can be read of them, and what passes while a command runs.

load common
load oci

pty() { need_program python3 python3; python3 "$BATS_TEST_DIRNAME/person.py" "$@"; }

# ---- whose they are

says='echo one >/dev/stdout; echo two >/dev/stderr'

@test "a user other than root opens /dev/stdout and /dev/stderr anew" {
	same "$(box -u 1000 "dir:$ROOTFS" sh -c "$says" 2>err | cat)" one
	same "$(box -u 1000 "dir:$ROOTFS" sh -c "$says" 2>&1 >/dev/null | cat)" two
}

@test "so does one of exec, and of a detached container" {
	box_detached --name c -u 1000 "dir:$ROOTFS" sh -c "$says; exec sleep 1000" >/dev/null
	same "$(guise exec -u 33 c sh -c "$says" 2>&1 | cat)" "one
two"
	await has_line one guise logs c
	await has_line two guise logs c
}
has_line() { "${@:2}" 2>&1 | grep -qx "$1"; }

@test "so do root and others of a user namespace" {
	same "$(box --userns auto "dir:$ROOTFS" sh -c "$says" 2>&1 | cat)" "one
two"
	box_detached --name c --userns auto -u 1000 "dir:$ROOTFS" sh -c "$says; exec sleep 1000" >/dev/null
	same "$(guise exec c sh -c "$says" 2>&1 | cat)" "one
two"
	await has_line two guise logs c
}

@test "guise-oci gives its process the pipes that it was given" {
	sh_bundle b "$PARENT-x" "$says" '.process.user = { "uid": 1000, "gid": 1000 }'
	same "$(oci run -b b "$PARENT-x" 2>&1 | cat)" "one
two"
	sh_bundle b "$PARENT-x" "$says" '.linux.namespaces += [{ "type": "user" }] |
		.linux.uidMappings = [{ "containerID": 0, "hostID": 200000, "size": 2000 }] | .linux.gidMappings = .linux.uidMappings'
	chown -R 200000:200000 b/rootfs
	same "$(oci run -b b "$PARENT-x" 2>&1 | cat)" "one
two"
}

@test "a file, a named FIFO, a device and a terminal stay whose they are" {
	mkfifo fifo
	(exec 3<>fifo; box -i -u 1000 "dir:$ROOTFS" true >file 2>fifo </dev/zero)
	same "$(stat -c %u file fifo /dev/zero)" "0
0
0"
	run pty -- sh -c "$GUISE --root $STATE run --rm --network none --cgroup-parent $PARENT -i -u 1000 dir:$ROOTFS true; stat -c owner:%u \$(tty)"
	has '^owner:0' "$output"
}
