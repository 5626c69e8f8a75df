#!/usr/bin/env bats
# guise diff: what a container has changed.

load common

changed() { guise run -d --name c --network none --cgroup-parent "$PARENT" --overlay "${@:2}" dir:root sh -c "$1" >/dev/null && guise wait c >/dev/null; }

@test "added, changed and deleted, by path" {
	make_root root
	mkdir -p root/var/old root/srv/a/b
	touch root/var/old/one root/srv/a/b/file
	changed 'echo x >/etc/new; echo x >>/etc/passwd; rm /etc/group; rm -r /var/old; mkdir -p /fresh/deep; chmod 700 /srv/a; ls /root /srv/a/b; ln -s x /tmp/link'
	same "$(guise diff c)" 'C /etc
D /etc/group
A /etc/new
C /etc/passwd
A /fresh
A /fresh/deep
C /srv
C /srv/a
C /tmp
A /tmp/link
C /var
D /var/old'
}

@test "of a directory made anew, what is no more in it is deleted" {
	make_root root
	mkdir -p root/var/dir/sub/below
	touch root/var/dir/one root/var/dir/two root/var/dir/sub/file
	changed 'rm -r /var/dir; mkdir -p /var/dir/sub; echo x >/var/dir/two; echo x >/var/dir/three'
	same "$(guise diff c | grep dir)" 'C /var/dir
D /var/dir/one
C /var/dir/sub
D /var/dir/sub/below
D /var/dir/sub/file
A /var/dir/three
C /var/dir/two'
}

@test "what guise makes for mounts is not told, what lies in their place is" {
	make_root root
	mkdir vol
	changed 'touch /var/mine/x /etc/hosts' -v "$DIR/vol:/mnt/deep/vol" -v "$DIR/vol:/var/mine/vol" --tmpfs /srv/tmp
	same "$(guise diff c)" 'C /var
A /var/mine
A /var/mine/x'
}

@test "while it runs, and of host: as well" {
	mkdir "$DIR/seen"
	guise run -d --name c --network none --cgroup-parent "$PARENT" host: sh -c "echo x >$DIR/seen/new; rm /etc/passwd; echo x >/etc/done; sleep 1000" >/dev/null
	await guise exec c test -e /etc/done
	has "^A $DIR/seen/new\$" "$(guise diff c)"
	has '^D /etc/passwd$' "$(guise diff c)"
}

@test "a user namespace's, too" {
	need_idmapped_host
	make_root root
	changed 'rm -r /var; mkdir /var; rm /etc/group; touch /etc/new' --userns 0:100000:65536
	same "$(guise diff c | grep -v ^C)" 'D /etc/group
A /etc/new'
}

@test "names of any bytes are one line each" {
	make_root root
	changed 'touch "$(printf "/tmp/a\nA b\033[31m\\\\c")"'
	same "$(guise diff c)" 'C /tmp
A /tmp/a\012A b\033[31m\134c'
}

@test "where nothing is kept, why not" {
	make_root root
	box_detached --name place dir:root sleep 1000 >/dev/null
	run --separate-stderr guise diff place
	failed_with 125 'tell what container place has changed: it uses its root in place, .*; run it with --overlay'
	box_detached --name memory --rm --overlay dir:root sleep 1000 >/dev/null
	run --separate-stderr guise diff memory
	failed_with 125 'its layer is in memory, .*; run it without --rm'
}

@test "what a container makes of its files is not followed" {
	make_root root
	mkdir secret
	touch secret/secret
	changed "rm -r /var; ln -s $DIR/secret /var; mkfifo /tmp/fifo; ln -s / /tmp/root"
	same "$(guise diff c)" 'C /tmp
A /tmp/fifo
A /tmp/root
C /var'
}
