#!/usr/bin/env bats
# guise run -p: ports of the host that lead to containers. The namespace that the tests run in plays the host; a neighbour of
# it on a network between both is another namespace.

load common

eval "common_$(declare -f setup)"
setup() {
	common_setup
	cp "$BATS_TEST_DIRNAME/publish.py" "$DIR/"
	chmod 755 "$DIR"
	mkdir -m 777 share && cp publish.py share/
}

py() { python3 "$DIR/publish.py" "$@"; }
far() { ip netns exec "$PARENT" python3 "$DIR/publish.py" "$@"; }
refused() { ! "$@" >/dev/null 2>err && has 'Connection refused' "$(<err)"; }

# A server at 8000 and 5353, and what run gets for it.
server() { # NAME OPTION...
	guise run -d --name "$1" --hostname "$1" --cgroup-parent "$PARENT" -v "$DIR/share:/mnt" "${@:2}" host: \
		python3 /mnt/publish.py serve 8000 5353 >/dev/null
	await test -e "share/ready-$1"
}

# A neighbour of the host's: 192.0.2.2, fd00:99::2, who would send what is for containers by the host.
neighbour() {
	ip link add out type veth peer name far
	ip netns add "$PARENT" && ip link set far netns "$PARENT"
	ip addr add 192.0.2.1/24 dev out && ip addr add fd00:99::1/64 dev out nodad && ip link set out up
	ip netns exec "$PARENT" sh -c 'ip addr add 192.0.2.2/24 dev far; ip addr add fd00:99::2/64 dev far nodad
		ip link set far up; ip link set lo up; ip route add default via 192.0.2.1; ip -6 route add default via fd00:99::1'
}
no_neighbour() { ip link del out; ip netns del "$PARENT"; }

@test "a port leads from outside, from the host and from containers to one, and the client's address stays" {
	neighbour
	before=$(machine)
	server web -p 8080:8000 -p 5353:5353/udp -p 127.0.0.1:8081:8000
	server other
	same "$(far ask 192.0.2.1 8080)" 192.0.2.2
	same "$(far asku 192.0.2.1 5353)" "web 192.0.2.2"
	same "$(py ask 192.0.2.1 8080)" 192.0.2.1
	gateway=$(guise inspect -f '{{.NetworkSettings.Gateway}}' web)
	# by 127.0.0.1 there is no way back but by the bridge's address
	same "$(py ask 127.0.0.1 8080)" "$gateway"
	same "$(py asku 127.0.0.1 5353)" "web $gateway"
	same "$(py ask 127.0.0.1 8081)" "$gateway"
	# by the host's address from the container itself, and from another on its network
	same "$(guise exec web python3 /mnt/publish.py ask 192.0.2.1 8080)" "$gateway"
	same "$(guise exec other python3 /mnt/publish.py ask 192.0.2.1 8080)" "$gateway"
	# ::1 is refused at once
	refused py ask ::1 8080
	guise explain --check web >/dev/null
	guise rm -f web other
	unchanged "$before"
	no_neighbour
}

@test "what is not published is not to be had: by the container's address, or at 127.0.0.1 by a neighbour who forges it" {
	neighbour
	server web -p 127.0.0.1:8081:8000
	address=$(guise inspect -f '{{.NetworkSettings.IPAddress}}' web)
	mac=$(ip -j link show out | jq -r '.[0].address')
	refused far ask 192.0.2.1 8081
	same "$(far forge far "$mac" 192.0.2.2 "$address" 8000)" nothing
	same "$(far forge far "$mac" 192.0.2.2 127.0.0.1 8081)" nothing
	same "$(far forge far "$mac" 127.0.0.1 192.0.2.1 8081)" nothing
	# which is the guard's doing
	nft flush chain inet guise publish_guard
	echo 1 >/proc/sys/net/ipv4/conf/out/route_localnet
	has answered "$(far forge far "$mac" 192.0.2.2 127.0.0.1 8081)"
	guise network reload >/dev/null
	same "$(far forge far "$mac" 192.0.2.2 127.0.0.1 8081)" nothing
	guise rm -f web
	no_neighbour
}

@test "100 MB go through unchanged" {
	neighbour
	server web -p 8080:8000
	same "$(far send 192.0.2.1 8080 104857600)" same
	guise rm -f web
	no_neighbour
}

@test "a port that is taken is an error that names the holder; who comes later than guise gets none" {
	server web -p 8080:8000 -p 8080:5353/udp
	nft list table inet guise >before
	run --separate-stderr guise run --rm -p 8080:1 host: true
	failed_with 125 'publish port 8080/tcp: container web publishes it; .*stop web'
	run --separate-stderr guise run --rm -p 127.0.0.1:8080:1/udp host: true
	failed_with 125 'publish port 8080/udp: container web publishes it'
	same "$(py taken 8080 | sort -u)" 'Address already in use'
	python3 -m http.server --bind 127.0.0.1 9001 >/dev/null 2>&1 &
	await bash -c 'true </dev/tcp/127.0.0.1/9001'
	run --separate-stderr guise run --rm -p 9000-9001:1-2 host: true
	failed_with 125 "publish port 9001/tcp: python3 \(process $!\) has it"
	first=$!
	python3 -m http.server --bind 127.0.0.2 9001 >/dev/null 2>&1 &
	await bash -c 'true </dev/tcp/127.0.0.2/9001'
	run --separate-stderr guise run --rm -p 127.0.0.1:9001:1 host: true
	failed_with 125 "publish port 9001/tcp: python3 \(process $first\) has it"
	run --separate-stderr guise run --rm -p 127.0.0.2:9001:1 host: true
	failed_with 125 "publish port 9001/tcp: python3 \(process $!\) has it"
	kill $! $first
	run --separate-stderr guise run --rm -p 192.0.2.77:9000:1 host: true
	failed_with 125 'publish at 192.0.2.77: no interface of this machine has that address'
	same "$(nft list table inet guise)" "$(<before)"
	same "$(guise run --rm -p 9000:1 host: echo yes)" yes
	guise rm -f web
	same "$(py taken 8080 | grep -c free)" 6
}

@test "free ports and ranges; what ps, port and inspect say; start publishes again" {
	server web -p 8000 -p 9000-9009 -p 8100-8101:8000-8001 -p 127.0.0.1:8100-8110:8000/udp
	same "$(guise port web 8000 | wc -l)" 2
	free=$(guise port web | sed -n 's|^8000/tcp -> 0.0.0.0:||p' | grep -v 8100)
	[ "$(py ask 127.0.0.1 "$free")" ]
	# of several the free ones are in a row
	first=$(guise port web 9000 | sed -n 's/0.0.0.0://p')
	same "$(guise port web 9009 | grep 0.0.0.0)" "0.0.0.0:$((first + 9))"
	same "$(guise inspect web | jq '[.[0].NetworkSettings.Ports | to_entries[] | select(.key | startswith("900"))] | length')" 10
	same "$(guise port web 8000/udp)" 127.0.0.1:8100
	same "$(guise port web 8001)" 0.0.0.0:8101
	run --separate-stderr guise port web 9
	failed_with 125 'find port 9 of container web: it is not published'
	has "0.0.0.0:8100-8101->8000-8001/tcp, 127.0.0.1:8100->8000/udp" "$(guise ps --format '{{.Ports}}')"
	same "$(guise inspect -f '{{json .NetworkSettings.Ports}}' web | jq -c '.["8001/tcp"]')" '[{"HostIp":"0.0.0.0","HostPort":"8101"}]'
	same "$(guise inspect -f '{{json .HostConfig.PortBindings}}' web | jq -c '.["8000/udp"]')" '[{"HostIp":"127.0.0.1","HostPort":"8100-8110"}]'
	guise stop -t 0 web >/dev/null
	same "$(guise port web 2>&1)" 'guise: container web has no published ports; it does not run'
	refused py ask 127.0.0.1 8100
	rm share/ready-web
	guise start web >/dev/null
	await test -e share/ready-web
	[ "$(py ask 127.0.0.1 8100)" ]
	guise rm -f web
}

@test "one of a range is chosen without a search for who has the others" {
	need_program strace strace
	python3 -c 'import socket, time
held = [socket.create_server(("", port)) for port in range(9100, 9110)]
open("holds", "w").close()
time.sleep(1000)' &
	await test -e holds
	same "$(strace -f -qq -e trace=openat -o trace "$GUISE" --root "$STATE" run --rm --cgroup-parent "$PARENT" -p 9100-9110:80 "dir:$ROOTFS" echo yes)" yes
	same "$(grep -c "/proc/$!/fd" trace || true)" 0
	run --separate-stderr guise run --rm -p 9100-9109:80 host: true
	failed_with 125 'publish a port of 9100-9109/tcp: all of them are taken'
}

@test "who has ports at single addresses of the host is not asked for each port of a range" {
	need_program strace strace
	at=$(printf published_at | od -An -tx1 | tr -d '\n' | sed 's/ /\\x/g')
	strace -f -qq -e trace=sendto -o trace "$GUISE" --root "$STATE" run --rm --cgroup-parent "$PARENT" -p 9100-9299:1-200 \
		"dir:$ROOTFS" true
	# but when they are chosen, and when they are added
	same "$(grep 'GETSETELEM.*NLM_F_DUMP' trace | grep -cF "\"$at\\x00")" 2
}

@test "--publish-all: what is exposed by the option or the image, at free ports, but for what -p names" {
	server web -P --expose 8000 --expose 5353/udp --expose 9000-9001 -p 9999:9001
	same "$(guise port web 9001)" 0.0.0.0:9999
	same "$(guise port web | sed 's/ .*//' | sort -u)" $'5353/udp\n8000/tcp\n9000/tcp\n9001/tcp'
	free=$(guise port web 8000 | sed -n 's/^0.0.0.0://p')
	same "$(py ask 127.0.0.1 "$free")" "$(guise inspect -f '{{.NetworkSettings.Gateway}}' web)"
	same "$(guise inspect web | jq -c '.[0].HostConfig | [.PublishAllPorts, .PortBindings]')" '[true,{"9001/tcp":[{"HostIp":"","HostPort":"9999"}]}]'
	guise rm -f web
	tar -C "$ROOTFS" -c . | guise import --change 'EXPOSE 7000/tcp' - ports:1 >/dev/null
	guise run -d --name web --cgroup-parent "$PARENT" -P --expose 7001 ports:1 sleep 1000 >/dev/null
	same "$(guise port web | sed 's/ .*//' | sort -u)" $'7000/tcp\n7001/tcp'
	guise rm -f web
	same "$(guise run --rm -P --cgroup-parent "$PARENT" "dir:$ROOTFS" true 2>&1)" 'guise: --publish-all publishes nothing: neither the image nor --expose names a port'
	same "$(guise run --rm -P --network host --cgroup-parent "$PARENT" "dir:$ROOTFS" true 2>&1)" 'guise: --publish-all publishes nothing: neither the image nor --expose names a port'
	run --separate-stderr guise run --rm -P --network none host: true
	failed_with 125 '--publish and --network: .*no network of its own'
}

@test "networks without ports: an error; the host's own: without meaning" {
	run --separate-stderr guise run --rm --network none -p 80:80 host: true
	failed_with 125 '--publish and --network: .*no network of its own'
	run --separate-stderr guise run --rm -p 80:80 -p 80:81 host: true
	failed_with 125 "'80:81': .*published already"
	same "$(guise run --rm --network host -p 80:80 host: true 2>&1)" "guise: --publish is without meaning: the container has the machine's own network, and its ports"
	guise network create --internal shut
	run --separate-stderr guise run --rm --network shut -p 80:80 host: true
	failed_with 125 'publish port 80/tcp: no network of the container that is reached from outside has an address;'
	run --separate-stderr guise run --rm -p '[fd00::1]:80:80' host: true
	failed_with 125 'publish port 80/tcp: no network of the container .* IPv6 address'
}

# Datagrams from one socket of the neighbour's: each line in asks for one, each out tells who answered.
begin_flow() {
	mkfifo asks
	ip netns exec "$PARENT" python3 "$DIR/publish.py" flow 192.0.2.1 5353 <asks >told &
	exec 7>asks
}
flow_says() { # WHAT
	local n

	n=$(wc -l <told)
	echo x >&7
	await bash -c "[ \$(wc -l <told) -gt $n ]"
	same "$(tail -n 1 told)" "$1"
}

@test "SCTP: the first packet of a client goes to the container, and its answer comes from the port" {
	neighbour
	guise run -d --name web --cgroup-parent "$PARENT" -p 5000:9000/sctp "dir:$ROOTFS" sleep 1000 >/dev/null
	if [ -e /proc/sys/net/netfilter/nf_conntrack_sctp_timeout_established ]; then
		nsenter -t "$(pid_of web)" -n python3 publish.py hear 9000 >heard &
		same "$(far begin 192.0.2.1 5000)" answered
		wait $!
		same "$(<heard)" 192.0.2.2
	fi
	guise rm -f web
	no_neighbour
	[ -s heard ] || skip "this kernel's conntrack knows no SCTP"
}

@test "who sends datagrams before a container is there reaches it, and then the next at that port" {
	neighbour
	# the kernel remembers that they went to the host itself
	nft 'table ip remember { chain in { type filter hook input priority 0; ct state new counter; }; }'
	begin_flow
	flow_says none
	server a -p 5353:5353/udp
	flow_says "a 192.0.2.2"
	guise rm -f a
	flow_says none
	server b -p 5353:5353/udp
	flow_says "b 192.0.2.2"
	exec 7>&-
	guise rm -f b
	nft delete table ip remember
	no_neighbour
}

@test "whoever has the address of one that has ended gets nothing that that one was sent" {
	neighbour
	udp() { # PORT SCRIPT: with a socket s
		printf 'import os, socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.settimeout(.2)\ns.bind(("", %s))\n%s\n' "$1" "$2"
	}
	port=40000
	hears='s.sendto(b"?", ("192.0.2.2", 7000)) if asks else 0
open("/mnt/listens", "w").close()
heard = None
while not heard:
    sent = os.path.exists("/mnt/sent")
    try: heard = s.recv(9).decode()
    except TimeoutError: heard = "nothing" if sent else None
print(heard)'
	starts() { # ASKS OPTION...
		rm -f share/listens share/sent
		guise run --rm "${@:2}" --cgroup-parent "$PARENT" -v "$DIR/share:/mnt" host: \
			python3 -c "asks = $1; $(udp $port "$hears")" >heard &
		await test -e share/listens
		ip netns exec "$PARENT" python3 -c "$(udp 7000 's.sendto(b"answer", ("192.0.2.1", '$port'))')"
		touch share/sent
		wait $!
		cat heard
	}
	same "$(starts True --ip 10.10.0.9)" answer
	same "$(starts False --ip 10.10.0.9)" nothing
	# nor whoever gets it because there is no other
	guise network create --subnet 10.44.0.0/30 one
	port=40001
	same "$(starts True --network one)" answer
	same "$(starts False --network one)" nothing
	no_neighbour
}

@test "IPv6, and networks that are isolated from each other, by the host's address only" {
	neighbour
	guise network create --ipv6 web
	guise network create db
	server a --network web -p 8080:8000 -p '[fd00:99::1]:8081:8000' -p 0.0.0.0:8082:8000
	server b --network db
	same "$(far ask fd00:99::1 8080)" fd00:99::2
	same "$(far ask fd00:99::1 8081)" fd00:99::2
	same "$(far ask 192.0.2.1 8080)" 192.0.2.2
	refused far ask fd00:99::1 8082
	refused far ask 192.0.2.1 8081
	same "$(guise port a 8000)" $'0.0.0.0:8080\n[::]:8080\n[fd00:99::1]:8081\n0.0.0.0:8082'
	address=$(guise inspect -f '{{.NetworkSettings.IPAddress}}' b)
	inside=$(guise inspect -f '{{.NetworkSettings.IPAddress}}' a)
	same "$(guise exec b python3 /mnt/publish.py ask 192.0.2.1 8080)" "$address"
	same "$(guise exec b timeout 1 python3 /mnt/publish.py ask "$inside" 8000 || echo $?)" 124
	# itself by IPv6, which comes back by the bridge
	same "$(guise exec a python3 /mnt/publish.py ask fd00:99::1 8080)" "$(guise inspect -f '{{.NetworkSettings.IPv6Gateway}}' a)"
	guise rm -f a b
	guise network rm web db >/dev/null
	no_neighbour
}

@test "what others take away of it is found, told, and put back" {
	neighbour
	ip route add default via 192.0.2.2 # doctor asks what comes in by the way out
	server web -p 8080:8000
	nft flush map inet guise published
	refused far ask 192.0.2.1 8080
	run guise explain --check web
	same "$status" 1
	has 'check port 8080/tcp: no element of map published leads it on' "$output"
	has port-rule-missing "$(guise doctor --format json 2>&1)"
	has 'publish .*put back' "$(guise network reload)"
	same "$(far ask 192.0.2.1 8080)" 192.0.2.2
	has_not port-rule-missing "$(guise doctor --format json 2>&1)"
	guise explain --check web >/dev/null
	guise rm -f web
	no_neighbour
}

@test "doctor: a port that nobody holds any more, and that another program answers" {
	neighbour
	ip route add default via 192.0.2.2
	ip -6 route add default via fd00:99::2
	server web -p 8080:8000
	listens() { [ -n "$(ss -Hltn "sport = :$1")" ]; }
	codes() { guise doctor --format json 2>/dev/null | jq -r '.[] | select(.certainty == "fault") | .code'; }
	same "$(codes)" ""
	kill -KILL "$(ps -o ppid= -p "$(pid_of web)")"
	python3 -m http.server --bind 0.0.0.0 8080 >/dev/null 2>&1 &
	await listens 8080
	nft flush map inet guise published
	same "$(codes)" port-taken
	has "python3, process $!, listens at it" "$(guise doctor)"
	kill $!
	wait $! || true
	same "$(codes)" port-rule-missing
	guise network reload >/dev/null
	same "$(codes)" ""
	same "$(far ask 192.0.2.1 8080)" 192.0.2.2
	guise rm -f web
	no_neighbour
}

@test "the network that ports lead to can't be taken off while the container runs; afterwards they lead to another" {
	guise network create web
	server a --network bridge --network web -p 8080:8000
	run --separate-stderr guise network disconnect bridge a
	failed_with 125 'disconnect container a from network bridge: its published ports lead there'
	guise explain --check a >/dev/null
	guise network disconnect web a >/dev/null
	guise network connect web a >/dev/null
	guise stop -t 0 a >/dev/null
	guise network disconnect bridge a >/dev/null
	rm share/ready-a
	guise start a >/dev/null
	await test -e share/ready-a
	same "$(py ask 127.0.0.1 8080)" "$(guise inspect -f '{{.NetworkSettings.Networks.web.Gateway}}' a)"
	guise rm -f a
	guise network rm web >/dev/null
}

@test "where somebody else has one of a range meanwhile, the others of it stay" {
	server web -p 8000-8049:8000-8049
	nft 'delete element inet guise published { tcp . 8040 }; delete element inet guise published { tcp . 8001 }
		add element inet guise published { tcp . 8040 : 10.9.9.9 . 80 }'
	run guise network reload
	has "publish .*port 8040/tcp: it is published already, by somebody else's element" "$output"
	same "$(nft list map inet guise published | grep -c 'tcp \. 80[0-4][0-9] comment "guise port of')" 49
	nft 'delete element inet guise published { tcp . 8040 }'
	guise network reload >/dev/null
	guise explain --check web >/dev/null
	guise rm -f web
}

@test "the script of --dry-run makes the same rules, and its port leads there" {
	neighbour
	before=$(machine)
	table() { nft list table inet guise | sed -E 's/container [0-9a-f]{12}/container ID/; s/10\.10\.0\.[0-9]+ /ADDRESS /'; }
	ports=(-p 8083:8000 -p 127.0.0.1:5353:5353/udp -p 8100-8101:8000-8001)
	server web "${ports[@]}"
	table >real
	guise rm -f web
	settle
	guise run --dry-run --hostname script --cgroup-parent "$PARENT" -v "$DIR/share:/mnt" "${ports[@]}" host: \
		sh -c 'python3 /mnt/publish.py serve 8000 5353 & until [ -e /mnt/go ]; do sleep .1; done' >script
	unshare --mount --propagation private sh -e script >said 2>&1 &
	await test -e share/ready-script
	table | diff real -
	same "$(far ask 192.0.2.1 8083)" 192.0.2.2
	touch share/go
	wait $!
	unchanged "$before"
	no_neighbour
}

# ---- those of users

as_nobody() {
	(cd user && HOME=$DIR/user setpriv --reuid 65534 --regid 65534 --clear-groups \
		env -u XDG_RUNTIME_DIR USER=nobody timeout 100 "$GUISE" --root "$DIR/user/state" "$@")
}

# A user with a device that pasta needs, whether the machine's is for users or not, on a machine with a neighbour, by whom the
# way out is. (That pasta of 2023 doesn't pass on what a server says first, but to the machine itself.)
user() {
	need_program pasta passt
	mkdir -m 755 user
	chown 65534:65534 user
	chmod 777 share
	mknod tun c 10 200 && chmod 666 tun && mount --bind tun /dev/net/tun || skip "no /dev/net/tun for users"
	setpriv --reuid 65534 --clear-groups sh -c '. /dev/null <>/dev/net/tun' 2>/dev/null || skip "no /dev/net/tun for users"
	neighbour
	ip route add default via 192.0.2.2
	ip -6 route add default via fd00:99::2
}
no_user() {
	no_neighbour
	umount /dev/net/tun
}

@test "a user's container publishes ports by pasta: port and ps tell them; one that is taken is an error; they end with it" {
	user
	as_nobody run -d --name web --hostname web -p 8080:8000 -p 127.0.0.1:5300:5353/udp -p 8000 -p 8090-8091:8000-8001 \
		-v "$DIR/share:/mnt" host: sh -c 'python3 -m http.server -b :: -d /mnt 8000 & exec python3 /mnt/publish.py serve 8001 5353' >/dev/null
	await test -e share/ready-web
	await curl -so /dev/null 127.0.0.1:8080/ready-web
	free=$(as_nobody port web 8000/tcp | sed -n 's/^0\.0\.0\.0://p' | grep -v -e 8080 -e 8090)
	same "$(as_nobody port web | sort)" "$(printf '%s\n' "5353/udp -> 127.0.0.1:5300" "8000/tcp -> 0.0.0.0:$free" "8000/tcp -> 0.0.0.0:8080" \
		"8000/tcp -> 0.0.0.0:8090" "8001/tcp -> 0.0.0.0:8091" | sort)"
	has '127\.0\.0\.1:5300->5353/udp' "$(as_nobody ps)"
	for at in 127.0.0.1:8080 192.0.2.1:8080 '[::1]:8080' "127.0.0.1:$free" 127.0.0.1:8090; do
		curl -sS -m 30 -o /dev/null "$at/publish.py"
	done
	ip netns exec "$PARENT" curl -sS -m 30 -o /dev/null 192.0.2.1:8080/publish.py
	same "$(py ask 127.0.0.1 8091)" 127.0.0.1
	has '^web ' "$(py asku 127.0.0.1 5300)"
	run as_nobody run --name other -p 8080:80 host: true
	same "$status" 125
	has 'publish port 8080/tcp: container web publishes it' "$output"
	run as_nobody run --name other -p 8082:80/sctp host: true
	same "$status" 125
	has 'passes on tcp and udp only' "$output"
	run as_nobody run --name other -p 80:80 host: true
	same "$status" 125
	has 'port 80/tcp.*ermission' "$output"
	same "$(as_nobody network reload 2>&1)" ""
	as_nobody explain --check web >/dev/null
	has "'?-t'? 8080:8000 " "$(as_nobody explain --format shell web | tr -d \'\")"
	as_nobody rm -f web >/dev/null
	await sh -c '! ss -tlnH | grep -q -e :8080 -e :8090'
	no_user
}
