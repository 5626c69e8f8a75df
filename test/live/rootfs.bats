#!/usr/bin/env bats
# Where a container lives: its root file system, what is mounted into it, and that a hostile image cannot
# turn a mount elsewhere.

load common

@test "host: is the machine's root under a layer that is thrown away" {
	run box host: sh -c 'echo gone >/etc/hostname; rm /etc/passwd; mkdir /new; echo x >/home/file; cat /etc/hostname'
	same "$status:$output" 0:gone
	[ -e /etc/passwd ]
	[ ! -e /new ]
	[ ! -e /home/file ]
	has_not gone "$(cat /etc/hostname 2>/dev/null)"
}

# A directory that host: shows, and that guise is not in.
elsewhere() { [[ $GUISE == /srv/* ]] && echo /opt || echo /srv; }

@test "host: also shows the machine's other file systems, under such layers" {
	at=$(elsewhere)
	mount -t tmpfs none "$at"
	echo old >"$at/file"
	run box host: sh -c "cat $at/file; echo new >$at/file; cat $at/file"
	same "$status:${lines[*]}" "0:old new"
	same "$(cat "$at/file")" old
	umount "$at"
}

@test "host: is without the kernel's file systems of a chroot, and what is mounted on them" {
	at=$(elsewhere)
	mkdir -p chroot/{proc,sys,dev}
	echo file >chroot/file
	mount -t proc none chroot/proc
	mount -t sysfs none chroot/sys
	mount -t devtmpfs none chroot/dev
	mkdir -p "$at/chroot"
	mount --rbind chroot "$at/chroot"
	mount -t tmpfs none "$at/chroot/dev/shm" 2>/dev/null || mount -t tmpfs none "$at/chroot/proc/fs"
	run box host: sh -c "cd $at/chroot && cat file && ls proc sys && echo x >file && echo x >proc/new"
	umount -R "$at/chroot"
	rmdir "$at/chroot"
	same "$status:${lines[*]}" "0:file proc: sys:"
	same "$(cat chroot/file)" file
}

@test "without root, too, host: is without the kernel's file systems of a chroot" {
	mkdir -p user
	chown 65534:65534 user
	at=$(mktemp -d /opt/guise-live.XXXXXX)
	chmod 755 "$at"
	mkdir "$at"/{proc,sys}
	echo file >"$at/file"
	mount -t proc none "$at/proc"
	mount -t sysfs none "$at/sys"
	run setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$DIR/user" "$GUISE" --root "$DIR/user/state" run --rm \
		--network none host: sh -c "cd $at && cat file && ls proc sys && ! echo x 2>/dev/null >proc/new"
	umount "$at/proc" "$at/sys"
	rm -r "$at"
	has '^file$' "$output"
	same "$status:$(grep -c . <<<"${output#*file}")" 0:2
}

@test "dir: is used in place" {
	make_root root
	run box dir:root sh -c 'echo new >/etc/file; ls /'
	same "$status" 0
	same "$(cat root/etc/file)" new
	has_not home "$output"
}

@test "dir: --overlay throws away what is written" {
	make_root root
	find root | sort >before
	run box --overlay -v "$DIR:/mnt/a" dir:root sh -c 'echo new >/etc/file; rm /etc/passwd; cat /etc/file'
	same "$status:$output" 0:new
	find root | sort | diff before -
}

@test "--read-only: nothing can be written but /dev/shm and volumes, and mount points leave no trace" {
	make_root root
	find root | sort >before
	for rootfs in dir:root host:; do
		run box --read-only --tmpfs /tmp -v "$DIR:/mnt/a/b" "$rootfs" sh -c '
			(echo x >/etc/file) 2>&1 | grep -o Read-only
			(mkdir /new) 2>&1 | grep -o Read-only
			echo x >/dev/shm/file && echo x >/tmp/file && echo x >/mnt/a/b/file && echo written'
		same "$status:${lines[*]}" "0:Read-only Read-only written"
		same "$(cat file)" x
		rm file
	done
	find root | sort | diff before -
}

@test "-v: a directory, read-write and read-only" {
	mkdir src
	run box -v "$DIR/src:/mnt/x" host: sh -c 'echo in >/mnt/x/file'
	same "$status" 0
	same "$(cat src/file)" in
	run box -v "$DIR/src:/mnt/x:ro" host: sh -c 'cat /mnt/x/file; (echo more >/mnt/x/file) 2>&1 | grep -o Read-only'
	same "${lines[*]}" "in Read-only"
	same "$(cat src/file)" in
}

@test "-v: ro is recursive" {
	mkdir -p src/sub
	mount -t tmpfs none src/sub
	run box -v "$DIR/src:/mnt:ro" host: sh -c '(echo x >/mnt/sub/file) 2>&1 | grep -o Read-only'
	same "$output" Read-only
	[ ! -e src/sub/file ]
	run box -v "$DIR/src:/mnt" host: sh -c 'echo x >/mnt/sub/file'
	same "$(cat src/sub/file)" x
	umount src/sub
}

@test "-v and --mount: a relative source is the caller's, a missing one is an error and is not made" {
	mkdir here
	box -v ./here:/mnt host: sh -c 'echo x >/mnt/file'
	same "$(cat here/file)" x
	run --separate-stderr box -v ./missing:/mnt host: true
	failed_with 125 "$DIR/./missing of the host.*mkdir"
	run --separate-stderr guise run --dry-run -v ./missing:/mnt host: true
	failed_with 125 "missing of the host"
	run --separate-stderr box --mount type=bind,source=./missing,target=/mnt host: true
	failed_with 125 "missing of the host"
	[ ! -e missing ]
}

@test "-v: a file on a file, and on nothing" {
	echo mine >file
	run box -v "$DIR/file:/etc/hostname" -v "$DIR/file:/srv/new/file:ro" dir:"$ROOTFS" cat /etc/hostname /srv/new/file
	same "$status:${lines[*]}" "0:mine mine"
	rm -rf "$ROOTFS/srv" "$ROOTFS/etc/hostname"
}

@test "--mount: bind with readonly, tmpfs with size and mode" {
	mkdir src
	run box --mount "type=bind,src=$DIR/src,dst=/mnt,readonly" \
		--mount type=tmpfs,target=/srv,tmpfs-size=1m,tmpfs-mode=1770 host: sh -c \
		'(echo x >/mnt/x) 2>&1 | grep -o Read-only; stat -c %a /srv; stat -fc %T /srv; df -k /srv | tail -n 1'
	same "$status" 0
	same "${lines[0]}" Read-only
	same "${lines[1]}" 1770
	same "${lines[2]}" tmpfs
	has '^[^ ]+ +1024 ' "${lines[3]}"
}

@test "--tmpfs: empty, noexec,nosuid,nodev unless said otherwise, of the size and mode asked for" {
	run box --tmpfs /srv --tmpfs /mnt:size=2m,mode=700,exec host: sh -c '
		ls -A /srv; stat -c %a /srv /mnt; grep -E " /(srv|mnt) " /proc/self/mountinfo
		cp /bin/true /srv; /srv/true 2>/dev/null && echo ran; cp /bin/true /mnt && /mnt/true && echo executed'
	same "$status" 0
	same "${lines[0]} ${lines[1]}" "1777 700"
	has ' /srv rw,nosuid,nodev,noexec' "$output"
	has ' /mnt rw,nosuid,nodev,relatime .* size=2048k' "${output//rw,size/ size}"
	has_not '^ran$' "$output"
	has '^executed$' "$output"
}

@test "propagation: rslave lets the host's later mounts in, rshared also the container's out" {
	mkdir src
	mount --make-shared --bind src src
	for propagation in rprivate rslave rshared; do
		mkdir -p src/host src/inside
		box_detached --name $propagation --cap-add SYS_ADMIN --security-opt seccomp=unconfined \
			-v "$DIR/src:/mnt:$propagation" host: sh -c 'mount -t tmpfs none /mnt/inside && touch /mnt/ready; exec sleep 1000'
		await test -e src/ready
		mount -t tmpfs none src/host
		inside=$(nsenter -t "$(pid_of $propagation)" -m mountpoint /mnt/host || true)
		outside=$(mountpoint src/inside || true)
		umount src/host
		kill -KILL "$(pid_of $propagation)"
		mountpoint -q src/inside && umount src/inside
		rm src/ready
		case $propagation in
		rprivate) has 'not a mountpoint' "$inside"; has 'not a mountpoint' "$outside" ;;
		rslave) has 'is a mountpoint' "$inside"; has 'not a mountpoint' "$outside" ;;
		rshared) has 'is a mountpoint' "$inside"; has 'is a mountpoint' "$outside" ;;
		esac
	done
	umount src
}

@test "mounts are made parents first, in whatever order they are given" {
	mkdir -p a b
	echo a >a/file
	echo b >b/file
	run box -v "$DIR/b:/mnt/a/b" -v "$DIR/a:/mnt/a" host: cat /mnt/a/file /mnt/a/b/file
	same "$status:${lines[*]}" "0:a b"
}

@test "--device: the node, under another name, and with fewer rights" {
	run box --device /dev/null:/dev/mine --device /dev/full:/dev/full2:r host: sh -c '
		stat -c "%t:%T" /dev/mine /dev/full2; echo x >/dev/mine && echo written; head -c 1 /dev/full2 | wc -c'
	same "$status:${lines[*]}" "0:1:3 1:7 written 1"
}

@test "a device that was not given cannot be used, even if its node can be made" {
	# 1:4 is /dev/port; loop0 is 7:0. MKNOD is among the default capabilities
	run box --tmpfs /mnt:dev host: sh -c '
		mknod /mnt/null c 1 3 && echo x >/mnt/null && echo null
		(mknod /mnt/port c 1 4 && head -c 1 /mnt/port) 2>&1 | grep -o "not permitted"
		(mknod /mnt/loop b 7 0 && head -c 1 /mnt/loop) 2>&1 | grep -o "not permitted"'
	same "${lines[*]}" "null not permitted not permitted"
	run --separate-stderr box --device /dev/none host: true
	failed_with 125 /dev/none
}

@test "--workdir: made where it is missing" {
	make_root root
	run box --workdir /a/b/c dir:root sh -c pwd
	same "$status:$output" 0:/a/b/c
	[ -d root/a/b/c ]
	run box dir:root sh -c pwd
	same "$output" /
}

# ---- hostile images. /mnt in these is a symbolic link that, taken on the host, would lead out.

@test "a volume on a symbolic link stays in the root, wherever the link points" {
	mkdir src outside
	touch src/proof
	make_root root
	mkdir -p "root$DIR/outside"
	ln -s ../../../../../../../../../../../../../..$DIR/outside root/up
	ln -s "$DIR/outside" root/absolute
	ln -s up root/twice
	for link in up absolute twice; do
		before=$(machine)
		run box -v "$DIR/src:/$link/new" dir:root sh -c "ls /$link/new"
		same "$status:$output" 0:proof
		same "$(ls -A outside)" ""
		unchanged "$before"
		# where the link leads to inside
	[ ! -e "root$DIR/outside/new" ] # taken away again
	done
}

@test "so do --tmpfs, a file, --device, --workdir" {
	mkdir outside
	echo host >outside/file
	make_root root
	mkdir -p "root$DIR/outside"
	ln -s ../../../../../../../../../../../../../..$DIR/outside root/up
	run box --tmpfs /up/t -v "$DIR/outside/file:/up/f" --device /dev/null:/up/null -w /up/w dir:root sh -c '
		cat /up/f; echo x >/up/null && echo x >/up/t/file && pwd -P'
	same "$status:${lines[*]}" "0:host $DIR/outside/w"
	same "$(ls -A outside)" file
	same "$(cat outside/file)" host
}

@test "a link to what is not there inside leads to what is made there, and not to the host's" {
	mkdir outside
	echo host >outside/file
	echo mine >mine
	make_root root
	ln -s "$DIR/outside/file" root/link
	ln -s "$DIR/outside" root/dir
	before=$(machine)
	run box -v "$DIR/mine:/link" --tmpfs /dir/new dir:root sh -c 'cat "$1/file"; stat -fc %T "$1/new"' sh "$DIR/outside"
	same "$status:${lines[*]}" "0:mine tmpfs"
	unchanged "$before"
	same "$(ls -A outside):$(cat outside/file)" file:host
}

@test "a loop of links is an error, not a hang" {
	make_root root
	ln -s b root/a
	ln -s a root/b
	before=$(machine)
	run --separate-stderr timeout 60 "$GUISE" --root "$STATE" run --rm --network none --cgroup-parent "$PARENT" \
		-v "$DIR:/a/x" dir:root true
	failed_with 125 "/a/x"
	unchanged "$before"
}

@test "an image whose /proc or /sys is a symbolic link is refused; its /dev and /etc may be what they are" {
	mkdir outside
	for path in proc sys; do
		make_root root
		rmdir root/$path
		ln -s "$DIR/outside" root/$path
		mkdir -p "root/$DIR/outside"
		before=$(machine)
		run --separate-stderr box dir:root true
		failed_with 125 "/$path.*symbolic link"
		unchanged "$before"
		rm -r root
	done
	make_root root
	rm -r root/dev root/etc
	ln -s "$DIR/outside" root/dev
	ln -s "$DIR/outside" root/etc
	run box dir:root sh -c 'true'
	same "$(ls -A outside)" ""
}

@test "masked and read-only paths cannot be turned elsewhere by links either" {
	# the image holds /sys/firmware -> the host's directory; sysfs covers it before masks are made
	make_root root
	mkdir -p outside
	ln -s "$DIR/outside" root/sys/firmware
	run box dir:root sh -c 'ls -A /sys/firmware; grep -c " /sys/firmware " /proc/self/mountinfo'
	same "$output" 1
}

@test "the log, the state and guise's own program are out of the container's reach" {
	run box dir:"$ROOTFS" sh -c 'ls -d /run /var/lib/guise 2>/dev/null; find / -xdev -name "guise*" | head'
	same "$output" ""
}

# What is in a tree, with kinds and modes.
listing() { find "$1" -printf '%P %y %m\n' | sort; }

@test "dir: in place is in the end what it was: mount points that it lacked are taken away" {
	make_root root
	rmdir root/proc root/sys
	mkdir src
	touch file
	listing root >before
	box -v "$DIR/src:/a/b/c" -v "$DIR/src:/a/d" -v "$DIR/file:/etc/new/file" --tmpfs /e dir:root sh -c 'ls -d /a/b/c /a/d /e; cat /etc/new/file'
	listing root | diff before -
	# what the container left stays, and what was mounted there is not touched
	box -v "$DIR/src:/a/b" dir:root sh -c 'echo x >/a/mine; echo y >/a/b/theirs'
	same "$(cat root/a/mine)$(cat src/theirs)" xy
	[ ! -e root/a/b ]
	rm -r root/a
	# so it is when it fails, and when guise is killed
	run -127 box -v "$DIR/src:/a" dir:root nope
	listing root | diff before -
	box_detached --name one -v "$DIR/src:/a" dir:root sleep 1000
	kill -KILL "$(pid_of one)" "$(awk '/^PPid/ {print $2}' "/proc/$(pid_of one)/status")"
	guise rm -f one
	listing root | diff before -
}

@test "dir: in place: another container in the same tree keeps the mount points that it uses" {
	make_root root
	rmdir root/proc
	box_detached --name one dir:root sleep 1000
	box_detached --name two dir:root sleep 1000
	guise rm -f one
	same "$(guise exec two sh -c 'cat /proc/1/comm')" sleep
	guise rm -f two
	box dir:root true
}

@test "--volumes-from: another container's directories of the host, but one's own count" {
	make_root root
	mkdir one two three
	for dir in one two three; do
		echo $dir >$dir/file
	done
	box_detached --name a -v "$DIR/one:/mnt/one" -v "$DIR/two:/mnt/two:ro" --tmpfs /opt dir:root sleep 1000 >/dev/null
	run box --volumes-from a dir:root sh -c 'cat /mnt/*/file; touch /mnt/one/new && ! touch /mnt/two/new; grep -c /opt /proc/mounts'
	same "${lines[*]}" "one two touch: /mnt/two/new: Read-only file system 0"
	[ -e one/new ]
	# also when it has ended; read-only; and another in its place
	guise kill a >/dev/null
	guise wait a >/dev/null
	run box --volumes-from a:ro -v "$DIR/three:/mnt/two" dir:root sh -c 'cat /mnt/*/file; touch /mnt/two/new && ! touch /mnt/one/new'
	same "${lines[*]}" "one three touch: /mnt/one/new: Read-only file system"
	guise rm a >/dev/null
	box_detached --name b -v "$DIR/one:/mnt/one" dir:root sleep 1000 >/dev/null
	box_detached --name c --volumes-from b:ro dir:root sleep 1000 >/dev/null
	same "$(guise inspect c | jq -c '.[0] | .HostConfig.VolumesFrom, [.Mounts[] | .Destination, .RW]')" '["b:ro"]
["/mnt/one",false]'
	run --separate-stderr box --volumes-from nobody dir:root true
	failed_with 125 "container nobody"
}
