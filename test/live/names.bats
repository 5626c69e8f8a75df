#!/usr/bin/env bats
# /etc/hosts, /etc/hostname and /etc/resolv.conf of a container.

load common

net() { guise run --rm --cgroup-parent "$PARENT" "$@"; }
resolves='getent hosts "$(hostname)" || grep "$(hostname)" /etc/hosts'

@test "a container finds itself by its name, in every network" {
	has '^10\.10\.0\.2[[:space:]]+web$' "$(net --hostname web host: sh -c "$resolves")"
	has '^10\.10\.0\.[0-9]+[[:space:]]+web\.local web$' "$(net --hostname web.local host: sh -c "$resolves")"
	has '^127\.0\.1\.1[[:space:]]+web$' "$(net --network none --hostname web host: sh -c "$resolves")"
	has '^127\.0\.1\.1[[:space:]]+web$' "$(net --network host --hostname web host: sh -c "$resolves")"
	has '^10\.10\.0\.[0-9]+[[:space:]]+[0-9a-f]{12}$' "$(net host: sh -c "$resolves")"
	same "$(net --hostname web.local host: cat /etc/hostname)" web.local
	same "$(net --network host --uts host host: cat /etc/hosts)" "$(cat /etc/hosts)"
	same "$(net --network host --uts host host: cat /etc/hostname)" "$(uname -n)"
}

@test "localhost is there" {
	has '^127\.0\.0\.1[[:space:]]+localhost$' "$(net "dir:$ROOTFS" cat /etc/hosts)"
	has '^::1[[:space:]]+localhost' "$(net --network none "dir:$ROOTFS" cat /etc/hosts)"
}

@test "who is in another's network has what that one began with, in files of its own" {
	guise run -d --cgroup-parent "$PARENT" --name one --hostname web host: sleep 1000
	guise exec one sh -c 'echo 192.0.2.9 added >>/etc/hosts'
	has '192\.0\.2\.9 added' "$(guise exec one cat /etc/hosts)"
	run -0 net --network container:one host: sh -c 'cat /etc/hosts /etc/hostname; echo 192.0.2.10 mine >>/etc/hosts'
	has '^10\.10\.0\.2[[:space:]]+web$' "$output"
	has '^web$' "$output"
	has_not added "$output"
	has_not mine "$(guise exec one cat /etc/hosts)"
	has_not 'added|mine' "$(cat /etc/hosts)"
}

@test "what is written to them is the container's own memory, a little of it, and not in the state directory" {
	guise run -d --cgroup-parent "$PARENT" --name one host: sleep 1000
	before=$(du -s "$STATE/containers")
	for file in hosts hostname resolv.conf; do
		run guise exec one sh -c "head -c 50000000 /dev/zero >>/etc/$file"
		has 'No space left on device' "$output"
	done
	same "$(du -s "$STATE/containers")" "$before"
	run -0 guise exec one grep ' /etc/hosts ' /proc/self/mountinfo
	has ' rw,nosuid,nodev,noexec,.* - tmpfs ' "$output"
}

@test "name servers on the host's loopback are left out, and the host's network has them" {
	printf 'search example.org\nnameserver 127.0.0.1\nnameserver 192.0.2.53\n' >resolv
	with() { unshare --mount sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$PWD/resolv" "$GUISE" --root "$STATE" run --rm \
		--cgroup-parent "$PARENT" "$@" host: cat /etc/resolv.conf; }
	same "$(with)" $'search example.org\nnameserver 192.0.2.53'
	same "$(with --network host)" "$(cat resolv)"
	echo 'nameserver 127.0.0.1' >resolv
	same "$(with)" $'nameserver 8.8.8.8\nnameserver 8.8.4.4'
}

@test "--add-host: lines of one's own, and the machine's address" {
	run -0 net --hostname web --add-host db:192.0.2.7 --add-host 'six=[fd00::7]' --add-host up:host-gateway host: cat /etc/hosts
	has '^192\.0\.2\.7[[:space:]]+db$' "$output"
	has '^fd00::7[[:space:]]+six$' "$output"
	has '^10\.10\.0\.1[[:space:]]+up$' "$output"
	has '^10\.10\.0\.[0-9]+[[:space:]]+web$' "$output"
	has '^192\.0\.2\.7[[:space:]]+db$' "$(net --network host --add-host db:192.0.2.7 host: getent hosts db)"
	has '^127\.0\.0\.1[[:space:]]+up$' "$(net --network host --add-host up:host-gateway host: grep up$ /etc/hosts)"
	run ! net --network none --add-host up:host-gateway host: true
	has 'no address on the container.s network; use --network bridge' "$output"
	run ! net --add-host $'a\nb:192.0.2.7' host: true
	has 'not a host name' "$output"
	same "$(net --no-hosts --hostname web host: cat /etc/hosts)" "$(cat /etc/hosts)"
}

@test "the machine is reached by the name that host-gateway has, on a network of both families, and so is one by its own name" {
	guise network create --ipv6 both
	run -0 net --network both --hostname web --add-host up:host-gateway host: sh -c 'cat /etc/hosts; ping -c1 -W60 -4 up && ping -c1 -W60 -6 up && ping -c1 -W60 -6 web'
	same "$(grep -c 'up$' <<<"$output") $(grep -Ec '^[0-9a-f.:]+[[:space:]]web$' <<<"$output")" '2 2'
}

@test "--dns, --dns-search and --dns-option stand in place of what the machine has" {
	printf 'search example.org\nnameserver 192.0.2.53\noptions ndots:3\n' >resolv
	with() { unshare --mount sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$PWD/resolv" "$GUISE" --root "$STATE" run --rm \
		--cgroup-parent "$PARENT" "$@" host: cat /etc/resolv.conf; }
	same "$(with --dns 127.0.0.9 --dns fd00:0::53)" $'search example.org\noptions ndots:3\nnameserver 127.0.0.9\nnameserver fd00::53'
	same "$(with --network host --dns-search a.org --dns-search b.org)" $'nameserver 192.0.2.53\noptions ndots:3\nsearch a.org b.org'
	same "$(with --dns-search . --dns-opt ndots:1 --dns-option edns0)" $'nameserver 192.0.2.53\noptions ndots:1 edns0'
	run ! with --dns nine
	run ! with --dns-option 'a b'
	run ! with --network container:one --dns 192.0.2.1
	has 'the other, which has them already' "$output"
	guise run -d --cgroup-parent "$PARENT" --name one --add-host db=192.0.2.7 --dns 192.0.2.1 --dns-search a.org --dns-option ndots:1 host: sleep 1000
	same "$(guise inspect one | jq -c '.[0].HostConfig | [.ExtraHosts, .Dns, .DnsSearch, .DnsOptions]')" \
		'[["db:192.0.2.7"],["192.0.2.1"],["a.org"],["ndots:1"]]'
}

@test "where systemd's resolver is the machine's, what that asks is the container's" {
	printf 'nameserver 127.0.0.53\noptions edns0 trust-ad\n' >stub
	printf 'nameserver 192.0.2.77\n' >behind
	behind() { unshare --mount sh -c 'mount --bind "$0/stub" /etc/resolv.conf && mount -t tmpfs tmpfs /run &&
		mkdir -p /run/systemd/resolve && cp "$0/behind" /run/systemd/resolve/resolv.conf && exec "$@"' \
		"$PWD" "$GUISE" --root "$STATE" run --rm --cgroup-parent "$PARENT" "$@" host: cat /etc/resolv.conf; }
	same "$(behind)" 'nameserver 192.0.2.77'
	same "$(behind --network host)" "$(cat stub)"
	same "$(behind --dns-search a.org)" $'nameserver 192.0.2.77\nsearch a.org'
}

@test "what the user mounts there wins" {
	echo mine >mine
	chmod 644 mine
	same "$(net -v "$PWD/mine:/etc/hosts:ro" -v "$PWD/mine:/etc/resolv.conf:ro" host: cat /etc/hosts /etc/resolv.conf)" $'mine\nmine'
	mkdir etc
	echo theirs >etc/hosts
	same "$(net -v "$PWD/etc:/etc" "dir:$ROOTFS" cat /etc/hosts)" theirs
	guise run -d --cgroup-parent "$PARENT" --name one -v "$PWD/mine:/etc/hosts" host: sleep 1000
	net --network container:one host: true
}

@test "root file systems that have no /etc, are read-only, or have links there" {
	make_root root
	rm -rf root/etc
	has localhost "$(net dir:root cat /etc/hosts)"
	rm -rf root/etc
	mkdir root/etc
	ln -s ../run/systemd/resolve/stub-resolv.conf root/etc/resolv.conf
	has nameserver "$(net --overlay dir:root cat /etc/resolv.conf)"
	same "$(ls root/etc)" resolv.conf
	has localhost "$(net --read-only dir:root cat /etc/hosts)"
	run ! net --read-only dir:root sh -c 'echo a >/etc/other'
	mkdir ro
	mount --bind root ro
	mount -o remount,bind,ro ro
	rm root/etc/resolv.conf
	same "$(net dir:ro echo runs)" runs
	umount ro
}

@test "in a user namespace they belong to its root" {
	need_idmapped_host
	same "$(net --userns auto host: sh -c 'stat -c %u:%g /etc/hosts /etc/hostname /etc/resolv.conf | sort -u; echo added >>/etc/hosts && tail -n 1 /etc/hosts')" \
		$'0:0\nadded'
}

@test "they are as explained, until somebody takes one away" {
	guise run -d --cgroup-parent "$PARENT" --name one --read-only host: sleep 1000
	guise explain --check one
	nsenter --target "$(pid_of one)" --mount --pid umount /etc/hosts
	run ! guise explain --check one
	has 'now: nothing is mounted on /etc/hosts' "$output"
	guise stop -t 0 one
	guise rm one
}
