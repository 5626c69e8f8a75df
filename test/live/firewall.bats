#!/usr/bin/env bats
# Networks beside other firewalls: chains on the hook forward that drop what they do not know. (Those of real docker, ufw and
# firewalld are in test/engines.) The namespace the tests run in plays the host.

load common

need_for_all() { command -v iptables-nft >/dev/null || skip "no iptables-nft: apt install iptables"; }

node() { guise run -d --cgroup-parent "$PARENT" "$@"; }
inside() { local pid; pid=$(pid_of "$1"); shift; nsenter -t "$pid" -n "$@"; }
not_there() { ! "$@" >/dev/null 2>&1; }
reaches() { inside "$1" ping -q -c 1 -W "${3-10}" "$2" >/dev/null 2>&1; }

# A neighbour of the host's with an address of each family, and two firewalls like docker's and firewalld's.
machine_of_others() {
	ip link add out type veth peer name far
	ip netns add "$PARENT" && ip link set far netns "$PARENT"
	ip addr add 192.0.2.1/24 dev out && ip addr add fd00:99::1/64 dev out nodad && ip link set out up
	ip netns exec "$PARENT" sh -c 'ip addr add 192.0.2.2/24 dev far; ip addr add fd00:99::2/64 dev far nodad; ip link set far up'
	for iptables in iptables-nft ip6tables-nft; do
		$iptables -P FORWARD DROP
		$iptables -N DOCKER-USER
		$iptables -A DOCKER-USER -j RETURN
		$iptables -A FORWARD -j DOCKER-USER
	done
	nft -f - <<-EOT
		table inet wall {
			chain forward {
				type filter hook forward priority 10; policy accept;
				iifname "docker0" accept
				counter reject
			}
		}
	EOT
	nft -s list ruleset >others
}
no_machine() { ip link del out; ip netns del "$PARENT"; nft flush ruleset; }

@test "where others drop what is forwarded, run says so once, with what to do; a container of before is not told again" {
	machine_of_others
	run --separate-stderr node --name a "dir:$ROOTFS" sleep 1000
	same "$status" 0
	same "${#stderr_lines[@]}" 1
	has '^guise: chain (FORWARD of table ip filter|forward of table inet wall) drops what it does not know.*guise doctor tells.*--firewall-compat' "$stderr"
	run --separate-stderr node --name b "dir:$ROOTFS" sleep 1000
	same "$stderr" ""
	guise network create --internal shut
	run --separate-stderr node --name c --network shut "dir:$ROOTFS" sleep 1000
	same "$stderr" ""
	not_there reaches a 192.0.2.2 1
	# and one that is let through by a rule of the person's own
	iptables-nft -I FORWARD -i mine0 -j ACCEPT
	nft insert rule inet wall forward iifname '"mine0"' accept
	guise network create --interface-name mine0 mine
	run --separate-stderr node --name d --network mine "dir:$ROOTFS" sleep 1000
	same "$stderr" ""
	guise rm -f a b c d >/dev/null
	settle
	no_machine
}

@test "the same of iptables-legacy, whose tables no other program changes: also with --firewall-compat it is said" {
	command -v iptables-legacy >/dev/null && iptables-legacy -S >/dev/null 2>&1 || skip "no iptables-legacy here"
	for iptables in iptables-legacy ip6tables-legacy; do $iptables -P FORWARD DROP; done
	guise network create --ipv6 --firewall-compat web
	run --separate-stderr node --name a "dir:$ROOTFS" sleep 1000
	same "$status ${#stderr_lines[@]}" "0 1"
	has '^guise: chain FORWARD of iptables-legacy drops what it does not know.*-I FORWARD -i guise0 -j ACCEPT' "$stderr"
	iptables-legacy -A FORWARD -i guise1 -j ACCEPT
	run --separate-stderr node --name b --network web "dir:$ROOTFS" sleep 1000
	same "$status ${#stderr_lines[@]}" "0 1"
	has '^guise: chain FORWARD of ip6tables-legacy drops what it does not know' "$stderr"
	guise rm -f a b >/dev/null
	settle
	ip6tables-legacy -A FORWARD -i guise0 -j ACCEPT
	run --separate-stderr node --name b --network web "dir:$ROOTFS" sleep 1000
	same "$status $stderr" "0 guise: chain FORWARD of iptables-legacy drops what it does not know, and no rule of it names guise0, so network web may reach nothing outside: guise doctor tells, and --fix mends it, or iptables-legacy -I FORWARD -i guise0 -j ACCEPT, and the same with -o"
	for iptables in iptables-legacy ip6tables-legacy; do $iptables -F; $iptables -P FORWARD ACCEPT; done
	run --separate-stderr node --name c "dir:$ROOTFS" sleep 1000
	same "$status $stderr" "0 "
}

@test "--firewall-compat: let through where rules of one's own belong, checked, put back, and taken away with the last" {
	machine_of_others
	guise network create --ipv6 --firewall-compat web
	run --separate-stderr node --name a --network web "dir:$ROOTFS" sleep 1000
	same "$stderr" ""
	node --name b --network web "dir:$ROOTFS" sleep 1000
	for name in a b; do
		inside $name ping -q -c 1 -w 10 192.0.2.2
		inside $name ping -q -c 1 -w 10 fd00:99::2
	done
	for iptables in iptables-nft ip6tables-nft; do
		same "$($iptables -S DOCKER-USER | grep -c guise0)" 2
		not_there grep guise <($iptables -S FORWARD)
	done
	guise explain --check a >/dev/null
	same "$(guise network inspect web | jq '.[0].FirewallCompat')" true
	# a tool that makes its rules anew
	ip6tables-nft -F DOCKER-USER
	nft flush chain inet wall forward
	run guise explain --check b
	same "$status" 1
	has 'chain DOCKER-USER of table filter has no rule that lets guise0 through' "$output"
	same "$(guise --format json network reload | jq -r .Step | sort | uniq -c | tr -s ' ')" " 2 pass"
	guise explain --check b >/dev/null
	ip6tables-nft -A DOCKER-USER -j RETURN
	nft -f - <<<'add rule inet wall forward iifname "docker0" accept; add rule inet wall forward counter reject'
	# its container does not come without a run of its own
	guise rm -f a >/dev/null
	settle
	inside b ping -q -c 1 -w 10 192.0.2.2
	guise rm -f b >/dev/null
	settle
	same "$(nft -s list ruleset)" "$(cat others)"
	same "$(compgen -G "$STATE/net/*/web/pass")" ""
	no_machine
}

@test "--firewall-compat: the script of --dry-run lets through, and takes that away again" {
	machine_of_others
	guise network create --firewall-compat web
	guise run --rm --network web --cgroup-parent "$PARENT" --dry-run "dir:$ROOTFS" ping -q -c 1 -w 10 192.0.2.2 >script
	grep -q 'iptables-nft -w -t filter -I DOCKER-USER -i guise0' script
	timeout 60 sh script
	same "$(nft -s list ruleset)" "$(cat others)"
	no_machine
}
