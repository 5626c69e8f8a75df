#!/usr/bin/env bats
# What a container may use. Every option is read back from the kernel, by the container itself.

load common

# What the container reads in the file of its cgroup: CONTROLLER and FILE of v1, or FILE2 of v2.
limit() { # V1-CONTROLLER V1-FILE V2-FILE OPTION...
	local file=/sys/fs/cgroup/$1/$2

	[ "$(world)" != v2 ] || file=/sys/fs/cgroup/$3
	box "${@:4}" dir:"$ROOTFS" sh -c "cat $file"
}

# The same for a value that differs between the two: V1=VALUE or V2=VALUE.
in_world() { if [ "$(world)" = v2 ]; then echo "$2"; else echo "$1"; fi; }

@test "--memory, and swap as much again" {
	same "$(limit memory memory.limit_in_bytes memory.max --memory 50m)" $((50 << 20))
	same "$(limit memory memory.limit_in_bytes memory.max -m 8388608)" $((8 << 20))
	if [ "$(world)" = v2 ]; then
		same "$(limit - - memory.swap.max -m 8m)" $((8 << 20))
	elif [ -e /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ]; then
		same "$(limit memory memory.memsw.limit_in_bytes - -m 8m)" $((16 << 20))
	fi
}

@test "--memory-swap is both together; --memory-reservation" {
	[ "$(world)" = v2 ] || [ -e /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ] || skip "this kernel does not account swap"
	same "$(limit memory memory.memsw.limit_in_bytes memory.swap.max -m 8m --memory-swap 12m)" \
		"$(in_world $((12 << 20)) $((4 << 20)))"
	same "$(limit memory memory.limit_in_bytes memory.max -m 8m --memory-swap -1)" $((8 << 20))
	same "$(limit memory memory.soft_limit_in_bytes memory.low --memory-reservation 6m)" $((6 << 20))
}

@test "--cpus, --cpu-quota, --cpu-period, --cpu-shares" {
	same "$(limit cpu cpu.cfs_quota_us cpu.max --cpus 0.5)" "$(in_world 50000 "50000 100000")"
	same "$(limit cpu cpu.cfs_quota_us cpu.max --cpu-quota 20000 --cpu-period 50000)" "$(in_world 20000 "20000 50000")"
	[ "$(world)" = v2 ] || same "$(limit cpu cpu.cfs_period_us - --cpu-quota 20000 --cpu-period 50000)" 50000
	same "$(limit cpu cpu.shares cpu.weight --cpu-shares 512)" "$(in_world 512 50)"
	same "$(limit cpu cpu.shares cpu.weight -c 2048)" "$(in_world 2048 200)"
}

@test "--cpuset-cpus and --cpuset-mems, alone and together" {
	same "$(limit cpuset cpuset.cpus cpuset.cpus --cpuset-cpus 0)" 0
	same "$(limit cpuset cpuset.mems cpuset.mems --cpuset-mems 0)" 0
	run box --cpuset-cpus 0 --cpuset-mems 0 dir:"$ROOTFS" grep -E '^(Cpus|Mems)_allowed_list' /proc/self/status
	has '^Cpus_allowed_list:.0$' "$output"
	has '^Mems_allowed_list:.0$' "$output"
}

@test "--pids-limit: the value, and a fork too many fails" {
	same "$(limit pids pids.max pids.max --pids-limit 7)" 7
	run box --pids-limit 4 dir:"$ROOTFS" sh -c 'for i in 1 2 3 4 5 6; do sleep 1000 & done'
	has "can't fork|Resource temporarily unavailable" "$output"
	run box --pids-limit 10 dir:"$ROOTFS" sh -c 'for i in 1 2 3 4 5 6; do sleep .1 & done; wait'
	same "$status:$output" 0:
}

@test "--device-read-bps and its three siblings" {
	device=$(lsblk -dnpo NAME,TYPE 2>/dev/null | awk '$2 == "disk" { print $1; exit }')
	[ -b "$device" ] || skip "this machine has no disk"
	number=$(lsblk -dno MAJ:MIN "$device" | tr -d ' ')
	if [ "$(world)" = v2 ]; then
		run limit - - io.max --device-read-bps "$device:1m" --device-write-bps "$device:2m" \
			--device-read-iops "$device:300" --device-write-iops "$device:400"
		same "$output" "$number rbps=1048576 wbps=2097152 riops=300 wiops=400"
		return
	fi
	for pair in read-bps:1m:read_bps_device:1048576 write-bps:2m:write_bps_device:2097152 \
		read-iops:300:read_iops_device:300 write-iops:400:write_iops_device:400; do
		IFS=: read -r option value file expected <<<"$pair"
		run limit blkio "blkio.throttle.$file" - "--device-$option" "$device:$value"
		same "$output" "$number $expected"
	done
}

@test "--blkio-weight: the weight, or which controller cannot have it, where, and what to do" {
	run --separate-stderr box --blkio-weight 500 dir:"$ROOTFS" true
	if [ "$status" = 0 ]; then
		has '^500$|^default (500|4950)$' "$(limit blkio blkio.bfq.weight 'io*weight' --blkio-weight 500)"
		return
	fi
	failed_with 125 "--blkio-weight: .*(io|blkio) .*/sys/fs/cgroup.*; .*bfq"
}

@test "--oom-score-adj" {
	same "$(box --oom-score-adj 500 dir:"$ROOTFS" cat /proc/self/oom_score_adj)" 500
	same "$(box dir:"$ROOTFS" cat /proc/self/oom_score_adj)" "$(cat /proc/self/oom_score_adj)"
}

@test "--cgroup-conf: a file of the unified hierarchy, or why it cannot be had on v1" {
	same "$(limit pids pids.max pids.max --cgroup-conf pids.max=9)" 9
	same "$(limit memory memory.limit_in_bytes memory.max --cgroup-conf memory.max=8388608)" 8388608
	if [ "$(world)" = v2 ]; then
		same "$(limit - - memory.high --cgroup-conf memory.high=6m)" $((6 << 20))
		same "$(limit - - cpu.weight.nice --cgroup-conf cpu.weight.nice=5)" 5
	else
		run --separate-stderr box --cgroup-conf memory.high=6m dir:"$ROOTFS" true
		failed_with 125 "memory.high: .*memory is held by cgroup v1, at /sys/fs/cgroup/memory.*;"
	fi
	run --separate-stderr box --cgroup-conf cgroup.procs=1 dir:"$ROOTFS" true
	failed_with 125 cgroup
	run --separate-stderr box --cgroup-conf no.such.file=1 dir:"$ROOTFS" true
	failed_with 125 "no.such.file"
}

@test "--cgroup-parent: that is where the cgroup is, several levels deep, and nothing of it stays" {
	guise run -d --name a --network none --cgroup-parent "$PARENT/one/two" --memory 8m dir:"$ROOTFS" sleep 1000
	id=$(readlink "$STATE/names/a")
	dir=$(cgroup_of memory one/two)/$id
	same "$(cat "$dir/cgroup.procs")" "$(pid_of a)"
	kill -KILL "$(pid_of a)"
	await test ! -e "$dir"
	none_left() { [ -z "$(cgroups_of "$PARENT")" ]; }
	await none_left
}

@test "a cgroup that was there before stays, and so does what it limits" {
	for dir in $(cgroups_of .); do
		[ "$(world)" = v2 ] || [[ $dir = */@(memory|pids|unified)/. ]] || continue
		mkdir -p "$dir/$PARENT"
	done
	run box --memory 8m dir:"$ROOTFS" true
	same "$status" 0
	[ -d "$(cgroup_of memory .)" ]
}

@test "the command is born in its cgroup: no process of the container was ever elsewhere" {
	need_program strace strace
	run strace -f -qq -e trace=clone3 -o trace "$GUISE" --root "$STATE" run --rm --network none \
		--cgroup-parent "$PARENT" dir:"$ROOTFS" true
	same "$status" 0
	has 'CLONE_INTO_CGROUP' "$(cat trace)"
	# and on the host's side it is the only one there
	box_detached --name a dir:"$ROOTFS" sleep 1000
	home=$(cgroups_of "$PARENT/$(readlink "$STATE/names/a")" | head -n 1)
	same "$(cat "$home/cgroup.procs")" "$(pid_of a)"
}

@test "--cpus really throttles" {
	file=$(in_world /sys/fs/cgroup/cpu/cpu.stat /sys/fs/cgroup/cpu.stat)
	run box --cpus 0.05 dir:"$ROOTFS" sh -c "for i in \$(seq 20000); do
		[ \$((i % 100)) != 0 ] || { grep 'nr_throttled [1-9]' $file && exit; }; done"
	has '^nr_throttled [1-9]' "$output"
	run box --cpus 1 dir:"$ROOTFS" sh -c "sleep .3; grep nr_throttled $file"
	has '^nr_throttled 0$' "$output"
}

@test "--memory 512k runs /bin/true of a static busybox" {
	run box --memory 512k dir:"$ROOTFS" /bin/true
	same "$status:$output" 0:
}

@test "all limits at once" {
	run box --memory 32m --memory-reservation 16m --cpus 1 --cpu-shares 512 --cpuset-cpus 0 --pids-limit 20 \
		--oom-score-adj 100 dir:"$ROOTFS" sh -c 'cat /proc/self/cgroup'
	same "$status" 0
	# the cgroup namespace: each is its own root
	for controller in memory cpu cpuset pids; do
		has "^[0-9]+:([a-z,]*,)?$controller(,[a-z]*)?:/$|^0::/$" "$output"
	done
	has_not "$PARENT" "$output"
}

@test "a limit that cannot be had is an error that names the controller, where it is held, what to do" {
	if [ "$(world)" = v2 ]; then
		# a cgroup namespace without the controllers: as a container on this machine would have it
		run --separate-stderr unshare --mount sh -c 'mount -t tmpfs none /sys/fs/cgroup && "$@"' - \
			"$GUISE" --root "$STATE" run --rm --network none --memory 8m dir:"$ROOTFS" true
	else
		run --separate-stderr unshare --mount sh -c 'umount /sys/fs/cgroup/memory && "$@"' - \
			"$GUISE" --root "$STATE" run --rm --network none --cgroup-parent "$PARENT" --memory 8m dir:"$ROOTFS" true
		has 'memory' "$stderr"
	fi
	failed_with 125 "(--memory|cgroup).*: .*; .*"
}

@test "a machine with cgroup v1 alone: limits, devices, one more process, and nothing is left" {
	need_world hybrid "v1 alone can be made of a hybrid machine only"
	alone() { unshare --mount sh -c 'umount /sys/fs/cgroup/unified && exec "$@"' - "$GUISE" --root "$STATE" "$@"; }
	before=$(machine)
	alone run -d --name one --network none --cgroup-parent "$PARENT" -m 50m dir:"$ROOTFS" sleep 100
	same "$(alone exec one cat /sys/fs/cgroup/memory/memory.limit_in_bytes)" $((50 << 20))
	run alone exec one sh -c 'mknod /tmp/mem c 1 1 && cat /tmp/mem'
	has 'not permitted' "$output"
	pid=$(pid_of one)
	for controller in freezer memory devices; do
		has "$controller:/$PARENT/" "$(cat "/proc/$pid/cgroup")"
	done
	alone rm -f one
	unchanged "$before"
}
