#!/usr/bin/env bats
# Mistakes: each is one line that says what failed, on which object, why, and what to do; the status tells
# guise's own failure (125) from the command's (126, 127); and nothing is left behind.

load common

# REGEX STATUS CODE ARGS...: `guise run ARGS` fails so, as text and as JSON, and leaves nothing.
refused() {
	local regex=$1 code=$3 expected=$2 before
	shift 3

	before=$(machine)
	run --separate-stderr "-$expected" timeout 60 "$GUISE" --root "$STATE" run --cgroup-parent "$PARENT" "$@"
	echo "guise run $*"
	failed_with "$expected" "$regex"
	# whoever wrote it: a person reads no printf mishaps
	has_not '\(null\)|%[sd]|: *$|: Success' "$stderr"
	run --separate-stderr "-$expected" timeout 60 "$GUISE" --root "$STATE" --format json run --cgroup-parent "$PARENT" "$@"
	same "$status" "$expected"
	same "${#stderr_lines[@]}" 1
	same "$(jq -r '[.code, .status, ([.what, .cause, .hint, .errno] | map(type))[]] | join(" ")' <<<"$stderr")" \
		"$code $expected string string string number"
	unchanged "$before"
}

@test "unknown options and commands, missing arguments" {
	refused "no-such-option" 125 unknown-option --no-such-option host: true
	refused "'?-Q" 125 unknown-option -Q host: true
	refused "--name" 125 missing-argument --name
	refused "ROOTFS" 125 operands
	run --separate-stderr guise no-such-command
	failed_with 125 "no-such-command"
	run --separate-stderr guise --no-such-option run
	failed_with 125 "no-such-option"
}

@test "bad sizes and numbers" {
	refused "--memory.*'lots'.*;" 125 bad-size --memory lots host: true
	refused "--memory.*-5" 125 bad-size --memory -5 host: true
	refused "--memory.*99999999999999999999" 125 bad-size --memory 99999999999999999999g host: true
	refused "--cpus.*'fast'" 125 bad-cpus --cpus fast host: true
	refused "--pids-limit.*'x'" 125 bad-number --pids-limit x host: true
	refused "--cpu-shares.*1" 125 bad-number --cpu-shares 1 host: true
	refused "--oom-score-adj.*1001" 125 bad-number --oom-score-adj 1001 host: true
	refused "--memory-swap" 125 conflicting-options --memory 8m --memory-swap 4m host: true
}

@test "limits that cannot work" {
	refused "--memory.*1024.*262144" 125 bad-limit --network none --memory 1k host: true
	refused "--cpus.*there are [0-9]+ CPUs" 125 bad-limit --network none --cpus 9999 host: true
	refused "--cpuset-cpus.*999.*there are" 125 bad-limit --network none --cpuset-cpus 999 host: true
}

@test "names with / or .., control characters, or nothing" {
	for name in a/b ../x '' .hidden $'a\nb' $'a\tb' 'a b' "$(printf 'x%.0s' {1..300})"; do
		refused "container name" 125 bad-name --name "$name" host: true
	done
	refused "host name" 125 bad-hostname --hostname 'a b' host: true
	refused "cgroup '../x'" 125 bad-cgroup --cgroup-parent ../x host: true
	refused "cgroup '/'" 125 bad-cgroup --cgroup-parent / host: true
	[ ! -e "$STATE/names/x" ]
}

@test "a missing root file system, or what is none" {
	refused "/no/such/dir" 125 root-missing dir:/no/such/dir true
	touch file
	refused "$DIR/file.*[Nn]ot a directory" 125 root-missing "dir:$DIR/file" true
	refused "./nonsense" 125 bad-rootfs ./nonsense true
	refused "nonsense:x" 125 no-image --pull never nonsense:x true
	refused "Nonsense" 125 bad-reference Nonsense true
	refused "oci:dir" 125 no-transport oci:dir true
	refused "dir" 125 bad-rootfs dir: true
	refused "/.*host:" 125 root-is-host dir:/ true
}

@test "a command that is not there is 127, one that cannot be executed 126" {
	make_root root
	echo text >root/bin/text
	printf '#!/bin/none\n' >root/bin/script
	chmod +x root/bin/script
	mkdir root/bin/directory
	for network in none bridge; do
		refused "no-such-command" 127 command-not-found --network $network dir:root no-such-command
	done
	refused "/bin/none" 127 command-not-found dir:root /bin/none
	refused "/bin/script.*interpreter" 127 command-not-found dir:root /bin/script
	refused "/bin/text" 126 command-not-executable dir:root /bin/text
	refused "/bin/directory" 126 command-not-executable dir:root /bin/directory
	refused "no-such-command" 127 command-not-found --init dir:root no-such-command
	refused "no-such-command" 127 command-not-found -d dir:root no-such-command
}

@test "a name that is taken" {
	box_detached --name taken dir:"$ROOTFS" sleep 1000
	refused "taken" 125 name-taken --name taken host: true
}

@test "a container to join that is not there, or does not run" {
	refused "nobody" 125 no-container --network container:nobody host: true
	guise run --name over --network none --cgroup-parent "$PARENT" dir:"$ROOTFS" true
	refused "over.*not running" 125 not-running --pid container:over host: true
}

@test "no free address" {
	box_detached --network bridge --name first dir:"$ROOTFS" sleep 1000
	id=$(readlink "$STATE/names/first")
	leases=$(leases_of bridge)
	for i in {2..254}; do
		[ -e "$leases/10.10.0.$i" ] || echo "$id" >"$leases/10.10.0.$i"
	done
	refused "10\.10\.0\.0/24" 125 no-free-address host: true
}

@test "a bridge that exists and is not ours" {
	ip link add guise0 type bridge
	refused "guise0" 125 bridge-taken host: true
	ip link show guise0
}

@test "volumes, devices and files that are not there" {
	refused "/no/such/device" 125 no-device --device /no/such/device host: true
	refused "/etc/passwd.*no device node" 125 no-device --device /etc/passwd host: true
	refused "/no/such/dir of the host.*mkdir -p" 125 mount-source -v /no/such/dir:/mnt host: true
	[ ! -e /no ]
	refused "/no/such/file" 125 mount-source --mount type=bind,source=/no/such/file,target=/mnt host: true
	refused "/tmp:relative" 125 bad-mount -v /tmp:relative host: true
	refused "/no/env" 125 env-file --env-file /no/env host: true
	refused "/no/profile" 125 seccomp-file --security-opt seccomp=/no/profile host: true
	touch id
	refused "write $DIR/id: .*; .*rm $DIR/id" 125 file --cidfile "$DIR/id" host: true
	refused "/no/dir/id: .*; make its directory" 125 file --cidfile /no/dir/id host: true
	refused "/no/dir/pid: .*; make its directory" 125 file --pidfile /no/dir/pid host: true
}

@test "no permission: what a user without root cannot have" {
	need_program setpriv util-linux
	mkdir user
	chown 65534:65534 user
	as_user() { setpriv --reuid 65534 --regid 65534 --clear-groups "$GUISE" --root "$DIR/user/state" run "$@"; }
	run --separate-stderr as_user --network bridge host: true
	failed_with 125 "bridge.*root.*; use "
	run --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups "$GUISE" --root "$STATE" run host: true
	failed_with 125 "$STATE.*[Pp]ermission denied"
	run --separate-stderr as_user --network none --memory 50m "dir:$ROOTFS" true
	failed_with 125 "memory: .*; "
	[ -z "$(ls -A user/state/containers user/state/names 2>/dev/null | grep -v :)" ]
}
