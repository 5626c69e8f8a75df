#!/usr/bin/env bats
# guise-oci: mounts, as a config.json says them and as crun and runc make them.

load common
load oci

# The lines of mountinfo of what is mounted at PATH, from the mount's options on.
mounted_at() { echo "grep -E '^([^ ]+ ){4}$1 ' /proc/self/mountinfo | cut -d' ' -f6-"; }

run_box() { oci run --bundle b box 3>&-; }

@test "a target that is, or passes through, a dangling link is made where that leads" {
	mkdir src; echo file >src/file
	sh_bundle b box 'cat /made/file; ls -d /made/dir/src/file /made/through/x; stat -fc %T /made/tmpfs' "
		.mounts += [{destination: \"/file\", source: \"$DIR/src/file\", options: [\"bind\"]},
			{destination: \"/dir\", source: \"$DIR\", options: [\"bind\"]},
			{destination: \"/tmpfs\", type: \"tmpfs\", source: \"tmpfs\", options: [\"mode=755\"]},
			{destination: \"/through/x\", type: \"tmpfs\", source: \"tmpfs\", options: [\"mode=755\"]}]"
	for name in file dir tmpfs through; do ln -s ../../made/$name b/rootfs/$name; done
	run run_box
	same "${lines[*]}" "file /made/dir/src/file /made/through/x tmpfs"
	[ ! -e made ]
}

@test "a source that an earlier mount brings" {
	mkdir -p data/sub; echo file >data/sub/file
	sh_bundle b box 'cat /dir/file /file' ".mounts += [
		{destination: \"/data\", source: \"$DIR/data\", options: [\"bind\"]},
		{destination: \"/dir\", source: \"$DIR/b/rootfs/data/sub\", options: [\"bind\"]},
		{destination: \"/file\", source: \"$DIR/b/rootfs/data/sub/file\", options: [\"bind\"]}]"
	run run_box
	same "${lines[*]}" "file file"
	jq '.mounts[3:5] = []' b/config.json >new && mv new b/config.json
	run run_box
	same "$status" 1
	has "open $DIR/b/rootfs/data/sub/file, to be mounted on /file: No such file" "$output"
}

@test "tmpfs: the mode of what it covers, unless it has one; its owner is root, unless it has one" {
	sh_bundle b box 'stat -c "%n %a %u" /t /new /mode /up /up/in /up-owned /up-owned/in' '.mounts += [
		{destination: "/t", type: "tmpfs", source: "tmpfs", options: ["size=4k"]},
		{destination: "/new", type: "tmpfs", source: "tmpfs"},
		{destination: "/mode", type: "tmpfs", source: "tmpfs", options: ["mode=0711"]},
		{destination: "/up", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]},
		{destination: "/up-owned", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "uid=3", "mode=755"]}]'
	for name in t mode up up-owned; do
		mkdir -m 1775 b/rootfs/$name; mkdir -m 750 b/rootfs/$name/in; chown 5 b/rootfs/$name b/rootfs/$name/in
	done
	run run_box
	same "$output" "/t 1775 0
/new 1777 0
/mode 711 0
/up 1775 0
/up/in 750 5
/up-owned 755 3
/up-owned/in 750 5"
}

@test "rootfsPropagation shared is a group of its own: what the host mounts later does not show" {
	mkdir shared; mount --bind shared shared; mount --make-private shared; mount --make-shared shared
	make_root shared/root
	mkdir shared/root/late
	bundle b box '.root.path = "'"$DIR"'/shared/root" | .linux.rootfsPropagation = "shared"'
	oci run -d --bundle b box >/dev/null 2>&1 3>&-
	mount -t tmpfs late shared/root/late
	run oci exec box sh -c 'head -1 /proc/self/mountinfo; grep -c " /late " /proc/self/mountinfo'
	has '/root / .* shared:[0-9]* - ' "${lines[0]}"
	same "${lines[1]}" 0
	umount shared/root/late
	oci delete --force box
}

# SOURCE OPTIONS: the mount's own options. The source `strict` has all, and one below it, too.
options='
strict rprivate           ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow
strict nosuid             rw,nosuid,noatime,nodiratime
strict rw                 rw,noatime,nodiratime
strict ro,nodev           ro,nodev,noatime,nodiratime
strict nodiratime         rw,nodiratime,relatime
strict relatime           rw,relatime
strict rrw                rw,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow
plain  ro,rw              rw,relatime
plain  noatime,relatime   rw,noatime
plain  strictatime,noatime rw
plain  noatime,atime      rw,relatime
plain  rro,rw             ro,relatime
plain  nodev,rdev         rw,relatime
plain  rnodev,rdev        rw,nodev,relatime'

@test "options of bind mounts mean together what they mean to crun and runc" {
	local source words want n=0 mounts='' expected=''

	mkdir plain strict
	mount -t tmpfs plain plain
	mount -t tmpfs strict strict
	mount -o remount,bind,ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow strict 2>/dev/null ||
		skip "mount(8) doesn't know nosymfollow"
	while read -r source words want; do
		[ -n "$source" ] || continue
		n=$((n + 1))
		mounts+=",{destination: \"/o/$n\", source: \"$DIR/$source\", options: [\"rbind\", \"${words//,/\", \"}\"]}"
		expected+="$source $words: $want"$'\n'
	done <<<"$options"
	sh_bundle b box "for i in \$(seq $n); do $(mounted_at '/o/$i' | sed "s/'/\"/g" | sed 's/ -f6-/ -f6/'); done" \
		".mounts += [${mounts#,}]"
	run run_box
	same "$(paste -d' ' <(grep . <<<"$expected" | cut -d: -f1 | sed 's/$/:/') - <<<"$output")" "${expected%$'\n'}"
}

@test "options that bind mounts do not have are refused" {
	sh_bundle b box true ".mounts += [{destination: \"/data\", source: \"$DIR\", options: [\"bind\", \"nosiud\"]}]"
	run run_box
	same "$status" 1
	has 'mounts\[3\].options: nosiud is no option of bind mounts' "$output"
}

@test "copy-symlink, src-nofollow, dest-nofollow" {
	echo file >file; ln -s file link
	sh_bundle b box 'readlink /copied; readlink /there; cat /plain; readlink /link; readlink /over; cat /over2 /target' ".mounts += [
		{destination: \"/copied\", source: \"$DIR/link\", options: [\"bind\", \"copy-symlink\"]},
		{destination: \"/there\", source: \"$DIR/link\", options: [\"bind\", \"copy-symlink\"]},
		{destination: \"/plain\", source: \"$DIR/file\", options: [\"bind\", \"copy-symlink\"]},
		{destination: \"/link\", source: \"$DIR/link\", options: [\"bind\", \"src-nofollow\"]},
		{destination: \"/over\", source: \"$DIR/link\", options: [\"bind\", \"src-nofollow\", \"dest-nofollow\"]},
		{destination: \"/over2\", source: \"$DIR/file\", options: [\"bind\", \"dest-nofollow\"]}]"
	echo target >b/rootfs/target
	ln -s target b/rootfs/over; ln -s target b/rootfs/over2; ln -s file b/rootfs/there
	run run_box
	same "${lines[*]}" "file file file file file file target"
	ln -sf elsewhere b/rootfs/there
	run run_box
	same "$status" 1
	has 'make link /there: File exists' "$output"
}

@test "--no-pivot: the host's procfs lets no nested user namespace mount one that is not masked" {
	sh_bundle b box 'cat /proc/sys/kernel/ostype; unshare -Urmpf sh -c "mount -t proc proc /mnt && echo proc; mount -t tmpfs t /mnt && echo tmpfs"' \
		'.linux.maskedPaths = ["/proc/acpi", "/proc/keys"] | .process.user = {uid: 1000, gid: 1000}'
	mkdir -p b/rootfs/mnt
	for option in '' --no-pivot; do
		run oci run $option --bundle b box 3>&-
		has '^Linux$' "$output"
		has '^tmpfs$' "$output"
		has_not '^proc$' "$output"
	done
}

userns='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
sysfs='{destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]}'

@test "sysfs in a user namespace with another's network is the host's" {
	for network in 'del(.linux.namespaces[] | select(.type == "network"))' \
		'(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/net"' .; do
		sh_bundle b box "$(mounted_at /sys)"' | head -n1; [ ! -e /sys/kernel/security/x ] && ls -d /sys/kernel' \
			"$userns | .mounts += [$sysfs] | $network"
		chown -hR 100000:100000 b/rootfs
		run run_box
		has '^ro,nosuid,nodev,noexec.* - sysfs ' "${lines[0]}"
		same "${lines[1]}" /sys/kernel
	done
}

@test "devices in a user namespace: bound, also from another name; one that the host lacks is an error" {
	sh_bundle b box 'head -c1 /dev/zero2 | wc -c; [ -p /dev/fifo ] && stat -c "%t:%T" /dev/zero2' "$userns |
		.linux.devices = [{path: \"/dev/zero2\", type: \"c\", major: 1, minor: 5}, {path: \"/dev/fifo\", type: \"p\"}]"
	chown -hR 100000:100000 b/rootfs
	run run_box
	same "${lines[*]}" "1 1:5"
	jq '.linux.devices = [{path: "/dev/lacking", type: "c", major: 240, minor: 77}]' b/config.json >new && mv new b/config.json
	run run_box
	same "$status" 1
	has 'make device /dev/lacking: in a user namespace .* c 240:77 there; as root, on the host: mknod /dev/lacking c 240 77' "$output"
}

@test "without a mount namespace the mounts are the host's, until the container is gone" {
	mkdir data; echo data >data/file
	sh_bundle b box 'echo x >/dev/null && cat /data/file && cat /masked; touch /bin/x 2>&1 | grep -o Read-only; head -c2 /proc/1/comm; sleep 1000' "
		del(.linux.namespaces[] | select(.type == \"mount\")) | .root.readonly = true | .linux.maskedPaths = [\"/masked\"] |
		.mounts += [{destination: \"/data\", source: \"$DIR/data\", options: [\"rbind\", \"ro\"]}]"
	mkdir b/rootfs/data; echo secret >b/rootfs/masked
	before=$(grep "$DIR" /proc/self/mountinfo || true)
	# in the middle of a shared mount, as hosts have it; and over a mount of the user's own
	mount --bind b b; mount --make-shared b; mount --bind b/rootfs/data b/rootfs/data
	mounted=$(cut -d' ' -f5- /proc/self/mountinfo | grep "$DIR")
	oci run -d --bundle b box >out 2>&1 3>&-
	await grep -q sh out
	same "$(tr '\n' ' ' <out)" "data Read-only sh"
	same "$(cat b/rootfs/data/file)" data
	has " $DIR/b/rootfs/proc .* - proc " "$(cat /proc/self/mountinfo)"
	run oci exec box cat /data/file
	same "$output" data
	oci delete --force box
	same "$(cut -d' ' -f5- /proc/self/mountinfo | grep "$DIR")" "$mounted"
	# what was mounted there before, or since, is not ours
	oci run --bundle b box >/dev/null 2>&1 3>&- &
	await grep -q " $DIR/b/rootfs/proc " /proc/self/mountinfo
	kill -KILL $!; wait $! || true
	oci delete --force box
	same "$(cut -d' ' -f5- /proc/self/mountinfo | grep "$DIR")" "$mounted"
}

@test "a terminal without a file system of the container's own at /dev" {
	sh_bundle b box 'tty; ls -l /dev/console | cut -c1; echo x >/dev/console' \
		'del(.mounts[] | select(.destination == "/dev")) | .process.terminal = true'
	ln -s console2 b/rootfs/dev/console
	run script -qec "$RUNTIME --root $STATE run --bundle b box" /dev/null 3>&-
	output=${output//^@/} # what script(1) says to the end of its input
	same "$(tr -d '\r' <<<"$output" | xargs)" "/dev/pts/0 c x"
}
