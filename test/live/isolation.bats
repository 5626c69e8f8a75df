#!/usr/bin/env bats
# Which parts of the machine a container does not see: namespaces, processes, mounts, devices, names.

load common

@test "pid, mount, uts, ipc, network and cgroup namespaces are new, user and time are not" {
	run box host: sh -c 'cd /proc/self/ns; for n in pid mnt uts ipc net cgroup user time; do readlink $n; done'
	same "$status" 0
	for ns in pid mnt uts ipc net cgroup; do
		has "^$ns:" "$output"
		has_not "^$(readlink "/proc/self/ns/$ns" | sed 's/[][]/\\&/g')$" "$output"
	done
	has "^$(readlink /proc/self/ns/user | sed 's/[][]/\\&/g')$" "$output"
	has "^$(readlink /proc/self/ns/time | sed 's/[][]/\\&/g')$" "$output"
}

@test "--timens: a time namespace of its own" {
	run box --timens host: readlink /proc/self/ns/time
	same "$status" 0
	has '^time:' "$output"
	[ "$output" != "$(readlink /proc/self/ns/time)" ]
}

@test "the command is PID 1, and ps shows the container's processes only" {
	run box host: sh -c 'echo $$; ps -e -o pid=,comm=; true'
	same "$status" 0
	same "${lines[0]}" 1
	has '^ *1 sh$' "$output"
	has '^ *[0-9]+ ps$' "$output"
	same "${#lines[@]}" 3
	run box dir:"$ROOTFS" ps -o pid,comm
	same "${#lines[@]}" 2
}

@test "--init: an init is PID 1, and reaps what its children leave" {
	run box --init host: sh -c 'cat /proc/1/comm; echo $$
		sh -c "sleep .1 & :"; for i in $(seq 100); do ps -e -o comm= | grep -q sleep || break; sleep .1; done
		ps -e -o stat=,comm= '
	same "$status" 0
	same "${lines[0]}" guise-init
	[ "${lines[1]}" != 1 ]
	has_not '^Z' "$output"
	has_not ' sleep' "$output"
}

@test "without --init an orphan stays a zombie: nobody reaps it (the test above can fail)" {
	run box host: sh -c 'sh -c "sleep .1 & :"; exec python3 -c "
import os, time
for i in range(100):
    time.sleep(.1)
    all = os.popen(\"ps -e -o stat=,comm=\").read()
    if \"Z\" in all: break
print(all)"'
	has '^Z' "$output"
}

@test "exit codes: the command's own, and 128+n for signals, with and without --init" {
	for init in "" --init; do
		run box $init host: sh -c 'exit 42'
		same "$status" 42
		# PID 1 is killed by nobody inside but the kernel; a child of --init's is
		run box $init host: sh -c 'sh -c "kill -9 \$\$"'
		same "$status" 137
	done
	run box --init host: sh -c 'kill -TERM $$'
	same "$status" 143
}

@test "a signal to guise reaches the command, with and without --init" {
	for init in "" --init; do
		mkfifo up
		# (guise itself, not a function: $! is to be guise's)
		"$GUISE" --root "$STATE" run --network none --cgroup-parent "$PARENT" $init host: \
			sh -c 'trap "exit 7" TERM; echo up; while :; do sleep .02; done' >up &
		read -r word <up
		same "$word" up
		kill -TERM $!
		wait $! && code=0 || code=$?
		same "$code" 7
		rm up
	done
}

@test "--pid, --uts, --ipc and --network host: the host's namespace" {
	run box --pid host --uts host --ipc host --network host host: sh -c \
		'cd /proc/self/ns; for n in pid uts ipc net mnt cgroup; do readlink $n; done'
	same "$status" 0
	same "${lines[0]}" "$(readlink /proc/self/ns/pid)"
	same "${lines[1]}" "$(readlink /proc/self/ns/uts)"
	same "${lines[2]}" "$(readlink /proc/self/ns/ipc)"
	same "${lines[3]}" "$(readlink /proc/self/ns/net)"
	[ "${lines[4]}" != "$(readlink /proc/self/ns/mnt)" ]
	[ "${lines[5]}" != "$(readlink /proc/self/ns/cgroup)" ]
	run box --pid host host: sh -c "ps -p $$ -o pid="
	same "$((output))" "$$"
}

@test "--pid, --uts, --ipc and --network container:NAME: another container's, each alone" {
	box_detached --name a --hostname ahost host: sh -c 'echo a >/dev/shm/file; exec sleep 1000'
	pid=$(pid_of a)
	await grep -qs a "/proc/$pid/root/dev/shm/file"
	for pair in pid:pid uts:uts ipc:ipc network:net; do
		option=${pair%:*} name=${pair#*:}
		run box "--$option" container:a host: sh -c 'cd /proc/self/ns; for n in pid uts ipc net; do readlink $n; done'
		same "$status" 0
		for other in pid uts ipc net; do
			theirs=$(readlink "/proc/$pid/ns/$other" | sed 's/[][]/\\&/g')
			if [ $other = "$name" ]; then
				has "^$theirs$" "$output"
			else
				has_not "^$theirs$" "$output"
			fi
		done
	done
	run box --pid container:a host: ps -e -o comm=
	has '^sleep$' "$output"
	run box --ipc container:a host: cat /dev/shm/file
	same "$output" a
	run box --uts container:a host: hostname
	same "$output" ahost
}

@test "the root is entered with pivot_root: the host's mounts are not in the namespace at all" {
	box_detached --name a dir:"$ROOTFS" sleep 1000
	# setns(2) leads to the root of the namespace itself: of a chroot that would be the host's
	run nsenter -t "$(pid_of a)" -m -p /bin/busybox sh -c 'ls /; cat /proc/self/mountinfo'
	same "$status" 0
	has_not '^(home|boot|lib)$' "$output"
	has ' / / rw.* - | /[^ ]*rootfs / rw.* - ' "$output"
	has_not ' - (devtmpfs|virtiofs|securityfs) ' "$output"
	# and what else is mounted is the container's own
	has_not '^/([^pdse]|p[^r]|d[^e]|s[^y]|e[^t])' "$(awk '$5 ~ /^\// { print $5 }' <<<"$output")"
	same "$(awk '$5 ~ /^\/etc/ { print $5 }' <<<"$output")" $'/etc/hosts\n/etc/hostname\n/etc/resolv.conf'
}

@test "mounts propagate neither out of the container nor, by themselves, into it" {
	mount --make-shared --bind "$DIR" "$DIR"
	run box --cap-add SYS_ADMIN --security-opt seccomp=unconfined -v "$DIR:/mnt" host: sh -c \
		'mkdir /mnt/inside; mount -t tmpfs none /mnt/inside && touch /mnt/inside/file; ls /mnt/inside'
	same "$status" 0
	same "$output" file
	[ ! -e inside/file ]
	cd /
	umount "$DIR"
}

@test "the mounts of the OCI runtime specification, with its options" {
	run box dir:"$ROOTFS" cat /proc/self/mountinfo
	same "$status" 0
	has ' /proc rw,nosuid,nodev,noexec,relatime - proc ' "$output"
	has ' /dev rw,nosuid.* - tmpfs .*mode=755' "$output"
	has ' /dev/pts rw,nosuid,noexec,relatime - devpts .*gid=5,mode=620,ptmxmode=666' "$output"
	has ' /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs .*size=65536k' "$output"
	has ' /dev/mqueue rw,nosuid,nodev,noexec,relatime - mqueue ' "$output"
	has ' /sys ro,nosuid,nodev,noexec,relatime - sysfs ' "$output"
	has ' /sys/fs/cgroup(/unified)? ro,nosuid,nodev,noexec,relatime - cgroup2 ' "$output"
}

@test "the default devices and links in /dev, and nothing else" {
	run box dir:"$ROOTFS" sh -c 'cd /dev; ls; for f in *; do [ -c $f ] && stat -c "%n %t:%T %a" $f; done
		for l in fd stdin stdout stderr ptmx; do echo $l $(readlink $l); done; exit 0'
	same "$status" 0
	same "$(head -n 15 <<<"$output" | grep -v : | tr '\n' ' ')" \
		"fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero "
	for device in "full 1:7" "null 1:3" "random 1:8" "tty 5:0" "urandom 1:9" "zero 1:5"; do
		has "^$device 666$" "$output"
	done
	has '^fd /proc/self/fd$' "$output"
	has '^stdin /proc/self/fd/0$' "$output"
	has '^stdout /proc/self/fd/1$' "$output"
	has '^stderr /proc/self/fd/2$' "$output"
	has '^ptmx pts/ptmx$' "$output"
	run box dir:"$ROOTFS" sh -c 'echo x >/dev/null && head -c 3 /dev/zero | wc -c && ! echo x 2>/dev/null >/dev/full'
	same "$status:$output" 0:3
}

@test "masked paths are empty" {
	run box host: sh -c 'for f in /proc/kcore /proc/keys /proc/timer_list /proc/interrupts; do
			[ ! -e $f ] || { [ -c $f ] && [ -z "$(cat $f)" ] || echo $f; }; done
		for d in /proc/acpi /proc/scsi /sys/firmware /sys/devices/virtual/powercap; do
			[ ! -e $d ] || [ -z "$(ls -A $d)" ] || echo $d; done'
	same "$status:$output" 0:
	# unmasked, there is something to see
	run box --security-opt unmask=ALL host: sh -c '[ -s /proc/interrupts ] || [ -n "$(cat /proc/interrupts)" ]'
	same "$status" 0
}

@test "read-only paths cannot be written, not even by a root with all capabilities" {
	run box --cap-add ALL --security-opt seccomp=unconfined host: sh -c '
		for f in /proc/sys/kernel/hostname /proc/sysrq-trigger /proc/irq/default_smp_affinity /sys/kernel/uevent_seqnum; do
			[ ! -e $f ] || { (echo x >$f) 2>&1 | grep -q "Read-only" || echo "$f"; }; done'
	same "$status:$output" 0:
}

@test "--hostname, or the first 12 digits of the id; the host keeps its own" {
	before=$(hostname)
	run box --hostname moon host: sh -c 'hostname; echo $HOSTNAME'
	same "${lines[*]}" "moon moon"
	run box --cidfile id host: hostname
	same "$output" "$(cut -c 1-12 id)"
	same "$(hostname)" "$before"
}

@test "--cgroupns host: the machine's cgroups, to be looked at" {
	run box --cgroupns host host: sh -c 'readlink /proc/self/ns/cgroup; cat /proc/self/cgroup; ls /sys/fs/cgroup; mkdir /sys/fs/cgroup/*/new /sys/fs/cgroup/new'
	same "${lines[0]}" "$(readlink /proc/self/ns/cgroup)"
	has "/$PARENT/" "$output"
	for name in /sys/fs/cgroup/*; do
		has "^${name##*/}$" "$output"
	done
	has 'Read-only file system' "$output"
	box_detached --name a --cgroupns host host: sleep 1000 >/dev/null
	same "$(guise exec a readlink /proc/self/ns/cgroup)" "$(readlink /proc/self/ns/cgroup)"
	same "$(guise inspect a | jq -r '.[0].HostConfig.CgroupnsMode')" host
	run guise explain --check a
	same "$status" 0
	run box --cgroupns host --userns auto "dir:$ROOTFS" sh -c 'readlink /proc/self/ns/cgroup; mkdir /sys/fs/cgroup/new'
	same "${lines[0]}" "$(readlink /proc/self/ns/cgroup)"
}

@test "--shm-size: so large is /dev/shm" {
	run box --shm-size 1m host: sh -c 'stat -f -c "%b %S" /dev/shm; head -c 2M /dev/zero >/dev/shm/file'
	same "${lines[0]}" "256 4096"
	has 'No space left' "$output"
	box_detached --name a --shm-size 128m host: sleep 1000 >/dev/null
	same "$(guise inspect a | jq '.[0].HostConfig.ShmSize')" 134217728
}
