#!/usr/bin/env bats
# Where on the machine a container is: inspect and ps --format json tell the host's end of its cable, its cgroups, its log.

load common

@test "cables, cgroups and the log" {
	guise run -d --name one --cgroup-parent "$PARENT" -m 64m "dir:$ROOTFS" sh -c 'echo printed; exec sleep 1000'
	id=$(readlink "$STATE/names/one")
	one=$(guise ps --format json | jq -c '.[0]')
	cable=$(jq -r '.cables[].host' <<<"$one")
	has "^$cable\$" "$(links)"
	same "$(jq -r '.cables[].container' <<<"$one")" eth0
	same "$(guise inspect one | jq -r '.[0].Guise.Cables[] | "\(.Host) \(.Container)"')" "$cable eth0"
	jq -r '.cgroups[]' <<<"$one" >dirs
	while read -r dir; do
		same "$(cat "$dir/cgroup.procs")" "$(pid_of one)"
	done <dirs
	same "$(jq -r .cgroup <<<"$one")" "$(guise inspect -f '{{.Guise.Cgroup}}' one)"
	if [ "$(world)" = v2 ]; then
		same "$(jq -c .cgroups <<<"$one")" "{\"unified\":\"/sys/fs/cgroup/$PARENT/$id\"}"
	else
		same "$(jq -r .cgroups.memory <<<"$one")" "/sys/fs/cgroup/memory/$PARENT/$id"
		same "$(jq -r .cgroups.unified <<<"$one")" "/sys/fs/cgroup/unified/$PARENT/$id"
	fi
	same "$(guise inspect one | jq -c '.[0].Guise.Cgroups')" "$(jq -c .cgroups <<<"$one")"
	printed() { grep -q printed "$(jq -r .log <<<"$one")"; }
	await printed
	same "$(guise inspect -f '{{.LogPath}}' one)" "$(jq -r .log <<<"$one")"
	# what an update makes is told, too
	guise update --pids-limit 100 one
	[ "$(world)" = v2 ] || same "$(guise ps --format json | jq -r '.[0].cgroups.pids')" "/sys/fs/cgroup/pids/$PARENT/$id"
}

@test "what has none of them" {
	guise run --name ended --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	same "$(guise ps -a --format json | jq -c '.[0] | [.cables, .log]')" '[[],null]'
	same "$(guise inspect ended | jq -c '.[0] | [.Guise.Cables, .LogPath]')" '[[],""]'
}
