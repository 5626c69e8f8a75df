#!/usr/bin/env bats
# Networks upon a link of the host's: macvlan and ipvlan. The namespace the tests run in plays the host; behind its link up0
# is a LAN, with a router and a neighbour.

load common

node() { guise run -d --cgroup-parent "$PARENT" "$@" >/dev/null; }
inside() { local pid; pid=$(pid_of "$1"); shift; nsenter -t "$pid" -n "$@"; }
on_lan() { ip netns exec "$PARENT" "$@"; }
not_there() { ! "$@" >/dev/null 2>&1; }
address_of() { guise inspect -f "{{.NetworkSettings.IPAddress}}" "$1"; }
mac_of() { guise inspect -f "{{.NetworkSettings.MacAddress}}" "$1"; }

need_for_all() {
	ip link add probe0 type veth peer name probe1
	ip link add link probe0 name probe2 type "${1-macvlan}" || { ip link delete probe0; skip "this kernel has no ${1-macvlan}"; }
	ip link delete probe0
}

# The host is 192.0.2.2, the router .1, which has the rest of the world, 198.51.100.1.
make_lan() {
	ip netns add "$PARENT"
	ip link add up0 type veth peer name lan0 netns "$PARENT"
	ip address add 192.0.2.2/24 dev up0
	ip address add fd00:2::2/64 dev up0 nodad
	ip link set up0 up
	on_lan ip link set lo up
	on_lan ip address add 192.0.2.1/24 dev lan0
	on_lan ip address add fd00:2::1/64 dev lan0 nodad
	on_lan ip address add 198.51.100.1/32 dev lo
	on_lan ip link set lan0 up
	ip route add default via 192.0.2.1
}
lan() { guise network create --driver macvlan --subnet 192.0.2.0/24 "$@" >/dev/null; }

eval "common_$(declare -f teardown)"
teardown() {
	ip link delete up0 2>/dev/null || true
	ip netns delete "$PARENT" 2>/dev/null || true
	common_teardown
}

@test "macvlan: on the LAN beside the host, by the default route's link and gateway; inspect, ls, explain, a check" {
	make_lan
	lan --subnet fd00:2::/64 home
	same "$(guise network inspect home | jq -c '.[0] | [.Driver, .Options, .IPAM.Config[0].Gateway]')" \
		'["macvlan",{"parent":"up0","macvlan_mode":"bridge"},"192.0.2.1"]'
	same "$(guise network ls -q -f driver=macvlan)" home
	node --name a --network home "dir:$ROOTFS" sleep 1000
	node --name b --network home "dir:$ROOTFS" sleep 1000
	# neither the gateway's nor the host's own
	same "$(address_of a) $(address_of b)" "192.0.2.3 192.0.2.4"
	inside a ping -n -q -c 1 -w 30 198.51.100.1
	inside a ping -n -q -c 1 -w 30 192.0.2.4
	inside a ping -n -q -c 1 -w 30 fd00:2::1
	on_lan ping -n -q -c 1 -w 30 192.0.2.4
	on_lan ping -n -q -c 1 -w 30 fd00:2::3
	# the host has nothing of it: no bridge, no rule, no forwarding
	same "$(ip -o link show type bridge; ip -o link show type macvlan; nft list tables; cat /proc/sys/net/ipv4/ip_forward)" 0
	guise explain --check a >/dev/null
	has 'ip link add link up0 name eth0 netns [0-9]* address 02:42:c0:00:02:03 type macvlan mode bridge' "$(guise explain a)"
	has 'macvlan \(bridge\)' "$(guise map)"
	has '^arrives' "$(guise trace a b)"
	inside b ip link set eth0 address 02:00:00:00:00:01
	run guise explain --check b
	same "$status" 1
	has 'eth0 is of another MAC address' "$output"
	run --separate-stderr guise network rm home
	failed_with 125 'remove network home: container [ab] is on it'
}

@test "macvlan: neighbours that knew another MAC address learn the new one, by ARP and by IPv6, before anything is sent" {
	make_lan
	lan --subnet fd00:2::/64 home
	on_lan ip neighbour add 192.0.2.9 lladdr 02:00:00:00:00:77 dev lan0 nud stale
	on_lan ip neighbour add fd00:2::9 lladdr 02:00:00:00:00:77 dev lan0 nud stale
	node --network home:ip=192.0.2.9,ip6=fd00:2::9,mac=02:00:00:00:00:99 "dir:$ROOTFS" sleep 1000
	told() { [ "$(on_lan ip neighbour | grep -c "^\(192.0.2.9\|fd00:2::9\) dev lan0 lladdr 02:00:00:00:00:99")" = 2 ]; }
	await told
}

@test "macvlan: an address that was given back a moment ago can be asked for at once; the host's own can't" {
	make_lan
	lan home
	for _ in 1 2 3; do guise run --rm --cgroup-parent "$PARENT" --network home:ip=192.0.2.9 "dir:$ROOTFS" true; done
	node --name a --ip 192.0.2.9 --network home "dir:$ROOTFS" sleep 1000
	guise restart --time 0 a
	guise explain --check a >/dev/null
	run --separate-stderr guise run --rm --network home:ip=192.0.2.2 "dir:$ROOTFS" true
	failed_with 125 "take address 192.0.2.2: it is this host's own"
	run --separate-stderr guise run --rm --network home:ip=192.0.2.9 "dir:$ROOTFS" true
	failed_with 125 'take address 192.0.2.9'
}

@test "macvlan: private and passthru are what they say" {
	make_lan
	lan --opt mode=private alone
	node --name a --network alone "dir:$ROOTFS" sleep 1000
	node --name b --network alone "dir:$ROOTFS" sleep 1000
	inside a ping -n -q -c 1 -w 30 192.0.2.1
	not_there inside a ping -n -q -c 1 -w 1 "$(address_of b)"
	guise rm -f a b >/dev/null
	lan --opt macvlan_mode=passthru whole
	node_of() { ip -o link show type macvlan; }
	ready() { guise run -d --name c --cgroup-parent "$PARENT" --network whole "dir:$ROOTFS" sleep 1000 >/dev/null 2>&1; }
	await ready # the kernel takes the others' links away in the background
	same "$(mac_of c)" "$(cat /sys/class/net/up0/address 2>/dev/null || ip -j link show up0 | jq -r '.[0].address')"
	inside c ping -n -q -c 1 -w 30 192.0.2.1
	guise explain --check c >/dev/null
	run --separate-stderr guise run --rm --network whole "dir:$ROOTFS" true
	failed_with 125 'make a link of kind macvlan on up0: up0 cannot carry it'
	run --separate-stderr guise run --rm --network whole:mac=02:00:00:00:00:09 "dir:$ROOTFS" true
	failed_with 125 'take hardware address 02:00:00:00:00:09: with macvlan in mode passthru the container has that of up0'
}

@test "macvlan: its parent down, gone, and what then can and can't be put back" {
	make_lan
	lan home
	node --name a --network home "dir:$ROOTFS" sleep 1000
	ip link set up0 down
	run --separate-stderr guise run --rm --network home "dir:$ROOTFS" true
	failed_with 125 'network home: use link up0 as the parent of the network: it is down; set it up: ip link set up0 up'
	ip link delete up0
	run --separate-stderr guise run --rm --network home "dir:$ROOTFS" true
	failed_with 125 'network home: use link up0 as the parent of the network: there is none of that name'
	run guise explain --check a
	same "$status" 1
	has 'its parent up0 is gone' "$output"
	run guise network reload
	has 'network home: put back link eth0 upon up0: it is in the container, which runs; start the container anew' "$output"
	guise rm -f a >/dev/null
	guise network rm home
}

@test "network create: what a driver can't do is refused, with the reason" {
	run --separate-stderr guise network create -d macvlan --subnet 192.0.2.0/24 x
	failed_with 125 'choose the parent of the network: this host has no default route'
	make_lan
	ip link add br9 type bridge && ip link add port0 type veth peer name port1 && ip link set port0 master br9
	while IFS='|' read -r options words; do
		# shellcheck disable=SC2086 # options are words
		run --separate-stderr guise network create $options x
		failed_with 125 "$words"
	done <<-'EOT'
		-d macvlan|define a network upon up0: .* no --subnet .*; the host is in 192\.0\.2\.0/24, fd00:2::/64: write --subnet
		-d macvlan --parent nope --subnet 192.0.2.0/24|use link nope as the parent of the network: there is none of that name
		-d macvlan --parent port0 --subnet 192.0.2.0/24|use link port0 as the parent of the network: it is a port of a bridge
		-d macvlan --internal --subnet 192.0.2.0/24|--internal with --driver macvlan: .*; use a bridge
		-d ipvlan --isolate=false --subnet 192.0.2.0/24|--isolate=false with --driver ipvlan
		-d macvlan --firewall-compat --subnet 192.0.2.0/24|--firewall-compat with --driver macvlan
		-d macvlan --interface-name br7 --subnet 192.0.2.0/24|--interface-name with --driver macvlan: there is no bridge to be named
		-d macvlan --opt mode=l2 --subnet 192.0.2.0/24|use mode 'l2' of macvlan: there is none of that name; there are bridge, private, vepa, passthru
		-d ipvlan -o ipvlan_mode=bridge --subnet 192.0.2.0/24|use mode 'bridge' of ipvlan: there is none of that name; there are l2, l3, l3s
		-d macvlan --opt vlan=7 --subnet 192.0.2.0/24|--opt: 'vlan=7': no driver here has that option; there are mode=
		--parent up0|--parent with --driver bridge: a bridge has none
		-d overlay|overlay
	EOT
	ip link delete port0 && ip link delete br9
	same "$(guise network ls -q)" bridge
	lan --mtu 9000 large
	run --separate-stderr guise run --rm --network large "dir:$ROOTFS" true
	failed_with 125 'give a link upon up0 the MTU 9000: up0 has 1500 itself'
	guise network create -o mtu=1400 -o com.docker.network.bridge.name=br8 small
	same "$(guise network inspect small | jq -c '.[0].Options')" '{"com.docker.network.driver.mtu":"1400","com.docker.network.bridge.name":"br8"}'
}

@test "macvlan beside a bridge: one default route; and the script of --dry-run makes an equal one" {
	make_lan
	lan --mtu 1400 home
	probe='ip -o address; ip route; ip link show eth0 | sed -n 2p; ip link show eth0 | grep -o "mtu 1400"'
	normalised() { grep -v inet6 | sed -E 's/ *valid_lft.*//; s/@if[0-9]*//; s/^[0-9]*: //; s/(192\.0\.2\.|c0:00:02:0)[34]/\1N/g'; }
	guise run --rm --cgroup-parent "$PARENT" --network home --network bridge host: sh -c "$probe" | normalised >real
	has 'default via 192.0.2.1 dev eth0' "$(cat real)"
	has 'link/ether 02:42:c0:00:02:0N' "$(cat real)"
	has 'mtu 1400' "$(cat real)"
	settle
	guise run --dry-run --cgroup-parent "$PARENT" --network home --network bridge host: sh -c "$probe" >script
	unshare --mount --propagation private sh -e script 2>errors | normalised >dry || { cat errors; return 1; }
	diff -u real dry
}

# Its default routes off the bridge, and on it again.
off_its_bridge() { # NETWORK
	node --name a --network bridge --network "$1" "dir:$ROOTFS" sleep 1000
	has 'via .* dev eth0' "$(inside a ip route show default)"
	guise network disconnect bridge a >/dev/null
	inside a ip route show default
	guise explain --check a >/dev/null
	guise network connect bridge a >/dev/null
	guise explain --check a >/dev/null
	inside a ip route show default
}

@test "macvlan: a container that is taken off its bridge leaves by it, unless it is to be no way out" {
	make_lan
	lan home
	off_its_bridge home >routes
	same "$(sed 's/ *$//' routes)" $'default via 192.0.2.1 dev eth1\ndefault via 192.0.2.1 dev eth1'
	guise rm -f a >/dev/null
	guise network rm home >/dev/null
	lan --default-route=false shut
	off_its_bridge shut >routes
	has '^default via 10\.[0-9.]* dev eth0 *$' "$(<routes)"
}

@test "ipvlan in mode l3: a container that is taken off its bridge leaves by the link" {
	need_for_all ipvlan
	make_lan
	guise network create --driver ipvlan --opt mode=l3 --subnet 203.0.113.0/24 three >/dev/null
	off_its_bridge three >routes
	same "$(sed 's/ *$//' routes)" $'default dev eth1 scope link\ndefault dev eth1 scope link'
}

@test "macvlan: what leaves can be limited; what comes cannot" {
	make_lan
	lan home
	node --name a --network-bandwidth out=5M --network home "dir:$ROOTFS" sleep 1000
	guise explain --check a >/dev/null
	has 'tbf rate 5000000bit' "$(guise explain a)"
	run --separate-stderr guise run --rm --network home:in=5M "dir:$ROOTFS" true
	failed_with 125 'limit what comes to the container by network home: macvlan has no end on the host'
}

@test "ipvlan: l2 and l3, with the parent's MAC address" {
	need_for_all ipvlan
	make_lan
	guise network create --driver ipvlan --subnet 192.0.2.0/24 two
	node --name a --network two "dir:$ROOTFS" sleep 1000
	node --name b --network two "dir:$ROOTFS" sleep 1000
	same "$(mac_of a)" "$(mac_of b)"
	inside a ping -n -q -c 1 -w 30 198.51.100.1
	inside a ping -n -q -c 1 -w 30 "$(address_of b)"
	on_lan ping -n -q -c 1 -w 30 "$(address_of b)"
	guise explain --check a >/dev/null
	guise rm -f a b >/dev/null
	guise network create --driver ipvlan --opt mode=l3 --subnet 203.0.113.0/24 three
	on_lan ip route add 203.0.113.0/24 via 192.0.2.2
	up() { guise run -d --name c --cgroup-parent "$PARENT" --network three "dir:$ROOTFS" sleep 1000 >/dev/null 2>&1; }
	await up
	same "$(inside c ip route show default)" 'default dev eth0 scope link '
	inside c ping -n -q -c 1 -w 30 198.51.100.1
	guise explain --check c >/dev/null
}
