#!/usr/bin/env bats
# When memory runs out, guise says so: who was killed, and whose limit it was. Kept small, 32 MB at most,
# because page faults are slow in the virtual machine.

load common

# Allocates and touches 32 MB, as one process whose name is dd.
HOG='dd if=/dev/zero of=/dev/null bs=32M count=1 status=none'

memory_of() { # the directory $1 below the memory hierarchy
	if [ "$(world)" = v2 ]; then echo "/sys/fs/cgroup/$1"; else echo "/sys/fs/cgroup/memory/$1"; fi
}

@test "exit code 137 and one line: the container, the limit, its own cgroup, the peak, the victim" {
	run --separate-stderr box --name hungry --memory 8m --memory-swap 8m dir:"$ROOTFS" $HOG
	same "$status:$output" 137:
	same "${#stderr_lines[@]}" 1
	has "^guise: hungry: out of memory: the limit of 8 MiB of the container's own cgroup .*$PARENT/[0-9a-f]{64} was hit, peak (8 MiB|[78]\.[0-9] MiB|[78][0-9]{3} KiB); the kernel killed dd \(pid [0-9]+\)" "$stderr"
}

@test "without a limit that was hit nothing is said, and 137 by another's kill is no lack of memory" {
	run --separate-stderr box --memory 64m dir:"$ROOTFS" $HOG
	same "$status:$stderr" 0:
	run --separate-stderr box --memory 8m dir:"$ROOTFS" sh -c 'exec 2>/dev/null; sleep 1000 & kill -9 $!; wait $!'
	same "$status:$stderr" 137:
}

@test "a child is killed, the command goes on: its exit code, and the line all the same" {
	run --separate-stderr box --name parent --memory 8m --memory-swap 8m dir:"$ROOTFS" sh -c "exec 2>/dev/null; $HOG; echo \$?; exit 3"
	same "$status" 3
	same "$output" 137
	same "${#stderr_lines[@]}" 1
	has "^guise: parent: out of memory: the limit of 8 MiB .*killed dd" "$stderr"
}

@test "the limit of a cgroup above: that one is named" {
	above=$(memory_of "$PARENT")
	mkdir "$above"
	if [ "$(world)" = v2 ]; then
		echo 8m >"$above/memory.max"
		echo 0 >"$above/memory.swap.max"
	else
		echo 8m >"$above/memory.limit_in_bytes"
		echo 8m >"$above/memory.memsw.limit_in_bytes" 2>/dev/null || true
	fi
	run --separate-stderr box --name inner --memory 64m dir:"$ROOTFS" $HOG
	same "$status" 137
	same "${#stderr_lines[@]}" 1
	has "^guise: inner: out of memory: the limit of 8 MiB of the cgroup .*$PARENT above the container's was hit" "$stderr"
}

@test "a detached container: ps says it, and inspect has the same as fields" {
	box_detached --name hungry --memory 8m --memory-swap 8m dir:"$ROOTFS" $HOG
	await test -e "$(run_of hungry)/exit.json"
	has "Exited \\(137\\) .* ago, out of memory" "$(guise ps -a)"
	same "$(guise ps -a --format json | jq '.[0].oom_killed')" true
	guise inspect hungry >inspect
	same "$(jq -c '.[0].State | [.OOMKilled, .ExitCode]' inspect)" '[true,137]'
	same "$(jq -c '.[0].Guise.OOM | [.Kills > 0, .Limit, .Comm]' inspect)" '[true,8388608,"dd"]'
	has "$PARENT/[0-9a-f]{64}$" "$(jq -r '.[0].Guise.OOM.Cgroup' inspect)"
}

@test "a limit too low to start with: an error that says so, and nothing stays" {
	before=$(machine)
	run --separate-stderr box --memory 100k dir:"$ROOTFS" true
	failed_with 125 "--memory: .*102400 bytes"
	unchanged "$before"
}

@test "killed by a person before its command began: that is no lack of memory" {
	[ "$(world)" = v1 ] && skip "nothing freezes it there before it is known"
	above=/sys/fs/cgroup/unified/$PARENT
	[ -d "${above%/*}" ] || above=/sys/fs/cgroup/$PARENT
	mkdir "$above"
	echo 1 >"$above/cgroup.freeze" # so it is born, and does not begin
	box --name a --memory 64m host: true 2>said &
	starter=$!
	await compgen -G "$STATE/containers/*/process.json" >/dev/null
	guise kill a
	wait $starter || same "$?" 125
	has 'killed by signal 9 before the command began' "$(cat said)"
	has_not memory "$(cat said)"
}
