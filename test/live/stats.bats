#!/usr/bin/env bats
# guise stats: what containers use, by their cgroups, or their processes where there are none.

load common

json() { guise stats --no-stream --format json "$@"; }
number() { json "$1" | jq ".Guise.$2"; }

@test "docker's columns, of those that run" {
	id=$(box_detached --name one -m 64m "dir:$ROOTFS" sleep 1000)
	guise run --name ended --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	run --separate-stderr guise stats --no-stream
	same "$status:$stderr" 0:
	has '^CONTAINER ID +NAME +CPU % +MEM USAGE / LIMIT +MEM % +NET I/O +BLOCK I/O +PIDS$' "${lines[0]}"
	has "^${id:0:12} +one +[0-9.]+% +[0-9.]+(B|KiB|MiB) / 64MiB +[0-9.]+% +0B / 0B +[0-9.]+[kM]?B / [0-9.]+[kM]?B +1$" "${lines[1]}"
	same "${#lines[@]}" 2
	has '^[0-9a-f]{12} +ended +0.00% +0B / 0B +0.00% +0B / 0B +0B / 0B +0$' "$(guise stats --no-stream --all)"
	has "^$id " "$(guise stats --no-stream --no-trunc one)"
}

@test "memory: what it has, its limit or the machine's" {
	for limit in "-m 128m" ""; do
		# shellcheck disable=SC2086
		box_detached --name one $limit -v "$DIR:/mnt" "dir:$ROOTFS" \
			sh -c 'dd if=/dev/zero of=/dev/shm/x bs=1M count=8; echo >/mnt/ready; sleep 1000' >/dev/null
		await test -e ready
		used=$(number one MemoryBytes)
		[ "$used" -ge $((8 << 20)) ] && [ "$used" -lt $((100 << 20)) ]
		guise rm -f one
		rm ready
	done
	box_detached --name two "dir:$ROOTFS" sleep 1000 >/dev/null
	same "$(number two MemoryLimitBytes)" $(($(awk '/^MemTotal/ { print $2 }' /proc/meminfo) * 1024))
}

@test "processors: time goes on where it works, and not where it sleeps" {
	box_detached --name busy --cpus 0.5 "dir:$ROOTFS" sh -c 'while :; do :; done' >/dev/null
	box_detached --name idle "dir:$ROOTFS" sleep 1000 >/dev/null
	lines=$(json busy idle | jq -r '"\(.Name) \(.CPUPerc)"')
	has '^busy ([1-9]|[0-9]+\.[0-9]*[1-9])' "$lines"
	has '^idle 0\.[0-9]+%' "$lines"
}

@test "tasks are processes and threads" {
	box_detached --name one "dir:$ROOTFS" sh -c 'sleep 1000 & sleep 1000 & wait' >/dev/null
	three() { [ "$(number one Tasks)" = 3 ]; }
	await three
	guise update --pids-limit 50 one
	same "$(number one Tasks)" 3
}

@test "network: what goes through its interfaces, lo not, and not the machine's" {
	guise run -d --name one --cgroup-parent "$PARENT" "dir:$ROOTFS" sleep 1000
	guise exec one ping -c 3 -s 1000 -W 5 127.0.0.1
	was=$(number one SentBytes)
	guise exec one ping -c 3 -s 1000 -W 5 "$(guise inspect one | jq -r '.[0].NetworkSettings.Gateway')" || true
	[ $(($(number one SentBytes) - was)) -ge 3000 ]
	[ $(($(number one SentBytes) - was)) -lt 100000 ]
	box_detached --name two --network host "dir:$ROOTFS" sleep 1000
	same "$(number two SentBytes)" 0
}

@test "a template, and what is not there" {
	box_detached --name one "dir:$ROOTFS" sleep 1000 >/dev/null
	same "$(guise stats --no-stream --format '{{.Name}} {{.PIDs}}')" "one 1"
	same "$(guise stats --no-stream --format 'table {{.Name}}\t{{.PIDs}}')" "NAME   PIDS
one    1"
	run --separate-stderr guise stats --no-stream nobody
	failed_with 125 nobody
}

@test "it goes on, with a new table each time, until its reader has gone" {
	box_detached --name one "dir:$ROOTFS" sleep 1000 >/dev/null
	run bash -c '"$0" --root "$1" stats --format json | head -n 3 | jq -r .Name' "$GUISE" "$STATE"
	same "$output" "one
one
one"
	need_program script bsdutils
	guise stats >/dev/null &
	stats=$!
	run timeout 4 script -qec "'$GUISE' --root '$STATE' stats" /dev/null
	has $'\033\\[H\033\\[J' "$output"
	[ "$(grep -c 'CONTAINER ID' <<<"$output")" -ge 2 ]
	kill "$stats"
}
