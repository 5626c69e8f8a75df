#!/usr/bin/env bats
# runtime.md: the state of a container, and the operations.

load common

setup_file() {
	prepare
	bundle one 'args(["sleep", "100"]) | .annotations = {"com.example.key": "value", "com.example.empty": ""}'
	create one
	oci state one >"$DIR/created.json"
	ls "/proc/$(state one pid)/ns" >"$DIR/created.ns" || true
	start one
	oci state one >"$DIR/running.json"
	quiet kill one KILL
	await ended one
	oci state one >"$DIR/stopped.json"
	export PID=$(jq .pid "$DIR/running.json")
}

field() { jq -r ".$2" "$DIR/$1.json"; }

# schema/state-schema.json of the specification, in words of jq.
schema='(.ociVersion | type == "string" and test("^[0-9]+\\.[0-9]+\\.[0-9]+([-+].*)?$"))
	and (.id | type == "string") and (.bundle | type == "string")
	and (.status | IN("creating", "created", "running", "stopped"))
	and (.pid | . == null or (type == "number" and . >= 0 and . == floor))
	and (.annotations | . == null or (type == "object" and all(.[]; type == "string")))'

# ---- scope, state

@test 'The entity using a runtime to create a container MUST be able to use the operations defined in this specification against that same container.' {
	bundle scope 'args(["sleep", "100"])'
	create scope
	status_is scope created
	start scope
	status_is scope running
	quiet kill scope KILL
	await ended scope
	quiet delete scope
	refused state scope
}

@test 'ociVersion (string, REQUIRED) is version of the Open Container Initiative Runtime Specification with which the state complies.' {
	for when in created running stopped; do has '^1\.[0-9]+\.[0-9]+' "$(field $when ociVersion)"; done
}

@test "id (string, REQUIRED) is the container's ID." {
	for when in created running stopped; do same "$(field $when id)" one; done
}

@test 'This MUST be unique across all containers on this host.' {
	bundle unique 'args(["sleep", "100"])'
	create unique
	pid=$(state unique pid)
	refused create --bundle "$DIR/unique" unique
	same "$(state unique pid):$(state unique status)" "$pid:created"
	remove unique
}

@test 'status (string, REQUIRED) is the runtime state of the container.' {
	for when in created running stopped; do same "$(field $when status)" $when; done
}

@test 'Additional values MAY be defined by the runtime, however, they MUST be used to represent new runtime states not defined above.' {
	bundle paused 'args(["sleep", "100"])'
	create paused
	start paused
	oci pause paused >/dev/null 2>&1 || skip "this runtime does not pause here"
	status=$(state paused status)
	quiet resume paused
	same "$(state paused status)" running
	remove paused
	! has '^(creating|created|running|stopped)$' "$status"
}

@test 'pid (int, REQUIRED when status is created or running on Linux, OPTIONAL on other platforms) is the ID of the container process.' {
	[ "$(field created pid)" -gt 1 ]
	same "$(field running pid)" "$(field created pid)"
	has '^pid$' "$(cat "$DIR/created.ns")"
}

@test "bundle (string, REQUIRED) is the absolute path to the container's bundle directory." {
	for when in created running stopped; do same "$(field $when bundle)" "$DIR/one"; done
}

@test "bundle (string, REQUIRED) is the absolute path to the container's bundle directory. (given as a relative one)" {
	bundle relative 'args(["true"])'
	oci create --bundle ./relative relative >/dev/null 2>&1 </dev/null
	same "$(state relative bundle)" "$DIR/relative"
	remove relative
}

@test 'annotations (map, OPTIONAL) contains the list of annotations associated with the container.' {
	for when in created running stopped; do
		same "$(field $when 'annotations | "\(."com.example.key"):\(."com.example.empty")"')" value:
	done
}

@test 'When serialized in JSON, the format MUST adhere to the JSON Schema schema/state-schema.json.' {
	for when in created running stopped; do jq -e "$schema" "$DIR/$when.json"; done
}

# ---- state

@test 'state: This operation MUST generate an error if it is not provided the ID of a container.' {
	refused state
}

@test 'state: Attempting to query a container that does not exist MUST generate an error.' {
	refused state none
}

@test 'state: This operation MUST return the state of a container as specified in the State section.' {
	same "$(jq -r '"\(.id) \(.status)"' "$DIR/running.json")" "one running"
}

# ---- create

@test 'create: This operation MUST generate an error if it is not provided a path to the bundle and the container ID to associate with the container.' {
	mkdir -p empty
	cd empty	# the bundle of runc's command line is the working directory
	refused create nothing
	refused create
	cd "$DIR"
	bundle noid 'args(["true"])'
	refused create --bundle "$DIR/noid"
	nothing_left nothing
}

@test 'create: If the ID provided is not unique across all containers within the scope of the runtime, or is not valid in any other way, the implementation MUST generate an error and a new container MUST NOT be created.' {
	bundle invalid 'args(["true"])'
	before=$(ls "$STATE")
	for id in "" . .. a/b ../../a "a b" $'a\nb'; do
		refused create --bundle "$DIR/invalid" "$id"
		same "$(ls "$STATE")" "$before"
	done
}

@test 'create: This operation MUST create a new container.' {
	bundle new 'args(["sleep", "100"])'
	refused state new
	create new
	[ -d "/proc/$(state new pid)" ]
	[ "$(readlink "/proc/$(state new pid)/ns/pid")" != "$(readlink /proc/self/ns/pid)" ]
	remove new
}

@test 'create: All of the properties configured in config.json except for process MUST be applied.' {
	mkdir -p volume
	bundle properties 'args(["sleep", "100"]) | .hostname = "applied" | bind("\($dir)/volume"; "/mnt"; ["rbind", "ro"])
		| .linux.sysctl = {"net.ipv4.ip_forward": "1"} | .root.readonly = true'
	create properties
	pid=$(state properties pid)
	mounts=$(cat "/proc/$pid/mountinfo")
	has ' /mnt ro[ ,]' "$mounts"
	has ' / ro[ ,]' "$mounts"
	same "$(nsenter -t "$pid" --uts hostname)" applied
	same "$(nsenter -t "$pid" --net cat /proc/sys/net/ipv4/ip_forward)" 1
	same "$(world):$(cat "$(cgroup_of properties pids)/cgroup.procs")" "$(world):$pid"
	remove properties
}

@test 'create: process.args MUST NOT be applied until triggered by the start operation.' {
	bundle args 'sh("echo yes >/started; sleep 100")'
	create args
	sleep .3
	[ ! -e args/rootfs/started ]
	start args
	await test -e args/rootfs/started
	remove args
}

@test 'create: If the runtime cannot apply a property as specified in the configuration, it MUST generate an error and a new container MUST NOT be created.' {
	rejected unable1 'bind("/nonexistent"; "/mnt"; ["bind"])'
	rejected unable2 '.linux.sysctl = {"net.no.such.thing": "1"}'
	rejected unable3 'mount({destination: "/mnt", type: "nosuchfs", source: "x"})'
}

@test 'create: Any changes made to the config.json file after this operation will not have an effect on the container.' {
	bundle changed 'sh("echo before >/said; sleep 100")'
	create changed
	config changed 'sh("echo after >/said; sleep 100") | .annotations = {"com.example.new": "x"}'
	start changed
	await test -s changed/rootfs/said
	same "$(cat changed/rootfs/said)" before
	same "$(oci state changed | jq '.annotations["com.example.new"]')" null
	remove changed
}

# ---- start

@test 'start: This operation MUST generate an error if it is not provided the container ID.' {
	refused start
}

@test 'start: Attempting to start a container that is not created MUST have no effect on the container and MUST generate an error.' {
	refused start none
	bundle started 'sh("echo x >>/count; sleep 100")'
	create started
	start started
	await test -s started/rootfs/count
	pid=$(state started pid)
	refused start started
	same "$(state started status):$(state started pid):$(cat started/rootfs/count)" "running:$pid:x"
	quiet kill started KILL
	await ended started
	refused start started
	same "$(state started status)" stopped
	remove started
}

@test 'start: This operation MUST run the user-specified program as specified by process.' {
	bundle program 'args(["sh", "-c", "echo \"$0 $*\" >/said; pwd >>/said; echo $A >>/said", "zero", "one two"])
		| .process.cwd = "/usr" | .process.env += ["A=b c"]'
	ran program
	same "$(cat program/rootfs/said)" "zero one two
/usr
b c"
	remove program
}

@test 'start: This operation MUST generate an error if process was not set.' {
	bundle noprocess 'del(.process)'
	# the specification allows it to be created; runtimes that refuse that have generated the error earlier
	if oci create --bundle "$DIR/noprocess" noprocess >/dev/null 2>&1 </dev/null; then
		refused start noprocess
		oci delete --force noprocess
	fi
	nothing_left noprocess
}

# ---- kill

@test 'kill: This operation MUST generate an error if it is not provided the container ID.' {
	refused kill
}

@test 'kill: Attempting to send a signal to a container that is neither created nor running MUST have no effect on the container and MUST generate an error.' {
	refused kill none KILL
	refused kill one KILL
	status_is one stopped
}

@test 'kill: This operation MUST send the specified signal to the container process.' {
	bundle signals 'sh("trap \"echo usr1 >>/said\" USR1; trap \"echo int >>/said; exit\" INT; echo ready >>/said; while :; do sleep .05; done")'
	create signals
	start signals
	await test -s signals/rootfs/said
	quiet kill signals USR1
	await grep -q usr1 signals/rootfs/said
	status_is signals running
	quiet kill signals 2
	await ended signals
	same "$(cat signals/rootfs/said)" "ready
usr1
int"
	remove signals
}

@test 'kill: This operation MUST send the specified signal to the container process. (created)' {
	bundle killcreated 'args(["sleep", "100"])'
	create killcreated
	quiet kill killcreated KILL
	await ended killcreated
	quiet delete killcreated
}

# ---- delete

@test 'delete: This operation MUST generate an error if it is not provided the container ID.' {
	refused delete
	refused delete none
}

@test 'delete: Attempting to delete a container that is not stopped MUST have no effect on the container and MUST generate an error. (running)' {
	bundle deleterunning 'args(["sleep", "100"])'
	create deleterunning
	start deleterunning
	refused delete deleterunning
	status_is deleterunning running
	remove deleterunning
}

@test 'delete: Attempting to delete a container that is not stopped MUST have no effect on the container and MUST generate an error. (created)' {
	bundle deletecreated 'args(["sleep", "100"])'
	create deletecreated
	saying delete deletecreated
	if [ $status = 0 ]; then
		nothing_left deletecreated
		skip "it is ended and deleted, as runc and crun do: engines rely on that"
	fi
	status_is deletecreated created
	remove deletecreated
}

@test 'delete: Deleting a container MUST delete the resources that were created during the create step.' {
	mounts=$(cut -d' ' -f5 /proc/self/mountinfo)
	bundle resources 'sh("sleep 100 & exit")'
	ran resources
	pid=$(state resources pid)
	[ -d "$(cgroup_of resources pids)" ]
	quiet delete resources
	nothing_left resources
	[ ! -d "/proc/$pid" ]
	same "$(cut -d' ' -f5 /proc/self/mountinfo)" "$mounts"
	same "$(ls "$STATE" | grep -c resources)" 0
}

@test 'delete: Note that resources associated with the container, but not created by this container, MUST NOT be deleted.' {
	mkdir -p volume2
	echo kept >volume2/file
	ip netns add "conf$$" 2>/dev/null || skip "no network namespace can be made"
	bundle kept "args([\"true\"]) | bind(\"\(\$dir)/volume2\"; \"/mnt\"; [\"rbind\"]) | without_namespace(\"network\") | namespace(\"network\"; \"/run/netns/conf$$\")"
	ran kept
	quiet delete kept
	ip netns exec "conf$$" true
	ip netns delete "conf$$"
	same "$(cat volume2/file):$(ls kept | tr '\n' ' ')" "kept:config.json rootfs "
	[ -x kept/rootfs/bin/busybox ]
}

@test 'delete: Once a container is deleted its ID MAY be used by a subsequent container.' {
	bundle again 'args(["true"])'
	ran again
	quiet delete again
	ran again
	quiet delete again
}

# ---- lifecycle, errors, warnings

@test 'If the runtime is unable to create the environment specified in the config.json, it MUST generate an error.' {
	rejected environment 'namespace("network"; "/nonexistent") | without_namespace("ipc")'
}

@test 'While the resources requested in the config.json MUST be created, the user-specified program (from process) MUST NOT be run at this time.' {
	bundle notrun 'sh("echo >/ran; sleep 100") | mount({destination: "/mnt", type: "tmpfs", source: "tmpfs"})'
	create notrun
	has ' /mnt ' "$(cat "/proc/$(state notrun pid)/mountinfo")"
	[ ! -e notrun/rootfs/ran ]
	remove notrun
}

@test 'The runtime MUST run the user-specified program, as specified by process.' {
	box program2 'args(["echo", "hello"])'
	same "$(out program2)" hello
}

@test 'Unless otherwise stated, generating an error MUST leave the state of the environment as if the operation were never attempted' {
	machine() { cut -d' ' -f5- /proc/self/mountinfo; ls "$STATE"; cgroups | xargs -I{} ls {}; ip -o link; find "$DIR/clean/rootfs" | sort; }
	bundle clean 'args(["/no/such/program"]) | resources({pids: {limit: 10}}) | tmpfs("/mnt"; ["size=1m"])'
	# (a runtime may look for the program in create, or leave that to start)
	before=$(machine)
	if oci create --bundle "$DIR/clean" clean >/dev/null 2>&1 </dev/null; then
		refused start clean
		oci delete --force clean
	fi
	same "$(machine | grep -v rootfs/dev/)" "$(grep -v rootfs/dev/ <<<"$before")"
	same "$(marked_processes | wc -l)" 0
	config clean 'bind("/nonexistent"; "/mnt"; ["bind"]) | resources({pids: {limit: 10}})'
	refused create --bundle "$DIR/clean" clean
	same "$(machine | grep -v rootfs/dev/)" "$(grep -v rootfs/dev/ <<<"$before")"
}

@test 'Unless otherwise stated, logging a warning does not change the flow of the operation; it MUST continue as if the warning had not been logged.' {
	box warned 'sh("echo fine") | .process.capabilities.bounding += ["CAP_NO_SUCH_THING"]'
	same "$(out warned)" fine
}

@test 'Unless otherwise stated, runtimes MUST support the following operations.' {
	for operation in state create start kill delete; do
		has 'one|id|ID|argument|usage|USAGE|Usage' "$(oci $operation 2>&1 </dev/null || true)"
		has_not 'unknown (sub)?command|No help topic' "$(oci $operation 2>&1 </dev/null || true)"
	done
}
