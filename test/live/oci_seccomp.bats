# guise-oci: system call filters (config-linux.md, "Seccomp").

load common
load oci

# An agent for COUNT listeners.
start_agent() { # COUNT
	need_program python3 python3
	"$BATS_TEST_DIRNAME/agent.py" "$DIR/agent" "$1" 3>&- >agent.log 2>&1 &
	await test -e agent.ready
}

# A profile that notifies of the system calls, and allows the rest.
notify() { # CALL...
	jq -cn --arg path "$DIR/agent" '{ defaultAction: "SCMP_ACT_ALLOW", listenerPath: $path, listenerMetadata: "for \"you\"",
		syscalls: [ { names: $ARGS.positional, action: "SCMP_ACT_NOTIFY" } ] }' --args "$@"
}

asks='mkdir /tmp/x; echo $?; [ -d /tmp/x ] || echo none; [ "$PPID" = 4242 ] && echo parent'

@test "SCMP_ACT_NOTIFY: run, exec: the agent gets listener and state, and answers" {
	start_agent 3
	sh_bundle b box "$asks" ".linux.seccomp = $(notify mkdir mkdirat getppid) | .annotations = { a: \"b\" }"
	run oci run -b b box
	same "${lines[*]: -3}" "1 none parent"
	jq -e --arg dir "$DIR" '.ociVersion == "1.3.0" and .fds == ["seccompFd"] and .metadata == "for \"you\"" and
		.pid > 1 and .state.pid == .pid and .state.id == "box" and .state.status == "creating" and
		.state.bundle == $dir + "/b" and .state.annotations.a == "b"' agent.1
	sh_bundle b box 'echo $PPID; exec sleep 1000' ".linux.seccomp = $(notify mkdir mkdirat getppid) | .process.noNewPrivileges = true"
	oci run -d -b b box >out </dev/null
	await test -s out
	same "$(cat out)" 4242
	run oci exec box sh -c "$asks"
	same "${lines[*]: -3}" "1 none parent"
	jq -e --argjson pid "$(oci state box | jq .pid)" \
		'.state.status == "running" and .state.pid == $pid and .pid > 1 and .pid != $pid' agent.3
	oci delete --force box
}

@test "SCMP_ACT_NOTIFY: create, start: also of the calls that begin the command" {
	start_agent 1
	calls=(execve execveat fcntl capset prctl sendto sendmsg recvfrom recvmsg write close accept4 mkdir mkdirat)
	sh_bundle b box 'mkdir /tmp/x 2>/dev/null; echo $? >>/status' ".linux.seccomp = $(notify "${calls[@]}")"
	oci create -b b box >/dev/null </dev/null
	[ ! -e agent.1 ]
	oci start box
	jq -e '.state.status == "created"' agent.1
	await test -s b/rootfs/status
	same "$(cat b/rootfs/status)" 1
	await has_status box stopped
	oci delete box
}

@test "SCMP_ACT_NOTIFY: nobody listens: the command is not executed" {
	sh_bundle b box 'touch /began' ".linux.seccomp = $(notify mkdir)"
	run -1 oci run -b b box
	has "connect to the seccomp agent at $DIR/agent" "$output"
	[ ! -e b/rootfs/began ]
	run oci state box
	has 'does not exist' "$output"
	run -1 oci create -b b box
	has "connect to the seccomp agent at $DIR/agent: No such file or directory" "$output"
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("agent")'
	run -1 oci create -b b box
	has "connect to the seccomp agent at $DIR/agent: Connection refused" "$output"
	rm agent
	start_agent 1 # and is there no longer when the container is started
	oci create -b b box >/dev/null </dev/null
	[ ! -e agent.1 ]
	mv agent gone
	run -1 oci start box
	has "connect to the seccomp agent" "$output"
	[ ! -e b/rootfs/began ]
	sh_bundle b box 'echo fine' ".linux.seccomp = $(notify mkdir) | del(.linux.seccomp.syscalls)"
	same "$(oci run -b b box)" fine # listenerPath is for SCMP_ACT_NOTIFY alone
}

@test "SCMP_ACT_NOTIFY: in a user namespace" {
	start_agent 1
	sh_bundle b box "$asks" ".linux.seccomp = $(notify mkdir mkdirat getppid) | .linux.namespaces += [{type: \"user\"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings"
	run oci run -b b box
	same "${lines[*]: -3}" "1 none parent"
}

# What a profile has to allow: execve (filter.bats), and what the command itself needs.
@test "the filter holds for nothing but the command: starting, hooks, capabilities need no permission" {
	for process in . '.process.noNewPrivileges = true' '.process.user = { uid: 1000, gid: 1000 } | .process.capabilities.effective = [] |
		.process.capabilities.permitted = []'; do
		sh_bundle b box 'exec sleep 1000' "$process | .linux.seccomp = { defaultAction: \"SCMP_ACT_ALLOW\",
			syscalls: [ { names: [\"accept4\", \"sendto\", \"sendmsg\", \"recvfrom\", \"recvmsg\", \"prctl\", \"capset\",
				\"setgroups\", \"setresuid\", \"setresgid\", \"close_range\", \"umask\", \"seccomp\", \"wait4\", \"pipe2\"],
				action: \"SCMP_ACT_ERRNO\" } ] } | .hooks.startContainer = [{ path: \"/bin/true\" }]"
		oci create -b b box >/dev/null </dev/null
		oci start box
		pid=$(oci state box | jq .pid)
		has 'Seccomp:	2' "$(cat "/proc/$pid/status")"
		oci delete --force box
	done
}

# An agent that does not answer holds it there.
@test "between the filter and the command nobody may trace it, not by its own user and rights" {
	need_program python3 python3
	python3 -c 'import socket, time; s = socket.socket(socket.AF_UNIX); s.bind("agent"); s.listen()
c = s.accept()[0]; m = socket.recv_fds(c, 9999, 1); open("held", "w"); time.sleep(1000)' 3>&- &
	await test -S agent
	sh_bundle b box 'exec sleep 1000' ".linux.seccomp = $(notify execve) | .process.user = { uid: 1000, gid: 1000 }"
	oci create -b b box >/dev/null </dev/null
	oci start box 3>&- &
	await test -e held
	pid=$(oci state box | jq .pid)
	same "$(stat -c %u "/proc/$pid/environ" "/proc/$pid" | xargs)" "0 1000"
	has 'CapInh:.0000000000000000' "$(cat "/proc/$pid/status")"
	has 'CapAmb:.0000000000000000' "$(cat "/proc/$pid/status")"
	oci delete --force box
}

@test "CAP_SYS_ADMIN, which loads the filter, does not stay, and hooks do not have it" {
	for user in 0 1000; do
		sh_bundle b box 'grep ^Cap /proc/self/status' ".process.user = { uid: $user, gid: $user } |
			.process.capabilities = { bounding: [\"CAP_KILL\"], permitted: [\"CAP_KILL\"], effective: [\"CAP_KILL\"],
				inheritable: [\"CAP_KILL\"], ambient: [\"CAP_KILL\"] } |
			.linux.seccomp = { defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [ { names: [\"mkdir\"], action: \"SCMP_ACT_ERRNO\" } ] } |
			.hooks.startContainer = [{ path: \"/bin/sh\", args: [\"sh\", \"-c\", \"/bin/grep ^Cap /proc/self/status; exit 7\"] }]"
		run oci run -b b box
		for set in Inh Prm Eff Bnd Amb; do
			has "Cap$set:.0000000000000020" "$output"
		done
		jq 'del(.hooks)' b/config.json >c.json && mv c.json b/config.json
		run oci run -b b box
		for set in Inh Prm Eff Bnd Amb; do
			has "Cap$set:.0000000000000020" "$output"
		done
	done
}
