#!/usr/bin/env bats
# guise doctor: limits that hold a container up, names that it can't look up, and what is left of dead containers: each
# by its code, and no other.

load common
load network

HOG='dd if=/dev/zero of=/dev/null bs=32M count=1 status=none'

# A detached container of this test that stays.
stays() { # NAME OPTIONS... -- SCRIPT
	local name=$1 options=()

	shift
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	box_detached --name "$name" "${options[@]}" "dir:$ROOTFS" sh -c "$2" >/dev/null
}

# A file of its cgroup, or of the one that is above: that of v1, or of v2.
file_of() { # NAME CONTROLLER V1-FILE V2-FILE [ABOVE]
	local path base=/sys/fs/cgroup

	if [ "$(world)" = v2 ]; then
		path=$base/$(sed -n 's/^0:://p' "/proc/$(pid_of "$1")/cgroup")
		echo "$path${5:+/..}/$4"
	else
		path=$(sed -nE "s/^[0-9]+:([^:]*,)?$2(,[^:]*)?:(.*)/\3/p" "/proc/$(pid_of "$1")/cgroup")
		echo "$base/$2$path${5:+/..}/$3"
	fi
}

told() { # NAME: the codes, suspicions too
	guise doctor --format json "$1" >told.json || [ $? = 1 ]
	jq -r '.[].code' told.json
}

# It is told, alone, and mended.
is_told() { # NAME CODE
	same "$(told "$1")" "$2"
	[ "$(jq '.[0].evidence | length' told.json)" -gt 0 ]
	guise doctor --fix --yes "$1" >fixed || { cat fixed; return 1; }
	same "$(told "$1")" ""
}

@test "a container that is well below its limits is healthy" {
	stays a --memory 32m --cpus 1 --pids-limit 20 -- 'head -c 2000000 /dev/zero >/tmp/x; cat /tmp/x >/dev/null; exec sleep 1000'
	await grep -q sleep "/proc/$(pid_of a)/comm"
	same "$(told a)" ""
	same "$(guise doctor a)" healthy
}

@test "limit-memory: memory that can't be given up, near the limit" {
	stays a --memory 32m --shm-size 64m -- 'head -c 32000000 /dev/zero >/dev/shm/x; exec sleep 1000'
	await grep -q sleep "/proc/$(pid_of a)/comm"
	is_told a limit-memory
	[ "$(cat "$(file_of a memory memory.limit_in_bytes memory.max)")" = $((64 << 20)) ]
	guise doctor --undo >/dev/null
	same "$(told a)" limit-memory
}

@test "limit-oom: processes were killed, by the container's own limit" {
	stays a --memory 8m --memory-swap 8m -- "$HOG; exec sleep 1000"
	await grep -q sleep "/proc/$(pid_of a)/comm"
	same "$(told a)" limit-oom
	has "/[0-9a-f]{64}$" "$(jq -r '.[0].object' told.json)"
	is_told a limit-oom
}

@test "limit-oom: by the limit of the cgroup above, which is named" {
	stays a --memory 64m -v "$DIR:/mnt" -- "until [ -e /mnt/go ]; do sleep .1; done; $HOG; exec sleep 1000"
	limit=$(file_of a memory memory.limit_in_bytes memory.max above)
	echo 8m >"$limit"
	[ ! -e "${limit%/*}/memory.swap.max" ] || echo 0 >"${limit%/*}/memory.swap.max"
	: >go
	await grep -q sleep "/proc/$(pid_of a)/comm"
	same "$(told a)" limit-oom
	same "$(jq -r '.[0].object' told.json)" "$(cd "${limit%/*}" && pwd)"
	is_told a limit-oom
}

@test "limit-cpu: throttled" {
	stays a --cpu-period 10000 --cpu-quota 1000 -- 'while :; do :; done'
	throttled() { [ "$(sed -n 's/^nr_throttled //p' "$(file_of a cpu cpu.stat cpu.stat)")" -gt 25 ]; }
	await throttled
	same "$(told a)" limit-cpu
	quota=$(file_of a cpu cpu.cfs_quota_us cpu.max)
	guise pause a # so that twice as much is enough
	if [ "$(world)" = v2 ]; then
		is_told a limit-cpu
	else # where nobody counts what it used, nothing is told of one that does nothing
		same "$(told a)" ""
		guise unpause a
		guise doctor --fix --yes a >fixed || :
	fi
	[ "$(cut -d' ' -f1 "$quota")" -ge 2000 ]
}

@test "limit-pids: at the maximum" {
	stays a --pids-limit 4 -- 'sleep 1000 & sleep 1000 & sleep 1000 & wait'
	full() { [ "$(cat "$(file_of a pids pids.current pids.current)")" = 4 ]; }
	await full
	is_told a limit-pids
}

@test "limit-controller: a limit that was asked for is not in force" {
	stays a --memory 32m -- 'exec sleep 1000'
	same "$(told a)" ""
	above=$(file_of a memory cgroup.procs cgroup.subtree_control above)
	if [ "$(world)" = v2 ]; then echo -memory >"$above"; else pid_of a >"$above"; fi
	is_told a limit-controller
	[ "$(cat "$(file_of a memory memory.limit_in_bytes memory.max)")" = $((32 << 20)) ]
}

# ---- names

# A host of the test's own as `alone` makes it, but with the machine's cgroups.
alone_with_cgroups() { # FUNCTION
	export -f $(declare -F | awk '{ print $3 }')
	export GUISE_BIN=$GUISE STATE PARENT ROOTFS DIR
	timeout 50 unshare --net --mount --propagation private \
		bash -ec 'mount -t tmpfs run /run; mkdir -p /run/netns; ip link set lo up; "$@"' alone "$@"
}

# Outside there is a server, also of names, at an address that anybody may have.
servers() {
	outside
	ip -n outside address add 192.88.99.1/32 dev lo
	ip -n outside route add default via 203.0.113.2
	in_ns outside python3 -c '
import socket, time
tcp = socket.create_server(("", 443)); udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("", 53)); open("serving", "w").close(); time.sleep(40)' >/dev/null 2>&1 &
	await [ -e serving ]
}

web() { # RESOLVER [OPTIONS...]
	echo "nameserver $1" >resolv.conf
	shift
	guise run -d --name web --cgroup-parent "$PARENT" -v "$DIR/resolv.conf:/etc/resolv.conf:ro" "$@" "dir:$ROOTFS" sleep 1000 >/dev/null
}

@test "dns-unreachable: addresses are reached, and no resolver" {
	run_it() {
		servers
		web 198.51.100.1
		same "$(told web)" ""
		nft 'add table inet wall; add chain inet wall forward { type filter hook forward priority 0; }'
		nft 'add rule inet wall forward udp dport 53 drop'
		same "$(told web)" dns-unreachable
		has '198.51.100.1.*udp dport 53 drop' "$(jq -r '.[0].evidence[]' told.json)"
		guise rm -f web >/dev/null
	}
	alone_with_cgroups run_it
}

@test "dns-loopback: a resolver that is the host's own" {
	run_it() {
		servers
		web 127.0.0.53
		same "$(told web)" dns-loopback
		guise rm -f web >/dev/null
		web 127.0.0.53 --network none
		same "$(told web)" ""
		guise rm -f web >/dev/null
	}
	alone_with_cgroups run_it
}

# ---- what is left

ID=$(printf '0a1b2c3d%.0s' 1 2 3 4 5 6 7 8)
UUID=0a1b2c3d-0000-1111-2222-333344445555

left() { # what is told to be left over, of this test: of the machine there may be more
	guise doctor --format json >told.json || [ $? = 1 ]
	jq -r --arg mine "$DIR|/var/lib/cni/|/run/|docker0|veth|nft" \
		'.[] | select(.code == "leftover" and (.object | test($mine))) | .object' told.json | sort
}

# cgroups of the test's own, as a machine's: seen from within a cgroup namespace. Nor are there others' containers, of which
# one that lacks an end may be whose a cable is.
alone_in_cgroup() { # FUNCTION
	local top=/sys/fs/cgroup/unified

	[ -d $top ] || top=/sys/fs/cgroup
	[ "$(world)" != v1 ] || skip "no namespace of a hierarchy of v2"
	mkdir -p "$top/$PARENT/own"
	export -f $(declare -F | awk '{ print $3 }')
	export GUISE STATE DIR ID UUID
	timeout 50 bash -ec 'echo $$ >"$0/cgroup.procs"; exec unshare --net --mount --pid --fork --mount-proc --cgroup --propagation private \
		bash -ec "mount -t tmpfs run /run; mkdir -p /run/netns cg; mount -t cgroup2 own cg; ip link set lo up; $1"' \
		"$top/$PARENT/own" "$1"
}

@test "leftover: cgroup, lease and mount of a container that is gone, and not of one that lives" {
	run_it() {
		mount -t tmpfs lib /var/lib
		mkdir -p "cg/docker/$ID" /var/lib/cni/networks/podman "overlay-containers/$ID/userdata/shm"
		mount -t tmpfs shm "overlay-containers/$ID/userdata/shm"
		printf '%s\neth0' "$ID" >/var/lib/cni/networks/podman/10.88.0.9
		: >/var/lib/cni/networks/podman/last_reserved_ip.0
		same "$(left)" "$(printf '%s\n' "$DIR/cg/docker/$ID" "$DIR/overlay-containers/$ID/userdata/shm" /var/lib/cni/networks/podman/10.88.0.9 | sort)"
		sleep 1000 &
		echo $! >"cg/docker/$ID/cgroup.procs"
		same "$(left)" ""
		kill $!
	}
	alone_in_cgroup run_it
}

@test "leftover: network namespaces and what is in them, a cable, a published port" {
	run_it() {
		ip netns add "cni-$UUID"
		mkdir -p /run/docker/netns
		: >/run/docker/netns/0a1b2c3d4e5f
		mount --bind /run/netns/"cni-$UUID" /run/docker/netns/0a1b2c3d4e5f
		umount "/run/netns/cni-$UUID"; rm "/run/netns/cni-$UUID"
		ip netns add "cni-$UUID"
		same "$(left)" "/run/docker/netns/0a1b2c3d4e5f
/run/netns/cni-$UUID"
		ip netns exec "cni-$UUID" sleep 1000 &
		sleeper=$!
		nsenter --net=/run/docker/netns/0a1b2c3d4e5f sleep 1000 &
		await pgrep -P $$ sleep >/dev/null
		same "$(left)" ""
		kill $sleeper $!
	}
	alone_in_cgroup run_it
}

@test "leftover: a cable of docker's bridge that leads nowhere, and a port that is published for nobody" {
	run_it() {
		ip link add docker0 type bridge
		ip address add 172.17.0.1/16 dev docker0
		ip link set docker0 up
		nft 'add table ip nat; add chain ip nat DOCKER; add rule ip nat DOCKER tcp dport 8080 dnat to 172.17.0.9:80'
		same "$(left)" "nft ip nat DOCKER handle 2"
		ip link add veth0a1b2c3 type veth peer name eth9
		ip link set veth0a1b2c3 master docker0
		same "$(left)" veth0a1b2c3 # who lives behind that can't be seen
		# a container that has the address
		ip netns add web
		ip link set eth9 netns web
		ip -n web address add 172.17.0.9/16 dev eth9
		same "$(left)" ""
	}
	alone_in_cgroup run_it
}
