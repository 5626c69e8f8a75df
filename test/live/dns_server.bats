#!/usr/bin/env bats
# guise network create --dns-server: who answers for a network's names, and passes on what else is asked. The namespace the
# tests run in plays the host.

load common

node() { guise run -d --cgroup-parent "$PARENT" "$@" >/dev/null; }
sleeper() { node "$@" "dir:$ROOTFS" sleep 1000; }
inside() { local pid; pid=$(pid_of "$1"); shift; nsenter -t "$pid" -n "$@"; }
# What dig(1) is told there, one by one; and of its whole $output, the codes and flags.
digs() {
	local question

	# not with -f, which forgets about +tcp
	for question in "${@:2}"; do
		inside "$1" dig +time=20 +tries=1 ${short-} $question
	done
}
asks() { short=+short digs "$@" | paste -sd' '; }
codes() { sed -n 's/.*status: \([A-Z]*\),.*/\1/p' <<<"$output" | paste -sd' '; }
flags() { sed -n 's/^;; flags: \([a-z ]*\);.*/ \1 /p' <<<"$output"; }
server() { cut -d' ' -f1 "$(leases_of "$1")/dns-server"; }
runs() { local stat; read -r stat <"/proc/$1/stat" && [[ $stat != *") Z "* ]]; }
ended() { ! runs "$1" 2>/dev/null; }

# A name server for the host, 192.0.2.53: it knows far.example, and large.example, of which UDP has no room.
outside() {
	local text

	printf -v text 'x%.0s' {1..200}
	ip netns add "$PARENT"
	ip link add out0 type veth peer name in0 netns "$PARENT"
	ip address add 192.0.2.1/24 dev out0
	ip link set out0 up
	ip -n "$PARENT" address add 192.0.2.53/24 dev in0
	ip -n "$PARENT" link set in0 up
	ip -n "$PARENT" link set lo up
	ip netns exec "$PARENT" dnsmasq -k -u root --pid-file= --no-hosts --no-resolv --address=/far.example/203.0.113.9 \
		--txt-record=large.example,"1$text" --txt-record=large.example,"2$text" --txt-record=large.example,"3$text" &
	await ip netns exec "$PARENT" dig +short +time=1 +tries=1 @192.0.2.53 far.example
	echo 'nameserver 192.0.2.53' >resolv
}

# guise, where the host asks that one.
asking() {
	unshare --mount sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$DIR/resolv" "$GUISE" --root "$STATE" "$@"
}

@test "names, aliases and short ids of both families, and backwards; who comes and goes is known at once, by the same process" {
	guise network create --dns-server --subnet 10.20.0.0/24 --subnet fd00:20::/64 back
	same "$(guise network inspect -f '{{.DnsServer}}' back)" true
	sleeper --name db --network back:alias=store,ip=10.20.0.9,ip6=fd00:20::9
	sleeper --name app --network back:alias=store,ip=10.20.0.7
	pid=$(server back)
	id=$(readlink "$STATE/names/db")
	same "$(asks app '@10.20.0.1 db' '@fd00:20::1 DB AAAA' '@10.20.0.1 db +tcp' "@fd00:20::1 ${id:0:12} +tcp" '@10.20.0.1 -x 10.20.0.9' '@10.20.0.1 -x fd00:20::9')" \
		'10.20.0.9 fd00:20::9 10.20.0.9 10.20.0.9 db. db.'
	has '^10\.20\.0\.[79] 10\.20\.0\.[79]$' "$(asks app '@10.20.0.1 store')"
	# a name that there is, of a type that there isn't; an address that is nobody's
	run digs app '@10.20.0.1 db MX' '@10.20.0.1 -x 10.20.0.77'
	same "$(codes)" 'NOERROR NXDOMAIN'
	has_not 'ANSWER: [1-9]' "$output"
	guise rename db data
	sleeper --name late --network back:ip=10.20.0.8
	same "$(asks app '@10.20.0.1 data' '@10.20.0.1 late')" '10.20.0.9 10.20.0.8'
	guise rm -f data >/dev/null
	same "$(asks app '@10.20.0.1 store')" 10.20.0.7
	same "$(server back)" "$pid"
	runs "$pid"
	run guise explain --check app
	same "$status" 0
}

@test "programs of containers find it by their resolv.conf; --dns stands before it" {
	guise network create --dns-server --subnet 10.20.0.0/24 --internal back
	guise network create --dns-server --subnet 10.21.0.0/24 front
	sleeper --name db --network back:ip=10.20.0.9
	sleeper --name web --network front:ip=10.21.0.9
	on() { guise run --rm --no-hosts --cgroup-parent "$PARENT" "$@"; }
	run -0 on --network back "dir:$ROOTFS" nslookup db
	has '^Server:[[:space:]]+10\.20\.0\.1' "$output"
	has '10\.20\.0\.9' "$output"
	has '10\.20\.0\.9.*db' "$(on --network back host: getent ahostsv4 db)"
	# of two networks the one that leads out is asked
	run -0 on --network back --network front "dir:$ROOTFS" cat /etc/resolv.conf
	same "$(grep nameserver <<<"$output")" 'nameserver 10.21.0.1'
	run -0 on --network back --dns 192.0.2.77 "dir:$ROOTFS" cat /etc/resolv.conf
	same "$(grep nameserver <<<"$output")" 'nameserver 192.0.2.77'
	# one that is internal knows nothing else: it is not asked where another network leads out, and the host's domains
	# are not searched where it is
	guise network create plain
	outside
	echo 'search corp.example' >>resolv
	run -0 asking run --rm --cgroup-parent "$PARENT" --network back "dir:$ROOTFS" cat /etc/resolv.conf
	same "$output" 'nameserver 10.20.0.1'
	run -0 asking run --rm --cgroup-parent "$PARENT" --network back --dns-search a.example "dir:$ROOTFS" cat /etc/resolv.conf
	same "$output" $'nameserver 10.20.0.1\nsearch a.example'
	run -0 asking run --rm --cgroup-parent "$PARENT" --network back --network plain "dir:$ROOTFS" cat /etc/resolv.conf
	same "$output" $'nameserver 192.0.2.53\nsearch corp.example'
}

@test "what it does not know the host's name server does, by UDP and by TCP; an internal network's asks nobody" {
	outside
	guise network create --dns-server --subnet 10.20.0.0/24 back
	guise network create --dns-server --subnet 10.21.0.0/24 --internal inner
	asking run -d --name app --cgroup-parent "$PARENT" --network back --network inner "dir:$ROOTFS" sleep 1000
	app=$(guise inspect -f '{{.NetworkSettings.Networks.inner.IPAddress}}' app)
	same "$(asks app '@10.20.0.1 far.example' '@10.20.0.1 far.example +tcp' '@10.21.0.1 app')" "203.0.113.9 203.0.113.9 $app"
	# the machine itself asks it, too, by whatever links it has others
	at=$(guise inspect -f '{{.NetworkSettings.Networks.back.IPAddress}}' app)
	same "$(dig +short +time=20 +tries=1 @10.20.0.1 app) $(dig +short +time=20 +tries=1 @10.20.0.1 app +tcp)" "$at $at"
	# cut as it came, and whole by TCP
	run digs app '@10.20.0.1 large.example TXT +noedns +ignore'
	has ' tc ' "$(flags)"
	same "$(inside app dig +short +time=20 +tries=1 @10.20.0.1 +noedns TXT large.example | wc -l)" 3
	run digs app '@10.21.0.1 far.example' '@10.21.0.1 far.example +tcp'
	same "$(codes)" 'NXDOMAIN NXDOMAIN'
	# nobody's answer is a failure
	ip link set out0 down
	run digs app '@10.20.0.1 far.example' '@10.20.0.1 far.example +tcp' '@10.20.0.1 app'
	same "$(codes)" 'SERVFAIL SERVFAIL NOERROR'
}

@test "each network has its own, which nobody else can ask" {
	guise network create --dns-server --subnet 10.20.0.0/24 one
	guise network create --dns-server --subnet 10.21.0.0/24 --isolate=false two
	guise network create --subnet 10.22.0.0/24 --isolate=false three
	sleeper --name a --network one:alias=db
	sleeper --name b --network two:alias=db
	sleeper --name c --network three
	same "$(asks a '@10.20.0.1 db') $(asks b '@10.21.0.1 db')" '10.20.0.2 10.21.0.2'
	for who in 'a 10.21.0.1' 'b 10.20.0.1' 'c 10.21.0.1'; do
		run asks "${who% *}" "@${who#* } db +time=1" "@${who#* } db +tcp +time=1"
		has '(communications error|no servers|connection timed)' "$output"
		has_not '(^| )10\.2[01]\.0\.2' "$output"
	done
	# the host itself may, but no address of another subnet
	same "$(dig +short +time=20 +tries=1 @10.20.0.1 db)" 10.20.0.2
	inside a ip address add 10.99.0.2/24 dev eth0
	ip route add 10.99.0.2 dev guise0
	run inside a dig -b 10.99.0.2 +short +time=1 +tries=1 @10.20.0.1 db
	has_not '^10\.' "$output"
	# it has no privilege, and sees nothing else
	pid=$(server one)
	same "$(grep -c 'Cap.*0000000000000000$' "/proc/$pid/status") $(grep NoNewPrivs "/proc/$pid/status" | tr -d '\t')" '5 NoNewPrivs:1'
	same "$(readlink "/proc/$pid/root")" "$(leases_of one)"
}

@test "it ends with the last container, and one that was killed comes again with the next, or with network reload" {
	guise network create --dns-server --subnet 10.20.0.0/24 back
	guise run --rm --network back --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	settle
	before=$(machine)
	sleeper --name a --network back:ip=10.20.0.8
	sleeper --name b --network back:ip=10.20.0.3
	first=$(server back)
	guise rm -f a >/dev/null
	settle
	runs "$first"
	kill -KILL "$first"
	await ended "$first"
	run guise explain --check b
	same "$status" 1
	has 'now: no name server runs for network back' "$output"
	run -0 guise network reload
	same "$output" 'back: dns-server put back: no name server runs for network back'
	second=$(server back)
	same "$(asks b '@10.20.0.1 b')" 10.20.0.3
	kill -KILL "$second"
	await ended "$second"
	sleeper --name a --network back:ip=10.20.0.8
	third=$(server back)
	same "$(asks b '@10.20.0.1 b')" 10.20.0.3
	# who hears nothing any more, since the bridge is another, is not what was wanted either
	ip link delete guise0
	guise network reload >reloaded || cat reloaded
	await ended "$third"
	fourth=$(server back)
	runs "$fourth"
	guise rm -f a b >/dev/null
	settle
	ended "$fourth"
	unchanged "$before"
}

@test "doctor names a name server that is gone, and starts it again" {
	outside
	ip route add default via 192.0.2.53
	guise network create --dns-server --subnet 10.20.0.0/24 back
	asking run -d --name a --cgroup-parent "$PARENT" --network back "dir:$ROOTFS" sleep 1000
	guise doctor a >told || { cat told; return 1; }
	pid=$(server back)
	kill -KILL "$pid"
	await ended "$pid"
	run -1 guise doctor --format json a
	same "$(jq -r '.[].code' <<<"$output")" dns-server-missing
	has 'network back: dns-server: no name server runs for network back' "$(jq -r '.[].evidence[]' <<<"$output")"
	run -1 guise doctor a
	has $'^ +\tmkdir -p ' "$output"
	guise doctor --fix --yes a >told || { cat told; return 1; }
	runs "$(server back)"
	guise doctor a >told || { cat told; return 1; }
}

@test "a container that comes to the network later brings it, and takes it along" {
	guise network create --dns-server --subnet 10.20.0.0/24 back
	sleeper --name a
	guise network connect --alias store back a
	pid=$(server back)
	same "$(asks a '@10.20.0.1 store')" 10.20.0.2
	guise network disconnect back a
	settle
	await ended "$pid"
}

@test "the state directory is removed: it ends, too" {
	guise network create --dns-server back
	sleeper --name a --network back
	pid=$(server back)
	runs "$pid"
	rm -r "$(leases_of back)"
	await ended "$pid"
}

@test "a note of another process is put in its place: it ends" {
	guise network create --dns-server back
	sleeper --name a --network back
	pid=$(server back)
	note=$(leases_of back)/dns-server
	cp "$note" "$note.new"
	mv "$note.new" "$note"
	await ended "$pid"
}

@test "what its starter is held to is not its own: limits, priority, OOM score" {
	guise network create --dns-server back
	run -0 prlimit --cpu=1000: --stack=4194304: nice -n 7 choom -n 500 -- "$GUISE" --root "$STATE" run -d --network back \
		--cgroup-parent "$PARENT" "dir:$ROOTFS" sleep 1000
	pid=$(server back)
	same "$(cat "/proc/$pid/oom_score_adj") $(ps -o ni= -p "$pid" | tr -d ' ')" '0 0'
	same "$(prlimit --pid "$pid" --noheadings -o SOFT --cpu --stack | tr -d ' ' | paste -sd' ')" 'unlimited unlimited'
}

# Inside a container, by each of five addresses: COMMAND, so many TIMES.
by_addresses() {
	inside "$1" bash -c 'for who in 10.20.0.10{1..5}; do
		ip address replace "$who/24" dev eth0
		ip route replace 10.20.0.1/32 dev eth0 src "$who"
		for ((i = 0; i < $1; i++)); do eval "$2"; done
	done; eval "$3"' bash "${@:2}"
}

@test "by however many addresses one asks, and connects, others are answered" {
	local query='\0\1\1\0\0\1\0\0\0\0\0\0\4slow\7example\0\0\1\0\1'

	outside
	guise network create --dns-server --subnet 10.20.0.0/24 back
	asking run -d --name a --cgroup-parent "$PARENT" --network back "dir:$ROOTFS" sleep 1000
	sleeper --name b --network back
	# while the host's is silent all are waited for
	pid=$(ip netns pids "$PARENT")
	kill -STOP "$pid"
	by_addresses a 128 "printf '$query' >/dev/udp/10.20.0.1/53" :
	{ sleep 1 && kill -CONT "$pid"; } &
	run digs b '@10.20.0.1 far.example'
	same "$(codes)" NOERROR
	mkfifo hold
	by_addresses a 16 'exec {fd}<>/dev/tcp/10.20.0.1/53' 'echo >all; read <hold' &
	connected=$!
	await test -e all
	run inside b dig +tcp +short +time=20 +tries=1 @10.20.0.1 far.example
	kill "$connected"
	same "$output" 203.0.113.9
}

@test "of many name servers of the host it asks eight, and none at an address of another network" {
	outside
	guise network create --dns-server --subnet 10.20.0.0/24 one
	guise network create --dns-server --subnet 10.21.0.0/24 two
	printf 'nameserver 192.0.2.%s\n' {60..67} >>resolv
	asking run -d --name a --cgroup-parent "$PARENT" --network one "dir:$ROOTFS" sleep 1000
	same "$(asks a '@10.20.0.1 far.example')" 203.0.113.9
	# where that is all there is, nobody is asked
	echo 'nameserver 10.20.0.1' >resolv
	asking run -d --name b --cgroup-parent "$PARENT" --network two "dir:$ROOTFS" sleep 1000
	run digs b '@10.21.0.1 far.example'
	same "$(codes)" NXDOMAIN
}

@test "another program has its port: the container does not start, and is told; the script of --dry-run does the same as a start" {
	guise network create --dns-server --subnet 10.20.0.0/24 back
	guise run --dry-run --network back --cgroup-parent "$PARENT" host: dig +short +time=20 +tries=1 @10.20.0.1 nobody.example >script
	has 'guise-dns}" .*/back guise0 10\.20\.0\.1/24' "$(cat script)"
	outside
	sed 's/ -- [0-9].*/ -- 192.0.2.53/; s/nobody/far/' <script >far
	before=$(machine)
	same "$(unshare --mount --propagation private sh -e far)" 203.0.113.9
	unchanged "$before"
	dnsmasq -k -u root --pid-file= --no-hosts --no-resolv &
	await dig +short +time=1 +tries=1 @127.0.0.1 far.example
	run --separate-stderr guise run --rm --network back --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	failed_with 125 'start the name server of network back: answer at 10\.20\.0\.1 of bridge guise0: another program has port 53 there'
	kill $!
	settle
	unchanged "$before"
}
