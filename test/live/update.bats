#!/usr/bin/env bats
# guise update: the limits of a container that runs. Each is read back from its cgroup on the host.

load common

sleeper() { box_detached --name "$@" "dir:$ROOTFS" sleep 1000 >/dev/null; }

# What the kernel has in a file of the container's cgroup: FILE of v1 below CONTROLLER, or FILE2 of v2.
now() { # NAME V1-CONTROLLER V1-FILE V2-FILE
	local dir

	dir=$(cgroup_of "$2" "$(readlink "$STATE/names/$1")")
	if [ "$(world)" = v2 ]; then cat "$dir/$4"; else cat "$dir/$3"; fi
}
memory() { now "$1" memory memory.limit_in_bytes memory.max; }
pids() { now "$1" pids pids.max pids.max; }
in_world() { if [ "$(world)" = v2 ]; then echo "$2"; else echo "$1"; fi; }
config() { guise inspect "$1" | jq -c ".[0].HostConfig.$2"; }
# All is as planned, and the plan says the same as the kernel.
holds() { # NAME
	run guise explain --check "$1"
	same "$status" 0 || { echo "$output"; return 1; }
}
need_swap() { [ "$(world)" = v2 ] || [ -e /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ] || skip "this kernel does not account swap"; }

@test "limits that it had change, and inspect and explain --check say so" {
	sleeper one -m 64m --memory-swap 128m --cpus 0.5 --cpu-shares 512 --pids-limit 20 --cpuset-cpus 0
	run --separate-stderr guise update --memory 32m --memory-reservation 16m --cpus 0.8 -c 1024 --pids-limit 30 one
	same "$status:$output:$stderr" 0:one:
	same "$(memory one)" $((32 << 20))
	same "$(now one memory memory.soft_limit_in_bytes memory.low)" $((16 << 20))
	same "$(now one cpu cpu.cfs_quota_us cpu.max)" "$(in_world 80000 "80000 100000")"
	same "$(now one cpu cpu.shares cpu.weight)" "$(in_world 1024 100)"
	same "$(pids one)" 30
	same "$(now one cpuset cpuset.cpus cpuset.cpus)" 0
	same "$(config one Memory)" $((32 << 20))
	same "$(config one MemoryReservation)" $((16 << 20))
	same "$(config one NanoCpus)" 800000000
	same "$(config one CpuShares)" 1024
	same "$(config one PidsLimit)" 30
	same "$(config one CpusetCpus)" '"0"'
	holds one
	has 'echo 33554432' "$(guise explain one)"
	has_not 'echo 67108864' "$(guise explain one | grep -v swap | grep -v memsw)"
}

@test "what bounds each other is written in an order that the kernel takes, up and down" {
	need_swap
	sleeper one -m 64m --memory-swap 96m
	total() { now one memory memory.memsw.limit_in_bytes memory.swap.max; }
	guise update -m 256m --memory-swap 512m one
	same "$(memory one) $(total)" "$((256 << 20)) $(in_world $((512 << 20)) $((256 << 20)))"
	guise update -m 32m --memory-swap 40m one
	same "$(memory one) $(total)" "$((32 << 20)) $(in_world $((40 << 20)) $((8 << 20)))"
	# swap is memory and swap together, also of what was not said again
	guise update -m 36m one
	same "$(memory one) $(total)" "$((36 << 20)) $(in_world $((40 << 20)) $((4 << 20)))"
	same "$(config one MemorySwap)" $((40 << 20))
	run --separate-stderr guise update -m 48m one
	failed_with 125 'set --memory: it is more than the present limit of memory and swap together, 41943040 bytes; give --memory-swap'
	same "$(memory one)" $((36 << 20))
	guise update -m 48m --memory-swap -1 one
	same "$(memory one) $(config one MemorySwap)" "$((48 << 20)) -1"
	holds one
}

@test "quota and period: each alone, and processors instead" {
	sleeper one --cpu-quota 20000 --cpu-period 50000
	both() { now one cpu cpu.cfs_quota_us cpu.max; [ "$(world)" = v2 ] || now one cpu cpu.cfs_period_us -; }
	guise update --cpu-quota 10000 one
	same "$(both)" "$(in_world $'10000\n50000' "10000 50000")"
	guise update --cpu-period 100000 one
	same "$(both)" "$(in_world $'10000\n100000' "10000 100000")"
	guise update --cpus 1 one
	same "$(both)" "$(in_world $'100000\n100000' "100000 100000")"
	same "$(config one NanoCpus) $(config one CpuQuota) $(config one CpuPeriod)" "1000000000 0 0"
	holds one
	guise update --cpu-quota -1 one
	same "$(both)" "$(in_world $'-1\n100000' "max 100000")"
	same "$(config one NanoCpus)" 0
	holds one
	run --separate-stderr guise update --cpus 1 --cpu-quota 10000 one
	failed_with 125 '--cpus and --cpu-quota'
	run --separate-stderr guise update --cpus 1000 one
	failed_with 125 'CPUs that are online'
}

@test "a limit of what was not limited before: its cgroup is made, and all its processes are in it" {
	before=$(machine)
	sleeper one
	sleeper two
	guise exec -d one sleep 1000
	guise update -m 64m --pids-limit 40 --cpuset-cpus 0 --cpu-shares 256 one
	same "$(memory one)" $((64 << 20))
	same "$(pids one)" 40
	for controller in memory pids cpuset cpu; do
		same "$(now one $controller cgroup.procs cgroup.procs | wc -l)" 2
	done
	holds one
	# a process more is in them, too
	guise exec -d one sleep 1000
	same "$(now one memory cgroup.procs cgroup.procs | wc -l)" 3
	# memory that runs out is told as ever
	run guise exec one sh -c 'dd if=/dev/zero of=/dev/null bs=100M count=1'
	same "$status" 137
	# and nothing of another container has changed
	holds two
	guise rm -f one two
	unchanged "$before"
}

@test "its end takes the new cgroups away, with --rm, when killed, and when its monitor was killed" {
	before=$(machine)
	sleeper one --rm
	guise update -m 64m one
	guise stop -t 0 one
	unchanged "$before"
	sleeper two
	guise update -m 64m two
	pid=$(pid_of two)
	monitor=$(awk '/^PPid/ {print $2}' "/proc/$pid/status")
	kill -KILL "$monitor"
	kill -KILL "$pid"
	guise rm -f two
	unchanged "$before"
}

@test "an out of memory under the new limit is told as the container's own" {
	sleeper one
	guise update -m 8m one
	box_detached --name two "dir:$ROOTFS" sh -c 'until [ -e /tmp/go ]; do sleep .1; done; exec dd if=/dev/zero of=/dev/null bs=64M count=1' >/dev/null
	guise update -m 8m --memory-swap 8m two || guise update -m 8m two
	guise exec two touch /tmp/go
	guise wait two
	same "$(guise inspect two | jq -c '.[0].State | [.OOMKilled, .ExitCode]')" '[true,137]'
	same "$(guise inspect two | jq -r '.[0].Guise.OOM.Limit')" $((8 << 20))
}

@test "if one limit cannot be set none is, and nothing is left of it" {
	sleeper one --pids-limit 20
	cgroups() { find $(cgroups_of "$PARENT") -type d | sort; }
	was=$(cgroups) explained=$(guise explain --format json one | jq .steps)
	run --separate-stderr guise update --pids-limit 30 -m 64m --cpuset-cpus 4000 one
	failed_with 125 '--cpuset-cpus: not all of 4000 can be had'
	# the kernel's own refusal, behind limits that were set
	if [ "$(world)" = v2 ]; then
		run --separate-stderr guise update --pids-limit 30 -m 64m --cgroup-conf memory.high=nonsense one
		failed_with 125 'write nonsense to .*memory.high: the kernel refuses this value'
	else
		run --separate-stderr guise update --pids-limit 30 -m 64m --cgroup-conf pids.max=nonsense one
		failed_with 125 'write nonsense to .*pids.max: the kernel refuses this value'
	fi
	same "$(cgroups)" "$was"
	same "$(pids one)" 20
	[ "$(world)" != v2 ] || same "$(memory one)" max
	same "$(guise explain --format json one | jq .steps)" "$explained"
	same "$(config one PidsLimit)" 20
	holds one
}

@test "no limit again, and what is not there" {
	sleeper one --pids-limit 20 -m 64m
	guise update --pids-limit -1 --memory -1 one
	same "$(pids one)" max
	has "^max$|^92233" "$(memory one)"
	same "$(config one Memory) $(config one PidsLimit)" "0 -1"
	holds one
	run --separate-stderr guise update --pids-limit 30 nobody one
	same "$status" 125
	has nobody "$stderr"
	same "$output $(config one PidsLimit)" "one 30"
}

@test "disks: one a line, and the others stay" {
	device=$(lsblk -dnpo NAME,TYPE 2>/dev/null | awk '$2 == "disk" { print $1; exit }')
	[ -b "$device" ] || skip "this machine has no disk"
	number=$(lsblk -dno MAJ:MIN "$device" | tr -d ' ')
	sleeper one --device-read-bps "$device:1m" --device-write-bps "$device:2m"
	guise update --device-read-bps "$device:3m" one
	if [ "$(world)" = v2 ]; then
		same "$(now one - - io.max)" "$number rbps=3145728 wbps=2097152 riops=max wiops=max"
	else
		same "$(now one blkio blkio.throttle.read_bps_device -)" "$number 3145728"
		same "$(now one blkio blkio.throttle.write_bps_device -)" "$number 2097152"
	fi
	holds one
	same "$(config one BlkioDeviceReadBps)" "[{\"Path\":\"$device\",\"Rate\":3145728}]"
	guise update --device-read-bps "$device:0" one
	same "$(config one BlkioDeviceReadBps) $(config one BlkioDeviceWriteBps)" "[] [{\"Path\":\"$device\",\"Rate\":2097152}]"
	holds one
}

@test "two updates at a time: both are there in the end" {
	sleeper one
	guise update -m 64m one & guise update --pids-limit 40 one &
	wait
	same "$(memory one) $(pids one)" "$((64 << 20)) 40"
	same "$(config one Memory) $(config one PidsLimit)" "$((64 << 20)) 40"
	holds one
}

@test "what was changed holds when the container is started again, each time the last of it" {
	box_detached --name c -m 64m --cpus 1 host: sleep 1000 >/dev/null
	guise update -m 80m --memory-swap -1 c
	guise update --cpu-quota 30000 --pids-limit 50 c
	guise update -m 72m c
	for _ in 1 2; do
		guise restart -t 0 c
		same "$(guise inspect -f '{{.HostConfig.Memory}} {{.HostConfig.CpuQuota}} {{.HostConfig.PidsLimit}}' c)" "$((72 << 20)) 30000 50"
		same "$(guise explain --check --format json c | jq '[.steps[] | select(.check == "different" or .check == "missing")] | length')" 0
		has "$((72 << 20))" "$(guise inspect -f '{{json .Guise.Limits}}' c)"
	done
}

@test "one that does not run: for its next start; created ones, too" {
	guise create --name c -m 64m --network none --cgroup-parent "$PARENT" host: sleep 1000 >/dev/null
	guise update -m 80m --memory-swap -1 c
	same "$(guise inspect -f '{{.HostConfig.Memory}} {{.State.Status}}' c)" "$((80 << 20)) created"
	guise start c
	has "$((80 << 20))" "$(guise inspect -f '{{json .Guise.Limits}}' c)"
	guise stop -t 0 c
	guise update -m 70m c
	guise start c
	has "$((70 << 20))" "$(guise inspect -f '{{json .Guise.Limits}}' c)"
	same "$(guise explain --check --format json c | jq '[.steps[] | select(.check == "different" or .check == "missing")] | length')" 0
}
