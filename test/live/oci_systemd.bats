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

@test "pause, resume" {
	started box
	oci pause box
	has_status box paused
	oci resume box
	has_status box running
	gone box
}

@test "devices stay forbidden when systemd has read its units again" {
	started box '{ "devices": [ { "allow": false, "access": "rwm" } ] }' \
		'.linux.devices = [ { "path": "/dev/forbidden", "type": "c", "major": 1, "minor": 1, "fileMode": 438 } ]'
	for _ in 1 2; do
		oci exec box head -c 1 /dev/zero
		run ! oci exec box cat /dev/forbidden
		has 'Operation not permitted' "$output"
		systemctl daemon-reload
	done
	gone box
}

@test "a unit of that name that is somebody else's: an error, and it stays" {
	UNIT=$PARENT-box.scope
	systemd-run --quiet --scope --unit="$UNIT" sleep 1000 &
	await eval '[ "$(property ActiveState)" = active ]'
	bundle b box ".linux.cgroupsPath = \"system.slice:$PARENT:box\""
	run ! oci --systemd-cgroup create -b b box
	has "start unit $UNIT" "$output"
	same "$(property ActiveState)" active
	systemctl stop "$UNIT"
}

@test "cgroupsPath: without a slice, none at all, a slice itself" {
	UNIT=$PARENT-box.scope
	bundle b box ".linux.cgroupsPath = \":$PARENT:box\""
	oci --systemd-cgroup run -d -b b box </dev/null >/dev/null 2>created || { cat created; false; }
	same "$(property Slice)" system.slice
	gone box
	bundle b box 'del(.linux.cgroupsPath)'
	oci --systemd-cgroup run -d -b b "$PARENT" </dev/null >/dev/null 2>created || { cat created; false; }
	UNIT=$(basename "$(sed -n s/^0:://p "/proc/$(oci state "$PARENT" | jq .pid)/cgroup")")
	has "$PARENT[.]scope$" "$UNIT"
	same "$(property Description)" "guise-oci container $PARENT"
	gone "$PARENT"
	UNIT=${PARENT//-/}-box.slice
	bundle b box ".linux.cgroupsPath = \"${PARENT//-/}.slice::$UNIT\""
	oci --systemd-cgroup run -d -b b box </dev/null >/dev/null 2>created || { cat created; false; }
	same "$(property ActiveState) $(property ControlGroup)" "active /${PARENT//-/}.slice/$UNIT"
	same "$(cat "/proc/$(oci state box | jq .pid)/cgroup")" "0::/${PARENT//-/}.slice/$UNIT"
	oci delete -f box
	await eval '[ "$(property ActiveState)" = inactive ]' # (systemd can tell of any slice)
	[ ! -e "/sys/fs/cgroup/${PARENT//-/}.slice/$UNIT" ]
}

@test "cgroupsPath that is none of systemd's" {
	bundle b box '.linux.cgroupsPath = "/a/b"'
	run ! oci --systemd-cgroup create -b b box
	has 'slice:prefix:name' "$output"
	bundle b box '.linux.cgroupsPath = "a.slice:b:c/d"'
	run ! oci --systemd-cgroup create -b b box
}

# A helper that says what happens to guise-oci before ($1) and after ($2) it has had its unit started.
make_helper() {
	printf '#!/bin/sh\ncase $1 in scope-start) %s;; esac\n%s "$@"\ncase $1 in scope-start) %s;; esac\n' \
		"$1" "$GUISE_OCI_HELPER" "$2" >helper
	chmod +x helper
	GUISE_OCI_HELPER=$DIR/helper
}

@test "systemd cannot be asked: create fails, and nothing stays" {
	UNIT=$PARENT-box.scope
	make_helper 'echo no bus; exit 1' ''
	bundle b box ".linux.cgroupsPath = \"system.slice:$PARENT:box\""
	run ! oci --systemd-cgroup create -b b box
	has 'no bus' "$output"
	not_loaded
	same "$(ls "$STATE/containers")" ""
}

@test "killed when the unit was started, or just before: delete --force takes all of it away" {
	UNIT=$PARENT-box.scope
	make_helper '' 'kill -9 $PPID'
	bundle b box ".linux.cgroupsPath = \"system.slice:$PARENT:box\""
	run ! oci --systemd-cgroup create -b b box </dev/null
	gone box
	GUISE_OCI_HELPER=$(dirname "$GUISE")/guise-oci-helper
	make_helper 'kill -9 $PPID' ''
	run ! oci --systemd-cgroup create -b b box </dev/null
	gone box
}

@test "without root: a scope of the user's own systemd" {
	[ -e /usr/lib/systemd/user/dbus.socket ] || skip "users have no bus: apt install dbus-user-session"
	systemctl start user@65534.service
	# (the user's bus is mounted where systemd is, not in the tests' namespace)
	as_user() { nsenter --target 1 --mount --wd="$DIR" setpriv --reuid 65534 --regid 65534 --clear-groups env -i PATH="$PATH" XDG_RUNTIME_DIR=/run/user/65534 "$@"; }
	# a process can be moved within the user's own cgroups only, so guise-oci has to be in one
	user_oci() {
		as_user systemd-run --user --quiet --wait --pipe --collect --setenv=GUISE_OCI_HELPER="$GUISE_OCI_HELPER" \
			"$RUNTIME" --root "$DIR/user/state" --systemd-cgroup "$@"
	}
	property() { as_user systemctl --user show -p "$1" --value "$UNIT"; }
	mkdir -m 777 user
	UNIT=$PARENT-box.scope
	bundle b box ".linux.cgroupsPath = \"user.slice:$PARENT:box\" | .linux.namespaces += [ { \"type\": \"user\" } ] |
		.linux.uidMappings = [ { containerID: 0, hostID: 65534, size: 1 } ] | .linux.gidMappings = .linux.uidMappings |
		.linux.resources = { memory: { limit: 67108864 }, pids: { limit: 20 } }"
	user_oci run -d -b "$DIR/b" box </dev/null
	same "$(property ActiveState) $(property MemoryMax) $(property TasksMax)" "active 67108864 20"
	cgroup=$(sed -n s/^0:://p "/proc/$(user_oci state box | jq .pid)/cgroup")
	same "$cgroup" "/user.slice/user-65534.slice/user@65534.service/user.slice/$UNIT"
	user_oci update --memory 96m box
	same "$(property MemoryMax) $(cat "/sys/fs/cgroup/$cgroup/memory.max")" "$((96 << 20)) $((96 << 20))"
	user_oci pause box
	same "$(user_oci state box | jq -r .status)" paused
	user_oci delete -f box
	await not_loaded
	[ ! -e "/sys/fs/cgroup/$cgroup" ]
}
