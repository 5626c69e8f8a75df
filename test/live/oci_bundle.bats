#!/usr/bin/env bats
# guise-oci: what a config.json asks for is what the container has.

load common

OCI=$(dirname "$GUISE")/guise-oci

# Run SCRIPT in a container of `guise-oci spec`'s configuration, changed by the jq FILTER.
bundle() { # FILTER SCRIPT
	[ -e "$DIR/rootfs" ] || cp -a "$ROOTFS" "$DIR/rootfs"
	rm -f "$DIR/config.json"
	"$OCI" spec --bundle "$DIR"
	jq --arg script "$2" --arg cgroup "/$PARENT/box" \
		".process.terminal = false | .process.args = [\"sh\", \"-c\", \$script] | .linux.cgroupsPath = \$cgroup |
		 .root.readonly = false | $1" \
		"$DIR/config.json" >"$DIR/new" && mv "$DIR/new" "$DIR/config.json"
	"$OCI" --root "$STATE" run --bundle "$DIR" box 3>&-
}

userns='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'

@test "process: user, groups, umask, directory, limits, oom score" {
	run bundle '.process.user = {uid: 1000, gid: 1001, umask: 63, additionalGids: [29, 44]} | .process.cwd = "/home/ann" |
		.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}] | .process.oomScoreAdj = 500' \
		'id -u; id -g; id -G; umask; pwd; ulimit -Sn; ulimit -Hn; cat /proc/self/oom_score_adj'
	same "$output" "$(printf '%s\n' 1000 1001 '1001 29 44' 0077 /home/ann 100 200 500)"
}

@test "process: each of the five sets of capabilities" {
	run bundle '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"], permitted: ["CAP_CHOWN", "CAP_KILL"],
		effective: ["CAP_CHOWN", "CAP_KILL"], inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]} |
		.process.user = {uid: 1000, gid: 1000}' 'grep ^Cap /proc/self/status'
	has 'CapInh:.0000000000000020' "$output"
	has 'CapPrm:.0000000000000020' "$output" # what execve leaves another user than root: the ambient set
	has 'CapEff:.0000000000000020' "$output"
	has 'CapBnd:.00000000000000a1' "$output"
	has 'CapAmb:.0000000000000020' "$output"
}

@test "process: scheduler, I/O priority, personality, memory policy" {
	run bundle '.process.scheduler = {policy: "SCHED_BATCH", nice: 5} |
		.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6} | .linux.personality = {domain: "LINUX32"} |
		.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}' \
		'cut -d" " -f19,41 /proc/self/stat; ionice -p $$; uname -m; grep -m1 -o bind:0 /proc/self/numa_maps'
	same "${lines[0]}" "5 3"
	same "${lines[1]}" "best-effort: prio 6"
	[ "$(uname -m)" != x86_64 ] || same "${lines[2]}" i686
	[ ! -e /proc/self/numa_maps ] || same "${lines[3]}" bind:0
}

@test "namespaces: names, kernel parameters, clocks" {
	run bundle '.hostname = "inner" | .domainname = "example.org" | .linux.namespaces += [{type: "time"}] |
		.linux.timeOffsets = {boottime: {secs: 864000}} | .linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "4242"}' \
		'hostname; cat /proc/sys/kernel/domainname /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax; cut -d. -f1 /proc/uptime'
	same "${lines[*]:0:4}" "inner example.org 1 4242"
	[ "${lines[4]}" -ge 864000 ]
}

@test "namespaces: one by path is entered; one of another type is refused" {
	unshare --uts sh -c 'hostname elsewhere; exec sleep 60' 3>&- &
	await grep -q sleep "/proc/$!/comm"
	run bundle 'del(.hostname) | (.linux.namespaces[] | select(.type == "uts")).path = "/proc/'$!'/ns/uts"' hostname
	same "$output" elsewhere
	run bundle 'del(.hostname) | (.linux.namespaces[] | select(.type == "uts")).path = "/proc/self/ns/ipc"' hostname
	same "$status" 1
	has 'join the uts namespace' "$output"
}

@test "devices: the default ones, links, and others with mode and owner" {
	run bundle '.linux.devices = [{path: "/dev/inner/fuse", type: "c", major: 10, minor: 229, fileMode: 416, uid: 7, gid: 8},
		{path: "/tmp/pipe", type: "p"}]' \
		'cd /dev; for n in null zero full random urandom tty; do stat -c "%n %t %T %a" $n; done; for n in fd stdin stdout stderr ptmx core; do readlink $n; done
		 stat -c "%t %T %a %u %g" inner/fuse; [ -p /tmp/pipe ] && echo pipe'
	same "$output" "$(printf '%s\n' 'null 1 3 666' 'zero 1 5 666' 'full 1 7 666' 'random 1 8 666' 'urandom 1 9 666' 'tty 5 0 666' \
		/proc/self/fd /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 pts/ptmx /proc/kcore 'a e5 640 7 8' pipe)"
}

@test "devices: what is there already must be the same" {
	mkdir -p rootfs; cp -a "$ROOTFS"/. rootfs
	mknod rootfs/tmp/node c 1 3
	run bundle '.linux.devices = [{path: "/tmp/node", type: "c", major: 1, minor: 3}]' 'echo fine'
	same "$output" fine
	run bundle '.linux.devices = [{path: "/tmp/node", type: "c", major: 1, minor: 5}]' 'echo fine'
	same "$status" 1
	has 'make device /tmp/node: File exists' "$output"
}

@test "mounts: attributes of one mount and of all below it" {
	mkdir -p src/sub; mount -t tmpfs tmpfs src; mkdir src/sub; mount -t tmpfs tmpfs src/sub
	run bundle ".mounts += [{destination: \"/one\", source: \"$DIR/src\", options: [\"rbind\", \"ro\", \"noexec\"]},
		{destination: \"/all\", source: \"$DIR/src\", options: [\"rbind\", \"rro\"]}]" \
		'touch /one/x; touch /one/sub/x && echo below; touch /all/x; touch /all/sub/x; true'
	same "$(grep -c 'Read-only file system' <<<"$output")" 3
	has below "$output"
}

@test "mounts: files, missing targets, an image's content in memory" {
	mkdir -p rootfs; cp -a "$ROOTFS"/. rootfs; mkdir rootfs/start; echo image >rootfs/start/file
	echo host >hosts.txt
	run bundle ".mounts += [{destination: \"/new/dir/hosts\", source: \"$DIR/hosts.txt\", options: [\"bind\", \"ro\"]},
		{destination: \"/start\", type: \"tmpfs\", source: \"tmpfs\", options: [\"tmpcopyup\", \"ro\"]}]" \
		'cat /new/dir/hosts /start/file; touch /start/x'
	same "${lines[*]:0:2}" "host image"
	has 'Read-only file system' "$output"
}

@test "mounts: nothing follows a link of the image out of the root" {
	mkdir -p rootfs; cp -a "$ROOTFS"/. rootfs; mkdir -p outside "rootfs$DIR/outside"
	ln -s "$DIR/outside" rootfs/link; ln -s ../../../../.. rootfs/up
	run bundle ".mounts += [{destination: \"/link/in\", type: \"tmpfs\", source: \"tmpfs\"},
		{destination: \"/up/tmp/in\", type: \"tmpfs\", source: \"tmpfs\"}]" 'ls -d /tmp/in /link/in'
	same "$output" "$(printf '%s\n' /link/in /tmp/in)"
	same "$(ls outside)" ""
}

@test "mounts: /proc and /sys that are links are refused" {
	mkdir -p rootfs; cp -a "$ROOTFS"/. rootfs; rmdir rootfs/proc; mkdir rootfs/fake; ln -s fake rootfs/proc
	run bundle . true
	same "$status" 1
	has 'is a symbolic link, and must be a real directory' "$output"
}

@test "mounts: an overlay of more layers than fsconfig takes in one word" {
	local layers=
	for n in $(seq 20); do
		mkdir -p "layers/a-name-of-some-length-$n"; echo "$n" >"layers/a-name-of-some-length-$n/f$n"
		layers=$layers:$DIR/layers/a-name-of-some-length-$n
	done
	run bundle ".mounts += [{destination: \"/merged\", type: \"overlay\", source: \"overlay\", options: [\"lowerdir=${layers#:}\", \"ro\"]}]" \
		'ls /merged | wc -l; touch /merged/x'
	same "${lines[0]}" 20
	has 'Read-only file system' "$output"
}

@test "mounts: masked and read-only paths" {
	run bundle '.linux.maskedPaths = ["/etc", "/root/secret", "/none"] | .linux.readonlyPaths = ["/tmp"] |
		.mounts += [{destination: "/root/secret", source: "/proc/version", options: ["bind"]}]' \
		'ls /etc; cat /root/secret; touch /tmp/x'
	has 'Read-only file system' "$output"
	same "${#lines[@]}" 1
}

@test "root: read-only; propagation" {
	run bundle '.root.readonly = true' 'touch /x'
	has 'Read-only file system' "$output"
	run bundle '.linux.rootfsPropagation = "shared"' 'head -1 /proc/self/mountinfo'
	has 'shared:' "$output"
	run bundle '.linux.rootfsPropagation = "unbindable"' 'head -1 /proc/self/mountinfo'
	has 'unbindable' "$output"
}

@test "root: --no-pivot" {
	cp -a "$ROOTFS" rootfs
	"$OCI" spec --bundle "$DIR"
	jq '.process.terminal = false | .process.args = ["sh", "-c", "ls /; wc -l </proc/self/mountinfo"]' config.json >new && mv new config.json
	run "$OCI" --root "$STATE" run --no-pivot --bundle "$DIR" box 3>&-
	same "$status" 0
	has_not "^state$" "$output"
}

@test "user namespace: root inside is nobody special outside; the host's closed directories can be bound" {
	cp -a "$ROOTFS" rootfs; chown -hR 100000:100000 rootfs; mkdir -p closed/data; echo host >closed/data/file; chmod 700 closed
	run bundle "$userns | .mounts += [{destination: \"/data\", source: \"$DIR/closed/data\", options: [\"rbind\"]}]" \
		'id -u; tr -s " " </proc/self/uid_map; cat /data/file; touch /data/x; echo >/dev/null && echo null'
	same "${lines[*]:0:3}" "0  0 100000 65536 host"
	has 'Permission denied' "$output"
	has null "$output"
}

@test "user namespace: no directory above the root or the state has to be open to its root" {
	cp -a "$ROOTFS" rootfs; chown -hR 100000:100000 rootfs
	mkdir 100000; mv rootfs 100000/; chown root:100000 100000; chmod 710 100000
	mkdir top; layers=$DIR/top
	for ((i = 0; i < 12; i++)); do mkdir -p lower/$(printf '%060d' $i); layers+=:$DIR/lower/$(printf '%060d' $i); done
	STATE=$DIR/closed/state
	mkdir -m 700 closed
	# as docker has it; closed altogether; and with an overlay whose options are too long for fsconfig(2)
	for mode in 710 700; do
		chmod $mode 100000
		run bundle "$userns | .root.path = \"100000/rootfs\" | .mounts += [{destination: \"/many\", type: \"overlay\", source: \"overlay\",
			options: [\"ro\", \"lowerdir=$layers\"]}]" 'id -u; grep -o " /many ro,.* overlay " /proc/self/mountinfo; ls -d /closed'
		same "${lines[0]}" 0
		has "^ /many ro,.*- overlay overlay" "${lines[1]}"
		has "No such file" "${lines[2]}"
	done
}

@test "user namespace: owners of a mount are mapped, by the container's or by maps of its own" {
	cp -a "$ROOTFS" rootfs; chown -hR 100000:100000 rootfs; mkdir data; touch data/file
	run bundle "$userns | .mounts += [{destination: \"/a\", source: \"$DIR/data\", options: [\"rbind\", \"idmap\"]},
		{destination: \"/b\", source: \"$DIR/data\", options: [\"rbind\", \"ridmap\"],
		uidMappings: [{containerID: 0, hostID: 100005, size: 1}], gidMappings: [{containerID: 0, hostID: 100006, size: 1}]}]" \
		'stat -c "%u %g" /a/file /b/file'
	has 'Invalid argument' "$output" && skip "no idmapped mounts on this file system"
	same "$output" "$(printf '%s\n' '0 0' '5 6')"
}

@test "user namespace: one by path is entered before the others are made" {
	cp -a "$ROOTFS" rootfs; chown -hR 100000:100000 rootfs
	unshare --user sleep 60 3>&- & pid=$!
	await grep -q sleep "/proc/$pid/comm"
	echo "0 100000 65536" >/proc/$pid/uid_map; echo "0 100000 65536" >/proc/$pid/gid_map
	run bundle ".linux.namespaces += [{type: \"user\", path: \"/proc/$pid/ns/user\"}] |
		.process.capabilities[] += [\"CAP_SYS_ADMIN\"]" 'readlink /proc/self/ns/user; id -u; hostname x && echo owner'
	same "$output" "$(printf '%s\n' "$(readlink /proc/$pid/ns/user)" 0 owner)"
}

@test "what cannot be had is an error, not left out" {
	run bundle '.process.apparmorProfile = "no-such-profile"' true
	same "$status" 1
	has "AppArmor's profile no-such-profile" "$output"
	run bundle '.linux.netDevices = {lo: {}}' true
	same "$status" 1
	has 'linux.netDevices' "$output"
}

@test "mounts: idmap of a new file system" {
	[ "$(printf '%s\n' 6.3 "$(uname -r)" | sort -V | head -n1)" = 6.3 ] || skip "Linux maps the owners of a tmpfs from 6.3 on"
	run bundle '.process.user = {uid: 1000, gid: 1000} | .mounts += [{destination: "/mapped", type: "tmpfs", source: "tmpfs",
		options: ["mode=700", "nosuid", "idmap"], uidMappings: [{containerID: 0, hostID: 1000, size: 1}],
		gidMappings: [{containerID: 0, hostID: 1000, size: 1}]}, {destination: "/plain", type: "tmpfs", source: "tmpfs", options: ["mode=700"]}]' \
		'stat -c "%u:%g %a" /mapped /plain; touch /mapped/x && echo mine; touch /plain/x 2>/dev/null || echo not; grep " /mapped " /proc/self/mountinfo'
	same "${lines[*]:0:4}" "1000:1000 700 0:0 700 mine not"
	has 'nosuid.*idmapped.* tmpfs ' "$output"
	run bundle "$userns | .mounts += [{destination: \"/mapped\", type: \"tmpfs\", source: \"tmpfs\", options: [\"idmap\", \"ro\"]}]" \
		'stat -c "%u:%g" /mapped; touch /mapped/x 2>&1 | grep -o "Read-only.*"'
	same "$output" "0:0
Read-only file system"
	run bundle '.mounts += [{destination: "/mapped", type: "mqueue", source: "mqueue", options: ["idmap"],
		uidMappings: [{containerID: 0, hostID: 1000, size: 1}], gidMappings: [{containerID: 0, hostID: 1000, size: 1}]}]' true
	same "$status" 1
	has 'its file system has no idmapped mounts' "$output"
}

@test "intelRdt: an error that says so where resctrl is not mounted" {
	! grep -q ' - resctrl ' /proc/self/mountinfo || skip "resctrl is mounted: the machine's classes are not for tests"
	run bundle '.linux.intelRdt = {closID: "gold", schemata: ["L3:0=f"]}' true
	same "$status" 1
	has 'linux.intelRdt: no resctrl file system is mounted' "$output"
}

@test "annotations: run.oci.keep_original_groups, present: the caller's groups are kept" {
	printf '#!/bin/sh\nexec setpriv --groups 5,44 "%s" "$@"\n' "$OCI" >caller
	chmod +x caller
	groups='.process.user = {uid: 1000, gid: 1001, additionalGids: [29]}'
	for value in 1 0 ""; do
		OCI=$DIR/caller run bundle "$groups | .annotations = {\"run.oci.keep_original_groups\": \"$value\"}" 'id -G'
		same "$output" "1001 5 44"
	done
	OCI=$DIR/caller run bundle "$groups" 'id -G'
	same "$output" "1001 29"
}
