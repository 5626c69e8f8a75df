# guise-oci features: what it says is supported is what a config.json may ask for, and nothing else.

load common
load oci

setup_features() { "$RUNTIME" features >features; }

words() { jq -r "$1 // [] | .[]" features; }

# `run` has read the config.json, whatever came of it.
was_read() { has_not 'read config.json' "$output"; }

@test "features: each mount option is taken, and is no option of the file system's" {
	setup_features
	mkdir src
	# tmpfs refuses options that it does not know; the kernel may be too old for one or the other
	for option in $(words .mountOptions); do
		case $option in
		bind | rbind | remount | *idmap | tmpcopyup) continue ;;
		copy-symlink | *-nofollow) continue ;; # of bind mounts: oci_mounts.bats
		esac
		jq -n --arg o "$option" '{ destination: "/m/\($o)", type: "tmpfs", source: "tmpfs", options: [$o] }'
	done | jq -s . >mounts
	sh_bundle b box 'ls /m | wc -l' ".mounts += $(jq -c . mounts)"
	run oci run -b b box
	same "$output" "$(jq length mounts)"
	sh_bundle b box true ".mounts += [ { destination: \"/a\", source: \"$DIR/src\", options: [\"rbind\", \"ridmap\"],
		uidMappings: [ { containerID: 0, hostID: 1000, size: 1 } ], gidMappings: [ { containerID: 0, hostID: 1000, size: 1 } ] },
		{ destination: \"/b\", source: \"$DIR/src\", options: [\"bind\", \"idmap\"],
		uidMappings: [ { containerID: 0, hostID: 1000, size: 1 } ], gidMappings: [ { containerID: 0, hostID: 1000, size: 1 } ] },
		{ destination: \"/c\", type: \"tmpfs\", source: \"tmpfs\", options: [\"tmpcopyup\"] },
		{ destination: \"/c\", options: [\"remount\", \"ro\"] } ]"
	run oci run -b b box
	was_read
}

@test "features: each namespace, capability, hook" {
	setup_features
	bundle b box
	base_config | jq --slurpfile f features --arg path "/$PARENT/box" '.linux.cgroupsPath = $path |
		.process.args = ["sh", "-c", "echo $(ls /proc/self/ns); grep CapBnd /proc/self/status"] |
		.linux.namespaces = [ $f[0].linux.namespaces[] | { type: . } ] |
		.linux.uidMappings = [ { containerID: 0, hostID: 100000, size: 65536 } ] | .linux.gidMappings = .linux.uidMappings |
		.process.capabilities.bounding = $f[0].linux.capabilities |
		.hooks = ([ $f[0].hooks[] | { key: ., value: [ { path: "/bin/true" } ] } ] | from_entries)' >b/config.json
	run oci run -b b box
	same "$status" 0
	has_not warning "$output"
	has "CapBnd:.*$(printf '%x' $(((1 << ($(cat /proc/sys/kernel/cap_last_cap) + 1)) - 1)))" "$output"
}

@test "features: each action, operator, architecture and flag of filters; others are refused" {
	setup_features
	sh_bundle b box 'echo ran'
	seccomp='.linux.seccomp = ($f[0].linux.seccomp | { defaultAction: "SCMP_ACT_ALLOW", architectures: .archs, flags: .supportedFlags,
		listenerPath: "/none", syscalls:
		([ .actions[] | { names: ["mincore"], action: . } ] + [ .operators[] | { names: ["mincore"], action: "SCMP_ACT_LOG",
			args: [ { index: 0, value: 1, valueTwo: 1, op: . } ] } ]) })'
	jq --slurpfile f features "$seccomp" b/config.json >new; cp new b/config.json
	run oci run -b b box
	was_read
	has 'connect to the seccomp agent' "$output"
	jq '.linux.seccomp.syscalls |= map(select(.action != "SCMP_ACT_NOTIFY")) | .linux.seccomp.flags -= ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]' \
		new >b/config.json
	same "$(oci run -b b box)" ran
	for change in '.syscalls[0].action = "SCMP_ACT_SING"' '.architectures += ["SCMP_ARCH_PDP11"]' '.flags += ["SECCOMP_FILTER_FLAG_X"]'; do
		jq ".linux.seccomp |= ($change)" new >b/config.json
		run -1 oci run -b b box
		has 'read config.json' "$output"
	done
}

@test "features: what is said to be enabled is done, or fails for what the machine has not" {
	setup_features
	for path in .apparmor .selinux .intelRdt .netDevices .mountExtensions.idmap .seccomp; do
		jq -e ".linux$path.enabled" features >/dev/null || { echo "$path"; false; }
	done
	jq -e '.linux.intelRdt.schemata and .linux.intelRdt.monitoring and .linux.cgroup.systemd' features >/dev/null
	for mode in $(words .linux.memoryPolicy.modes); do
		sh_bundle b box true ".linux.memoryPolicy = { mode: \"$mode\", nodes: \"0\", flags: [] }"
		run oci run -b b box
		was_read
	done
	for flag in $(words .linux.memoryPolicy.flags); do
		sh_bundle b box true ".linux.memoryPolicy = { mode: \"MPOL_BIND\", nodes: \"0\", flags: [\"$flag\"] }"
		run oci run -b b box
		was_read
	done
	sh_bundle b box true '.linux.memoryPolicy = { mode: "MPOL_SING" }'
	run -1 oci run -b b box
	has 'read config.json' "$output"
}
