#!/usr/bin/env bats
# Attackers on the same bridge. Nothing that a container with default rights sends changes what the host, or another
# container, has as addresses, routes and neighbours. What is not prevented is in guise(1), "Networks".

load common

need_for_all() { need_program python3 python3; }

# A network of the host's own, an attacker and a victim.
setup_network() {
	echo 0 >/proc/sys/net/ipv4/ip_forward
	for name in attacker victim; do
		guise run -d --cgroup-parent "$PARENT" --name $name -v "$BATS_TEST_DIRNAME:/mnt:ro" host: sleep 1000
	done
	victim=10.10.0.3 victim_mac=02:42:0a:0a:00:03
	gateway=10.10.0.1 gateway_mac=02:42:0a:0a:00:01
}

attack() { guise exec attacker python3 /mnt/neighbours.py "$@"; }
inside() { local pid; pid=$(pid_of "$1"); shift; nsenter -t "$pid" -n "$@"; }

# Addresses, routes and what is kept of neighbours for good; and the bridge's table.
configuration() {
	ip address
	ip route show table all
	ip -6 route show table all
	ip neighbour show nud permanent
	bridge fdb show br guise0 | sort
}

# Of both sides, before and after; and each still reaches the other and the gateway.
snapshot() { configuration; inside victim ip address; inside victim ip route show table all; inside victim ip -6 route show table all; inside victim ip neighbour show nud permanent; }
reached() {
	ping -q -c 1 -w 10 $victim
	inside victim ping -q -c 1 -w 10 $gateway
	inside attacker ping -q -c 1 -w 10 $victim
}

# The attack changes nothing, neither at once nor for what is asked after it.
withstands() { # ATTACK ARG...
	setup_network
	reached
	before=$(snapshot)
	attack "$@"
	same "$(snapshot)" "$before"
	reached
	guise explain --check attacker
	guise explain --check victim
}

@test "a router advertisement makes nobody's route or address" {
	withstands advertisement
	same "$(ip -6 route show default)" ""
	same "$(inside victim ip -6 route show default)" ""
	has_not inet6 "$(ip address show guise0)"
	has_not inet6 "$(inside victim ip address show eth0)"
}

@test "no port of the bridge has an address" {
	setup_network
	has_not inet6 "$(ip address show type veth)"
}

@test "a redirect is not followed" {
	withstands redirect 10.10.0.1 10.10.0.3 02:42:0a:0a:00:03 192.0.2.7 10.10.0.2
	has "via $gateway" "$(inside victim ip route get 192.0.2.7)"
	attack redirect $victim $gateway $gateway_mac 192.0.2.7 10.10.0.2
	has_not 'via 10.10.0.2' "$(ip route get 192.0.2.7 2>&1 || true)"
}

@test "the gateway's address can't be claimed, nor a container's to the host" {
	withstands arp 10.10.0.1 02:42:0a:0a:00:03
	attack arp $victim $gateway_mac
	has "lladdr $gateway_mac PERMANENT" "$(inside victim ip neighbour show $gateway)"
	has "lladdr $victim_mac PERMANENT" "$(ip neighbour show $victim)"
	reached
}

@test "the host answers ARP for the bridge's address only" {
	setup_network
	ip link add own0 type veth peer name own1
	ip address add 192.0.2.1/24 dev own0
	ip link set own0 up
	asked=$(attack ask 192.0.2.1 10.10.0.2 .5)
	ip link delete own0
	same "$asked" ""
	same "$(attack ask $gateway 10.10.0.2 10)" $gateway_mac
}

@test "DHCP's answers, which nobody asked for, are not taken" {
	withstands dhcp 10.10.0.2 10.66.0.9
}

@test "the bridge's table can't be flooded" {
	withstands flood 3000
	has_not '06:66:' "$(bridge fdb show br guise0)"
}

@test "somebody else's MAC address can't be used or taken over" {
	withstands steal 02:42:0a:0a:00:03
	attack steal $gateway_mac
	# (a bridge that knows of VLANs has it twice)
	same "$(bridge fdb show br guise0 | sed -n "s/^$victim_mac dev \([^ ]*\) .*/\1/p" | sort -u)" \
		"gv$(readlink "$STATE/names/victim" | cut -c-10)"
	reached
}

@test "a sender's address that isn't the bridge's network is dropped" {
	setup_network
	same "$(cat /proc/sys/net/ipv4/conf/guise0/rp_filter)" 1
}

@test "what the host believes about an address is forgotten with its container" {
	setup_network
	has PERMANENT "$(ip neighbour show $victim)"
	guise rm -f victim
	has_not PERMANENT "$(ip neighbour show $victim)"
}

@test "--sysctl may have it otherwise" {
	same "$(guise run --rm --cgroup-parent "$PARENT" --sysctl net.ipv4.conf.all.accept_redirects=1 \
		--sysctl net.ipv6.conf.eth0.disable_ipv6=0 host: cat /proc/sys/net/ipv4/conf/all/accept_redirects \
		/proc/sys/net/ipv6/conf/eth0/disable_ipv6)" $'1\n0'
}

# ---- upon a link of the host's: an attacker and a victim on macvlan, a router on the LAN

eval "common_$(declare -f teardown)"
teardown() {
	[ ! -e "/run/netns/$PARENT" ] || { ip link delete up0 || true; ip netns delete "$PARENT"; }
	common_teardown
}

setup_lan() {
	ip link add probe0 type veth peer name probe1
	ip link add link probe0 name probe2 type macvlan || { ip link delete probe0; skip "this kernel has no macvlan"; }
	ip link delete probe0
	ip netns add "$PARENT"
	ip link add up0 type veth peer name lan0 netns "$PARENT"
	ip address add 192.0.2.2/24 dev up0
	ip link set up0 addrgenmode none
	ip link set up0 up
	ip netns exec "$PARENT" sh -c 'ip address add 192.0.2.1/24 dev lan0; ip link set lan0 up'
	guise network create --driver macvlan --parent up0 --subnet 192.0.2.0/24 lan >/dev/null
	for name in attacker victim; do
		guise run -d --cgroup-parent "$PARENT" --name $name --network lan -v "$BATS_TEST_DIRNAME:/mnt:ro" host: sleep 1000
	done
}
lan_snapshot() {
	ip address show up0 | grep -v -e valid_lft -e 'scope link'
	ip route show table all
	ip -6 route show table all
	inside victim ip address | grep -v -e valid_lft -e 'scope link'
	inside victim ip route show table all
	inside victim ip -6 route show table all
}

@test "macvlan: router advertisements, redirects and DHCP's answers change neither the host nor another container" {
	setup_lan
	inside victim ping -n -q -c 1 -w 30 192.0.2.1
	before=$(lan_snapshot)
	attack advertisement
	attack redirect 192.0.2.1 192.0.2.4 02:42:c0:00:02:04 198.51.100.7 192.0.2.3
	attack dhcp 192.0.2.4 10.66.0.9
	same "$(lan_snapshot)" "$before"
	has 'via 192.0.2.1' "$(inside victim ip route get 198.51.100.7)"
	guise explain --check victim >/dev/null
}

@test "macvlan: what is sent to another one's MAC address can't be taken over" {
	setup_lan
	attack steal 02:42:c0:00:02:04
	inside victim ping -n -q -c 1 -w 30 192.0.2.1
	ip netns exec "$PARENT" ping -n -q -c 1 -w 30 192.0.2.4
	has 'lladdr 02:42:c0:00:02:04' "$(ip netns exec "$PARENT" ip neighbour show 192.0.2.4)"
	guise explain --check victim >/dev/null
}
