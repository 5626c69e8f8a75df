#!/usr/bin/env bats
# config-linux.md: namespaces, user namespaces, time, sysctl, personality, memory policy.

load common

every='pid network mount ipc uts user cgroup time'
file_of() { case $1 in network) echo net ;; mount) echo mnt ;; *) echo "$1" ;; esac; }

setup_file() {
	prepare
	bundle all 'user_namespace(100000; 5000) | namespace("cgroup") | .linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1"}
		| .process.user = {uid: 3, gid: 4} | sh("
		for ns in pid net mnt ipc uts user cgroup; do echo $ns: $(readlink /proc/self/ns/$ns); done
		echo uids: $(cat /proc/self/uid_map)
		echo gids: $(cat /proc/self/gid_map)
		echo forward: $(cat /proc/sys/net/ipv4/ip_forward) $(cat /proc/sys/kernel/shm_rmid_forced)
		echo processes: $(ls -d /proc/[0-9]* | wc -l)
		echo cgroups: $(cat /proc/self/cgroup)
		echo links: $(cat /proc/net/dev | grep -c :)
		echo owner: $(stat -c %u:%g /etc/passwd)")'
	chown 12:13 "$DIR/all/rootfs/etc/passwd"
	play all
	box time 'namespace("time") | .linux.timeOffsets = {monotonic: {secs: 100000, nanosecs: 5}, boottime: {secs: 200000}}
		| sh("echo time: $(readlink /proc/self/ns/time); echo clocks: $(probe clocks)")'
	bundle none '.linux.namespaces = [{type: "mount"}] | del(.hostname) | .mounts |= map(select(.destination != "/sys")) | sh("
		for ns in pid net mnt ipc uts user cgroup time; do echo $ns: $(readlink /proc/self/ns/$ns); done")'
	play none
	# one process of other namespaces, to be joined
	bundle other '.hostname = "other" | args(["sleep", "1000"]) | namespace("cgroup")'
	create other
	start other
	export OTHER=$(state other pid)
}

@test 'namespaces: type (string, REQUIRED): The following namespace types SHOULD be supported: pid' { is_new pid; }
@test 'namespaces: type (string, REQUIRED): The following namespace types SHOULD be supported: network' { is_new network; }
@test 'namespaces: type (string, REQUIRED): The following namespace types SHOULD be supported: mount' { is_new mount; }
@test 'namespaces: type (string, REQUIRED): The following namespace types SHOULD be supported: ipc' { is_new ipc; }
@test 'namespaces: type (string, REQUIRED): The following namespace types SHOULD be supported: uts' { is_new uts; }
@test 'namespaces: type (string, REQUIRED): The following namespace types SHOULD be supported: user' { is_new user; }
@test 'namespaces: type (string, REQUIRED): The following namespace types SHOULD be supported: cgroup' { is_new cgroup; }
@test 'namespaces: type (string, REQUIRED): The following namespace types SHOULD be supported: time' {
	[ -e /proc/self/ns/time ] || skip "no time namespaces in this kernel"
	is_new time time
}

is_new() { # TYPE [NAME]
	local file ns

	file=$(file_of "$1")
	ns=$(fact "${2:-all}" "$file") || { echo "$ns"; return 1; }
	[ -n "$ns" ]
	[ "$ns" != "$(readlink "/proc/self/ns/$file")" ]
}

@test 'pid: processes inside the container will only be able to see other processes inside the same container or inside the same pid namespace.' {
	[ "$(fact all processes)" -lt 10 ]
}

@test 'network: the container will have its own network stack.' {
	same "$(fact all links)" 1
}

@test 'cgroup: the container will have an isolated view of the cgroup hierarchy.' {
	has_not "$PARENT" "$(fact all cgroups)"
}

@test 'path (string, OPTIONAL): This value MUST be an absolute path in the runtime mount namespace.' {
	ln -sf "/proc/$OTHER/ns/net" relative-ns
	rejected nsrelative 'without_namespace("network") | namespace("network"; "relative-ns")'
}

@test 'The runtime MUST place the container process in the namespace associated with that path.' {
	box joined "$(for type in pid network ipc uts cgroup; do
		printf 'without_namespace("%s") | namespace("%s"; "/proc/%s/ns/%s") | ' $type $type "$OTHER" "$(file_of $type)"
	done) del(.hostname)" 'for ns in pid net ipc uts cgroup; do echo "$ns: $(readlink /proc/self/ns/$ns)"; done
		echo "hostname: $(hostname)"'
	for type in pid network ipc uts cgroup; do
		file=$(file_of $type)
		same "$(fact joined "$file")" "$(readlink "/proc/$OTHER/ns/$file")"
	done
	same "$(fact joined hostname)" other
}

@test 'The runtime MUST place the container process in the namespace associated with that path. (user)' {
	bundle userns 'user_namespace(100000; 1000) | args(["sleep", "1000"])'
	create userns
	pid=$(state userns pid)
	box joineduser "namespace(\"user\"; \"/proc/$pid/ns/user\") | without_namespace(\"network\") | namespace(\"network\"; \"/proc/$pid/ns/net\")" \
		'echo "user: $(readlink /proc/self/ns/user)"; echo "map: $(cat /proc/self/uid_map)"'
	user=$(readlink "/proc/$pid/ns/user")
	remove userns
	same "$(fact joineduser user)" "$user"
	same "$(echo $(fact joineduser map))" "0 100000 1000"
}

@test 'The runtime MUST place the container process in the namespace associated with that path. (of the machine, with a new user namespace)' {
	unshare --net --uts sleep 100 3>&- 4>&- & machine=$!
	await eval '[ "$(readlink /proc/$machine/ns/net)" != "$(readlink /proc/self/ns/net)" ]'
	box joinedmachine "user_namespace(100000; 1000) | without_namespace(\"network\") | namespace(\"network\"; \"/proc/$machine/ns/net\")
		| without_namespace(\"uts\") | namespace(\"uts\"; \"/proc/$machine/ns/uts\") | del(.hostname)
		| .mounts |= map(select(.destination != \"/sys\"))" \
		'for ns in net uts; do echo "$ns: $(readlink /proc/self/ns/$ns)"; done; echo "map: $(cat /proc/self/uid_map)"'
	net=$(readlink /proc/$machine/ns/net) uts=$(readlink /proc/$machine/ns/uts)
	kill $machine
	same "$(fact joinedmachine net) $(fact joinedmachine uts)" "$net $uts"
	same "$(echo $(fact joinedmachine map))" "0 100000 1000"
}

@test 'The runtime MUST place the container process in the namespace associated with that path. (mount)' {
	# one that has the path of the root file system
	unshare --mount --propagation private sleep 100 3>&- 4>&- & holder=$!
	await eval '[ "$(readlink /proc/$holder/ns/mnt)" != "$(readlink /proc/self/ns/mnt)" ]'
	mnt=$(readlink /proc/$holder/ns/mnt)
	box joinedmount "without_namespace(\"mount\") | namespace(\"mount\"; \"/proc/$holder/ns/mnt\")" \
		'echo "mnt: $(readlink /proc/self/ns/mnt)"'
	kill $holder
	[ "$(cat joinedmount.status)" = 0 ] || ! has 'mount namespace|mnt namespace|not supported' "$(cat joinedmount.err)" ||
		skip "this runtime does not join mount namespaces, and says so"
	same "$(fact joinedmount mnt)" "$mnt"
}

@test 'The runtime MUST generate an error if path is not associated with a namespace of type type.' {
	rejected nstype1 "without_namespace(\"network\") | namespace(\"network\"; \"/proc/$OTHER/ns/ipc\")"
	rejected nstype2 'without_namespace("network") | namespace("network"; "/etc/passwd")'
}

@test 'If path is not specified, the runtime MUST create a new container namespace of type type.' {
	for type in $every; do [ $type = time ] || is_new $type; done
}

@test 'If a namespace type is not specified in the namespaces array, the container MUST inherit the runtime namespace of that type.' {
	for type in pid network ipc uts user cgroup; do
		file=$(file_of $type)
		same "$(fact none "$file")" "$(readlink "/proc/self/ns/$file")"
	done
	[ "$(fact none mnt)" != "$(readlink /proc/self/ns/mnt)" ]
}

@test 'If a namespaces field contains duplicated namespaces with same type, the runtime MUST generate an error.' {
	rejected nsdouble 'namespace("network")'
}

# ---- user namespaces

@test 'uidMappings (array of objects, OPTIONAL) describes the user namespace uid mappings from the host to the container.' {
	same "$(fact all uids)" "0 100000 5000"
}

@test 'gidMappings (array of objects, OPTIONAL) describes the user namespace gid mappings from the host to the container.' {
	same "$(fact all gids)" "0 100000 5000"
}

@test 'uidMappings (array of objects, OPTIONAL) with several entries' {
	box maps 'namespace("user") | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}, {containerID: 10, hostID: 200000, size: 5}]
		| .linux.gidMappings = [{containerID: 0, hostID: 0, size: 1}, {containerID: 1, hostID: 300000, size: 7}]
		| sh("echo uids: $(cat /proc/self/uid_map); echo gids: $(cat /proc/self/gid_map)")'
	same "$(fact maps uids)" "0 100000 10 10 200000 5"
	same "$(fact maps gids)" "0 0 1 1 300000 7"
}

@test 'The runtime SHOULD NOT modify the ownership of referenced filesystems to realize the mapping.' {
	same "$(stat -c %u:%g all/rootfs/etc/passwd all/rootfs/etc all/rootfs | tr '\n' ' ')" "12:13 0:0 0:0 "
}

# ---- time

@test 'timeOffsets (object, OPTIONAL) sets the offset for Time Namespace.' {
	[ -e /proc/self/ns/time ] || skip "no time namespaces in this kernel"
	read -r _ monotonic _ boot < <("$CONFORMANCE/bundle/rootfs/bin/probe" clocks)
	read -r _ there_monotonic _ there_boot <<<"$(fact time clocks)"
	[ $((there_monotonic - monotonic)) -ge $((100000 - 600)) ]
	[ $((there_boot - boot)) -ge $((200000 - 600)) ]
}

# ---- sysctl, personality, memory policy

@test 'sysctl (object, OPTIONAL) allows kernel parameters to be modified at runtime for the container.' {
	same "$(fact all forward)" "1 1"
	same "$(cat /proc/sys/net/ipv4/ip_forward)" 0
}

@test 'personality: domain (string, REQUIRED): LINUX32 will set the uname system call to show a 32 bit CPU type, such as i686.' {
	box personality '.linux.personality = {domain: "LINUX32"} | args(["uname", "-m"])'
	has '^i[3-6]86$|^arm' "$(out personality)"
	box personality2 '.linux.personality = {domain: "LINUX"} | args(["uname", "-m"])'
	same "$(out personality2)" "$(uname -m)"
}

@test 'personality: flags (array of strings, OPTIONAL): Currently no flag values are supported.' {
	rejected personality3 '.linux.personality = {domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"]}'
	rejected personality4 '.linux.personality = {domain: "BSD"}'
}

@test 'memoryPolicy (object, OPTIONAL) sets the NUMA memory policy for the container.' {
	[ "$(probe_host mempolicy)" = "mode 0 nodes 0" ] || skip "no NUMA memory policies in this kernel"
	# modes and flags of linux/mempolicy.h: BIND 2, INTERLEAVE 3, STATIC_NODES 1 << 15
	box policy1 '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"} | args(["probe", "mempolicy"])'
	same "$(out policy1)" "mode 2 nodes 1"
	box policy2 '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]} | args(["probe", "mempolicy"])'
	same "$(out policy2)" "mode $((3 + (1 << 15))) nodes 1"
	rejected policy3 '.linux.memoryPolicy = {mode: "MPOL_NONE"}'
	rejected policy4 '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NONE"]}'
	rejected policy5 '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: ""}'
}

probe_host() { "$CONFORMANCE/bundle/rootfs/bin/probe" "$@"; }
