#!/usr/bin/env bats
# Processes of guise-oci, as both peers start them.

load common
load oci

has_net_of_its_own() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

@test "exec into a container that was created" {
	bundle b box
	oci create -b b box </dev/null
	same "$(oci exec box sh -c 'hostname; tr "\0" " " </proc/1/cmdline | grep -c sleep; exit 0')" "box
0"
	has_status box created
	oci start box
	same "$(oci exec box sh -c 'tr "\0" " " </proc/1/cmdline')" "sleep 1000 "
	oci delete --force box
}

@test "lo is up in a new network namespace, and a joined one is left alone" {
	sh_bundle b box 'cat /sys/class/net/lo/operstate; nc -l -p 7777 127.0.0.1 </dev/null >/dev/null & sleep 0.1; ip -o link show lo'
	has 'LOOPBACK,UP' "$(oci run -b b box)"
	unshare --net sleep 1000 &
	await has_net_of_its_own $!
	sh_bundle b box 'ip -o link show lo' ".linux.namespaces |= map(if .type == \"network\" then .path = \"/proc/$!/ns/net\" else . end)"
	has_not 'LOOPBACK,UP' "$(oci run -b b box)"
	kill $!
}

@test "process.env: the last of a name counts, an empty HOME is as none" {
	sh_bundle b box 'env' '.process.env += ["A=1", "B=b", "HOME=", "A=2"]'
	same "$(oci run -b b box | grep -E '^(A|B|HOME)=' | sort)" "A=2
B=b
HOME=/root"
}

@test "inheritable capabilities need not be permitted" {
	sh_bundle b box 'grep CapInh /proc/self/status' '.process.capabilities.inheritable = ["CAP_KILL", "CAP_CHOWN"] | .process.capabilities.permitted = []
		| .process.capabilities.effective = [] | .process.user.uid = 5'
	has '0000000000000020' "$(oci run -b b box)"
}
