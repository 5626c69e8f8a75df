#!/usr/bin/env bats
# Volumes: named and anonymous ones, what they begin with, who may remove them, and what stays when guise is killed.

load common

layout() { python3 "$BATS_TEST_DIRNAME/images.py" "$@"; }
volumes() { (cd "$STATE/volumes" && compgen -G '*' | sort) || true; }
data() { echo "$STATE/volumes/$1/_data"; }

# A root with a directory of all kinds of files.
make_content() {
	make_root root
	mkdir -p root/data/sub/deep
	chmod 750 root/data
	chown 7:8 root/data
	echo text >root/data/sub/file
	chown 5:6 root/data/sub/file
	chmod 6711 root/data/sub/file
	ln -s ../../../etc/passwd root/data/link
	mkfifo root/data/fifo
	truncate -s 64M root/data/holes
	printf '\376\n' >"$(printf 'root/data/b\377d')"
	touch -d 2001-02-03T04:05:06.7Z root/data/sub/file root/data/sub
	python3 -c 'import os; os.setxattr("root/data/sub/file", "user.mine", b"a\0b")'
	setcap cap_net_raw+ep root/data/holes
}

# Of everything in a directory: kind, mode, owner, size, time of a file, attributes and content.
tree() {
	(cd "$1" && find . -printf '%P %y %m %U:%G %l\n' | sort
		find . -type f -printf '%P %s %T@\n' | sort
		find . -type f -print0 | sort -z | xargs -0 sha256sum
		find . -type f -print0 | sort -z | xargs -0 python3 -c 'import os, sys
for name in sys.argv[1:]: print([(x, os.getxattr(name, x)) for x in sorted(os.listxattr(name))])')
}

@test "volume create, ls, inspect, rm: by name, labels and filters" {
	same "$(guise volume create data)" data
	same "$(guise volume create data)" data
	guise volume create --label tier=back --label x other
	same "$(guise volume ls -q)" $'data\nother'
	same "$(guise volume ls)" "$(printf 'DRIVER   VOLUME NAME\nlocal    data\nlocal    other')"
	same "$(guise volume ls -q -f label=tier=back)" other
	same "$(guise volume ls -q -f name=at)" data
	same "$(guise volume ls --format '{{.Name}} {{.Mountpoint}}' -f name=data)" "data $(data data)"
	same "$(guise volume inspect other | jq -c '.[0] | [.Name, .Driver, .Scope, .Labels, .Options, .Mountpoint]')" \
		"[\"other\",\"local\",\"local\",{\"tier\":\"back\",\"x\":\"\"},{},\"$(data other)\"]"
	run guise volume create
	has '^[0-9a-f]{64}$' "$output"
	run --separate-stderr guise volume create --label x data
	failed_with 125 'create volume data: there is one of that name'
	run --separate-stderr guise volume create a/b
	failed_with 125 "name a volume 'a/b': a name begins with a letter or digit"
	run --separate-stderr guise volume create --opt type=nfs x
	failed_with 125 "option 'type=nfs' of a volume: there are volumes of tmpfs, none and bind only"
	run --separate-stderr guise volume inspect nope
	failed_with 125 'find volume nope: there is none; guise --root .* volume ls lists them'
	run --separate-stderr guise volume rm ../containers
	failed_with 125 "name a volume '../containers'"
	guise volume rm -f nope
	same "$(guise volume rm data other)" $'data\nother'
}

@test "a volume is made where it is missing, and begins with all that the root has there" {
	make_content
	run -0 box -v data:/data:ro dir:root sh -c '! touch /data/x 2>/dev/null; cat /data/sub/file'
	same "$output" text
	same "$(tree "$(data data)")" "$(tree root/data)"
	same "$(stat -c '%a %u:%g' "$(data data)")" "750 7:8"
	[ "$(stat -c %b "$(data data)/holes")" -lt 64 ]
	# once: then what is in it is the user's, also where it is empty
	echo other >root/data/sub/file
	box -v data:/data dir:root sh -c 'grep text /data/sub/file && rm -r /data/*'
	says_nothing box -v data:/data dir:root ls -A /data
	# what its owner put there before stays; nocopy leaves it empty; a path that the root lacks has nothing
	guise volume create mine
	echo mine >"$(data mine)/file"
	same "$(box -v mine:/data dir:root ls -A /data)" file
	says_nothing box --mount type=volume,source=none,target=/data,volume-nocopy dir:root ls -A /data
	says_nothing box -v none:/data dir:root ls -A /data
	same "$(box -v new:/not/there dir:root sh -c 'ls -A /not/there; echo x >/not/there/y; cat /not/there/y')" x
	same "$(cat "$(data new)/y")" x
	same "$(volumes)" $'data\nmine\nnew\nnone'
}

@test "a root that would lead the copy elsewhere leads it nowhere" {
	make_root root
	mkdir -p root/data/sub
	echo secret >secret
	mount -t tmpfs none root/data/sub
	echo mounted >root/data/sub/file
	ln -s "$DIR" root/out
	# what is mounted there, a link that leads out, and one in the way
	same "$(box -v data:/data dir:root find /data)" /data
	says_nothing box -v out:/out/. dir:root ls -A /out
	umount root/data/sub
	python3 - <<-'EOT'
		import os
		os.chdir("root/data")
		for i in range(300):
		    os.mkdir("d")
		    os.chdir("d")
	EOT
	run --separate-stderr box -v deep:/data dir:root true
	failed_with 125 'fill volume .*/volumes/deep with what /data has: directories in it are more than 256 deep'
}

@test "host:, and a user namespace: volumes belong to the ids inside, whichever these are" {
	mkdir -p "$DIR/data"
	same "$(box -v data:/etc/skel host: sh -c 'ls -A /etc/skel')" "$(ls -A /etc/skel)"
	make_root root
	mkdir root/data
	echo text >root/data/file
	chown -R 33:44 root/data
	run -0 box --userns 0:300000:65536 -v mapped:/data dir:root sh -c 'stat -c %u:%g /data/file; echo x >/data/new; stat -c %u /data/new'
	same "$output" $'33:44\n0'
	same "$(stat -c '%u:%g' "$(data mapped)/file" "$(data mapped)/new")" $'33:44\n0:0'
	same "$(box --userns 0:500000:65536 -v mapped:/data dir:root stat -c '%u' /data/new)" 0
	same "$(box -v mapped:/data dir:root stat -c '%u' /data/file)" 33
	guise run -d --network none --cgroup-parent "$PARENT" --name a --userns auto -v fresh:/data dir:root sleep 1000 >/dev/null
	guise explain --check a
}

@test "a volume that a container uses is not removed, and whose it is is said" {
	box_detached --name a -v data:/mnt dir:"$ROOTFS" sleep 1000 >/dev/null
	run --separate-stderr guise volume rm data
	failed_with 125 'remove volume data: container a uses it; guise --root .* rm a removes that first'
	guise kill a >/dev/null
	guise wait a >/dev/null
	same "$(guise volume ls -q -f dangling=false)" data
	run --separate-stderr guise volume rm -f data
	failed_with 125 'remove volume data: container a uses it'
	says_nothing guise volume prune -af
	same "$(guise inspect a | jq -c '.[0].Mounts[0] | [.Type, .Name, .Source, .Destination, .Driver, .RW]')" \
		"[\"volume\",\"data\",\"$(data data)\",\"/mnt\",\"local\",true]"
	# what uses it by another container, too
	guise create --name b --volumes-from a:ro dir:"$ROOTFS" true >/dev/null
	guise rm a >/dev/null
	run --separate-stderr guise volume rm data
	failed_with 125 'container b uses it'
	guise rm b >/dev/null
	guise volume rm data
	same "$(volumes)" ""
}

@test "where a container's record can't be read, nothing that it may use is removed" {
	local file

	guise create --name a -v data:/mnt dir:"$ROOTFS" true >/dev/null
	guise create --name b -v /anonymous dir:"$ROOTFS" true >/dev/null
	file=$(dir_of a)/container.json
	cp "$file" good
	for broken in '{' "$(jq '.mounts = 5' good)"; do
		echo "$broken" >"$file"
		run --separate-stderr guise volume prune -af
		failed_with 125 'see which volumes are in use: read .*; guise --root .* rm --force [0-9a-f]{12} removes what there is of it'
		run --separate-stderr guise volume rm data
		failed_with 125 'see which volumes are in use: read '
		run --separate-stderr guise volume ls -f dangling=true
		failed_with 125 'see which volumes are in use: read '
		same "$(guise volume ls -q | wc -l)" 2
	done
	# another container goes all the same; what it alone had stays until it is known that it did
	guise rm -v b
	same "$(volumes | wc -l)" 2
	cp good "$file"
	same "$(guise volume prune -af | wc -l)" 1
	same "$(volumes)" data
	echo '{' >"$file"
	guise rm --force "$(readlink "$STATE/names/a")"
	same "$(guise volume prune -af)" data
}

@test "--volumes-from: what is a volume there is one here, in whatever state it is, and its container need never have run" {
	make_content
	mkdir src
	echo there >src/file
	guise volume create --opt type=tmpfs --opt o=size=1m memory
	guise volume create --opt type=none --opt o=bind,rw --opt device="$DIR/src" bound
	guise create --name a -v data:/data:ro -v memory:/mnt -v bound:/opt:ro -v /srv -v "$DIR/src:/tmp:ro" dir:root true >/dev/null
	run -0 box --volumes-from a dir:root sh -c 'cat /data/sub/file; stat -fc %T /mnt; touch /mnt/x /srv/x; cat /opt/file /tmp/file
		for dir in /data /opt /tmp; do ! touch $dir/x 2>/dev/null || echo "written to $dir"; done'
	same "$output" $'text\ntmpfs\nthere\nthere'
	# as after a boot: the tmpfs has gone
	umount "$(data memory)"
	run -0 box --volumes-from a dir:root sh -c 'stat -fc %T /mnt; ls /mnt /srv'
	same "$output" $'tmpfs\n/mnt:\n\n/srv:\nx'
	guise rm -v a
	guise volume rm data memory bound >/dev/null
	same "$(volumes)" ""
}

@test "anonymous volumes are the same at each start, and go with --rm and rm -v" {
	make_content
	same "$(box -v /data dir:root ls -A /data/sub)" $'deep\nfile'
	same "$(volumes)" ""
	guise run --network none --cgroup-parent "$PARENT" --name a -v /data dir:root sh -c 'ls /data/sub; echo x >>/data/runs; wc -l </data/runs' >out
	same "$(tail -1 out)" 1
	same "$(guise start -a a | tail -1)" 2
	guise run --network none --cgroup-parent "$PARENT" --name b -v /data --volumes-from a dir:root true
	same "$(volumes | wc -l)" 2
	guise rm b >/dev/null
	guise rm -v a >/dev/null
	same "$(volumes | wc -l)" 1
	# that of b has nobody, and a name would have kept it
	guise volume create kept
	guise volume prune -f >pruned
	same "$(wc -l <pruned)" 1
	same "$(volumes)" kept
	same "$(guise volume prune -af)" kept
	# one that never began leaves nothing
	run box -v /data dir:root /not/there
	same "$status" 127
	same "$(volumes)" ""
}

@test "--opt: a tmpfs that containers share, and a directory of the host" {
	mkdir src
	echo there >src/file
	guise volume create --opt type=none --opt o=bind --opt device="$DIR/src" bound
	same "$(box -v bound:/mnt dir:"$ROOTFS" cat /mnt/file)" there
	guise volume create --opt type=tmpfs --opt device=tmpfs --opt o=size=1m memory
	box_detached --name a -v memory:/mnt dir:"$ROOTFS" sleep 1000 >/dev/null
	same "$(box -v memory:/mnt dir:"$ROOTFS" sh -c 'stat -fc %T /mnt; echo x >/mnt/new')" tmpfs
	same "$(guise exec a cat /mnt/new)" x
	# of that size, whoever writes to it
	run box -v memory:/mnt dir:"$ROOTFS" sh -c 'head -c 2097152 /dev/zero >/mnt/big'
	same "$status" 1
	same "$(guise exec a stat -c %b /mnt/big)" 2040
	guise rm -f a >/dev/null
	guise volume rm memory bound >/dev/null
	same "$(grep -c "$STATE/volumes" /proc/self/mountinfo)" 0
	same "$(cat src/file)" there
	guise volume create --opt type=none --opt o=bind --opt device="$DIR/gone" gone
	run --separate-stderr box -v gone:/mnt dir:"$ROOTFS" true
	failed_with 125 'mount .*/gone of the host on /mnt: No such file or directory'
}

@test "an image's Volumes, but what the command line mounts counts" {
	layout volumes volumes
	guise pull -q oci:volumes >/dev/null
	same "$(box localhost/volumes:1 sh -c 'cat /data/in; busybox grep -c " /data " /proc/mounts')" $'image\n1'
	same "$(volumes)" ""
	same "$(box -v named:/data localhost/volumes:1 sh -c 'cat /data/in; stat -c "%a %u" /data')" $'image\n750 5'
	says_nothing box --tmpfs /data localhost/volumes:1 ls /data
	same "$(volumes)" named
}

@test "an image's ExposedPorts, and --expose, are what inspect shows" {
	layout volumes volumes
	guise pull -q oci:volumes >/dev/null
	guise create --name a --expose 8080-8081 --expose 53/udp --expose 80 --expose 8081 localhost/volumes:1 >/dev/null
	same "$(guise inspect a | jq -c '.[0].Config.ExposedPorts | keys')" '["53/udp","80/tcp","8080/tcp","8081/tcp"]'
	same "$(jq -c '.exposed | sort' "$(dir_of a)/container.json")" '["53/udp","80/tcp","8080/tcp","8081/tcp"]'
	run --separate-stderr guise run --expose 0 localhost/volumes:1
	failed_with 125 "--expose: port '0': it is not PORT or PORT-PORT"
}

@test "--dry-run says what would be done, makes nothing, and what it prints makes an equal container" {
	make_content
	box --dry-run --name x -v data:/data -v /anonymous dir:root sh -c 'cat /data/sub/file' >script
	[ ! -e "$STATE/volumes" ]
	same "$(bash script)" text
	same "$(volumes)" data
	same "$(bash script)" text
	same "$(box -v data:/data dir:root cat /data/sub/file)" text
}

@test "killed while it fills a volume, the next one fills it whole; several at once fill it once" {
	local try before killed=0

	make_content
	for try in {1..200}; do
		: >"root/data/f$try"
	done
	before=$(tree root/data)
	# until it was killed in the middle three times; now and then it is done before
	for try in {1..60}; do
		"$GUISE" --root "$STATE" run --rm --network none --cgroup-parent "$PARENT" -v data:/data dir:root true &
		kill_where $! [ -e "$STATE/volumes/data/filling" ]
		[ ! -e "$STATE/volumes/data/filling" ] || killed=$((killed + 1))
		same "$(box -v data:/data dir:root sh -c 'ls /data | wc -l')" 205
		same "$(tree "$(data data)")" "$before"
		guise volume rm data >/dev/null
		[ $killed -lt 3 ] || break
	done
	same $killed 3
	# one that has only begun
	guise volume create data
	mkdir -p "$(data data)/sub"
	echo half >"$(data data)/sub/file"
	mv "$STATE/volumes/data/fresh" "$STATE/volumes/data/filling"
	box -v data:/data dir:root true
	same "$(tree "$(data data)")" "$before"
	guise volume rm data >/dev/null
	for try in 1 2 3; do
		box -v data:/data dir:root sh -c 'ls /data | wc -l' >"count$try" &
	done
	await_jobs
	same "$(cat count?)" $'205\n205\n205'
}
await_jobs() { local job; for job in $(jobs -p); do [ "$job" = "$WATCHDOG" ] || wait "$job"; done; }

@test "what one that was killed has half made or removed is not a volume, and goes" {
	guise volume create data
	mkdir -p "$STATE/volumes/.new-0123456789abcdef" "$STATE/volumes/.gone-0123456789abcdef/_data/x"
	same "$(guise volume ls -q)" data
	guise volume rm data >/dev/null
	same "$(ls -A "$STATE/volumes")" ""
	mkdir "$STATE/volumes/empty"
	run --separate-stderr guise volume inspect empty
	failed_with 125 'find volume empty: there is none'
	# one whose file is broken is told of, and can be removed
	for text in '{' '{"type": 5}' '{"type": "none"}'; do
		guise volume create broken >/dev/null
		echo "$text" >"$STATE/volumes/broken/volume.json"
		run --separate-stderr box -v broken:/mnt dir:"$ROOTFS" true
		failed_with 125 'volume broken: '
		same "$(guise volume rm broken)" broken
	done
}
