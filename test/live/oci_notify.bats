# guise-oci: NOTIFY_SOCKET, what a command says by sd_notify(3).

load common
load oci

need_for_all() { need_program python3 python3; }

# A service manager at $DIR/manager; what it was told is in $DIR/told.
manager() {
	"$BATS_TEST_DIRNAME/notify.py" listen "$DIR/manager" "$DIR/told" 3>&- &
	await test -e manager -a -e told
	export NOTIFY_SOCKET=$DIR/manager
}

say() { "$BATS_TEST_DIRNAME/notify.py" send "$@"; }

pid() { oci state box | jq .pid; }

told() { grep -Fxq "$1" told; }

waits='echo "$NOTIFY_SOCKET" >/tmp/socket; stat -c "%a %F" /run/notify/* >/tmp/mode; touch /run/notify/x 2>/dev/null && echo writable
	touch /tmp/began; exec sleep 1000'

@test "run in the foreground passes on, as long as the command runs, and nothing of others" {
	manager
	sh_bundle b box "$waits" '.process.user = { uid: 1000, gid: 1000 } | .process.env += ["NOTIFY_SOCKET=/other"]'
	oci run -b b box >out 2>&1 3>&- </dev/null &
	await test -e b/rootfs/tmp/began
	same "$(cat b/rootfs/tmp/socket)" /run/notify/notify.sock
	same "$(cat b/rootfs/tmp/mode)" "777 socket"
	say "$(pid)" 'STATUS=warming up\nMAINPID=1\nFDSTORE=1\nREADY=2'
	await told 'STATUS=warming up '
	say "$(pid)" 'READY=1'
	await told 'READY=1 '
	say "$(pid)" 'NOTIFYACCESS=all'
	say "$(pid)" 'RELOADING=1\nMONOTONIC_USEC=5'
	await told 'RELOADING=1 MONOTONIC_USEC=5 '
	same "$(wc -l <told)" 3
	oci kill box KILL
	await not_there
	same "$(cat out)" ""
}

not_there() { ! oci state box >/dev/null 2>&1; }

@test "create, start: start waits until the command is ready, and tells its pid" {
	manager
	sh_bundle b box "$waits"
	oci create -b b box >/dev/null </dev/null
	oci start box 3>&- &
	start=$!
	await test -e b/rootfs/tmp/began
	same "$(cat b/rootfs/tmp/socket)" /run/notify/notify.sock
	say "$(pid)" 'STATUS=soon'
	await told 'STATUS=soon '
	kill -0 "$start"
	same "$(oci exec box sh -c 'echo "<$NOTIFY_SOCKET>"')" "<>" # the container can be worked on
	say "$(pid)" 'READY=1'
	wait "$start"
	await told "READY=1 MAINPID=$(pid) "
	await told BARRIER=1
	oci delete --force box
	[ ! -e "$STATE/containers/box" ]
}

@test "run --detach: the same; it ends with the command, too" {
	manager
	sh_bundle b box "$waits"
	oci run -d -b b box >/dev/null 2>&1 </dev/null 3>&- &
	run=$!
	await test -e b/rootfs/tmp/began
	kill -0 "$run"
	say "$(pid)" 'READY=1'
	wait "$run"
	await told "READY=1 MAINPID=$(pid) "
	oci delete --force box
	sh_bundle b box true
	oci run -d -b b box >/dev/null </dev/null
	await has_status box stopped
	oci delete box
}

@test "in a user namespace; without NOTIFY_SOCKET nothing is mounted" {
	manager
	sh_bundle b box "$waits" '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	mkdir -p b/rootfs/run; chmod 777 b/rootfs/run b/rootfs/tmp
	oci run -d -b b box >/dev/null 2>&1 </dev/null 3>&- &
	await test -e b/rootfs/tmp/began
	say "$(pid)" 'READY=1'
	await told "READY=1 MAINPID=$(pid) "
	wait $!
	oci delete --force box
	unset NOTIFY_SOCKET
	sh_bundle b box 'echo "<$NOTIFY_SOCKET>"; grep -c notify /proc/self/mountinfo'
	run oci run -b b box
	same "$output" "<>
0"
}
