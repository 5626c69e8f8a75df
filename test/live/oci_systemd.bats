#!/usr/bin/env bats
# guise-oci --systemd-cgroup: a container's cgroup is a transient scope of systemd.

load common
load oci

need_for_all() {
	[ -d /run/systemd/system ] || skip "needs systemd as process 1: test/vm/run --systemd"
	GUISE_OCI_HELPER=${GUISE_OCI_HELPER:-$(dirname "$GUISE")/guise-oci-helper}
	[ -x "$GUISE_OCI_HELPER" ] || skip "guise-oci-helper is not built: apt install libsystemd-dev"
	export GUISE_OCI_HELPER
}

# A container of the unit live-$ID.scope in SLICE that runs, with these linux.resources.
started() { # ID [RESOURCES] [FILTER] [SLICE]
	UNIT=$PARENT-$1.scope
	bundle b "$1" ".linux.cgroupsPath = \"${4-system.slice}:$PARENT:$1\" | .linux.resources = ${2:-{\}} | ${3:-.}"
	oci --systemd-cgroup create -b b "$1" </dev/null >/dev/null 2>created || { cat created; return 1; }
	oci start "$1"
}

property() { systemctl show -p "$1" --value "$UNIT"; }

# The unit is gone, and its cgroup.
gone() { # ID
	oci delete -f "$1"
	await not_loaded
	[ ! -e "/sys/fs/cgroup/system.slice/$UNIT" ]
}
not_loaded() { [ "$(property LoadState):$(property ActiveState)" = not-found:inactive ]; }

@test "a scope in its slice, with the container's process" {
	started box
	same "$(property ActiveState) $(property Slice) $(property Delegate)" "active system.slice yes"
	same "$(property Description)" "guise-oci container box"
	same "$(property ControlGroup)" "/system.slice/$UNIT"
	same "$(cat "/proc/$(oci state box | jq .pid)/cgroup")" "0::/system.slice/$UNIT"
	same "$(oci ps -f json box)" "[$(oci state box | jq .pid)]"
	gone box
}

@test "a slice inside of slices" {
	started box '{}' . "${PARENT//-/}-a-b.slice"
	same "$(property ControlGroup)" "/${PARENT//-/}.slice/${PARENT//-/}-a.slice/${PARENT//-/}-a-b.slice/$UNIT"
	gone box
}

@test "limits are in systemd's properties, in the kernel's files, and survive a reload" {
	started box '{ "memory": { "limit": 67108864, "reservation": 33554432, "swap": 100663296 }, "pids": { "limit": 20 },
		"cpu": { "shares": 2048, "quota": 25000, "period": 50000, "cpus": "0" }, "unified": { "memory.high": "60000000" } }'
	dir=/sys/fs/cgroup/system.slice/$UNIT
	same "$(property MemoryMax) $(property MemoryLow) $(property MemorySwapMax) $(property MemoryHigh)" \
		"67108864 33554432 33554432 60000000"
	same "$(property TasksMax) $(property CPUWeight) $(property AllowedCPUs)" "20 $(cat "$dir/cpu.weight") 0"
	same "$(property CPUQuotaPerSecUSec)" 500ms
	systemctl daemon-reload
	same "$(cat "$dir/memory.max") $(cat "$dir/pids.max") $(cat "$dir/cpu.max")" "67108864 20 25000 50000"
	gone box
}

@test "annotations become properties" {
	started box '{}' '.annotations = { "org.systemd.property.TimeoutStopSec": "90",
		"org.systemd.property.CollectMode": "'"'inactive-or-failed'"'" }'
	same "$(property TimeoutStopUSec) $(property CollectMode)" "1min 30s inactive-or-failed"
	gone box
	bundle b box ".linux.cgroupsPath = \"system.slice:$PARENT:box\" | .annotations = { \"org.systemd.property.Slice\": \"(\" }"
	run ! oci --systemd-cgroup create -b b box
	has 'org.systemd.property.Slice' "$output"
}

@test "update reaches both" {
	started box '{ "pids": { "limit": 20 } }'
	oci update --memory 96m --pids-limit 30 --cpu-quota 20000 --cpu-period 100000 box
	same "$(property MemoryMax) $(property TasksMax) $(property CPUQuotaPerSecUSec)" "$((96 << 20)) 30 200ms"
	same "$(cat "/sys/fs/cgroup/system.slice/$UNIT/memory.max")" $((96 << 20))
	gone box
}

@test "pause, resume, devices" {
	started box '{ "devices": [ { "allow": false, "access": "rwm" } ] }'
	oci pause box
	has_status box paused
	oci resume box
	has_status box running
	gone box
}

@test "a unit of that name that is somebody else's: an error, and it stays" {
	UNIT=$PARENT-box.scope
	systemd-run --quiet --scope --unit="$UNIT" sleep 1000 &
	await test "$(property ActiveState)" = active || sleep 1
	bundle b box ".linux.cgroupsPath = \"system.slice:$PARENT:box\""
	run ! oci --systemd-cgroup create -b b box
	has "start unit $UNIT" "$output"
	same "$(property ActiveState)" active
	systemctl stop "$UNIT"
}

@test "cgroupsPath that is none of systemd's" {
	bundle b box '.linux.cgroupsPath = "/a/b"'
	run ! oci --systemd-cgroup create -b b box
	has 'slice:prefix:name' "$output"
	bundle b box '.linux.cgroupsPath = "a.slice:b:c/d"'
	run ! oci --systemd-cgroup create -b b box
}
