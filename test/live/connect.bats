#!/usr/bin/env bats
# guise network connect and disconnect. The namespace the tests run in plays the host.

load common

node() { guise run -d --cgroup-parent "$PARENT" "$@" >/dev/null; }
inside() { local pid; pid=$(pid_of "$1"); shift; nsenter -t "$pid" -n "$@"; }
not_there() { ! "$@" >/dev/null 2>&1; }
pings() { inside "$1" ping -q -c 1 -w 10 "$2"; }
way_out() { inside "$1" ip route show default; }
address() { guise network inspect "$2" | jq -r ".[0].Containers[] | select(.Name == \"$1\").IPv${3-4}Address" | cut -d/ -f1; }
networks_of() { guise inspect "$1" | jq -c '.[0].NetworkSettings.Networks | keys'; }
is_as_planned() { guise explain --check "$1" >"$DIR/explained" || { grep -A1 -e ^missing -e ^different "$DIR/explained"; return 1; }; }

# A neighbour of the host's, far, with the addresses 192.0.2.2 and fd00:99::2.
outside() {
	ip link add out type veth peer name far
	ip netns add "$PARENT" && ip link set far netns "$PARENT"
	ip addr add 192.0.2.1/24 dev out && ip addr add fd00:99::1/64 dev out nodad && ip link set out up
	ip netns exec "$PARENT" sh -c 'ip addr add 192.0.2.2/24 dev far; ip addr add fd00:99::2/64 dev far nodad; ip link set far up'
	await ping -q -c 1 -W 1 192.0.2.2 >/dev/null # a cable takes what is sent a moment after both ends are up
}
no_outside() {
	ip link del out
	ip netns del "$PARENT"
}

@test "a network more and one less: traffic over both, the default route moves, nothing is left" {
	outside
	guise network create --ipv6 one
	guise network create --ipv6 two
	node --name a --network one "dir:$ROOTFS" sleep 1000
	node --name b --network two "dir:$ROOTFS" sleep 1000
	b=$(address b two) b6=$(address b two 6)
	not_there inside a ping -q -c 1 -W 1 "$b"
	pings a 192.0.2.2
	links >before

	guise network connect two a
	pings a "$b"
	pings a "$b6"
	pings b "$(address a two)"
	pings b "$(address a two 6)"
	pings a 192.0.2.2
	has 'dev eth0' "$(way_out a)"
	same "$(networks_of a)" '["one","two"]'
	same "$(guise network inspect two | jq -c '[.[0].Containers[].Interface] | sort')" '["eth0","eth1"]'
	same "$(inside a cat /proc/sys/net/ipv4/conf/eth1/accept_redirects)" 0
	is_as_planned a
	same "$(guise network reload)" ""
	run --separate-stderr guise network rm two
	failed_with 125 'remove network two: container [ab] is on it'

	guise network disconnect one a
	has "via .* dev eth1" "$(way_out a)"
	has 'default via fd.* dev eth1' "$(inside a ip -6 route show default)"
	pings a 192.0.2.2
	pings a fd00:99::2
	pings a "$b"
	not_there inside a ip link show eth0
	same "$(networks_of a)" '["two"]'
	is_as_planned a
	settle
	same "$(ip -o link show type bridge | wc -l)" 1
	guise network rm one

	# the next free name, which is eth0 again; the default route stays
	guise network connect bridge a
	has 'dev eth1' "$(way_out a)"
	has 'inet 10\.' "$(inside a ip -o -4 address show eth0)"
	guise network disconnect bridge a
	guise rm -f a b >/dev/null
	settle
	same "$(ip -o link show type bridge)" ""
	no_cable() { ! links | grep '^gv'; }
	await no_cable # each goes with its namespace
	same "$(cat "$(leases_of two)"/[0-9f]* 2>/dev/null)" ""
	no_outside
}

@test "what is wished for: address, hardware address, interface; what can't be had is refused and changes nothing" {
	guise network create --subnet 10.20.0.0/24 --subnet fd00:20::/64 one
	guise network create --internal two
	node --name a "dir:$ROOTFS" sleep 1000
	node --name b --network one:ip=10.20.0.9 "dir:$ROOTFS" sleep 1000
	guise network connect --ip 10.20.0.7 --ip6 fd00:20::7 --mac-address 02:00:00:00:00:07 --interface-name lan.1 one a
	has 'inet 10\.20\.0\.7/24' "$(inside a ip -o -4 address show lan.1)"
	has 'inet6 fd00:20::7/64' "$(inside a ip -o -6 address show lan.1)"
	has 'ether 02:00:00:00:00:07' "$(inside a ip link show lan.1)"
	pings a 10.20.0.9
	run --separate-stderr guise network connect one a
	failed_with 125 'connect container a to network one: it is on that network already; guise network disconnect one a'
	run --separate-stderr guise network disconnect two a
	failed_with 125 'disconnect container a from network two: it is not on that network'
	guise network disconnect -f two a
	guise network disconnect -f two nobody
	guise network disconnect one a
	not_there inside a ip link show lan.1
	while read -r words; do
		read -r message
		# shellcheck disable=SC2086 # words
		run --separate-stderr guise network connect $words
		failed_with 125 "$message"
	done <<-'EOF'
		--ip 10.20.0.9 one a
		take address 10\.20\.0\.9: another container has it
		--ip 10.21.0.9 one a
		take address 10\.21\.0\.9: it is not one of 10\.20\.0\.0/24
		--interface-name eth0 one a
		make link eth0 in container a: it is that of another of its networks
		nope a
		find network nope: there is none of that name
		one nobody
		find container nobody
	EOF
	same "$(inside a ip -o link | wc -l)" 2
	same "$(ls "$(leases_of one)" | grep -c '^[0-9f]')" 2 # b's
	same "$(networks_of a)" '["bridge"]'
	is_as_planned a
	# an interface that the container made itself is in the way: all is taken back
	inside a ip link add eth1 type veth peer name eth9
	run --separate-stderr guise network connect two a
	failed_with 125 'make link eth1: there is one of that name in the container'
	same "$(networks_of a)" '["bridge"]'
	same "$(ls "$(leases_of two)" | grep -c '^1')" 0
	guise network connect --interface-name eth2 two a
	is_as_planned a
}

@test "who is to have no network of guise's is told so; off its last network, and back" {
	guise network create one
	for mode in none host; do node --name $mode --network $mode "dir:$ROOTFS" sleep 1000; done
	node --name a "dir:$ROOTFS" sleep 1000
	node --name joined --network container:a "dir:$ROOTFS" sleep 1000
	while read -r name message; do
		run --separate-stderr guise network connect one "$name"
		failed_with 125 "change the networks of container $name: $message"
	done <<-'EOF'
		none it was made with --network none, and is to have none
		host it has the machine's own network
		joined its network namespace is another's; connect the container that it shares it with
	EOF
	guise network disconnect bridge a
	same "$(inside a ip -o link | wc -l)" 1
	same "$(networks_of a)" '[]'
	is_as_planned a
	guise network connect one a
	has 'dev eth0' "$(way_out a)"
	is_as_planned a
	# whoever shares its namespace is on it, too
	pings joined "$(inside a ip route show default | cut -d' ' -f3)"
}

@test "the next start has the networks that were connected, while it ran and while it did not" {
	guise network create --subnet 10.20.0.0/24 one
	guise network create --internal two
	node --name a --ip 10.10.0.99 "dir:$ROOTFS" sleep 1000
	guise network connect --ip 10.20.0.7 --interface-name lan one a
	guise stop -t 0 a >/dev/null
	same "$(networks_of a)" '["bridge","one"]'
	run --separate-stderr guise network connect one a
	failed_with 125 'it is on that network already'
	guise network connect two a
	guise network disconnect bridge a
	run --separate-stderr guise network disconnect bridge a
	failed_with 125 'it is not on that network'
	same "$(networks_of a)" '["one","two"]'
	guise start a >/dev/null
	has 'inet 10\.20\.0\.7/24' "$(inside a ip -o -4 address show lan)"
	has 'dev lan' "$(way_out a)"
	has eth0 "$(inside a ip -o link show eth0)"
	same "$(networks_of a)" '["one","two"]'
	is_as_planned a
	guise network disconnect one a
	guise network disconnect two a
	guise restart -t 0 a >/dev/null
	same "$(inside a ip -o link | wc -l)" 1
	guise network connect bridge a
	has 'inet 10\.10\.0\.[0-9]+/' "$(inside a ip -o -4 address show eth0)"

	guise create --cgroup-parent "$PARENT" --name c "dir:$ROOTFS" sleep 1000 >/dev/null
	guise network connect one c
	same "$(networks_of c)" '["bridge","one"]'
	guise start c >/dev/null
	has 'inet 10\.20\.0\.' "$(inside c ip -o -4 address show eth1)"
}

@test "what is said of the first network is not said of the next one, when the first is left before a start" {
	guise network create one
	guise create --name a --cgroup-parent "$PARENT" --network-alias www --network bridge --network one "dir:$ROOTFS" sleep 1000 >/dev/null
	guise network disconnect bridge a
	guise start a >/dev/null
	has ' a [0-9a-f]{12}$' "$(cat "$(leases_of one)/names")"
	guise rm -f a >/dev/null
	guise create --name a --cgroup-parent "$PARENT" --network-alias www "dir:$ROOTFS" sleep 1000 >/dev/null
	guise network connect one a
	guise start a >/dev/null
	has ' a www [0-9a-f]{12}$' "$(cat "$(leases_of bridge)/names")"
	has ' a [0-9a-f]{12}$' "$(cat "$(leases_of one)/names")"
}

@test "events tell of networks, in docker's lines" {
	guise network create web
	guise ps >/dev/null
	"$GUISE" --root "$STATE" events >events 3>&- & events=$!
	await sh -c "ls -l /proc/$events/fd 2>/dev/null | grep -q inotify"
	sleep .2
	id=$(guise run -d --cgroup-parent "$PARENT" --name a "dir:$ROOTFS" sleep 1000)
	await grep -q 'container start' events
	guise network connect web a
	await grep -q 'network connect .*web' events
	guise network disconnect bridge a
	await grep -q 'network disconnect' events
	guise rm -f a >/dev/null
	await grep -q 'container destroy' events
	web=$(guise network inspect -f '{{.Id}}' web)
	same "$(sed -E 's/^[^ ]+ //; s/ \(image.*//' events)" "container create $id
network connect bridge (container=$id, name=bridge, type=bridge)
container start $id
network connect $web (container=$id, name=web, type=bridge)
network disconnect bridge (container=$id, name=bridge, type=bridge)
container die $id
network disconnect $web (container=$id, name=web, type=bridge)
container destroy $id"
	kill $events
}

@test "twenty at once, of ten containers on two networks; then as many that are killed at any time" {
	guise network create one
	guise network create two
	for ((i = 0; i < 10; i++)); do node --name n$i "dir:$ROOTFS" sleep 1000; done
	for ((i = 0; i < 10; i++)); do
		guise network connect one n$i &
		guise network connect two n$i &
	done
	wait
	same "$(guise network inspect one two | jq -c '[.[].Containers | length]')" '[10,10]'
	same "$(guise network inspect one two | jq -r '.[].Containers[].IPv4Address' | sort | uniq -d)" ""
	for ((i = 0; i < 10; i++)); do is_as_planned n$i; done
	for ((i = 0; i < 10; i++)); do
		"$GUISE" --root "$STATE" network disconnect one n$i & jobs[i]=$! # (of a function it would be a shell that is killed)
		"$GUISE" --root "$STATE" network disconnect two n$i & jobs[i + 10]=$!
	done
	for ((i = 0; i < 10; i++)); do
		sleep ".0$((RANDOM % 9))"
		kill -KILL "${jobs[RANDOM % 20]}" 2>/dev/null || :
	done
	wait
	# again: what was killed is completed, each the other way
	for ((i = 0; i < 10; i++)); do
		guise network disconnect -f one n$i &
		guise network connect two n$i 2>/dev/null &
	done
	wait
	same "$(guise network inspect one two | jq -c '[.[].Containers | length]')" '[0,10]'
	for ((i = 0; i < 10; i++)); do is_as_planned n$i; done
	guise rm -f n{0..9} >/dev/null
	settle
	same "$(ip -o link show type bridge)" ""
	same "$(cat "$(leases_of one)"/1* "$(leases_of two)"/1* 2>/dev/null)" ""
}

@test "a lease of a connect that was killed is taken back by whichever connect comes next, and by the end" {
	lost() { # NETWORK CONTAINER: as a kill between lease and record leaves it
		readlink "$STATE/names/$2" >"$(leases_of "$1")/$(guise network inspect "$1" | jq -r '.[0].IPAM.Config[0].Subnet' | sed 's|0/24|77|')"
		printf %s "$1" >"$(dir_of "$2")/connecting"
	}
	is_taken() { compgen -G "$(leases_of "$1")/*.77" >/dev/null; }

	guise network create one
	guise network create two
	node --name a "dir:$ROOTFS" sleep 1000
	node --name b --network one "dir:$ROOTFS" sleep 1000
	lost one a
	guise network connect two a
	not_there is_taken one
	[ ! -e "$(dir_of a)/connecting" ]
	# one that it is on by now keeps it
	printf two >"$(dir_of a)/connecting"
	guise network disconnect bridge a
	guise network connect bridge a
	is_as_planned a
	# the end, and with it the network's
	lost one a
	guise rm -f b >/dev/null
	is_taken one
	guise kill a >/dev/null
	guise wait a >/dev/null
	# (a word of what is left may be gone before there is that of the next network)
	no_bridge() { [ ! "$(ip -o link show type bridge)" ]; }
	await no_bridge
	not_there is_taken one
	# and that of one whose guise was killed
	node --rm --name c --network one "dir:$ROOTFS" sleep 1000
	mkdir -p "$(leases_of two)"
	lost two c
	kill -KILL "$(head -1 "$(dir_of c)/hosts" | cut -d' ' -f1)" "$(pid_of c)"
	dead() { guise ps >/dev/null; ! is_taken two; }
	await dead
	settle
	same "$(ip -o link show type bridge)" ""
}

@test "a link upon one of the host's comes and goes, too" {
	ip link add up0 type veth peer name up1
	ip link set up0 up && ip link set up1 up
	ip link add link up0 name probe2 type macvlan || { ip link delete up0; skip "this kernel has no macvlan"; }
	ip link delete probe2
	guise network create --driver macvlan --parent up0 --subnet 192.0.2.0/24 --gateway 192.0.2.1 lan >/dev/null
	node --name a "dir:$ROOTFS" sleep 1000
	node --name b --network lan "dir:$ROOTFS" sleep 1000
	guise network connect lan a
	pings a "$(address b lan)"
	has 'via 10.* dev eth0' "$(way_out a)"
	is_as_planned a
	# it is a way out like any other
	guise network disconnect bridge a
	has 'via 192\.0\.2\.1 dev eth1' "$(way_out a)"
	is_as_planned a
	guise network connect bridge a
	has 'via 192\.0\.2\.1 dev eth1' "$(way_out a)"
	guise network disconnect lan a
	has 'via 10.* dev eth0' "$(way_out a)"
	guise network connect lan a
	is_as_planned a
	# one of its own in the way is not taken for guise's
	guise network disconnect lan a
	not_there inside a ip link show eth1
	inside a ip link add eth1 type veth peer name eth9
	run --separate-stderr guise network connect lan a
	failed_with 125 'eth1'
	inside a ip link show eth1 >/dev/null
	is_as_planned a
	guise rm -f a b >/dev/null
	ip link delete up0
}
