# guise-oci: linux.netDevices (config-linux.md, "Network Devices").

load common
load oci

need_for_all() {
	GUISE_OCI_HELPER=${GUISE_OCI_HELPER:-$(dirname "$GUISE")/guise-oci-helper}
	export GUISE_OCI_HELPER
	ip link delete gl0 2>/dev/null || ip link delete gl1 2>/dev/null || true # of the last test
	ip link add gl0 type veth peer name gl1 2>/dev/null || skip "no veth devices in this kernel"
	ip link set gl0 address 02:00:00:00:00:17 mtu 1400
	ip link set gl0 up
	ip address add 10.99.0.2/24 broadcast + dev gl0
	ip address add 10.99.0.3/24 dev gl0
	ip -6 address add fd99::2/64 nodad dev gl0 2>/dev/null || true
	ip address add 169.254.9.9/16 scope link dev gl0
}

# What the container shows of a device.
shows='ip -o link show dev in0; ip -o address show dev in0; ip route; exec sleep 1000'

@test "moved, renamed, up, with its addresses of global scope; gone with the container" {
	sh_bundle b box "$shows" '.linux.netDevices = { gl0: { name: "in0" } }'
	oci run -d -b b box >out 2>&1 </dev/null
	await grep -q '10.99.0.0/24' out
	has 'in0@.*[<,]UP[,>].* mtu 1400 .*02:00:00:00:00:17' "$(cat out)"
	has 'inet 10.99.0.2/24 brd 10.99.0.255 scope global in0' "$(cat out)"
	has 'inet 10.99.0.3/24 scope global (secondary )?in0' "$(cat out)"
	has_not 169.254.9.9 "$(cat out)"
	[ ! -e /proc/sys/net/ipv6 ] || has 'inet6 fd99::2/64 scope global' "$(cat out)"
	run ip link show gl0
	same "$status" 1
	oci delete --force box
	await not_there gl1 # its other end: virtual devices end with their namespace
}

not_there() { ! ip link show "$1" >/dev/null 2>&1; }

@test "under its own name, into a namespace by path, where it stays; and by a template" {
	touch ns
	unshare --net="$DIR/ns" true
	sh_bundle b box 'ip -o link show' ".linux.netDevices = { gl0: {} } | (.linux.namespaces[] | select(.type == \"network\")).path = \"$DIR/ns\""
	run oci run -b b box
	has 'gl0@' "$output"
	has 10.99.0.2/24 "$(nsenter --net="$DIR/ns" ip -o address show dev gl0)"
	sh_bundle b box 'ip -o link show' ".linux.netDevices = { gl1: { name: \"gl%d\" } } |
		(.linux.namespaces[] | select(.type == \"network\")).path = \"$DIR/ns\""
	run oci run -b b box
	has 'gl0@gl1' "$output"
	has 'gl1@gl0' "$output"
}

@test "a name that is taken inside, a device that is not there, are errors, and nothing is moved" {
	sh_bundle b box true '.linux.netDevices = { gl0: { name: "lo" } }'
	run -1 oci run -b b box
	has "has one of that name" "$output"
	has 10.99.0.2/24 "$(ip -o address show dev gl0)"
	sh_bundle b box true '.linux.netDevices = { nosuch0: {} }'
	run -1 oci run -b b box
	has "look up link nosuch0: No such device" "$output"
	sh_bundle b box true '.linux.netDevices = { gl0: {} } | .linux.namespaces |= map(select(.type != "network"))'
	run -1 oci run -b b box
	has "needs a namespace of the container's own" "$output"
	has 10.99.0.2/24 "$(ip -o address show dev gl0)"
}

@test "in a user namespace" {
	sh_bundle b box 'ip -o address show dev in0' '.linux.netDevices = { gl0: { name: "in0" } } | .linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	run oci run -b b box
	has 10.99.0.2/24 "$output"
}
