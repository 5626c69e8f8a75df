#!/usr/bin/env bats
# explain --check: a container with every kind of step is as planned; then each is changed behind guise's
# back, and found. (What cannot be changed from outside: src/plan/steps/check_test.c.)

load common

# A container with every kind of step that root's containers have. The host's $DIR/shared is a shared mount.
make_all() { # OPTIONS... COMMAND
	mkdir -p src shared
	echo text >src/file
	mount --bind shared shared
	mount --make-shared shared
	guise run -d -t --name a --cgroup-parent "$PARENT" --network bridge --hostname web --memory 32m --cpus 0.5 \
		--pids-limit 50 --cpuset-cpus 0 --oom-score-adj 100 -v "$DIR/src:/mnt/dir:ro" \
		-v "$DIR/src/file:/mnt/file" -v "$DIR/shared:/mnt/slave:rslave" -v "$DIR/shared:/mnt/shared:rshared" \
		--tmpfs /opt:size=1m --tmpfs /run --device /dev/null:/dev/mine --sysctl kernel.shmmni=123 \
		--sysctl net.ipv4.ip_local_port_range="20000 30000" --ulimit nofile=100:200 -w /srv "$@"
}

# What is not ok of the steps of one kind, a line each: "different: what the kernel has".
found() { # KIND
	guise explain --check --format json a >checked || true
	jq -r --arg kind "$1" '.steps[] | select(.step == $kind and .check != "ok") | "\(.check): \(.now // .why)"' checked
}

# This is said of the steps of that kind that have changed, a line each.
finds() { # KIND "CHECK: NOW"
	local now=${2#*: }

	same "$(found "$1")" "$2"
	run guise explain --check a
	same "$status" 1
	has "^          # now: ${now%%$'\n'*}" "$output"
}

# Nothing is wrong, and these kinds of steps, one a line, are not known.
all_ok() { # [KIND...]
	run guise explain --check a
	same "$status" 0
	has_not '^(missing|different)' "$output"
	guise explain --check --format json a >checked
	same "$(jq -r '.steps[] | select(.check != "ok") | "\(.step) \(.check)"' checked | sort -u)" \
		"$([ $# = 0 ] || printf '%s unknown\n' "$@")"
	same "$(grep -c '^-' <<<"$output")" "$(jq '[.steps[] | select(.check == "unknown")] | length' checked)"
}

inside() { nsenter --target "$(pid_of a)" "$@"; }

@test "a container with everything is as planned" {
	make_all host: sleep 1000
	all_ok
	[ "$(grep -c '^ok' <<<"$output")" -gt 60 ]
	guise rm -f a
	make_all --user 33:44 --group-add 29 --group-add 7 --cap-add NET_ADMIN --read-only --init host: sleep 1000
	all_ok
	guise rm -f a
	make_all --privileged --security-opt no-new-privileges=false --overlay dir:"$ROOTFS" sleep 1000
	all_ok
}

@test "in a user namespace, too; what is below an overlay is not known" {
	make_root root
	guise run -d --name a --cgroup-parent "$PARENT" --userns auto --device /dev/null:/dev/mine --user 1000:100 \
		--group-add 29 --memory 32m dir:root sleep 1000
	all_ok user
	guise rm -f a
	need_idmapped_host
	box_detached --name a --userns auto host: sleep 1000
	all_ok tree user
	has '# not known: .*overlay' "$output"
	has '# not known: it was root until' "$output"
	same "$(jq -r '.steps[] | select(.step == "tree" and .why).why' checked | sort -u)" \
		"it is below an overlay, which does not tell how the owners of its layers are mapped"
}

# guise as nobody, with a state directory of its own.
as_nobody() {
	mkdir -p user
	chown 65534:65534 user
	(cd user && HOME=$DIR/user setpriv --reuid 65534 --regid 65534 --clear-groups \
		env -u XDG_RUNTIME_DIR USER=nobody "$GUISE" --root "$DIR/user/state" "$@")
}

@test "without root" {
	as_nobody run -d --name a --network none --hostname web --sysctl net.ipv4.ip_unprivileged_port_start=80 \
		--sysctl kernel.shmmni=123 --ulimit nofile=100:200 --tmpfs /opt --device /dev/null:/dev/mine host: sleep 1000
	run as_nobody explain --check a
	same "$status:$(grep -c '^-' <<<"$output")" 0:1
	[ "$(grep -c '^ok' <<<"$output")" -gt 50 ]
	pid=$(jq .pid user/state/containers/*/runs/1/process.json)
	nsenter --target "$pid" --uts --net --mount sh -c 'hostname other; ip link set lo down; umount /opt; rm /dev/fd'
	run as_nobody explain --check a
	same "$status" 1
	# (the machine's /opt lies under it)
	for now in 'the hostname: other, not web' 'lo is down' 'nothing is mounted on /opt' 'there is no /dev/fd'; do
		has "^ *# now: $now\$" "$output"
	done
}

@test "without root: --ipc of another container, with its shared memory" {
	as_nobody run -d --name a --network none host: sh -c 'echo of a >/dev/shm/file; exec sleep 1000'
	await test -s "/proc/$(jq .pid user/state/containers/*/runs/1/process.json)/root/dev/shm/file"
	run as_nobody run --rm --network none --ipc container:a host: cat /dev/shm/file
	same "$output" "of a"
	as_nobody run -d --name b --network container:a --ipc container:a host: sleep 1000
	run as_nobody explain --check b
	same "$status:$(grep -c '^-' <<<"$output")" 0:1
}

@test "without root: pasta" {
	need_program pasta passt
	setpriv --reuid 65534 --clear-groups test -r /dev/net/tun -a -w /dev/net/tun ||
		skip "this machine has no /dev/net/tun that a user may open"
	ip link add uplink type bridge
	ip addr add 192.0.2.5/24 dev uplink
	ip link set uplink up
	ip route add default via 192.0.2.1
	timeout 100 bash -c "$(declare -f as_nobody); as_nobody run -d --name a --network pasta host: sleep 1000"
	ip link delete uplink
	run as_nobody explain --check a
	same "$status" 0
	kill "$(cat user/state/containers/*/pasta.pid)"
	await sh -c "! kill -0 $(cat user/state/containers/*/pasta.pid)"
	run as_nobody explain --check a
	same "$status" 1
	has '# now: pasta has ended' "$output"
}

@test "another's namespaces, until that one has ended" {
	guise run -d --name other --cgroup-parent "$PARENT" --network bridge host: sleep 1000
	guise run -d --name a --cgroup-parent "$PARENT" --network container:other --ipc container:other \
		--security-opt seccomp=unconfined --cap-add SYS_ADMIN --user 0 host: sh -c \
		'until [ -e /go ]; do sleep .1; done; exec unshare --net sleep 1000'
	all_ok
	touch "/proc/$(pid_of a)/root/go"
	await grep -q '^sleep' "/proc/$(pid_of a)/comm"
	same "$(found join-ns)" "different: it is in another net namespace"
	guise rm -f other
	has '^unknown: whose namespace that was has ended' "$(found join-ns)"
	has '^unknown: where it came from, /dev/shm is gone' "$(found tree)"
}

@test "names, parameters, limits" {
	make_all host: sleep 1000
	inside --uts hostname other
	finds hostname "different: the hostname: other, not web"
	inside --uts python3 -c 'import socket; socket.sethostname("a\033[31mb")'
	same "$(found hostname)" "different: the hostname: a?[31mb, not web"
	nsenter --ipc --target "$(pid_of a)" sh -c 'echo 7 >/proc/sys/kernel/shmmni'
	finds sysctl "different: kernel.shmmni: value: 7, not 123"
	nsenter --net --target "$(pid_of a)" sh -c 'echo 20001 30001 >/proc/sys/net/ipv4/ip_local_port_range'
	has '^different: net.ipv4.ip_local_port_range: value: 20001 30001, not 20000 30000$' "$(found sysctl)"
	prlimit --pid "$(pid_of a)" --nofile=50:60
	finds rlimit "different: nofile: soft: 50, not 100; hard: 60, not 200"
	echo 500 >"/proc/$(pid_of a)/oom_score_adj"
	finds oom-score "different: oom_score_adj: 500, not 100"
}

@test "cgroups" {
	make_all host: sleep 1000
	id=$(jq -r .id "$STATE"/containers/*/container.json | head -n 1)
	dir=$(cgroup_of pids "$id")
	echo 500 >"$dir/pids.max"
	finds cgroup-set "different: pids.max: value: 500, not 50"
	if [ "$(world)" != v2 ]; then
		echo "$(pid_of a)" >"$dir/../cgroup.procs"
		has "^different: its process is in: .*, not $dir\$" "$(found cgroup-join)$(found cgroup-enter)"
		rmdir "$dir"
		same "$(found cgroup)" "missing: null"
	fi
}

@test "the devices that it may use" {
	need_program python3 python3
	make_all host: sleep 1000
	id=$(jq -r .id "$STATE"/containers/*/container.json | head -n 1)
	if [ "$(world)" = v1 ]; then
		echo 'c 1:11 r' >"$(cgroup_of devices "$id")/devices.allow"
		has 'different: rules: .*allow c 1:11 r' "$(found cgroup-devices)"
		return
	fi
	home=$(jq -r '.plan[] | select(.step == "cgroup-devices").path' "$STATE"/containers/*/runs/1/run.json)
	python3 - "$home" <<-'END'
		import ctypes, os, sys
		# bpf(2) on x86_64: BPF_PROG_QUERY 16, BPF_PROG_GET_FD_BY_ID 13, BPF_PROG_DETACH 9; attach type BPF_CGROUP_DEVICE 6
		bpf = lambda cmd, attr: ctypes.CDLL(None, use_errno=True).syscall(321, cmd, attr, 128)
		buf = lambda *words: ctypes.create_string_buffer(b"".join(w.to_bytes(n, "little") for w, n in words), 128)
		ids = (ctypes.c_uint32 * 8)()
		cgroup = os.open(sys.argv[1], os.O_RDONLY)
		assert bpf(16, buf((cgroup, 4), (6, 4), (0, 4), (0, 4), (ctypes.addressof(ids), 8), (8, 4))) == 0
		prog = bpf(13, buf((ids[0], 4)))
		assert prog >= 0 and bpf(9, buf((cgroup, 4), (prog, 4), (6, 4))) == 0
	END
	finds cgroup-devices "missing: no BPF program is attached to the cgroup"
}

@test "mounts" {
	make_all host: sleep 1000
	inside --mount umount /opt
	finds mount "missing: nothing is mounted on /opt"
	inside --mount mount -t tmpfs tmpfs /opt -o nosuid,nodev
	finds mount "different: /opt: it is: nosuid,nodev, without noexec"
	inside --mount mount -o remount,bind,ro,nosuid,nodev,noexec /opt
	finds mount "different: /opt: it is: ro,nosuid,nodev,noexec, with ro"
	inside --mount mount -o remount,bind,rw,nosuid,nodev,noexec /opt
	all_ok
	inside --mount mount --make-shared /opt
	finds mount "different: /opt: propagation: shared, not private"
	inside --mount mount --make-private /opt
	inside --mount mount -o remount,bind,rw /mnt/dir
	has "^different: /mnt/dir: it is: .*, without ro\$" "$(found mount)"
	inside --mount mount -o remount,bind,ro /mnt/dir
	# over it, a tmpfs, and the same again of another type
	inside --mount mount -t tmpfs tmpfs /mnt/dir -o ro
	has '^different: /mnt/dir: source: / of tmpfs, not ' "$(found mount)"
	inside --mount umount /mnt/dir
	inside --mount mount -t ramfs ramfs /dev/shm -o nosuid,nodev,noexec
	finds mount "different: /dev/shm: type: ramfs, not tmpfs; source: ramfs, not tmpfs"
	inside --mount umount /dev/shm
	# --tmpfs /run lies over the one that host: has
	inside --mount umount /run
	has '^missing: nothing is mounted on /run$' "$(found mount)"
}

@test "mounts: what the host has replaced since" {
	make_all host: sleep 1000
	echo new >src/new
	mv src/new src/file
	has '^different: /mnt/file: source: .*file//deleted of .*, not .*/src/file$' "$(found mount)"
	rm src/file
	has '^different: /mnt/file: source: .*file//deleted of .* .the host has nothing there any more., not .*/src/file$' "$(found mount)"
}

@test "mounts: connected with the host's or not" {
	make_all host: sleep 1000
	inside --mount mount --make-private /mnt/slave
	finds mount "different: /mnt/slave is private, and not connected with the host's"
	inside --mount mount --make-slave /mnt/shared
	has '^different: /mnt/shared: propagation: slave, not shared$' "$(found mount)"
	inside --mount umount /mnt/slave
	inside --mount umount /mnt/shared
	finds tree "missing: no mount of the container shows $DIR/shared
missing: no mount of the container shows $DIR/shared"
}

@test "devices and links" {
	make_all host: sleep 1000
	dev=/proc/$(pid_of a)/root/dev
	rm "$dev/mine"
	finds device "missing: there is no /dev/mine"
	mkfifo "$dev/mine"
	finds device "different: /dev/mine: type: p, not c; mode: 0644, not 0666"
	rm "$dev/mine"
	ln -s null "$dev/mine"
	finds device "different: /dev/mine: type: l, not c; major: 0, not 1; minor: 0, not 3; mode: 0777, not 0666"
	rm "$dev/mine"
	mknod -m 666 "$dev/mine" c 1 5
	finds device "different: /dev/mine: minor: 5, not 3"
	rm "$dev/mine"
	mknod -m 600 "$dev/mine" c 1 3
	finds device "different: /dev/mine: mode: 0600, not 0666"
	chown 7:8 "$dev/mine"
	chmod 666 "$dev/mine"
	finds device "different: /dev/mine: uid: 7, not 0; gid: 8, not 0"
	ln -sfn $'/etc\n/x' "$dev/fd"
	same "$(found symlink)" "different: /dev/fd: to: /etc /x, not /proc/self/fd"
	rm "$dev/fd"
	finds symlink "missing: there is no /dev/fd"
	echo >"$dev/fd"
	finds symlink "different: /dev/fd is no symbolic link"
}

@test "the terminal" {
	make_all host: sleep 1000
	inside --mount --pid umount /dev/console
	finds console "different: /dev/console is not its terminal"
	rm "/proc/$(pid_of a)/root/dev/console"
	finds console "missing: there is no /dev/console"
}

@test "masks and read-only paths" {
	make_all --cap-add SYS_ADMIN host: sleep 1000
	inside --mount --pid umount /proc/keys
	finds mask "missing: /proc/keys can be seen, of a proc"
	inside --mount umount /sys/firmware
	has '^missing: /sys/firmware can be seen, of a sysfs$' "$(found mask)"
	inside --mount mount -o remount,bind,rw /proc/sys
	finds readonly "missing: /proc/sys can be written to"
}

@test "the root" {
	make_all --read-only host: sleep 1000
	inside --mount mount --make-shared /
	finds propagation "different: the propagation of /: shared, not private"
	inside --mount mount --make-private /
	all_ok
	inside --mount mount -o remount,bind,rw /
	has "^different: /: it is: .*, without ro\$" "$(found remount)"
	inside --mount mount -t tmpfs tmpfs /
	finds root "different: / is a tmpfs"
	has '^different: the root of its first process is ' "$(found pivot)"
}

@test "the root: a directory, and what a container makes its own root" {
	make_root root
	mkdir -p root/srv/bin
	cp root/bin/busybox root/srv/bin/sleep
	box_detached --name a dir:root sh -c 'until [ -e /go ]; do sleep .1; done; exec chroot /srv /bin/sleep 1000'
	all_ok
	touch root/go
	await grep -q '^sleep' "/proc/$(pid_of a)/comm"
	finds pivot "different: the root of its first process is /srv"
	same "$(found root)$(found mount)$(found mask)$(found device)" ""
	mv root moved
	make_root root
	has "^different: / shows .*/moved of " "$(found root)"
}

@test "the network" {
	make_all host: sleep 1000
	inside --net ip link set lo down
	finds address "different: lo is down"
	inside --net ip link set lo up
	inside --net ip route del default
	finds address "different: check link eth0: the default route should go through 10.10.0.1, but there is none"
	inside --net ip addr del 10.10.0.2/24 dev eth0
	finds address "different: check link eth0: it should have the address 10.10.0.2/24, but none"
	inside --net ip link set eth0 down
	finds address "different: check link eth0: it should be up, but it is down"
	inside --net ip link set eth0 name eth1
	has '^missing: ' "$(found address)"
	ip link set "$(links | grep ^gv)" down
	has '^different: gv.* is down$' "$(found veth)"
	ip link del "$(links | grep ^gv)"
	same "$(found veth)" "missing: null"
	echo 0 >/proc/sys/net/ipv4/ip_forward
	finds forward "different: net/ipv4/ip_forward: value: 0, not 1"
	nft flush chain inet guise postrouting
	has '^(missing|different): ' "$(found nat)"
	ip addr del 10.10.0.1/24 dev guise0
	has '^different: ' "$(found bridge)"
	ip link del guise0
	has '^missing: ' "$(found bridge)"
	echo another >"$(leases_of bridge)/10.10.0.2"
	finds lease "different: 10.10.0.2 belongs to another"
	rm "$(leases_of bridge)/names"
	same "$(found names)" "missing: null"
}

@test "the loopback" {
	box_detached --name a host: sleep 1000
	all_ok
	inside --net ip link set lo down
	finds loopback "different: lo is down"
}

@test "what the command has made of itself" {
	make_all host: sh -c 'sleep 1; cd /tmp; exec setpriv --reuid 5 --regid 6 --groups 7,8 --bounding-set -chown sleep 1000'
	all_ok
	await grep -q '^sleep' "/proc/$(pid_of a)/comm"
	# none of it is wrong: any command may, and many do
	all_ok bounding caps exec user workdir
	same "$(found exec)" "unknown: it has executed, or calls itself, sleep"
	same "$(found workdir)" "unknown: its first process is by now in: /tmp, not /srv"
	same "$(found user)" "unknown: uid: 5, not 0; gid: 6, not 0; groups: 7 8, not none"
	has '^unknown: CapEff: none, not .*; CapPrm: none, not CAP_' "$(found caps)"
	has '^unknown: CapBnd: CAP_DAC_OVERRIDE ' "$(found bounding)"
	rmdir "/proc/$(pid_of a)/root/srv" || rm -r "/proc/$(pid_of a)/root/srv"
	finds workdir "missing: there is no /srv"
}

@test "a container that has ended: all that dies with it is missing" {
	make_all host: sleep 1000
	kill -KILL "$(pid_of a)"
	await sh -c "! '$GUISE' --root '$STATE' ps | grep -q sleep"
	run guise explain --check a
	same "$status" 1
	has_not '^-' "$output"
	has '^missing +nsenter|^missing +hostname web' "$output"
}
