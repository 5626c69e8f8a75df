# shellcheck shell=bash
# The sets of images and volumes, for test/fault/run, which sources this: each system call by which the command changes the
# store fails, and guise and its helpers are killed before it. What is in the store afterwards is whole: each layer has all that
# the same layer has that nobody disturbed, each blob its digest, each image runs. The same command, once more, does all
# of it, and prune leaves nothing.
#
# The image, x:1, has two layers, a volume and a file in it.

export GUISE_IMAGE=${GUISE%/*}/guise-image GUISE_ARCHIVE=${GUISE%/*}/guise-archive
layout=$FAULT_DIR/layout
# by which something of the disk is changed, in all processes; openat with O_CREAT alone
changing='mkdir(at)?|rename(at|at2)?|(un|sym)?link(at)?|f?chown(at)?|f?chmod(at)?|utimensat|u?mount(2)?|syncfs|fsync|write|pwrite64|copy_file_range|openat'

thin_sets+=(filled image-load image-tag image-rmi image-commit image-prune volume-create volume-rm)
options+=([filled]='--rm --network none -v data:/data' # of an image, with a volume that is filled
	[image-load]='' [image-tag]='' [image-rmi]='' [image-commit]='' [image-prune]='' [volume-create]='' [volume-rm]='')
declare -A image_command=(
	[image-load]="pull -q oci:$layout" [image-tag]='tag x:1 other:2' [image-rmi]='rmi x:1' [image-commit]='commit -q victim made:1'
	[image-prune]='image prune -af' [volume-create]='volume create v' [volume-rm]='volume rm v'
)

image_run() { guise run --rm --network none --cgroup-parent "$PARENT" "$@"; }

# Two layers of busybox and a directory; tar sorts, so that all runs have the same.
make_layout() {
	local tree=$FAULT_DIR/tree id n=0

	[ ! -e "$layout" ] || return 0
	mkdir -p "$tree/0/bin" "$tree/0/data" "$tree/1/data/dir" "$layout/blobs/sha256"
	cp /bin/busybox "$tree/0/bin/"
	for id in sh cat true sleep; do ln -s busybox "$tree/0/bin/$id"; done
	echo gone >"$tree/0/gone"
	echo content >"$tree/1/data/dir/file"
	: >"$tree/1/.wh.gone"
	chown 7:8 "$tree/1/data/dir/file"
	python3 - "$tree" "$layout" <<-'EOT'
		import gzip, hashlib, io, json, os, sys, tarfile
		tree, top = sys.argv[1:]
		def blob(data, kind):
		    name = hashlib.sha256(data).hexdigest()
		    open(top + "/blobs/sha256/" + name, "wb").write(data)
		    return {"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + name, "size": len(data)}
		ids, layers = [], []
		for n in "01":
		    out = io.BytesIO()
		    with tarfile.open(fileobj=out, mode="w") as tar:
		        for name in sorted(os.listdir(tree + "/" + n)):
		            tar.add(tree + "/" + n + "/" + name, name)
		    ids.append("sha256:" + hashlib.sha256(out.getvalue()).hexdigest())
		    layers.append(blob(gzip.compress(out.getvalue(), 1, mtime=0), "layer.v1.tar+gzip"))
		config = {"architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, "amd64"), "os": "linux",
		          "config": {"Volumes": {"/data": {}}, "Cmd": ["cat", "/data/dir/file"]}, "rootfs": {"type": "layers", "diff_ids": ids}}
		manifest = {"schemaVersion": 2, "config": blob(json.dumps(config).encode(), "config.v1+json"), "layers": layers}
		entry = blob(json.dumps(manifest).encode(), "manifest.v1+json")
		entry["annotations"] = {"org.opencontainers.image.ref.name": "docker.io/library/x:1"}
		json.dump({"schemaVersion": 2, "manifests": [entry]}, open(top + "/index.json", "w"))
		json.dump({"imageLayoutVersion": "1.0.0"}, open(top + "/oci-layout", "w"))
	EOT
}

# ---- what is there, and whether it is whole

layers() {
	find "$STATE/images/layers" -mindepth 1 \( -type d -printf '%P d %#m %U:%G\n' \) -o -printf '%P %y %#m %U:%G %s %l\n'
}

# Layers that are known have all that they had, and nothing else.
layers_are_whole() {
	layers | awk -v known="$FAULT_DIR/layers" '
		function layer(line) { sub(/[\/ ].*/, "", line); return line }
		BEGIN { while ((getline line < known) > 0) { was[line] = 1; all[layer(line)]++ } }
		{ here[layer($0)]++ }
		layer($0) in all && !($0 in was) { print "# " $0; bad = 1 }
		END { for (one in here) if (one in all && here[one] != all[one]) { print "# of " one " there are " here[one]; bad = 1 }
		      exit bad }' || complain "a layer is not whole"
}

blobs_are_whole() {
	find "$STATE/images/blobs" -type f -exec sha256sum {} + | while read -r name path; do [ "$name" = "${path##*/}" ] || exit 1; done ||
		complain "a blob has another digest than its name"
}

images_run() {
	local id name

	guise images --format '{{.ID}} {{.Repository}}:{{.Tag}}' >"$FAULT_DIR/images" || complain "images: $(<"$ERR")"
	while read -r id name; do
		[ "$(image_run "$id")" = content ] || complain "$name does not run: $(<"$ERR")"
	done <"$FAULT_DIR/images"
}

store_is_whole() {
	layers_are_whole
	blobs_are_whole
	images_run
}

has_image() { grep -q "/$1\$" "$FAULT_DIR/images"; }

volume_is_whole() {
	local name

	guise volume ls -q >"$FAULT_DIR/volumes" || complain "volume ls: $(<"$ERR")"
	while read -r name; do
		guise volume inspect "$name" >/dev/null || complain "volume inspect: $(<"$ERR")"
		[ "$set" = volume-create ] || [ "$(<"$STATE/volumes/$name/_data/file")" = mine ] || complain "the volume lost its file"
	done <"$FAULT_DIR/volumes"
}

# ---- a set

image_before() {
	case $set in
	image-load)    ;;
	image-commit)  guise pull -q "oci:$layout" && guise create --name victim --network none --cgroup-parent "$PARENT" x:1 ;;
	image-*)       guise pull -q "oci:$layout" ;;
	volume-rm)     guise volume create v && echo mine >"$STATE/volumes/v/_data/file" ;;
	esac >/dev/null || complain "before: $(<"$ERR")"
}

# The same command does the rest, whatever was done already.
image_again() {
	# shellcheck disable=SC2086 # a command is words
	guise ${image_command[$set]} >/dev/null && return
	case $set in
	image-rmi|volume-rm) [[ $(<"$ERR") == *"there is none"* ]] ;;
	*)           false ;;
	esac || complain "once more: $(<"$ERR")"
}

# And then all of it is there, or gone.
image_after() {
	local name

	image_again
	case $set in
	image-load)    name=x:1 ;;
	image-tag)     name=other:2 ;;
	image-commit)  name=made:1 ;;
	volume-create) [ -e "$STATE/volumes/v/volume.json" ] || complain "no volume" ;;
	*)             name= ;;
	esac
	[[ $set == volume-* ]] || images_run
	[ -z "${name-}" ] || has_image "$name" || complain "once more, and there is no $name"
}

# Prune, and look for what is left.
image_clean() {
	[ "$set" != image-commit ] || guise rm -fv victim >/dev/null || complain "rm: $(<"$ERR")"
	[ "$set" != volume-create ] || guise volume rm v >/dev/null || complain "volume rm: $(<"$ERR")"
	[[ $set == volume-* ]] || guise image prune -af >/dev/null || complain "image prune: $(<"$ERR")"
	guise system prune --force >/dev/null || complain "system prune: $(<"$ERR")"
	unchanged
}

# kill|fail at the N-th CALL of each process. What fails says so in one line, or did not need it.
image_try() { # kill|fail CALL N
	local how=signal=KILL

	[ "$1" = kill ] || how=error=EIO
	what="$1 at $2 $3 of ${command_line[*]}"
	image_before
	trace "inject=$2:$how:when=$3"
	status=$?
	await_guise
	[ "$1" = kill ] || [ $status = 0 ] || said ""
	if [[ $set == volume-* ]]; then volume_is_whole; else store_is_whole; fi
	image_after
	image_clean
	((++runs))
}

# Once without a fault, which lists the calls.
image_calls() {
	what=${command_line[*]}
	image_before
	trace "trace=/^($changing)\$" || complain "without a fault: $(<"$ERR")"
	[[ $set == volume-* ]] || store_is_whole
	mapfile -t calls < <(sed -nE 's/^([0-9]+) +([a-z0-9_]+)\((.*)/\1 \2 \3/p' "$FAULT_DIR/strace" |
		awk '{ call = $2 " " ++n[$1, $2] } ($2 != "openat" || /O_CREAT/) && !seen[call]++ { print call }')
	image_clean
}

# Of each kind of call the first, and then every second: both ways. With a stride of steps every 60th, and in turn.
image_at_each() {
	local call kind n calls command_line program=$GUISE turn=0 stride=$((steps_stride == 1 ? 2 : 60))
	local -A kinds=()

	read -r -a command_line <<<"${image_command[$set]}"
	image_calls
	[ ${#calls[@]} -ge 3 ] || complain "only ${#calls[@]} calls: $(<"$ERR")"
	for call in "${calls[@]}"; do
		read -r kind n <<<"$call"
		((kinds[$kind]++ % stride == 0)) || continue
		((stride > 2 && turn++ % 2)) || image_try kill "$kind" "$n"
		((stride > 2 && turn % 2)) || image_try fail "$kind" "$n"
	done
}

# A store in memory, for speed, with its directories; the whole layers, to compare with.
image_store() {
	make_layout
	mkdir -p "$STATE"
	mount -t tmpfs -o mode=700 store "$STATE"
	guise pull -q "oci:$layout" >/dev/null || complain "pull: $(<"$ERR")"
	layers >"$FAULT_DIR/layers"
	guise volume create v >/dev/null && guise volume rm v >/dev/null || complain "volume: $(<"$ERR")"
	[ "$set" = filled ] || guise image prune -af >/dev/null || complain "image prune: $(<"$ERR")"
}

image_store_end() { umount "$STATE"; }

# ---- the set `filled`: a container of the image, by steps, whose volume is new

# Whoever comes next has all of the volume.
filled_whole() {
	[ "$(image_run -v data:/data x:1)" = content ] || complain "the volume has not what the image has: $(<"$ERR")"
	guise volume rm data >/dev/null || complain "volume rm: $(<"$ERR")"
}
