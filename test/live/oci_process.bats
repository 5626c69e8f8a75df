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

@test "a working directory that is missing is made before the root is sealed; exec makes none" {
	sh_bundle b box 'pwd; sleep 1000' '.process.cwd = "/new/deep" | .root.readonly = true'
	oci run -d -b b box </dev/null >out
	await grep -q /new/deep out
	run -255 oci exec --cwd /nosuch box true
	has "change to the working directory /nosuch: No such file or directory" "$output"
	oci delete --force box
	bundle c box
	oci run -d -b c box </dev/null >/dev/null
	run -255 oci exec --cwd /nosuch box true
	[ ! -e c/rootfs/nosuch ]
	oci delete --force box
}

@test "a time namespace with offsets, in a new user namespace" {
	[ -e /proc/self/ns/time ] || skip "this kernel has no time namespaces"
	sh_bundle b box 'cat /proc/self/timens_offsets | tr -s " "' '.linux.namespaces += [{ type: "user" }, { type: "time" }]
		| .linux.uidMappings = [{ containerID: 0, hostID: 0, size: 65536 }] | .linux.gidMappings = .linux.uidMappings
		| .linux.timeOffsets = { monotonic: { secs: 1000 }, boottime: { secs: 2000 } }'
	same "$(oci run -b b box | tr '\t' ' ' | tr -s ' ')" "monotonic 1000 0
boottime 2000 0"
}

@test "--pidfd-socket" {
	need_program python3 python3
	cat >receive <<-EOT
		import array, os, socket
		s = socket.socket(socket.AF_UNIX); s.bind("socket"); s.listen(2)
		open("ready", "w").close()
		for name in "one", "two":
		    c, _ = s.accept()
		    text, cmsg, _, _ = c.recvmsg(100, 64)
		    fd = array.array("i", cmsg[0][2])[0]
		    pid = [l.split()[1] for l in open(f"/proc/self/fdinfo/{fd}") if l.startswith("Pid:")][0]
		    open(name + ".new", "w").write(pid)
		    os.rename(name + ".new", name)
	EOT
	python3 receive 3>&- &
	await test -e ready
	bundle b box
	oci create --pidfd-socket socket -b b box </dev/null
	await test -e one
	same "$(cat one)" "$(oci state box | jq .pid)"
	oci start box
	oci exec -d --pidfd-socket socket --pid-file pid box sleep 1000 </dev/null >/dev/null
	await test -e two
	same "$(cat two)" "$(cat pid)"
	bundle c box2
	run -1 oci create --pidfd-socket nosuch -b c box2
	oci delete --force box
}

@test "a capability that cannot be granted is a warning" {
	sh_bundle b box 'grep CapPrm /proc/self/status; sleep 1000' '.process.capabilities.effective = ["CAP_KILL", "CAP_CHOWN"] | .process.user.uid = 5'
	oci --log log run -d -b b box </dev/null >/dev/null 2>&1
	has 'level=warning.*CAP_CHOWN cannot be granted' "$(cat log)"
	rm log
	oci --log log exec --user 0 box true 2>/dev/null
	[ ! -e log ] || has_not CAP_KILL "$(cat log)"
	oci delete --force box
}
