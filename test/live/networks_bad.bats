#!/usr/bin/env bats
# Mistakes with networks: each is one line that says what failed, on which object, and why, and nothing is left behind, of
# definitions, addresses, links or rules.

load common

node() { guise run -d --cgroup-parent "$PARENT" "$@" >/dev/null; }

# Everything that a network consists of.
all_of_it() {
	nothing_behind
	(cd "$STATE" && find networks net -type f ! -name lock ! -name taken ! -name 'given-*' | sort; cat networks/*)
	ip -o link show type bridge | sed 's/,LOWER_UP//; s/state [A-Z]*//'
	nft -s list ruleset
	cat /proc/sys/net/ipv4/ip_forward
}
# (what a command could not take away, the next one does)
is_as_before() { guise ps -q >/dev/null && [ "$(all_of_it 2>&1)" = "$before" ]; }

# Each line of standard input: the words of a command ("run": of a container's), then " # ", and what its error says.
refused() {
	local line bad=0 before

	before=$(all_of_it 2>&1)
	while read -r line; do
		local words=${line%% # *} regex=${line#* # }

		[ "${words%% *}" != run ] || words="run --rm --cgroup-parent $PARENT ${words#run } dir:$ROOTFS true"
		# shellcheck disable=SC2086 # words
		run --separate-stderr timeout 60 $without "$GUISE" --root "$STATE" $words
		(failed_with 125 "$regex" && has_not '\(null\)|%[sd]|: *$|: Success' "$stderr" && await is_as_before) ||
			{ echo "of: guise $words"; bad=1; }
	done
	return $bad
}
without=''

@test "definitions that cannot be" {
	ip addr add 10.30.0.1/24 dev lo
	guise network create --subnet 10.20.0.0/24 --interface-name bad0 used
	node --name user --network used "dir:$ROOTFS" sleep 1000
	refused <<-EOF
		network create --subnet 10.20.0.0/16 x # network used has 10\.20\.0\.0/24
		network create --subnet 10.20.0.128/25 x # network used has 10\.20\.0\.0/24
		network create --subnet 10.30.0.0/24 x # lo has the address 10\.30\.0\.1/24
		network create --subnet 10.40.0.0/16 --subnet 10.40.7.0/24 x # it overlaps with another one of the same network
		network create --subnet 10.40.0.0/24 --gateway 10.41.0.1 x # it lies in none of the subnets
		network create --subnet 10.40.0.0/24 --gateway 10.40.0.0 x # it is no address of 10\.40\.0\.0/24 that a machine can have
		network create --subnet 10.40.0.0/24 --ip-range 10.41.0.0/28 x # it lies in none of the subnets
		network create --subnet 10.40.0.0/24 --ip-range 10.40.0.0/16 x # it does not lie in 10\.40\.0\.0/24
		network create --subnet 10.40.0.0/31 x # a network of containers is a /16 to /30
		network create --subnet 10.40.0.0 x # it is no network
		network create --subnet 10.40.0.300/24 x # it is no network
		network create --subnet fd00:40::/127 x # of IPv6 a /8 to /126
		network create --ipv4=false x # no addresses are left
		network create --mtu 20 x # it is not from 68 to 65535
		network create --ipv6 --mtu 1000 x # it is not from 1280
		network create --interface-name a-name-of-16-oct x # a link's name has 1 to 15 characters
		network create --interface-name a/b x # a link's name has
		network create --interface-name bad0 x # network used has a bridge of that name
		network create --interface-name lo x # a link's name has
		network create used # there is one of that name
		network create host # --network host means something else
		network create ../x # a name begins with a letter or digit
		network create -- -x # a name begins with a letter or digit
		network create a:b # a name begins with a letter or digit
		network create --label = x # label
		network create --driver nonsense x # driver
		network rm used # container user is on it
		network rm nope # find network nope: there is none of that name
		network rm ../used # a name begins with a letter or digit
		network inspect nope # find network nope: there is none of that name
		network reload nope # find network nope: there is none of that name
	EOF
	guise rm -f user >/dev/null
	settle
	ip addr del 10.30.0.1/24 dev lo
}

@test "attachments that cannot be" {
	guise network create --subnet 10.20.0.0/29 small
	guise network create --subnet 10.21.0.0/24 --subnet fd00:21::/64 both
	for i in 1 2 3 4 5; do node --name n$i --network small "dir:$ROOTFS" sleep 1000; done
	node --name here --network both:ip=10.21.0.9 "dir:$ROOTFS" sleep 1000
	refused <<-EOF
		run --network nope # find network nope: there is none of that name; there are: bridge, both, small
		run --network small # take an address of 10\.20\.0\.0/29: no free address: all 5 are taken
		run --network both --network small # no free address: all 5 are taken
		run --network both:ip=10.21.0.9 # address 10\.21\.0\.9: .*taken
		run --network both:ip=10.22.0.9 # address 10\.22\.0\.9: it is not one of 10\.21\.0\.0/24
		run --network both:ip=10.21.0.1 # address 10\.21\.0\.1: it is
		run --network both:ip=10.21.0.255 # address 10\.21\.0\.255: it is
		run --network both:ip6=fd00:22::9 # address fd00:22::9: it is not one of fd00:21::/64
		run --network both:ip=fd00:21::9 # not an IPv4 address
		run --network both:ip=10.21.0.300 # not an IPv4 address
		run --network both:mac=02:42:0a:15:00:01 # the network's gateway has it
		run --network both:mac=01:00:00:00:00:01 # not the address of one card
		run --network both:interface=a-name-of-16-oct # a link's name has 1 to 15 characters
		run --network both:interface=a/b # a link's name has
		run --network both:nonsense=1 # no network has that option
		run --network both --network both # the container is on that network already
		run --network both:interface=a --network small:interface=a # another network has that interface
		run --network both/x # no network can have that name
	EOF
	guise rm -f n1 n2 n3 n4 n5 here >/dev/null
	settle
}

# Without sockets of netfilter, as in a kernel that has none.
without_nftables() {
	cat >without.py <<-EOF
		import ctypes, errno, os, sys
		lib = ctypes.CDLL("libseccomp.so.2")
		class Compare(ctypes.Structure):
		    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]
		lib.seccomp_init.restype = ctypes.c_void_p
		lib.seccomp_init.argtypes = [ctypes.c_uint32]
		lib.seccomp_load.argtypes = [ctypes.c_void_p]
		lib.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.POINTER(Compare)]
		context = lib.seccomp_init(0x7fff0000)
		rules = (Compare * 2)(Compare(0, 4, 16, 0), Compare(2, 4, 12, 0)) # SCMP_CMP_EQ: AF_NETLINK, NETLINK_NETFILTER
		assert lib.seccomp_rule_add_array(context, 0x00050000 | errno.EPROTONOSUPPORT, lib.seccomp_syscall_resolve_name(b"socket"), 2, rules) == 0
		assert lib.seccomp_load(context) == 0
		os.execvp(sys.argv[1], sys.argv[1:])
	EOF
	without="python3 without.py"
}

@test "a machine without nf_tables, and one without the right to change networks: said, and nothing is left" {
	guise network create --subnet 10.20.0.0/24 some
	python3 -c 'import ctypes; ctypes.CDLL("libseccomp.so.2")' 2>/dev/null || skip "no libseccomp.so.2: apt install libseccomp2"
	guise run --rm --network some --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	settle
	without_nftables
	refused <<-EOF
		run --network some # this kernel has no nf_tables
		run --network bridge # this kernel has no nf_tables
	EOF
	without='setpriv --bounding-set -net_admin --inh-caps -net_admin'
	refused <<-EOF
		run --network some # Operation not permitted.*CAP_NET_ADMIN
		network reload --watch # listen to changes of the firewall: Operation not permitted; run it as root
	EOF
}
