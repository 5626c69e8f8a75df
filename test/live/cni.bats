#!/usr/bin/env bats
# guise-cni: the verbs of the Container Network Interface, as a runtime calls them. The namespace the tests run in plays
# the host.

load common

PLUGIN=${GUISE%/*}/guise-cni
REFERENCE=/usr/lib/cni

# Its state directory is the test's own: a mount in a namespace that each call has.
setup_file() { mkdir -p /run/guise; }

# What a runtime runs, with a configuration on standard input: cni VERB CONTAINER [INTERFACE]
cni() {
	mkdir -p "$DIR/run"
	CNI_COMMAND=$1 CNI_CONTAINERID=${2-} CNI_IFNAME=${3-eth0} CNI_PATH=${GUISE%/*}:$REFERENCE:$DIR \
		CNI_NETNS=${NETNS-${2:+/run/netns/$PARENT-$2}} unshare --mount --propagation private \
		sh -c 'mount --bind "$DIR/run" /run/guise && exec "$0"' "${RUN-$PLUGIN}"
}
with() { jq -c --argjson prev "$1" '.prevResult = $prev' <<<"$2"; }
netns() { # NAME...
	local name

	for name; do ip netns add "$PARENT-$name"; done
}
inside() { local name=$1; shift; ip netns exec "$PARENT-$name" "$@"; }
netns_gone() { local name; for name; do ip netns del "$PARENT-$name" 2>/dev/null || true; done; }
links_left() { ip -o link | grep -c -e ' gc' -e ' guise' || true; }
leases() { find "$DIR/run/cni/net" -type f ! -name lock ! -name taken ! -name 'given-*' ! -name '.*' | wc -l; }
# What iptables made for other plugins is there for the files behind this one, too.
tables_gone() {
	local table

	nft list tables | grep -v guise | while read -r table; do nft delete "$table"; done
}
nothing_left() {
	same "$(links_left)" 0
	same "$(leases)" 0
	same "$(ls "$DIR/run/cni/attachments")" ""
	same "$(nft list tables | grep -c guise || true)" 0
}
failed_code() { # CODE TEXT
	[ "$status" != 0 ] || { echo "it did not fail"; return 1; }
	same "$(jq .code <<<"$output")" "$1"
	has "$2" "$(jq -r '.msg, .details' <<<"$output")"
	jq -e '.cniVersion' <<<"$output" >/dev/null
}

DUAL='{"cniVersion": "1.1.0", "name": "dual", "type": "guise", "bridge": "guise-d", "isDefaultGateway": true, "ipMasq": true,
	"ipam": {"type": "guise", "ranges": [[{"subnet": "10.77.0.0/24", "rangeStart": "10.77.0.20", "rangeEnd": "10.77.0.22"}],
	[{"subnet": "fd77::/64"}]], "routes": [{"dst": "10.99.0.0/16"}]}}'

@test "VERSION tells the versions, in any version, and without an attachment" {
	run cni VERSION <<<'{"cniVersion": "0.2.0"}'
	same "$status" 0
	same "$(jq -c '[.cniVersion, .supportedVersions]' <<<"$output")" '["0.2.0",["0.3.1","0.4.0","1.0.0","1.1.0"]]'
}

@test "ADD gives addresses of both families, routes and a way to others; DEL takes all away, any number of times, and without the namespace" {
	netns a b
	a=$(cni ADD a <<<"$DUAL")
	b=$(cni ADD b <<<"$DUAL")
	same "$(jq -c '[.ips[].address, .ips[].gateway]' <<<"$a")" '["10.77.0.20/24","fd77::2/64","10.77.0.1","fd77::1"]'
	same "$(jq -c '[.interfaces[] | [.name, .sandbox]]' <<<"$a" | sed 's/gc[0-9a-f]\{13\}/CABLE/')" \
		'[["guise-d",null],["CABLE",null],["eth0","/run/netns/'"$PARENT"'-a"]]'
	same "$(jq -c '[.routes[].dst]' <<<"$a")" '["10.99.0.0/16","0.0.0.0/0","::/0"]'
	same "$(jq -r '.interfaces[2].mac' <<<"$a")" "$(inside a cat /sys/class/net/eth0/address 2>/dev/null || inside a ip -j link show eth0 | jq -r '.[0].address')"
	inside a ping -q -c 1 -w 10 10.77.0.21
	inside a ping -q -c 1 -w 10 fd77::3
	inside b ping -q -c 1 -w 10 10.77.0.1
	ping -q -c 1 -w 10 fd77::2
	has 'default via 10\.77\.0\.1 ' "$(inside a ip route)"
	has '10\.99\.0\.0/16 via 10\.77\.0\.1 ' "$(inside a ip route)"
	has 'default via fd77::1 ' "$(inside a ip -6 route)"
	run cni ADD a <<<"$DUAL"
	failed_code 105 'attached already'
	cni CHECK a <<<"$(with "$a" "$DUAL")"
	cni DEL a <<<"$DUAL"
	inside a ip link show eth0 2>/dev/null && return 1
	cni DEL a <<<"$DUAL"
	netns_gone b
	NETNS='' cni DEL b <<<"$DUAL"
	NETNS='' cni DEL b <<<"$DUAL"
	nothing_left
	netns_gone a
}

@test "one container has two attachments under different names, of one network or two" {
	local other=${DUAL//dual/other}

	netns a
	other=${other//guise-d/guise-o} other=${other//77/78}
	cni ADD a eth0 <<<"$DUAL" >/dev/null
	cni ADD a eth1 <<<"$DUAL" >/dev/null
	cni ADD a net.5 <<<"$other" >/dev/null
	same "$(inside a ip -o -4 addr | awk '$2 != "lo" { print $2, $4 }')" $'eth0 10.77.0.20/24\neth1 10.77.0.21/24\nnet.5 10.78.0.20/24'
	run cni ADD a eth2 <<<"${other/\"other\"/\"third\"}"
	failed_code 104 'use bridge guise-o: it is the bridge of network other '
	cni DEL a eth0 <<<"$DUAL"
	inside a ping -q -c 1 -w 10 -I eth1 10.77.0.1
	cni DEL a eth1 <<<"$DUAL"
	cni DEL a net.5 <<<"$other"
	netns_gone a
	nothing_left
}

@test "CHECK names what is not as it was made" {
	netns a
	a=$(cni ADD a <<<"$DUAL")
	check() { run cni CHECK a <<<"$(with "${1-$a}" "$DUAL")"; }

	check && same "$status" 0
	check "$(jq 'del(.ips[0])' <<<"$a")" && failed_code 109 '10\.77\.0\.20/24'
	run cni CHECK a <<<"$DUAL"
	failed_code 7 prevResult
	inside a ip route del default
	check && failed_code 108 'default route should go through 10\.77\.0\.1'
	inside a ip route add default via 10.77.0.1
	inside a ip route del 10.99.0.0/16
	check && failed_code 108 'a route to 10\.99\.0\.0/16'
	inside a ip route add 10.99.0.0/16 via 10.77.0.1
	check && same "$status" 0
	rm "$DIR"/run/cni/net/*/dual/10.77.0.20
	check && failed_code 108 lease
	cni DEL a <<<"$DUAL"
	check && failed_code 3 'none'
	netns_gone a
	nothing_left
}

@test "routes have mtu, advmss, priority, table and scope, also those of another plugin; they are checked, and told back" {
	local conf

	conf=$(jq -c '.ipam.routes = [{dst: "0.0.0.0/0", mtu: 1300, advmss: 1200}, {dst: "10.99.0.0/16", priority: 100, table: 77},
		{dst: "10.98.0.0/16", scope: 253}, {dst: "fd99::/64", mtu: 1290, priority: 7}]' <<<"$DUAL")
	netns a
	a=$(cni ADD a <<<"$conf")
	same "$(inside a ip route show default)" 'default via 10.77.0.1 dev eth0 mtu 1300 advmss 1200 '
	same "$(inside a ip route show table 77)" '10.99.0.0/16 via 10.77.0.1 dev eth0 metric 100 '
	has '10\.98\.0\.0/16 dev eth0 scope link' "$(inside a ip route)"
	has 'fd99::/64 via fd77::1 dev eth0 metric 7 mtu 1290' "$(inside a ip -6 route)"
	has '10\.77\.0\.1 dev eth0 lladdr .* PERMANENT' "$(inside a ip neighbour)"
	same "$(jq -c '.routes' <<<"$a")" '[{"dst":"0.0.0.0/0","mtu":1300,"advmss":1200},{"dst":"10.99.0.0/16","priority":100,"table":77},{"dst":"10.98.0.0/16","scope":253},{"dst":"fd99::/64","mtu":1290,"priority":7},{"dst":"::/0","gw":"fd77::1"}]'
	same "$(cni CHECK a <<<"$(with "$a" "$conf")")" ""
	inside a ip route change default via 10.77.0.1 mtu 1400 advmss 1200
	run cni CHECK a <<<"$(with "$a" "$conf")"
	failed_code 108 'as it was made, a route to 0\.0\.0\.0/0'
	inside a ip route change default via 10.77.0.1 mtu 1300 advmss 1200
	inside a ip route del 10.99.0.0/16 table 77
	inside a ip route add 10.99.0.0/16 via 10.77.0.1 metric 100
	run cni CHECK a <<<"$(with "$a" "$conf")"
	failed_code 108 'a route to 10\.99\.0\.0/16'
	cni DEL a <<<"$conf"
	printf '#!/bin/sh\necho %s\n' "'{\"cniVersion\": \"1.1.0\", \"ips\": [{\"address\": \"10.77.0.5/24\", \"gateway\": \"10.77.0.1\"}], \"routes\": [{\"dst\": \"10.9.0.0/16\", \"mtu\": 1280, \"table\": 5}]}'" >"$DIR/$PARENT-gives"
	chmod +x "$DIR/$PARENT-gives"
	conf=$(jq -c --arg type "$PARENT-gives" '.ipam = {type: $type}' <<<"$DUAL")
	a=$(cni ADD a <<<"$conf")
	same "$(inside a ip route show table 5)" '10.9.0.0/16 via 10.77.0.1 dev eth0 mtu 1280 '
	same "$(jq -c '.routes[0]' <<<"$a")" '{"dst":"10.9.0.0/16","mtu":1280,"table":5}'
	cni DEL a <<<"$conf"
	rm "$DIR/$PARENT-gives"
	netns_gone a
	nothing_left
}

@test "IP, MAC, the capabilities ips and mac; what is not free, not inside, or not there to be had is an error that leaves nothing" {
	netns a b
	CNI_ARGS='IgnoreUnknown=1;K8S_POD=x;IP=10.77.0.77;MAC=02:00:00:00:00:77' cni ADD a <<<"$DUAL" >/dev/null
	has 'inet 10\.77\.0\.77/24' "$(inside a ip addr show eth0)"
	has 'ether 02:00:00:00:00:77' "$(inside a ip addr show eth0)"
	CNI_ARGS='IP=10.77.0.77' run cni ADD b <<<"$DUAL"
	failed_code 102 'take address 10\.77\.0\.77: another container has it'
	CNI_ARGS='IP=10.70.0.1' run cni ADD b <<<"$DUAL"
	failed_code 103 'take address 10\.70\.0\.1'
	CNI_ARGS='MAC=02:42:0a:4d:00:01' run cni ADD b <<<"$DUAL"
	failed_code 103 "the network's gateway has it"
	CNI_ARGS='FOO=1' run cni ADD b <<<"$DUAL"
	failed_code 4 'CNI_ARGS has .FOO.'
	run cni ADD b lo <<<"$DUAL"
	failed_code 106 'make link lo: there is one'
	NETNS=/dev/null run cni ADD b <<<"$DUAL"
	failed_code 4 'it is no network namespace'
	NETNS=/proc/self/ns/net run cni ADD b <<<"$DUAL"
	failed_code 4 'that guise-cni is in'
	run cni ADD b <<<"$(jq -c '.enabledad = true' <<<"$DUAL")"
	failed_code 2 enabledad
	run cni ADD b <<<'{"cniVersion": "0.2.0", "name": "x", "type": "guise"}'
	failed_code 1 '0\.2\.0'
	run cni CHECK b <<<'{"cniVersion": "0.3.1", "name": "x", "type": "guise"}'
	failed_code 1 'no such verb'
	run cni ADD b <<<'{"cniVersion": '
	failed_code 6 'too early'
	same "$(leases)" 2
	b=$(cni ADD b <<<"$(jq -c '.runtimeConfig = {ips: ["10.77.0.88/24", "fd77::88"], mac: "02:00:00:00:00:88"}' <<<"$DUAL")")
	same "$(jq -c '[.ips[].address, .interfaces[2].mac]' <<<"$b")" '["10.77.0.88/24","fd77::88/64","02:00:00:00:00:88"]'
	cni DEL a <<<"$DUAL"
	cni DEL b <<<"$DUAL"
	netns_gone a b
	nothing_left
}

@test "addresses of a range go in turn, up to the last; all taken is an error" {
	netns a b c d
	for name in a b c; do cni ADD $name <<<"$DUAL" | jq -r '.ips[0].address'; done >"$DIR/given"
	same "$(cat "$DIR/given")" $'10.77.0.20/24\n10.77.0.21/24\n10.77.0.22/24'
	run cni ADD d <<<"$DUAL"
	failed_code 101 'all 3 are taken'
	cni DEL b <<<"$DUAL"
	same "$(cni ADD d <<<"$DUAL" | jq -r '.ips[0].address')" 10.77.0.21/24
	for name in a c d; do cni DEL $name <<<"$DUAL"; done
	netns_gone a b c d
	nothing_left
}

@test "an address whose namespace went without DEL goes to who comes next, without GC; a DEL that comes late leaves it there" {
	local one=${DUAL/.22/.20}

	netns a b
	cni ADD a <<<"$one" >/dev/null
	run cni ADD b <<<"$one"
	failed_code 101 'all 1 are taken'
	netns_gone a
	await sh -c '! ip -o link | grep -q " gc"'
	b=$(cni ADD b <<<"$one")
	same "$(jq -r '.ips[0].address' <<<"$b")" 10.77.0.20/24
	NETNS='' cni DEL a <<<"$one"
	cni CHECK b <<<"$(with "$b" "$one")"
	inside b ping -q -c 1 -w 10 10.77.0.1
	cni DEL b <<<"$one"
	netns_gone b
	nothing_left
}

@test "without a word on addresses guise chooses all: subnet, bridge, default route, NAT" {
	netns a
	a=$(cni ADD a <<<'{"cniVersion": "0.4.0", "name": "plain", "type": "guise"}')
	same "$(jq -c '[.cniVersion, .ips[0].version, .interfaces[0].name]' <<<"$a")" '["0.4.0","4","guise0"]'
	has 'default via' "$(inside a ip route)"
	has 'elements.*/24' "$(nft list set inet guise subnets)"
	cni DEL a <<<'{"cniVersion": "0.4.0", "name": "plain", "type": "guise"}'
	netns_gone a
	nothing_left
}

@test "hairpinMode, promiscMode, mtu; a gateway that came later, with forceAddress alone; no gateway and no NAT: a bridge and nothing else" {
	local conf=${DUAL/\"ipMasq\"/\"hairpinMode\": true, \"mtu\": 1400, \"ipMasq\"} bare

	netns a b
	a=$(cni ADD a <<<"$conf")
	has 'hairpin on' "$(ip -d link show "$(jq -r '.interfaces[1].name' <<<"$a")")"
	has 'mtu 1400' "$(inside a ip link show eth0)"
	same "$(jq -c '[.interfaces[].mtu]' <<<"$a")" '[1400,1400,1400]'
	cni CHECK a <<<"$(with "$a" "$conf")"
	ip link set "$(jq -r '.interfaces[1].name' <<<"$a")" type bridge_slave hairpin off
	run cni CHECK a <<<"$(with "$a" "$conf")"
	failed_code 108 'no longer in hairpin mode'
	conf=${conf/fd77::/fd79::}
	run cni ADD b <<<"$conf"
	failed_code 100 "has not the gateway's address fd79::1"
	cni ADD b <<<"${conf/\"ipMasq\"/\"forceAddress\": true, \"ipMasq\"}" >/dev/null
	inside b ping -q -c 1 -w 10 fd79::1
	cni DEL a <<<"$DUAL"
	cni DEL b <<<"$DUAL"
	bare='{"cniVersion": "1.0.0", "name": "bare", "type": "guise", "bridge": "guise-b", "promiscMode": true, "ipam": {"subnet": "10.80.0.0/24"}}'
	a=$(cni ADD a <<<"$bare")
	cni ADD b <<<"$bare" >/dev/null
	same "$(ip -o -4 addr show guise-b)$(nft list tables | grep guise || true)" ""
	has PROMISC "$(ip link show guise-b)"
	inside a ping -q -c 1 -w 10 10.80.0.3
	cni CHECK a <<<"$(with "$a" "$bare")"
	both=$(jq -c '.name = "both" | .bridge = "guise-2" | .ipam = {"ranges": [[{"subnet": "10.81.0.0/24"}], [{"subnet": "fd81::/64"}]]}' <<<"$bare")
	x=$(cni ADD a eth1 <<<"$both")
	cni ADD b eth1 <<<"$both" >/dev/null
	inside a ping -q -c 1 -w 10 fd81::3
	cni CHECK a eth1 <<<"$(with "$x" "$both")"
	cni DEL a eth1 <<<"$both"
	cni DEL b eth1 <<<"$both"
	cni DEL a <<<"$bare"
	cni DEL b <<<"$bare"
	netns_gone a b
	nothing_left
}

@test "behind others and before them: what they said stays whole, a port of portmap's reaches the container from outside" {
	local portmap result

	[ -x $REFERENCE/portmap ] || skip "no $REFERENCE/portmap: apt install containernetworking-plugins"
	command -v iptables >/dev/null || skip "no iptables: apt install iptables"
	netns a far
	ip link add out type veth peer name far netns "$PARENT-far"
	ip addr add 192.0.2.1/24 dev out && ip link set out up
	inside far ip addr add 192.0.2.2/24 dev far && inside far ip link set far up
	inside far ip route add 10.77.0.0/24 via 192.0.2.1
	# loopback first, as a runtime hands it on
	result=$(cni ADD a eth0 <<<"$(with '{"cniVersion": "1.1.0", "interfaces": [{"name": "lo", "odd": 1}], "ips": [{"address": "127.0.0.1/8", "interface": 0}]}' "$DUAL")")
	same "$(jq -c '[.interfaces[0].odd, .ips[0].address, .ips[1].interface]' <<<"$result")" '[1,"127.0.0.1/8",3]'
	portmap='{"cniVersion": "1.0.0", "name": "dual", "type": "portmap", "capabilities": {"portMappings": true},
		"runtimeConfig": {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}}'
	result=$(jq -c '.cniVersion = "1.0.0" | .ips = .ips[1:] | .interfaces |= map(del(.mtu, .odd)) | .ips |= map(.interface -= 0)' <<<"$result")
	RUN=$REFERENCE/portmap cni ADD a <<<"$(with "$result" "$portmap")" >/dev/null
	inside a sh -c 'echo hello >"$DIR/page"; exec busybox httpd -p 80 -h "$DIR"'
	same "$(inside far busybox wget -q -O - http://192.0.2.1:8080/page)" hello
	# and who has a route enters, as with the plugin bridge
	same "$(inside far busybox wget -q -O - http://10.77.0.20/page)" hello
	RUN=$REFERENCE/portmap cni DEL a <<<"$(with "$result" "$portmap")"
	tables_gone
	cni DEL a <<<"$DUAL"
	ip link del out
	netns_gone a far
	nothing_left
}

@test "firewallCompat: let through where another firewall drops, checked, and taken away with the last attachment" {
	local compat=${DUAL/\"ipMasq\"/\"firewallCompat\": true, \"ipMasq\"} before

	command -v iptables-nft >/dev/null || skip "no iptables-nft: apt install iptables"
	netns a b far
	ip link add out type veth peer name far netns "$PARENT-far"
	ip addr add 192.0.2.1/24 dev out && ip link set out up
	inside far ip addr add 192.0.2.2/24 dev far && inside far ip link set far up
	inside far ip route add 10.77.0.0/24 via 192.0.2.1
	iptables-nft -P FORWARD DROP
	iptables-nft -N DOCKER-USER
	iptables-nft -I FORWARD -j DOCKER-USER
	before=$(nft list ruleset)
	a=$(cni ADD a <<<"$DUAL")
	inside a ping -q -c 1 -w 1 192.0.2.2 && return 1
	cni DEL a <<<"$DUAL"
	a=$(cni ADD a <<<"$compat")
	cni ADD b <<<"$compat" >/dev/null
	inside a ping -q -c 1 -w 10 192.0.2.2
	inside far ping -q -c 1 -w 10 10.77.0.20
	has 'guise-d .*ACCEPT' "$(iptables-nft -S DOCKER-USER | sed 's/$/ /')"
	cni CHECK a <<<"$(with "$a" "$compat")"
	iptables-nft -F DOCKER-USER
	run cni CHECK a <<<"$(with "$a" "$compat")"
	failed_code 108 pass
	cni DEL a <<<"$compat"
	cni DEL b <<<"$compat"
	same "$(nft list ruleset | sed 's/counter packets [0-9]* bytes [0-9]*//')" "$(sed 's/counter packets [0-9]* bytes [0-9]*//' <<<"$before")"
	tables_gone
	ip link del out
	netns_gone a b far
	nothing_left
}

@test "GC takes away whatever has no valid attachment, also what a killed ADD left; STATUS says whether it can ADD" {
	netns a b
	cni STATUS <<<"$DUAL"
	cni ADD a <<<"$DUAL" >/dev/null
	cni ADD b <<<"$DUAL" >/dev/null
	echo dual:gone:eth0 >"$(echo "$DIR"/run/cni/net/*/dual)/10.77.0.99"
	run cni GC <<<"$DUAL"
	failed_code 7 'valid-attachments'
	cni GC <<<"$(jq -c '."cni.dev/valid-attachments" = [{containerID: "b", ifname: "eth0"}]' <<<"$DUAL")"
	same "$(ls "$DIR/run/cni/attachments")" dual:b:eth0
	same "$(leases)" 2
	same "$(links_left)" 2
	inside b ping -q -c 1 -w 10 10.77.0.1
	cni GC <<<"$(jq -c '."cni.dev/valid-attachments" = []' <<<"$DUAL")"
	nothing_left
	netns_gone a b
}

@test "another plugin gives the addresses, is asked by each verb, and gives them back when ADD fails" {
	local conf='{"cniVersion": "1.0.0", "name": "given", "type": "guise", "bridge": "guise-g", "isGateway": true, "ipam": {"type": "host-local",
		"dataDir": "'$DIR/ipam'", "ranges": [[{"subnet": "10.79.0.0/24"}], [{"subnet": "fd79::/64"}]], "routes": [{"dst": "0.0.0.0/0"}],
		"resolvConf": "'$DIR/resolv.conf'"}}'

	[ -x $REFERENCE/host-local ] || skip "no $REFERENCE/host-local: apt install containernetworking-plugins"
	echo nameserver 192.0.2.53 >"$DIR/resolv.conf"
	given() { find "$DIR/ipam" -name '*[.:]*[0-9]' ! -name 'last*' | wc -l; }
	netns a
	a=$(cni ADD a <<<"$conf")
	same "$(jq -c '[.ips[].address, .dns.nameservers[]]' <<<"$a")" '["10.79.0.2/24","fd79::2/64","192.0.2.53"]'
	inside a ping -q -c 1 -w 10 fd79::1
	has 'default via 10\.79\.0\.1' "$(inside a ip route)"
	cni CHECK a <<<"$(with "$a" "$conf")"
	same "$(given)" 2
	run cni ADD a lo <<<"$conf"
	failed_code 106 'make link lo'
	same "$(given)" 2
	mv "$DIR/ipam" "$DIR/away"
	run cni CHECK a <<<"$(with "$a" "$conf")"
	failed_code 107 'CHECK by the plugin host-local'
	rm -rf "$DIR/ipam" # the plugin made it
	mv "$DIR/away" "$DIR/ipam"
	cni GC <<<"$(jq -c '.cniVersion = "1.1.0" | ."cni.dev/valid-attachments" = []' <<<"$conf")"
	same "$(given)" 0
	cni ADD a <<<"$conf" >/dev/null
	cni DEL a <<<"$conf"
	same "$(given)" 0
	run cni ADD a <<<"${conf/host-local/no-such}"
	failed_code 107 'no directory of CNI_PATH'
	netns_gone a
	nothing_left
}

@test "portMappings lead there from outside and from the host; one that is taken is an error; DEL takes them away" {
	netns a b far
	ip link add out type veth peer name far netns "$PARENT-far"
	ip addr add 192.0.2.1/24 dev out && ip link set out up
	inside far sh -c 'ip addr add 192.0.2.2/24 dev far; ip link set far up'
	ports() { jq -c ".runtimeConfig = {portMappings: $1}" <<<"$DUAL"; }
	one=$(ports '[{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}, {"hostPort": 0, "containerPort": 81}, {"hostPort": 8081, "containerPort": 80, "hostIP": "127.0.0.1"}]')
	added=$(cni ADD a <<<"$one") || { echo "$added"; return 1; }
	inside a sh -c 'echo hello >"$DIR/page"; exec busybox httpd -p 80 -h "$DIR"'
	same "$(inside far busybox wget -q -O - http://192.0.2.1:8080/page)" hello
	same "$(busybox wget -q -O - http://127.0.0.1:8081/page)" hello
	cni CHECK a <<<"$(with "$added" "$one")"
	nft list map inet guise published >before
	run cni ADD b <<<"$(ports '[{"hostPort": 8080, "containerPort": 80}]')"
	failed_code 110 'publish port 8080/tcp: it is published already, by guise port of attachment'
	same "$(nft list map inet guise published)" "$(<before)"
	# one address meets all of them, by whichever the other came
	run cni ADD b <<<"$(ports '[{"hostPort": 8080, "containerPort": 80, "hostIP": "192.0.2.1"}]')"
	failed_code 110 'publish port 8080/tcp: it is published already, by guise port of attachment'
	run cni ADD b <<<"$(ports '[{"hostPort": 8081, "containerPort": 80}]')"
	failed_code 110 'publish port 8081/tcp: it is published already, by guise port of attachment'
	run cni ADD b <<<"$(ports '[{"hostPort": 8082, "containerPort": 80, "hostIP": "fd00:99::1"}]' | jq -c '.ipam.ranges |= .[:1]')"
	failed_code 111 'publish port 8082/tcp: the container has no address of IPv6, as its hostIP is'
	same "$(nft list map inet guise published)" "$(<before)"
	run cni ADD b <<<"$(ports '[{"hostPort": 8080}]')"
	failed_code 7 containerPort
	run cni ADD b <<<"$(ports '[{"hostPort": 80, "containerPort": 80, "protocol": "icmp"}]')"
	failed_code 7 protocol
	run cni ADD b <<<"$(ports '[{"hostPort": 80, "containerPort": 80}]' | jq -c '.conditionsV4 = ["-d", "192.0.2.1"]')"
	failed_code 2 conditionsV4
	cni DEL a <<<"$one"
	cni DEL a <<<"$one"
	ip link del out
	netns_gone a b far
	nothing_left
}

@test "who gets an address gets nothing that its former owner was sent" {
	local one=${DUAL/.22/.20}

	netns a b far
	ip link add out type veth peer name far netns "$PARENT-far"
	ip addr add 192.0.2.1/24 dev out && ip link set out up
	inside far sh -c 'ip addr add 192.0.2.2/24 dev far; ip link set far up; ip route add default via 192.0.2.1'
	ask() { # FROM, which asks far from port 40000, and is answered by what is sent there later
		inside "$1" python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 40000))
s.sendto(b"x", ("192.0.2.2", 7000))'
	}
	hears() {
		rm -f listens sent
		inside "$1" python3 -c 'import os, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 40000))
s.settimeout(.2)
open("listens", "w").close()
heard = None
while not heard:
    sent = os.path.exists("sent")
    try:
        heard = s.recv(9).decode()
    except TimeoutError:
        heard = "nothing" if sent else None
print(heard)' >heard &
		await test -e listens
		inside far python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 7000))
s.sendto(b"answer", ("192.0.2.1", 40000))'
		touch sent
		wait $!
		cat heard
	}
	cni ADD a <<<"$one" >/dev/null
	ask a
	same "$(hears a)" answer
	cni DEL a <<<"$one"
	same "$(cni ADD b <<<"$one" | jq -r '.ips[0].address')" 10.77.0.20/24
	same "$(hears b)" nothing
	cni DEL b <<<"$one"
	ip link del out
	netns_gone a b far
	nothing_left
}

@test "the capability bandwidth: both directions are limited, CHECK looks, and bad rates are refused" {
	need_program tc iproute2
	netns a
	conf=$(jq -c '.runtimeConfig = {bandwidth: {ingressRate: 2000000, ingressBurst: 800000, egressRate: 3000000}}' <<<"$DUAL")
	result=$(cni ADD a <<<"$conf")
	has 'rate 2Mbit burst 100000b' "$(tc qdisc show dev "$(jq -r '.interfaces[1].name' <<<"$result")")"
	has 'rate 3Mbit' "$(inside a tc qdisc show dev eth0)"
	cni CHECK a <<<"$(with "$result" "$conf")"
	inside a tc qdisc delete dev eth0 root
	run cni CHECK a <<<"$(with "$result" "$conf")"
	failed_code 108 'shape'
	cni DEL a <<<"$conf"
	run cni ADD a <<<"$(jq -c '.runtimeConfig = {bandwidth: {ingressRate: 7}}' <<<"$DUAL")"
	failed_code 7 'ingressRate'
	netns_gone a
	nothing_left
}

# ---- VLANs of one bridge

FIVE='{"cniVersion": "1.1.0", "name": "five", "type": "guise", "bridge": "guise-v", "vlan": 5, "isDefaultGateway": true,
	"ipam": {"type": "guise", "ranges": [[{"subnet": "10.75.0.0/24"}], [{"subnet": "fd75::/64"}]]}}'
# The same subnet, so that nothing but the VLAN is between them.
SIX='{"cniVersion": "1.1.0", "name": "six", "type": "guise", "bridge": "guise-v", "vlan": 6, "preserveDefaultVlan": false,
	"ipam": {"type": "guise", "ranges": [[{"subnet": "10.75.0.0/24", "rangeStart": "10.75.0.60"}]]}}'
TRUNK='{"cniVersion": "1.1.0", "name": "trunk", "type": "guise", "bridge": "guise-v", "vlanTrunk": [{"minID": 5, "maxID": 7}, {"id": 9}],
	"ipam": {"type": "guise", "ranges": [[{"subnet": "10.74.0.0/24"}]]}}'

knows_vlans() {
	ip link add probe type bridge vlan_filtering 1
	bridge vlan add dev probe vid 5 self 2>/dev/null || { ip link delete probe; return 1; }
	ip link delete probe
}
cable() { jq -r '.interfaces[1].name' <<<"$1"; }
vlans() { bridge -j vlan show dev "$1" | jq -r '[.[0].vlans[] | "\(.vlan)\(if .flags then "u" else "" end)"] | join(" ")'; }
unreached() { ! inside "$1" ping -q -c 1 -W 1 "$2"; }

@test "vlan: on a bridge with vlan_filtering one VLAN does not reach another, its own it does, and its gateway; all goes with the last" {
	knows_vlans || skip "this kernel's bridges know no VLANs"
	netns a b c d
	a=$(cni ADD a <<<"$FIVE")
	cni ADD b <<<"$FIVE" >/dev/null
	c=$(cni ADD c <<<"$SIX")
	inside a ping -q -c 1 -w 10 10.75.0.3
	inside a ping -q -c 1 -w 10 10.75.0.1
	inside b ping -q -c 1 -w 10 fd75::1
	ping -q -c 1 -w 10 fd75::2
	unreached c 10.75.0.2
	unreached c 10.75.0.1
	same "$(vlans "$(cable "$a")")" '1u 5u'
	same "$(vlans "$(cable "$c")")" 6u
	# nor does a tag help: that of another VLAN, or of the one that both ends would be in
	inside c ip link add link eth0 name eth0.5 type vlan id 5
	inside c ip address add 10.75.0.61/32 dev eth0.5
	inside c ip link set eth0.5 up
	inside c ip route add 10.75.0.2 dev eth0.5
	unreached c 10.75.0.2
	inside a ip link add link eth0 name eth0.1 type vlan id 1
	inside a ip address add 10.73.0.1/24 dev eth0.1
	inside a ip link set eth0.1 up
	inside b ip address add 10.73.0.2/24 dev eth0
	unreached a 10.73.0.2
	same "$(inside b ip neighbour show 10.73.0.1)" "" # it was not even asked
	run cni ADD d <<<"$(jq -c 'del(.vlan) | .name = "none"' <<<"$FIVE")"
	failed_code 104 guise-v
	cni CHECK a <<<"$(with "$a" "$FIVE")"
	cni CHECK c <<<"$(with "$c" "$SIX")"
	bridge vlan del dev guise-v vid 5 self
	run cni CHECK a <<<"$(with "$a" "$FIVE")"
	failed_code 108 'guise-v\.5: its bridge is no member of its VLAN'
	bridge vlan add dev guise-v vid 5 self
	bridge vlan add dev "$(cable "$c")" vid 5 pvid untagged
	run cni CHECK c <<<"$(with "$c" "$SIX")"
	failed_code 108 'not a member of its VLANs'
	cni DEL a <<<"$FIVE"
	netns_gone b
	NETNS='' cni DEL b <<<"$FIVE"
	same "$(ip -o link show type vlan)" ""
	ip link show guise-v >/dev/null
	cni DEL c <<<"$SIX"
	nothing_left
	netns_gone a c d
}

@test "vlanTrunk: a container with vlan_filtering's tags is in each of those VLANs, and in no other" {
	knows_vlans || skip "this kernel's bridges know no VLANs"
	netns a b c
	a=$(cni ADD a <<<"$TRUNK")
	cni ADD b <<<"$FIVE" >/dev/null
	cni ADD c <<<"$(jq -c '.vlan = 8' <<<"$SIX")" >/dev/null
	same "$(vlans "$(cable "$a")")" '1u 5 6 7 9'
	for vlan in 5 8; do
		inside a ip link add link eth0 name eth0.$vlan type vlan id $vlan
		inside a ip link set eth0.$vlan up
	done
	inside a ip address add 10.75.0.99/24 dev eth0.5
	inside a ping -q -c 1 -w 10 10.75.0.2
	inside a ping -q -c 1 -w 10 10.75.0.1
	inside a ip route add 10.75.0.60 dev eth0.8
	unreached a 10.75.0.60
	cni CHECK a <<<"$(with "$a" "$TRUNK")"
	for name in a b c; do cni DEL $name <<<"$(case $name in a) echo "$TRUNK" ;; b) echo "$FIVE" ;; *) echo "$SIX" ;; esac)"; done
	nothing_left
	netns_gone a b c
}

# The MAC address of a link upon a VLAN that is not finished: net/bridge.h.
unfinished_mac() { # MARK
	python3 -c 'import sys
h = 2166136261
for b in sys.argv[1].encode(): h = (h ^ b) * 16777619 & 0xffffffff
print("02:42:" + h.to_bytes(4, "big").hex(":"))' "$1"
}
mac() { ip -j link show "$1" | jq -r '.[0].address'; }

@test "vlan: a link in the place of the host's stays if a person made it (vlan_filtering), not if it is unfinished; one gateway" {
	knows_vlans || skip "this kernel's bridges know no VLANs"
	local gateway

	gateway=$(jq -c '.isGateway = true' <<<"$SIX")
	netns a b
	cni ADD a <<<"$(jq -c '.name = "five" | .vlan = 5' <<<"$SIX")" >/dev/null
	ip link add link guise-v name guise-v.6 type vlan id 6
	run cni ADD b <<<"$gateway"
	failed_code 104 "guise-v\\.6: a link of that name exists that is not guise's"
	same "$(mac guise-v.6)" "$(mac guise-v)"
	ip link delete guise-v.6
	ip link add link guise-v name guise-v.6 address "$(unfinished_mac 'guise network six of /run/guise/cni')" type vlan id 6
	cni ADD b <<<"$gateway" >/dev/null
	same "$(mac guise-v.6)" "$(mac guise-v)"
	inside b ping -q -c 1 -w 10 10.75.0.1
	run cni ADD a eth1 <<<"$(jq -c '.name = "seven"' <<<"$gateway")"
	failed_code 104 "in that VLAN the host's link is that of network six of "
	failed_code 104 'choose another vlan'
	cni DEL b <<<"$gateway"
	cni DEL a <<<"$FIVE"
	nothing_left
	netns_gone a b
}

@test "a kernel whose bridges know no VLANs: that it is so says the error, and nothing is left" {
	! knows_vlans || skip "this kernel's bridges know VLANs"
	netns a
	run cni ADD a <<<"$FIVE"
	failed_code 100 "keep VLANs apart on bridge guise-v: this kernel's bridges know none"
	run cni ADD a <<<"$(jq -c '.vlanTrunk = [{id: 4095}] | del(.vlan)' <<<"$FIVE")"
	failed_code 7 'vlanTrunk\[0\]\.id'
	run cni ADD a <<<"$(jq -c '.vlanTrunk = [{id: 7}]' <<<"$FIVE")"
	failed_code 7 'does not go with vlan'
	nothing_left
	netns_gone a
}
