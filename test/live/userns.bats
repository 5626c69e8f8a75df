#!/usr/bin/env bats
# User namespaces: root's containers with ids of their own, and containers of a user without root.

load common

# guise as nobody: no subordinate ids, hence a single mapped id. Its state directory is $DIR/user/state.
as_nobody() {
	mkdir -p user
	chown 65534:65534 user
	(cd user && HOME=$DIR/user setpriv --reuid 65534 --regid 65534 --clear-groups \
		env -u XDG_RUNTIME_DIR USER=nobody "$GUISE" --root "$DIR/user/state" run --rm "$@")
}

@test "--userns auto: root inside is nobody's id outside, 65536 ids" {
	make_root root
	run box --userns auto dir:root sh -c 'id -u; cat /proc/self/uid_map; readlink /proc/self/ns/user'
	same "$status" 0
	same "${lines[0]}" 0
	read -r inside outside size <<<"${lines[1]}"
	same "$inside:$size" 0:65536
	[ "$outside" -ge 100000 ]
	[ "${lines[2]}" != "$(readlink /proc/self/ns/user)" ]
}

@test "--userns auto: the image's files belong to the container's ids, on disk to the image's" {
	[ "$(stat -fc %T "$DIR")" != fuseblk ] || skip "no idmapped mounts on FUSE"
	make_root root
	chown 1000 root/tmp
	run box --userns auto dir:root sh -c 'stat -c %u /etc /tmp; touch /etc/mine'
	same "$status:${lines[*]}" "0:0 1000"
	same "$(stat -c %u root/etc/mine)" 0
}

@test "--userns UID:HOST:SIZE: just that" {
	run box --userns 0:200000:2000 dir:"$ROOTFS" sh -c 'cat /proc/self/uid_map /proc/self/gid_map'
	same "$status" 0
	for line in "${lines[@]}"; do same "$(echo $line)" "0 200000 2000"; done
	box_detached --name a --userns 0:200000:2000 dir:"$ROOTFS" sleep 1000
	same "$(stat -c %u "/proc/$(pid_of a)")" 200000
	for bad in 0:1 0:x:1 0:4294967295:1 0:1:0 nonsense; do
		run --separate-stderr box --userns $bad dir:"$ROOTFS" true
		failed_with 125 "$bad"
	done
}

@test "--overlay with a narrow --userns: a root whose owner the container has no id for is its root's" {
	[ "$(stat -fc %T "$DIR")" != fuseblk ] || skip "no idmapped mounts on FUSE"
	make_root root
	for owner in 5000:5 5:5000 5000:5000; do
		chown $owner root
		run box --userns 0:300000:1000 --overlay dir:root sh -c 'stat -c %u:%g /; echo new >/etc/file; cat /etc/file'
		same "$status:${lines[*]}" "0:${owner//5000/0} new"
	done
}

@test "--userns auto with host:" {
	need_idmapped_host
	run box --userns auto host: sh -c 'id -u; echo x >/etc/new && cat /etc/new'
	same "$status:${lines[*]}" "0:0 x"
	[ ! -e /etc/new ]
}

@test "--userns auto with limits, a bridge and a volume" {
	mkdir src
	run box --userns auto --network bridge --memory 32m --pids-limit 20 -v "$DIR/src:/mnt:ro" dir:"$ROOTFS" sh -c \
		'ip -o addr show eth0 | grep -c 10.10.0.2 && ls /mnt'
	same "$status:$output" 0:1
}

@test "--userns auto below directories that only root may enter" {
	make_root root
	STATE=$DIR/closed/state
	mkdir -m 700 closed
	for root in dir:root host:; do
		[ $root != host: ] || need_idmapped_host
		run box --userns auto $root id -u
		same "$status:$output" 0:0
	done
	run box --userns 0:100000:65536 -v "$DIR/closed:/mnt" dir:"$ROOTFS" id -u
	same "$status:$output" 0:0
}

@test "--userns host, and none by default" {
	for option in "--userns host" ""; do
		run box $option dir:"$ROOTFS" readlink /proc/self/ns/user
		same "$output" "$(readlink /proc/self/ns/user)"
	done
}

@test "without root: dir: with one mapped id" {
	make_root root
	chown -R 65534:65534 root
	run --separate-stderr as_nobody --network none dir:../root sh -c 'id -u; cat /proc/self/uid_map; echo $$; hostname; echo x >/tmp/file'
	same "$status" 0
	same "${lines[0]}" 0
	same "$(echo ${lines[1]})" "0 65534 1"
	same "${lines[2]}" 1
	same "$(stat -c %u root/tmp/file)" 65534
}

@test "without root: host:" {
	run as_nobody --network none host: sh -c 'id -u; echo $$; echo x >/tmp/file && cat /tmp/file; ls -d /etc/passwd'
	same "$status:${lines[*]}" "0:0 1 x /etc/passwd"
}

@test "without root: subordinate ids by newuidmap" {
	need_program newuidmap uidmap
	# files of this test's mount namespace alone
	cp /etc/passwd /etc/subuid /etc/subgid .
	echo 'nobody:300000:65536' | tee -a subuid >>subgid
	for file in subuid subgid; do mount --bind $file /etc/$file; done
	make_root root
	chown -R 65534:65534 root
	run as_nobody --network none dir:../root sh -c 'cat /proc/self/uid_map; touch /tmp/x && chown 5 /tmp/x && stat -c %u /tmp/x'
	umount /etc/subuid /etc/subgid
	same "$status" 0
	same "$(echo ${lines[0]})" "0 65534 1"
	same "$(echo ${lines[1]})" "1 300000 65536"
	same "${lines[2]}" 5
	same "$(stat -c %u root/tmp/x)" 300004
}

# guise as ann, uid 4321 and gid 4322, who has subordinate ids: files of this test's mount namespace alone
as_ann() {
	mkdir -p ann
	chown 4321:4322 ann
	cp /etc/passwd /etc/subuid /etc/subgid .
	echo 'ann:x:4321:4322::/:/bin/sh' >>passwd
	echo 'ann:300000:65536' | tee -a subuid >>subgid
	for file in passwd subuid subgid; do mount --bind $file /etc/$file; done
	(cd ann && HOME=$DIR/ann setpriv --reuid 4321 --regid 4322 --clear-groups \
		env -u XDG_RUNTIME_DIR "$GUISE" --root "$DIR/ann/state" run --rm --network none "$@") || true
	umount /etc/passwd /etc/subuid /etc/subgid
}

@test "--userns keep-id: a user is the same inside, and runs the command" {
	need_program newuidmap uidmap
	make_root root
	chown -R 4321:4322 root
	mkdir -m 700 data
	chown 4321:4322 data
	run as_ann --userns keep-id -v "$DIR/data:/mnt" dir:../root sh -c 'id -u; id -g; cat /proc/self/uid_map; touch /mnt/file; stat -c %u:%g / /mnt/file'
	same "${lines[0]} ${lines[1]}" "4321 4322"
	same "$(echo ${lines[@]:2:3})" "0 300000 4321 4321 4321 1 4322 304321 61215"
	same "${lines[*]:5}" "4321:4322 4321:4322"
	same "$(stat -c %u:%g data/file)" 4321:4322
	run as_ann --userns keep-id:uid=1000,gid=2000 -v "$DIR/data:/mnt" dir:../root sh -c 'id -u; id -g; stat -c %u:%g /mnt/file; echo $HOME'
	same "${lines[*]}" "1000 2000 1000:2000 /home/ann"
	run as_ann --userns keep-id --user 0 dir:../root sh -c 'id -u; chown 5 /tmp; stat -c %u /tmp'
	same "${lines[*]}" "0 5"
	same "$(stat -c %u root/tmp)" 300005
	run --separate-stderr box --userns keep-id dir:root true
	failed_with 125 "use --userns keep-id: it keeps the ids of a user, .*; leave it out, or use --userns auto"
	run --separate-stderr as_nobody --userns keep-id --network none dir:../root true
	failed_with 125 "use --userns keep-id: it takes subordinate ids; /etc/subuid or /etc/subgid has none for nobody"
}

@test "without root: that there is no network is said, unless it was asked for" {
	make_root root
	mkdir -m 700 user
	chown 65534:65534 user
	run --separate-stderr as_nobody --network none dir:../root true
	same "$status" 0
	has_not 'no network' "$stderr"
	if ! setpriv --reuid 65534 --clear-groups test -r /dev/net/tun -a -w /dev/net/tun || ! command -v pasta >/dev/null; then
		run --separate-stderr as_nobody dir:../root true
		same "$status" 0
		has 'no network but its own loopback: pasta ' "$stderr"
	fi
}

@test "without root: pasta's words are said only when it fails" {
	make_root root
	mkdir -m 700 user
	chown 65534:65534 user
	mkdir -m 755 bin
	printf '#!/bin/sh\necho chatter >&2\necho "the reason" >&2\nexit 3\n' >bin/pasta
	chmod 755 bin/pasta
	PATH=$PWD/bin:$PATH
	run --separate-stderr as_nobody --network pasta dir:../root true
	same "$status" 125
	has 'status 3: the reason' "$stderr"
	has_not '^chatter|^the reason' "$stderr"
	sed -i 's/exit 3/exit 0/' bin/pasta
	run --separate-stderr as_nobody --network pasta dir:../root true
	same "$status" 0
	has_not 'chatter|the reason' "$stderr"
}

@test "without root: outside access through pasta" {
	need_program pasta passt
	setpriv --reuid 65534 --clear-groups test -r /dev/net/tun -a -w /dev/net/tun ||
		skip "this machine has no /dev/net/tun that a user may open"
	make_root root
	chown -R 65534:65534 root
	ip link add uplink type bridge
	ip addr add 192.0.2.5/24 dev uplink
	ip link set uplink up
	ip route add default via 192.0.2.1
	run timeout 100 bash -c "$(declare -f as_nobody); as_nobody --network pasta dir:../root ip -o addr"
	ip link delete uplink
	same "$status" 0
	has '192\.0\.2\.5' "$output"
}

@test "without root: --network none leaves loopback alone" {
	make_root root
	chown -R 65534:65534 root
	run --separate-stderr as_nobody --network none dir:../root sh -c 'ip -o link | grep -c .; ip addr show lo | grep -c 127.0.0.1'
	same "$status:${lines[*]}" "0:1 1"
}

@test "without root: the namespaces of one's own container" {
	make_root root
	chown -R 65534:65534 root
	as_nobody -d --name a --network none dir:../root sleep 1000
	for joined in "--network container:a" "--network container:a --pid container:a --uts container:a"; do
		# shellcheck disable=SC2086 # options
		run as_nobody $joined dir:../root sh -c 'id -u; readlink /proc/self/ns/net; touch /tmp/x && rm /tmp/x; ip addr show lo | grep -c 127.0.0.1'
		first=$(jq .pid user/state/containers/*/process.json)
		same "$status:${lines[*]}" "0:0 $(readlink "/proc/$first/ns/net") 1"
	done
	kill -KILL "$first"
}

@test "without root: a limit where no cgroup is delegated is an error that says so" {
	make_root root
	chown -R 65534:65534 root
	for option in "--memory 50m" "--pids-limit 5" "--cpus 0.5"; do
		run --separate-stderr as_nobody --network none $option dir:../root true
		failed_with 125 ".*: .*; "
	done
}

@test "without root: a delegated cgroup makes limits possible" {
	need_world v2 "only cgroup v2 can be delegated to a user"
	make_root root
	chown -R 65534:65534 root
	cgroup=/sys/fs/cgroup/$PARENT
	mkdir -p "$cgroup/delegated/shell"
	echo "+memory +pids" >"$cgroup/cgroup.subtree_control"
	chown -R 65534 "$cgroup/delegated"
	chown 65534 "$cgroup/delegated/"cgroup.{procs,subtree_control,threads}
	run bash -c "echo \$\$ >$cgroup/delegated/shell/cgroup.procs; $(declare -f as_nobody)
		as_nobody --network none --memory 32m --pids-limit 9 dir:../root cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max 2>/dev/null"
	same "$status:${lines[*]}" "0:33554432 9"
}

# ---- whose ids they are

# The files that say so, as this test has them.
subids() { # USER:FIRST:COUNT
	for file in subuid subgid; do
		[ -e "/etc/$file" ] || touch "/etc/$file"
		printf '%s\n' "$@" >"$file"
		mount --bind "$file" "/etc/$file"
	done
}

@test "--userns auto: no two containers that live have an id in common, until all are taken" {
	first() { head -n 1 "/proc/$(pid_of "$1")/uid_map" | awk '{ print $2, $3 }'; }
	subids guise:300000:131072
	for name in a b; do box_detached --userns auto --name $name dir:"$ROOTFS" sleep 1000; done
	same "$(printf '%s\n' "$(first a)" "$(first b)" | sort)" $'300000 65536\n365536 65536'
	run --separate-stderr box --userns auto dir:"$ROOTFS" true
	failed_with 125 'take a range of ids for --userns auto: all 2 are taken; give more to guise in /etc/subuid'
	has "$(first b | cut -d' ' -f1) to" "$(guise explain b)"
	gone=$(first b)
	guise rm -f b
	box_detached --userns auto --name c dir:"$ROOTFS" sleep 1000
	same "$(first c)" "$gone"
	# a guise that was killed in the middle leaves one that nobody has
	guise rm -f c
	echo -n "$(printf %064d 7)" >"$STATE/ids/${gone% *}"
	box_detached --userns auto --name d dir:"$ROOTFS" sleep 1000
	same "$(first d)" "$gone"
	guise rm -f a d
	same "$(ls "$STATE/ids")" ""
	umount /etc/subuid /etc/subgid
}

@test "--userns auto: what is shared, or missing, is said" {
	subids guise:300000:65536
	box_detached --userns auto --name a dir:"$ROOTFS" sleep 1000
	run --separate-stderr box --userns auto dir:"$ROOTFS" cat /proc/self/uid_map
	has '^ +0 +300000 +65536$' "$output"
	has 'all containers of --userns auto share the ids from 300000 on' "$stderr"
	umount /etc/subuid /etc/subgid
	# by uid, whatever the environment says
	subids nobody:400000:1000
	getent passwd 65534 | grep -q ^nobody: || skip "no nobody here"
	as_user() { (cd user && USER=root HOME=$DIR/user XDG_RUNTIME_DIR=$DIR/user setpriv --reuid 65534 --regid 65534 --clear-groups "$GUISE" "$@"); }
	mkdir user; chown 65534:65534 user; cp -a "$ROOTFS" root; chown -hR 65534:65534 root
	run --separate-stderr as_user run --rm --network none dir:"$DIR/root" cat /proc/self/uid_map
	if command -v newuidmap; then
		has '^ +1 +400000 +1000$' "$output"
		has 'only 1001 of the ids inside are there' "$stderr"
	fi
	subids guise:300000:65536
	run --separate-stderr as_user run --rm --network none dir:"$DIR/root" cat /proc/self/uid_map
	has '^ +0 +65534 +1$' "$output"
	has 'only the id 0 is there inside: /etc/subuid or /etc/subgid has none for nobody; as root, usermod' "$stderr"
	umount /etc/subuid /etc/subgid /etc/subuid /etc/subgid
}
