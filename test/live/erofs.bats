#!/usr/bin/env bats
# Layers that are kept as EROFS images (--storage erofs): what a container sees of them is what it sees of directories.

load common

need_for_all() {
	need_program mkfs.erofs erofs-utils
	grep -qw erofs /proc/filesystems || modprobe erofs 2>/dev/null || skip "this kernel has no EROFS"
	DIRS=$DIR/dirs
}

layout() { python3 "$BATS_TEST_DIRNAME/images.py" "$@"; }
tree() { python3 "$BATS_TEST_DIRNAME/tree.py" "$1"; }
store() { (cd "$STATE/images" && find . -mindepth 2 | sort); }
with_dirs() { "$GUISE" --root "$DIRS" "$@"; }

# One that is well, pulled: its name is localhost/NAME:1.
pulled() { # CASE [NAME]
	layout "$1" "${2:-$1}"
	guise pull -q --storage erofs "oci:${2:-$1}" >/dev/null
}

# The layers of an image's directory, on each other.
mounted() { # IMAGE-DIR DIR
	local lower=() n=0

	while [ -e "$1/$n" ]; do
		lower+=("$(realpath "$1/$n")")
		if [ -f "$1/$n" ]; then
			mkdir -p "$2.$n"
			mount -t erofs -o ro "${lower[n]}" "$2.$n"
			lower[n]=$2.$n
		fi
		n=$((n + 1))
	done
	mkdir "$2" "$2.none"
	(IFS=:; mount -t overlay -o "ro,lowerdir=${lower[*]}:$2.none" overlay "$2")
}
image_dir() { # STATE
	echo "$1"/images/manifests/*
}

@test "what people's and attackers' layers unpack to is the same in an EROFS image, kind by kind" {
	local c

	for c in kinds whiteouts anew special root; do
		layout $c $c
		with_dirs pull -q --storage directory oci:$c >/dev/null
		guise pull -q --storage erofs oci:$c >/dev/null
		for layer in "$STATE"/images/layers/*; do [ -f "$layer" ]; done
		same "$(ls "$STATE/images/new")" ""
		mounted "$(image_dir "$DIRS")" $c.d
		mounted "$(image_dir "$STATE")" $c.e
		tree $c.d >$c.tree
		[ "$(wc -l <$c.tree)" -gt 10 ]
		same "$(tree $c.e)" "$(cat $c.tree)"
		guise rmi $c:1
		with_dirs rmi $c:1
		same "$(store)" ""
	done
}

# A root with what is seldom, as an archive.
archive() {
	make_root tree
	cp --parents $(ldd /bin/cat | grep -o '/[^ ]*') tree
	# (su is a link to the machine's busybox)
	cp -L /bin/cat tree/bin/plain
	cp --remove-destination tree/bin/plain tree/bin/su
	cp tree/bin/plain tree/bin/raw
	echo secret >tree/secret
	chmod 600 tree/secret
	chown 70000:80000 tree/bin/plain
	chmod 4755 tree/bin/su
	setcap cap_net_raw+ep tree/bin/raw
	ln tree/bin/su tree/again
	truncate -s 40M tree/sparse
	printf end >>tree/sparse
	mkfifo tree/fifo
	ln -s "$(printf 'l%.0s' {1..300})" tree/link
	touch -d '2001-02-03 04:05:06.789' tree/secret
	touch -hd '1969-01-01 00:00:01' tree/link
	touch "$(printf 'tree/a\nline')" tree/$'\xe4'
	tar -S --xattrs --xattrs-include='*' --format=pax -cf root.tar -C tree .
}

@test "set-user-id programs, file capabilities, large owners, hard links, sparse files and odd names are as they were" {
	need_program setcap libcap2-bin
	archive
	SOURCE_DATE_EPOCH=5 guise import --storage erofs -c 'CMD ["sh"]' root.tar r >/dev/null 2>&1
	with_dirs import -c 'CMD ["sh"]' root.tar r >/dev/null 2>&1
	mounted "$(image_dir "$DIRS")" d
	mounted "$(image_dir "$STATE")" e
	tree d >tree.d
	has 'sparse.*' "$(cat tree.d)"
	same "$(tree e)" "$(cat tree.d)"
	# forty megabytes of nothing are nearly none
	[ "$(stat -Lc %s "$(image_dir "$STATE")/0")" -lt "$(du -sB1 tree | cut -f1)" ]
	same "$(box --user 1000 r /bin/su /secret)" secret
	run box --user 1000 r /bin/plain /secret
	[ "$status" != 0 ]
	has 'CapEff:.0000000000002000' "$(box --user 1000 r /bin/raw /proc/self/status)"
	same "$(box r stat -c '%u:%g' /bin/plain)" 70000:80000
	same "$(box r stat -c '%h' /again)" 2
	same "$(box r tail -c 3 /sparse)" end
	# an overlay's own mount says what they may, and no security option is lost
	run box --user 1000 --security-opt no-new-privileges r /bin/su /secret
	[ "$status" != 0 ]
}

@test "a container of it writes to its own layer alone, and is started, compared, copied from and committed like any other" {
	local sum

	pulled whiteouts w
	sum=$(cat "$STATE"/images/layers/* | sha256sum)
	guise run --name c --network none --cgroup-parent "$PARENT" w:1 sh -c 'echo x >>/mine; echo y >>/kind/in; /bin/busybox rm -f /o/b; cat /mine'
	same "$(guise start -a c)" $'x\nx'
	same "$(guise diff c)" $'C /kind\nC /kind/in\nA /mine\nC /o\nD /o/b'
	same "$(guise cp c:/kind/in - | tar -xO)" iy$'\n'y
	same "$(guise start -a c)" $'x\nx\nx'
	run box --read-only w:1 sh -c 'echo x >/kind/in'
	[ "$status" = 1 ]
	has 'Read-only file system' "$output"
	# the same, but for what is not said: a directory above; and another EROFS image above
	guise commit c on-top >/dev/null
	guise start -a c >/dev/null
	guise commit --storage erofs c other >/dev/null
	same "$(guise image inspect -f '{{.Guise.Storage}}' other)" '[erofs erofs erofs]'
	same "$(box on-top sh -c 'cat /mine /kind/in; ls /o')" "$(printf 'x\nx\nx\niy\ny\ny\nc')"
	same "$(guise image inspect -f '{{.Guise.Storage}}' on-top)" '[erofs erofs directory]'
	same "$(box other sh -c 'cat /mine; ls /o')" "$(printf 'x\nx\nx\nx\nc')"
	guise rm c >/dev/null
	guise rmi on-top other
	same "$(cat "$STATE"/images/layers/* | sha256sum)" "$sum"
	same "$(cut -d' ' -f5- /proc/self/mountinfo | grep -c erofs)" 0
}

@test "what is saved of it is what came, and inspect, system df and prune know it" {
	pulled whiteouts w
	with_dirs pull -q oci:w >/dev/null
	guise save -o e.tar w:1
	with_dirs save -o d.tar w:1
	cmp e.tar d.tar
	same "$(guise image inspect -f '{{.Guise.Storage}}' w:1)" '[erofs erofs]'
	same "$(with_dirs image inspect -f '{{.Guise.Storage}}' w:1)" '[directory directory]'
	same "$(guise image inspect -f '{{.Size}}' w:1)" "$(cat "$STATE"/images/layers/* | wc -c)"
	guise bundle w:1 bundle >/dev/null
	same "$(cat bundle/rootfs/kind/in)" i
	guise rmi w:1
	same "$(store)" ""
	echo half >"$STATE/images/new/half"
	guise pull -q --storage erofs oci:w >/dev/null
	has 'Total reclaimed space: [1-9.]+ ?[kM]' "$(guise image prune -af)"
	same "$(store)" ""
}

@test "a layer that is here is used as it is, whichever of the two it is" {
	layout history h
	layout upon w
	guise pull -q oci:h >/dev/null
	guise pull -q --storage erofs oci:w >/dev/null
	same "$(guise image inspect -f '{{.Guise.Storage}}' w:1)" '[directory erofs]'
	same "$(box w:1 cat /kind/in)" i
	guise rmi w:1 h:1
	guise pull -q --storage erofs oci:w >/dev/null
	guise pull -q oci:h >/dev/null
	same "$(guise image inspect -f '{{.Guise.Storage}}' h:1)" '[erofs directory directory]'
	same "$(box h:1 cat /a)" a
	need_idmapped_host
	same "$(box --userns auto h:1 sh -c 'cat /a /b; stat -c %u /a')" ab0
}

@test "the plan says what is mounted: run by hand it makes the same root, and explain --check finds nothing" {
	pulled whiteouts w
	guise run --dry-run --rm --network none --cgroup-parent "$PARENT" w:1 cat /kind/in >script
	same "$(grep -c 'mount -t erofs -o ro,nosuid,nodev .*/images/manifests/' script)" 2
	unshare --mount --propagation private sh -e script >out 2>err || { cat err; false; }
	same "$(cat out)" i
	box_detached --name d w:1 sleep 1000 >/dev/null
	run -0 guise explain --check d
	has_not '^(missing|different)' "$output"
	has 'mount -t erofs' "$output"
	guise rm -f d >/dev/null
}

@test "in a user namespace owners are those inside, and what a layer hides is hidden" {
	need_idmapped_host
	pulled whiteouts w
	guise run --network none --cgroup-parent "$PARENT" --name a --userns 0:300000:65536 w:1 \
		sh -c 'stat -c %u:%g /d /bin; ls /o /kind; ls /old; echo x >/d/mine' >out 2>&1
	same "$(cat out)" $'7:8\n0:0\n/kind:\nin\n\n/o:\nb\nc\nls: /old: No such file or directory'
	same "$(guise diff a)" $'C /d\nA /d/mine'
	guise start -a a >/dev/null
	box_detached --name b --userns auto w:1 sleep 1000 >/dev/null
	run -0 guise explain --check b
	has '# mount -t erofs -o ro,nosuid,nodev .*/0' "$output"
}

@test "20 containers of one image at once, and nothing of them is left" {
	local n before pids=()

	pulled whiteouts w
	before=$(machine)
	for n in {1..20}; do
		box w:1 sh -c 'cat /kind/in; echo x >/kind/in; cat /kind/in' >"out.$n" &
		pids+=($!)
	done
	for n in "${pids[@]}"; do wait "$n"; done
	same "$(cat out.* | sort | uniq -c | tr -s ' ')" $' 20 ix'
	unchanged "$before"
}

# A mkfs.erofs that has made half of it, and takes its time; its pid is in ./mkfs then.
slow_mkfs() { # DIR
	mkdir "$1"
	cat >"$1/mkfs.erofs" <<-'EOT'
		#!/bin/sh
		echo half >"$3"
		echo $$ >"${0%/*}/../mkfs"
		exec sleep 60
	EOT
	chmod +x "$1/mkfs.erofs"
}

# By none of the processes of a guise that was killed.
store_is_unused() { ! find /proc/[0-9]*/fd -lname "$STATE/images/*" 2>/dev/null | grep -q .; }

@test "killed in the middle: whole or nothing, and image prune finds the rest" {
	local where pid

	layout large l large
	slow_mkfs slow
	for where in '[ -n "$(compgen -G "$STATE/images/new/layer-*/upper/random")" ]' '[ -s mkfs ]'; do
		rm -f mkfs
		PATH=$DIR/slow:$PATH "$GUISE" --root "$STATE" pull -q --storage erofs oci:l >/dev/null 2>&1 &
		kill_where $! eval "$where"
		same "$(ls "$STATE/images/layers" "$STATE/images/manifests" | grep -c '^[0-9a-f]')" 0
		[ -n "$(ls "$STATE/images/new")" ]
		[ ! -s mkfs ] || kill "$(cat mkfs)"
		await store_is_unused
		guise image prune -af >/dev/null
		same "$(store)" ""
	done
	guise pull -q --storage erofs oci:l >/dev/null
	[ -n "$(box l:1 ls /random)" ]
}

@test "what cannot be is refused before anything is fetched, and says what to do" {
	local path

	layout whiteouts w
	run --separate-stderr guise pull -q --storage squashfs oci:w
	failed_with 125 "--storage: 'squashfs': not one of its words; choose from: directory erofs"
	mkdir bin
	for path in /usr/bin/* /bin/* /sbin/*; do [ "${path##*/}" = mkfs.erofs ] || ln -sf "$path" bin/; done
	PATH=$DIR/bin run --separate-stderr guise pull -q --storage erofs oci:w
	failed_with 125 'keep layers as EROFS images: mkfs.erofs is not installed; apt install erofs-utils'
	same "$(store)" ""
	# sparse, it is nothing to unpack
	make_root tree
	truncate -s 50M tree/sparse
	tar -S --format=pax -cf s.tar -C tree .
	run --separate-stderr guise import --storage erofs --max-layer-size 40m s.tar s
	failed_with 125 'make an EROFS image of a layer: its files are larger together, with their holes, .*raise the limit with --max-layer-size'
	same "$(ls "$STATE/images/layers" "$STATE/images/new" | grep -v :)" ""
	need_program setpriv util-linux
	mkdir user
	chown 65534:65534 user
	chmod 755 "$LIVE"
	run --separate-stderr env HOME="$DIR/user" setpriv --reuid 65534 --regid 65534 --clear-groups env -u XDG_RUNTIME_DIR USER=nobody \
		"$GUISE" --root "$DIR/user/state" pull -q --storage erofs oci:w
	same "$status" 125
	has 'keep layers as EROFS images: the kernel lets only root mount them, and nobody in a user namespace; leave out --storage erofs' "$stderr"
}
