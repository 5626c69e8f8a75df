#!/usr/bin/env bats
# guise network reload: what others took away of networks is put back. The namespace the tests run in plays the host.

load common

node() { guise run -d --cgroup-parent "$PARENT" "$@" >/dev/null; }
inside() { local pid; pid=$(pid_of "$1"); shift; nsenter -t "$pid" -n "$@"; }
not_there() { ! "$@" >/dev/null 2>&1; }
reload_says() { # what is put back, sorted: "web nat"
	guise --format json network reload "$@" | jq -r 'select(.Restored) | [.Network, .Step] | join(" ")' | sort
}
all_is_well() { # CONTAINER...
	local name

	same "$(guise network reload)" ""
	for name; do guise explain --check "$name" >"$DIR/explained" || { grep -A1 -e ^missing -e ^different "$DIR/explained"; return 1; }; done
}

# A neighbour of the host's, far, with the address 192.0.2.2.
outside() {
	ip link add out type veth peer name far
	ip netns add "$PARENT" && ip link set far netns "$PARENT"
	ip addr add 192.0.2.1/24 dev out && ip link set out up
	ip netns exec "$PARENT" sh -c 'ip addr add 192.0.2.2/24 dev far; ip link set far up'
	await ping -q -c 1 -W 1 192.0.2.2 >/dev/null # a cable takes what is sent a moment after both ends are up
}

@test "after nft flush ruleset all networks' rules are put back, whatever else there was, and once" {
	outside
	echo 0 | tee /proc/sys/net/ipv4/ip_forward >/proc/sys/net/ipv6/conf/all/forwarding
	guise network create --internal --subnet 10.20.0.0/24 store
	guise network create --ipv6 web
	node --name a --network web "dir:$ROOTFS" sleep 1000
	node --name b --network web --network store "dir:$ROOTFS" sleep 1000
	inside a ping -q -c 1 -w 10 192.0.2.2
	all_is_well a b
	nft list ruleset >before
	nft flush ruleset
	nft add table ip mine
	not_there inside a ping -q -c 1 -W 1 192.0.2.2
	run guise network reload
	same "$status" 0
	same "${#lines[@]}" 4
	has 'web: nat put back: check nft table guise: there is none of that name' "$output"
	has 'web: forward put back: ' "$output"
	has 'store: nat put back: ' "$output"
	inside a ping -q -c 1 -w 10 192.0.2.2
	nft list tables | grep -q 'ip mine'
	nft delete table ip mine
	same "$(nft list ruleset | sort)" "$(sort before)"
	all_is_well a b
	ip link del out
	ip netns del "$PARENT"
}

@test "bridge, port, neighbours, forwarding and single elements are put back; the rest stays as it is" {
	guise network create --ipv6 --subnet 10.20.0.0/24 --subnet fd00:20::/64 --interface-name rel0 web
	node --name a --network web "dir:$ROOTFS" sleep 1000
	node --name b --network web "dir:$ROOTFS" sleep 1000
	a=$(ip -o link show master rel0 | sed -n '1s/^[0-9]*: \([^@]*\)@.*/\1/p')

	ip addr flush dev rel0
	echo 1 >/proc/sys/net/ipv6/conf/rel0/accept_ra
	same "$(reload_says)" $'web bridge\nweb veth\nweb veth' # the entries of its neighbours went with the addresses
	ip link set "$a" nomaster
	same "$(reload_says)" "web veth"
	bridge link set dev "$a" learning on
	ip neigh flush dev rel0 nud permanent
	has 'web veth' "$(reload_says)"
	echo 0 >/proc/sys/net/ipv4/ip_forward
	same "$(reload_says)" "web forward"
	nft delete element inet guise within '{ rel0 . rel0 }'
	nft flush chain inet guise forward
	same "$(reload_says)" "web nat"
	ip link del rel0
	same "$(reload_says web | uniq)" $'web bridge\nweb veth'
	all_is_well a b
	inside a ping -q -c 1 -w 10 10.20.0.1
	inside a ping -q -c 1 -w 10 10.20.0.3
	inside b ping -q -c 1 -w 10 fd00:20::1
	guise rm -f a b >/dev/null
	settle
	not_there ip link show rel0
}

@test "what cannot be put back is told, and what is another network's or another machine's is not touched" {
	echo 0 >/proc/sys/net/ipv4/ip_forward
	guise network create one
	guise network create two
	node --name a --network one "dir:$ROOTFS" sleep 1000
	node --name b --network two "dir:$ROOTFS" sleep 1000
	nft flush ruleset
	same "$(reload_says one | uniq)" $'one forward\none nat'
	same "$(reload_says -a)" "two nat"
	same "$(unshare --net "$GUISE" --root "$STATE" network reload)" ""
	inside a ip link del eth0
	run --separate-stderr guise network reload
	failed_with 125 'network one: look up link gv.*: No such device; the cable is gone'
	run --separate-stderr guise network reload nope
	failed_with 125 'find network nope: there is none of that name'
}

@test "forwarding that was off before is off again with the last network, also when the rules were flushed" {
	echo 0 >/proc/sys/net/ipv4/ip_forward
	guise network create one
	guise network create two
	node --name a --network one "dir:$ROOTFS" sleep 1000
	node --name b --network two "dir:$ROOTFS" sleep 1000
	guise rm -f a >/dev/null
	settle
	nft flush ruleset
	guise network reload
	nft list set inet guise forwarding | grep -q ipv4 # nobody else's packets are forwarded
	nft flush ruleset
	guise rm -f b >/dev/null
	settle
	same "$(cat /proc/sys/net/ipv4/ip_forward)" 0
	same "$(nft list ruleset)" ""
	# one that was on stays on
	echo 1 >/proc/sys/net/ipv4/ip_forward
	node --name c --network one "dir:$ROOTFS" sleep 1000
	nft flush ruleset
	guise network reload
	nft list set inet guise forwarding | not_there grep -q ipv4
	guise rm -f c >/dev/null
	settle
	same "$(cat /proc/sys/net/ipv4/ip_forward)" 1
}

# What a router says of itself (RFC 4861, section 4.2), from its own link.
advertise() {
	ip netns exec "$PARENT" python3 - <<-EOF
		import socket, struct
		s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
		s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
		s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex("far"))
		s.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0), ("ff02::1", 0))
	EOF
}
learned() { ip -6 route show default | grep -q 'dev out proto ra'; }

# doctor says that and no more, and mends it.
mended() { # CONTAINER CODE EVIDENCE
	run guise doctor --format json "$1"
	same "$(jq -r '.[].code' <<<"$output")" "$2"
	has "$3" "$(jq -r '.[].evidence[]' <<<"$output")"
	guise doctor --fix --yes "$1" >"$DIR/fixed" || { cat "$DIR/fixed"; return 1; }
	same "$(guise doctor --format json "$1" | jq length)" 0
	all_is_well "$1"
}

@test "doctor names what others took of a network's that no packet meets, and mends it" {
	outside
	ip route add default via 192.0.2.2
	guise network create --isolate=false --subnet 10.20.0.0/24 --interface-name rel0 one
	guise network create --isolate=false --subnet 10.21.0.0/24 two
	node --name a --network one "dir:$ROOTFS" sleep 1000
	node --name b --network two "dir:$ROOTFS" sleep 1000
	guise doctor a b >fixed || { cat fixed; return 1; }
	inside b ping -q -c 1 -w 10 10.20.0.2
	nft delete element inet guise open '{ "rel0" }'
	mended a network-changed 'one: nat: '
	inside b ping -q -c 1 -w 10 10.20.0.2
	# and where one is the cause of the other, that is told once
	nft flush chain inet guise forward
	guise doctor --fix --yes a b >fixed || { cat fixed; return 1; }
	all_is_well a b
	nft 'add table ip wall; add chain ip wall forward { type filter hook forward priority 0; policy drop; }'
	guise network create --firewall-compat --subnet 10.22.0.0/24 three
	node --name c --network three "dir:$ROOTFS" sleep 1000
	nft flush chain ip wall forward
	guise doctor --fix --yes c >fixed || { cat fixed; return 1; }
	same "$(guise doctor --format json c | jq length)" 0
	all_is_well c
	nft delete table ip wall
	ip link del out
	ip netns del "$PARENT"
}

@test "a default route that a router advertised stays while containers are on IPv6, and the link is as before then" {
	[ -e /proc/sys/net/ipv6 ] || skip "no IPv6 here"
	echo 0 >/proc/sys/net/ipv6/conf/all/forwarding
	outside
	for link in out far; do await_address() { ip ${2:+-n "$2"} -6 address show dev "$1" | grep -q 'scope link $'; }; done
	await await_address out
	await await_address far "$PARENT"
	accept=/proc/sys/net/ipv6/conf/out/accept_ra
	echo 1 >$accept
	advertise
	await learned
	guise network create --ipv6 --ipv4=false six
	node --name a --network six "dir:$ROOTFS" sleep 1000
	same "$(cat /proc/sys/net/ipv6/conf/all/forwarding) $(cat $accept)" "1 2"
	learned
	ip -6 route del default
	advertise
	await learned
	# somebody's sysctl takes it back; it is seen, and put back
	echo 1 >$accept
	run guise explain --check a
	same "$status" 1
	has 'routers on out are not believed' "$output"
	ip address add 2001:db8::1/64 dev out nodad # or nothing could be translated to it
	mended a network-changed 'six: forward: .*routers on out are not believed'
	same "$(cat $accept)" 2
	echo 1 >$accept
	same "$(reload_says)" "six forward"
	same "$(cat $accept)" 2
	guise rm -f a >/dev/null
	settle
	same "$(cat /proc/sys/net/ipv6/conf/all/forwarding) $(cat $accept)" "0 1"
	learned
	same "$(compgen -G "$STATE/net/*/.accept-ra-*")" ""
	ip link del out
	ip netns del "$PARENT"
}

@test "--watch puts back whatever is flushed, as often as it is, with CAP_NET_ADMIN alone; its unit is sound" {
	guise network create web
	node --name a --network web "dir:$ROOTFS" sleep 1000
	nft flush ruleset
	timeout 100 setpriv --bounding-set -all,+net_admin --inh-caps -all --no-new-privs \
		"$GUISE" --root "$STATE" network reload --watch >watched 2>&1 &
	watcher=$!
	await grep -q 'web: nat put back' watched # what was before
	for i in 2 3; do
		nft list ruleset >before
		nft flush ruleset
		told() { [ "$(grep -c 'web: nat put back' watched)" = "$i" ]; }
		await told
		same "$(nft list ruleset)" "$(cat before)"
	done
	nft flush chain inet guise forward
	i=4
	await told
	guise rm -f a >/dev/null # a network that goes is not put back
	settle
	same "$(nft list ruleset)" ""
	kill "$watcher"
	same "$(grep -vc 'put back' watched)" 0
	command -v systemd-analyze >/dev/null || skip "no systemd-analyze: apt install systemd"
	sed "s|^ExecStart=[^ ]*|ExecStart=$GUISE|" "${GUISE%/src/guise}/guise-network-reload.service" >"$DIR/guise-network-reload.service"
	same "$(systemd-analyze verify --man=no --recursive-errors=no "$DIR/guise-network-reload.service" 2>&1)" ""
}

@test "reloads beside starts and ends that never stop: nothing is left, and nobody fails" {
	guise network create web
	node --name stays --network web "dir:$ROOTFS" sleep 1000
	for i in 1 2; do
		for n in 1 2 3 4 5 6; do guise run --rm --network web --cgroup-parent "$PARENT" "dir:$ROOTFS" true || echo "run failed"; done >"$DIR/runs.$i" 2>&1 &
		jobs[i]=$!
	done
	for n in 1 2 3 4 5 6; do
		nft delete table inet guise 2>/dev/null || :
		guise network reload >/dev/null
	done
	wait "${jobs[@]}"
	same "$(cat runs.1 runs.2)" ""
	guise network reload
	all_is_well stays
	guise rm -f stays >/dev/null
	settle
	same "$(nft list ruleset)" ""
	no_bridge() { ! ip -o link show type bridge | grep -q guise; }
	await no_bridge
}
