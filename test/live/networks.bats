#!/usr/bin/env bats
# guise network, and containers on the networks that it defines. The namespace the tests run in plays the host.

load common

node() { guise run -d --cgroup-parent "$PARENT" "$@" >/dev/null; }
inside() { local pid; pid=$(pid_of "$1"); shift; nsenter -t "$pid" -n "$@"; }
link_exists() { ip link show "$1" >/dev/null 2>&1; }
not_there() { ! "$@" >/dev/null 2>&1; }
masqueraded() { nft list set inet guise subnets; }

@test "network create: a free subnet, or the one that is asked for; ls, inspect, exists" {
	same "$(guise network create web)" web
	guise network create --subnet 10.20.0.0/24 --gateway 10.20.0.9 --ip-range 10.20.0.8/29 --mtu 1400 --label tier=back db
	same "$(guise network ls -q)" $'bridge\ndb\nweb'
	same "$(guise network ls -q -f label=tier=back)" db
	same "$(guise network inspect -f '{{range .IPAM.Config}}{{.Subnet}}{{end}}' web)" 10.10.1.0/24
	same "$(guise network inspect db | jq -c '.[0] | [.IPAM.Config, .Labels, .Options."com.docker.network.driver.mtu"]')" \
		'[[{"Subnet":"10.20.0.0/24","Gateway":"10.20.0.9","IPRange":"10.20.0.8/29"}],{"tier":"back"},"1400"]'
	guise network exists db
	run guise network exists nope
	same "$status" 1
	# nothing is made of it before it is needed
	same "$(ip -o link show type bridge)" ""
}

@test "network create: what clashes is refused, and says with what" {
	ip link set lo up
	ip addr add 10.30.0.1/24 dev lo
	ip route add 10.31.0.0/16 dev lo table 77
	ip route add blackhole fd00:31::/48
	guise network create --subnet 10.20.0.0/24 db
	while read -r subnet words; do
		run --separate-stderr guise network create --subnet "$subnet" x
		failed_with 125 "use subnet $subnet: $words; choose another, or leave out --subnet"
	done <<-EOF
		10.30.0.0/16 lo has the address 10.30.0.1/24
		10.20.0.0/16 network db has 10.20.0.0/24
		10.31.7.0/24 a route to 10.31.0.0/16 leads to lo \(table 77\)
		fd00:31:0:1::/64 there is a blackhole route to fd00:31::/48
	EOF
	ip addr del 10.30.0.1/24 dev lo
	ip route del 10.31.0.0/16 dev lo table 77
	ip route del blackhole fd00:31::/48
	run --separate-stderr guise network create db
	failed_with 125 'create network db: there is one of that name'
	run --separate-stderr guise network create --subnet 10.40.0.0/24 --gateway 10.41.0.1 x
	failed_with 125 "--gateway: '10\.41\.0\.1': it lies in none of the subnets"
	run --separate-stderr guise network create --subnet 10.40.0.0/24 --gateway 10.40.0.255 x
	failed_with 125 'use gateway 10\.40\.0\.255: it is no address of 10\.40\.0\.0/24 that a machine can have'
	run --separate-stderr guise network create --interface-name db/0 x
	failed_with 125 "name a link db/0: a link's name"
	run --separate-stderr guise network create none
	failed_with 125 'name a network none: --network none means something else'
	run --separate-stderr guise run --rm --network nope "dir:$ROOTFS" true
	failed_with 125 'find network nope: there is none of that name; there are: bridge, db'
	same "$(guise network ls -q)" $'bridge\ndb'
}

@test "a container on two networks: interfaces in order, one default route, and names as wished for" {
	guise network create web
	guise network create --subnet 10.20.0.0/24 --internal store
	node --name app --network web --network store:ip=10.20.0.9,mac=02:00:00:00:00:09,interface=lan "dir:$ROOTFS" sleep 1000
	has 'inet 10\.10\.1\.2/24 .*eth0' "$(inside app ip -o -4 address)"
	has 'inet 10\.20\.0\.9/24 .*lan' "$(inside app ip -o -4 address)"
	has 'ether 02:00:00:00:00:09' "$(inside app ip link show lan)"
	same "$(inside app ip route show default)" 'default via 10.10.1.1 dev eth0 '
	same "$(guise network inspect store | jq -r '.[0].Containers[].IPv4Address')" 10.20.0.9/24
	same "$(guise inspect app | jq -c '.[0].NetworkSettings.Networks | keys')" '["store","web"]'
	run guise explain --check app
	same "$status" 0
	run --separate-stderr guise network rm web
	failed_with 125 'remove network web: container app is on it'
	guise rm -f app >/dev/null
	settle
	same "$(ip -o link show type bridge)" ""
	guise network rm web store
	same "$(guise network ls -q)" bridge
}

@test "an internal network has no way out, also for who makes a route, and nobody is masqueraded" {
	ip link add out type veth peer name far
	ip netns add "$PARENT" && ip link set far netns "$PARENT"
	ip addr add 192.0.2.1/24 dev out && ip link set out up
	ip netns exec "$PARENT" sh -c 'ip addr add 192.0.2.2/24 dev far; ip link set far up; ip route add default via 192.0.2.1'
	guise network create open
	guise network create --internal --subnet 10.20.0.0/24 shut
	node --name a --network open "dir:$ROOTFS" sleep 1000
	node --name b --network shut "dir:$ROOTFS" sleep 1000
	node --name c --network shut "dir:$ROOTFS" sleep 1000
	inside a ping -q -c 1 -w 10 192.0.2.2
	same "$(inside b ip route show default)" ""
	inside b ip route add default via 10.20.0.1
	not_there inside b ping -q -c 1 -w 1 192.0.2.2
	inside b ping -q -c 1 -w 10 10.20.0.3
	masqueraded | not_there grep -q 10.20.0.0
	ip link del out
	ip netns del "$PARENT"
}

@test "networks are apart from each other" {
	guise network create one
	guise network create two
	node --name a --network one "dir:$ROOTFS" sleep 1000
	node --name b --network two "dir:$ROOTFS" sleep 1000
	node --name c --network one "dir:$ROOTFS" sleep 1000
	inside a ping -q -c 1 -w 10 "$(guise network inspect one | jq -r '.[0].Containers[] | select(.Name == "c").IPv4Address' | cut -d/ -f1)"
	not_there inside a ping -q -c 1 -w 1 "$(guise network inspect two | jq -r '.[0].Containers[].IPv4Address' | cut -d/ -f1)"
}

@test "--isolate=false: two networks that both say so reach each other, with both families; nobody else does" {
	address() { guise network inspect "$1" | jq -r ".[0].Containers[].IPv$2Address" | cut -d/ -f1; }
	for name in one two; do guise network create --ipv6 --isolate=false $name; done
	guise network create --ipv6 apart
	for name in one two apart; do node --name $name --network $name "dir:$ROOTFS" sleep 1000; done
	for family in 4 6; do
		inside one ping -q -c 1 -w 10 "$(address two $family)"
		inside two ping -q -c 1 -w 10 "$(address one $family)"
		not_there inside one ping -q -c 1 -w 1 "$(address apart $family)"
		not_there inside apart ping -q -c 1 -w 1 "$(address one $family)"
	done
	same "$(guise network ls --format '{{.Name}} {{.Isolate}}')" $'bridge true\napart true\none false\ntwo false'
	guise explain --check two >/dev/null
	guise rm -f two >/dev/null
	settle
	same "$(nft -j list set inet guise open | jq -c '[.nftables[].set.elem // empty | length]')" '[1]'
	run --separate-stderr guise network create --internal --isolate=false x
	failed_with 125 '--isolate=false: a network that is --internal reaches no other'
}

@test "--ipv6: a prefix of its own beside, or alone" {
	guise network create --ipv6 both
	guise network create --ipv6 --ipv4=false six
	guise network create --ipv4=false --subnet fd00:7::/64 given
	same "$(guise network inspect given | jq -c '[.[0].EnableIPv6, .[0].IPAM.Config[].Subnet]')" '[true,"fd00:7::/64"]'
	# of one prefix, which is the machine's
	same "$(guise network inspect both six | jq -r '.[].IPAM.Config[].Subnet' | sed -n 's/^\(fd[^:]*:[^:]*:[^:]*\):.*/\1/p' | uniq | wc -l)" 1
	has '^fd.*::/48$' "$(cat "$STATE/networks/prefix6")"
	node --name a --network both "dir:$ROOTFS" sleep 1000
	node --name b --network six "dir:$ROOTFS" sleep 1000
	node --name c --network six "dir:$ROOTFS" sleep 1000
	has 'inet 10\.' "$(inside a ip -o -4 address show eth0)"
	has 'inet6 fd.*::2/64' "$(inside a ip -o -6 address show eth0)"
	same "$(inside b ip -o -4 address show eth0)" ""
	has 'default via fd' "$(inside b ip -6 route)"
	inside b ping -q -c 1 -w 10 "$(guise network inspect six | jq -r '.[0].Containers[] | select(.Name == "c").IPv6Address' | cut -d/ -f1)"
}

@test "a network of IPv6 only: a way out, neighbours, names, a check, and another start" {
	[ -e /proc/sys/net/ipv6 ] || skip "no IPv6 here"
	ip link add out type veth peer name far
	ip netns add "$PARENT" && ip link set far netns "$PARENT"
	ip addr add fd00:99::1/64 dev out nodad && ip link set out mtu 1400 up && ip -6 route add default via fd00:99::2
	ip netns exec "$PARENT" sh -c 'ip addr add fd00:99::2/64 dev far nodad; ip link set far mtu 1400 up'
	guise network create --ipv4=false --subnet fd00:7::/64 six
	node --name b --network six "dir:$ROOTFS" sleep 1000
	guise run -d --cgroup-parent "$PARENT" --name a --hostname me --network six:ip6=fd00:7::dead:beef "dir:$ROOTFS" sleep 1000 >/dev/null
	for time in first again; do
		# by the host's address; a packet of the MTU of the way out
		inside a ping -q -c 1 -w 10 fd00:99::2
		inside a ping -q -c 1 -w 10 -M do -s 1352 fd00:99::2
		has 'mtu 1400' "$(inside a ip link show eth0)"
		inside a ping -q -c 1 -w 10 fd00:7::2
		inside b ping -q -c 1 -w 10 fd00:7::dead:beef
		has '^fd00:7::dead:beef[[:space:]]me$' "$(guise exec a cat /etc/hosts)"
		has 'me' "$(guise exec a hostname)"
		not_there inside a ping -4 -q -c 1 -W 1 192.0.2.1
		same "$(inside a ip -4 address show dev eth0)" ""
		guise explain --check a >/dev/null
		same "$(guise inspect a | jq -r '.[0].NetworkSettings.Networks.six.GlobalIPv6Address')" fd00:7::dead:beef
		guise restart -t 0 a >/dev/null
	done
	guise rm -f a b >/dev/null
	settle
	ip link del out
	ip netns del "$PARENT"
}

@test "--interface-name: the bridge has it; one of somebody else is not touched" {
	guise network create --interface-name brx mine
	node --name a --network mine "dir:$ROOTFS" sleep 1000
	link_exists brx
	guise rm -f a >/dev/null
	settle
	not_there link_exists brx
	ip link add brx type bridge
	run --separate-stderr guise run --rm --network mine "dir:$ROOTFS" true
	failed_with 125 'use bridge brx: a link of that name exists that is not guise'
	link_exists brx
	run --separate-stderr guise network create --interface-name brx other
	failed_with 125 'network mine has a bridge of that name'
}

@test "a range that is full says so; what its gateway has nobody gets" {
	guise network create --subnet 10.20.0.0/29 --gateway 10.20.0.2 small
	for i in 1 2 3 4 5; do node --name n$i --network small "dir:$ROOTFS" sleep 1000; done
	run --separate-stderr guise run --rm --network small "dir:$ROOTFS" true
	failed_with 125 'take an address of 10\.20\.0\.0/29: no free address: all 5 are taken'
	run --separate-stderr guise run --rm --network small:ip=10.20.0.2 "dir:$ROOTFS" true
	failed_with 125 'take address 10\.20\.0\.2: it is not one of 10\.20\.0\.0/29'
}

@test "a container that is started again is on the same networks; network prune spares them while it runs" {
	guise network create web
	guise network create idle
	guise create --cgroup-parent "$PARENT" --name a --network web "dir:$ROOTFS" sleep 1000 >/dev/null
	guise start a >/dev/null
	run --separate-stderr guise network prune </dev/null
	same "$status" 125
	echo n | guise network prune >/dev/null
	guise network exists idle
	same "$(guise network prune -f)" idle
	has 'inet 10\.10\.1\.2/24' "$(inside a ip -o -4 address show eth0)"
	guise stop -t 0 a >/dev/null
	guise start a >/dev/null
	has 'inet 10\.10\.1\.' "$(inside a ip -o -4 address show eth0)"
}

@test "a definition that can't be read: it is said, and can be removed" {
	guise network create web
	echo nonsense >"$STATE/networks/web.json"
	run --separate-stderr guise run --rm --network web "dir:$ROOTFS" true
	failed_with 125 'network web'
	run guise network ls -q
	same "$status" 125
	has '1 of the files in .*/networks can.t be read' "$output"
	guise network rm web
	same "$(guise network ls -q)" bridge
}

@test "a bridge that is down and has no mark is thrown away only by a name that guise gives" {
	ip link add guise0 address 02:42:0a:0a:00:01 type bridge
	ip link add docker9 address 02:42:ac:11:00:01 type bridge
	run --separate-stderr guise network create --interface-name docker9 mine
	failed_with 125 'use bridge docker9: a link of that name exists that is not guise'
	node --name a "dir:$ROOTFS" sleep 1000
	has 'inet 10\.10\.0\.1/24 .*guise0' "$(ip -o -4 address)"
	link_exists docker9
	ip link delete docker9
}

# As if owner $1 had the addresses of network big from the $2nd to the $3rd.
take() {
	local i dir

	dir=$(leases_of big)
	for ((i = $2; i <= $3; i++)); do echo "$1" >"$dir/10.20.$((i / 250)).$((i % 250 + 1))"; done
	rm -f "$dir/taken"
}

forget() { # from, to
	local i dir

	dir=$(leases_of big)
	for ((i = $1; i <= $2; i++)); do echo "$dir/10.20.$((i / 250)).$((i % 250 + 1))"; done | xargs rm -f
	rm -f "$dir/taken"
}

# As if so many cables were on bridge $1: of each both ends.
plug() {
	local i

	for ((i = 1; i <= $2; i++)); do
		echo "link add a$i master $1 group 77 type veth peer name b$i group 77"
		echo "link set b$i master $1"
	done | ip -batch -
}

bridge_of() { # container
	ip -o link show "gv$(readlink "$STATE/names/$1" | cut -c1-10)" | grep -o 'master [^ ]*'
}

@test "a network of more containers than a bridge has ports has a further bridge; nobody notices" {
	local address i

	guise network create --ipv6 --subnet 10.20.0.0/20 --subnet fd00:20::/64 big
	node --name one --network big "dir:$ROOTFS" sleep 1000
	# as if there were a thousand: so many leases, and ports
	take "$(readlink "$STATE/names/one")" 10 1020
	for i in {1000..2010}; do readlink "$STATE/names/one" >"$(leases_of big)/fd00:20::$i"; done
	plug guise0 500
	# (its name is the next one, and stays when there is one before it again)
	ip link add guise-x0 type bridge
	node --name two --network big "dir:$ROOTFS" sleep 1000
	ip link delete guise-x0
	node --name three --network big "dir:$ROOTFS" sleep 1000
	same "$(bridge_of two) $(bridge_of three)" "master guise-x1 master guise-x1"
	has 'guise network big\+1' "$(ip link show guise-x1)"
	same "$(ip -o -4 address show guise-x1)" ""
	for address in $(guise inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.GlobalIPv6Address}} {{end}}' one two three) 10.20.0.1 fd00:20::1; do
		inside one ping -q -c 1 -w 10 "$address"
		inside two ping -q -c 1 -w 10 "$address"
		ping -q -c 1 -w 10 "$address"
	done
	# its neighbours are the first bridge's
	has 'PERMANENT' "$(ip neighbour show "$(guise inspect -f '{{.NetworkSettings.Networks.big.IPAddress}}' two)" dev guise0)"
	is_well() { guise explain --check "$1" >"$DIR/explained" || { grep -A1 -e ^missing -e ^different "$DIR/explained"; return 1; }; }
	for i in one two three; do is_well $i; done
	# one more, and one less, while it runs
	node --name four "dir:$ROOTFS" sleep 1000
	guise network connect big four
	has 'master guise-x1 ' "$(ip -o link show "gv$(readlink "$STATE/names/four" | cut -c1-10).1")"
	inside four ping -q -c 1 -w 10 "$(guise inspect -f '{{.NetworkSettings.Networks.big.IPAddress}}' one)"
	guise network disconnect bridge four
	has 'via 10\.20\.0\.1 ' "$(inside four ip route)"
	is_well four
	ip link delete group 77
	# there is a way out, over both bridges
	ip netns add "$PARENT"
	ip link add out type veth peer name far netns "$PARENT"
	ip address add 192.0.2.1/24 dev out && ip link set out up
	ip netns exec "$PARENT" sh -c 'ip link set lo up; ip address add 192.0.2.2/24 dev far; ip link set far up'
	ip route add default via 192.0.2.2
	await ping -q -c 1 -W 1 192.0.2.2 >/dev/null
	inside two ping -q -c 1 -w 10 192.0.2.2
	same "$(guise doctor --format json two | jq -r '.[] | "\(.code) \(.object)"')" ""
	same "$(guise doctor --format json | jq -r '.[] | select(.code != "leftover") | "\(.code) \(.object)"')" ""
	# what others take is put back
	same "$(guise network reload)" ""
	ip link delete guise-x1-up
	nft flush ruleset
	run guise network reload
	same "$status" 0
	has 'big: trunk put back' "$output"
	same "$(guise network reload)" ""
	inside two ping -q -c 1 -w 10 192.0.2.2
	inside one ping -q -c 1 -w 10 "$(guise inspect -f '{{.NetworkSettings.Networks.big.IPAddress}}' three)"
	# where there is room again, the first is taken
	forget 10 1020
	for i in {1000..2010}; do echo "$(leases_of big)/fd00:20::$i"; done | xargs rm
	node --name five --network big "dir:$ROOTFS" sleep 1000
	same "$(bridge_of five)" "master guise0"
	guise rm -f one two three four five >/dev/null
	settle
	same "$(ip -o link show type bridge)" ""
	same "$(links | grep ^guise)" ""
	same "$(nft list tables)" ""
}

@test "whose address is beyond the thousandth is on a further bridge, also while the cables of others are not there yet" {
	guise network create --subnet 10.20.0.0/20 big
	node --name one --network big "dir:$ROOTFS" sleep 1000
	take "$(readlink "$STATE/names/one")" 10 1007
	node --name two --network big "dir:$ROOTFS" sleep 1000
	node --name three --network big "dir:$ROOTFS" sleep 1000
	same "$(bridge_of two) $(bridge_of three)" "master guise0 master guise-x0"
	forget 10 1007
}

@test "where the first bridge has no port for the cable to a further one, that is said, and nothing is left" {
	guise network create --subnet 10.20.0.0/20 big
	node --name one --network big "dir:$ROOTFS" sleep 1000
	take "$(readlink "$STATE/names/one")" 10 1020
	plug guise0 511
	run --separate-stderr guise run --rm --network big "dir:$ROOTFS" true
	failed_with 125 "connect the container to network big: its bridge guise0 has 1,023 ports, and no bridge can have more; use another network"
	same "$(links | grep guise-x)" ""
	same "$(nft list ruleset | grep guise-x)" ""
	ip link delete group 77
	guise run --rm --network big "dir:$ROOTFS" true
	forget 10 1020
}

# The MAC address of a bridge with mark $1 and no address: FNV-1a.
mac_of_mark() {
	local hash=2166136261 i

	for ((i = 0; i < ${#1}; i++)); do hash=$(((hash ^ $(printf %d "'${1:i:1}")) * 16777619 & 0xffffffff)); done
	printf '02:42:%02x:%02x:%02x:%02x' $((hash >> 24)) $((hash >> 16 & 255)) $((hash >> 8 & 255)) $((hash & 255))
}

@test "further bridges go with the network: one behind a gap, what is left of one that was deleted, one left unfinished" {
	local mark

	echo 0 >/proc/sys/net/ipv4/ip_forward
	guise network create --subnet 10.20.0.0/20 big
	node --name one --network big "dir:$ROOTFS" sleep 1000
	take "$(readlink "$STATE/names/one")" 10 1020
	node --name two --network big "dir:$ROOTFS" sleep 1000
	take "$(readlink "$STATE/names/one")" 1021 2020
	node --name three --network big "dir:$ROOTFS" sleep 1000
	same "$(bridge_of two) $(bridge_of three)" "master guise-x0 master guise-x1"
	mark=$(ip -d -j link show guise-x1 | jq -r '.[0].ifalias')
	ip link delete guise-x0
	ip link add guise-x7 address "$(mac_of_mark "${mark/+2/+3}")" type bridge
	ip link add guise-x8 address 02:42:00:00:00:01 type bridge # somebody else's
	forget 10 2020
	guise rm -f one two three >/dev/null
	settle
	same "$(links | grep ^guise)" guise-x8
	same "$(nft list tables)" ""
	same "$(cat /proc/sys/net/ipv4/ip_forward)" 0
	ip link delete guise-x8
}

# A lease's owner is a container: its guise, or its first process, by pid and start time. When both are gone, so is the owner.
@test "kill -9 of guise and of its container: the only address of a network goes to who starts next, and nobody prunes" {
	guise network create --subnet 10.20.0.0/30 small
	node --name one --network small host: sleep 1000
	run --separate-stderr guise run --rm --network small --cgroup-parent "$PARENT" host: true
	failed_with 125 'all 1 are taken'
	pid=$(pid_of one)
	kill -KILL "$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status")"
	run --separate-stderr guise run --rm --network small --cgroup-parent "$PARENT" host: true
	failed_with 125 'all 1 are taken' # its first process has it still
	kill -KILL "$pid"
	await sh -c "! kill -0 $pid 2>/dev/null"
	has '10\.20\.0\.2/30' "$(guise run --rm --network small --cgroup-parent "$PARENT" host: ip -o addr show eth0)"
	guise rm -f one
	guise network rm small
}
