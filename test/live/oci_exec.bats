# guise-oci: exec (runc(8)), terminals and sockets.

load common
load oci

started() { # FILTER
	bundle b box "${1:-.}"
	oci run -d -b b box >/dev/null </dev/null
}

@test "it is in every namespace and cgroup of the container, and sees its files" {
	started
	pid=$(oci state box | jq .pid)
	for ns in pid mnt uts ipc net; do
		same "$(oci exec box readlink "/proc/self/ns/$ns")" "$(readlink "/proc/$pid/ns/$ns")"
	done
	same "$(oci exec box cat /proc/self/cgroup)" "$(cat "/proc/$pid/cgroup")"
	same "$(oci exec box hostname)" box
	oci delete --force box
}

@test "exit status, input, environment, directory, user" {
	started
	run -7 oci exec box sh -c 'exit 7'
	run -137 oci exec box sh -c 'kill -9 $$'
	same "$(oci exec box cat <<<typed)" typed
	has "^LIVE_TEST=$DIR$" "$(oci exec box env)"
	same "$(oci exec --env A=1 -e B=2 box sh -c 'echo $A$B')" 12
	same "$(oci exec --cwd /tmp box pwd)" /tmp
	same "$(oci exec --user 1000:100 --additional-gids 5 -g 6 box id)" "uid=1000(ann) gid=100(users) groups=5,6"
	run -255 oci exec box
	has "process args cannot be empty" "$output"
	run -255 --separate-stderr oci exec box nope
	has 'executable file not found in \$PATH' "$stderr"
	oci delete --force box
}

@test "capabilities, no_new_privs and filter are the container's, and what is asked for" {
	started '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [ { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 3 } ] }'
	has 'CapEff:	0*20$' "$(oci exec box cat /proc/self/status)"
	has 'CapEff:	0*21$' "$(oci exec --cap CAP_CHOWN box cat /proc/self/status)"
	has 'NoNewPrivs:	0' "$(oci exec box cat /proc/self/status)"
	has 'NoNewPrivs:	1' "$(oci exec --no-new-privs box cat /proc/self/status)"
	has 'Seccomp:	2' "$(oci exec box cat /proc/self/status)"
	run -1 oci exec box mkdir /tmp/x
	oci delete --force box
}

@test "--process: the process of a file" {
	started
	echo '{ "args": ["sh", "-c", "echo $X; id -u; pwd; exit 6"], "cwd": "/tmp", "env": ["PATH=/bin", "X=y"],
		"user": { "uid": 1001, "gid": 1001 } }' >process.json
	run -6 oci exec --process process.json box
	same "$output" "y
1001
/tmp"
	oci delete --force box
}

@test "--detach, --pid-file" {
	started
	oci exec -d --pid-file pid box sleep 1000 >/dev/null </dev/null
	has sleep "$(tr '\0' ' ' <"/proc/$(cat pid)/cmdline")"
	oci delete --force box
	[ ! -d "/proc/$(cat pid)" ] || has 'State:	Z' "$(cat "/proc/$(cat pid)/status")"
}

@test "descriptors: none but 0, 1, 2, and those that are preserved" {
	started
	exec 8</etc/hostname
	same "$(oci exec box sh -c 'ls /proc/self/fd | wc -l')" 4 # ls has one of its own
	same "$(oci exec --preserve-fds 2 box cat /proc/self/fd/4 3</dev/null 4<<<four)" four
	# what is not open is not passed on, be it many
	same "$(oci exec --preserve-fds 4294967295 box sh -c 'cat <&50; readlink /proc/self/fd/*' 50<<<fifty | grep -E 'fifty|oci|state')" fifty
	exec 8<&-
	oci delete --force box
	sh_bundle b box 'cat <&3; ls /proc/self/fd | wc -l'
	same "$(oci run --preserve-fds 1 -b b box 3<<<three)" "three
5"
}

@test "a terminal without one to carry it to: every reader sees the end of the input, and what is written comes out" {
	sh_bundle b box 'tty; cat; cat; read -r line || echo ended' '.process.terminal = true'
	same "$(timeout 120 "$RUNTIME" --root "$STATE" run -b b box </dev/null | tr -d '\r')" "/dev/pts/0
ended"
	# a line that has no end, and one that has
	has 'abc.*abcended$' "$(printf 'abc' | timeout 120 "$RUNTIME" --root "$STATE" run -b b box | tr -d '\r\n')"
	# a shell that edits its line, and begins that when the end of the input was there already
	bundle b box '.process.terminal = true | .process.args = ["sh", "-i"]'
	timeout 120 "$RUNTIME" --root "$STATE" run -b b box </dev/null >"$DIR/said"
	has '/ # ' "$(cat "$DIR/said")"
	# (which of the two shows the line is a matter of who is first: the terminal, or the shell, which switches that off)
	has '/ # .*42' "$(echo 'echo $((6 * 7))' | timeout 120 "$RUNTIME" --root "$STATE" run -b b box | tr -d '\r\n')"
	oci list -q >"$DIR/left"
	same "$(cat "$DIR/left")" ""
}

@test "a terminal by --console-socket" {
	need_program python3 python3
	cat >receive <<-EOT
		#!/usr/bin/env python3
		import socket, sys, os, array
		s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(1)
		open(sys.argv[1] + ".ready", "w").close()
		c, _ = s.accept()
		_, cmsg, _, _ = c.recvmsg(4096, 64)
		fd = array.array("i", cmsg[0][2])[0]
		text = b""
		try:
		    while b := os.read(fd, 100): text += b
		except OSError: pass
		open(sys.argv[1] + ".out", "wb").write(text)
	EOT
	chmod +x receive
	long=$DIR/$(printf 'd%.0s' {1..120})
	mkdir -p "$long"
	sh_bundle b box 'test -t 0 && test -t 1 && stty size; tty' '.process.terminal = true | .process.consoleSize = { height: 30, width: 90 }'
	run -1 oci create -b b box
	(cd "$long" && exec "$DIR/receive" socket 3>&-) &
	await test -e "$long/socket.ready"
	oci create --console-socket "$long/socket" -b b box
	oci start box
	await test -s "$long/socket.out"
	same "$(tr -d '\r' <"$long/socket.out")" "30 90
/dev/pts/0"
	oci delete --force box
	started
	./receive s2 3>&- &
	await test -e s2.ready
	oci exec -d -t --console-socket s2 box sh -c 'test -t 0 && echo yes'
	await test -s s2.out
	same "$(tr -d '\r' <s2.out)" yes
	oci delete --force box
}

@test "config.json and --process may be pipes" {
	sh_bundle b box 'sleep 1000'
	jq '.process | .args = ["echo", "yes"]' b/config.json >process.json
	mv b/config.json config.json
	mkfifo b/config.json
	cat config.json >b/config.json &
	oci run -d -b b box >/dev/null </dev/null
	same "$(oci exec --process <(cat process.json) box)" yes
	same "$(oci exec --process /dev/stdin box <process.json)" yes
	run -255 oci exec --process . box
	oci delete --force box
}

@test "LISTEN_FDS are passed on" {
	sh_bundle b box 'echo "$LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES"; cat <&3'
	cat >call <<-EOT
		#!/bin/bash
		exec 3<<<socket
		export LISTEN_PID=\$\$ LISTEN_FDS=1 LISTEN_FDNAMES=name
		exec "$RUNTIME" --root "$STATE" run -b b box
	EOT
	chmod +x call
	same "$(./call)" "1 1 name
socket"
}

@test "execCPUAffinity: of exec alone, not of the container's own process" {
	cpus=$(awk '/^Cpus_allowed_list/ { print $2 }' /proc/self/status) last=${cpus##*[,-]}
	allowed='grep ^Cpus_allowed_list: /proc/self/status | cut -f2'
	sh_bundle b box "$allowed; exec sleep 1000" ".process.execCPUAffinity = { initial: \"$last\", final: \"$last\" }"
	oci run -d -b b box >first </dev/null
	await test -s first
	same "$(cat first)" "$cpus"
	same "$(oci exec box sh -c "$allowed")" "$last"
	jq -n --arg command "$allowed" --arg last "$last" '{ args: ["sh", "-c", $command], cwd: "/", env: ["PATH=/bin"],
		user: { uid: 0, gid: 0 }, execCPUAffinity: { initial: $last } }' >process.json
	same "$(oci exec --process process.json box)" "$cpus" # without a final one all that the cgroup has
	jq '.execCPUAffinity.initial = "8000"' process.json >other.json
	run -255 oci exec --process other.json box
	has 'run on the processors 8000' "$output"
	oci delete --force box
}

@test "what is the container's: limits, oom score, umask; HOME is the user's" {
	for more in . '.linux.namespaces += [{type: "user"}] | .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
			.linux.uidMappings = .linux.gidMappings'; do
		started "$more | .process.rlimits = [{type: \"RLIMIT_NOFILE\", soft: 100, hard: 200}] | .process.oomScoreAdj = 500 |
			.process.user.umask = 63"
		same "$(oci exec box sh -c 'ulimit -Sn; ulimit -Hn; cat /proc/self/oom_score_adj; umask; echo $HOME' | xargs)" \
			"100 200 500 0077 /root"
		same "$(oci exec --user 1000 box sh -c 'echo $HOME')" /home/ann
		oci delete --force box
	done
}

@test "security labels: where the kernel has no such module, the command is not executed" {
	[ ! -e /sys/fs/selinux/enforce ] && [ ! -d /sys/kernel/security/apparmor ] || skip "this kernel has one: the labels are its policy's"
	for label in '.process.selinuxLabel = "u:r:t:s0"' '.process.apparmorProfile = "none"'; do
		sh_bundle b box 'touch /began' "$label"
		run -1 oci run -b b box
		has 'run the command as (AppArmor|SELinux).s (profile|label)' "$output"
		[ ! -e b/rootfs/began ]
	done
	started
	run -255 oci exec --process-label u:r:t:s0 box true
	has "run the command as SELinux's label u:r:t:s0" "$output"
	run -255 oci exec --apparmor none box true
	has "run the command as AppArmor's profile none" "$output"
	oci delete --force box
}

@test "many at once while the container dies: each ends cleanly" {
	started
	for i in $(seq 20); do
		{ oci exec box true 2>"err.$i" || echo "$?" >"code.$i"; } &
		pids+=($!)
		[ "$i" != 10 ] || oci kill box KILL
	done
	wait "${pids[@]}"
	for i in $(seq 20); do
		[ ! -s "code.$i" ] || has '^(255|137)$' "$(cat "code.$i")"
		[ ! -s "err.$i" ] || has 'stopped container|not running|killed by signal 9 before' "$(cat "err.$i")"
	done
	oci delete --force box
}

@test "not beyond pids.limit" {
	sh_bundle b box 'sleep 1000 & exec sleep 1000' '.linux.resources.pids = { limit: 2 }'
	oci run -d -b b box >/dev/null </dev/null
	two_run() { [ "$(oci ps --format json box | jq length)" = 2 ]; }
	await two_run
	run --separate-stderr oci exec box true </dev/null
	[ "$status" != 0 ]
	has 'limit.*reached' "$stderr"
	two_run
	oci delete --force box
}
