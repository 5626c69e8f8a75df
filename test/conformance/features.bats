#!/usr/bin/env bats
# features.md and features-linux.md: what a runtime says of itself.

load common

setup_file() {
	prepare
	oci features >"$DIR/features.json" 2>"$DIR/features.err" || rm "$DIR/features.json"
	box mixed 'args(["echo", "fine"])'
}

setup() {
	cd "$DIR" || return
	[ -e features.json ] || skip "this runtime has no features document (it MAY have one)"
}

feature() { jq -r "$1" features.json; }

# ENTRIES of the document, each put into a configuration, where `.` is the entry: all of it must be accepted.
recognized() { # ENTRIES FILTER
	local entry

	while read -r entry; do
		bundle recognized "$(jq -rn --arg entry "$entry" "$2")"
		play recognized
		out recognized >/dev/null || { echo "not recognized: $entry"; return 1; }
		rm -r recognized
	done < <(feature "$1")
}

@test 'ociVersionMin (string, REQUIRED): The runtime MUST accept this value as the ociVersion property of config.json.' {
	box min ".ociVersion = \"$(feature .ociVersionMin)\" | args([\"echo\", \"fine\"])"
	same "$(out min)" fine
}

@test 'ociVersionMax (string, REQUIRED): The runtime MUST accept this value as the ociVersion property of config.json.' {
	box max ".ociVersion = \"$(feature .ociVersionMax)\" | args([\"echo\", \"fine\"])"
	same "$(out max)" fine
}

@test 'ociVersionMax: The value MUST NOT be less than the value of the ociVersionMin property.' {
	same "$(feature .ociVersionMin,.ociVersionMax | sort -V | tail -n 1)" "$(feature .ociVersionMax)"
}

@test 'The feature document MUST NOT contain properties that are not defined in this version of the Open Container Initiative Runtime Specification.' {
	same "$(feature 'keys - ["ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations", "potentiallyUnsafeConfigAnnotations"] | join(" ")')" ""
	same "$(feature '.linux // {} | keys - ["namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux", "intelRdt", "mountExtensions", "netDevices", "memoryPolicy"] | join(" ")')" ""
	same "$(feature '.linux.cgroup // {} | keys - ["v1", "v2", "systemd", "systemdUser", "rdma"] | join(" ")')" ""
	same "$(feature '.linux.seccomp // {} | keys - ["enabled", "actions", "operators", "archs", "knownFlags", "supportedFlags"] | join(" ")')" ""
}

@test 'hooks: The runtime MUST support the elements in this array as the hooks property of config.json.' {
	same "$(feature '.hooks // [] | . - ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"] | join(" ")')" ""
	box hooks "$(feature '.hooks // [] | map("hook(\"\(.)\"; {path: \"/bin/busybox\", args: [\"touch\", \"/tmp/conformance-hook\"]})") | join(" | ") | if . == "" then "." else . end' |
		sed "s,/tmp/conformance-hook,/tmp/$(basename "$DIR"),g")"' | args(["echo", "fine"])'
	rm -f "/tmp/$(basename "$DIR")"
	same "$(out hooks)" fine
}

@test 'mountOptions: The runtime MUST recognize the elements in this array as the options of mounts objects in config.json.' {
	# all at once, each on a tmpfs or on a bind mount of its own; mand is refused by some kernels, idmap has tests of its own
	filter=$(feature '[(.mountOptions // [])[] | select(IN("mand", "idmap", "ridmap", "remount") | not)
		| if IN("bind", "rbind") then "bind(\"/mnt\"; \"/o/\(.)\"; [\"\(.)\"])"
		  elif IN("copy-symlink", "src-nofollow", "dest-nofollow") then "bind(\"/mnt\"; \"/o/\(.)\"; [\"bind\", \"\(.)\"])"
		  elif test("^r(atime|dev|diratime|exec|no.*|relatime|ro|rw|strictatime|suid|symfollow)$") then "bind(\"/mnt\"; \"/o/\(.)\"; [\"rbind\", \"\(.)\"])"
		  else "tmpfs(\"/o/\(.)\"; [\"\(.)\"])" end] | join(" | ")')
	[ -n "$filter" ] || skip "the document has no mount options"
	box options "$filter | args([\"echo\", \"fine\"])"
	same "$(out options)" fine
}

@test 'mountOptions: Linux: this array SHOULD NOT contain filesystem-specific mount options that are passed to the mount(2) syscall as const void *data.' {
	same "$(feature '.mountOptions // [] | map(select(test("^(size|mode|uid|gid|nr_inodes|lowerdir|upperdir|workdir|data)"))) | join(" ")')" ""
}

@test 'annotations MUST be a key-value map' {
	jq -e '.annotations // {} | type == "object" and all(.[]; type == "string")' features.json
}

@test 'linux.namespaces: The runtime MUST recognize the elements in this array as the type of linux.namespaces objects in config.json.' {
	filter=$(feature '[(.linux.namespaces // [])[] | if . == "user" then "user_namespace(100000; 1000)"
		elif . == "time" then empty else "without_namespace(\"\(.)\") | namespace(\"\(.)\")" end] | join(" | ")')
	[ -n "$filter" ] || skip "the document has no namespaces"
	box namespaces "$filter | args([\"echo\", \"fine\"])"
	same "$(out namespaces)" fine
}

@test 'linux.capabilities: The runtime MUST recognize the elements in this array in the process.capabilities object of config.json.' {
	names=$(feature '.linux.capabilities // [] | tojson')
	box capabilities "capabilities($names) | args([\"sh\", \"-c\", \"grep CapBnd /proc/self/status\"])"
	# every name has a bit, but for what this machine's root lacks
	said=$(out capabilities) || { echo "$said"; return 1; }
	mask=$((0x${said##*$'\t'}))
	have=$((0x$(sed -n 's/^CapBnd:\t//p' /proc/self/status)))
	[ "$(jq length <<<"$names")" -lt 40 ] || same "$mask" "$have"
}

@test 'linux.seccomp.actions: The runtime MUST recognize the elements in this array in the syscalls[].action property of the linux.seccomp object in config.json.' {
	[ "$(feature '.linux.seccomp.enabled')" = true ] || skip "the document has no seccomp"
	filter=$(feature '[.linux.seccomp.actions // [] | to_entries[] | select(.value != "SCMP_ACT_NOTIFY")
		| {names: [["getitimer", "times", "getpgid", "getsid", "alarm", "acct", "iopl", "ioperm", "swapon", "swapoff"][.key]], action: .value}] | tojson')
	box actions "seccomp($filter) | args([\"echo\", \"fine\"])"
	same "$(out actions)" fine
}

@test 'linux.seccomp.operators: The runtime MUST recognize the elements in this array in the syscalls[].args[].op property of the linux.seccomp object in config.json.' {
	[ "$(feature '.linux.seccomp.enabled')" = true ] || skip "the document has no seccomp"
	filter=$(feature '[.linux.seccomp.operators // [] | to_entries[]
		| {names: [["getitimer", "times", "getpgid", "getsid", "alarm", "acct", "iopl", "ioperm"][.key]], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 77, valueTwo: 5, op: .value}]}] | tojson')
	box operators "seccomp($filter) | args([\"echo\", \"fine\"])"
	same "$(out operators)" fine
}

@test 'linux.seccomp.archs: The runtime MUST recognize the elements in this array in the architectures property of the linux.seccomp object in config.json.' {
	[ "$(feature '.linux.seccomp.enabled')" = true ] || skip "the document has no seccomp"
	# big-endian ones cannot be in one filter with those of this machine: libseccomp's limit
	names=$(feature '.linux.seccomp.archs // [] | map(select(test("MIPS(64(N32)?)?$|PPC$|PPC64$|S390|PARISC|M68K|SHEB") | not)) | tojson')
	box archs "seccomp([{names: [\"acct\"], action: \"SCMP_ACT_ERRNO\"}]) | .linux.seccomp.architectures = $names | args([\"echo\", \"fine\"])"
	same "$(out archs)" fine
}

@test 'linux.seccomp.knownFlags: The runtime MUST recognize the elements in this array in the flags property of the linux.seccomp object in config.json.' {
	[ "$(feature '.linux.seccomp.knownFlags // [] | length')" -gt 0 ] || skip "the document has no flags"
	same "$(feature '(.linux.seccomp.supportedFlags // []) - .linux.seccomp.knownFlags | join(" ")')" ""
}

@test 'linux.seccomp.supportedFlags: The runtime MUST recognize and support the elements in this array in the flags property of the linux.seccomp object in config.json.' {
	[ "$(feature '.linux.seccomp.supportedFlags // [] | length')" -gt 0 ] || skip "the document has no flags"
	box flags "seccomp([{names: [\"acct\"], action: \"SCMP_ACT_ERRNO\"}]) | .linux.seccomp.flags = $(feature '.linux.seccomp.supportedFlags - ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"] | tojson') | args([\"echo\", \"fine\"])"
	same "$(out flags)" fine
}

@test 'linux.memoryPolicy.modes: The runtime MUST recognize the elements in this array as the mode of linux.memoryPolicy objects in config.json.' {
	[ "$(feature '.linux.memoryPolicy.modes // [] | length')" -gt 0 ] || skip "the document has no memory policies"
	for mode in $(feature '.linux.memoryPolicy.modes[]'); do
		nodes=', nodes: "0"'
		case $mode in MPOL_DEFAULT | MPOL_LOCAL) nodes= ;; esac
		box "policy-$mode" ".linux.memoryPolicy = {mode: \"$mode\"$nodes} | args([\"echo\", \"fine\"])"
		# recognized: the error of a kernel without it is another one
		[ "$(cat "policy-$mode.status")" = 0 ] || has 'set_mempolicy|Invalid argument' "$(cat "policy-$mode.err")"
	done
}

@test 'linux.memoryPolicy.flags: The runtime MUST recognize the elements in this in the flags property of the linux.memoryPolicy object in config.json' {
	[ "$(feature '.linux.memoryPolicy.flags // [] | length')" -gt 0 ] || skip "the document has no memory policies"
	for flag in $(feature '.linux.memoryPolicy.flags[]'); do
		box "policy-$flag" ".linux.memoryPolicy = {mode: \"MPOL_BIND\", nodes: \"0\", flags: [\"$flag\"]} | args([\"echo\", \"fine\"])"
		[ "$(cat "policy-$flag.status")" = 0 ] || has 'set_mempolicy|Invalid argument' "$(cat "policy-$flag.err")"
	done
}

@test 'linux.mountExtensions.idmap.enabled: In such cases, runtimes MUST still set this value to true, to indicate that the runtime recognises the uidMappings and gidMappings properties.' {
	mappable "$DIR/mapped"
	touch mapped/file
	box idmap 'bind("\($dir)/mapped"; "/mnt"; ["bind", "idmap"]) | .mounts[-1] += {uidMappings: [{containerID: 0, hostID: 1005, size: 1}], gidMappings: [{containerID: 0, hostID: 2005, size: 1}]}
		| args(["stat", "-c", "%u", "/mnt/file"])'
	[ "$(cat idmap.out)" = 1005 ] || skip "this runtime does not, or not in this kernel"
	same "$(feature .linux.mountExtensions.idmap.enabled)" true
}
