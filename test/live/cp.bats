#!/usr/bin/env bats
# guise cp: files between a container and the host by docker's rules, and what a hostile container or archive
# would make of them.

load common

need_for_all() {
	GUISE_ARCHIVE=${GUISE_ARCHIVE:-$(dirname "$GUISE")/guise-archive}
	export GUISE_ARCHIVE
	make_root root
	box_detached --name c "${OPTIONS[@]}" dir:root sleep 1000 >/dev/null
}

inside() { guise exec c "$@"; }

# ---- docker's table

@test "a file becomes a file, replaces one, or comes into a directory" {
	echo one >file
	guise cp file c:/new
	guise cp file c:/tmp
	guise cp file c:/tmp/
	guise cp file c:/etc/group
	same "$(cat root/new root/tmp/file root/etc/group)" $'one\none\none'
	guise cp c:/new copy
	mkdir dir
	guise cp c:/tmp/file dir
	guise cp c:/new file
	same "$(cat copy dir/file file)" $'one\none\none'
}

@test "a file isn't copied to a directory that is not there, or below a file" {
	echo one >file
	run --separate-stderr guise cp file c:/none/
	failed_with 125 'copy to /none/: there is no such directory; make it first'
	run --separate-stderr guise cp file c:/none/file
	failed_with 125 'find /none/file: No such file or directory'
	run --separate-stderr guise cp c:/etc/passwd none/
	failed_with 125 'there is no such directory'
	run --separate-stderr guise cp file c:/etc/passwd/
	failed_with 125 'copy to /etc/passwd/: it is a file'
	[ ! -e root/none ]
}

@test "a directory becomes one, comes into one, or with /. its content does" {
	mkdir -p dir/sub to to2
	echo one >dir/sub/file
	guise cp dir c:/new
	guise cp dir c:/tmp
	mkdir root/merged
	guise cp dir/. c:/merged
	same "$(cd root; echo new/* tmp/dir/* merged/*)" "new/sub tmp/dir/sub merged/sub"
	guise cp c:/new copy
	guise cp c:/new to
	guise cp c:/new/. to2
	same "$(echo copy/* to/* to/new/* to2/*)" "copy/sub to/new to/new/sub to2/sub"
	same "$(cat copy/sub/file)" one
	run --separate-stderr guise cp dir c:/etc/passwd
	failed_with 125 "copy to /etc/passwd: a directory can't be copied over a file"
}

@test "a path in the container that is relative begins at its root" {
	guise cp c:etc/passwd - | tar -x
	same "$(cat passwd)" "$(cat root/etc/passwd)"
}

@test "a path of the host with a colon is written with ./" {
	echo one >a:b
	guise cp ./a:b c:/tmp
	same "$(cat root/tmp/a:b)" one
	run --separate-stderr guise cp a:b c:/tmp
	failed_with 125 'both are in containers; copy to the host first'
	run --separate-stderr guise cp ./a:b /tmp
	failed_with 125 'neither is in a container; write NAME:PATH'
}

@test "a symbolic link is copied as it is, and with -L what it leads to" {
	echo one >file
	ln -s file link
	ln -s /etc/passwd root/abs
	guise cp link c:/tmp
	same "$(readlink root/tmp/link)" file
	guise cp -L link c:/tmp
	same "$(cat root/tmp/link)" one
	guise cp c:/abs .
	same "$(readlink abs)" /etc/passwd
	# in the container it leads to the container's
	guise cp -L c:/abs .
	same "$(cat abs)" "$(cat root/etc/passwd)"
}

@test "a destination that is a symbolic link is what it leads to, in the container" {
	echo one >file
	ln -s /tmp root/dir
	ln -s /tmp/target root/link
	echo old >root/tmp/target
	guise cp file c:/dir
	guise cp file c:/link
	same "$(cat root/tmp/file root/tmp/target)" $'one\none'
	[ -L root/link ]
}

# ---- streams

@test "- is an archive: out of the container, and into a directory of it" {
	mkdir root/tmp/dir
	echo one >root/tmp/dir/file
	same "$(guise cp c:/tmp/dir - | tar -t)" $'dir/\ndir/file'
	same "$(guise cp c:/tmp/dir/. - | tar -t)" $'./\n./file'
	guise cp c:/tmp/dir - | guise cp - c:/var
	same "$(cat root/var/dir/file)" one
	tar -cz -C root/tmp dir | guise cp - c:/etc
	same "$(cat root/etc/dir/file)" one
	tar -c -C root/tmp dir >tar
	run --separate-stderr guise cp - c:/none <tar
	failed_with 125 'unpack in /none: No such file or directory; an archive is unpacked in a directory that exists'
	echo nothing of the kind >tar
	run --separate-stderr guise cp - c:/tmp <tar
	failed_with 125 'read the archive: '
	dd if=/dev/urandom of=root/tmp/dir/large bs=1M count=1 2>/dev/null
	guise cp c:/tmp/dir - | head -c 5000 >tar
	run --separate-stderr guise cp - c:/var <tar
	failed_with 125 'read the archive: Truncated'
	run --separate-stderr script -qec "$GUISE --root $STATE cp c:/etc -" /dev/null
	same "$status" 125
	has 'write an archive to a terminal' "$output"
}

# ---- what is copied

@test "names of any bytes, sparse and large files, hard links and times are copied" {
	mkdir dir
	name=$'a\nb \xff\xe2\x82\xac' nfd=$'e\xcc\x81'
	echo one >"dir/$name"
	ln -s "$nfd" "dir/$nfd"
	truncate -s 3G dir/sparse
	printf end >>dir/sparse
	head -c 20M /dev/urandom >dir/large
	ln dir/large dir/link
	long=$(printf 'x%.0s' {1..250})
	mkdir -p "dir/$long/$long"
	echo long >"dir/$long/$long/$long"
	touch -d '2001-02-03 04:05:06.789' dir/large dir
	guise cp dir c:/tmp
	guise cp c:/tmp/dir back
	for at in root/tmp/dir back; do
		same "$(cat "$at/$name" "$at/$long/$long/$long")" $'one\nlong'
		same "$(readlink "$at/$nfd")" "$nfd"
		cmp dir/large "$at/link"
		same "$(stat -c %i "$at/large")" "$(stat -c %i "$at/link")"
		same "$(stat -c '%s %Y' "$at/sparse" "$at/large" "$at")" "$(stat -c '%s %Y' dir/sparse dir/large dir)"
		same "$(date -r "$at/large" +%N)" 789000000
		[ "$(stat -c %b "$at/sparse")" -lt 1000 ]
		same "$(tail -c 3 "$at/sparse")" end
	done
}

@test "into the container all is its root's, with -a as it was" {
	mkdir dir
	echo one >dir/file
	chown -R 1000:1001 dir
	chmod 4751 dir/file
	chmod 700 dir
	guise cp dir c:/tmp
	guise cp -a dir c:/var
	same "$(stat -c '%u:%g %a' root/tmp/dir root/tmp/dir/file)" $'0:0 700\n0:0 4751'
	same "$(stat -c '%u:%g %a' root/var/dir root/var/dir/file)" $'1000:1001 700\n1000:1001 4751'
}

@test "out of the container all is the caller's, without set-user-id bits, with -a as it was" {
	mkdir root/tmp/dir
	echo one >root/tmp/dir/file
	chown -R 1000:1001 root/tmp/dir
	chmod 6751 root/tmp/dir/file
	python3 -c 'import os; os.setxattr("root/tmp/dir/file", "user.mark", b"one")'
	setcap cap_net_raw+ep root/tmp/dir/file 2>/dev/null || skip "no setcap: apt install libcap2-bin"
	guise cp c:/tmp/dir out
	guise cp -a c:/tmp/dir all
	same "$(stat -c '%u:%g %a' out out/file)" $'0:0 755\n0:0 751'
	same "$(stat -c '%u:%g %a' all all/file)" $'1000:1001 755\n1000:1001 6751'
	same "$(python3 -c 'import os; print(os.getxattr("out/file", "user.mark").decode())')" one
	same "$(getcap out/file)" ''
	has cap_net_raw "$(getcap all/file)"
}

@test "FIFOs are made, sockets and devices are left out, and nothing waits for them" {
	mkdir root/tmp/dir
	mkfifo root/tmp/dir/fifo
	mknod root/tmp/dir/null c 1 3
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("root/tmp/dir/socket")'
	run --separate-stderr guise cp c:/tmp/dir out
	same "$status:$output" 0:
	has 'leave out dir/socket: it is a socket' "$stderr"
	has 'leave out dir/null: it is a device' "$stderr"
	same "$(ls out)" fifo
	[ -p out/fifo ]
	tar -c -C root/tmp dir 2>/dev/null | guise cp - c:/var 2>/dev/null
	same "$(ls root/var/dir)" fifo
}

@test "of what is not of files but of the kernel, nothing is copied" {
	run --separate-stderr guise cp c:/proc/version .
	failed_with 125 'copy /proc/version: what is there is no files.* guise exec'
	guise cp c:/ - | tar -t >list
	has '^./etc/passwd$' "$(cat list)"
	same "$(grep -E '^./(proc|sys)/.' list || true)" ''
}

# ---- what is hostile

@test "nothing is followed out of the container's root" {
	echo secret >secret
	ln -s "$DIR" root/dir
	ln -s ../../../../../../../..$DIR/secret root/rel
	run --separate-stderr guise cp -L c:/rel out
	failed_with 125 'No such file'
	run --separate-stderr guise cp c:/dir/secret out
	failed_with 125 'No such file'
	run --separate-stderr guise cp c:/../../../../$DIR/secret out
	failed_with 125 'No such file'
	echo new >new
	run --separate-stderr guise cp new c:/dir/secret
	failed_with 125 'No such file'
	run --separate-stderr guise cp new "c:/../../..$DIR/secret"
	failed_with 125 'No such file'
	same "$(cat secret)" secret
	[ ! -e out ]
}

# bad NAME=TEXT...: an archive that tar(1) would not make. NAME>TO: a symbolic link, NAME|TO: a hard link.
bad() {
	python3 - "$@" <<-'EOT' >tar
		import io, sys, tarfile
		t = tarfile.open(fileobj=sys.stdout.buffer, mode="w|")
		for arg in sys.argv[1:]:
		    for sign in "=>|":
		        if sign in arg:
		            name, text = arg.split(sign, 1)
		            i = tarfile.TarInfo(name)
		            i.type = {"=": tarfile.REGTYPE, ">": tarfile.SYMTYPE, "|": tarfile.LNKTYPE}[sign]
		            if sign == "=": i.size = len(text)
		            else: i.linkname = text
		            t.addfile(i, io.BytesIO(text.encode()) if sign == "=" else None)
		t.close()
	EOT
}

@test "an archive's names don't lead out of the container" {
	echo secret >secret
	bad "../../../../../../../..$DIR/secret=new"
	run --separate-stderr guise cp - c:/tmp <tar
	failed_with 125 'its name leads upwards'
	bad "hard|../../../../../../../..$DIR/secret" hard=new
	run --separate-stderr guise cp - c:/tmp <tar
	failed_with 125 'its name leads upwards'
	bad "link>$DIR" link/secret=new
	run --separate-stderr guise cp - c:/tmp <tar
	has_not new "$(cat secret)"
	bad "link>../../../../../../../..$DIR/secret" link=new
	guise cp - c:/tmp <tar
	same "$(cat root/tmp/link)" new
	bad "$DIR/secret=new"
	guise cp - c:/tmp <tar
	same "$(cat "root/tmp$DIR/secret")" new
	same "$(cat secret)" secret
}

@test "what a container changes while it is copied doesn't lead out of it, or to elsewhere on the host" {
	mkdir -p root/tmp/dir/sub out
	echo inside >root/tmp/dir/sub/file
	echo secret >secret
	chmod 600 secret
	# sub is a directory, then a link to the host's path, and so on
	cat >root/bin/swap <<-EOT
		#!/bin/sh
		cd /tmp/dir
		while :; do
			mv sub other; ln -s "$DIR" sub; ln -s ../../../../../../../..$DIR/secret link
			rm -f sub link; mv other sub
		done
	EOT
	chmod +x root/bin/swap
	guise exec -d c swap
	echo new >new
	mkdir in
	echo new >in/secret
	for i in $(seq 20); do
		rm -rf out/dir
		guise cp c:/tmp/dir out >/dev/null 2>&1 || true
		guise cp new c:/tmp/dir/sub/secret >/dev/null 2>&1 || true
		guise cp in/. c:/tmp/dir/sub >/dev/null 2>&1 || true
		[ ! -e out/dir/sub/secret ] || [ -L out/dir/sub ] || same "$(cat out/dir/sub/secret)" new
	done
	same "$(cat secret)" secret
	# nor is there anything new
	same "$(ls)" $'in\nnew\nout\nroot\nsecret\nstate'
}

@test "what a container gives the host is not written through a link that it gave before" {
	mkdir victim root/tmp/dir out
	ln -s "$DIR/victim" root/tmp/dir/link
	guise cp c:/tmp/dir/. out
	[ -L out/link ]
	rm root/tmp/dir/link
	mkdir root/tmp/dir/link
	echo new >root/tmp/dir/link/file
	run --separate-stderr guise cp c:/tmp/dir/. out
	failed_with 125 'what is no directory can'"'"'t be replaced by one'
	same "$(ls victim)" ''
}

@test "a container in a user namespace is copied to and from as its root sees it" {
	need_idmapped_host
	guise run -d --network none --cgroup-parent "$PARENT" --name u --userns 0:100000:65536 --overlay dir:root sleep 1000 >/dev/null
	echo one >file
	chown 12:13 file
	guise cp file u:/tmp
	guise cp -a file u:/var
	same "$(guise exec u stat -c %u:%g /tmp/file /var/file)" $'0:0\n12:13'
	guise exec u chown 5:6 /tmp/file
	same "$(guise cp u:/tmp/file - | tar -tv --numeric-owner | cut -d' ' -f2)" 5/6
	guise cp u:/tmp/file out
	same "$(stat -c %u out)" 0
}

as_nobody() { (cd user && HOME=$DIR/user setpriv --reuid 65534 --regid 65534 --clear-groups env -u XDG_RUNTIME_DIR "$@"); }

@test "a user copies to and from a container of their own" {
	mkdir user
	make_root user/root
	chown -R 65534:65534 user
	as_nobody "$GUISE" --root "$DIR/user/state" run -d --network none --name m dir:root sleep 1000 >/dev/null
	as_nobody sh -c 'echo one >given; chmod 640 given'
	as_nobody "$GUISE" --root "$DIR/user/state" cp given m:/tmp
	as_nobody "$GUISE" --root "$DIR/user/state" cp m:/tmp/given back
	same "$(cat user/root/tmp/given user/back)" $'one\none'
	same "$(stat -c '%u %a' user/back)" '65534 640'
	as_nobody "$GUISE" --root "$DIR/user/state" rm -f m >/dev/null
}

@test "of a container that has ended are the files of the directory that it used" {
	echo one >file
	guise stop -t 0 c >/dev/null
	guise cp file c:/tmp
	guise cp c:/tmp/file back
	same "$(cat root/tmp/file back)" $'one\none'
}

@test "of a container that has ended are the files of its layer" {
	guise run -d --network none --cgroup-parent "$PARENT" --name l --overlay dir:root sh -c 'echo new >/etc/new; rm /etc/group; ln -s /etc /tmp/link' >/dev/null
	guise wait l >/dev/null
	before=$(machine)
	guise cp l:/etc/new back
	same "$(cat back)" new
	run --separate-stderr guise cp l:/etc/group .
	failed_with 125 'find /etc/group: No such file'
	echo given >file
	guise cp file l:/tmp/link
	guise cp l:/etc/file again
	same "$(cat again)" given
	[ ! -e root/etc/file ]
	has '^A /etc/file$' "$(guise diff l)"
	unchanged "$before"
	# one at a time
	(exec 8<"$STATE/containers/$(readlink "$STATE/names/l")"; flock 8; run --separate-stderr guise cp l:/etc/new .; failed_with 125 'another guise is at work on it; try again')
	guise run -d --network none --cgroup-parent "$PARENT" --name n --read-only dir:root true >/dev/null
	guise wait n >/dev/null
	run --separate-stderr guise cp n:/etc/passwd .
	failed_with 125 'it is exited, and keeps no root of its own'
}

@test "of one that had the root of the machine, too" {
	guise run -d --network none --cgroup-parent "$PARENT" --name h host: sh -c "echo new >/etc/new; echo home >$DIR/new" >/dev/null
	guise wait h >/dev/null
	same "$(guise cp h:/etc/new - | tar -xO)" new
	same "$(guise cp "h:$DIR/new" - | tar -xO)" home
	[ ! -e new ]
}

@test "the helper holds no privilege but over files, in the container's root, and can't signal or execute" {
	mkfifo pipe
	guise cp - c:/tmp <pipe &
	exec 9>pipe
	there() { pid=$(pgrep -f "^$GUISE_ARCHIVE unpack -cr /tmp\$"); }
	await there
	[ "$pid" ]
	confined() { same "$(sed -n 's/^NoNewPrivs:\s*//p;s/^Cap\(Eff\|Bnd\):\s*//p' "/proc/$pid/status" | xargs)" "$1" >/dev/null; }
	# chown, dac_override, fowner, fsetid, setfcap
	await confined '000000008000001b 000000008000001b 1'
	same "$(sed -n 's/^Seccomp:\s*//p' "/proc/$pid/status")" 2
	same "$(readlink "/proc/$pid/ns/mnt")" "$(readlink "/proc/$(pid_of c)/ns/mnt")"
	exec 9>&-
	wait
}

@test "what packs is found in libexec, or beside guise, without being told where" {
	echo text >file
	env -u GUISE_ARCHIVE "$GUISE" --root "$STATE" cp file c:/copied
	same "$(inside cat /copied)" text
}
