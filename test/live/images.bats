#!/usr/bin/env bats
# Images: from directories and archives into the store, what hostile ones would do, and containers of them.

load common

need_for_all() {
	OUT=$DIR/outside
	export OUT
}

layout() { python3 "$BATS_TEST_DIRNAME/images.py" "$@"; }

# One that is well, pulled: its name is localhost/NAME:1.
pulled() { # CASE [NAME]
	layout "$1" "${2:-$1}"
	guise pull -q "oci:${2:-$1}" >/dev/null
}

# All that is in the store, but what is empty.
store() { (cd "$STATE/images" && find . -mindepth 2 | sort); }

# ---- unpacking

@test "a layer hides, replaces and goes through what is below it, and nothing else" {
	pulled whiteouts
	run -0 box localhost/whiteouts:1 sh -c 'find / -xdev -not -path "/[bds][eiy][nvs]*" -not -path "/proc*" -not -path "/tmp" -not -path "/etc*" | sort
		cat /kind/in /twice /usr/lib/x; stat -c "%n %a %u:%g" /d; ls -d /lib; stat -c %F /lib'
	same "$output" "$(printf '%s\n' / /d /d/a /d/new /d/sub /d/sub/b /kind /kind/in /lib /o /o/b /o/c /twice /usr /usr/lib /usr/lib/x)
itwox/d 750 7:8
/lib
symbolic link"
}

@test "names that lead out of an image are refused, or stay inside" {
	layout upwards up
	run --separate-stderr guise pull -q oci:up
	failed_with 125 'layer 1 of 1: unpack ../../out: its name leads upwards'
	layout hard-out hard
	run --separate-stderr guise pull -q oci:hard
	failed_with 125 'its name leads upwards'
	same "$(store | grep -v '^./blobs')" ""
	mkdir "$OUT"
	pulled link-out
	same "$(ls -A "$OUT")" ""
	pulled absolute
	same "$(box localhost/absolute:1 cat /abs)" inside
}

@test "owners, bits, devices, attributes and long names are kept; what means something to overlayfs is not" {
	local layer

	pulled special
	layer=$(realpath "$STATE"/images/manifests/*/0)
	same "$(stat -c '%a %u:%g %h' "$layer/su" "$layer/hard")" $'6755 5:6 2\n6755 5:6 2'
	same "$(stat -c '%F %t:%T %a' "$layer/null")" "character special file 1:3 666"
	[ ! -e "$layer/hidden" ]
	same "$(python3 -c 'import os, sys; print(os.listxattr(sys.argv[1]))' "$layer/x")" "['user.mine']"
	same "$(stat -c %Y "$layer/x")" 1000000000
	# a set-user-id program of an image is nobody's on the host
	same "$(stat -c %a "$STATE/images")" 700
	run -126 setpriv --reuid 65534 --clear-groups sh -c '"$0" true' "$layer/bin/busybox"
	[ -f "$layer/$(python3 -c 'print("l\xe4\u0142" + "n" * 120)')" ]
}

@test "what is not what it is said to be is refused, and nothing of it kept" {
	local fault

	for fault in content:'take blob sha256:.*another digest' cut:'take blob sha256:.*shorter than the manifest says' \
		long:'take blob sha256:.*longer than the manifest says' diff-id:'layer 1 of 1: unpack layer .* not what the image names'; do
		layout absolute "${fault%%:*}" "${fault%%:*}"
		run --separate-stderr guise pull -q "oci:${fault%%:*}"
		failed_with 125 "${fault#*:}"
		same "$(store | grep -v '^./blobs')" ""
	done
	layout absolute platform platform
	run --separate-stderr guise pull -q oci:platform
	failed_with 125 'find the image for linux/.*: it is made for linux/s390x; --platform names another one'
	guise pull -q --platform s390x oci:platform
}

@test "limits of a layer end it early, and the error names what raises them" {
	layout many many
	run --separate-stderr guise pull -q --max-layer-files 100 oci:many
	failed_with 125 'more than 100 files.*--max-layer-files'
	run --separate-stderr guise pull -q --max-layer-size 10k oci:many
	failed_with 125 'more than 10240 bytes.*--max-layer-size'
	layout bomb bomb
	run --separate-stderr guise pull -q oci:bomb
	failed_with 125 'more than 1000 bytes come of each.*--max-layer-ratio'
	same "$(store | grep -v '^./blobs')" ""
	guise pull -q --max-layer-ratio 2000 oci:bomb
	# and what its archive is packed in
	head -c 300M /dev/zero >zeros
	tar -czf bomb.tar.gz zeros
	run --separate-stderr guise load -i bomb.tar.gz
	failed_with 125 'bomb.tar.gz: unpack a layer: more than 1000 bytes come of each.*--max-layer-ratio'
	tar -cf many.tar bomb many
	run --separate-stderr guise load --max-layer-files 4 -i many.tar
	failed_with 125 'many.tar: unpack more than 4 files.*--max-layer-files'
	same "$(ls "$STATE/images/new")" ""
}

@test "a full disk is an error, and leaves nothing half-kept" {
	mkdir -p small "$STATE"
	mount -t tmpfs -o size=600k small small
	mkdir small/images
	ln -s "$DIR/small/images" "$STATE/images" 2>/dev/null || skip "no state directory"
	rm "$STATE/images"
	mkdir "$STATE/images"
	mount --bind small/images "$STATE/images"
	layout absolute big
	run --separate-stderr guise pull -q oci:big
	failed_with 125 'No space left on device'
	same "$(store | grep -v '^./blobs')" ""
	umount "$STATE/images" small
}

@test "many at once take the same image" {
	local n pids=()

	layout whiteouts w
	for n in 1 2 3 4 5 6; do
		guise pull -q oci:w >"out.$n" &
		pids+=($!)
	done
	for n in "${pids[@]}"; do wait "$n"; done
	same "$(sort -u out.* | wc -l)" 1
	same "$(ls "$STATE/images/new")" ""
	same "$(ls "$STATE/images/layers" | wc -l)" 2
}

# ---- containers of images

# As other people's tools make them: buildah's images in all four forms.
build() {
	local c b=(buildah --root "$DIR/b" --runroot "$DIR/r" --storage-driver vfs)

	command -v buildah >/dev/null || skip "no buildah: apt install buildah"
	cp -a "$ROOTFS" tree
	printf 'root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home:/bin/sh\n' >tree/etc/passwd
	printf 'root:x:0:\nteam:x:1001:\n' >tree/etc/group
	c=$("${b[@]}" from scratch)
	"${b[@]}" copy "$c" tree / >/dev/null
	"${b[@]}" config --entrypoint '["/bin/echo", "hello"]' --cmd "big world" --env A=image --env B=image --user app:team \
		--workingdir /srv/new --label one=1 --label two=image --stop-signal QUIT "$c"
	"${b[@]}" commit -q --format docker "$c" first >/dev/null
	"${b[@]}" push -q first oci:layout:2.0
	"${b[@]}" push -q first docker-archive:docker.tar:q.example/first:1
	"${b[@]}" push -q first oci-archive:oci.tar
	"${b[@]}" push -q first dir:dir
}

@test "buildah's images come in by all transports, and are the same image" {
	build
	same "$(guise load -i docker.tar 2>/dev/null | sort)" $'Loaded image: localhost/first:latest\nLoaded image: q.example/first:1'
	gzip -k docker.tar
	guise load -q <docker.tar.gz >one
	guise pull -q docker-archive:docker.tar >two
	guise pull -q dir:dir >three
	same "$(sort -u one two three | wc -l)" 1
	guise pull oci:layout 2>/dev/null | grep -qx 'Loaded image: localhost/layout:2.0'
	run --separate-stderr guise pull oci:layout:3
	failed_with 125 'find 3 in layout: it has 2.0'
	guise pull -q oci-archive:oci.tar >/dev/null
	same "$(guise images --format '{{.Repository}}:{{.Tag}}' | grep -v none | sort | head -3)" $'localhost/first:latest\nlocalhost/layout:2.0\nq.example/first:1'
	same "$(box first)" "hello big world"
}

@test "entrypoint, command, environment, user, directory, labels and stop signal are the image's unless given" {
	build
	guise pull -q docker-archive:docker.tar >/dev/null
	same "$(box first moon)" "hello moon"
	says_nothing box --entrypoint /bin/echo first
	same "$(box --entrypoint /bin/echo first a b)" "a b"
	same "$(box --entrypoint '' first /bin/echo x)" x
	run -0 box --entrypoint /bin/sh -e B=mine first -c 'echo $A $B; id -u; id -g; pwd; echo $HOME; grep NoNewPrivs /proc/self/status'
	same "$output" $'image mine\n1000\n1001\n/srv/new\n/home\nNoNewPrivs:\t0'
	run -0 box --entrypoint /bin/sh --user 0 -w / --security-opt no-new-privileges first -c 'id -u; pwd; grep NoNewPrivs /proc/self/status'
	same "$output" $'0\n/\nNoNewPrivs:\t1'
	guise create --name c --label two=mine --network none --cgroup-parent "$PARENT" q.example/first:1 >/dev/null
	same "$(guise inspect --format '{{.Config.Labels.one}} {{.Config.Labels.two}} {{.Config.StopSignal}}' c)" "1 mine SIGQUIT"
}

@test "a container of an image keeps what it writes, and is started, copied from and compared like any other" {
	pulled whiteouts w
	guise run --name c --network none --cgroup-parent "$PARENT" w:1 sh -c 'echo x >>/mine; /bin/busybox rm -f /o/b; cat /mine'
	same "$(guise start -a c)" $'x\nx'
	same "$(guise diff c)" $'A /mine\nC /o\nD /o/b'
	same "$(guise cp c:/kind/in - | tar -xO)" i
	same "$(guise cp c:/mine - | tar -xO)" $'x\nx'
	guise start c
	box_detached --name d w:1 sleep 1000 >/dev/null
	run -0 guise explain --check d
	has_not '^(missing|different)' "$output"
	has 'lowerdir=image/0:image/1' "$output"
	guise rm -f d
	guise run --dry-run --rm --network none --cgroup-parent "$PARENT" w:1 cat /kind/in >script
	unshare --mount --propagation private sh -e script >out 2>err || { cat err; false; }
	same "$(cat out)" i
}

@test "an image goes with its last name, but not below a container" {
	pulled whiteouts w
	guise tag w:1 second quay.example/third:3
	same "$(guise images --format '{{.Repository}}:{{.Tag}}')" $'localhost/second:latest\nlocalhost/w:1\nquay.example/third:3'
	guise create --name c --network none --cgroup-parent "$PARENT" second >/dev/null
	guise rmi w:1 quay.example/third:3
	run --separate-stderr guise rmi second
	failed_with 125 'remove image .*: container c is made of it; guise rm -f c, then again'
	same "$(guise rmi -f second)" "Untagged: localhost/second:latest"
	guise start -a c
	guise rm c
	# it takes no privilege but that of the files' owner
	setpriv --bounding-set -sys_admin "$GUISE" --root "$STATE" rmi "$(guise images -q)"
	setpriv --bounding-set -sys_admin "$GUISE" --root "$STATE" image prune -af
	same "$(store)" ""
	run --separate-stderr guise rmi second
	failed_with 125 'find image second: there is none here'
	run --separate-stderr guise run --pull never second
	failed_with 125 'find image second: there is none here.*guise pull second fetches it'
}

@test "a container's root has the mode and the owner that the image's has, however its layers are put together" {
	pulled root
	same "$(box localhost/root:1 stat -c '%a %u:%g' /)" "1777 7:8"
	same "$(box --read-only localhost/root:1 stat -c '%a %u:%g' /)" "1777 7:8"
	same "$(guise run --name a --network none --cgroup-parent "$PARENT" localhost/root:1 stat -c '%a %u:%g' /)" "1777 7:8"
	same "$(guise start -a a)" "1777 7:8"
	# once it has ended, its layers are put together in another way
	same "$(guise cp a:/ - | tar -tvf - | sed -n '1s/^\([^ ]* [^ ]*\).*/\1/p')" "drwxrwxrwt 7/8"
	# and what it made of that stays
	guise run --name b --network none --cgroup-parent "$PARENT" localhost/root:1 sh -c 'busybox chmod 700 /; exec stat -c "%a" /'
	same "$(guise cp b:/ - | tar -tvf - | sed -n '1s/^\([^ ]* [^ ]*\).*/\1/p')" "drwx------ 7/8"
	# as of a directory of the machine
	make_root dir
	chown 7:8 dir
	chmod 1777 dir
	same "$(box --overlay dir:dir stat -c '%a %u:%g' /)" "1777 7:8"
	need_idmapped_host
	same "$(box --userns 0:300000:65536 localhost/root:1 stat -c '%a %u:%g' /)" "1777 7:8"
}

# More layers, each with a directory of its number, than the image came with.
deepen() { # FROM TO
	local n top=$STATE/images/manifests

	top=$top/$(ls "$top")
	for ((n = $1; n <= $2; n++)); do
		mkdir -p "$STATE/images/layers/of-$n/d$n"
		ln -s "../../layers/of-$n" "$top/$n"
	done
}

@test "an image of 400 layers runs, with and without a user namespace, and one of more says so" {
	pulled absolute a
	deepen 1 399
	same "$(box a:1 sh -c 'ls -d /d* | busybox wc -l')" 400
	[ -n "${VM_SCRATCH-}" ] || same "$(box --userns 0:300000:65536 a:1 sh -c 'ls -d /d* | busybox wc -l')" 400
	deepen 400 400
	run --separate-stderr box a:1 true
	failed_with 125 'run image sha256:.*: it has 401 layers, and 400 is the most'
}

@test "an image in a user namespace: owners are those inside, whichever ids it has, and what a layer hides is hidden" {
	need_idmapped_host
	pulled whiteouts
	guise run --network none --cgroup-parent "$PARENT" --name a --userns 0:300000:65536 localhost/whiteouts:1 \
		sh -c 'stat -c %u:%g /d /bin; ls /o /kind; ls /old; echo x >/d/mine; cat /proc/self/uid_map' >out 2>&1
	same "$(tr -s ' ' <out)" "7:8
0:0
/kind:
in

/o:
b
c
ls: /old: No such file or directory
 0 300000 65536"
	same "$(guise diff a)" "$(printf 'C /d\nA /d/mine')"
	guise start -a a >/dev/null
	# a relative path is of where guise was called, also when the layers are mounted elsewhere
	guise cp a:/d/mine mine
	same "$(cat mine)" x
	guise rm a >/dev/null
	same "$(box --userns auto --read-only localhost/whiteouts:1 stat -c %u /d/a)" 0
	box_detached --name b --userns auto localhost/whiteouts:1 sleep 1000 >/dev/null
	guise explain --check b
}

# ---- users without root

# The images of $DIR, as the user `nobody` has them.
as_nobody() {
	(cd "$DIR" && HOME=$DIR/user setpriv --reuid 65534 --regid 65534 --clear-groups \
		env -u XDG_RUNTIME_DIR USER=nobody "$GUISE" --root "$DIR/user/state" "$@")
}
need_user() {
	need_program setpriv util-linux
	mkdir user
	chown 65534:65534 user
	chmod 755 "$LIVE"
}
need_subordinate_ids() {
	need_user
	need_program newuidmap uidmap
	[ -e /etc/subuid ] && [ -e /etc/subgid ] || skip "no /etc/subuid"
}

@test "without root: an image is pulled, run, told of, and removed; with one id all of it is root's" {
	need_user
	layout whiteouts w
	run --separate-stderr as_nobody pull -q oci:w
	same "$status:${#stderr_lines[@]}" 0:1
	has "^guise: all files of the image will be root's: only one id is there: .*usermod --add-subuids" "$stderr"
	run --separate-stderr as_nobody run --name c --network none w:1 sh -c 'cat /kind/in /twice; ls /o; stat -c %u:%g /d /bin; ls -d /old
		echo x >/o/new; busybox rm /d/a; busybox rm -r /usr/lib; busybox mkdir /usr/lib'
	same "$output" $'itwob\nc\n0:0\n0:0'
	has 'ls: /old: No such file' "$stderr"
	same "$(as_nobody start -a c 2>/dev/null)" $'itwob\nc\nnew\n0:0\n0:0'
	same "$(as_nobody diff c)" $'C /d\nD /d/a\nC /o\nA /o/new\nC /usr\nC /usr/lib\nD /usr/lib/x'
	same "$(as_nobody cp c:/o/new - | tar -xO)" x
	as_nobody commit c made >/dev/null
	same "$(as_nobody run --rm --network none made sh -c 'cat /o/new; ls /usr/lib /d' 2>/dev/null)" $'x\n/d:\nnew\nsub\n\n/usr/lib:'
	as_nobody save -o user/w.tar w:1 made
	run --separate-stderr as_nobody run --rm --network none --userns 0:65534:1 w:1 true
	failed_with 125 'run image w:1 with other ids than it has on disk: only root maps the owners of its layers; leave out --userns'
	as_nobody rm c
	as_nobody rmi w:1 made
	same "$(cd user/state/images && find . -mindepth 2)" ""
	as_nobody load -q -i user/w.tar 2>/dev/null | wc -l >loaded
	same "$(cat loaded)" 2
	as_nobody image prune -af >/dev/null
	same "$(cd user/state/images && find . -mindepth 2)" ""
	same "$(grep -c "$DIR" /proc/self/mountinfo)" 0
}

@test "without root: subordinate ids are those of an image's files, in the store and in its containers" {
	need_subordinate_ids
	layout kinds k
	echo nobody:700000:65536 >ids
	export -f as_nobody
	run unshare --mount bash -euc 'mount --bind ids /etc/subuid; mount --bind ids /etc/subgid
		as_nobody pull -q oci:k 2>&1 >/dev/null
		stat -c "%u:%g %a" user/state/images/manifests/*/1/su
		as_nobody run --rm --network none k:1 stat -c "%u:%g %a" / /su
		as_nobody rmi k:1 >/dev/null
		cd user/state/images && find . -mindepth 2'
	same "$status:$output" $'0:guise: 1 device node was left out of the image: only root makes them\n700004:700005 6755\n3:0 751\n5:6 6755'
	# an id that is nobody's there
	echo nobody:700000:5 >ids
	run unshare --mount bash -euc 'mount --bind ids /etc/subuid; mount --bind ids /etc/subgid; as_nobody pull -q oci:k'
	same "$status" 125
	has 'layer 1 of 2: .*su: Invalid argument; its owner may be none of the ids that there are here: /etc/subuid' "$output"
}

@test "without root: a container is committed while it runs, sized and compared as a whole, and read with its own ids once it has ended" {
	need_subordinate_ids
	layout kinds k
	echo nobody:700000:65536 >ids
	export -f as_nobody
	export ROOTFS
	run unshare --mount bash -euc 'mount --bind ids /etc/subuid; mount --bind ids /etc/subgid
		as_nobody pull -q oci:k &>/dev/null
		as_nobody run -d --name r --network none k:1 sh -c "busybox mkdir -m 700 /p; busybox dd if=/dev/zero of=/p/f bs=1000 count=9 2>/dev/null
			busybox chown -R 5:6 /p; echo done; exec busybox sleep 1000" >/dev/null
		until as_nobody logs r | grep -q done; do sleep 0.1; done
		as_nobody commit r made &>/dev/null
		as_nobody ps -s --format "{{.Size}}"
		as_nobody system df --format "{{.Type}}: {{.Size}}" | grep Containers
		as_nobody rm -f r >/dev/null
		as_nobody run --rm --network none made stat -c "%u:%g %s" /p/f
		as_nobody run --name e --overlay --userns keep-id --user 0 --network none "dir:$ROOTFS" sh -c "echo x >/y; busybox mkdir -m 700 /p; echo >/p/f"
		as_nobody diff e
		as_nobody cp e:/y -'
	same "$output" "9kB
Containers: 9kB
5:6 9000
A /p
A /p/f
A /y
guise: open the root of container e: it has ended, and had other ids than this user's containers have without --userns; \
guise start e, then again while it runs"
}

@test "without root: a volume goes with all that is in it, whichever of the user's ids it is of" {
	need_subordinate_ids
	layout kinds k
	echo nobody:700000:65536 >ids
	export -f as_nobody
	run unshare --mount bash -euc 'mount --bind ids /etc/subuid; mount --bind ids /etc/subgid
		as_nobody pull -q oci:k &>/dev/null
		write="busybox mkdir -m 700 /data/d; echo x >/data/d/f; busybox chown -R 5:6 /data/d"
		as_nobody run --rm --network none -v v:/data k:1 sh -c "$write"
		stat -c "%u:%g %a" user/state/volumes/v/_data/d
		as_nobody volume rm v
		as_nobody run --rm --network none -v /data k:1 sh -c "$write"
		as_nobody run --rm --network none -v w:/data k:1 sh -c "$write"
		as_nobody volume prune -af
		find user/state/volumes -mindepth 1'
	same "$output" $'700004:700005 700\nv\nw'
}

@test "without root: credentials are looked for where login keeps them" {
	need_user
	export -f as_nobody
	run unshare --mount bash -euc 'mount -t tmpfs none /run; mkdir -p /run/containers/65534
		echo "no JSON" >/run/containers/65534/auth.json; as_nobody pull -q localhost:1/x'
	same "$status" 125
	has '/run/containers/65534/auth.json' "$output"
}

@test "without root: a credential helper is the user's own, and not root of the namespace that the image is unpacked in" {
	need_user
	mkdir -p user/.docker bin
	printf '%s\n' '#!/bin/sh' 'cat >/dev/null' '{ id -u; cat /proc/self/uid_map; cat "$HOME/secret"; } >"$HOME/asked"' \
		'echo "{\"Username\": \"me\", \"Secret\": \"x\"}"' >bin/docker-credential-mine
	chmod 755 bin bin/docker-credential-mine
	echo '{ "credsStore": "mine" }' >user/.docker/config.json
	install -m 600 <(echo hidden) user/secret
	chown -R 65534 user/.docker user/secret
	layout anew n
	# the namespace is entered for the first of several
	for first in '' oci:n; do
		rm -f user/asked
		PATH=$DIR/bin:$PATH as_nobody pull -q $first localhost:1/x &>out || same $? 125
		has 'localhost:1' "$(<out)"
		same "$(<user/asked)" "65534
$(cat /proc/self/uid_map)
hidden"
	done
}

@test "without root: what a layer has made anew hides what is below it, also from diff" {
	need_user
	layout anew n
	as_nobody pull -q oci:n &>/dev/null
	as_nobody run --name c --network none n:1 sh -c 'echo x >/o/a' 2>/dev/null
	same "$(as_nobody diff c)" $'C /o\nA /o/a'
}
