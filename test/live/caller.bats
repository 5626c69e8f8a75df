#!/usr/bin/env bats
# What guise and guise-oci have of their caller: nothing that harms them, and nothing that the command should not have.

load common
load oci

need_for_all() { need_program python3 python3; }

# In a process that ignores and blocks every signal that it can, or has small limits and one processor.
calling() { # signals|limits COMMAND...
	python3 -c '
import ctypes, os, resource, signal, sys
if sys.argv[1] == "signals":
    # the C library leaves 32 and 33 to nobody: rt_sigaction(2), with SIG_IGN
    for s in 32, 33:
        ctypes.CDLL(None).syscall(13 if os.uname().machine == "x86_64" else 134, s, (ctypes.c_ulong * 4)(1), None, 8)
    for s in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(s, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
else:
    os.umask(0o777)
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_STACK, (256 << 10, 256 << 10))
    for limit, n in (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, 6):
        resource.setrlimit(limit, (n, resource.getrlimit(limit)[1]))
os.execvp(sys.argv[2], sys.argv[2:])' "$@"
}

signals='grep -E "Sig(Blk|Ign)" /proc/self/status | tr -d "\n"; exit 7'
none="SigBlk:	0000000000000000SigIgn:	0000000000000000"
limits='umask; ulimit -n; ulimit -f; grep Cpus_allowed_list /proc/self/status; exit 7'
these() { printf '0022\n6\n0\nCpus_allowed_list:	%s\n' "$(awk '/Cpus_allowed_list/ { print $2 }' /proc/1/status)"; }

@test "signals that the caller ignores and blocks: guise" {
	for init in "" --init; do
		run -7 calling signals "$GUISE" --root "$STATE" run --rm $init --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" sh -c "$signals"
		same "$output" "$none"
	done
	calling signals "$GUISE" --root "$STATE" run -d --network none --cgroup-parent "$PARENT" --name c "dir:$ROOTFS" sh -c "$signals" >/dev/null
	same "$(guise wait c)" 7
	same "$(guise logs c)" "$none"
	box_detached --name d "dir:$ROOTFS" sleep 1000 >/dev/null
	run -7 calling signals "$GUISE" --root "$STATE" exec d sh -c "$signals"
	same "$output" "$none"
}

@test "signals that the caller ignores and blocks: guise-oci" {
	sh_bundle b box "$signals"
	run -7 calling signals "$RUNTIME" --root "$STATE" run -b b box
	same "$output" "$none"
	bundle b box
	calling signals "$RUNTIME" --root "$STATE" create -b b box </dev/null >/dev/null
	oci start box
	run -7 calling signals "$RUNTIME" --root "$STATE" exec box sh -c "$signals"
	same "$output" "$none"
	calling signals "$RUNTIME" --root "$STATE" delete --force box
}

@test "umask, limits and affinity of the caller: guise" {
	run -7 calling limits "$GUISE" --root "$STATE" run --rm --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" sh -c "$limits"
	same "$output" "$(these)"
	calling limits "$GUISE" --root "$STATE" run -d --network none --cgroup-parent "$PARENT" --name c "dir:$ROOTFS" sleep 1000 | grep -q .
	run -7 calling limits "$GUISE" --root "$STATE" exec c sh -c "$limits"
	same "$output" "$(these)"
	calling limits "$GUISE" --root "$STATE" rm -f c
}

@test "umask, limits and affinity of the caller: guise-oci" {
	sh_bundle b box "$limits"
	run -7 calling limits "$RUNTIME" --root "$STATE" run -b b box
	same "$output" "$(these)"
	bundle b box
	calling limits "$RUNTIME" --root "$STATE" create -b b box </dev/null >/dev/null
	calling limits "$RUNTIME" --root "$STATE" start box
	run -7 calling limits "$RUNTIME" --root "$STATE" exec box sh -c "$limits"
	same "$output" "$(these)"
	calling limits "$RUNTIME" --root "$STATE" delete --force box
}

@test "a small limit of the container's own does not starve what makes it" {
	# (3: with 0, 1, 2 there is none left)
	sh_bundle b box 'ulimit -n; exit 7' '.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 3, hard: 3 }]'
	oci create -b b box </dev/null >out
	oci start box
	await has_status box stopped
	same "$(cat out)" 3
	oci delete box
	sh_bundle b box 'ulimit -n; exit 7' '.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 3, hard: 3 }]
		| .linux.namespaces += [{ type: "user" }] | .linux.uidMappings = [{ containerID: 0, hostID: 0, size: 65536 }]
		| .linux.gidMappings = .linux.uidMappings | .mounts |= map(select(.destination != "/dev/pts"))'
	run -7 oci run -b b box
	same "$output" 3
}

@test "descriptors 0, 1, 2 that the caller has closed" {
	box -v "$DIR:/mnt" "dir:$ROOTFS" sh -c 'echo a >/mnt/out; echo b; exit 7' <&- >&- 2>&- && status=0 || status=$?
	same "$status" 7
	same "$(cat out)" a
	rm out
	sh_bundle b box 'echo a >/mnt/out; echo b; exit 7' ".mounts += [{ destination: \"/mnt\", source: \"$DIR\", options: [\"bind\"] }]"
	oci run -b b box <&- >&- 2>&- && status=0 || status=$?
	same "$status" 7
	same "$(cat out)" a
}
