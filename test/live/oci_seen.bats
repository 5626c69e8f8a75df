#!/usr/bin/env bats
# Containers of guise-oci as guise sees them: oci:ID in explain, stats and top.

load common
load oci

seen() { "$GUISE" --root "$DIR/own" --oci-root "$STATE" "$@"; }

made() { # ID [FILTER]: created
	bundle "b-$1" "$1" "${2:-.}"
	(cd "b-$1" && oci create "$1")
}

@test "explain and --check, created and running and paused" {
	made one '.linux.resources.memory.limit = 67108864'
	has '^# container oci:one, created, first process [0-9]+$' "$(seen explain oci:one)"
	oci start one
	await has_status one running
	run seen explain --check oci:one
	same "$status" 0 || { echo "$output"; return 1; }
	has 'ok .*echo 67108864 >' "$output"
	same "$(seen explain --format json oci:one | jq -r '.id, .status')" "one
running"
	oci pause one
	has '^# container oci:one, paused' "$(seen explain oci:one)"
	oci resume one
	oci delete -f one
}

@test "explain --check: what update changed is planned, what another changed is not" {
	made one '.linux.resources |= (.memory.limit = 67108864 | .pids.limit = 20)'
	oci start one
	oci update --memory 33554432 --cpu-quota 20000 --cpu-period 100000 one
	run seen explain --check oci:one
	same "$status" 0 || { echo "$output"; return 1; }
	has 'ok .*echo 33554432 >' "$output"
	has_not '67108864' "$output"
	echo 77 >"$(cgroup_of pids one)/pids.max"
	run seen explain --check oci:one
	same "$status" 1
	has '# now: pids' "$output"
	run ! oci update --memory 96m --cpuset-cpus 4000 one
	has 'ok .*echo 33554432 >' "$(seen explain --check oci:one)"
	oci delete -f one
}

@test "top and stats" {
	need_program ps procps
	made one '.process.args = ["sleep", "1234"] | .linux.resources.memory.limit = 67108864'
	oci start one
	sleeps() { seen top oci:one | grep -q 'sleep 1234'; }
	await sleeps
	same "$(seen top oci:one | wc -l)" 2
	run seen stats --no-stream oci:one
	has '^one +one +[0-9.]+% +[0-9.]+(B|KiB|MiB) / 64MiB .* 1$' "${lines[1]}"
	# beside guise's own
	seen run -d --name own --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" sleep 1000
	same "$(seen stats --no-stream --format '{{.Name}}' own oci:one | xargs)" "own one"
	oci kill one KILL
	await has_status one stopped
	run --separate-stderr seen top oci:one
	failed_with 125 'it is stopped'
	oci delete one
}

@test "what is not there" {
	run --separate-stderr seen explain oci:nobody
	failed_with 125 'find container oci:nobody: .*no state directory of guise-oci at .*; .*--oci-root'
	made one
	run --separate-stderr seen explain oci:nobody
	failed_with 125 'find container nobody: .*; guise-oci list'
	run --separate-stderr seen explain oci:../one
	failed_with 125 "'../one'"
	run --separate-stderr seen explain one
	failed_with 125 'one'
	oci delete -f one
}
