#!/usr/bin/env bats
# guise lab: the exercises. Each is started, found unsolved, solved, and found solved, by its own solution and, for the
# first nine, by what people type.

load common

need_for_all() {
	need_program nft nftables
	need_program iptables iptables
	need_program ping iputils-ping
}

# Its machines are not in this test's cgroup: they are stopped in any case.
eval "common_$(declare -f teardown)"
teardown() {
	local name

	for name in lab one two; do
		guise lab stop --name $name >/dev/null 2>&1 || true
	done
	common_teardown
}

# The exit status of check, with what it says in $output.
# Solved is what is solved within a while: packets that are really sent may be late where the machine is busy.
check() { # STATUS [OPTION...]
	local end=$((SECONDS + 30))

	run guise lab check "${@:2}"
	while [ "$1:$status" = 0:1 ] && [ $SECONDS -lt $end ]; do run guise lab check "${@:2}"; done
	[ "$status" = "$1" ] || { echo "check ended with $status, not $1:"; echo "$output"; return 1; }
}

reveal() { guise lab reveal --format shell | guise lab shell -- sh >/dev/null 2>&1; }

# Commands of standard input, in the machine.
inside() { guise lab shell -- sh -e; }

# As `machine`, with the cgroups of labs, which are in guise's own: those of the machine's ID and NAMES.
ids() { local c; for c in "$STATE"/containers/*; do echo "${c##*/}"; done; }
nothing_of() { # ID...
	local id

	for id in "$@"; do
		[ -z "$(cgroups_of "guise/$id")" ] || { echo "a cgroup is left of $id"; return 1; }
	done
	same "$(ls -A "$STATE/containers" "$STATE/names")" "$STATE/containers:"$'\n\n'"$STATE/names:"
}

# Of each lab: unsolved, solved, gone.
solve() { # NUMBER...
	local n before made

	for n in "$@"; do
		before=$(machine)
		guise lab start "$n" >/dev/null || { echo "lab $n did not start"; return 1; }
		mapfile -t made < <(ids)
		check 1 || { echo "lab $n is solved before it has begun"; return 1; }
		reveal || { echo "the solution of lab $n fails"; return 1; }
		check 0 || { echo "lab $n is not solved by its solution"; return 1; }
		guise lab stop
		nothing_of "${made[@]}"
		unchanged "$before"
	done
}

@test "list: numbers, names and titles, also as JSON; nine of the course, and twelve or more that are broken" {
	run guise lab list
	has '^1 +pid1 +Become process 1' "$output"
	run guise lab list --format json
	jq -e 'map(.number) == [range(1; length + 1)] and length >= 21' <<<"$output"
	jq -e 'all(.[]; (.name | test("^[a-z0-9-]+$")) and (.title | length > 5))' <<<"$output"
	run guise lab
	has 'Begin with: guise lab start 1' "$output"
	run --separate-stderr guise lab begin
	failed_with 125 "unknown command 'lab begin'.*there are lab list, start"
	[ "$(grep -l '^fault: .* ' "$BATS_TEST_DIRNAME"/../../data/labs/[123]*.lab | wc -l)" -ge 5 ]
}

@test "what is broken in a lab has doctor's name for it" {
	for code in $(sed -n 's/^fault: //p' "$BATS_TEST_DIRNAME"/../../data/labs/*.lab); do
		grep -q "{ \"$code\"," "$BATS_TEST_DIRNAME"/../../src/observe/findings/codes.c || { echo "no code $code"; return 1; }
	done
}

@test "on a terminal the headings are bold, and in a file nothing is" {
	need_program script bsdutils
	run script -qec "'$GUISE' --root '$STATE' lab start 3" /dev/null
	has $'\033\[1mLab 3: ' "$output"
	guise lab status >page
	! grep -q $'\033' page
}

@test "labs 1 to 5: unsolved at first, solved by what reveal prints, nothing is left" { solve 1 2 3 4 5; }
@test "labs 6 to 9: unsolved at first, solved by what reveal prints, nothing is left" { solve 6 7 8 9; }
@test "labs 10 to 14: unsolved at first, solved by what reveal prints, nothing is left" { solve 10 11 12 13 14; }
@test "labs 15 to 19: unsolved at first, solved by what reveal prints, nothing is left" { solve 15 16 17 18 19; }
@test "labs 20 to 24: unsolved at first, solved by what reveal prints, nothing is left" { solve 20 21 22 23 24; }
@test "labs 25 and more: unsolved at first, solved by what reveal prints, nothing is left" {
	solve $(seq 25 "$(guise lab list --format json | jq length)")
}

@test "of two faults one alone is not accepted" {
	local lab

	# (fault by fault, which the solutions mend in that order)
	for lab in "10|ip -n net1 link set veth1 up" "19|ip -n net1 rule delete to 198.51.100.10 prohibit" \
		"21|ip link set br0 up" "23|ip -n net3 neighbour delete 10.10.0.1 dev veth3" \
		"25|sysctl -w net.ipv4.conf.br0.forwarding=1" "30|nft delete table inet audit"; do
		guise lab start "${lab%%|*}" >/dev/null
		guise lab shell -- sh -ec "${lab#*|}" >/dev/null
		check 1
		guise lab stop
	done
}

@test "lab 1 by unshare and a chroot; without a /proc of its own it is half of it" {
	guise lab start pid1 >/dev/null
	inside <<<'unshare --pid --fork --mount sleep 1000 >/dev/null 2>&1 & sleep .3'
	check 1
	has 'not yet.*comes near, but its /proc shows' "$output"
	inside <<<'setsid unshare --pid --mount --fork sh -c "mount -t proc proc /proc; exec sleep 1000" >/dev/null 2>&1 & sleep .3'
	check 0
}

@test "lab 2 by head and tail; a limit that nobody ran into is half of it" {
	local dir=/sys/fs/cgroup/memory limit=memory.limit_in_bytes

	[ "$(world)" != v2 ] || dir=/sys/fs/cgroup limit=memory.max
	guise lab start 2 >/dev/null
	inside <<<"mkdir $dir/demo; echo 52428800 >$dir/demo/$limit; test ! -e $dir/demo/memory.swap.max || echo 0 >$dir/demo/memory.swap.max"
	check 1
	has '^done' "$output"
	has '^not yet.*run into its limit' "$output"
	inside <<<"echo \$\$ >$dir/demo/cgroup.procs; head -c 200M /dev/zero | tail >/dev/null 2>&1 || true" || true
	check 0
}

@test "labs 3 to 6 by iproute2, one after the other in one machine; what is half done is not accepted" {
	guise lab start 3 >/dev/null
	inside <<<'unshare --net sleep 1000 >/dev/null 2>&1 &'
	check 1
	inside <<<'ip netns add net1; ip -n net1 link set lo up'
	check 1
	inside <<<'ip -n net1 link set lo down'
	check 0
	guise lab stop

	guise lab start 4 >/dev/null
	inside <<<'ip link add name br0 type bridge; ip addr add 10.10.0.1/24 dev br0'
	check 1
	has 'not yet.*br0 is down' "$output"
	inside <<<'ip link set dev br0 up; ip addr del 10.10.0.1/24 dev br0; ip addr add 10.10.0.1/32 dev br0'
	check 1
	inside <<<'ip addr add 10.10.0.1/24 brd + dev br0'
	check 0
	guise lab stop

	guise lab start 5 >/dev/null
	inside <<-'END'
		ip link add veth1 type veth peer name veth1-br
		ip link set veth1 netns net1
		ip netns exec net1 ip addr add 10.10.0.2/24 dev veth1
		ip netns exec net1 ip link set veth1 up
		ip netns exec net1 ip link set lo up
		ip netns exec net1 ip route add default via 10.10.0.1
		ip link set veth1-br up
	END
	check 1
	has 'not yet.*net1 does not reach 10.10.0.1' "$output"
	inside <<<'brctl addif br0 veth1-br 2>/dev/null || ip link set veth1-br master br0'
	check 0
	guise lab stop

	guise lab start 6 >/dev/null
	inside <<-'END'
		ip netns add net2
		ip link add veth2 type veth peer name veth2-br
		ip link set veth2 netns net2
		ip link set veth2-br master br0 up
		nsenter --net=/run/netns/net2 sh -ec "ip link set lo up; ip link set veth2 up; ip addr add 10.10.0.3/24 dev veth2"
	END
	check 1
	has 'not yet.*has no route' "$output"
	inside <<<'ip netns exec net2 ip route add default via 10.10.0.1 dev veth2'
	check 0
}

@test "lab 7 by a new cable; one of its two faults mended is not enough" {
	guise lab start net3 >/dev/null
	inside <<<'ip link set veth3-br up'
	check 1
	inside <<<'ip link set veth3-br down master br0'
	check 1
	inside <<-'END'
		ip link delete veth3-br
		ip link add other type veth peer name veth3 netns net3
		ip link set other up master br0
		ip -n net3 address add 10.10.0.4/24 dev veth3
		ip -n net3 link set veth3 up
	END
	check 0
}

@test "lab 8 by nftables, without iptables; each hurdle alone is not enough" {
	guise lab start out >/dev/null
	inside <<<'sysctl -qw net.ipv4.ip_forward=1'
	check 1
	inside <<-'END'
		nft add table ip way
		nft 'add chain ip way out { type nat hook postrouting priority 100; }'
		nft add rule ip way out ip saddr 10.10.0.0/24 oifname eth0 masquerade
	END
	check 1
	inside <<<'iptables -P FORWARD ACCEPT'
	check 0
}

@test "lab 9 with switched words; a chroot, and an old root that stays, are not accepted" {
	local dir=/sys/fs/cgroup/memory/c limit=memory.limit_in_bytes

	[ "$(world)" != v2 ] || dir=/sys/fs/cgroup/c limit=memory.max
	guise lab start 9 >/dev/null
	inside <<-END
		mkdir -p $dir /root/r/proc /root/r/old /root/r/usr
		echo 60M >$dir/$limit
		for n in bin sbin lib lib64; do [ ! -L /\$n ] || cp -P /\$n /root/r; done
		cat >/root/in.sh <<'IN'
		set -e
		mount --make-rprivate /
		mount -t tmpfs none /mnt
		cp -a /root/r/. /mnt
		mount --rbind /usr /mnt/usr
		mount -t proc none /mnt/proc
		cd /mnt
		case \$1 in
		chroot) exec chroot . sleep 1000 ;;
		kept) pivot_root . old; exec sleep 1000 ;;
		*) pivot_root . old; cd /; umount -l old; exec sleep 1000 ;;
		esac
		IN
		cat >/root/go.sh <<'GO'
		echo \$\$ >$dir/cgroup.procs
		exec nsenter --net=/run/netns/net1 unshare -p -f -m -u -i sh /root/in.sh \$1
		GO
	END
	inside <<<'sh /root/go.sh chroot >/dev/null 2>&1 & sleep .4'
	check 1
	has 'comes near, but its root is not that of its mount namespace' "$output"
	inside <<<'sh /root/go.sh kept >/dev/null 2>&1 & sleep .4'
	check 1
	has 'comes near, but the old root is still among its mounts' "$output"
	inside <<<'sh /root/go.sh >/dev/null 2>&1 & sleep .4'
	check 0
}

@test "the outside: it answers ping and HTTP, and knows no private address" {
	guise lab start 8 >/dev/null
	same "$(guise lab shell -- bash -c 'exec 3<>/dev/tcp/198.51.100.10/80; echo GET / >&3; tail -n 1 <&3')" "this is the outside world"
	guise lab shell -- ping -c 1 -W 1 203.0.113.1 >/dev/null
	inside <<<'sysctl -qw net.ipv4.ip_forward=1; iptables -P FORWARD ACCEPT'
	run guise lab shell -- ip netns exec net1 ping -c 1 -W 1 198.51.100.10
	same "$status" 1
}

@test "the machine has cgroups to write in, a network of its own, and nothing of the host's changes" {
	before=$(machine)
	guise lab start 1 >/dev/null
	inside <<<'ip netns add a; ip link add br7 type bridge; nft add table inet t; iptables -P INPUT ACCEPT; sysctl -qw net.ipv4.ip_forward=1; mount -t tmpfs none /mnt; hostname other'
	same "$(guise lab shell -- cat /proc/sys/net/ipv4/ip_forward)" 1
	if [ "$(world)" = v2 ]; then
		inside <<<'cd /sys/fs/cgroup; mkdir a; for c in $(cat cgroup.controllers); do grep -qw $c a/cgroup.controllers; done'
	else
		inside <<<'for d in /sys/fs/cgroup/*/; do mkdir $d/a; done'
	fi
	guise lab stop
	unchanged "$before"
}

@test "two at once, by name; GUISE_LAB names one, too" {
	guise lab start 4 --name one >/dev/null
	guise lab start --name two 4 >/dev/null
	guise lab reveal --name one --format shell | guise lab shell --name one sh
	check 0 --name one
	check 1 --name two
	GUISE_LAB=one check 0
	run guise lab start 4 --name one
	same "$status" 125
	has 'one runs already under the name one' "$output"
	guise lab stop --name one
	check 1 --name two
	check 125 --name one
}

@test "without a lab: check, hint, reveal, status and shell say so, with a status above 1; stop is content" {
	for command in check hint reveal status shell; do
		run --separate-stderr guise lab $command
		failed_with 125 'no lab runs; start one: guise lab start 1'
	done
	guise lab stop
	run --separate-stderr guise lab start 4711
	failed_with 125 'lab 4711: there is none in .*guise lab list'
}

@test "hint: one more each time; status tells how many" {
	guise lab start 1 >/dev/null
	same "$(guise lab status --format json | jq .hints)" 0
	run guise lab hint
	has '^Hint 1 of 3' "$output"
	run guise lab hint
	has '^Hint 2 of 3' "$output"
	run guise lab hint
	has 'That was the last one' "$output"
	run guise lab hint
	has '^Hint 3 of 3' "$output"
	same "$(guise lab status --format json | jq -c '[.number, .hints, .hints_left]')" "[1,3,0]"
}

@test "random: broken, and what it is only reveal tells" {
	guise lab start random >task
	guise lab check >check || true
	for i in 1 2 3; do guise lab hint; done >hint
	guise lab status >>task
	guise lab status --format json >json
	same "$(jq -c '[.random, .number, .name]' json)" "[true,null,null]"
	grep -q "^Something is broken" task
	grep -q "^not yet .*: it is not so" check
	grep -q '^Hint 3 of 3' hint
	guise lab check --format json | jq -e '[.goals[].missing // empty] | length > 0 and all(.[]; . == "it is not so")'
	run guise lab reveal
	title=${lines[0]#Lab *: }
	codes=$(sed -n 's/^What was broken: //p' <<<"$output")
	[ -n "$title" ] && [ -n "$codes" ]
	for code in ${codes//,/} "$title"; do
		! grep -qF -e "$code" task check hint json || false
	done
	reveal
	check 0
	has 'Solved. What it was: guise lab reveal' "$output"
}

@test "what is printed leads on: the task, what to look with, how to go on" {
	run guise lab start 5
	has '^Lab 5: A cable from' "$output"
	has '^    ip -n net1 route$' "$output"
	has '^    guise lab check ' "$output"
	run guise lab check
	has 'still to do. A hint: guise lab hint' "$output"
	reveal
	run guise lab check
	has 'Solved. On to the next one: guise lab stop; guise lab start 6' "$output"
	guise lab check --format json | jq -e '.solved and (.goals | length == 7) and all(.goals[]; .missing == null)'
}

@test "a lab is one file: a new one needs nothing else; a bad one is told with file and line" {
	mkdir labs
	printf 'title: A file\n\n[task]\nMake net9.\n[goals]\nnetns net9\n[solution]\nip netns add net9\n' >labs/1-file.lab
	same "$(guise lab list --labs labs --format json | jq -c '.[0]')" '{"number":1,"name":"file","title":"A file"}'
	GUISE_LABS=labs guise lab start file >/dev/null
	reveal
	check 0
	# it goes on as it began
	rm labs/1-file.lab
	check 0
	printf 'title: A file\n[task]\nx\n[goals]\nnetnz a\n[solution]\nx\n' >labs/1-file.lab
	run --separate-stderr guise lab list --labs labs
	failed_with 125 "read 1-file.lab, line 5: no goal begins with 'netnz'"
	printf 'title: A file\nafter: 2-b\n[task]\nx\n[goals]\nnetns a\n[solution]\nx\n' >labs/1-file.lab
	cp labs/1-file.lab labs/2-b.lab
	run --separate-stderr guise lab start --labs labs 1 --name one
	failed_with 125 'it starts where 2-b.lab ends, which comes after it'
	same "$(guise ps -aq --filter name=one)" ""
}

@test "a set-up that fails leaves nothing; a container of the name that is no lab stays" {
	mkdir labs
	printf 'title: x\n[task]\nx\n[setup]\nfalse\n[goals]\nnetns a\n[solution]\nx\n' >labs/1-a.lab
	run --separate-stderr guise lab start --labs labs 1
	failed_with 125 "set up the lab's machine: 1-a.lab: its script ended with status 1"
	same "$(guise ps -aq)" ""
	box_detached --name lab dir:"$ROOTFS" sleep 1000 >/dev/null
	run --separate-stderr guise lab start 1
	same "$status" 125
	same "$(guise ps -a --format names)" lab
	guise lab stop
	same "$(guise ps -a --format names)" lab
	# and a machine that was removed by itself leaves the name to the next one
	guise lab start 1 --name one >/dev/null
	guise rm -f one >/dev/null
	guise lab start 1 --name one >/dev/null
}

@test "programs that are missing are named, with the packages that have them" {
	PATH=/none run --separate-stderr guise lab start 1
	failed_with 125 'find ping, .*perl: .*apt install iputils-ping'
}

@test "goals may ask what doctor finds: it is told that something is wrong, and not what" {
	cp -r "$BATS_TEST_DIRNAME/../../data/labs" labs
	sed -i 's/^\[goals\]/&\nhealthy net3\nhealthy net1\nno-finding subnet-mismatch/' labs/16-*.lab
	guise lab start --labs labs 16 >/dev/null
	check 1
	has '^not yet  healthy net3: something is wrong with net3$' "$output"
	has '^done     healthy net1$' "$output"
	has '^not yet  no-finding subnet-mismatch: that is still wrong$' "$output"
	reveal
	check 0
}

# With namespaces, links and /run/netns that are nobody else's.
on_a_host() {
	export -f guise
	export STATE
	unshare --mount --net bash -ec 'mkdir -p /run/netns; mount -t tmpfs none /run/netns; '"$1"
}

@test "--on-host: in this machine itself, and taken away again; what is there already is left alone" {
	run on_a_host '
		guise lab start --on-host --yes 7 >task
		ip netns exec net3 ip -br address show veth3
		guise lab check --on-host && exit 9
		guise lab reveal --on-host --format shell | guise lab shell --on-host -- sh
		guise lab check --on-host
		guise lab start --on-host --yes 3 && exit 9
		guise lab stop --on-host
		ls /run/netns
		ip -o link | cut -d: -f2'
	same "$status" 0
	has '10.10.0.4/24' "$output"
	has '^Solved.* guise lab stop --on-host; guise lab start --on-host 8' "$output"
	has 'start a lab on this machine itself: one runs here already; end it: guise lab stop --on-host' "$output"
	same "${lines[-1]}" " lo"
	has 'guise lab shell --on-host' "$(<task)"
	run on_a_host 'ip netns add net1; guise lab start --on-host --yes 5 || true; ip netns list'
	has 'here is already what it asks for' "$output"
	same "${lines[-1]}" net1
	run on_a_host 'guise lab start --on-host --yes 8; guise lab check --on-host'
	same "$status" 125
	has 'do lab out on this machine itself: it needs a machine of its own' "$output"
	run --separate-stderr guise lab start --on-host 3 </dev/null
	same "$status" 125
	has 'nobody answered its question' "$stderr"
	run --separate-stderr guise lab start --on-host random
	failed_with 125 'who doesn.t know what it was could not mend it'
}

@test "what guise-lab(7) tells to type solves it" {
	page=$BATS_TEST_DIRNAME/../../man/guise-lab.7
	numbers="3 4 5 8"
	[ "$(world)" != v2 ] || numbers="2 $numbers"
	for n in $numbers; do
		guise lab start $n >/dev/null
		sed -n "/^\.Ss $n: /,/^\.S[sh] /{/systemd-run/d;s/^\.Dl # //p}" "$page" >typed
		[ -s typed ]
		# (what runs into the ceiling is killed)
		guise lab shell -- sh <typed >/dev/null 2>&1 || [ $n = 2 ]
		check 0
		guise lab stop
	done
	# and the exercise that is shown there
	mkdir labs
	sed -n '/^title: A name/,/^\.Ed/p' "$page" | grep -v '^\.Ed' >labs/01-red.lab
	guise lab start --labs labs 1 >/dev/null
	check 1
	reveal
	check 0
}
