#!/usr/bin/env bats
# config-linux.md: devices, and network devices.

load common

setup_file() {
	prepare
	bundle devices '.linux.devices = [
			{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438, uid: 5, gid: 6},
			{path: "/dev/disk", type: "b", major: 7, minor: 200, fileMode: 384},
			{path: "/dev/pipe", type: "p", fileMode: 416},
			{path: "/dev/unbuffered", type: "u", major: 1, minor: 3, fileMode: 292},
			{path: "/deep/er/zero", type: "c", major: 1, minor: 5, fileMode: 292},
			{path: "/dev/plain", type: "c", major: 1, minor: 7},
			{path: "/dev/full", type: "c", major: 1, minor: 7, fileMode: 438}]
		| resources({devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 229, access: "rw"},
			{allow: true, type: "c", major: 1, minor: 13, access: "r"}, {allow: true, type: "b", major: 7, minor: 201, access: "m"},
			{allow: true, type: "c", major: 1, minor: 12, access: "rwm"}, {allow: false, type: "c", major: 1, minor: 12, access: "w"}]})
		| capabilities(["CAP_MKNOD"])'
	# shellcheck disable=SC2016
	play devices '
		for path in fuse disk pipe unbuffered plain null zero full random urandom tty; do
			echo "$path: $(stat -c "%F %t.%T %a %u:%g" /dev/$path)"
		done
		echo "elsewhere: $(stat -c "%F %t.%T %a" /deep/er/zero)"
		echo "console: $(ls /dev/console 2>&1)"
		echo "ptmx: $(readlink /dev/ptmx) $(stat -L -c %t.%T /dev/ptmx)"
		echo "use: $(head -c 1 /dev/zero | wc -c) $(echo x >/dev/null && echo null) $(head -c 1 /dev/urandom | wc -c) $(cat /etc/passwd >/dev/full 2>&1 || echo full)"
		echo "listed: $(probe device r c 10 229)"
		echo "one-r: $(probe device r c 1 13)"
		echo "one-w: $(probe device w c 1 13)"
		echo "loop-m: $(probe device m b 7 201)"
		echo "loop-r: $(probe device r b 7 201)"
		echo "mem-r: $(probe device r c 1 1)"
		echo "order-r: $(probe device r c 1 12)"
		echo "order-w: $(probe device w c 1 12)"
		echo done: yes'
}

# (What is allowed may still have no driver.)
denied() { has 'not permitted' "$(fact devices "$1")"; }
allowed() { has 'allowed|No such' "$(fact devices "$1")"; }

@test 'devices (array of objects, OPTIONAL) lists devices that MUST be available in the container.' {
	has '^character special file a.e5 ' "$(fact devices fuse)"
	has '^block special file 7.c8 ' "$(fact devices disk)"
	has '^fifo ' "$(fact devices pipe)"
	has '^character special file 1.3 ' "$(fact devices unbuffered)"
}

@test 'path: If a file already exists at path that does not match the requested device, the runtime MUST generate an error.' {
	bundle exists '.linux.devices = [{path: "/etc/passwd", type: "c", major: 1, minor: 3}] | args(["true"])'
	refused create --bundle "$DIR/exists" exists
	nothing_left exists
	has root "$(cat exists/rootfs/etc/passwd)"
}

@test 'The path MAY be anywhere in the container filesystem, notably outside of /dev.' {
	same "$(fact devices elsewhere)" "character special file 1.5 444"
}

@test 'major, minor (int64, REQUIRED unless type is p) - major, minor numbers for the device.' {
	has ' a.e5 ' "$(fact devices fuse)"
	rejected devtype '.linux.devices = [{path: "/dev/x", type: "z", major: 1, minor: 1}]'
}

@test 'fileMode (uint32, OPTIONAL) - file mode for the device.' {
	has ' 666 ' "$(fact devices fuse)"
	has ' 600 ' "$(fact devices disk)"
	has ' 640 ' "$(fact devices pipe)"
	has ' 444 ' "$(fact devices unbuffered)"
}

@test 'uid (uint32, OPTIONAL) - id of device owner in the container namespace.' {
	has ' 5:6$' "$(fact devices fuse)"
	has ' 0:0$' "$(fact devices disk)"
}

@test 'gid (uint32, OPTIONAL) - id of device group in the container namespace.' {
	has ' 5:6$' "$(fact devices fuse)"
}

@test 'uid, gid: in the container namespace (with a user namespace)' {
	# (there is no mknod for it: a runtime binds the machine's own)
	[ -c /dev/fuse ] || skip "this machine has no /dev/fuse"
	box userdev 'user_namespace(100000; 1000) | .linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229, uid: 0, gid: 0, fileMode: 438}]' \
		'echo "fuse: $(stat -c "%t.%T" /dev/fuse)"; echo "read: $(head -c 1 /dev/zero | wc -c)"; echo x >/dev/null && echo "null: fine"'
	same "$(fact userdev fuse):$(fact userdev read):$(fact userdev null)" "a.e5:1:fine"
}

@test 'Containers MAY NOT access any device node that is not either explicitly referenced in the devices array or listed as being part of the default devices.' {
	denied mem-r
}

@test 'In addition to any devices configured with this setting, the runtime MUST also supply: /dev/null' { has 'special file 1.3 666' "$(fact devices null)"; }
@test 'In addition to any devices configured with this setting, the runtime MUST also supply: /dev/zero' { has 'special file 1.5 666' "$(fact devices zero)"; }
@test 'In addition to any devices configured with this setting, the runtime MUST also supply: /dev/full' { has 'special file 1.7 666' "$(fact devices full)"; }
@test 'In addition to any devices configured with this setting, the runtime MUST also supply: /dev/random' { has 'special file 1.8 666' "$(fact devices random)"; }
@test 'In addition to any devices configured with this setting, the runtime MUST also supply: /dev/urandom' { has 'special file 1.9 666' "$(fact devices urandom)"; }
@test 'In addition to any devices configured with this setting, the runtime MUST also supply: /dev/tty' { has 'special file 5.0 666' "$(fact devices tty)"; }

@test 'the default devices can be used' {
	same "$(fact devices use)" "1 null 1 full"
}

@test '/dev/console is set up if terminal is enabled in the config (and not otherwise)' {
	has 'No such file' "$(fact devices console)"
}

@test "/dev/ptmx. A bind-mount or symlink of the container's /dev/pts/ptmx. (without a terminal)" {
	has '^(pts/ptmx|/dev/pts/ptmx)? ?5.2$' "$(fact devices ptmx)"
}

@test 'resources.devices: The runtime MUST apply entries in the listed order.' {
	allowed order-r
	denied order-w
}

@test 'resources.devices: access (string, OPTIONAL) - cgroup permissions for device. A composition of r (read), w (write), and m (mknod).' {
	allowed one-r
	denied one-w
	allowed loop-m
	denied loop-r
	allowed listed
}

# ---- network devices

# A cable between the runtime's namespace and one more, of names that the test gives.
cable() { # NAME
	ip link add "$1" type veth peer name "${1}p" 2>/dev/null || skip "no veth in this kernel"
	ip addr add 10.99.7.1/24 dev "$1"
	ip addr add fd00:99::1/64 dev "$1" nodad
	ip link set "$1" up
}

links='for link in $(grep -o "^ *[^:]*:" /proc/net/dev | tr -d " :"); do echo "link: $link"; done
	busybox ip -o addr | sed "s/^/addr: /"
	busybox ip -o link | sed "s/^/state: /"'

net_device() { # NAME FILTER
	ip link show "$1" >/dev/null 2>&1 || cable "$1"
	box "net-$1" ".ociVersion = \"1.3.0\" | $2" "$links"
}

@test 'netDevices (object, OPTIONAL) - A set of network devices that MUST be made available in the container.' {
	net_device dev0 '.linux.netDevices = {dev0: {}}'
	has '^dev0$' "$(fact net-dev0 link)"
	! ip link show dev0 2>/dev/null
}

@test 'netDevices: name (string, OPTIONAL) - the name of the network device inside the container namespace.' {
	net_device dev1 '.linux.netDevices = {dev1: {name: "inside"}}'
	has '^inside$' "$(fact net-dev1 link)"
}

@test 'netDevices: The runtime MUST check if moving the network interface to the container namespace is possible.' {
	rejected netnone '.linux.netDevices = {nosuchlink: {}}'
	cable dev2
	rejected nethost 'without_namespace("network") | .linux.netDevices = {dev2: {}} | .mounts |= map(select(.destination != "/sys"))'
	ip link show dev2
	ip link delete dev2
}

@test 'netDevices: If a network device with the specified name already exists in the container namespace, the runtime MUST generate an error' {
	cable dev3
	rejected netexists '.linux.netDevices = {dev3: {name: "lo"}}'
	ip link delete dev3 2>/dev/null || true
}

@test 'netDevices: unless the user has provided a template by appending %d to the new name. In that case, the runtime MUST allow the move' {
	net_device dev4 '.linux.netDevices = {dev4: {name: "eth%d"}}'
	has '^eth0$' "$(fact net-dev4 link)"
}

@test 'netDevices: The runtime MUST preserve existing network interface attributes, including all permanent IP addresses (IFA_F_PERMANENT flag) of any family with global scope' {
	net_device dev5 '.linux.netDevices = {dev5: {}}'
	has 'inet 10.99.7.1/24' "$(fact net-dev5 addr)"
	has 'inet6 fd00:99::1/64' "$(fact net-dev5 addr)"
}

@test 'netDevices: The runtime MUST set the network device state to "up" after moving it to the network namespace' {
	net_device dev6 '.linux.netDevices = {dev6: {}}'
	has 'dev6.*[<,]UP' "$(fact net-dev6 state)"
}

@test 'netDevices: The runtime MUST NOT attempt to move the interface out of the namespace before deletion.' {
	cable dev7
	ip netns add "conf$$"
	bundle netout ".linux.netDevices = {dev7: {}} | without_namespace(\"network\") | namespace(\"network\"; \"/run/netns/conf$$\") | args([\"true\"])"
	ran netout && quiet delete netout && status=0 || status=1
	after=$(ip netns exec "conf$$" ip -o link)
	ip netns delete "conf$$"
	ip link delete dev7 2>/dev/null || true
	same "$status" 0
	has ' dev7' "$after"
}
