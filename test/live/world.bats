#!/usr/bin/env bats
# guise world: what there is of networks on a machine, read, written, looked at again from the file, and redacted. The
# machines are made by hand, in network, mount and pid namespaces of their own: nothing of this one is in their files.

load common

need_for_all() { need_program jq jq; need_program tc iproute2; }

# on_machine SCRIPT: two namespaces on a bridge, and what the script adds; what it prints is ours. G is guise.
on_machine() {
	cat >machine.sh <<-'EOT'
		set -eu
		mount -t tmpfs none /run
		mkdir /run/netns
		G() { "$GUISE" --root /run/guise "$@"; }
		ip link set lo up
		ip link add br0 type bridge
		ip link set br0 up
		ip addr add 10.10.0.1/24 dev br0
		for i in 1 2; do
			ip netns add net$i
			ip link add veth$i-br type veth peer name veth$i netns net$i
			ip link set veth$i-br master br0 up
			ip -n net$i link set lo up
			ip -n net$i link set veth$i up
			ip -n net$i addr add 10.10.0.$((i + 1))/24 dev veth$i
			ip -n net$i route add default via 10.10.0.1
		done
	EOT
	echo "$1" >>machine.sh
	unshare --net --mount --pid --fork --mount-proc bash machine.sh
}

# same_json FILE JQ WANT
same_json() { same "$(jq -ac "$2" "$1")" "$3"; }

@test "namespaces, the host's first, and which cable leads where" {
	on_machine 'G world' >w.json
	same_json w.json '[.version, .netns[0].is_host, .netns[0].path]' '["1",true,"/proc/1/ns/net"]'
	same_json w.json '[.netns[1:][] | [.name, .path]]' '[["net1","/run/netns/net1"],["net2","/run/netns/net2"]]'
	same_json w.json '. as $w | [.netns[1:][].links[] | select(.kind == "veth") | .peer as $p | .peer_netns as $n |
		[.name, ($w.netns[] | select(.inode == $n) | .links[] | select(.index == $p) | .name)]]' \
		'[["veth1","veth1-br"],["veth2","veth2-br"]]'
	same_json w.json '. as $w | [.netns[0].links[] | select(.kind == "veth") | .peer_netns as $n |
		$w.netns[] | select(.inode == $n) | .name]' '["net1","net2"]'
	same_json w.json '.netns[0] | (.links[] | select(.name == "br0") | .index) as $b |
		[.links[] | select(.master == $b) | [.name, .is_port, .port.learning, .port.state]] | sort | .[0]' \
		'["veth1-br",true,true,3]'
}

@test "a cable between two others, one into a namespace that nobody has, and a port that is set otherwise" {
	on_machine '
		ip -n net1 link add x type veth peer name y netns net2
		ip link add p type veth peer name q
		unshare --net sleep 1000 & sleep 0.3
		ip link set q netns $!
		bridge link set dev veth1-br isolated on learning off flood off
		G world >all.json
		exec 5</proc/$!/ns/net
		kill $!; wait $! || true
		G world >gone.json'
	same_json all.json '. as $w | [.netns[] | .links[]? | select(.name == "x" or .name == "y" or .name == "p") |
		.peer as $p | .peer_netns as $n | [.name, ($w.netns[] | select(.inode == $n) | .links[] | select(.index == $p) | .name)]]
		| sort' '[["p","q"],["x","y"],["y","x"]]'
	same_json gone.json '.netns[0].links[] | select(.name == "p") | [.peer_unknown, .peer_netns]' '[true,null]'
	same_json all.json '.netns[0].links[] | select(.name == "veth1-br") | .port' '{"state":3,"isolated":true}'
}

@test "addresses, routes of every kind, and the rules that choose among them" {
	on_machine '
		ip addr add fd00::1/64 dev br0 nodad
		ip addr add 10.9.0.1 peer 10.9.0.2/32 dev br0
		ip route add blackhole 10.77.0.0/16
		ip route add 10.78.0.0/16 nexthop via 10.10.0.2 weight 2 nexthop via 10.10.0.3
		ip route add default via 10.10.0.9 table 77 mtu 1300
		ip -6 route add unreachable fd77::/64
		ip rule add from 10.10.0.0/24 fwmark 0x10/0xff iif br0 ipproto tcp dport 80-90 table 77 prio 100
		ip rule add to 10.1.0.0/16 prohibit prio 50
		ip rule add not uidrange 5-6 table main suppress_prefixlength 0 prio 60
		G world' >w.json
	same_json w.json '[.netns[0].addrs[] | select(.link == 2 and (.ip | startswith("fe80") | not)) | [.ip, .peer]]' \
		'[["10.10.0.1/24",null],["10.9.0.1","10.9.0.2"],["fd00::1/64",null]]'
	same_json w.json '[.netns[0].routes[] | select(.dst == "10.77.0.0/16" or .dst == "fd77::/64") | [.dst, .type]]' \
		'[["10.77.0.0/16",6],["fd77::/64",7]]'
	same_json w.json '.netns[0].routes[] | select(.dst == "10.78.0.0/16") | [.nexthops[] | [.via, .weight]]' \
		'[["10.10.0.2",2],["10.10.0.3",1]]'
	same_json w.json '.netns[0].routes[] | select(.table == 77) | [.dst, .via, .mtu]' '[null,"10.10.0.9",1300]'
	same_json w.json '.netns[0].rules[] | select(.priority == 100) | del(.family, .suppress_prefix)' \
		'{"priority":100,"action":1,"table":77,"src":"10.10.0.0/24","iif":"br0","mark":16,"mask":255,"ipproto":6,"dport_first":80,"dport_last":90}'
	same_json w.json '[.netns[0].rules[] | select(.priority == 50 or .priority == 60) | [.action, .dst, .invert, .uid_first, .uid_last, .suppress_prefix // 0]]' \
		'[[8,"10.1.0.0/16",null,null,null,-1],[1,null,true,5,6,0]]'
	same_json w.json '.netns[1].routes[] | select(.via) | [.dst, .via]' '[null,"10.10.0.1"]'
}

@test "neighbours, a bridge's table, queues and what in them drops" {
	on_machine '
		ip neigh add 10.10.0.77 lladdr 02:00:00:00:00:77 dev br0
		bridge fdb add 02:00:00:00:00:88 dev veth1-br master static
		tc qdisc add dev veth1-br root tbf rate 1mbit burst 10k limit 20k
		G world' >w.json
	same_json w.json '.netns[0].neighs[] | select(.ip == "10.10.0.77") | [.mac, .state]' '["02:00:00:00:00:77",128]'
	# (where bridges know VLANs, once for each)
	same_json w.json '.netns[0] | (.links[] | select(.name == "veth1-br") | .index) as $l |
		[.neighs[] | select(.mac == "02:00:00:00:00:88") | [.link == $l, .master, .ip]] | unique' '[[true,2,null]]'
	same_json w.json '.netns[0].qdiscs[] | [.kind, .options, .limit]' '["tbf","rate 1Mbit",20480]'
}

@test "settings of a namespace and of its links are its own" {
	on_machine '
		ip netns exec net1 sh -c "echo 1 >/proc/sys/net/ipv4/conf/veth1/rp_filter; echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all"
		echo 1 >/proc/sys/net/ipv4/ip_forward
		G world' >w.json
	same_json w.json '[.netns[].sysctls["net.ipv4.ip_forward"]]' '["1","0","0"]'
	same_json w.json '[.netns[].sysctls["net.ipv4.icmp_echo_ignore_all"]]' '["0","1","0"]'
	same_json w.json '.netns[1].sysctls["net.ipv4.conf.veth1.rp_filter"]' '"1"'
	same_json w.json '.netns[2].sysctls["net.ipv4.conf.veth2.forwarding"]' '"0"'
	same_json w.json '.netns[0].sysctls["net.ipv4.conf.veth1-br.forwarding"]' '"1"'
}

@test "sockets that wait, of both families; connections are left out" {
	need_program python3 python3
	cat >listen.py <<-'EOT'
		import socket, sys
		def tcp(family, where):
		    s = socket.socket(family); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(where); s.listen(); return s
		a = tcp(socket.AF_INET, ("127.0.0.1", 8080))
		b = tcp(socket.AF_INET6, ("::", 53))
		c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); c.bind(("0.0.0.0", 5353))
		d = socket.create_connection(("127.0.0.1", 8080))
		print("ready", flush=True)
		sys.stdin.read()
	EOT
	on_machine '
		mkfifo hold
		python3 listen.py <hold >ready & exec 9>hold
		until [ -s ready ]; do sleep 0.05; done
		G world' >w.json
	same_json w.json '[.netns[0].sockets[] | [.proto, .ip, .port, .state]]' \
		'[[6,"127.0.0.1",8080,10],[6,"::",53,10],[17,"0.0.0.0",5353,7]]'
	same_json w.json '[.netns[1:][].sockets]' '[null,null]'
}

@test "a file shows the same as the machine" {
	on_machine 'G world --format json' >w.json
	guise world --from w.json >again.json
	cmp w.json again.json
	guise world --from - <w.json >again.json
	cmp w.json again.json
}

@test "names that would write to a terminal come through escaped, and whole" {
	on_machine '
		ip link set br0 alias "$(printf "\033[31mred\n\xff\"")"
		ip netns add "$(printf "a\033]0;b")"
		G world' >w.json
	has_not $'\033' "$(cat w.json)"
	same_json w.json '.netns[0].links[] | select(.kind == "bridge") | .alias' '"\u001b[31mred\n\uefff\""'
	same_json w.json '[.netns[].name] | map(select(. and startswith("a"))) | length' 1
	guise world --from w.json >again.json
	cmp w.json again.json
}

@test "redacted, nothing of what it was is there, and it still means the same" {
	on_machine '
		ip link set br0 alias "network of bigcorp, 10.10.0.1"
		nft "add table ip bigcorp; add chain ip bigcorp out { type nat hook postrouting priority 100; }"
		nft add rule ip bigcorp out ip saddr 10.10.0.0/24 oifname veth1-br masquerade
		iptables-legacy -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.10.0.2 2>/dev/null || true
		G world' >w.json
	guise world --from w.json --redact >r.json
	has_not 'bigcorp|veth1|net1|br0|10\.10\.0|0a0a00|'"$(jq -r '.netns[0].links[1].mac' w.json)" "$(cat r.json)"
	same_json r.json .is_redacted true
	# links and cables, addresses and the routes through them, rules and the addresses that they are about
	same_json r.json '[.netns[1].routes[] | select(.via) | .via] == [.netns[0].addrs[] | select(.link == 2) | .ip | select(startswith("10.")) | sub("/.*"; "")]' true
	for command in 'trace netns:net1 netns:net2' 'trace netns:net1 10.10.0.1'; do
		# shellcheck disable=SC2086 # words
		guise $command --from w.json --format json | jq -c '[.verdict, .code, (.hops | length)]'
	done >before
	mapfile -t names < <(jq -r '.netns[].name // empty' r.json)
	gateway=$(jq -r '.netns[1].routes[] | select(.via) | .via' r.json)
	{
		guise trace "netns:${names[0]}" "netns:${names[1]}" --from r.json --format json
		guise trace "netns:${names[0]}" "$gateway" --from r.json --format json
	} | jq -c '[.verdict, .code, (.hops | length)]' >after
	same "$(cat after)" "$(cat before)"
}

@test "without root what can't be read is told, and the rest is there" {
	on_machine '
		chmod 755 /run
		setpriv --reuid 65534 --regid 65534 --clear-groups "$GUISE" --root /nowhere world' >w.json
	same_json w.json '[.netns[0].links[].name]' '["lo","br0","veth1-br","veth2-br"]'
	same_json w.json '.netns[1].links' null
	has 'netns net1: enter: Operation not permitted' "$(jq -r '.unread[]' w.json)"
	has 'host: nf_tables: Operation not permitted' "$(jq -r '.unread[]' w.json)"
	same_json w.json '.netns[0].rules_unread' true
}

@test "without root a namespace of one's own is read, with the user namespace that owns it" {
	on_machine '
		chmod 755 /run
		cd /
		nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
		nobody unshare --user --map-root-user --net sh -c "ip link add br7 type bridge; exec sleep 1000" 2>/dev/null &
		sleep 0.5
		nobody "$GUISE" --root /nowhere world' >w.json
	jq -e '.netns[] | select(.links and (.is_host | not)) | .links[] | select(.name == "br7")' w.json || {
		unshare --user true || skip "no user namespaces for users here"
		false
	}
}

@test "files that are none are told" {
	echo '{"version": "1", "netns": [{"links": [{"index": "one"}]}]}' >bad.json
	run --separate-stderr guise world --from bad.json
	failed_with 125 'bad.json: read a world: netns\[0\].links\[0\].index: it is no number'
	echo '{"version": "1"' >bad.json
	run --separate-stderr guise world --from bad.json
	failed_with 125 'it is no JSON'
	run --separate-stderr guise world --from none.json
	failed_with 125 'open none.json: No such file'
	run --separate-stderr guise world --format yaml
	failed_with 125 yaml
}
