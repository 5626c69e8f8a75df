# trace: how a packet goes, and what stops it.
load common

# net1, net2 and net3 on br0, which is their gateway; behind up0 the outside, to which their addresses are translated.
make_machine='
	mount -t tmpfs tmpfs /run
	ip link set lo up
	ip netns add internet
	ip link add up0 type veth peer name up1 netns internet
	ip addr add 192.0.2.2/24 dev up0
	ip -n internet addr add 192.0.2.1/24 dev up1
	ip link set up0 up
	ip -n internet link set up1 up
	ip route add default via 192.0.2.1
	ip link add br0 type bridge
	ip addr add 10.10.0.1/24 dev br0
	ip -6 addr add fd00::1/64 dev br0 nodad
	ip link set br0 up
	for i in 1 2 3; do
		ip netns add net$i
		ip link add veth$i-br type veth peer name veth$i netns net$i
		ip link set veth$i-br master br0 up
		ip -n net$i link set veth$i up
		ip -n net$i link set lo up
		ip -n net$i addr add 10.10.0.$((i + 1))/24 dev veth$i
		ip -n net$i addr add fd00::$((i + 1))/64 dev veth$i nodad
		ip -n net$i route add default via 10.10.0.1
	done
	echo 1 >/proc/sys/net/ipv4/ip_forward
	nft "add table ip nat; add chain ip nat post { type nat hook postrouting priority srcnat; }
		add rule ip nat post ip saddr 10.10.0.0/24 oifname up0 masquerade"
	ip netns exec net2 python3 -c "import socket, time
any, one = socket.create_server((\"::\", 80), family=socket.AF_INET6, dualstack_ipv6=True), \\
	socket.create_server((\"127.0.0.1\", 81))
time.sleep(100)" </dev/null >/dev/null 2>&1 &
	for try in $(seq 50); do
		[ "$(ip netns exec net2 ss -Hltn | wc -l)" = 2 ] && break
		sleep 0.05
	done
	trace() { status=0; "$GUISE" trace "$@" || status=$?; }
	is() { # CODE FROM TO [OPTION...]: blocked with that code, which a program and a person read
		local code=$1
		shift
		trace "$@" --format json >/run/out
		[ "$status" = 1 ] || { echo "$* exits $status"; cat /run/out; exit 1; }
		jq -e --arg code "$code" ".verdict == \"blocked\" and .code == \$code and .object" /run/out >/run/ok ||
			{ echo "$* is not $code:"; cat /run/out; exit 1; }
		trace "$@" >/run/out
		tail -n 1 /run/out | grep "^blocked.*\[$code\]$" || { cat /run/out; exit 1; }
	}
	arrives() {
		trace "$@" >/run/out
		[ "$status" = 0 ] && tail -n 1 /run/out | grep ^arrives || { echo "$* exits $status"; cat /run/out; exit 1; }
	}
'
in_machine() { # SCRIPT
	unshare --net --mount --pid --fork --kill-child --mount-proc bash -euc "$make_machine$1"
}

# What breaks it, and the code that trace must have of it.
breaks() { # CODE FROM TO SCRIPT
	in_machine "arrives ${5:-netns:net1 netns:net2}; $4
		is $1 $2 $3"
}

@test "a network that works: there and back, hop by hop" {
	in_machine '
		arrives netns:net1 netns:net2
		grep -q "^there:$" /run/out
		grep -q "^back:$" /run/out
		grep -q "veth1: through the cable to veth1-br in host" /run/out
		arrives netns:net1 10.10.0.1
		arrives netns:net1 outside
		grep "its source is translated" /run/out
		arrives host netns:net3
		arrives netns:net2 netns:net2
		arrives netns:net1 netns:net2:80
		arrives netns:net1 "[fd00::3]:80/tcp"
		arrives netns:net1 fd00::3
		arrives 10.10.0.2 10.10.0.4'
}

@test "trace --format json is an object with verdict and hops" {
	in_machine '
		trace netns:net1 netns:net2 --format json >/run/out
		jq -e ".verdict == \"arrives\" and (.hops | length) > 6 and ([.hops[].reply] | any)" /run/out
		jq -e "[.hops[] | .netns, .layer, .text] | all(type == \"string\")" /run/out'
}

@test "links that are down" {
	breaks veth-host-down netns:net1 netns:net2 'ip link set veth2-br down'
	breaks link-down netns:net1 netns:net2 'ip -n net2 link set veth2 down'
	breaks link-down netns:net2 netns:net1 'ip -n net2 link set veth2 down'
	breaks bridge-down netns:net1 netns:net2 'ip link set br0 down'
	breaks loopback-down netns:net1 netns:net1 'ip -n net1 link set lo down'
}

@test "a cable that is not on the bridge" {
	breaks veth-not-on-bridge netns:net1 netns:net2 'ip link set veth2-br nomaster'
	breaks veth-host-down netns:net2 10.10.0.1 'ip link set veth2-br nomaster; ip link set veth2-br down'
	breaks veth-not-on-bridge netns:net1 netns:net2 'ip link set veth2-br nomaster; ip link set veth2-br down'
}

@test "addresses and gateways" {
	breaks address-missing netns:net1 10.10.0.3 'ip -n net1 addr flush dev veth1'
	breaks gateway-address-missing netns:net1 outside 'ip addr del 10.10.0.1/24 dev br0'
	breaks neighbour-missing netns:net1 10.10.0.77 :
	breaks arp-ignored netns:net1 netns:net2 'echo 8 | ip netns exec net2 tee /proc/sys/net/ipv4/conf/all/arp_ignore'
	breaks arp-off netns:net1 netns:net2 'ip -n net2 link set veth2 arp off'
	breaks neighbour-stale netns:net1 netns:net2 \
		'ip -n net1 neigh replace 10.10.0.3 lladdr 02:00:00:00:99:99 dev veth1 nud permanent'
}

@test "routes and rules of routing" {
	breaks default-route-missing netns:net1 outside 'ip -n net1 route del default'
	breaks route-blackhole netns:net1 netns:net2 'ip -n net1 route add blackhole 10.10.0.3'
	breaks rule-blocks netns:net1 netns:net2 'ip -n net1 rule add to 10.10.0.3 prohibit'
	breaks rp-filter netns:net1 192.0.2.2 'ip route add 10.10.0.2 via 192.0.2.1
		echo 1 >/proc/sys/net/ipv4/conf/br0/rp_filter'
}

@test "forwarding, filters and translation" {
	breaks forwarding-off netns:net1 outside 'echo 0 >/proc/sys/net/ipv4/ip_forward' 'netns:net1 outside'
	breaks forward-policy-drop netns:net1 outside \
		'nft "add table ip f; add chain ip f c { type filter hook forward priority 0; policy drop; }"'
	breaks forward-rule-drop netns:net1 outside \
		'nft "add table ip f; add chain ip f c { type filter hook forward priority 0; }; add rule ip f c ip protocol icmp drop"'
	breaks masquerade-missing netns:net1 outside 'nft delete table ip nat' 'netns:net1 outside'
	breaks bridge-rule-drop netns:net1 netns:net2 \
		'nft "add table bridge f; add chain bridge f c { type filter hook forward priority 0; policy drop; }"'
	breaks input-drop netns:net1 netns:net2:80 \
		'ip netns exec net2 nft "add table ip f; add chain ip f c { type filter hook input priority 0; }
			add rule ip f c tcp dport 80 drop"' netns:net1\ netns:net2:80
}

@test "iptables-legacy and br_netfilter" {
	[ -e /proc/sys/net/bridge ] || skip "no br_netfilter"
	command -v iptables-legacy || skip "no iptables-legacy: apt install iptables"
	breaks forward-policy-drop netns:net1 outside 'iptables-legacy -P FORWARD DROP'
	breaks bridge-netfilter-drop netns:net1 netns:net2 'echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
		iptables-legacy -P FORWARD DROP'
}

@test "ports of a bridge" {
	breaks bridge-port-blocked netns:net1 netns:net2 'bridge link set dev veth1-br isolated on
		bridge link set dev veth2-br isolated on'
	breaks bridge-port-blocked netns:net1 netns:net2 'bridge link set dev veth2-br state 1'
}

@test "who listens" {
	breaks port-no-listener netns:net1 netns:net2:8080 :
	breaks port-no-listener netns:net1 netns:net2:80/udp :
	breaks port-loopback-only netns:net1 netns:net2:81 :
	breaks echo-ignored netns:net1 netns:net2 'echo 1 | ip netns exec net2 tee /proc/sys/net/ipv4/icmp_echo_ignore_all'
}

@test "a packet that does not fit" {
	in_machine '
		ip link set up0 mtu 1400
		arrives netns:net1 outside --size 1300
		is mtu-mismatch netns:net1 outside --size 1500'
}

@test "what can't be decided is unknown, and exits with 2" {
	in_machine '
		ip -n net1 route replace default nexthop via 10.10.0.1 nexthop via 10.10.0.4
		trace netns:net1 outside >/run/out
		[ "$status" = 2 ]
		tail -n 1 /run/out | grep "^unknown.*several ways"
		trace netns:net1 outside --format json | jq -e ".verdict == \"unknown\" and .reason"'
}

@test "a walk through a file is the same" {
	in_machine '
		ip link set veth2-br down
		"$GUISE" world >/run/world.json
		trace netns:net1 netns:net2 >/run/live
		ip link set veth2-br up
		trace netns:net1 netns:net2 --from /run/world.json >/run/file
		[ "$status" = 1 ]
		diff /run/live /run/file'
}

@test "--probe sends the packet, names the rule that dropped it, and leaves nothing behind" {
	in_machine '
		trace netns:net1 netns:net2 --probe --yes >/run/out
		[ "$status" = 0 ]
		grep "the answer came back: as the walk has it" /run/out
		trace netns:net1 netns:net2:80 --probe --yes >/run/out
		grep "the answer came back: as the walk has it" /run/out
		trace netns:net1 netns:net2:8080 --probe --yes >/run/out
		grep "Connection refused: as the walk has it" /run/out
		nft "add table ip f; add chain ip f c { type filter hook forward priority 0; }
			add rule ip f c ip protocol icmp counter drop"
		handle=$(nft -a list chain ip f c | sed -n "s/.*drop # handle //p")
		nft list ruleset >/run/before
		trace netns:net1 outside --probe --yes >/run/out
		[ "$status" = 1 ]
		grep "^x host: ip f c: rule with handle $handle: drop$" /run/out
		grep "no answer within a second: as the walk has it" /run/out
		reason=NETFILTER_DROP # of Linux 5.17
		mount -t tracefs none /mnt || :
		grep "field:.* reason;" /mnt/events/skb/kfree_skb/format || reason="could not look: "
		grep "^  the kernel.s reason: $reason" /run/out
		trace netns:net1 outside --probe --yes --format json |
			jq -e ".probe.answered == false and .probe.agrees and (.probe.rules | map(select(.verdict == \"drop\")) | length) == 1"
		! nft list ruleset | grep guise_trace || false
		! ip netns exec net1 nft list ruleset | grep guise_trace || false
		status=0
		"$GUISE" world >/run/world.json
		"$GUISE" trace netns:net1 outside --probe --from /run/world.json || status=$?
		[ "$status" = 125 ]'
}

@test "--probe that is killed leaves no table" {
	in_machine '
		nft "add table ip f; add chain ip f c { type filter hook forward priority 0; policy drop; }"
		"$GUISE" trace netns:net1 outside --probe --yes >/run/out &
		for try in $(seq 100); do nft list ruleset | grep -q guise_trace && break; sleep 0.01; done
		nft list ruleset | grep guise_trace
		kill -9 $!
		wait $! || :
		! nft list ruleset | grep guise_trace'
}

@test "where walk and kernel disagree, it is said" {
	# what the walk does not look at: a filter of tc(8)
	drop='tc -n net2 qdisc add dev veth2 clsact && tc -n net2 filter add dev veth2 ingress matchall action drop'
	in_machine "$drop" || skip "no matchall filter in this kernel"
	in_machine "$drop"'
		trace netns:net1 netns:net2 --probe --yes >/run/out
		[ "$status" = 2 ]
		grep DISAGREE /run/out'
}

@test "questions that are none exit with 125 and name what is wrong" {
	for question in "netns:none host" "host netns:none" "host [fd00::1" "host host/tcp" "host host:80/icmp" "host"; do
		# shellcheck disable=SC2086
		run -125 "$GUISE" trace $question
		[ "$output" ]
	done
	run -125 "$GUISE" trace host host --sport 70000
	has 70000 "$output"
}

@test "names that others chose are printed escaped" {
	in_machine '
		nft "add table ip f; add chain ip f c { type filter hook forward priority 0; }
			add rule ip f c ip protocol icmp drop comment \"$(printf "a\033[31mb")\""
		ip netns add "$(printf "bad\033]0;x")"
		trace netns:net1 outside >/run/out
		[ "$status" = 1 ]
		! grep -q "$(printf "\033")" /run/out || false
		trace "netns:$(printf "bad\033]0;x")" outside >/run/out 2>&1
		[ "$status" = 1 ]
		! grep -q "$(printf "\033")" /run/out'
}

@test "containers of guise reach each other and the outside as trace says" {
	guise run -d --rm --cgroup-parent "$PARENT" --name one host: sleep 100
	guise run -d --rm --cgroup-parent "$PARENT" --name two host: sleep 100
	run -0 guise trace one two
	has '^arrives' "$output"
	guise exec one ping -c 1 -W 2 "$(guise inspect two | jq -r '.[0].NetworkSettings.IPAddress')"
	run -0 guise trace one host
	run -1 guise trace one two:80
	has 'port-no-listener' "$output"
	run -1 guise trace one 203.0.113.9
	has '^blocked.*default-route-missing' "$output"
}
