# shellcheck shell=bash
# Networks made by hand, for the tests of what looks at them. Each test has a "host" of its own: it runs again, by `alone`,
# in a network and a mount namespace of its own, with a /run of its own for ip-netns(8).
#
#     outside 203.0.113.1 ── 203.0.113.2 up0 [the host] br0 10.10.0.1/24 ── veth1-br ── veth1 10.10.0.2/24 net1
#                                                                        ── veth2-br ── veth2 10.10.0.3/24 net2

# Run a function of this file there. What it prints is the test's.
alone() { # FUNCTION [ARG...]
	export -f $(declare -F | awk '{ print $3 }')
	GUISE_BIN=$GUISE STATE=$STATE DIR=$DIR timeout 50 unshare --net --mount --pid --fork --mount-proc \
		bash -ec 'mount -t tmpfs run /run; mkdir -p /run/netns; mount -t sysfs sys /sys 2>/dev/null || :
			ip link set lo up; "$@"' alone "$@"
}

in_ns() { # NAME COMMAND...
	ip netns exec "$@"
}

namespace() { # NAME
	ip netns add "$1"
	ip -n "$1" link set lo up
}

make_bridge() { # NAME ADDRESS
	ip link add "$1" type bridge
	ip address add "$2" dev "$1"
	ip link set "$1" up
}

# Connect a namespace, whose end is called vethN: net1, br0, 10.10.0.2/24, and the gateway ("-": none).
connect() { # NAME BRIDGE ADDRESS [GATEWAY]
	local link=veth${1#net}

	ip link add "$link" netns "$1" type veth peer name "$link-br"
	ip link set "$link-br" master "$2" up
	ip -n "$1" address add "$3" dev "$link"
	ip -n "$1" link set "$link" up
	[ "${4:--}" = - ] || ip -n "$1" route add default via "$4"
}

# The outside world, which has an address that everybody may reach.
outside() {
	namespace outside
	ip link add up0 type veth peer name eth0 netns outside
	ip address add 203.0.113.2/24 dev up0
	ip link set up0 up
	ip -n outside address add 203.0.113.1/24 dev eth0
	ip -n outside address add 198.51.100.1/32 dev lo
	ip -n outside link set eth0 up
	ip route add default via 203.0.113.1
}

masquerade() { # SUBNET
	nft "add table ip nat; add chain ip nat postrouting { type nat hook postrouting priority srcnat; }"
	nft "add rule ip nat postrouting ip saddr $1 oifname \"up0\" masquerade"
}

# Two namespaces on a bridge, the way out, and all that this takes.
network() {
	outside
	make_bridge br0 10.10.0.1/24
	namespace net1
	namespace net2
	connect net1 br0 10.10.0.2/24 10.10.0.1
	connect net2 br0 10.10.0.3/24 10.10.0.1
	echo 1 >/proc/sys/net/ipv4/ip_forward
	masquerade 10.10.0.0/24
}

# A second network beside it, with a way out, too.
second_network() {
	make_bridge br1 10.20.0.1/24
	namespace net3
	connect net3 br1 10.20.0.2/24 10.20.0.1
	nft add rule ip nat postrouting ip saddr 10.20.0.0/24 oifname up0 masquerade
}

pings() { # NAME ADDRESS
	ip netns exec "$1" ping -c1 -W1 -n "$2" >/dev/null 2>&1
}

doctor() { "$GUISE_BIN" --root "$STATE" doctor "$@"; }

# All codes that doctor tells, one a line, and its status.
codes() {
	local status=0 text

	text=$(doctor --format json "$@" 2>"$DIR/doctor.err") || status=$?
	jq -r '.[] | select(.certainty == "fault") | .code' <<<"$text"
	[ "$status" != 2 ] || cat "$DIR/doctor.err"
}

# What is broken is told, alone, mended, and can be broken again. CODES: one a line, or "healthy".
expect() { # CODES
	local now

	now=$(codes | sort | uniq)
	[ "$now" = "$(tr ' ' '\n' <<<"$1" | sort)" ] || {
		echo "doctor says: $now"; echo "expected: $1"; doctor || :
		return 1
	}
}

healthy() {
	doctor >"$DIR/doctor.out" 2>&1 || { cat "$DIR/doctor.out"; return 1; }
	[ "$(tail -n1 "$DIR/doctor.out")" = healthy ] || { cat "$DIR/doctor.out"; return 1; }
}

# Break a network that works, in one way; doctor names exactly that, mends it, and takes that back.
broken() { # CODES PROBE BREAK [ARG...]
	local codes=$1 probe=$2

	shift 2
	healthy
	$probe || { echo "it did not work before: $probe"; return 1; }
	"$@"
	! $probe || { echo "it still works: $probe"; return 1; }
	expect "$codes"
	doctor --fix --yes >"$DIR/fix.out" 2>&1 || { echo "--fix: $(cat "$DIR/fix.out")"; return 1; }
	# that a cable has a carrier again, or none any more, the kernel may tell a second later (net/core/link_watch.c)
	await $probe || { echo "it does not work: $probe"; cat "$DIR/fix.out"; return 1; }
	await healthy
	doctor --undo >"$DIR/undo.out" || { cat "$DIR/undo.out"; return 1; }
	await expect "$codes"
}

# The same for what only a person can mend.
advised() { # CODES BREAK...
	local codes=$1

	shift
	healthy
	"$@"
	expect "$codes"
	doctor | grep -q "advice: "
}
