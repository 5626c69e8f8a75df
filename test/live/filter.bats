# System call filters of a person's own: what a profile has to allow for a command to be executed is execve, and no
# more than that, and whoever asked for the command hears what a filter has done to it.

load common
load oci

# Programs that call nothing: one is killed by an instruction (SIGILL, 132), the other one runs for ever.
need_for_all() {
	need_program cc gcc
	make_root root
	local body
	for body in 'trap __builtin_trap()' 'spin for(;;)'; do
		echo "void _start(void) { ${body#* }; }" | cc -O1 -ffreestanding -nostdlib -static -x c -o "root/${body%% *}" -
	done
	printf '#!/no/such/interpreter\n' >root/script
	chmod +x root/script
	profile execve >only
}

# A profile that kills for whatever isn't named.
profile() { # CALL...
	jq -cn '{ defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls: [ { names: $ARGS.positional, action: "SCMP_ACT_ALLOW" } ] }' --args "$@"
}

@test "a profile that allows execve alone: run and exec execute the command, and say why they can't" {
	for options in "-u 0" "-u 1000" "-u 0 --security-opt no-new-privileges=false" "-u 1000 --security-opt no-new-privileges=false"; do
		# shellcheck disable=SC2086 # options
		set -- --security-opt seccomp=only $options
		run box "$@" dir:"$PWD/root" /trap
		same "$status $output" "132 "
		run -127 --separate-stderr box "$@" dir:"$PWD/root" /script
		failed_with 127 'execute /script: no such file or directory; its interpreter may be missing'
		box_detached "$@" --name spin dir:"$PWD/root" /spin
		run guise exec spin /trap
		same "$status $output" "132 "
		run -127 --separate-stderr guise exec spin /script
		failed_with 127 'execute /script: no such file or directory; its interpreter may be missing'
		guise rm -f spin
	done
}

@test "a profile that allows execve alone: guise-oci's run, create, start and exec" {
	for filter in '.process.noNewPrivileges = true' . '.process.user = { uid: 1000, gid: 1000 }' \
		'.process.user = { uid: 1000, gid: 1000 } | .process.noNewPrivileges = true'; do
		mkdir -p b
		[ -e b/rootfs ] || ln -s ../root b/rootfs
		bundle b box "$filter | .linux.seccomp = $(cat only) | .process.args = [\"/trap\"]"
		run oci run -b b box
		same "$status $output" "132 "
		bundle b box "$filter | .linux.seccomp = $(cat only) | .process.args = [\"/script\"]"
		run oci run -b b box
		has 'execute /script: no such file or directory; its interpreter may be missing' "$output"
		oci create -b b box >out 2>&1 </dev/null
		run -1 oci start box
		has 'execute /script: no such file or directory; its interpreter may be missing' "$output"
		bundle b box "$filter | .linux.seccomp = $(cat only) | .process.args = [\"/spin\"]"
		oci create -b b box >out 2>&1 </dev/null
		oci start box
		same "$(cat "/proc/$(oci state box | jq .pid)/comm")" spin
		run oci exec box /trap
		same "$status $output" "132 "
		run -255 oci exec box /script
		has 'execute /script: no such file or directory; its interpreter may be missing' "$output"
		oci delete --force box
	done
}

@test "an init needs the calls that it is one by" {
	profile execve rt_sigtimedwait wait4 kill exit_group prctl >init
	for options in "-u 0" "-u 1000 --security-opt no-new-privileges=false"; do
		# shellcheck disable=SC2086 # options
		set -- --init --security-opt seccomp=init $options
		run box "$@" dir:"$PWD/root" /trap
		same "$status $output" "132 "
		run -127 --separate-stderr box "$@" dir:"$PWD/root" /script
		failed_with 127 'execute /script: no such file or directory'
	done
	run box --init -u 1000 --security-opt no-new-privileges=false dir:"$ROOTFS" grep -E '^(Cap|Seccomp:|NoNewPrivs)' /proc/1/status /proc/self/status
	for set in Inh Prm Eff Amb; do
		has "/1/status:Cap$set:.0000000000000000" "$output"
		has "/self/status:Cap$set:.0000000000000000" "$output"
	done
	has '/1/status:Seccomp:.2' "$output"
	has '/self/status:NoNewPrivs:.0' "$output"
}

@test "a profile that does not allow execve: it is said before anything is made, or by the command's error" {
	echo '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["execve"], "action": "SCMP_ACT_KILL" } ] }' >kills
	echo '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["execve"], "action": "SCMP_ACT_ERRNO" } ] }' >refuses
	run --separate-stderr box --security-opt seccomp=kills dir:"$PWD/root" /trap
	failed_with 126 'execute /trap: the seccomp profile kills who calls execve; allow execve there'
	run --separate-stderr box --security-opt seccomp=refuses dir:"$PWD/root" /trap
	failed_with 126 'execute /trap: Operation not permitted; its seccomp profile may not allow execve'
	ln -sfT root rootfs
	bundle . box ".linux.seccomp = $(cat kills)"
	run -1 oci create box
	has 'the seccomp profile kills who calls execve' "$output"
	bundle . box ".linux.seccomp = $(cat refuses)"
	oci create box >out 2>&1 </dev/null
	run -1 oci start box
	has 'its seccomp profile may not allow execve' "$output"
}

@test "a command that its filter kills at its start: it is said" {
	run --separate-stderr box --security-opt seccomp=only dir:"$PWD/root" /bin/busybox true
	failed_with 159 'busybox ended with 159 .SIGSYS.: .*its seccomp profile kills for; .*type=1326'
	box_detached --security-opt seccomp=only --name spin dir:"$PWD/root" /spin
	run --separate-stderr guise exec spin /bin/busybox true
	failed_with 159 'busybox ended with 159'
	ln -sfT root rootfs
	bundle . box ".linux.seccomp = $(cat only) | .process.args = [\"/bin/busybox\"]"
	run -159 oci run box
	has 'busybox ended with 159' "$output"
}

# A sandbox that answers clone3(2) with "no such call", as docker's once did.
without_clone3() { # COMMAND...
	python3 -c 'import ctypes, os, struct, sys
program = struct.pack("HBBI" * 4, 0x20, 0, 0, 0, 0x15, 0, 1, 435, 0x06, 0, 0, 0x50000 | 38, 0x06, 0, 0, 0x7fff0000)
text = ctypes.create_string_buffer(program)
filter = ctypes.create_string_buffer(struct.pack("@HP", 4, ctypes.addressof(text)))
libc = ctypes.CDLL(None)
libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, filter) == 0 or sys.exit(9)
os.execv(sys.argv[1], sys.argv[1:])' "$@"
}

@test "a sandbox around guise that has no clone3: it is said, with what to do" {
	need_program python3 python3
	hint='.clone3.: Function not implemented; a sandbox around guise may forbid it: .*--security-opt seccomp=unconfined'
	run --separate-stderr without_clone3 "$GUISE" --root "$STATE" run --network none --cgroup-parent "$PARENT" dir:"$PWD/root" /trap
	failed_with 125 "start the container's first process $hint"
	box_detached --name spin dir:"$PWD/root" /spin
	run --separate-stderr without_clone3 "$GUISE" --root "$STATE" exec spin /trap
	failed_with 125 "start .* $hint"
	ln -sfT root rootfs
	bundle . box '.process.args = ["/trap"]'
	run -1 without_clone3 "$RUNTIME" --root "$STATE" run box
	has "start the container's first process $hint" "$output"
}
