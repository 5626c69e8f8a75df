#!/usr/bin/env bats
# guise doctor: each fault by its code, and no other; mended by --fix, and brought back by --undo.

load common
load network


# ---- links

@test "the host's end of a cable that is on no bridge, and down: both are told, by inference from addresses" {
	break_it() { ip link set veth2-br nomaster; ip link set veth2-br down; }
	probe() { pings net2 10.10.0.1; }
	run_it() { network; broken "veth-not-on-bridge veth-host-down" probe break_it; }
	alone run_it
}

@test "the host's end of a cable that is on no bridge" {
	probe() { pings net2 10.10.0.1; }
	run_it() { network; broken veth-not-on-bridge probe ip link set veth2-br nomaster; }
	alone run_it
}

@test "the host's end of a cable that is down" {
	probe() { pings net2 10.10.0.1; }
	run_it() { network; broken veth-host-down probe ip link set veth2-br down; }
	alone run_it
}

@test "the container's end of a cable that is down" {
	probe() { pings net2 203.0.113.1; }
	run_it() { network; broken link-down probe ip -n net2 link set veth2 down; }
	alone run_it
}

@test "a loopback that is down" {
	probe() { pings net2 127.0.0.1; }
	run_it() { network; broken loopback-down probe ip -n net2 link set lo down; }
	alone run_it
}

@test "the other end of a cable that is in the wrong namespace" {
	probe() { pings net2 10.10.0.1; }
	run_it() { network; broken veth-peer-missing probe ip link set veth2-br netns net1; }
	alone run_it
}

@test "a cable of which both ends are on the host: it gets its end, an address and a way out again" {
	break_it() { ip -n net2 link set veth2 netns $$; }
	probe() { pings net2 203.0.113.1; }
	run_it() { network; broken veth-peer-missing probe break_it; }
	alone run_it
}

@test "ARP that is off" {
	probe() { ip -n net2 neigh flush all; pings net2 10.10.0.1; }
	run_it() { network; broken arp-off probe ip -n net2 link set veth2 arp off; }
	alone run_it
}

@test "an MTU that the other end does not have" {
	probe() { in_ns net2 ping -c1 -W1 -n -s 1400 -M do 10.10.0.1 >/dev/null 2>&1; }
	run_it() { network; broken mtu-mismatch probe ip link set veth2-br mtu 1000; }
	alone run_it
}

@test "a way out that has only a link-local address is masqueraded by another one of the machine's: all is well" {
	run_it() {
		network
		echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
		ip address add fd00:10::1/64 dev br0 nodad
		ip -n net2 address delete 10.10.0.3/24 dev veth2
		ip -n net2 address add fd00:10::3/64 dev veth2 nodad
		ip -n net2 -6 route add default via fd00:10::1
		ip -n outside address add fe80::77/64 dev eth0 nodad
		ip -n outside address add 2001:db8::1/128 dev lo nodad
		ip -6 route add default via fe80::77 dev up0
		nft 'add table ip6 nat; add chain ip6 nat postrouting { type nat hook postrouting priority srcnat; }'
		nft 'add rule ip6 nat postrouting ip6 saddr fd00:10::/64 oifname "up0" masquerade'
		# the kernel does so
		nft 'add chain ip6 nat input { type filter hook postrouting priority 300; }; add rule ip6 nat input oifname "up0" ip6 saddr fd00:10::1 counter comment "seen"'
		in_ns net2 ping -6 -c1 -W1 2001:db8::1 >/dev/null || :
		nft list table ip6 nat | grep -q 'counter packets [1-9].*seen' || { nft list table ip6 nat; ip -6 route; return 1; }
		nft delete chain ip6 nat input
		healthy
	}
	alone run_it
}

# ---- bridges

@test "a bridge that is down" {
	probe() { pings net2 10.10.0.3 && pings net2 10.10.0.1; }
	run_it() { network; broken bridge-down probe ip link set br0 down; }
	alone run_it
}

@test "a bridge without its gateway's address" {
	probe() { pings net2 10.10.0.1; }
	run_it() { network; broken gateway-address-missing probe ip address delete 10.10.0.1/24 dev br0; }
	alone run_it
}

@test "a port that is locked, and knows nobody" {
	break_it() { ip link set veth2-br type bridge_slave locked on learning off; ip link set veth2-br type bridge_slave fdb_flush; }
	probe() { pings net2 10.10.0.1; }
	run_it() { network; broken bridge-port-blocked probe break_it; }
	alone run_it
}

@test "ports that are isolated" {
	break_it() { ip link set veth1-br type bridge_slave isolated on; ip link set veth2-br type bridge_slave isolated on; }
	probe() { pings net2 10.10.0.2; }
	run_it() { network; broken bridge-port-blocked probe break_it; }
	alone run_it
}

@test "a port in another VLAN than its bridge" {
	break_it() { ip link set br0 type bridge vlan_filtering 1; bridge vlan add dev veth2-br vid 20 pvid untagged
		bridge vlan delete dev veth2-br vid 1; }
	probe() { pings net2 10.10.0.1; }
	[ -e /sys/module/bridge/parameters ] || [ -n "$(zgrep BRIDGE_VLAN_FILTERING=y /proc/config.gz 2>/dev/null)" ] ||
		skip "this kernel's bridges do not filter by VLAN"
	run_it() { network; broken bridge-port-blocked probe break_it; }
	alone run_it
}

@test "a bridge that has all the ports that it can have" {
	fill() { # its ports are 1,023: two are there, the others are both ends of cables
		for i in {1..511}; do
			echo "link add c$i type veth peer name d$i"
			echo "link set c$i master br0"
			[ "$i" = 511 ] || echo "link set d$i master br0"
		done | ip -batch -
	}
	run_it() { network; advised bridge-full fill; }
	alone run_it
}

# ---- addresses

@test "no address" {
	probe() { pings net2 203.0.113.1; }
	run_it() { network; broken address-missing probe ip -n net2 address flush dev veth2 scope global; }
	alone run_it
}

@test "an address of another subnet than the bridge's" {
	break_it() { ip -n net2 address flush dev veth2 scope global; ip -n net2 address add 10.99.0.3/24 dev veth2; }
	probe() { pings net2 10.10.0.1; }
	run_it() { network; broken subnet-mismatch probe break_it; }
	alone run_it
}

@test "a prefix that is not the bridge's" {
	break_it() { ip -n net2 address flush dev veth2 scope global; ip -n net2 address add 10.10.0.3/28 dev veth2
		ip -n net2 route add default via 10.10.0.1; }
	probe() { ! ip -n net2 route get 10.10.0.77 | grep -q via; }
	run_it() { network; broken subnet-mismatch probe break_it; }
	alone run_it
}

@test "an address that another has, too" {
	break_it() { ip -n net2 address flush dev veth2 scope global
		ip -n net2 address add 10.10.0.2/24 dev veth2; ip -n net2 route add default via 10.10.0.1; }
	probe() { ! ip -n net2 -br address | grep -q 10.10.0.2/; }
	run_it() { network; broken address-duplicate probe break_it; }
	alone run_it
}

@test "an address beside its own one, that another has" {
	probe() { ! ip -n net2 -br address | grep -q 10.10.0.2/; }
	run_it() { network; broken address-duplicate probe ip -n net2 address add 10.10.0.2/24 dev veth2; }
	alone run_it
}

@test "a cable off its bridge, and no address that would tell of which: the host remembers who was where" {
	run_it() {
		network
		second_network
		ip link set br0 address 02:00:00:00:00:01 # else it may be a port's, and what is remembered goes with it
		pings net2 10.10.0.1
		ip link set veth2-br nomaster
		ip -n net2 address flush dev veth2 scope global
		expect veth-not-on-bridge
		doctor --fix --yes >/dev/null
		pings net2 203.0.113.1
		healthy
	}
	alone run_it
}

@test "a MAC address that another has, too" {
	break_it() { ip -n net2 link set veth2 address "$(ip netns exec net1 ip -br link show veth1 | awk '{ print $3 }')"; }
	probe() { [ "$(ip -n net2 -br link show veth2 | awk '{ print $3 }')" != "$(ip -n net1 -br link show veth1 | awk '{ print $3 }')" ]; }
	run_it() { network; broken mac-duplicate probe break_it; }
	alone run_it
}

@test "a neighbour's MAC address that is no more" {
	probe() { pings net2 10.10.0.1; }
	run_it() { network
		broken neighbour-stale probe ip -n net2 neigh replace 10.10.0.1 lladdr 02:00:00:00:00:99 dev veth2 nud permanent; }
	alone run_it
}

@test "a subnet that another link of the host has, too" {
	run_it() { network; advised subnet-overlap ip address add 10.10.0.77/24 dev up0; }
	alone run_it
}

# ---- routes

@test "no default route" {
	probe() { pings net2 203.0.113.1; }
	run_it() { network; broken default-route-missing probe ip -n net2 route delete default; }
	alone run_it
}

@test "a default route to a gateway that nobody is" {
	probe() { pings net2 203.0.113.1; }
	run_it() { network; broken gateway-wrong probe ip -n net2 route replace default via 10.10.0.254; }
	alone run_it
}

@test "a route that throws away, inside and on the host" {
	probe() { pings net2 10.10.0.1; }
	run_it() { network; broken route-blackhole probe ip -n net2 route add blackhole 10.10.0.1/32; }
	alone run_it
	run_it() { network; broken route-blackhole probe ip route add unreachable 10.10.0.3/32; }
	alone run_it
}

@test "routes and rules against one destination, which may be meant, are suspicions" {
	run_it() {
		network
		ip -n net2 route add blackhole 198.51.100.0/24
		ip -n net2 rule add to 203.0.113.77 prohibit priority 100
		doctor --format json >found || :
		expect ""
		same "$(jq -r '.[] | .certainty + " " + .code + " " + .object' found | sort)" \
			"suspicion route-blackhole 198.51.100.0/24"$'\n'"suspicion rule-blocks rule 100"
		ip -n net1 route add blackhole 10.99.0.0/16 # of an aggregate a part is reached
		ip -n net1 route add 10.99.1.0/24 via 10.10.0.3
		doctor --format json netns:net1 >found
		same "$(cat found)" "[]"
	}
	alone run_it
}

@test "a rule that is in the way, inside and on the host" {
	probe() { pings net2 203.0.113.1; }
	run_it() { network; broken rule-blocks probe ip -n net2 rule add priority 100 from 10.10.0.3 prohibit; }
	alone run_it
	run_it() { network; broken rule-blocks probe ip rule add priority 100 from 10.10.0.0/24 unreachable; }
	alone run_it
}

@test "a host that is offline" {
	probe() { pings net2 203.0.113.1; }
	run_it() { network; broken host-offline probe ip link set up0 down; }
	alone run_it
	run_it() { network; broken host-offline probe ip route delete default; }
	probe() { pings net2 198.51.100.1; }
	alone run_it
}

@test "a reverse-path filter that drops what comes to a second network" {
	probe() { pings net2 10.20.0.9; }
	run_it() {
		network
		second_network
		ip -n net1 link add dummy0 type veth 2>/dev/null || :
		ip -n net1 link delete dummy0 2>/dev/null || :
		ip link add veth9 netns net1 type veth peer name veth9-br
		ip link set veth9-br master br1 up
		ip -n net1 address add 10.20.0.9/24 dev veth9
		ip -n net1 link set veth9 up
		broken rp-filter probe ip netns exec net1 sh -c 'echo 1 >/proc/sys/net/ipv4/conf/veth9/rp_filter'
	}
	alone run_it
}

# ---- forwarding

@test "forwarding that is off, for all and for a link" {
	probe() { pings net2 203.0.113.1; }
	off() { echo 0 >"/proc/sys/net/ipv4/$1"; }
	run_it() { network; broken forwarding-off probe off ip_forward; }
	alone run_it
	run_it() { network; broken forwarding-off probe off conf/br0/forwarding; }
	alone run_it
}

@test "a chain that drops by its policy: nftables, iptables-nft, iptables-legacy" {
	probe() { pings net2 203.0.113.1; }
	run_it() { network
		broken forward-policy-drop probe nft 'add table inet f; add chain inet f forward { type filter hook forward priority 0; policy drop; }'; }
	alone run_it
	run_it() { network; broken forward-policy-drop probe iptables-nft -P FORWARD DROP; iptables-nft -S >/dev/null; }
	alone run_it
	run_it() { network; broken forward-policy-drop probe iptables-legacy -P FORWARD DROP; }
	alone run_it
}

@test "a rule that drops: nftables, iptables-nft, iptables-legacy" {
	probe() { pings net2 203.0.113.1; }
	run_it() { network
		broken forward-rule-drop probe nft 'add table inet f; add chain inet f forward { type filter hook forward priority 0; }; add rule inet f forward ct state established accept; add rule inet f forward iifname "br0" counter drop'; }
	alone run_it
	run_it() {
		network
		broken forward-rule-drop probe iptables-nft -A FORWARD -s 10.10.0.0/24 -j DROP
		doctor --fix --yes >/dev/null
		iptables-nft -S FORWARD >rules # which still understands its chain
		has 'o br0 .*RELATED,ESTABLISHED.*ACCEPT' "$(cat rules)"
	}
	alone run_it
	run_it() { network; broken forward-rule-drop probe iptables-legacy -A FORWARD -i br0 -j REJECT; }
	alone run_it
}

@test "a rule against one port only" {
	run_it() { network
		advised forward-rule-drop nft 'add table inet f; add chain inet f forward { type filter hook forward priority 0; }; add rule inet f forward tcp dport 80 drop'; }
	alone run_it
}

@test "a bridge whose packets the firewall of IP sees" {
	probe() { pings net2 10.10.0.2; }
	run_it() { network
		broken bridge-netfilter-drop probe nft 'add table ip f; add chain ip f forward { type filter hook forward priority 0; }; add rule ip f forward iifname "br0" oifname "br0" drop'; }
	[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || skip "no br_netfilter here"
	alone run_it
}

@test "a rule of the bridge family that drops" {
	probe() { pings net2 10.10.0.2; }
	run_it() { network
		broken bridge-rule-drop probe nft 'add table bridge f; add chain bridge f forward { type filter hook forward priority 0; }; add rule bridge f forward oifname "veth1-br" drop'; }
	alone run_it
	ebtables-legacy -L >/dev/null 2>&1 || return 0 # not there, or not in this kernel
	run_it() { network; broken bridge-rule-drop probe ebtables-legacy -A FORWARD -o veth1-br -j DROP; }
	alone run_it
}

# ---- NAT

@test "no masquerade" {
	probe() { pings net2 203.0.113.1; }
	run_it() { network; broken masquerade-missing probe nft delete table ip nat; }
	alone run_it
	unreached() { nft add chain ip nat mine; nft add rule ip nat mine ip saddr 10.10.0.0/24 masquerade
		nft flush chain ip nat postrouting; }
	run_it() { network; broken masquerade-missing probe unreached; }
	alone run_it
}

@test "a masquerade for another subnet, or another link" {
	probe() { pings net2 203.0.113.1; }
	other() { nft flush chain ip nat postrouting; nft "add rule ip nat postrouting $1 masquerade"; }
	run_it() { network; broken masquerade-mismatch probe other "ip saddr 10.11.0.0/24"; }
	alone run_it
	run_it() { network; broken masquerade-mismatch probe other "ip saddr 10.10.0.0/24 oifname \"eth9\""; }
	alone run_it
}

@test "another network's rule that takes the packets first" {
	shadow() { nft 'add chain ip nat prerouting { type nat hook prerouting priority dstnat; }'
		nft 'add rule ip nat prerouting tcp dport 80 dnat to 10.20.0.2'; }
	run_it() { network; second_network; advised nat-shadowed shadow; }
	alone run_it
}

@test "a port that is published by hand, behind which nobody listens, or somebody at 127.0.0.1 only" {
	serve() { # ADDRESS
		ip netns exec net1 python3 -c "import socket, time; s = socket.create_server((\"$1\", 80)); time.sleep(100)" &
		await sh -c "ip netns exec net1 ss -ltn | grep -q '$1:80'"
	}
	run_it() {
		network
		nft add chain ip nat prerouting '{ type nat hook prerouting priority dstnat; }'
		nft add map ip nat ports '{ type inet_service : ipv4_addr . inet_service; elements = { 8080 : 10.10.0.2 . 80 }; }'
		nft add rule ip nat prerouting iifname up0 dnat ip to tcp dport map @ports
		expect port-no-listener
		serve 127.0.0.1
		expect port-loopback-only
		has '8080 -> 80/tcp' "$("$GUISE_BIN" --root "$STATE" explain netns:net1)"
		kill $!
		wait $! 2>/dev/null || :
		serve 0.0.0.0
		healthy
		"$GUISE_BIN" --root "$STATE" trace outside 203.0.113.2:8080 >/dev/null
	}
	alone run_it
}

@test "a table of connections that is full" {
	max=$(cat /proc/sys/net/netfilter/nf_conntrack_max 2>/dev/null) || skip "no connection is tracked here"
	# it is the same number for all network namespaces, each of which counts for itself, and the first one's to change
	[ "$max" -le 600000 ] || skip "$max connections would be too many for a test"
	export max HERE=$BATS_TEST_DIRNAME
	run_it() {
		network
		healthy
		python3 "$HERE/connections.py" "$max"
		expect conntrack-full
		same "$(doctor --format json | jq -r '.[].repair[]')" "sysctl -w net.netfilter.nf_conntrack_max=$((2 * max))"
	}
	alone run_it
}

@test "a link that loses packets" {
	break_it() { tc qdisc add dev veth2-br root tbf rate 8kbit burst 1600 limit 1600
		in_ns net1 ping -c3 -i.01 -W1 -s 1400 10.10.0.3 >/dev/null 2>&1 || :; }
	run_it() { network; advised traffic-shaped break_it; }
	alone run_it
	# nothing was lost yet
	run_it() { network; advised traffic-shaped tc qdisc add dev veth2-br root tbf rate 8kbit burst 200b limit 200b; }
	alone run_it
}

# ---- what is not broken

@test "no alarm on an internal network, one without a network, one that is routed, and a lone cable" {
	run_it() {
		make_bridge br0 10.10.0.1/24
		namespace net1
		namespace net2
		namespace net3
		connect net1 br0 10.10.0.2/24
		connect net2 br0 10.10.0.3/24
		healthy
		namespace net4
		ip link add p2p type veth peer name eth0 netns net4
		ip address add 192.168.7.1/30 dev p2p
		ip link set p2p up
		ip -n net4 address add 192.168.7.2/30 dev eth0
		ip -n net4 link set eth0 up
		healthy
		ip -n net4 route add 10.10.0.0/24 via 192.168.7.1
		echo 1 >/proc/sys/net/ipv4/ip_forward
		healthy
	}
	alone run_it
}

@test "a container of guise: healthy, and its cable pulled out" {
	run_it() {
		outside
		"$GUISE_BIN" --root "$STATE" run -d --name web --cgroup-parent "$PARENT" "dir:$ROOTFS" sleep 1000 >/dev/null
		healthy
		veth=$(ip -br link show type veth | awk '/^gv|^g/ { sub(/@.*/, "", $1); print $1; exit }')
		ip link set "$veth" nomaster
		ip link set "$veth" down
		expect "veth-not-on-bridge veth-host-down"
		doctor web --fix --yes >/dev/null
		healthy
		"$GUISE_BIN" --root "$STATE" rm -f web
	}
	export PARENT ROOTFS
	alone run_it
}

# ---- the command

@test "without a terminal --fix wants --yes; a file can't be mended; a target that is not there" {
	run_it() {
		network
		ip link set veth2-br down
		! doctor --fix </dev/null >/dev/null 2>err || return 1
		grep -q -- "--yes" err
		"$GUISE_BIN" world >world.json
		! doctor --from world.json --fix --yes 2>err || return 1
		grep -q "can't be mended" err
		status=0
		doctor --from world.json >out || status=$?
		[ "$status" = 1 ] && grep -q veth-host-down out
		status=0
		doctor netns:nobody 2>err || status=$?
		[ "$status" = 2 ] && grep -q nobody err
		! doctor --undo 2>err || return 1
		grep -q "none is recorded" err
	}
	alone run_it
}

@test "several faults are mended at once, also those that were hidden behind others" {
	run_it() {
		network
		ip link set br0 down
		ip link set veth2-br nomaster
		echo 0 >/proc/sys/net/ipv4/ip_forward
		nft delete table ip nat
		doctor --fix --yes >fix.out || { cat fix.out; return 1; }
		pings net1 203.0.113.1
		pings net2 203.0.113.1
		healthy
	}
	alone run_it
}

@test "the lines of a repair work as typed" {
	run_it() {
		network
		ip link set veth2-br down
		ip link set veth2-br nomaster
		ip -n net2 link set lo down
		doctor --format json | jq -r '.[].repair[]' >lines || :
		sh -ex lines
		healthy
	}
	alone run_it
}
