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
	CNI_COMMAND=$1 CNI_CONTAINERID=${2-} CNI_IFNAME=${3-eth0} CNI_PATH=${GUISE%/*}:$REFERENCE \
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
leases() { find "$DIR/run/cni/net" -type f ! -name lock ! -name '.*' | wc -l; }
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
	failed_code 104 'guise-o'
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

@test "IP, MAC, the capabilities ips and mac; what is not free, not inside, or not there to be had is an error that leaves nothing" {
	netns a b
	CNI_ARGS='IgnoreUnknown=1;K8S_POD=x;IP=10.77.0.77;MAC=02:00:00:00:00:77' cni ADD a <<<"$DUAL" >/dev/null
	has 'inet 10\.77\.0\.77/24' "$(inside a ip addr show eth0)"
	has 'ether 02:00:00:00:00:77' "$(inside a ip addr show eth0)"
	CNI_ARGS='IP=10.77.0.77' run cni ADD b <<<"$DUAL"
	failed_code 102 'take address 10\.77\.0\.77: another container has it'
	CNI_ARGS='IP=10.70.0.1' run cni ADD b <<<"$DUAL"
	failed_code 103 'take address 10\.70\.0\.1'
	CNI_ARGS='FOO=1' run cni ADD b <<<"$DUAL"
	failed_code 4 'CNI_ARGS has .FOO.'
	run cni ADD b lo <<<"$DUAL"
	failed_code 106 'make link lo: there is one'
	NETNS=/dev/null run cni ADD b <<<"$DUAL"
	failed_code 4 'it is no network namespace'
	NETNS=/proc/self/ns/net run cni ADD b <<<"$DUAL"
	failed_code 4 'that guise-cni is in'
	for key in '"promiscMode": true' '"runtimeConfig": {"portMappings": [{"hostPort": 80, "containerPort": 80}]}'; do
		run cni ADD b <<<"${DUAL/\"ipMasq\": true/$key}"
		failed_code 2 "$(sed 's/.*"\([a-zM]*\)": [\[t].*/\1/' <<<"$key")"
	done
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
