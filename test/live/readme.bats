#!/usr/bin/env bats
# What the README has its reader type, typed in order.

load common

@test "the tour works" {
	need_program ping iputils-ping
	readme=$BATS_TEST_DIRNAME/../../README.md
	sed -n -e '/^## Images/,/^## When/d' -e '/^## A quick tour/,/^## Below/s/^    # \(guise .*\)/\1/p' "$readme" >tour
	[ "$(wc -l <tour)" -gt 8 ]
	while read -r line; do
		status=0
		# (the tour's own words, with this test's state directory)
		eval "$line" >output </dev/null 2>&1 || status=$?
		echo "$status: $line"
		case $line in
		*'bs=200M'*) same "$status" 137 ;;
		*memory.high*) [ "$status" = 125 ] || [ "$(world)" = v2 ] ;;
		*) same "$status" 0 ;;
		esac
	done <tour
	same "$(guise ps -aq --filter name=one --filter name=two)" ""
}

# The images are made here, and no registry is asked.
@test "images, ports, volumes, networks, as the README has it" {
	readme=$BATS_TEST_DIRNAME/../../README.md
	sed -n '/^## Images/,/^## What/s/^    # \(guise .*\)/\1/p' "$readme" >tour
	[ "$(wc -l <tour)" -gt 8 ]
	for name in registry.example/site:1 registry.example/db; do
		tar -C "$ROOTFS" -cf - . | guise import --change 'CMD ["sleep", "1000"]' - "$name" >/dev/null
	done
	guise push -q registry.example/site:1 oci:site:latest
	while read -r line; do
		eval "${line/run/run --cgroup-parent "$PARENT"}" >output </dev/null 2>&1 || { cat output; echo "$line"; return 1; }
		case $line in
		*' port '*) same "$(cat output)" "80/tcp -> 0.0.0.0:8080" ;;
		*ping*)  has ' 1 packets received' "$(cat output)" ;;
		*images) has '^registry.example/site *1 ' "$(cat output)" ;;
		esac
	done <tour
	has '^localhost/site ' "$(guise images)"
	guise rm -f $(guise ps -q)
}

# A namespace that somebody built by hand: its cable is on no bridge, and down at the host's end.
broken() {
	mkdir -p /run/netns
	mount -t tmpfs tmpfs /run/netns
	ip link set lo up
	ip link add eth0 type veth peer name far
	ip netns add world
	ip link set far netns world
	ip -n world link set lo up
	ip -n world link set far up
	ip -n world address add 192.0.2.254/24 dev far
	ip link set eth0 up
	ip address add 192.0.2.1/24 dev eth0
	ip route add default via 192.0.2.254
	echo 1 >/proc/sys/net/ipv4/ip_forward
	nft -f - <<-'END'
	table ip nat { chain post { type nat hook postrouting priority srcnat; ip saddr 10.20.0.0/24 oifname "eth0" masquerade; }; }
	END
	ip link add br0 type bridge
	ip address add 10.20.0.1/24 dev br0
	ip link set br0 up
	ip netns add net1
	ip link add veth1-br type veth peer name veth1 netns net1
	ip -n net1 address add 10.20.0.2/24 dev veth1
	ip -n net1 link set veth1 up
	ip -n net1 link set lo up
	ip -n net1 route add default via 10.20.0.1
}

@test "what is wrong with that network, as the README has it" {
	readme=$BATS_TEST_DIRNAME/../../README.md
	sed -n '/^## What is wrong/,/^## When/s/^    # \(guise .*\)/\1/p' "$readme" >tour
	same "$(wc -l <tour)" 3
	{
		declare -f broken guise
		echo "set -e; broken"
		sed 's/$/ || echo "status $?"/' tour
		echo 'guise doctor netns:net1; ip netns exec net1 ping -q -c 1 -w 10 10.20.0.1'
	} >script
	run env GUISE="$GUISE" STATE="$STATE" unshare --net --mount --propagation private bash script
	echo "$output"
	same "$status" 0
	same "$(grep -c '^status 1$' <<<"$output")" 2
	has 'blocked: net1: veth1-br: .*\[veth-host-down\]' "$output"
	has ' 1 received' "$output"
}
