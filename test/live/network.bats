#!/usr/bin/env bats
# The network: bridge, addresses, NAT, and that nothing else of the machine's is changed or left.
# The namespace the tests run in plays the host; where an outside world is needed, it is one more.

load common

# /sys is that of whoever mounted it, so links are not looked for in /sys/class/net.
link_exists() { ip link show "$1" >/dev/null 2>&1; }

# Containers that stay: their first process has something to answer with.
node() { guise run -d --cgroup-parent "$PARENT" --name "$@" "dir:$ROOTFS" sleep 1000 >/dev/null; }
net() {
	local options=()

	while [[ $1 == --* ]]; do
		options+=("$1" "$2")
		shift 2
	done
	guise run --rm --cgroup-parent "$PARENT" "${options[@]}" "dir:$ROOTFS" "$@"
}
address_of() { guise inspect "$1" | jq -r '.[0].NetworkSettings.IPAddress'; }
inside() { local pid; pid=$(pid_of "$1"); shift; nsenter -t "$pid" -n "$@"; }
leases() { find "$STATE/net" -name '[0-9]*.*.*.*' 2>/dev/null | wc -l; }
not_there() { ! "$@" >/dev/null 2>&1; }
forwarding() { cat /proc/sys/net/ipv4/ip_forward; }

setup_file() { echo 0 >/proc/sys/net/ipv4/ip_forward; }

@test "a container has an address, a MAC address made of it, and a default route" {
	node one
	has 'inet 10\.10\.0\.2/24 .*eth0' "$(inside one ip -o -4 address)"
	has 'default via 10\.10\.0\.1 dev eth0' "$(inside one ip route)"
	has 'link/ether 02:42:0a:0a:00:02' "$(inside one ip link show eth0)"
	has 'LOOPBACK,UP' "$(inside one ip link show lo)"
	has 'inet 10\.10\.0\.1/24 .*guise0' "$(ip -o -4 address)"
	has 'master guise0' "$(ip -o link show type veth)"
}

@test "--ip and --mac-address: those that are asked for, if they are free" {
	node one
	node two --ip 10.10.0.77 --mac-address 02-00-00-00-00-4D
	has 'inet 10\.10\.0\.77/24 .*eth0' "$(inside two ip -o -4 address)"
	has 'link/ether 02:00:00:00:00:4d' "$(inside two ip link show eth0)"
	same "$(guise inspect two | jq -c '.[0].NetworkSettings | [.IPAddress, .MacAddress]')" '["10.10.0.77","02:00:00:00:00:4d"]'
	inside one ping -q -c 1 -w 10 10.10.0.77
	inside two ping -q -c 1 -w 10 "$(address_of one)"
	ping -q -c 1 -w 10 10.10.0.77
	run guise explain --check two
	same "$status" 0
	run --separate-stderr net --ip 10.10.0.77 true
	failed_with 125 'take address 10\.10\.0\.77: another container has it; leave out --ip'
	for bad in 10.10.0.1 10.10.0.255 192.0.2.7; do
		run --separate-stderr net --ip $bad true
		failed_with 125 "take address ${bad//./\\.}: it is not one of 10\.10\.0\.0/24"
	done
	run --separate-stderr net --mac-address 02:42:0a:0a:00:01 true
	failed_with 125 "take hardware address 02:42:0a:0a:00:01: the network's gateway has it"
	same "$(leases)" 2
	guise rm -f two >/dev/null
	same "$(net --ip 10.10.0.77 hostname -i)" 10.10.0.77
}

@test "one that has ended has no address any more" {
	node one
	guise kill one
	guise wait one
	same "$(guise inspect one | jq -c '.[0].NetworkSettings | [., .Networks.bridge] | map([.IPAddress, .IPPrefixLen, .Gateway, .MacAddress])')" \
		'[["",0,"",""],["",0,"",""]]'
	same "$(guise ps -a --format json | jq -c '.[0].address')" null
	has_not '10\.' "$(guise ps -a)"
}

@test "two containers and the gateway reach each other" {
	node one
	node two
	inside one ping -q -c 1 -w 10 "$(address_of two)"
	inside two ping -q -c 1 -w 10 "$(address_of one)"
	inside one ping -q -c 1 -w 10 10.10.0.1
	ping -q -c 1 -w 10 "$(address_of one)"
}

# A cable takes what is sent only when the kernel has come round to it (net/core/link_watch.c): what is sent before is lost.
carries() { ping -q -c 1 -W 1 "$1" >/dev/null; }

# A namespace that plays the outside world, 192.0.2.2, reached through a cable of this one's.
outside_up() {
	ip netns add "$PARENT"
	ip link add out0 type veth peer name eth0 netns "$PARENT"
	ip address add 192.0.2.1/24 dev out0
	ip link set out0 up
	ip -n "$PARENT" address add 192.0.2.2/24 dev eth0
	ip -n "$PARENT" link set eth0 up
	await carries 192.0.2.2
}

outside_down() { ip link delete out0; ip netns delete "$PARENT"; }

@test "the outside is reached, and sees the host's address" {
	outside_up
	node one
	# (both ends stay until teardown kills them: each waits for the other's end, and the cable goes first)
	sleep 1000 | ip netns exec "$PARENT" busybox nc -l -p 7 >/dev/null &
	await sh -c "ip netns exec $PARENT cat /proc/net/tcp /proc/net/tcp6 | grep -q ':0007 .* 0A '"
	await inside one ping -q -c 1 -W 1 192.0.2.2
	sleep 1000 | inside one busybox nc 192.0.2.2 7 &
	# peers as /proc/net/tcp writes them: 192.0.2.1 is 010200C0, 10.10.0.2 is 02000A0A; 01 is ESTABLISHED
	await sh -c "ip netns exec $PARENT cat /proc/net/tcp /proc/net/tcp6 | grep -q ' 01 '"
	peers=$(ip netns exec "$PARENT" cat /proc/net/tcp /proc/net/tcp6 | grep ' 01 ')
	outside_down
	has '010200C0:.... 01 ' "$peers"
	has_not '02000A0A:' "$peers"
}

@test "the next free /24 is taken where 10.10.0.0/24 is in use" {
	ip link add taken0 type veth peer name taken1
	ip address add 10.10.0.77/24 dev taken0
	ip route add 10.10.1.0/26 via 127.0.0.1 dev lo
	node one
	address=$(address_of one)
	ip link delete taken0
	ip route delete 10.10.1.0/26
	same "$address" 10.10.2.2
	has 'inet 10\.10\.2\.1/24 .*guise0' "$(ip -o -4 address)"
	inside one ping -q -c 1 -w 10 10.10.2.1
}

@test "a link named guise0 that is not guise's is refused and left alone" {
	ip link add guise0 type veth peer name other0
	before=$(ip -o link; nft list ruleset; forwarding)
	run --separate-stderr net true
	failed_with 125 "guise0.*not guise's"
	same "$(ip -o link; nft list ruleset; forwarding)" "$before"
	same "$(leases)" 0
}

@test "a bridge named guise0 that somebody else made is refused" {
	ip link add guise0 type bridge
	ip link set guise0 up
	run --separate-stderr net true
	failed_with 125 "guise0.*not guise's"
	link_exists guise0
}

@test "other tables and the policy of the firewall are not touched" {
	nft -f - <<-EOT
		table inet mine {
			chain input {
				type filter hook input priority 0; policy accept;
				tcp dport 9 drop
			}
		}
		table ip filter {
			chain FORWARD {
				type filter hook forward priority 0; policy accept;
			}
		}
	EOT
	before=$(nft -s list ruleset)
	node one
	during=$(nft -s list ruleset)
	guise rm -f one
	settle
	after=$(nft -s list ruleset)
	nft delete table inet mine
	nft delete table ip filter
	same "$(awk '/^table inet guise /{skip=1} !skip; /^}/{skip=0}' <<<"$during")" "$before"
	has 'masquerade' "$during"
	same "$after" "$before"
}

@test "no other program is started" {
	need_program strace strace
	strace -f -e trace=execve,execveat -o calls "$GUISE" --root "$STATE" run --rm --cgroup-parent "$PARENT" \
		"dir:$ROOTFS" true
	# guise, guise-init from memory, the command
	same "$(grep -cE 'execve(at)?\(.* = 0' calls)" 3
	has_not '/(ip|nft|iptables[^"]*|brctl|sysctl)"' "$(grep -v ENOENT calls)"
}

@test "bridge, firewall table and forwarding go with the last container" {
	echo 0 >/proc/sys/net/ipv4/ip_forward
	node one
	node two
	same "$(forwarding)" 1
	guise rm -f one
	same "$(forwarding)" 1
	link_exists guise0
	has guise "$(nft list tables)"
	guise rm -f two
	settle
	same "$(forwarding)" 0
	run ! link_exists guise0
	same "$(nft list tables)" ""
	same "$(leases)" 0
}

@test "forwarding that was on stays on" {
	echo 1 >/proc/sys/net/ipv4/ip_forward
	net true
	settle
	now=$(forwarding)
	echo 0 >/proc/sys/net/ipv4/ip_forward
	same "$now" 1
}

@test "--network none has a loopback and nothing else" {
	same "$(box "dir:$ROOTFS" ls /sys/class/net)" lo
	has 'LOOPBACK,UP' "$(box "dir:$ROOTFS" ip link)"
	run ! link_exists guise0
}

@test "--network host is the host's" {
	same "$(guise run --rm --network host --cgroup-parent "$PARENT" "dir:$ROOTFS" readlink /proc/self/ns/net)" \
		"$(readlink /proc/self/ns/net)"
}

@test "--network container:NAME is the other's" {
	node one
	same "$(guise run --rm --network container:one --cgroup-parent "$PARENT" "dir:$ROOTFS" readlink /proc/self/ns/net)" \
		"$(inside one readlink /proc/self/ns/net)"
	same "$(leases)" 1
	run --separate-stderr guise run --rm --network container:nobody --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	failed_with 125 nobody
}

@test "an address outlives kill -9 of the monitor, and is given back in the end" {
	node one
	kill -KILL "$(pgrep -P 1 -f -- "--name one dir:$ROOTFS" || pgrep -f -- "--cgroup-parent $PARENT --name one")"
	node two
	same "$(leases)" 2
	[ "$(address_of one)" != "$(address_of two)" ]
	inside two ping -q -c 1 -w 10 "$(address_of one)"
	guise rm -f one two
	same "$(leases)" 0
	settle
	run ! link_exists guise0
}

@test "20 containers started at once have 20 addresses" {
	for i in {1..20}; do
		node "n$i" &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	for i in {1..20}; do
		address_of "n$i"
	done | sort -u >addresses
	same "$(wc -l <addresses)" 20
	inside n1 ping -q -c 1 -w 10 "$(address_of n20)"
	guise rm -f n{1..20} >/dev/null
	same "$(leases)" 0
	settle
	run ! link_exists guise0
}

@test "when no address is free, it says so" {
	node one
	id=$(readlink "$STATE/names/one")
	for i in {2..254}; do
		[ -e "$(leases_of bridge)/10.10.0.$i" ] || echo "$id" >"$(leases_of bridge)/10.10.0.$i"
	done
	run --separate-stderr net true
	failed_with 125 "no free address"
	rm "$(leases_of bridge)/10.10.0.9"
	has 'inet 10\.10\.0\.9/' "$(net ip -o -4 address)"
}

@test "a network whose bridge has no port left says so, and all else goes on" {
	node one
	for i in {1..511}; do # of each cable both ends
		echo "link add a$i master guise0 group 77 type veth peer name b$i group 77"
		echo "link set b$i master guise0"
	done | ip -batch -
	run --separate-stderr net true
	failed_with 125 "connect the container to network bridge: its bridge guise0 has 1,023 ports, and no bridge can have more; use another network"
	same "$(leases)" 1
	ip link delete a1
	net true
	ip link delete group 77
	inside one ping -q -c 1 -w 10 10.10.0.1
}

@test "50 starts and ends in parallel batches leave nothing" {
	echo 0 >/proc/sys/net/ipv4/ip_forward
	for batch in {1..5}; do
		for i in {1..10}; do
			net true || echo "$batch $i" >>failed &
			jobs+=($!)
		done
		wait "${jobs[@]}"
	done
	same "$(cat failed 2>/dev/null)" ""
	same "$(leases)" 0
	settle
	same "$(forwarding)" 0
	run ! link_exists guise0
	same "$(nft list tables)" ""
}

# Two namespaces that play machines of the host's other networks: 192.0.2.2 and 198.51.100.2, each with a route to
# everything through the host.
lan_up() {
	local i net

	for i in 1 2; do
		net=192.0.2
		[ $i = 1 ] || net=198.51.100
		ip netns add "$PARENT-$i"
		ip link add lan$i type veth peer name eth0 netns "$PARENT-$i"
		ip address add $net.1/24 dev lan$i
		ip link set lan$i up
		ip -n "$PARENT-$i" address add $net.2/24 dev eth0
		ip -n "$PARENT-$i" link set eth0 up
		ip -n "$PARENT-$i" route add default via $net.1
		await carries $net.2
	done
}

lan_down() {
	ip link delete lan1
	ip link delete lan2
	ip netns delete "$PARENT-1"
	ip netns delete "$PARENT-2"
}

lan_ping() { ip netns exec "$PARENT-$1" ping -q -c 1 -W "$3" "$2"; }
somebody_reaches() { await lan_ping "$1" "$2" 1; }
nobody_reaches() { local pings=0; lan_ping "$1" "$2" .5 || pings=$?; [ $pings != 0 ]; }

@test "the host forwards for its containers only, and nobody reaches them unasked" {
	echo 0 >/proc/sys/net/ipv4/ip_forward
	lan_up
	node one
	same "$(forwarding)" 1
	inside one ping -q -c 1 -w 10 192.0.2.2
	inside one ping -q -c 1 -w 10 198.51.100.2
	nobody_reaches 1 "$(address_of one)"
	nobody_reaches 1 198.51.100.2
	ping -q -c 1 -w 10 "$(address_of one)"
	guise explain --check one
	guise rm -f one
	settle
	same "$(forwarding)" 0
	same "$(nft list tables)" ""
	lan_down
}

@test "where the host forwarded before, it goes on between its other networks, but not to containers" {
	echo 1 >/proc/sys/net/ipv4/ip_forward
	lan_up
	node one
	somebody_reaches 1 198.51.100.2
	nobody_reaches 1 "$(address_of one)"
	inside one ping -q -c 1 -w 10 192.0.2.2
	guise rm -f one
	settle
	same "$(forwarding)" 1
	somebody_reaches 1 198.51.100.2
	lan_down
	echo 0 >/proc/sys/net/ipv4/ip_forward
}

@test "each state directory has a bridge of its own, and what they share goes with the last one" {
	other() { "$GUISE" --root "$DIR/other" "$@"; }
	echo 0 >/proc/sys/net/ipv4/ip_forward
	node one
	other run -d --cgroup-parent "$PARENT" --name two "dir:$ROOTFS" sleep 1000
	other run -d --cgroup-parent "$PARENT" --name three "dir:$ROOTFS" sleep 1000
	same "$(address_of one)" 10.10.0.2
	same "$(other inspect two | jq -r '.[0].NetworkSettings.IPAddress')" 10.10.1.2
	has "guise network bridge of $DIR/other" "$(ip -o link show guise1)"
	inside one ping -q -c 1 -w 10 10.10.0.1
	guise explain --check one
	other explain --check two
	other rm -f three
	guise rm -f one
	settle
	run ! link_exists guise0
	same "$(forwarding)" 1
	nsenter -t "$(jq .pid "$DIR/other/containers/$(readlink "$DIR/other/names/two")/runs/1/process.json")" -n ping -q -c 1 -w 10 10.10.1.1
	node four
	same "$(address_of four)" 10.10.0.3
	guise rm -f four
	other rm -f two
	STATE=$DIR/other settle
	settle
	run ! link_exists guise1
	same "$(forwarding)" 0
	same "$(nft list tables)" ""
}

@test "one state directory in two network namespaces has a bridge, and leases, in each" {
	local there
	there() { nsenter --net="/run/netns/$PARENT" "$@"; } # keeps /sys

	ip netns add "$PARENT"
	node one
	there "$GUISE" --root "$STATE" run -d --cgroup-parent "$PARENT" --name two "dir:$ROOTFS" sleep 1000
	same "$(address_of one)" 10.10.0.2
	same "$(address_of two)" 10.10.0.2
	inside two ping -q -c 1 -w 10 10.10.0.1
	# undone from here, since its guise there is gone, what the other namespace has stays, and what is here as well
	monitor=$(head -1 "$(dir_of two)/hosts" | cut -d' ' -f1)
	kill -KILL "$monitor"
	await not_there test -e "/proc/$monitor/exe"
	guise rm -f two
	has 10.10.0.2 "$(ip neighbour show dev guise0)"
	inside one ping -q -c 1 -w 10 10.10.0.1
	same "$(leases)" 1
	there ip link show guise0
	# until a guise comes there
	there "$GUISE" --root "$STATE" ps
	await not_there nsenter --net="/run/netns/$PARENT" ip link show guise0
	link_exists guise0
	guise rm -f one
	settle
	run ! link_exists guise0
	ip netns delete "$PARENT"
}

@test "state directories that begin at the same time choose different subnets" {
	for i in {1..6}; do
		"$GUISE" --root "$DIR/s$i" run -d --cgroup-parent "$PARENT" "dir:$ROOTFS" sleep 1000 >/dev/null &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	same "$(ip -o -4 address | grep -o '10\.10\.[0-9]*\.1/24' | sort -u | wc -l)" 6
}

@test "the MTU is that of the way out" {
	outside_up
	ip link set out0 mtu 1400
	ip route add default via 192.0.2.2
	node one
	has 'mtu 1400' "$(ip link show guise0)"
	has 'mtu 1400' "$(inside one ip link show eth0)"
	guise explain --check one
	outside_down
}

@test "with all of 10.0.0.0/8 routed elsewhere there is another network, and --default-pool names one" {
	ip link add vpn0 type veth peer name vpn1
	ip link set vpn0 up
	ip route add 10.0.0.0/8 dev vpn0
	has 'inet 172\.16\.0\.2/24' "$(net ip -o -4 address)"
	settle
	has 'inet 192\.168\.77\.2/24' "$(guise --default-pool 10.3.0.0/16 --default-pool 192.168.77.0/24 run --rm \
		--cgroup-parent "$PARENT" "dir:$ROOTFS" ip -o -4 address)"
	settle
	run --separate-stderr guise --default-pool 10.3.0.0/16 run --rm --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	failed_with 125 "10\.3\.0\.0/16 by 10\.0\.0\.0/8"
	ip link delete vpn0
}

# The processes that the test's commands left behind.
left_behind() {
	local pid

	for pid in $(LIVE_TEST='' grep -lszFx "LIVE_TEST=$DIR" /proc/[0-9]*/environ | cut -d/ -f3); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != guise-behind ] || echo "$pid"
	done
}

@test "who ends last does not wait for the kernel to take the bridge away" {
	need_program strace strace
	strace -e trace=sendto,sendmsg -o calls "$GUISE" --root "$STATE" run --rm --cgroup-parent "$PARENT" \
		"dir:$ROOTFS" true
	has 'RTM_NEWLINK' "$(cat calls)"
	has_not 'RTM_DELLINK|NFT_MSG_DEL' "$(cat calls)"
	settle
	run ! link_exists guise0
	same "$(nft list tables)" ""
}

# Run a command until the process that it leaves behind is there to be looked at: it waits for a moment only, and it is
# stopped before that is over. Its pid is in $behind.
hold_behind() { # COMMAND...
	local try

	for try in {1..50}; do
		"$@"
		behind=$(left_behind)
		[ -n "$behind" ] && kill -STOP $behind && await is_held || continue
		link_exists guise0 && ! nothing_behind && [ -e "/proc/$behind" ] && return
		kill -CONT $behind || true
		settle
	done
	echo "it was never seen"
	return 1
}
# (or over and done with)
is_held() { ! grep -q '^State:.[^TZ]' "/proc/$behind/status" 2>/dev/null; }

@test "what takes it away behind the command holds nothing of the caller's" {
	mkdir gone
	# this would last as long as anybody has the pipe, if that were held
	said() { same "$(cd gone && net sh -c 'echo said; echo 3 >&2' 2>&1 7>&1)" $'said\n3'; }
	hold_behind said
	same "$(readlink "/proc/$behind/cwd")" /
	has_not 'pipe:' "$(readlink /proc/$behind/fd/*)"
	[ "$(cut -d' ' -f6 "/proc/$behind/stat")" != "$(cut -d' ' -f6 /proc/self/stat)" ]
	kill -CONT "$behind"
	guise run --name kept --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	guise rm kept
	settle
}

@test "what was to be taken away by a process that was killed, the next command takes away" {
	hold_behind net true
	kill -KILL "$behind"
	# until it has ended it has its lock
	await test ! -e "/proc/$behind"
	run ! nothing_behind
	link_exists guise0
	guise ps
	settle
	run ! link_exists guise0
	same "$(forwarding)" 0
	same "$(nft list tables)" ""
}

bridge_is_gone() { ! link_exists guise0 && [ -z "$(nft list tables)" ]; }

@test "it is taken away, too, when the state directory was removed, or another one is in its place" {
	net true
	rm -rf "$STATE"
	await bridge_is_gone
	same "$(forwarding)" 0
	net true
	rm -rf "$STATE"
	guise ps
	await bridge_is_gone
	# who is in its place by now keeps it
	net true
	rm -rf "$STATE"
	guise run -d --name next --cgroup-parent "$PARENT" "dir:$ROOTFS" sleep 1000
	for pid in $(left_behind); do
		kill -TERM "$pid" || true
		await test ! -e "/proc/$pid"
	done
	link_exists guise0
	guise rm -f next
	settle
	run ! link_exists guise0
}

@test "who is told to end takes it away at once" {
	net true
	for pid in $(left_behind); do
		kill -TERM "$pid" || true
	done
	settle
	run ! link_exists guise0
}

@test "a container that is started again at once does not meet the cable of its last run" {
	guise run --cgroup-parent "$PARENT" --name again "dir:$ROOTFS" true
	for i in 1 2 3 4 5; do
		guise start -a again
	done
	for i in 1 2 3; do
		guise start again
		guise restart -t 0 again
		guise kill again || :
		guise wait again
	done
}
