#!/usr/bin/env bats
# What a container's command may do: rights, system calls, descriptors, ids.

load common
load oci

field() { awk -v name="$1:" '$1 == name { $1 = ""; sub(/^ +/, ""); print; exit }' <<<"$output"; }
status_of() { run box "$@" cat /proc/self/status; same "$status" 0; }

@test "docker's default capabilities; none inheritable or ambient" {
	status_of dir:"$ROOTFS"
	# CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_RAW SYS_CHROOT MKNOD
	# AUDIT_WRITE SETFCAP
	for set in CapPrm CapEff CapBnd; do same "$(field $set)" 00000000a80425fb; done
	for set in CapInh CapAmb; do same "$(field $set)" 0000000000000000; done
}

@test "--cap-add and --cap-drop; ALL" {
	status_of --cap-add NET_ADMIN --cap-drop CAP_MKNOD dir:"$ROOTFS"
	same "$(field CapEff)" 00000000a00435fb
	same "$(field CapBnd)" 00000000a00435fb
	status_of --cap-drop ALL dir:"$ROOTFS"
	same "$(field CapEff):$(field CapBnd)" 0000000000000000:0000000000000000
	status_of --cap-drop ALL --cap-add kill dir:"$ROOTFS"
	same "$(field CapEff)" 0000000000000020
	# as many as guise itself has
	status_of --cap-add ALL dir:"$ROOTFS"
	same "$(field CapEff)" "$(awk '/CapPrm/ { print $2 }' /proc/self/status)"
}

@test "--privileged: all capabilities, no filter, nothing masked or read-only, every device" {
	status_of --privileged dir:"$ROOTFS"
	same "$(field CapEff)" "$(awk '/CapPrm/ { print $2 }' /proc/self/status)"
	same "$(field Seccomp)" 0
	same "$(field NoNewPrivs)" 0
	run box --privileged dir:"$ROOTFS" sh -c 'grep -E " /(proc/[a-z]|sys/firm)" /proc/self/mountinfo
		awk "\$5 == \"/sys\" { print \$6 }" /proc/self/mountinfo'
	has '^rw,' "$output"
	same "${#lines[@]}" 1
}


# A directory of its own of CONTROLLER (v1's name), for a limit.
@test "--privileged: it makes cgroups of its own with limits, in every hierarchy that the machine has" {
	case $(world) in
	v2)
		run box --privileged dir:"$ROOTFS" sh -ec 'cd /sys/fs/cgroup; mkdir init; echo 1 >init/cgroup.procs
			for c in $(cat cgroup.controllers); do echo +$c >cgroup.subtree_control; done
			mkdir a; echo 50M >a/memory.max; cat a/memory.max; cut -d: -f3 /proc/self/cgroup'
		same "$status:$output" "0:$((50 << 20))"$'\n/init'
		;;
	*)
		run box --privileged dir:"$ROOTFS" sh -ec 'cd /sys/fs/cgroup; mkdir memory/a; echo 50M >memory/a/memory.limit_in_bytes
			cat memory/a/memory.limit_in_bytes; cut -d: -f3 /proc/self/cgroup | sort -u
			for h in $(grep " cgroup " /proc/self/mounts | cut -d" " -f2); do mkdir $h/b; done'
		same "$status:$output" "0:$((50 << 20))"$'\n/'
		run box --privileged dir:"$ROOTFS" sh -c 'grep -c " cgroup " /proc/self/mounts'
		same "$output" "$(grep -c ' cgroup ' /proc/self/mounts)"
		;;
	esac
	same "$(cgroups_of "$PARENT")" ""
}

@test "--cgroupns private, asked for: the cgroups of every hierarchy are seen, and not written to" {
	[ "$(world)" != v2 ] || skip "there is one hierarchy"
	run box --cgroupns private dir:"$ROOTFS" sh -c 'grep -c " cgroup " /proc/self/mounts; mkdir /sys/fs/cgroup/memory/a'
	same "${lines[0]}" "$(grep -c ' cgroup ' /proc/self/mounts)"
	has "Read-only" "${lines[1]}"
	same "$(box dir:"$ROOTFS" grep -c ' cgroup ' /proc/self/mounts)" 0
}

@test "exec follows a privileged container into the cgroup that its processes have moved to" {
	[ "$(world)" = v2 ] || skip "only cgroup v2 forbids processes where controllers are handed on"
	box_detached --name moved --privileged dir:"$ROOTFS" sh -ec 'cd /sys/fs/cgroup; mkdir init; echo 1 >init/cgroup.procs
		echo +memory >cgroup.subtree_control; echo done; sleep 1000' >/dev/null
	await eval 'guise logs moved | grep -qx done'
	same "$(guise exec moved cut -d: -f3 /proc/self/cgroup)" /init
}
@test "another user than root has no capability, but keeps the bounding set, as docker has it" {
	status_of --user 1000 dir:"$ROOTFS"
	same "$(field CapEff):$(field CapPrm):$(field CapBnd)" 0000000000000000:0000000000000000:00000000a80425fb
}

@test "no_new_privs, and its switch-off" {
	status_of dir:"$ROOTFS"
	same "$(field NoNewPrivs)" 1
	status_of --security-opt no-new-privileges=false dir:"$ROOTFS"
	same "$(field NoNewPrivs)" 0
	same "$(field Seccomp)" 2
}

@test "the default seccomp profile: a filter that refuses what a container has no business with" {
	status_of dir:"$ROOTFS"
	same "$(field Seccomp):$(field Seccomp_filters)" 2:1
	run box --cap-add SYS_ADMIN host: python3 -c '
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for name, nr in dict(keyctl=250, add_key=248, kexec_load=246, bpf=321, userfaultfd=323).items():
    libc.syscall(nr, 0, 0, 0, 0, 0)
    print(name, ctypes.get_errno())'
	for call in keyctl add_key kexec_load userfaultfd; do has "^$call 1$" "$output"; done
	run box host: unshare --user true
	[ "$status" != 0 ]
}

@test "--security-opt seccomp: unconfined, a file, and files that are none" {
	status_of --security-opt seccomp=unconfined dir:"$ROOTFS"
	same "$(field Seccomp)" 0
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls":
		[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}' >profile.json
	run box --security-opt seccomp=profile.json dir:"$ROOTFS" mkdir /tmp/x
	same "$status" 1
	has 'not supported' "$output"
	run --separate-stderr box --security-opt seccomp=none.json dir:"$ROOTFS" true
	failed_with 125 none.json
	echo '{"defaultAction": "SCMP_ACT_NONSENSE"}' >bad.json
	run --separate-stderr box --security-opt seccomp=bad.json dir:"$ROOTFS" true
	failed_with 125 "bad.json.*SCMP_ACT_NONSENSE|SCMP_ACT_NONSENSE"
}

# docker's own: what depends on the container, and the machine
@test "--security-opt seccomp: a profile of an engine's own form" {
	jq -n '{ defaultAction: "SCMP_ACT_ALLOW", archMap: [ { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] } ],
		syscalls: [ { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95,
			includes: { caps: ["CAP_SYS_TIME"], minKernel: "3.0" }, excludes: { caps: ["CAP_SYS_NICE"] } } ] }' >profile.json
	for options in "" "--cap-add SYS_TIME --cap-add SYS_NICE"; do
		# shellcheck disable=SC2086 # options
		box --security-opt seccomp=profile.json $options dir:"$ROOTFS" sh -c "mkdir /tmp/y && rmdir /tmp/y"
	done
	run box --security-opt seccomp=profile.json --cap-add SYS_TIME dir:"$ROOTFS" sh -c "mkdir /tmp/y && rmdir /tmp/y"
	has 'not supported' "$output"
	# in a configuration it says nothing
	bundle . box ".linux.seccomp = $(jq .archMap=null profile.json) | .process.args = [\"mkdir\", \"/tmp/y\"]"
	run oci run box
	has 'linux.seccomp.syscalls: "includes" and "excludes" are ignored' "$output"
	has 'not supported' "$output"
}

@test "the cgroup is read-only inside" {
	run box --memory 32m --cap-add ALL --security-opt seccomp=unconfined dir:"$ROOTFS" sh -c '
		find /sys/fs/cgroup -name memory.max -o -name memory.limit_in_bytes -o -name cgroup.procs | while read -r f; do
			(echo 1 >$f) 2>&1 | grep -q "Read-only" || echo "$f is writable"; done'
	same "$status:$output" 0:
}

@test "no descriptor is inherited but 0, 1 and 2" {
	exec 7<"$LIVE" 8>file
	run box dir:"$ROOTFS" sh -c 'ls /proc/$$/fd; true'
	same "${lines[*]}" "0 1 2"
	run box --init dir:"$ROOTFS" sh -c 'ls /proc/$$/fd; ls /proc/1/fd; true'
	exec 7<&- 8>&-
	same "${lines[*]}" "0 1 2 0 1 2"
}

@test "a closed standard descriptor does not become one of guise's files" {
	run bash -c '"$@" <&- 2>&-' - "$GUISE" --root "$STATE" run --rm --network none --cgroup-parent "$PARENT" \
		dir:"$ROOTFS" sh -c 'readlink /proc/self/fd/0; readlink /proc/self/fd/2'
	same "$status:${lines[*]}" "0:/dev/null /dev/null"
}

@test "--user: name, number, with a group of either; home, and groups as the image's /etc/group has them" {
	for user in ann 1000; do
		run box --user $user dir:"$ROOTFS" sh -c 'id -u; id -g; id -G; echo $HOME'
		same "$status:${lines[*]}" "0:1000 1000 1000 29 44 /home/ann"
	done
	run box --user ann:users dir:"$ROOTFS" sh -c 'id -u; id -g; id -G'
	same "${lines[0]} ${lines[1]}" "1000 100"
	run box --user 4242:77 dir:"$ROOTFS" sh -c 'id -u; id -g; id -G; echo $HOME'
	same "${lines[*]}" "4242 77 77 /"
	run box --user bob --group-add video --group-add 555 dir:"$ROOTFS" id -G
	same "$output" "100 29 44 555"
	for user in nobody-here ann:no-group; do
		run --separate-stderr box --user $user dir:"$ROOTFS" true
		failed_with 125 "${user#ann:}.*/etc/(passwd|group)|${user#ann:}"
	done
	run --separate-stderr box --user 4294967295 dir:"$ROOTFS" true
	failed_with 125 4294967295
}

@test "the caller's own groups are not kept" {
	run setpriv --groups 4,20 "$GUISE" --root "$STATE" run --rm --network none --cgroup-parent "$PARENT" dir:"$ROOTFS" \
		grep Groups: /proc/self/status
	has '^Groups:[[:space:]]*0? ?$' "$output"
}

@test "a hostile /etc/passwd: a fifo, a link to a device, a loop are no user and no hang" {
	for evil in "mkfifo" "ln -s /dev/zero" "ln -s passwd"; do
		make_root root
		rm root/etc/passwd
		$evil root/etc/passwd
		run --separate-stderr timeout 60 "$GUISE" --root "$STATE" run --rm --network none --cgroup-parent "$PARENT" \
			--user ann dir:root true
		failed_with 125 ann
		rm -r root
	done
}

@test "--ulimit" {
	run box --ulimit nofile=100:200 --ulimit core=0 dir:"$ROOTFS" sh -c 'ulimit -Sn; ulimit -Hn; ulimit -c'
	same "${lines[*]}" "100 200 0"
	run --separate-stderr box --ulimit nofile=200:100 dir:"$ROOTFS" true
	failed_with 125 nofile
	run --separate-stderr box --ulimit nonsense=1 dir:"$ROOTFS" true
	failed_with 125 nonsense
}

@test "--sysctl: of the container's namespaces, and no others" {
	before=$(cat /proc/sys/kernel/shmmni)
	run box --sysctl kernel.shmmni=123 --sysctl net.ipv4.ip_default_ttl=33 dir:"$ROOTFS" \
		cat /proc/sys/kernel/shmmni /proc/sys/net/ipv4/ip_default_ttl
	same "$status:${lines[*]}" "0:123 33"
	same "$(cat /proc/sys/kernel/shmmni)" "$before"
	for refused in vm.swappiness=1 kernel.panic=1 net/../kernel/panic=1 kernel.core_pattern=x; do
		run --separate-stderr box --sysctl $refused dir:"$ROOTFS" true
		failed_with 125 "${refused%%[./]*}"
	done
	run --separate-stderr box --ipc host --sysctl kernel.shmmni=123 dir:"$ROOTFS" true
	failed_with 125 kernel.shmmni
}

@test "guise-init and guise are not dumpable before the command runs" {
	need_program strace strace
	strace -f -qq -e trace=prctl,setns,clone3,execve,execveat -o trace "$GUISE" --root "$STATE" run --rm \
		--network none --cgroup-parent "$PARENT" dir:"$ROOTFS" true
	has 'PR_SET_DUMPABLE, (SUID_DUMP_DISABLE|0)' "$(cat trace)"
}

@test "/proc/self/exe: a command that is a script for it runs nothing of guise's, and cannot overwrite it" {
	make_root root
	sum=$(sha256sum <"$GUISE")
	printf '#!/proc/self/exe\n' >root/evil
	chmod +x root/evil
	run box dir:root /evil --version
	[ "$status" != 0 ]
	has_not 'guise [0-9]' "$output"
	# what is executed last before the command is sealed memory, not a file of the host
	run box --init dir:root sh -c '(echo x >>/proc/1/exe) 2>&1; readlink /proc/1/exe; exit 0'
	has "^/?memfd:guise-init|^/memfd:" "$output"
	has "Operation not permitted|Text file busy|Permission denied|can't create" "$output"
	same "$(sha256sum <"$GUISE")" "$sum"
}

@test "a session keyring of its own" {
	[ -r /proc/keys ] || skip "this kernel has no keyrings"
	run box --security-opt seccomp=unconfined --security-opt unmask=ALL host: python3 -c '
import ctypes
print(ctypes.CDLL(None).syscall(250, 0, -3, 0))' # KEYCTL_GET_KEYRING_ID, the session keyring
	same "$status" 0
	outside=$(python3 -c 'import ctypes; print(ctypes.CDLL(None).syscall(250, 0, -3, 0))')
	[ "$output" != "$outside" ]
	has '^[0-9]+$' "$output"
}

@test "a session of its own: the caller's terminal can be neither read by job control nor typed into" {
	run box dir:"$ROOTFS" sh -c 'cut -d" " -f5,6,7 /proc/1/stat; (: </dev/tty) 2>&1'
	has '^1 1 0$' "$output"
	has 'No such device' "$output"
}

@test "umask 022, and the environment exactly as given" {
	printf 'FROM_FILE=1\n# no\nBOTH=file\n' >env
	run env -i SECRET=x PASSED=on "$GUISE" --root "$STATE" run --rm --network none --cgroup-parent "$PARENT" \
		--hostname h --env-file env -e BOTH=option -e PASSED -e 'A=b c=d' -e ABSENT dir:"$ROOTFS" sh -c \
		'umask; tr "\0" "\n" </proc/1/environ | sort'
	same "$status" 0
	same "$(tr '\n' '|' <<<"$output")" \
		"0022|A=b c=d|BOTH=option|FROM_FILE=1|HOME=/root|HOSTNAME=h|PASSED=on|PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin|container=guise|"
}
