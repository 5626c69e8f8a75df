#!/usr/bin/env bats
# guise top: the container's processes, as the machine's ps shows them.

load common

need_for_all() { need_program ps procps; }

@test "docker's columns, of the container's processes and no others" {
	box_detached --name one "dir:$ROOTFS" sh -c 'sleep 1001 & exec sleep 1002' >/dev/null
	guise exec -d one sleep 1003
	box_detached --name two "dir:$ROOTFS" sleep 1004 >/dev/null
	run --separate-stderr guise top one
	same "$status:$stderr" 0:
	has '^UID +PID +PPID +C +STIME +TTY +TIME +CMD$' "${lines[0]}"
	same "$(grep -o 'sleep 100.' <<<"$output" | sort | xargs)" "sleep 1001 sleep 1002 sleep 1003"
	same "${#lines[@]}" 4
	has "^root +$(pid_of one) .*sleep 1002" "$output"
}

@test "ps's options, and names of columns" {
	box_detached --name one "dir:$ROOTFS" sleep 1000 >/dev/null
	same "$(guise top one -o pid,comm | xargs)" "PID COMMAND $(pid_of one) sleep"
	same "$(guise top one pid comm | xargs)" "PID COMMAND $(pid_of one) sleep"
	same "$(guise top one hpid,args | xargs)" "PID COMMAND $(pid_of one) sleep 1000"
	same "$(guise top one -o pid,user,args --no-headers 2>&1 | head -n 1 | cut -c 1-6)" "guise:"
	run guise top one nonsense
	same "$status" 125
}

@test "nothing of the container is executed: it has no ps, and may be paused" {
	make_root root
	rm root/bin/ps
	box_detached --name one "dir:$DIR/root" sleep 1000 >/dev/null
	guise pause one
	has 'sleep 1000' "$(guise top one)"
	guise unpause one
}

@test "one in the machine's pid namespace shows its own alone" {
	box_detached --name one --pid host "dir:$ROOTFS" sleep 1000 >/dev/null
	same "$(guise top one | wc -l)" 2
}

@test "what does not run has none" {
	guise run --name one --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	run --separate-stderr guise top one
	failed_with 125 'processes of container one: it is exited'
	run --separate-stderr guise top nobody
	failed_with 125 nobody
}
