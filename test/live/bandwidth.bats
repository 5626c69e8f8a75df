#!/usr/bin/env bats
# guise run --network-bandwidth: how fast a container's network is, each way. The namespace the tests run in plays the host.

load common

node() { guise run -d --cgroup-parent "$PARENT" "$@" >/dev/null; }
inside() { local pid; pid=$(pid_of "$1"); shift; nsenter -t "$pid" -n "$@"; }
need_for_all() {
	need_program tc iproute2
	ip link add probe0 type veth peer name probe1
	tc qdisc add dev probe0 root tbf rate 8mbit burst 64kb limit 64kb || { ip link delete probe0; skip "this kernel has no tbf"; }
	ip link delete probe0
}
cable() { echo "gv$(readlink "$STATE/names/$1" | cut -c-10)"; }
waited() { jq '.[] | select(.kind == "tbf") | .overlimits > 0'; }

# 300,000 bytes come from there: at 2 megabits, of which 64 KiB may go at once, that takes 0.9 seconds at least.
fetched() { # MILLISECONDS COMMAND...
	local begin=${EPOCHREALTIME/./} least=$1

	"${@:2}" busybox wget -q -O received "$url"
	cmp page received
	[ $(((${EPOCHREALTIME/./} - begin) / 1000)) -ge "$least" ] || { echo "too fast"; return 1; }
}

@test "in and out are limited, each by itself, as the kernel counts and as the clock says" {
	head -c 300000 /dev/zero >page
	node --name a --network-bandwidth in=2M,out=100M "dir:$ROOTFS" sleep 1000
	node --name b --network-bandwidth out=2M "dir:$ROOTFS" sleep 1000
	busybox httpd -f -p 10.10.0.1:8080 -h "$DIR" &
	inside b busybox httpd -f -p 10.10.0.3:8080 -h "$DIR" &
	up() { : </dev/tcp/10.10.0.1/8080 && : </dev/tcp/10.10.0.3/8080; } 2>/dev/null
	await up
	url=http://10.10.0.1:8080/page fetched 900 inside a
	url=http://10.10.0.3:8080/page fetched 900
	same "$(tc -s -j qdisc show dev "$(cable a)" | waited)" true
	same "$(inside b tc -s -j qdisc show dev eth0 | waited)" true
	same "$(tc -j qdisc show dev "$(cable b)" | waited)" ""
	guise explain --check a >/dev/null
	guise explain --check b >/dev/null
	has 'tc qdisc replace dev gv.* root tbf rate 2000000bit burst 65536 limit 131072' "$(guise explain a)"
}

@test "who takes the limit away is told, and on the host it is put back" {
	node --name a --network-bandwidth in=2M,out=3M "dir:$ROOTFS" sleep 1000
	tc qdisc replace dev "$(cable a)" root tbf rate 9mbit burst 64kb limit 70kb
	run guise explain --check a
	same "$status" 1
	has 'has 9000000 bits per second' "$output"
	has 'bridge: shape of a put back' "$(guise network reload)"
	tc qdisc delete dev "$(cable a)" root
	has 'bridge: shape of a put back' "$(guise network reload)"
	guise explain --check a >/dev/null
	inside a tc qdisc delete dev eth0 root
	run guise explain --check a
	same "$status" 1
	has '^missing .*tc qdisc replace dev eth0' "$output"
	# without CAP_NET_ADMIN nobody does that from inside
	run -2 guise run --rm --cgroup-parent "$PARENT" --cap-drop all --network-bandwidth out=3M host: sh -c 'tc qdisc delete dev eth0 root 2>/dev/null'
}

@test "one network's limit beside that of all; and what is refused" {
	guise network create --subnet 10.20.0.0/24 web
	node --name a --network-bandwidth in=2M --network bridge --network web:out=5M,in=7M "dir:$ROOTFS" sleep 1000
	same "$(guise explain a | sed -n 's/.*tc qdisc.* tbf rate \([0-9]*\)bit.*/\1/p' | sort -n | xargs)" "2000000 5000000 7000000"
	while IFS='|' read -r options words; do
		# shellcheck disable=SC2086 # options are words
		run --separate-stderr guise run --rm $options "dir:$ROOTFS" true
		failed_with 125 "$words"
	done <<-'EOT'
		--network none --network-bandwidth in=1M|--network-bandwidth and --network: only links that guise makes are limited
		--network-bandwidth 10M|limit a network to '10M': it says neither in= nor out=
		--network-bandwidth in=10MB|only K, M, G or T may follow the number
		--network-bandwidth in=1M,in=2M|a direction is there twice
		--network web:in=7|limit a network to '7': it is not from 8K to 1T
	EOT
}
