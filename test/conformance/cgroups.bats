#!/usr/bin/env bats
# config-linux.md: control groups.
#
# `limited` has every limit that exists in both versions of cgroups. What a limit's file is called, and what is in it,
# depends on the version: `limit` knows.

load common

setup_file() {
	prepare
	bundle limited 'resources({
		memory: {limit: 67108864, reservation: 33554432, swap: 134217728},
		cpu: {shares: 512, quota: 50000, period: 100000, cpus: "0", mems: "0"},
		pids: {limit: 40}}) | args(["sleep", "1000"])'
	create limited
	start limited
}

# The content of the file of NAME's cgroup that is called FILE1 in v1's hierarchy CONTROLLER and FILE2 in v2.
limit() { # NAME CONTROLLER FILE1 FILE2
	local dir

	dir=$(cgroup_of "$1" "$2")
	if [ "$(world)" = v2 ]; then cat "$dir/$4"; else cat "$dir/$3"; fi
}

# VALUE1 or VALUE2, by the version.
either() { if [ "$(world)" = v2 ]; then echo "$2"; else echo "$1"; fi; }

need_controller() { # NAME1 NAME2
	if [ "$(world)" = v2 ]; then
		grep -qw "$2" /sys/fs/cgroup/cgroup.controllers || skip "no cgroup controller $2 on this machine"
	else
		[ -e "/sys/fs/cgroup/$1" ] || skip "no cgroup controller $1 on this machine"
	fi
}

need_swap() {
	[ -e "$(dirname "$(cgroup_of limited memory)")/$(either memory.memsw.limit_in_bytes memory.swap.max)" ] ||
		skip "this kernel does not account for swap"
}

# ---- paths

@test 'cgroupsPath: In the case of an absolute path (starting with /), the runtime MUST take the path to be relative to the cgroups mount point.' {
	grep -qx "$(state limited pid)" "$(cgroup_of limited memory)/cgroup.procs"
}

@test 'cgroupsPath: In the case of a relative path (not starting with /), the runtime MAY interpret the path relative to a runtime-determined location in the cgroups hierarchy.' {
	bundle relative '.linux.cgroupsPath |= ltrimstr("/") | args(["sleep", "1000"])'
	create relative
	has "$PARENT/relative" "$(cat "/proc/$(state relative pid)/cgroup")"
	remove relative
}

@test 'If the value is specified, the runtime MUST consistently attach to the same place in the cgroups hierarchy given the same value of cgroupsPath.' {
	bundle same 'args(["sleep", "1000"])'
	create same
	first=$(cat "/proc/$(state same pid)/cgroup")
	remove same
	create same
	second=$(cat "/proc/$(state same pid)/cgroup")
	remove same
	same "$second" "$first"
	has "/$PARENT/same$" "$first"
}

@test 'If the value is not specified, the runtime MAY define the default cgroups path.' {
	bundle default 'del(.linux.cgroupsPath) | args(["sleep", "1000"])'
	create default
	path=$(cat "/proc/$(state default pid)/cgroup")
	remove default
	has default "$path"
}

@test 'Runtimes MAY consider certain cgroupsPath values to be invalid, and MUST generate an error if this is the case.' {
	# whatever a runtime makes of it, it must not be a cgroup above
	bundle invalid '.linux.cgroupsPath = "/\($parent)/../../\($parent)/invalid" | args(["sleep", "1000"])'
	if oci create --bundle "$DIR/invalid" invalid >/dev/null 2>&1 </dev/null; then
		has "$PARENT/invalid$" "$(cat "/proc/$(state invalid pid)/cgroup")"
		remove invalid
	fi
	nothing_left invalid
}

@test "The cgroups will be created if they don't exist." {
	bundle deep '.linux.cgroupsPath = "/\($parent)/a/b/deep" | args(["sleep", "1000"])'
	create deep
	has "$PARENT/a/b/deep$" "$(cat "/proc/$(state deep pid)/cgroup")"
	remove deep
}

@test 'A runtime MAY check if the container cgroup is fit for purpose, and MUST generate an error if such a check fails. (frozen)' {
	need_controller freezer memory
	bundle frozen 'args(["true"])'
	dir=$(cgroup_of frozen freezer)
	mkdir -p "$dir"
	if [ "$(world)" = v2 ]; then echo 1 >"$dir/cgroup.freeze"; else echo FROZEN >"$dir/freezer.state"; fi
	# an error, or a container that can be started: nothing in between, and within the time
	if timeout 60 "$RUNTIME" --root "$STATE" create --bundle "$DIR/frozen" frozen >"$DIR/frozen.out" 2>&1 </dev/null 3>&- 4>&-; then
		start frozen
		oci delete --force frozen
	else
		[ "$(state frozen status 2>/dev/null)" = "" ] || oci delete --force frozen
	fi
	if [ "$(world)" = v2 ]; then echo 0 >"$dir/cgroup.freeze"; else echo THAWED >"$dir/freezer.state"; fi 2>/dev/null || true
}

# ---- ownership

ownership() { # NAME FILTER: the owner of the cgroup's directory, of cgroup.procs and of a limit's file
	local dir

	bundle "$1" "user_namespace(100000; 1000) | namespace(\"cgroup\") | args([\"sleep\", \"1000\"]) | $2"
	create "$1" || return
	dir=$(cgroup_of "$1" memory)
	stat -c %u "$dir" "$dir/cgroup.procs" "$dir/$(either memory.limit_in_bytes memory.max)" | tr '\n' ' '
	[ "$(world)" != v2 ] || stat -c %u "$dir/cgroup.subtree_control" "$dir/cgroup.threads" | tr '\n' ' '
	remove "$1"
}
cgroup_mount='mount({destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "relatime"'

@test 'Runtimes SHOULD NOT change the ownership of container cgroups when cgroups v1 is in use.' {
	need_world "v1 hybrid" "there is no v1"
	same "$(ownership own1 "$cgroup_mount]})")" "0 0 0 "
}

@test 'A runtime SHOULD NOT change the ownership of a container cgroup unless it will also create a new cgroup namespace for the container.' {
	same "$(ownership own2 "$cgroup_mount]}) | without_namespace(\"cgroup\")" | tr -d '0 ')" ""
}

@test "Runtimes SHOULD change the cgroup ownership if and only if the cgroup filesystem is to be mounted read/write" {
	need_world v2 "cgroups of v1 are not delegated"
	has '^100000 100000 0 ' "$(ownership own3 "$cgroup_mount]})")"
	same "$(ownership own4 "$cgroup_mount, \"ro\"]})" | tr -d '0 ')" ""
}

@test 'If the configuration does not specify such a mount, the runtime SHOULD NOT change the cgroup ownership.' {
	same "$(ownership own5 . | tr -d '0 ')" ""
}

@test "A runtime that changes the cgroup ownership SHOULD only change the ownership of the container's cgroup directory and files within that directory that are listed in /sys/kernel/cgroup/delegate." {
	need_world v2 "cgroups of v1 are not delegated"
	bundle own6 "user_namespace(100000; 1000) | namespace(\"cgroup\") | args([\"sleep\", \"1000\"]) | $cgroup_mount]})"
	create own6
	dir=$(cgroup_of own6 memory)
	changed=$(find "$dir" -maxdepth 1 -type f -user 100000 -printf '%f\n' | sort)
	listed=$(for file in $(cat /sys/kernel/cgroup/delegate); do [ ! -e "$dir/$file" ] || echo "$file"; done | sort)
	remove own6
	same "$changed" "$listed"
}

# ---- memory

@test 'memory: limit (int64, OPTIONAL) - sets limit of memory usage' {
	need_controller memory memory
	same "$(limit limited memory memory.limit_in_bytes memory.max)" 67108864
}

@test 'memory: reservation (int64, OPTIONAL) - sets soft limit of memory usage' {
	need_controller memory memory
	same "$(limit limited memory memory.soft_limit_in_bytes memory.low)" 33554432
}

@test 'memory: swap (int64, OPTIONAL) - sets limit of memory+Swap usage' {
	need_swap
	same "$(limit limited memory memory.memsw.limit_in_bytes memory.swap.max)" "$(either 134217728 67108864)"
}

@test 'memory: Values for memory specify the limit in bytes, or -1 for unlimited memory.' {
	need_controller memory memory
	bundle unlimited 'resources({memory: {limit: -1}}) | args(["sleep", "1000"])'
	create unlimited
	have=$(limit unlimited memory memory.limit_in_bytes memory.max)
	remove unlimited
	same "$have" "$(either 9223372036854771712 max)"
}

@test 'memory: kernel, kernelTCP (int64, OPTIONAL, NOT RECOMMENDED)' {
	need_controller memory memory
	box kernel 'resources({memory: {limit: 67108864, kernel: -1, kernelTCP: -1}}) | args(["echo", "fine"])'
	same "$(out kernel)" fine
}

@test "memory: swappiness (uint64, OPTIONAL) - sets swappiness parameter of vmscan" {
	need_world "v1 hybrid" "v2 has no swappiness"
	bundle swappiness 'resources({memory: {swappiness: 30}}) | args(["sleep", "1000"])'
	create swappiness
	have=$(cat "$(cgroup_of swappiness memory)/memory.swappiness")
	remove swappiness
	same "$have" 30
}

@test 'memory: The values (of swappiness) are from 0 to 100.' {
	rejected swappiness2 'resources({memory: {swappiness: 101}})'
}

@test 'memory: disableOOMKiller (bool, OPTIONAL) - enables or disables the OOM killer.' {
	need_world "v1 hybrid" "v2 cannot do without it"
	bundle oomkiller 'resources({memory: {limit: 67108864, disableOOMKiller: true}}) | args(["sleep", "1000"])'
	create oomkiller
	have=$(grep oom_kill_disable "$(cgroup_of oomkiller memory)/memory.oom_control")
	remove oomkiller
	same "$have" "oom_kill_disable 1"
}

@test 'memory: If enabled (true), runtime MAY check if a new memory limit is lower than the current usage, and MUST reject the new limit. (checkBeforeUpdate)' {
	need_controller memory memory
	bundle check 'resources({memory: {limit: 67108864}}) | tmpfs("/mem"; []) | sh("head -c 20000000 /dev/zero >/mem/file; echo >/mnt/full; sleep 1000") | bind("\($dir)"; "/mnt"; ["bind"])'
	create check
	start check
	await test -e full
	echo '{"memory": {"limit": 8388608, "checkBeforeUpdate": true}}' >update.json
	refused update --resources "$DIR/update.json" check
	same "$(limit check memory memory.limit_in_bytes memory.max):$(state check status)" 67108864:running
	remove check
}

# ---- cpu

@test 'cpu: shares (uint64, OPTIONAL) - specifies a relative share of CPU time available to the tasks in a cgroup' {
	need_controller cpu cpu
	# the two formulas of v2 in use: linear, and the newer one that keeps 1024 at 100
	has "^$(either 512 '(20|59)')$" "$(limit limited cpu cpu.shares cpu.weight)"
}

@test 'cpu: quota (int64, OPTIONAL) - specifies the total amount of time in microseconds for which all tasks in a cgroup can run during one period' {
	need_controller cpu cpu
	has '^50000( |$)' "$(limit limited cpu cpu.cfs_quota_us cpu.max)"
}

@test 'cpu: period (uint64, OPTIONAL) - specifies a period of time in microseconds' {
	need_controller cpu cpu
	has '(^| )100000$' "$(limit limited cpu cpu.cfs_period_us cpu.max)"
}

@test 'cpu: burst (uint64, OPTIONAL) - specifies the maximum amount of accumulated time in microseconds' {
	need_controller cpu cpu
	[ -e "$(cgroup_of limited cpu)/$(either cpu.cfs_burst_us cpu.max.burst)" ] || skip "no bursts in this kernel"
	bundle burst 'resources({cpu: {quota: 50000, period: 100000, burst: 20000}}) | args(["sleep", "1000"])'
	create burst
	have=$(limit burst cpu cpu.cfs_burst_us cpu.max.burst)
	remove burst
	same "$have" 20000
}

@test 'cpu: realtimeRuntime, realtimePeriod' {
	need_world "v1 hybrid" "v2 has no realtime limits"
	[ -e "$(cgroup_of limited cpu)/cpu.rt_runtime_us" ] || skip "no realtime limits in this kernel"
	[ "$(cat "$(dirname "$(dirname "$(cgroup_of limited cpu)")")/cpu.rt_runtime_us")" -gt 1000 ] || skip "no realtime budget for new cgroups on this machine"
	bundle realtime 'resources({cpu: {realtimeRuntime: 1000, realtimePeriod: 1000000}}) | args(["sleep", "1000"])'
	create realtime
	same "$(cat "$(cgroup_of realtime cpu)/cpu.rt_runtime_us")" 1000
	remove realtime
}

@test 'cpu: cpus (string, OPTIONAL) - list of CPUs the container will run on.' {
	need_controller cpuset cpuset
	same "$(limit limited cpuset cpuset.cpus cpuset.cpus)" 0
	has '^Cpus_allowed_list:	0$' "$(cat "/proc/$(state limited pid)/status")"
}

@test 'cpu: mems (string, OPTIONAL) - list of memory nodes the container will run on.' {
	need_controller cpuset cpuset
	same "$(limit limited cpuset cpuset.mems cpuset.mems)" 0
}

@test 'cpu: idle (int64, OPTIONAL) - cgroups are configured with minimum weight, 0: default behavior, 1: SCHED_IDLE.' {
	need_controller cpu cpu
	[ -e "$(cgroup_of limited cpu)/cpu.idle" ] || skip "no idle cgroups in this kernel"
	bundle idle 'resources({cpu: {idle: 1}}) | args(["sleep", "1000"])'
	create idle
	have=$(cat "$(cgroup_of idle cpu)/cpu.idle")
	remove idle
	same "$have" 1
}

# ---- pids, blockIO, hugepages, network, rdma

@test 'pids: limit (int64, OPTIONAL) - specifies the maximum number of tasks in the cgroup, with -1 indicating no limit (max).' {
	need_controller pids pids
	same "$(cat "$(cgroup_of limited pids)/pids.max")" 40
	bundle pids 'resources({pids: {limit: -1}}) | args(["sleep", "1000"])'
	create pids
	have=$(cat "$(cgroup_of pids pids)/pids.max")
	remove pids
	same "$have" max
}

@test "pids: 0 is a valid limit value for the pids cgroup controller from the kernel's perspective and SHOULD be treated as such by runtimes." {
	need_controller pids pids
	bundle pids0 '.ociVersion = "1.3.0" | resources({pids: {limit: 0}}) | args(["sleep", "1000"])'
	create pids0
	have=$(cat "$(cgroup_of pids0 pids)/pids.max")
	remove pids0
	same "$have" 0
}

block_device() { lsblk -dnro MAJ:MIN,TYPE 2>/dev/null | awk '$2 == "disk" { print $1; exit }'; }

@test 'blockIO: throttleReadBpsDevice, throttleWriteBpsDevice, throttleReadIOPSDevice, throttleWriteIOPSDevice' {
	need_controller blkio io
	device=$(block_device)
	[ -n "$device" ] || skip "no disk on this machine"
	numbers="major: ${device%:*}, minor: ${device#*:}"
	bundle throttle "resources({blockIO: {throttleReadBpsDevice: [{$numbers, rate: 1000000}], throttleWriteBpsDevice: [{$numbers, rate: 2000000}],
		throttleReadIOPSDevice: [{$numbers, rate: 300}], throttleWriteIOPSDevice: [{$numbers, rate: 400}]}}) | args([\"sleep\", \"1000\"])"
	create throttle
	dir=$(cgroup_of throttle blkio)
	if [ "$(world)" = v2 ]; then
		have=$(cat "$dir/io.max")
	else
		have=$(for file in read_bps write_bps read_iops write_iops; do cat "$dir/blkio.throttle.${file}_device"; done | tr '\n' ' ')
	fi
	remove throttle
	same "$have" "$(either "$device 1000000 $device 2000000 $device 300 $device 400 " "$device rbps=1000000 wbps=2000000 riops=300 wiops=400")"
}

@test 'blockIO: weight (uint16, OPTIONAL) - specifies per-cgroup weight.' {
	need_controller blkio io
	[ -e "$(cgroup_of limited blkio)/$(either blkio.bfq.weight io.bfq.weight)" ] || [ -e "$(cgroup_of limited blkio)/$(either blkio.weight io.weight)" ] ||
		skip "no weights of blocks in this kernel"
	bundle weight 'resources({blockIO: {weight: 500}}) | args(["sleep", "1000"])'
	create weight
	dir=$(cgroup_of weight blkio)
	have=$(cat "$dir"/{blkio,io}{.bfq,}.weight 2>/dev/null | sed 's/default //')
	remove weight
	# v2's own weight is 1 + (weight - 10) * 9999 / 990
	has '^(500|4950)$' "$have"
}

@test 'hugepageLimits: limit (uint64, REQUIRED) - limit in bytes of hugepagesize HugeTLB reservations (if supported) or usage.' {
	need_controller hugetlb hugetlb
	bundle huge 'resources({hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}) | args(["sleep", "1000"])'
	create huge
	dir=$(cgroup_of huge hugetlb)
	have=$(cat "$dir"/hugetlb.2MB.{rsvd.max,rsvd.limit_in_bytes} 2>/dev/null || cat "$dir"/hugetlb.2MB.{max,limit_in_bytes} 2>/dev/null || true)
	remove huge
	has '^4194304$' "$have"
}

@test 'hugepageLimits: pageSize must match the <hugepagesize> of the corresponding control file' {
	rejected huge2 'resources({hugepageLimits: [{pageSize: "3MB", limit: 4194304}]})'
}

@test 'network: classID, priorities' {
	need_world "v1 hybrid" "v2 has no such controllers"
	need_controller net_cls net_cls
	bundle classid 'resources({network: {classID: 1048577}}) | args(["sleep", "1000"])'
	create classid
	have=$(cat "$(cgroup_of classid net_cls)/net_cls.classid")
	remove classid
	same "$have" 1048577
}

@test 'rdma: The name of the device to limit is the entry key.' {
	need_controller rdma rdma
	[ -n "$(ls /sys/class/infiniband 2>/dev/null)" ] || skip "no RDMA device on this machine"
	device=$(ls /sys/class/infiniband | head -n 1)
	bundle rdma "resources({rdma: {\"$device\": {hcaHandles: 3, hcaObjects: 10}}}) | args([\"sleep\", \"1000\"])"
	create rdma
	have=$(cat "$(cgroup_of rdma rdma)/rdma.max")
	remove rdma
	has "$device hca_handle=3 hca_object=10" "$have"
}

# ---- unified

@test 'unified: Each key in the map refers to a file in the cgroup unified hierarchy.' {
	need_world v2 "there is no unified hierarchy with controllers"
	bundle unified 'resources({unified: {"memory.high": "30000000", "pids.max": "30"}}) | args(["sleep", "1000"])'
	create unified
	dir=$(cgroup_of unified memory)
	have="$(cat "$dir/memory.high") $(cat "$dir/pids.max")"
	remove unified
	same "$have" "29999104 30"
}

@test 'unified: The OCI runtime MUST ensure that the needed cgroup controllers are enabled for the cgroup.' {
	need_world v2 "there is no unified hierarchy with controllers"
	bundle unified2 '.linux.cgroupsPath = "/\($parent)/new/unified2" | resources({unified: {"misc.max": "", "cpu.weight": "77"}} | del(.unified["misc.max"])) | args(["sleep", "1000"])'
	create unified2
	have=$(cat "/sys/fs/cgroup/$PARENT/new/unified2/cpu.weight")
	remove unified2
	same "$have" 77
}

@test 'unified: Configuration unknown to the runtime MUST still be written to the relevant file.' {
	need_world v2 "there is no unified hierarchy with controllers"
	bundle unified3 'resources({unified: {"cgroup.max.descendants": "3"}}) | args(["sleep", "1000"])'
	create unified3
	have=$(cat "$(cgroup_of unified3 memory)/cgroup.max.descendants")
	remove unified3
	same "$have" 3
}

@test 'unified: The runtime MUST generate an error when the configuration refers to a cgroup controller that is not present or that cannot be enabled.' {
	rejected unified4 'resources({unified: {"nosuchcontroller.max": "3"}})'
	rejected unified5 'resources({unified: {"../escape": "3"}})'
}

@test 'If the conversion is not possible the runtime MUST generate an error.' {
	need_world v2 "nothing has to be converted"
	rejected conversion 'resources({cpu: {realtimeRuntime: 1000, realtimePeriod: 1000000}})'
}

# ---- Intel RDT

@test 'If no mounted resctrl pseudo-filesystem is available in the runtime mount namespace, the runtime MUST generate an error.' {
	! grep -q ' resctrl ' /proc/self/mountinfo || skip "there is one on this machine"
	rejected rdt '.linux.intelRdt = {closID: "guaranteed", schemata: ["L3:0=f"]} | .ociVersion = "1.3.0"'
}

@test 'intelRdt: memBwSchema: The value MUST start with MB: and MUST NOT contain newlines.' {
	rejected rdt2 '.linux.intelRdt = {closID: "guaranteed", memBwSchema: "L3:0=f"}'
}
