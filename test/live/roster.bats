#!/usr/bin/env bats
# The names of others in a container's /etc/hosts: who comes, goes, and is called otherwise, while it is read.

load common

node() { guise run -d --cgroup-parent "$PARENT" "$@" >/dev/null; }
sleeper() { node "$@" "dir:$ROOTFS" sleep 1000; }
hosts() { sed 's/ *#.*//' "/proc/$(pid_of "$1")/root/etc/hosts" | tr -s '\t\n' ' \n'; }
# "10.10.0.3 db www" of what a container's file says of others by name; without the short id, which is not known before
finds() { hosts "$1" | sed -E 's/ [0-9a-f]{12}( |$)/\1/g' | grep -w -- "$2" | sort | paste -sd, ; }
finds_only() { [ "$(finds "$1" "$2")" = "$3" ]; }
address_of() { guise inspect "$1" | jq -r '.[0].NetworkSettings.IPAddress'; }
told() { [ -z "$(compgen -G "$STATE/net/*/*/names-chang*")" ]; }

@test "everybody on its networks is found by name, alias and short id, before the command starts, and who comes later, too" {
	guise network create --ipv6 --subnet 10.20.0.0/24 --subnet fd00:20::/64 back
	guise network create --subnet 10.30.0.0/24 other
	sleeper --name db --network back:alias=store,alias=sql
	sleeper --name far --network other
	# the command itself sees them
	run -0 guise run --rm --name web --cgroup-parent "$PARENT" --network back --network-alias www "dir:$ROOTFS" cat /etc/hosts
	output=$(sed 's/ *#.*//' <<<"$output")
	id=$(readlink "$STATE/names/db")
	has "^10\.20\.0\.2[[:space:]]db store sql ${id:0:12}$" "$output"
	has "^fd00:20::[0-9a-f:]+[[:space:]]db store sql ${id:0:12}$" "$output"
	has '^10\.20\.0\.3[[:space:]]web www$' "$output"
	has_not far "$output"
	await told
	same "$(finds db web)" ""
	sleeper --name app --network back:alias=www,ip=10.20.0.4,ip6=fd00:20::4 --network other
	await finds_only db www '10.20.0.4 app www,fd00:20::4 app www'
	await finds_only far app '10.30.0.3 app'
	same "$(finds app db)" "10.20.0.2 db store sql,fd00:20::2 db store sql"
	same "$(finds app far)" "10.30.0.2 far"
	guise exec app ping -c1 -W60 far
	guise exec app ping -6 -c1 -W60 sql
	# an alias of two is both
	sleeper --name app2 --network back:alias=www,ip=10.20.0.5,ip6=fd00:20::5
	await finds_only db www '10.20.0.4 app www,10.20.0.5 app2 www,fd00:20::4 app www,fd00:20::5 app2 www'
	guise rm -f app >/dev/null
	await finds_only db www '10.20.0.5 app2 www,fd00:20::5 app2 www'
	await finds_only far app ''
}

@test "guise rename: the others find it by its new name; who is in its network finds whom it finds" {
	sleeper --name one --network-alias uno
	sleeper --name two
	sleeper --name guest --network container:two
	await told
	same "$(finds guest uno)" '10.10.0.2 one uno'
	same "$(finds guest two)" '10.10.0.3 two'
	guise rename one first
	await finds_only two uno '10.10.0.2 first uno'
	await finds_only guest uno '10.10.0.2 first uno'
	same "$(finds two one)" ''
	guise rm -f first >/dev/null
	await finds_only guest uno ''
	run guise explain --check two
	same "$status" 0
}

@test "a network more, by guise network connect: it finds those there, and they find it, until it is off again" {
	guise network create --ipv6 --subnet 10.20.0.0/24 --subnet fd00:20::/64 back
	sleeper --name web
	sleeper --name peer
	sleeper --name db --network back:alias=store
	await told
	guise network connect --alias www --alias site back web
	await finds_only db www '10.20.0.3 web www site,fd00:20::3 web www site'
	await finds_only web store '10.20.0.2 db store,fd00:20::2 db store'
	same "$(finds peer www)" ''
	guise exec web ping -c1 -W60 store
	sleeper --name late --network back
	await finds_only web late '10.20.0.4 late,fd00:20::4 late'
	run guise explain --check web
	same "$status" 0
	guise network disconnect back web
	await finds_only db www ''
	same "$(finds web store),$(finds web late)" ,
	same "$(finds web peer)" '10.10.0.3 peer'
	# at its next start, too
	guise network connect --alias www back web
	guise restart -t 0 web >/dev/null
	await finds_only db www '10.20.0.3 web www,fd00:20::3 web www'
	await finds_only web store '10.20.0.2 db store,fd00:20::2 db store'
	# off its last network, and on another one
	guise network disconnect back web
	guise network disconnect bridge web
	await finds_only web store ''
	same "$(finds web peer)" ''
	guise network connect --alias www back web
	await finds_only web store '10.20.0.2 db store,fd00:20::2 db store'
	same "$(finds web late)" '10.20.0.4 late,fd00:20::4 late'
	sleeper --name later --network back:ip=10.20.0.99,ip6=fd00:20::99
	await finds_only web later '10.20.0.99 later,fd00:20::99 later'
}

@test "no reader ever sees half a line, or a moment without those who stay, while others come and go" {
	sleeper --name stays
	sleeper --name reads
	await told
	cat >reader <<-'EOT'
		import re, signal, sys
		go = True
		def end(*_):
		    global go
		    go = False
		signal.signal(signal.SIGTERM, end)
		whole = re.compile(rb'(127\.0\.0\.1\tlocalhost|::1\t.*|f[ef]\d\d::\d?\t.*|10\.10\.0\.\d+\t(stays|reads|[0-9a-f]{12}|(comes\d |long-alias-\d )*[0-9a-f]{12}|stays [0-9a-f]{12}))')
		seen, n = set(), 0
		with open(sys.argv[1], 'rb', buffering=0) as f:
		    print('reads', flush=True)
		    while go:
		        f.seek(0)
		        text = b''
		        while part := f.read(4096):
		            text += part
		        lines = [line.split(b'#')[0].rstrip() for line in text.split(b'\n')]
		        for line in lines:
		            if line and not whole.fullmatch(line):
		                sys.exit('half a line: %r' % line)
		        if not any(b'stays' in line.split() + line.split(b'\t')[-1].split() for line in lines):
		            sys.exit('a moment without the one that stays')
		        seen.update(line for line in lines if b'comes' in line)
		        n += 1
		print(n, len(seen))
	EOT
	python3 reader "/proc/$(pid_of reads)/root/etc/hosts" >result 2>&1 &
	reader=$!
	await test -s result
	for i in 1 2 3 4 5 6; do
		for k in 1 2 3; do
			guise run --rm --name "comes$k" --network-alias "long-alias-$i" --cgroup-parent "$PARENT" "dir:$ROOTFS" true &
			jobs[k]=$!
		done
		for k in 1 2 3; do wait "${jobs[k]}"; done
	done
	sleeper --name comes9
	await finds_only reads comes9 "$(address_of comes9) comes9"
	kill "$reader"
	wait "$reader" || { echo "$? $(cat result)"; false; }
	read -r rounds lines < <(tail -1 result)
	[ "$rounds" -gt 10 ] && [ "$lines" -ge 1 ]
}

@test "what a container does to its file, or to its place, is its own business" {
	printf 'precious\n' >precious
	guise run -d --name bad --cgroup-parent "$PARENT" --privileged -v "$PWD:/mnt" "dir:$ROOTFS" sh -c \
		'umount /etc/hosts; mount --bind /mnt/precious /etc/hosts; touch /mnt/done; sleep 1000' >/dev/null
	guise run -d --name link --cgroup-parent "$PARENT" --privileged -v "$PWD:/mnt" "dir:$ROOTFS" sh -c \
		'umount /etc/hosts; rm /etc/hosts; ln -s /mnt/precious /etc/hosts; touch /mnt/linked; sleep 1000' >/dev/null
	sleeper --name full
	guise exec full sh -c 'head -c 50000000 /dev/zero >>/etc/hosts' 2>/dev/null || true
	sleeper --name short
	guise exec short sh -c 'echo "192.0.2.1 mine" >/etc/hosts'
	sleeper --name good
	await test -e done
	await test -e linked
	sleeper --name later
	await finds_only good later "$(address_of later) later"
	await told
	same "$(cat precious)" precious
	# what it wrote stays, and lines follow
	has '^192\.0\.2\.1 mine$' "$(hosts short)"
	has ' later$' "$(finds short later)"
}

@test "killed -9: the next command takes its names away, and goes on with what was not told" {
	sleeper --name stays
	node --rm --name dies "dir:$ROOTFS" sleep 1000
	await finds_only stays dies "$(address_of dies) dies"
	dir=$(leases_of bridge)
	monitor=$(head -1 "$(dir_of dies)/hosts" | cut -d' ' -f1)
	kill -KILL "$monitor" "$(jq .pid "$(dir_of dies)/process.json")"
	await_not() { ! [ -e "/proc/$monitor" ]; }
	await await_not
	guise ps >/dev/null
	await finds_only stays dies ''
	same "$(grep -c . "$dir/names")" 1
	# somebody was killed while telling
	echo 10.10.0.99 >"$dir/names-changing"
	guise ps >/dev/null
	await told
	# nobody is left
	guise rm -f stays >/dev/null
	settle
	same "$(compgen -G "$dir/names*")" ''
}

@test "names that are none, and too many, are refused" {
	run --separate-stderr guise run --rm --network-alias 'a b' "dir:$ROOTFS" true
	failed_with 125 "--network-alias: .*'a b'"
	run --separate-stderr guise run --rm --network none --network-alias a "dir:$ROOTFS" true
	failed_with 125 '--network-alias and --network: there it has no address that is its own'
	long=$(printf 'x%.0s' {1..63})
	run --separate-stderr guise run --rm --cgroup-parent "$PARENT" --network-alias "$long.a" --network-alias "$long.b" \
		--network-alias "$long.c" --network-alias "$long.d" "dir:$ROOTFS" true
	failed_with 125 'write the names of 10\.10\.0\.[0-9]+: with its address they are [0-9]+ bytes, and a line of /etc/hosts has room for 243; give it a shorter name, or fewer or shorter aliases'
	settle
	# what would fit into its own file, which has its short id already, but not into the others', stops it, not them
	run --separate-stderr guise run -d --name a --cgroup-parent "$PARENT" --network-alias "$long.a" --network-alias "$long.b" \
		--network-alias "$long.c" --network-alias "${long:0:25}" "dir:$ROOTFS" sleep 1000
	failed_with 125 'write the names of '
	sleeper --name a --network-alias "$long.a" --network-alias "$long.b" --network-alias "$long.c"
	sleeper --name b
	same "$(finds b "$long.a")" "$(address_of a) a $long.a $long.b $long.c"
	run --separate-stderr guise rename a "${long:0:30}"
	failed_with 125 'write the names of '
	same "$(finds b "$long.a")" "$(address_of a) a $long.a $long.b $long.c"
	run --separate-stderr guise run --name a "dir:$ROOTFS" true
	failed_with 125 'take the name a'
	guise rm -f a b >/dev/null
	settle
	same "$(ls "$(leases_of bridge)" | paste -sd " ")" "given-10.10.0.0 lock taken"
}
