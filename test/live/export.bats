#!/usr/bin/env bats
# guise export: a container's root file system as an archive.

load common

need_for_all() {
	GUISE_ARCHIVE=${GUISE_ARCHIVE:-$(dirname "$GUISE")/guise-archive}
	export GUISE_ARCHIVE
}

@test "the archive has the root with what was written, and nothing that is mounted in it" {
	make_root root
	mkdir vol
	echo mine >vol/file
	echo '# the root'\''s own' >root/etc/hosts
	mkdir -p root/mnt root/opt
	mkdir root/dev/below
	box_detached --name c --overlay -v "$DIR/vol:/mnt" --tmpfs /opt dir:root sh -c \
		'echo new >/etc/new; rm /etc/group; chown 5:6 /etc/passwd; touch /opt/file; mkfifo /tmp/fifo; touch /tmp/done; sleep 1000' >/dev/null
	await guise exec c test -e /tmp/done
	run --separate-stderr script -qec "$GUISE --root $STATE export c" /dev/null
	same "$status" 125
	has 'write an archive to a terminal: .*; redirect it, or use --output FILE' "$output"
	guise export c >tar
	mkdir out
	tar -x -C out --numeric-owner -f tar
	same "$(cat out/etc/new out/etc/hosts)" $'new\n# the root'\''s own'
	same "$(stat -c %u:%g out/etc/passwd)" 5:6
	same "$(ls out/mnt out/opt out/proc out/sys | tr '\n' ' ')" "out/mnt:  out/opt:  out/proc:  out/sys: "
	[ ! -e out/etc/group ] && [ -d out/dev/below ] && [ -p out/tmp/fifo ]
	same "$(readlink out/bin/ls)" "$(readlink root/bin/ls)"
	# names as docker has them
	run tar -tf tar
	has '^etc/passwd$' "$output"
	# and nothing that tar(1) does not know
	has_not '^tar: ' "$output"
	has_not '^\./' "$(tar -tf tar)"
	# and runs again
	same "$(box dir:out cat /etc/new)" new
}

@test "--output writes a file, and leaves none that is half an archive" {
	make_root root
	box_detached --name c dir:root sleep 1000 >/dev/null
	guise export -o tar c
	has '^etc/passwd$' "$(tar -tf tar)"
	run --separate-stderr guise export -o none/tar c
	failed_with 125 'write none/tar: No such file'
	mkdir small
	mount -t tmpfs -o size=64k none small
	run --separate-stderr guise export -o small/tar c
	failed_with 125 'No space left'
	[ ! -e small/tar ]
	umount small
}

@test "of a user namespace the owners are as its root sees them" {
	need_idmapped_host
	make_root root
	chown 7:8 root/etc/passwd
	box_detached --name u --userns 0:100000:65536 --overlay dir:root sleep 1000 >/dev/null
	same "$(guise export u | tar -tv --numeric-owner etc/passwd | cut -d' ' -f2)" 7/8
}

@test "what a container changes meanwhile doesn't lead out of it" {
	make_root root
	echo secret >secret
	box_detached --name c dir:root sh -c "cd /tmp; mkdir -p dir; echo x >dir/secret; touch done
		while :; do mv dir other; ln -s $DIR dir; rm dir; mv other dir; ln -sf $DIR/secret file; echo y >new; mv new file; done" >/dev/null
	await guise exec c test -e /tmp/done
	for i in $(seq 20); do
		guise export c >tar || true
		run tar -xOf tar tmp/dir/secret tmp/file
		has_not secret "$(grep -v '^tar:' <<<"$output")"
	done
}

@test "of a container that has ended is the directory that it used" {
	make_root root
	box_detached --name c dir:root sh -c 'echo new >/etc/new' >/dev/null
	guise wait c >/dev/null
	same "$(guise export c | tar -xO etc/new)" new
}

@test "of a container that has ended is its layer, too" {
	make_root root
	mkdir vol
	box_detached --name c --overlay -v "$DIR/vol:/mnt" dir:root sh -c 'echo new >/etc/new; rm /etc/group; touch /mnt/file' >/dev/null
	guise wait c >/dev/null
	guise export c >tar
	same "$(tar -xOf tar etc/new)" new
	run tar -tf tar
	has_not 'etc/group' "$output"
	has_not 'mnt/file' "$output"
}
