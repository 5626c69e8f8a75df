#!/usr/bin/env bats
# guise-oci: cgroups and limits (config-linux.md, "Control groups"); update, events, pause, resume, ps.

load common
load oci

# The value of FILE, of v1 or v2, in the cgroup of a container.
value() { # ID V1-CONTROLLER V1-FILE V2-FILE
	if [ "$(world)" = v2 ]; then cat "/sys/fs/cgroup/$PARENT/$1/$4"; else cat "/sys/fs/cgroup/$2/$PARENT/$1/$3"; fi
}

in_world() { if [ "$(world)" = v2 ]; then echo "$2"; else echo "$1"; fi; }

memory() { value "$1" memory memory.limit_in_bytes memory.max; }

create() { oci create -b "$1" "$2" </dev/null >/dev/null 2>&1; }

# A container that runs, with these linux.resources.
started() { # ID [RESOURCES]
	bundle b "$1" ".linux.resources = ${2:-{\}}"
	create b "$1"
	oci start "$1"
}

gone() { oci delete -f "$1"; same "$(cgroups_of "$PARENT*")" ""; }

@test "the cgroup is in every hierarchy, and goes with the container" {
	started box
	pid=$(oci state box | jq .pid)
	while IFS=: read -r _ names path; do
		[ -z "$names" ] || [ -d "/sys/fs/cgroup/${names#name=}" ] || continue
		same "$names:$path" "$names:/$PARENT/box"
	done <"/proc/$pid/cgroup"
	gone box
}

@test "an existing cgroup is used; one of somebody else's processes stays" {
	for dir in $(in_world "/sys/fs/cgroup/*/" /sys/fs/cgroup/); do
		[ ! -e "$dir/cgroup.procs" ] || mkdir -p "$dir/$PARENT/box"
	done
	dir=$(in_world /sys/fs/cgroup/pids /sys/fs/cgroup)/$PARENT/box
	sleep 1000 &
	other=$!
	echo $other >"$dir/cgroup.procs"
	started box
	[ "$(wc -l <"$dir/cgroup.procs")" = 2 ]
	kill -9 "$(oci state box | jq .pid)"
	await has_status box stopped
	oci delete box
	same "$(cat "$dir/cgroup.procs")" $other
	kill $other
	wait $other || true
}

@test "a cgroup that another container lives in is not waited for" {
	need_program strace strace
	started box
	bundle c box
	oci create -b c two
	strace -f -qq -e trace=rmdir -o rmdirs "$RUNTIME" --root "$STATE" delete --force two
	jq '.process.args = ["nope"]' c/config.json >new && mv new c/config.json
	run ! strace -f -qq -e trace=rmdir -A -o rmdirs "$RUNTIME" --root "$STATE" create -b c two
	has 'nope: executable file not found' "$output"
	# who waits tries it again and again
	grep -c "$PARENT/box\".*EBUSY" rmdirs
	sort rmdirs | sed 's/^[0-9]* //' | uniq -c | awk '$1 > 4 { print; many = 1 } END { exit many }'
	has_status box running
	oci delete --force box
	[ -z "$(find /sys/fs/cgroup -path "*/$PARENT/box")" ]
}

@test "limits: what the configuration says is in the kernel's files" {
	started box '{ "memory": { "limit": 67108864, "reservation": 33554432 }, "pids": { "limit": 20 },
		"cpu": { "shares": 512, "quota": 50000, "period": 200000, "burst": 10000, "cpus": "0", "mems": "0" } }'
	same "$(memory box)" 67108864
	same "$(value box memory memory.soft_limit_in_bytes memory.low)" 33554432
	same "$(value box pids pids.max pids.max)" 20
	same "$(value box cpuset cpuset.cpus cpuset.cpus)" 0
	same "$(value box cpu cpu.cfs_quota_us cpu.max)" "$(in_world 50000 "50000 200000")"
	same "$(value box cpu cpu.cfs_burst_us cpu.max.burst)" 10000
	[ -n "${RUNC-}" ] || same "$(value box cpu cpu.shares cpu.weight)" "$(in_world 512 59)"
	gone box
}

@test "limits: -1 is none, 0 is not given" {
	started box '{ "memory": { "limit": -1, "swap": 0 }, "pids": { "limit": -1 }, "cpu": { "quota": -1, "shares": 0 } }'
	same "$(value box pids pids.max pids.max)" max
	same "$(value box cpu cpu.cfs_quota_us cpu.max)" "$(in_world -1 "max 100000")"
	same "$(memory box)" "$(in_world 9223372036854771712 max)"
	gone box
}

@test "limits: what cannot be had is an error that says where, and leaves nothing" {
	if [ "$(world)" = v2 ]; then
		bundle b box '.linux.resources.memory = { "swappiness": 10 }'
		run ! oci create -b b box
		has 'memory.swappiness.*cgroup v2' "$output"
	else
		bundle b box '.linux.resources.unified = { "memory.high": "1000000" }'
		run ! oci create -b b box
		has 'memory.high.*memory.*v1' "$output"
	fi
	bundle b box '.linux.resources.unified = { "nothing.max": "1" }'
	run ! oci create -b b box
	bundle b box '.linux.cgroupsPath = "/../box"'
	run ! oci create -b b box
	has 'cgroupsPath' "$output"
	same "$(cgroups_of "$PARENT*")" ""
}

@test "unified: a file of v2, and several lines of one" {
	[ "$(world)" = v2 ] || skip "needs cgroup v2"
	started box '{ "unified": { "memory.high": "50003968", "cgroup.max.depth": "3" } }'
	same "$(cat "/sys/fs/cgroup/$PARENT/box/memory.high") $(cat "/sys/fs/cgroup/$PARENT/box/cgroup.max.depth")" "50003968 3"
	gone box
}

@test "devices: only those that the list allows, and the defaults" {
	sh_bundle b box 'head -c1 </dev/zero >/dev/null && echo zero; mknod /tmp/mem c 1 1 && head -c1 </tmp/mem >/dev/null 2>&1 && echo mem
		mknod /tmp/loop b 7 0 && echo made' \
		'.linux.resources.devices = [ { "allow": false, "access": "rwm" } ] | .process.capabilities |= map_values(["CAP_MKNOD"])'
	run oci run -b b box
	has 'zero' "$output"
	has_not '^mem' "$output"
	has 'made' "$output"
}

@test "update: each option, and only what is given" {
	started box '{ "memory": { "limit": 67108864 }, "pids": { "limit": 20 } }'
	oci update --memory 128m --memory-swap -1 --pids-limit 30 --cpu-quota 30000 --cpu-period 100000 --cpu-share 2048 \
		--cpuset-cpus 0 --memory-reservation 16m box
	same "$(memory box)" $((128 << 20))
	same "$(value box memory memory.soft_limit_in_bytes memory.low)" $((16 << 20))
	same "$(value box pids pids.max pids.max)" 30
	same "$(value box cpu cpu.cfs_quota_us cpu.max)" "$(in_world 30000 "30000 100000")"
	same "$(value box cpuset cpuset.cpus cpuset.cpus)" 0
	oci update --cpu-quota 20000 box
	same "$(value box cpu cpu.cfs_quota_us cpu.max)" "$(in_world 20000 "20000 100000")"
	same "$(value box pids pids.max pids.max)" 30
	gone box
}

@test "update --resources, from a file and from standard input" {
	started box
	echo '{ "pids": { "limit": 11 } }' >limits
	oci update --resources limits box
	same "$(value box pids pids.max pids.max)" 11
	echo '{ "pids": { "limit": 12 }, "memory": { "limit": 100663296 } }' | oci update -r - box
	same "$(value box pids pids.max pids.max) $(memory box)" "12 100663296"
	run ! oci update -r - box <<<'{ "pids": { "limit": "x" } }'
	run ! oci update -r - box <<<'{'
	gone box
}

@test "update: if one limit cannot be set, none is" {
	started box '{ "memory": { "limit": 67108864 }, "pids": { "limit": 20 } }'
	run ! oci update --memory 96m --cpuset-cpus 4000 --pids-limit 30 box
	same "$(memory box) $(value box pids pids.max pids.max)" "67108864 20"
	gone box
}

@test "update: of a container that does not run" {
	run ! oci update --memory 96m box
	bundle b box '.process.args = ["true"]'
	create b box
	oci start box
	await has_status box stopped
	run ! oci update --pids-limit 3 box
	has 'not running' "$output"
}

@test "events --stats: runc's layout" {
	started box '{ "pids": { "limit": 20 }, "memory": { "limit": 67108864 } }'
	oci events --stats box >stats
	same "$(wc -l <stats)" 1
	same "$(jq -r '"\(.type) \(.id) \(.data | keys | join(","))"' stats)" \
		"stats box blkio,cpu,cpuset,hugetlb,intel_rdt,memory,network_interfaces,pids"
	same "$(jq -c '.data.pids' stats)" '{"current":1,"limit":20}'
	same "$(jq -c '.data.memory.usage.limit' stats)" 67108864
	jq -e '.data.cpu.usage.total > 0 and .data.memory.usage.usage > 0 and (.data.memory.raw | length > 10) and
		(.data.cpu.usage | has("kernel") and has("user")) and .data.cpu.throttling == {}' stats
	gone box
}

@test "events: statistics at each interval, and a kill for want of memory" {
	sh_bundle b box 'while [ ! -e /go ]; do sleep .1; done; tail -c 64m /dev/zero; sleep 1000' \
		'.linux.resources.memory = { "limit": 8388608, "swap": 8388608 }'
	create b box
	oci start box
	oci events --interval 200ms box >events &
	events=$!
	await eval '[ "$(grep -c '"'"'"type":"stats"'"'"' events)" -ge 2 ]'
	touch b/rootfs/go
	await grep -q '"type":"oom"' events
	same "$(jq -r 'select(.type == "oom") | .id' events | head -n1)" box
	# it ends with the container
	oci delete -f box
	wait $events
}

@test "events: an interval shorter than it takes to print does not keep it from what happens" {
	sh_bundle b box 'while [ ! -e /go ]; do sleep .1; done; tail -c 64m /dev/zero; sleep 1000' \
		'.linux.resources.memory = { "limit": 8388608, "swap": 8388608 }'
	create b box
	oci start box
	oci events --interval 1ms box | while read -r event; do echo "$event" >>events; sleep .05; done &
	reader=$!
	await test -s events
	touch b/rootfs/go
	await grep -q '"type":"oom"' events
	oci kill box KILL
	ended() { ! kill -0 $reader 2>/dev/null; }
	await ended
}

@test "pause and resume" {
	sh_bundle b box 'i=0; while :; do i=$((i + 1)); echo $i >/count; done'
	create b box
	oci start box
	await test -s b/rootfs/count
	oci pause box
	has_status box paused
	before=$(cat b/rootfs/count)
	sleep .3
	same "$(cat b/rootfs/count)" "$before"
	run ! oci pause box
	has 'not running' "$output"
	oci resume box
	has_status box running
	run ! oci resume box
	has 'not paused' "$output"
	oci pause box
	gone box
}

@test "--cgroup-manager disabled: the cgroups are those of the runtime, and a limit is an error" {
	bundle b box '.process.args = ["cat", "/proc/self/cgroup"]'
	run oci --cgroup-manager disabled run -b b box
	same "$status" 0
	same "$output" "$(cat /proc/self/cgroup)"
	same "$(cgroups_of "$PARENT*")" ""
	bundle b box '.linux.resources = {pids: {limit: 10}}'
	run ! oci --cgroup-manager disabled run -b b box
	has 'pids' "$output"
}

@test "exec in a paused container: refused, or it waits until that is resumed" {
	started box
	oci pause box
	run ! oci exec box true
	has 'paused' "$output"
	oci exec --ignore-paused box sh -c 'echo on' >on 2>on.err </dev/null 3>&- &
	sleep .5
	same "$(cat on on.err)" ""
	oci resume box
	wait $!
	same "$(cat on on.err)" on
	gone box
}

@test "ps: a table of the container's processes, and their pids" {
	sh_bundle b box 'sleep 1000 & sleep 1000 & wait'
	create b box
	oci start box
	await eval '[ "$(oci ps -f json box | jq length)" = 3 ]'
	pid=$(oci state box | jq .pid)
	same "$(oci ps --format json box | jq ".[0]")" "$pid"
	same "$(oci ps box | wc -l)" 4
	has "PID" "$(oci ps box | head -n1)"
	same "$(oci ps box -o pid,comm | awk '$2 == "sleep"' | wc -l)" 2
	run ! oci ps box -o comm
	gone box
}

@test "delete --force without a pid namespace of its own: all of its processes" {
	sh_bundle b box 'sleep 1000 & sleep 1000 & wait' '.linux.namespaces |= map(select(.type != "pid"))'
	create b box
	oci start box
	await eval '[ "$(oci ps -f json box | jq length)" = 3 ]'
	pids=$(oci ps -f json box | jq '.[]')
	gone box
	for pid in $pids; do await test ! -e "/proc/$pid/ns/pid"; done
}

@test "v1 alone: everything, also a frozen container's end" {
	[ "$(world)" = hybrid ] || skip "needs a host with both, whose cgroup2 can be taken out of sight"
	# in a mount namespace of each command's own: the other tests want it back
	oci() { unshare --mount sh -c 'umount /sys/fs/cgroup/unified && exec "$@"' - "$RUNTIME" --root "$STATE" "$@"; }
	started box '{ "pids": { "limit": 20 } }'
	pid=$(oci state box | jq .pid)
	same "$(oci ps -f json box)" "[$pid]"
	oci pause box
	has_status box paused
	gone box
	await test ! -e "/proc/$pid/ns/pid"
}

@test "delete --force of processes that fork, and of frozen ones" {
	# never at the limit, where a shell gives up
	sh_bundle b box 'while :; do for i in 1 2 3 4 5 6 7 8; do sleep .01 & done; wait; done' '.linux.resources.pids.limit = 50'
	create b box
	oci start box
	await eval '[ "$(oci ps -f json box | jq length)" -gt 3 ]'
	oci pause box
	gone box
}

@test "cgroup ownership: given with a cgroup namespace and a writable mount" {
	[ "$(world)" = v2 ] || skip "needs cgroup v2"
	mount='{ "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "rw"] }'
	userns='.linux.namespaces += [{ "type": "user" }, { "type": "cgroup" }] |
		.linux.uidMappings = [{ "containerID": 0, "hostID": 100000, "size": 1000 }] | .linux.gidMappings = .linux.uidMappings'
	bundle b box "$userns | .mounts += [$mount]"
	chown -R 100000:100000 b/rootfs
	create b box
	dir=/sys/fs/cgroup/$PARENT/box
	same "$(stat -c %u "$dir" "$dir/cgroup.procs" "$dir/cgroup.subtree_control" "$dir/memory.max" | xargs)" "100000 100000 100000 0"
	gone box
	# read-only: it stays root's
	bundle b box "$userns | .mounts += [$mount | .options = [\"ro\"]]"
	create b box
	same "$(stat -c %u "$dir")" 0
	gone box
}

@test "exec --cgroup: below the container's, of all controllers or of some" {
	need_world "v1 hybrid" "the controllers of cgroup v2 are in one hierarchy"
	bundle b box
	oci run -d --bundle b box >/dev/null 2>&1 3>&-
	mkdir -p /sys/fs/cgroup/{memory,pids}/"$PARENT"/box/sub /sys/fs/cgroup/pids/"$PARENT"/box/other
	at() { oci exec "$@" box cat /proc/self/cgroup | sed -n "s,.*:\\(memory\\|pids\\|cpu\\):/$PARENT/,\\1 ,p" | sort | tr '\n' ' '; }
	same "$(at --cgroup memory:sub)" "cpu box memory box/sub pids box "
	same "$(at --cgroup memory,pids:/sub --cgroup pids:other)" "cpu box memory box/sub pids box/other "
	same "$(at --cgroup /)" "cpu box memory box pids box "
	run oci exec --cgroup sub box true
	has "use --cgroup .*/sub: No such file" "$output"
	run oci exec --cgroup nothing:sub box true
	has "no hierarchy of cgroup v1 with that controller" "$output"
	# in all of v1's, but not in the unified one
	for dir in /sys/fs/cgroup/*/"$PARENT"/box; do [[ $dir == */unified/* ]] || mkdir -p "$dir/sub"; done
	for file in cpuset.{cpus,mems}; do cat /sys/fs/cgroup/cpuset/"$PARENT"/box/$file >/sys/fs/cgroup/cpuset/"$PARENT"/box/sub/$file; done
	same "$(at --cgroup sub)" "cpu box/sub memory box/sub pids box/sub "
	oci delete --force box
}

@test "in a user namespace, where the cgroup2 mount has a mount below it: that comes along" {
	need_world v2 "a mount of cgroup v2 alone"
	mkdir -p "/sys/fs/cgroup/$PARENT/below"
	sh_bundle b box "cat /proc/self/mountinfo; exit 7"
	mkdir rootless
	(cd rootless && "$RUNTIME" spec --rootless)
	jq --slurpfile b b/config.json '.process.args = $b[0].process.args | .process.terminal = false
		| .linux.namespaces |= map(select(.type != "cgroup"))' rootless/config.json >new
	mv new b/config.json
	run -7 unshare --mount sh -c '
		mount --bind "$1" "$1"
		shift
		exec unshare --user --map-root-user --mount "$@"' sh "/sys/fs/cgroup/$PARENT/below" \
		"$RUNTIME" --root "$STATE" run --bundle b box
	has " /sys/fs/cgroup/$PARENT/below .* cgroup2 " "$output"
}
