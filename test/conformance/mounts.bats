#!/usr/bin/env bats
# config.md: mounts, and each of the mount options; config-linux.md: default file systems, paths, propagation.
#
# Options of tmpfs are looked at in the mounts /o/NAME of one container; `options` has what each is given. Bind
# mounts have sources on two trees of this file's: `plain` has nothing set, `strict` has everything; both have
# another mount below, `sub`.

load common

# NAME OPTIONS...: where an option is the default, its opposite goes before it.
options='
async sync async
atime noatime atime
defaults ro defaults rw
dev nodev dev
diratime nodiratime diratime
dirsync dirsync
exec noexec exec
iversion iversion
lazytime lazytime
loud loud
noatime noatime
nodev nodev
nodiratime nodiratime
noexec noexec
noiversion noiversion
nolazytime lazytime nolazytime
norelatime relatime norelatime
nostrictatime strictatime nostrictatime
nosuid nosuid
relatime relatime
ro ro
rw ro rw
silent silent
strictatime strictatime
suid nosuid suid
sync sync
private private
shared shared
slave slave
unbindable unbindable
rprivate rprivate
rshared rshared
rslave rslave
runbindable runbindable
nosymfollow nosymfollow
symfollow nosymfollow symfollow'

# NAME SOURCE OPTIONS...: recursive attributes.
recursive='
ratime strict ratime
rdev strict rdev
rdiratime strict rdiratime
rexec strict rexec
rnoatime plain rnoatime
rnodev plain rnodev
rnodiratime plain rnodiratime
rnoexec plain rnoexec
rnorelatime plain rnorelatime
rnostrictatime plain rnostrictatime
rnosuid plain rnosuid
rnosymfollow plain rnosymfollow
rrelatime strict rrelatime
rro plain rro
rrw strict rrw
rstrictatime plain rstrictatime
rsuid strict rsuid
rsymfollow strict rsymfollow'

# Appends to $DIR/NAME.mounts what /proc/self/mountinfo has of the mounts in a table. Those that a runtime refuses
# are found by halving the table; $DIR/refused has its words about them.
collect() { # NAME FILTER-OF-EACH TABLE
	local name rest count filter=.

	while read -r name rest; do
		[ -z "$name" ] || filter+=" | $($2 "$name" $rest)"
	done <<<"$3"
	box "$1" "$filter" 'cat /proc/self/mountinfo'
	count=$(grep -c . <<<"$3")
	if [ "$(cat "$DIR/$1.status")" = 0 ]; then
		cat "$DIR/$1.out" >>"$DIR/$1.mounts"
	elif [ "$count" = 1 ]; then
		echo "$1 $(grep . <<<"$3"): $(cat "$DIR/$1.err")" >>"$DIR/refused"
	fi
	rm -rf "${DIR:?}/$1"
	if [ "$(cat "$DIR/$1.status")" != 0 ] && [ "$count" -gt 1 ]; then
		collect "$1" "$2" "$(grep . <<<"$3" | head -n $((count / 2)))"
		collect "$1" "$2" "$(grep . <<<"$3" | tail -n +$((count / 2 + 1)))"
	fi
}

json() { printf '"%s",' "$@" | sed 's/,$//'; }
option_filter() { echo "tmpfs(\"/o/$1\"; [$(json "${@:2}")])"; }
recursive_filter() { echo "bind(\"\(\$dir)/$2\"; \"/o/$1\"; [\"rbind\", $(json "${@:3}")])"; }

setup_file() {
	prepare
	: >"$DIR/refused"
	mkdir -p "$DIR"/{plain,strict}
	mount -t tmpfs plain "$DIR/plain"
	mkdir "$DIR/plain/sub"
	mount -t tmpfs plain "$DIR/plain/sub"
	mount -t tmpfs strict "$DIR/strict"
	mkdir "$DIR/strict/sub"
	mount -t tmpfs strict "$DIR/strict/sub"
	for target in strict/sub strict; do
		mount --bind -o remount,ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow "$DIR/$target" 2>/dev/null ||
			mount --bind -o remount,ro,nosuid,nodev,noexec,noatime,nodiratime "$DIR/$target"
	done
	collect options option_filter "$options"
	collect recursive recursive_filter "$recursive"

	mkdir -p "$DIR/volume/deep"
	echo content >"$DIR/volume/file"
	bundle others 'tmpfs("/a"; ["size=64k", "mode=0711", "nr_inodes=10"])
		| bind("\($dir)/volume"; "/a/below"; ["bind"])
		| tmpfs("/twice"; []) | tmpfs("/twice"; ["size=4k"])
		| tmpfs("relative/path"; [])
		| bind("source"; "/from-bundle"; ["bind", "ro"])
		| bind("\($dir)/volume/file"; "/a-file"; ["bind"])
		| bind("\($dir)/plain"; "/bound"; ["bind"]) | bind("\($dir)/plain"; "/rbound"; ["rbind"])
		| tmpfs("/again"; []) | mount({destination: "/again", type: "tmpfs", source: "tmpfs", options: ["remount", "ro"]})
		| .linux.maskedPaths = ["/masked", "/masked-file", "/no/such/path"]
		| .linux.readonlyPaths = ["/proc/sys", "/mnt", "/no/such/path"]'
	mkdir -p "$DIR/others/source" "$DIR/others/rootfs/masked/inside"
	echo secret >"$DIR/others/rootfs/masked-file"
	echo secret >"$DIR/others/rootfs/masked/inside/file"
	# shellcheck disable=SC2016
	play others '
		for path in /proc /sys /dev /dev/pts /dev/shm /a /a/below /twice /relative/path /from-bundle /bound /bound/sub /rbound /rbound/sub /again /proc/sys /mnt; do
			echo "$path: $(grep -E "^([^ ]+ ){4}$path " /proc/self/mountinfo | tail -n 1 | sed "s,.* $path ,,")"
		done
		echo "mode: $(stat -c %a /a)"
		echo "below: $(cat /a/below/file)"
		echo "file: $(cat /a-file)"
		echo "twice: $(grep -cE "^([^ ]+ ){4}/twice " /proc/self/mountinfo)"
		echo "masked: <$(cat /masked-file; ls /masked)>"
		echo "write: <$( (echo x >/mnt/file) 2>&1; (echo 1 >/proc/sys/vm/overcommit_memory) 2>&1)>"
		(echo x >/masked/file) 2>/dev/null && echo "masked-write: yes"
		echo "root: $(grep " / / \| / [^ ]* / " /proc/self/mountinfo)"
		echo done: yes'
}

# The line of mountinfo for a mount: fields from the options on.
line() { # options|recursive TARGET
	local line found=''

	while IFS= read -r line; do
		[[ $line != *" $2 "* ]] || found=${line##*" $2 "}
	done <"$DIR/$1.mounts"
	echo "$found"
}

mounted() { # OPTION [REGEX...]: a regex with a ! before it must not match. The first word is the mount's own options.
	local have regex

	have=$(line options "/o/$1")
	[ -n "$have" ] || { echo "not mounted"; grep "options $1 " refused; return 1; }
	for regex in "${@:2}"; do
		case $regex in
		!*) has_not "${regex#!}" "$have" ;;
		*)  has "$regex" "$have" ;;
		esac || return
	done
}

everywhere() { # OPTION REGEX...: of the mount and the one below it
	local have regex target

	for target in "/o/$1" "/o/$1/sub"; do
		have=$(line recursive "$target")
		[ -n "$have" ] || { echo "not mounted: $target"; grep "recursive $1 " refused; return 1; }
		for regex in "${@:2}"; do
			case $regex in
			!*) has_not "${regex#!}" "$have" ;;
			*)  has "$regex" "$have" ;;
			esac || return
		done
	done
}

# ---- mounts

@test 'The runtime MUST mount entries in the listed order.' {
	same "$(fact others below)" content
	same "$(fact others twice)" 2
	has 'size=4k' "$(fact others /twice)"
}

@test 'destination: For compatibility with old tools and configurations, it MAY be a relative path, in which case it MUST be interpreted as relative to "/".' {
	has ' - tmpfs ' "$(fact others /relative/path)"
}

@test 'destination (string, REQUIRED) Destination of mount point: path inside container.' {
	rejected nodestination 'mount({type: "tmpfs", source: "tmpfs"})'
}

@test 'Path values for bind mounts are either absolute or relative to the bundle.' {
	has '^ro' "$(fact others /from-bundle)"
	same "$(fact others file)" content
}

@test 'A mount is a bind mount if it has either bind or rbind in the options.' {
	has ' - tmpfs ' "$(fact others /bound)"
	box bindtype 'mount({destination: "/mnt", source: "\($dir)/volume", options: ["bind"]}) | args(["cat", "/mnt/file"])'
	same "$(out bindtype)" content
	box bindtype2 'mount({destination: "/mnt", type: "ext4", source: "\($dir)/volume", options: ["rbind"]}) | args(["cat", "/mnt/file"])'
	same "$(out bindtype2)" content
}

@test 'Runtimes SHOULD treat unknown options as filesystem-specific ones and pass those as a comma-separated string to the fifth (const void *data) argument of mount(2).' {
	has 'size=64k' "$(fact others /a)"
	has 'nr_inodes=10' "$(fact others /a)"
	same "$(fact others mode)" 711
	rejected data 'tmpfs("/mnt"; ["nosuchoption"])'
}

@test 'mounts: uidMappings: If specified, it MUST be specified along with gidMappings.' {
	rejected mapping1 'user_namespace(100000; 1000) | mount({destination: "/mnt", type: "none", source: "\($dir)/volume", options: ["bind", "idmap"],
		uidMappings: [{containerID: 0, hostID: 0, size: 1}]})'
}

@test 'mounts: gidMappings: If specified, it MUST be specified along with uidMappings.' {
	rejected mapping2 'user_namespace(100000; 1000) | mount({destination: "/mnt", type: "none", source: "\($dir)/volume", options: ["bind", "idmap"],
		gidMappings: [{containerID: 0, hostID: 0, size: 1}]})'
}

# ---- options (field by field: a mount's own options come first, those of the file system last)

@test 'MUST implement the option async' { mounted async '!,sync'; }
@test 'MUST implement the option atime' { mounted atime '!noatime'; }
@test 'MUST implement the option bind' {
	same "$(fact others /bound/sub)" ""
	has tmpfs "$(fact others /bound)"
}
@test 'MUST implement the option defaults' { mounted defaults '^rw'; }
@test 'MUST implement the option dev' { mounted dev '!nodev'; }
@test 'MUST implement the option diratime' { mounted diratime '!nodiratime'; }
@test 'MUST implement the option dirsync' { mounted dirsync 'dirsync'; }
@test 'MUST implement the option exec' { mounted exec '!noexec'; }
@test 'MUST implement the option iversion' { mounted iversion; }
@test 'MUST implement the option lazytime' { mounted lazytime ' - .*lazytime'; }
@test 'MUST implement the option loud' { mounted loud; }
@test 'MUST implement the option noatime' { mounted noatime 'noatime'; }
@test 'MUST implement the option nodev' { mounted nodev 'nodev'; }
@test 'MUST implement the option nodiratime' { mounted nodiratime 'nodiratime'; }
@test 'MUST implement the option noexec' { mounted noexec 'noexec'; }
@test 'MUST implement the option noiversion' { mounted noiversion; }
@test 'MUST implement the option nolazytime' { mounted nolazytime '!lazytime'; }
@test 'MUST implement the option norelatime' { mounted norelatime '!noatime'; }
@test 'MUST implement the option nostrictatime' { mounted nostrictatime relatime; }
@test 'MUST implement the option nosuid' { mounted nosuid 'nosuid'; }
@test 'SHOULD implement the option nosymfollow' { mounted nosymfollow 'nosymfollow'; }
@test 'MUST implement the option private' { mounted private '!shared|master|unbindable'; }
@test 'SHOULD implement the option ratime' { everywhere ratime '!noatime'; }
@test 'MUST implement the option rbind' {
	has tmpfs "$(fact others /rbound)"
	has tmpfs "$(fact others /rbound/sub)"
}
@test 'SHOULD implement the option rdev' { everywhere rdev '!nodev'; }
@test 'SHOULD implement the option rdiratime' { everywhere rdiratime '!nodiratime'; }
@test 'MUST implement the option relatime' { mounted relatime relatime; }
@test 'MUST implement the option remount' { has '^ro' "$(fact others /again)"; }
@test 'SHOULD implement the option rexec' { everywhere rexec '!noexec'; }
@test 'SHOULD implement the option rnoatime' { everywhere rnoatime noatime; }
@test 'SHOULD implement the option rnodev' { everywhere rnodev nodev; }
@test 'SHOULD implement the option rnodiratime' { everywhere rnodiratime nodiratime; }
@test 'SHOULD implement the option rnoexec' { everywhere rnoexec noexec; }
@test 'SHOULD implement the option rnorelatime' { everywhere rnorelatime '!noatime'; }
@test 'SHOULD implement the option rnostrictatime' { everywhere rnostrictatime '!noatime'; }
@test 'SHOULD implement the option rnosuid' { everywhere rnosuid nosuid; }
@test 'SHOULD implement the option rnosymfollow' { everywhere rnosymfollow nosymfollow; }
@test 'MUST implement the option ro' { mounted ro '^ro'; }
@test 'MUST implement the option rprivate' { mounted rprivate '!shared|master|unbindable'; }
@test 'SHOULD implement the option rrelatime' { everywhere rrelatime relatime; }
@test 'SHOULD implement the option rro' { everywhere rro '^ro'; }
@test 'SHOULD implement the option rrw' { everywhere rrw '^rw'; }
@test 'MUST implement the option rshared' { mounted rshared 'shared:'; }
@test 'MUST implement the option rslave' { mounted rslave '!shared:'; }
@test 'SHOULD implement the option rstrictatime' { everywhere rstrictatime '!relatime|noatime'; }
@test 'SHOULD implement the option rsuid' { everywhere rsuid '!nosuid'; }
@test 'SHOULD implement the option rsymfollow' { everywhere rsymfollow '!nosymfollow'; }
@test 'MUST implement the option runbindable' { mounted runbindable 'unbindable'; }
@test 'MUST implement the option rw' { mounted rw '^rw'; }
@test 'MUST implement the option shared' { mounted shared 'shared:'; }
@test 'MUST implement the option silent' { mounted silent; }
@test 'MUST implement the option slave' { mounted slave '!shared:'; }
@test 'MUST implement the option strictatime' { mounted strictatime '!relatime|noatime'; }
@test 'MUST implement the option suid' { mounted suid '!nosuid'; }
@test 'SHOULD implement the option symfollow' { mounted symfollow '!nosymfollow'; }
@test 'MUST implement the option sync' { mounted sync ' - .*[ ,]sync'; }
@test 'MUST implement the option unbindable' { mounted unbindable 'unbindable'; }

@test 'MAY implement the option tmpcopyup' {
	bundle tmpcopyup 'tmpfs("/etc"; ["tmpcopyup"]) | sh("cat /etc/passwd; grep -c \" /etc \" /proc/self/mountinfo")'
	play tmpcopyup
	same "$(out tmpcopyup)" "$(cat tmpcopyup/rootfs/etc/passwd)
1"
}

# ---- idmapped mounts: `mapped` has files of 5 and, on the file system below it, of 6

mapped_source() {
	[ -d mapped ] || { mappable "$DIR/mapped"; mappable "$DIR/mapped/sub"; }
	touch mapped/five mapped/sub/five
	chown 5:5 mapped/five mapped/sub/five
	"$CONFORMANCE/peer" idmap "$DIR/mapped" >/dev/null || skip "no idmapped mounts of this file system in this kernel"
}

@test "SHOULD implement the option idmap: If uidMappings or gidMappings are specified for the mount, the runtime MUST use those values for the mount's mapping." {
	mapped_source
	box idmap1 'bind("\($dir)/mapped"; "/mnt"; ["rbind", "idmap"]) | .mounts[-1] += {uidMappings: [{containerID: 5, hostID: 1005, size: 1}], gidMappings: [{containerID: 5, hostID: 2005, size: 1}]}
		| sh("stat -c %u:%g /mnt/five /mnt/sub/five")'
	same "$(out idmap1 | tr '\n' ' ')" "1005:2005 5:5 "
}

@test 'SHOULD implement the option ridmap: the mapping is applied recursively' {
	mapped_source
	box idmap2 'bind("\($dir)/mapped"; "/mnt"; ["rbind", "ridmap"]) | .mounts[-1] += {uidMappings: [{containerID: 5, hostID: 1005, size: 1}], gidMappings: [{containerID: 5, hostID: 2005, size: 1}]}
		| sh("stat -c %u:%g /mnt/five /mnt/sub/five")'
	same "$(out idmap2 | tr '\n' ' ')" "1005:2005 1005:2005 "
}

@test "idmap: If they are not specified, the runtime MAY use the container's user namespace mapping, otherwise an error MUST be returned." {
	mapped_source
	chmod 755 "$DIR"
	box idmap3 'user_namespace(100000; 1000) | bind("\($dir)/mapped"; "/mnt"; ["bind", "idmap"]) | sh("stat -c %u:%g /mnt/five")'
	[ "$(cat idmap3.status)" != 0 ] || same "$(out idmap3)" 5:5
}

@test "idmap: If there are no uidMappings and gidMappings specified and the container isn't using user namespaces, an error MUST be returned." {
	rejected idmap4 'bind("\($dir)/volume"; "/mnt"; ["bind", "idmap"])'
}

@test "ridmap: If there are no uidMappings and gidMappings specified and the container isn't using user namespaces, an error MUST be returned." {
	rejected idmap5 'bind("\($dir)/volume"; "/mnt"; ["rbind", "ridmap"])'
}

# ---- config-linux.md

@test "The following filesystems SHOULD be made available in each container's filesystem: /proc, /sys, /dev/pts, /dev/shm" {
	has ' - proc ' "$(fact others /proc)"
	has ' - sysfs ' "$(fact others /sys)"
	has ' - devpts ' "$(fact others /dev/pts)"
	has ' - tmpfs ' "$(fact others /dev/shm)"
}

@test 'maskedPaths (array of strings, OPTIONAL) will mask over the provided paths inside the container so that they cannot be read.' {
	same "$(fact others masked)" "<>"
	same "$(fact others masked-write)" ""
	same "$(cat others/rootfs/masked-file)" secret
}

@test 'maskedPaths: The values MUST be absolute paths in the container namespace.' {
	rejected masked '.linux.maskedPaths = ["proc/kcore"]'
}

@test 'readonlyPaths (array of strings, OPTIONAL) will set the provided paths as readonly inside the container.' {
	has '^ro' "$(fact others /proc/sys)"
	has '^ro' "$(fact others /mnt)"
	has 'Read-only.*' "$(fact others write)"
}

@test 'readonlyPaths: The values MUST be absolute paths in the container namespace.' {
	rejected readonly '.linux.readonlyPaths = ["proc/sys"]'
}

@test 'mountLabel (string, OPTIONAL) will set the Selinux context for the mounts in the container.' {
	[ -e /sys/fs/selinux/enforce ] || skip "SELinux is not active in this kernel"
	box label '.linux.mountLabel = "system_u:object_r:container_file_t:s0" | args(["cat", "/proc/self/mountinfo"])'
	has 'context=.*container_file_t' "$(out label)"
}

propagation() { # VALUE
	box "root-$1" ".linux.rootfsPropagation = \"$1\" | args([\"cat\", \"/proc/self/mountinfo\"])"
	out "root-$1" | awk '$5 == "/"' | sed 's/.* \/ //'
}

@test 'rootfsPropagation shared: the rootfs mount belongs to a new peer group.' {
	has 'shared:' "$(propagation shared)"
	has_not "$(sed -n 's/.*\(shared:[0-9]*\).*/\1 /p' /proc/self/mountinfo | head -1 | grep . || echo 'nothing shared')" "$(out root-shared)"
}

@test 'rootfsPropagation slave: the rootfs mount receives propagation events from the host but not the other way around.' {
	mkdir -p peers
	mount -t tmpfs peers peers
	mount --make-shared peers
	mkdir -p peers/{root,late}
	cp -a "$CONFORMANCE/bundle/rootfs/." peers/root
	mkdir -p peers/root/late
	bundle slave '.root.path = "\($dir)/peers/root" | .linux.rootfsPropagation = "slave" | args(["sleep", "100"])'
	create slave
	mount -t tmpfs late peers/root/late
	has 'master:' "$(awk '$5 == "/"' "/proc/$(state slave pid)/mountinfo")"
	has ' /late ' "$(cat "/proc/$(state slave pid)/mountinfo")"
	remove slave
	umount -l peers/root/late peers
}

@test "rootfsPropagation private: the rootfs mount doesn't receive mount propagation events from the host" {
	has_not 'shared:|master:|unbindable' "$(propagation private)"
}

@test 'rootfsPropagation unbindable: the rootfs mount is a private mount that cannot be bind-mounted.' {
	has 'unbindable' "$(propagation unbindable)"
}
