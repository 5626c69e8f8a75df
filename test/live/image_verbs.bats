#!/usr/bin/env bats
# What else can be done with images: telling of them, giving them to others, taking them from others, and taking them away.

load common

layout() { python3 "$BATS_TEST_DIRNAME/images.py" "$@"; }

# One that is well, pulled: its name is localhost/NAME:1.
pulled() { # CASE [NAME]
	layout "$1" "${2:-$1}"
	guise pull -q "oci:${2:-$1}" >/dev/null
}

# All that is in the store, but what is empty.
store() { (cd "$STATE/images" && find . -mindepth 2 | sort); }

# ---- telling

@test "inspect finds containers first, then images, with docker's keys" {
	pulled whiteouts w
	guise tag w:1 other.example/x
	guise create --name w --network none --cgroup-parent "$PARENT" w:1 >/dev/null
	guise inspect localhost/w:1 w | jq -r '.[] | .Id, .Os // .Config.Cmd[0], (.RepoTags // [] | join(" "))' >out
	same "$(sed -n 2,3p out)" $'linux\nlocalhost/w:1 other.example/x:latest'
	same "$(head -1 out)" "sha256:$(guise images -q --no-trunc w:1 | sed 's/.*://')"
	same "$(sed -n 4p out)" "$(readlink "$STATE/names/w")"
	same "$(guise image inspect w:1 -f '{{.Architecture}} {{.Config.Cmd}} {{index .Config.Env 0}} {{len .RootFS.Layers}}')" "amd64 [sh] A=b 2"
	same "$(guise inspect --type image w:1 | jq -r '.[0].RepoDigests[0]')" "localhost/w@$(jq -r '.manifests[0].digest' w/index.json)"
	same "$(guise inspect w:1 | jq '.[0].Size')" "$(zcat w/blobs/sha256/* 2>/dev/null | wc -c)"
	run --separate-stderr guise inspect nothing
	has 'find container nothing: there is none, and no image either; guise .*ps -a lists them, and guise .*images these' "$stderr"
	same "$(jq length <<<"$output")" 0
	run --separate-stderr guise inspect --type container w:1
	has 'find container w:1: there is none; ' "$stderr"
	run --separate-stderr guise image inspect nothing
	has 'find image nothing: there is none here' "$stderr"
}

@test "history and images tell what docker tells, and nothing that a terminal would obey" {
	pulled history h
	same "$(guise history -q h:1 | tail -3)" $'<missing>\n<missing>\n<missing>'
	same "$(guise history --no-trunc --format '{{.CreatedBy}}|{{.Comment}}|{{.CreatedSince}}' h:1 | sed 's/[0-9]* years/N years/')" \
		$'||N/A\nCMD ?[31mred|last|N/A\nRUN true||N/A\nADD file|first|N years ago'
	same "$(guise history --format json -H=false h:1 | jq -rs 'map(.Size | tonumber > 0) | map(tostring) | join(" ")')" "true false true true"
	has '^IMAGE +CREATED +CREATED BY +SIZE +COMMENT$' "$(guise image history h:1 | head -1)"
	pulled absolute other
	has '^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$' "$(guise images | head -1)"
	same "$(guise images --filter reference=h --format '{{.Repository}}')" localhost/h
	same "$(guise image ls -q --filter 'reference=localhost/o*:1' | wc -l)" 1
	same "$(guise images --format '{{.Tag}}' --filter label=kind=odd)" 1
	guise rmi h:1
	layout special nameless
	jq 'del(.manifests[].annotations)' nameless/index.json >index && cp index nameless/index.json
	guise pull -q oci:nameless >/dev/null
	same "$(guise images --filter dangling=true --format '{{.Repository}}')" '<none>'
	same "$(guise images --filter dangling=false --format '{{.Repository}}')" localhost/other
	run --separate-stderr guise images --filter dangling
	failed_with 125 "--filter: 'dangling'.*dangling=BOOL"
}

# ---- giving

# All that a tree is, a line a file: type, mode, owner, time, attributes, content.
tree() { python3 "$BATS_TEST_DIRNAME/tree.py" "$1"; }

# What the top of an image's layers is, as guise has it unpacked: all of them on each other.
mounted() { # NAME DIR
	local lower=() dir=$(guise image inspect -f '{{.Guise.Path}}' "$1") n=0

	while [ -e "$dir/$n" ]; do lower+=("$(realpath "$dir/$n")"); n=$((n + 1)); done
	mkdir "$2"
	if [ "$n" = 1 ]; then mount --bind -o ro "${lower[0]}" "$2"
	else (IFS=:; mount -t overlay -o "ro,lowerdir=${lower[*]}" overlay "$2"); fi
}

@test "what is saved is loaded again with the same digests, in every format, and what it unpacks to is the same" {
	local format

	pulled whiteouts w
	pulled special s
	guise tag w:1 other.example/x:2
	guise images --digests --no-trunc --format '{{.Digest}} {{.ID}}' | sort -u >before
	mounted w:1 before.w
	tree before.w >tree.before
	guise save -o a.tar w:1 other.example/x:2 s:1
	guise image save w:1 other.example/x:2 s:1 >b.tar
	cmp a.tar b.tar
	guise save --format oci-archive -o oci.tar w:1
	guise save --format oci-dir -o dir.oci w:1 s:1
	guise save --format docker-dir -o dir.docker s:1
	tar -tf a.tar >/dev/null
	umount before.w
	guise rmi w:1 other.example/x:2 s:1
	same "$(store)" ""
	same "$(guise load -i a.tar 2>/dev/null | sort)" $'Loaded image: localhost/s:1\nLoaded image: localhost/w:1\nLoaded image: other.example/x:2'
	same "$(guise images --digests --no-trunc --format '{{.Digest}} {{.ID}}' | sort -u)" "$(cat before)"
	mounted w:1 after.w
	same "$(tree after.w)" "$(cat tree.before)"
	umount after.w
	for format in docker-archive:a.tar:other.example/x:2 oci-archive:oci.tar oci:dir.oci:1 dir:dir.docker; do
		guise image prune -af >/dev/null
		guise pull -q "$format"
		same "$(guise images --digests --format '{{.Digest}}' | sort -u | grep -cf - before)" "$([ "$format" = oci:dir.oci:1 ] && echo 2 || echo 1)"
	done
	run --separate-stderr guise pull docker-archive:a.tar:nothing
	failed_with 125 'find nothing in a.tar: it has localhost/w:1, other.example/x:2, localhost/s:1'
}

@test "options of registries are refused where there are files" {
	local option

	pulled whiteouts w
	for option in --tls-verify=false --creds=a:b --cert-dir=/etc --authfile=/etc/x; do
		run --separate-stderr guise pull -q $option oci:w
		failed_with 125 "use ${option%%=*} for oci:w: it is for registries, and these are files; leave it out"
		run --separate-stderr guise push -q $option w:1 oci:other
		failed_with 125 "use ${option%%=*} for oci:other: it is for registries"
	done
	run --separate-stderr guise push -q --compression-format gzip w:1 oci:other
	failed_with 125 'use --compression-format for oci:other: it is for registries'
	[ ! -e other ]
}

@test "push writes to directories and archives, too, with the tag that is said or the image's name" {
	pulled whiteouts w
	digest=$(guise images --digests --format '{{.Digest}}' w:1)
	for to in oci:out:any oci-archive:out.tar:any docker-archive:out.docker:named:2 docker-archive:own.docker dir:flat; do
		has "^Digest: $digest" "$(guise push w:1 "$to")"
	done
	same "$(jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"]' out/index.json)" any
	guise rmi w:1 >/dev/null
	for from in oci:out:any oci-archive:out.tar:any docker-archive:out.docker docker-archive:own.docker dir:flat; do
		same "sha256:$(guise pull -q "$from")" "$(guise images -q --no-trunc | head -1)"
	done
	same "$(guise images --format '{{.Repository}}:{{.Tag}}' | sort)" \
		$'localhost/named:2\nlocalhost/out:any\nlocalhost/w:1'
	same "$(guise images --digests --format '{{.Digest}}' | sort -u)" "$digest"
	run --separate-stderr guise push w:1 oci:out
	failed_with 125 "write to the directory out.*not there yet"
	run --separate-stderr guise push w:1 tarball:x
	failed_with 125 tarball
}

@test "bad ways to save are refused, and leave nothing" {
	pulled absolute a
	run --separate-stderr guise save nothing -o out.tar
	failed_with 125 'find image nothing'
	run --separate-stderr guise save --format docker-dir a:1
	failed_with 125 'this format is a directory; --output names it'
	mkdir full && touch full/x
	run --separate-stderr guise save --format oci-dir -o full a:1
	failed_with 125 'write to the directory full: Directory not empty'
	run --separate-stderr guise save --format zip a:1
	failed_with 125 "'zip'.*choose from: docker-archive"
	run -125 script -qec "$(printf '%q ' "$GUISE" --root "$STATE" save a:1)" /dev/null
	has 'write an archive to a terminal' "$output"
	mkdir small && mount -t tmpfs -o size=64k small small
	run --separate-stderr guise save -o small/out.tar a:1
	failed_with 125 'write the image: No space left'
	same "$(ls -A small)" ""
	# one that was there before stays as it is, and what is no file is written to
	echo before >small/out.tar
	run --separate-stderr guise save -o small/out.tar a:1
	failed_with 125 'write the image: No space left'
	same "$(cat small/*)" before
	umount small
	run --separate-stderr guise save -o full a:1
	failed_with 125 'write full: Is a directory'
	ln -s there.tar link.tar
	guise save -o link.tar a:1
	guise save -o /dev/stdout a:1 | cmp - there.tar
	guise save -o there.tar a:1
	cmp link.tar there.tar
	[ -L link.tar ]
}

@test "save: the file that was there keeps its owner and mode, and a signal leaves it as it was, and nothing beside it" {
	pulled whiteouts w
	echo old >out.tar
	chmod 600 out.tar
	chown 1000:100 out.tar
	guise save -o out.tar w:1
	same "$(stat -c '%u:%g %a' out.tar)" "1000:100 600"
	tar -tf out.tar >/dev/null
	# what nobody reads: it waits in the middle of a blob
	head -c 3000000 /dev/urandom >"$ROOTFS/tmp/large"
	tar -C "$ROOTFS/tmp" -cf - large | guise import - big:1 >/dev/null
	rm "$ROOTFS/tmp/large"
	mkfifo pipe
	is_full() { python3 -c 'import fcntl, struct, sys, termios; sys.exit(struct.unpack("i", fcntl.ioctl(7, termios.FIONREAD, b"    "))[0] < 60000)'; }
	for save in "save -o pipe big:1" "push big:1 oci-archive:pipe"; do
		exec 7<>pipe
		"$GUISE" --root "$STATE" $save 2>why 7<&- &
		saver=$!
		await is_full
		kill -TERM $saver
		status=0
		wait $saver || status=$?
		same "$status" 143
		exec 7<&-
	done
	guise save -o out.tar big:1 &
	saver=$!
	await eval 'compgen -G ".guise-save-*" >/dev/null || ! kill -0 $saver 2>/dev/null'
	kill -TERM $saver 2>/dev/null || :
	wait $saver || :
	same "$(compgen -G '.guise-save-*' || :)" ""
	tar -tf out.tar >/dev/null
}

@test "a name with a digest is none that docker's part of an archive has" {
	local digest

	pulled absolute a
	digest=$(guise images --digests --format '{{.Digest}}')
	ln -s "$digest" "$STATE/images/names/localhost/a/@$digest"
	guise save -o a.tar a:1 "a@$digest"
	same "$(tar -xOf a.tar manifest.json | jq -c '.[0].RepoTags')" '["localhost/a:1"]'
	guise save -o one.tar "a@$digest"
	same "$(tar -xOf one.tar manifest.json | jq -c '.[0].RepoTags')" '[]'
	same "$(guise rmi "a@$digest")" "Untagged: localhost/a@$digest"
	guise rmi a:1 >/dev/null
	guise load -i one.tar 2>/dev/null
	same "$(guise images --no-trunc --digests --format '{{.Digest}}')" "$digest"
}

@test "a short name that several registries could mean is that of the image which it finds" {
	pulled absolute a
	guise tag a:1 docker.io/library/a:1
	same "$(guise rmi a:1)" "Untagged: localhost/a:1"
	same "$(guise images --format '{{.Repository}}')" docker.io/library/a
	guise tag docker.io/library/a:1 a:1
	guise save a:1 | tar -xO manifest.json | jq -r '.[0].RepoTags[]' >names
	same "$(cat names)" localhost/a:1
	# on loopback, where nothing listens
	run --separate-stderr guise push a:1
	failed_with 125 'ask registry localhost: '
}

@test "podman loads what guise saved, and guise what podman saved" {
	local p=(podman --root "$DIR/p" --runroot "$DIR/r" --storage-driver vfs)

	command -v podman >/dev/null || skip "no podman: apt install podman"
	pulled kinds s
	pulled absolute a
	guise save -o s.tar s:1
	"${p[@]}" load -q -i s.tar | grep -q localhost/s:1
	# and runs it
	same "$("${p[@]}" --cgroup-manager cgroupfs --runtime "$(dirname "$GUISE")/guise-oci" run --rm --network none --cgroup-parent "/$PARENT" --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 s:1 stat -c '%a %u:%g' /su)" "6755 5:6"
	guise save -o both.tar s:1 a:1
	"${p[@]}" load -q -i both.tar | grep -q localhost/a:1
	mounted s:1 mine
	tree mine >tree.mine
	umount mine
	tree "$("${p[@]}" image mount s:1)" | diff tree.mine -
	"${p[@]}" save -q -o back.tar s:1 2>/dev/null
	"${p[@]}" save -q --format oci-archive -o back.oci s:1 2>/dev/null
	"${p[@]}" image umount -a >/dev/null
	guise rmi s:1
	for n in back.tar back.oci; do
		same "$(guise load -i "$n" 2>/dev/null)" "Loaded image: localhost/s:1"
		mounted s:1 "mine.$n"
		diff tree.mine <(tree "mine.$n")
		umount "mine.$n"
		guise rmi s:1
	done
}

# ---- taking away

@test "prune takes what has no name and no container, blobs on request, and what a kill has left; df tells of it" {
	pulled whiteouts w
	pulled absolute a
	layout special nameless
	jq 'del(.manifests[].annotations)' nameless/index.json >index && cp index nameless/index.json
	guise pull -q oci:nameless >/dev/null
	guise volume create free
	guise create --name c --network none --cgroup-parent "$PARENT" -v used:/mnt w:1 >/dev/null
	mkdir "$STATE/images/new/layer-1-0"
	same "$(guise system df --format '{{.Type}} {{.TotalCount}} {{.Active}}')" $'Images 3 1\nContainers 1 0\nLocal Volumes 2 1\nImage Blobs 4 0'
	# as large as what is in them
	head -c 5000 /dev/zero >"$STATE/volumes/used/_data/file"
	head -c 3000 /dev/zero >"$STATE/volumes/free/_data/file"
	same "$(guise system df --format '{{.Type}} {{.Size}} {{.Reclaimable}}' | grep Volumes)" 'Local Volumes 8kB 3kB (37%)'
	has '^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE$' "$(guise system df | head -1)"
	run -125 guise image prune
	guise image prune -f >out
	same "$(sed 's/ [a-z0-9:.]*[kM]*B*$//' out)" $'Deleted:\nTotal reclaimed space:'
	same "$(ls "$STATE/images/new")" ""
	same "$(guise images --format '{{.Repository}}' | sort)" $'localhost/a\nlocalhost/w'
	guise image prune -f --blobs >/dev/null
	same "$(guise system df --format json | jq -r 'select(.Type == "Image Blobs").TotalCount')" 0
	same "$(box w:1 cat /kind/in)" i
	run --separate-stderr guise save -o x.tar w:1
	failed_with 125 'read blob sha256:.* of image .*guise pull fetches it again'
	[ ! -e x.tar ]
	guise pull -q oci:w >/dev/null
	guise save -o x.tar w:1
	# what was made here stays: it can be fetched from nowhere
	tar -cf - -C "$ROOTFS" . | guise import - made >/dev/null
	guise image prune -f --blobs >/dev/null
	same "$(guise system df --format '{{.Type}} {{.TotalCount}} {{.Active}}' | tail -1)" "Image Blobs 1 1"
	guise save -o made.tar made
	guise rmi made >/dev/null
	same "$(guise image prune -af | sed 's/:.*/:/')" $'Untagged:\nDeleted:\nTotal reclaimed space:'
	guise rm c
	guise image prune -af >/dev/null
	same "$(store)" ""
}

@test "system df -v tells of each image, container and volume how large it is, and who has it" {
	pulled whiteouts w
	guise run --name c --network none --cgroup-parent "$PARENT" -v data:/mnt w:1 sh -c 'echo 12345 >/mnt/x; echo 123 >/y'
	guise commit -q c made >/dev/null
	guise system df -v --format json >out
	same "$(jq -c '.Images | sort_by(.Repository) | .[] | [.Repository, .Tag, .Containers, .UniqueSize == "0B"]' out)" \
		'["localhost/made","latest",0,false]
["localhost/w","1",1,true]'
	same "$(jq -r '.Images[0].SharedSize == .Images[1].SharedSize' out)" true
	same "$(jq -c '.Containers[] | [.Names, .Image, .LocalVolumes, .Size, .Status]' out)" '["c","w:1",1,"4B","exited"]'
	same "$(jq -c '.Volumes' out)" '[{"Name":"data","Links":1,"Size":"6B"}]'
	guise system df -v >out
	same "$(grep -n ':$' out)" $'1:Images space usage:\n7:Containers space usage:\n12:Local Volumes space usage:'
	has '^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE +SHARED SIZE +UNIQUE SIZE +CONTAINERS$' "$(cat out)"
	has '^data +1 +6B$' "$(cat out)"
	same "$(guise system df -v --format '{{range .Volumes}}{{.Name}}{{end}}')" data
}

@test "where a container's record can't be read, no image goes that it may be made of" {
	pulled absolute a
	guise create --name c --network none --cgroup-parent "$PARENT" a:1 >/dev/null
	cp "$(dir_of c)/container.json" good
	echo '{' >"$(dir_of c)/container.json"
	for command in "image prune -af" "rmi -f a:1" "system df"; do
		run --separate-stderr guise $command
		failed_with 125 'see which images containers are made of: read .*; guise --root .* rm --force [0-9a-f]{12} removes what there is of it'
	done
	cp good "$(dir_of c)/container.json"
	run --separate-stderr guise rmi a:1
	failed_with 125 'remove image .*: container c is made of it'
}

# ---- making

@test "a committed container is an image: whiteouts, owners, attributes and holes, and the configuration of the container" {
	pulled whiteouts w
	guise run --name c --network none --cgroup-parent "$PARENT" -e B=2 --label l=m -w /srv w:1 sh -c '
		/bin/busybox rm -rf /o /d/a; /bin/busybox mkdir /o; echo n >/o/new; echo k >>/kind/in
		/bin/busybox chown 7:8 /twice; /bin/busybox chmod 4750 /twice; /bin/busybox ln /twice /hard; /bin/busybox mkfifo /fifo
		/bin/busybox dd if=/dev/null of=/holes bs=1 seek=1000000 2>/dev/null; /bin/busybox touch /.wh.bad'
	# it is bound as any other, and the option that the error names is there
	run --separate-stderr -125 guise commit --max-layer-files 3 c made
	has 'unpack more than 3 files.*--max-layer-files' "$stderr"
	run --separate-stderr -125 guise commit --max-layer-size 4k c made
	has 'unpack more than 4096 bytes.*--max-layer-size' "$stderr"
	run --separate-stderr guise commit -a me -m 'a note' -c 'CMD ["cat", "/o/new"]' -c 'ENV C=3' c made
	[[ "$output" == sha256:* ]]
	has 'leave out /.wh.bad' "$stderr"
	same "$(box made)" n
	run -0 box made sh -c 'find /o /d /hard /fifo | sort; cat /kind/in; stat -c "%a %u:%g %h" /twice; stat -c "%s" /holes; pwd; echo $A $B $C'
	same "$output" $'/d\n/d/new\n/d/sub\n/d/sub/b\n/fifo\n/hard\n/o\n/o/new\nik\n4750 7:8 2\n1000000\n/srv\nb 2 3'
	same "$(guise image inspect made -f '{{.Author}}|{{.Comment}}|{{.Config.Labels.l}}|{{len .RootFS.Layers}}')" "me|a note|m|3"
	same "$(guise history made --format '{{.Comment}}' | head -1)" "a note"
	# what guise itself put into the environment is not the image's
	same "$(guise image inspect made | jq -c '.[0].Config.Env')" '["A=b","B=2","C=3"]'
	guise run -t --name t --network none --cgroup-parent "$PARENT" --hostname h -e D=4 made sh -c : </dev/null
	guise commit t told >/dev/null
	same "$(guise image inspect told | jq -c '.[0].Config.Env')" '["A=b","B=2","C=3","D=4"]'
	guise rm t
	guise rmi told >/dev/null
	# twice the same is the same layer
	guise commit c again >/dev/null
	same "$(guise image inspect again -f '{{index .RootFS.Layers 2}}')" "$(guise image inspect made -f '{{index .RootFS.Layers 2}}')"
	guise save -o made.tar made
	guise rm c
	guise rmi made again
	guise load -i made.tar 2>/dev/null
	same "$(box made)" n
	run --separate-stderr guise commit nobody x
	failed_with 125 'find container nobody'
	guise create --name r --network none --cgroup-parent "$PARENT" --overlay "dir:$ROOTFS" true >/dev/null
	run --separate-stderr guise commit r x
	failed_with 125 'commit container r: it is not made of an image; all of its root: guise export r | guise import - NAME'
	guise create --name s --network none --cgroup-parent "$PARENT" made >/dev/null
	guise commit -q s unstarted >/dev/null
	same "$(box unstarted)" n
	run --separate-stderr guise commit -c 'RUN x' s x
	failed_with 125 "--change: 'RUN x': no instruction of that name.*there are CMD"
	same "$(ls "$STATE/images/new")" ""
}

@test "a container that runs is committed while it is paused, and follows no link of it" {
	pulled absolute a
	mkdir outside && echo secret >outside/file
	box_detached --name c a:1 sh -c 'echo x >/x; mkdir /p; echo y >/p/y; echo go; exec /bin/busybox sleep 1000' >/dev/null
	went() { guise logs c | grep -q go; }
	await went
	guise commit c a:2 >/dev/null
	same "$(guise inspect -f '{{.State.Status}}' c)" running
	guise exec c sh -c "/bin/busybox rm -r /p; /bin/busybox ln -s $DIR/outside /p"
	guise commit -p=false c a:3 >/dev/null
	guise rm -f c
	same "$(box a:2 cat /x /p/y)" $'x\ny'
	same "$(guise image inspect -f '{{.Config.Cmd}}' a:2 | cut -c1-7)" "[sh -c "
	run box a:3 cat /p/file
	[ "$status" = 1 ]
	run -0 box a:3 sh -c '/bin/busybox readlink /p'
	same "$output" "$DIR/outside"
}

@test "import makes an image of an archive, compressed or not, and tree and image are the same" {
	local n

	pulled kinds k
	mounted k:1 tree.k
	tree tree.k >tree.before
	tar -C tree.k --xattrs --xattrs-include='user.*' --format pax -cf root.tar .
	umount tree.k
	gzip -k root.tar
	xz -k root.tar
	same "$(for n in root.tar root.tar.gz root.tar.xz; do
		guise import -c 'CMD ["id", "-u"]' -m mine "$n" i:1 >/dev/null
		guise image inspect -f '{{.RootFS.Layers}} {{.Comment}} {{.Config.Cmd}}' i:1
	done | uniq | wc -l)" 1
	mounted i:1 after
	diff tree.before <(tree after)
	umount after
	same "$(box i:1)" 0
	guise run --name c --network none --cgroup-parent "$PARENT" i:1 sh -c 'echo x >/new'
	guise export c | guise import -c 'CMD cat /new' - >id
	same "$(box "$(cat id)")" x
	# what a few kilobytes make of a disk
	head -c 300M /dev/zero | gzip >zeros.gz
	run --separate-stderr guise import zeros.gz
	failed_with 125 'zeros.gz: unpack a layer: more than 1000 bytes come of each .*--max-layer-ratio'
	run --separate-stderr guise import --max-layer-size 10k root.tar.gz
	failed_with 125 'root.tar.gz: unpack more than 10240 bytes.*--max-layer-size'
	touch 1 2 3 4
	tar -cf files.tar 1 2 3 4
	run --separate-stderr guise import --max-layer-files 3 files.tar
	failed_with 125 'unpack more than 3 files.*--max-layer-files'
	run --separate-stderr guise import https://example.org/x.tar
	failed_with 125 'import reads files; curl -sSL https://example.org/x.tar \| guise import -'
	head -c 5000 root.tar.gz >cut.gz
	run --separate-stderr guise import cut.gz
	failed_with 125 'cut.gz: read the archive'
	echo nonsense >text
	run --separate-stderr guise import text
	failed_with 125 'layer 1 of 1: '
	same "$(ls "$STATE/images/new")" ""
}

@test "a bundle has all of the image, runs below every runtime, and goes with its directory" {
	local runtime oci=("$(dirname "$GUISE")/guise-oci" crun runc) ran=0

	pulled kinds k
	mounted k:1 whole
	tree whole >tree.before
	umount whole
	guise bundle k:1 b
	diff tree.before <(tree b/rootfs)
	same "$(stat -c '%a %n' b)" "700 b"
	jq '.process.args = ["sh", "-c", "id -u; echo $A; stat -c %a /su"]' b/config.json >config && cp config b/config.json
	jq --arg p "/$PARENT/bundle" '.linux.cgroupsPath = $p' b/config.json >config && cp config b/config.json
	for runtime in "${oci[@]}"; do
		command -v "$runtime" >/dev/null || continue
		run "$runtime" --root "$DIR/oci" run -b b "one-$ran"
		# crun refuses machines with cgroups of both kinds at once
		[[ "$runtime" == crun && "$status" != 0 ]] || same "$output" $'0\nb\n6755'
		ran=$((ran + 1))
	done
	[ "$ran" -gt 0 ]
	run --separate-stderr guise bundle k:1 b
	failed_with 125 'make the directory b: File exists; name one that is not there yet'
	rm -r b
	guise rmi k:1
	same "$(store)" ""
}
