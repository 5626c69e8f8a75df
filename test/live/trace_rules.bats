#!/usr/bin/env bats
# Rules in the way of a packet: what guise trace says of them is what the kernel does, and no rule that people's firewalls
# write is unknown.

load common
load network

# The walk and a real ping: the same end. An answer that the walk denies would be there at once.
agree() { # FROM TO WHAT
	local kernel=0 walk=0 wait=10

	"$GUISE_BIN" --root "$STATE" trace "netns:$1" "$2/icmp" >"$DIR/walk" 2>&1 || walk=$? wait=0.3
	ip netns exec "$1" ping -c1 -W$wait -n "$2" >/dev/null 2>&1 || kernel=1
	[ "$kernel" = "$walk" ] || {
		echo "$3: ping $1 → $2 ends with $kernel, trace with $walk"; cat "$DIR/walk"
		return 1
	}
}

# A ruleset, and both ways of the two namespaces and to the gateway.
try() { # COMMAND
	nft flush ruleset
	eval "$1" || { echo "refused: $1"; return 1; }
	agree net1 10.10.0.3 "$1"
	agree net1 10.10.0.1 "$1"
}

@test "rules of bridges: in nft's bridge family, at every hook" {
	run_it() {
		local hook rule mac

		network
		pings net1 10.10.0.3 && pings net1 10.10.0.1
		mac=$(ip -n net2 -j link show veth2 | jq -r '.[0].address')
		for hook in prerouting input forward output postrouting; do
			for rule in "ip saddr 10.10.0.2 drop" "ether daddr $mac drop" "ether type ip drop" "iifname veth1-br drop" \
				"oifname veth2-br drop" "icmp type echo-reply drop" "meta pkttype other drop"; do
				try "nft 'table bridge t { chain c { type filter hook $hook priority 0; $rule; }; }'"
			done
		done
	}
	alone run_it
}

@test "rules of bridges: of ebtables, and of iptables where a bridge calls it" {
	run_it() {
		network
		pings net1 10.10.0.3 && pings net1 10.10.0.1
		try "ebtables -A FORWARD -p IPv4 --ip-proto icmp -j DROP"
		try "ebtables -A FORWARD -p IPv4 --ip-proto ! icmp -j DROP"
		try "ebtables -A FORWARD --pkttype-type otherhost -j DROP"
		try "ebtables -A FORWARD -j mark --mark-set 5; ebtables -A FORWARD --mark 5 -j DROP"
		try "ebtables -P FORWARD DROP"
		echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
		try "iptables -P FORWARD DROP"
		try "iptables -A FORWARD -m physdev --physdev-in veth1-br -j DROP"
		try "iptables -A FORWARD -m physdev ! --physdev-is-bridged -j DROP"
	}
	command -v ebtables >/dev/null || skip "no ebtables"
	alone run_it
}

# Both ways out, and what decided: nothing is unknown.
known() { # WHAT
	agree net1 203.0.113.1 "$1"
	agree net1 10.10.0.1 "$1"
	agree outside 203.0.113.2 "$1"
	! grep -q unknown "$DIR/walk"
}

@test "the rules that ufw writes are known" {
	run_it() {
		local dir

		for dir in /etc/ufw /etc/default; do
			mkdir -p "$DIR$dir"
			cp -a "$dir/." "$DIR$dir"
			mount --bind "$DIR$dir" "$dir"
		done
		mkdir -p /run/lock
		network
		pings net1 203.0.113.1
		ufw --force enable >"$DIR/ufw" 2>&1 || { cat "$DIR/ufw"; return 1; }
		known "ufw, as it comes"
		ufw route allow in on br0 out on up0 >/dev/null
		known "ufw with a route"
		ufw deny from 10.10.0.0/24 >/dev/null
		known "ufw that denies"
	}
	command -v ufw >/dev/null || skip "no ufw"
	alone run_it
}

@test "the rules that libvirt's network has are known" {
	run_it() {
		network
		# as libvirt's own tables are: jumps from each chain to one of its own, REJECT at the end
		for c in INP:INPUT OUT:OUTPUT FWO:FORWARD FWI:FORWARD FWX:FORWARD; do
			iptables -N "LIBVIRT_${c%:*}"
			iptables -A "${c#*:}" -j "LIBVIRT_${c%:*}"
		done
		iptables -A LIBVIRT_FWO -s 10.10.0.0/24 -i br0 -j ACCEPT
		iptables -A LIBVIRT_FWO -i br0 -j REJECT --reject-with icmp-port-unreachable
		iptables -A LIBVIRT_FWI -d 10.10.0.0/24 -o br0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
		iptables -A LIBVIRT_FWI -o br0 -j REJECT --reject-with icmp-port-unreachable
		iptables -A LIBVIRT_FWX -i br0 -o br0 -j ACCEPT
		iptables -t nat -A POSTROUTING -s 10.10.0.0/24 -d 224.0.0.0/24 -j RETURN
		iptables -t nat -A POSTROUTING -s 10.10.0.0/24 ! -d 10.10.0.0/24 -p tcp -j MASQUERADE --to-ports 1024-65535
		iptables -t nat -A POSTROUTING -s 10.10.0.0/24 ! -d 10.10.0.0/24 -j MASQUERADE
		iptables -t mangle -A POSTROUTING -o br0 -p udp --dport 68 -j CHECKSUM --checksum-fill
		known "libvirt"
		iptables -D LIBVIRT_FWI 1
		known "libvirt, without replies"
	}
	alone run_it
}
