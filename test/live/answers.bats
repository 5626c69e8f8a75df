#!/usr/bin/env bats
# What commands answer is true, or an error: output that can't be written, questions, filters, formats, several
# containers at once.

load common

sleeper() { box_detached --name "$@" "dir:$ROOTFS" sleep 1000 >/dev/null; }

# It can't print what it has to say, and says that.
unprinted() { # COMMAND...
	echo "$*"
	run --separate-stderr -125 bash -c '"$@" >/dev/full' - "$@"
	has 'print to standard output.*(No space left on device|not all)' "$stderr"
}

@test "what can't be printed is an error, of every command" {
	guise run --name one --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	for words in --version --help "help run" "run --help" completion man ps "ps -q -a" "ps --format json" "inspect one" \
		"explain one" "explain --format json one" "run --dry-run --network none host:" "wait one" "rm one"; do
		# shellcheck disable=SC2086
		unprinted "$GUISE" --root "$STATE" $words
	done
	unprinted "$GUISE" --root "$STATE" run -d --name two --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" sleep 1000
	same "$(guise ps --format json | jq -r '.[].name')" two
	unprinted "$GUISE" --root "$STATE" rm -f two
	mkdir -p "$STATE-oci/containers" # list wants it
	for words in --version --help features list "list -f json"; do
		# shellcheck disable=SC2086
		run -1 --separate-stderr bash -c '"$@" >/dev/full' - "${GUISE%/*}/guise-oci" --root "$STATE-oci" $words
		has 'print to standard output.*(No space left on device|not all)' "$stderr"
	done
}

@test "system prune asks, and takes silence for an error" {
	guise run --name one --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	echo n | guise system prune
	run -125 --separate-stderr guise system prune </dev/null
	has 'nobody answered.*--force' "$stderr"
	same "$(guise ps -aq | wc -l)" 1
	echo y | guise system prune
	same "$(guise ps -aq | wc -l)" 0
}

@test "ps: a status that there is not" {
	run --separate-stderr guise ps -f status=foo
	failed_with 125 "status.*; write status=running"
	guise ps -f status=exited -f status=creating
}

@test "run --dry-run --format json" {
	run --separate-stderr guise run --dry-run --format json --network none --memory 8m --cgroup-parent "$PARENT" --name a host: true
	same "$status" 0
	same "$(jq -r '.name, (.steps[] | select(.step == "cgroup").shell | type)' <<<"$output" | head -2)" "a
array"
}

@test "a pidfile or cidfile that can't be written: the command was not executed, and nothing is left" {
	guise run --rm --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	before=$(machine)
	touch taken
	for options in "--pidfile /no/dir/pid" "-d --pidfile /no/dir/pid" "--cidfile /no/dir/cid" "--cidfile taken" \
		"--cidfile /dev/full" "--cidfile cid --pidfile /no/dir/pid" "-d --cidfile cid --pidfile /no/dir/pid"; do
		# shellcheck disable=SC2086
		run -125 --separate-stderr guise run $options --network none --cgroup-parent "$PARENT" -v "$DIR:/mnt" \
			"dir:$ROOTFS" touch /mnt/executed
		echo "$options"
		failed_with 125 "/no/dir|taken|/dev/full"
		[ ! -e executed ]
		[ ! -e cid ]
		[ -e taken ]
	done
	unchanged "$before"
}

@test "a command that can't be executed: its pidfile and cidfile are taken back" {
	for options in --rm -d; do
		run -127 guise run $options --cidfile cid --pidfile pid --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" nope
		[ ! -e cid ]
		[ ! -e pid ]
	done
}

@test "stop of several: none waits for the time of another" {
	sleeper a --stop-timeout 1000
	sleeper b --stop-timeout 0
	sleeper c --stop-timeout 0
	guise stop a b c >stopped &
	await ended c
	await ended b
	guise kill a
	wait $!
	same "$(cat stopped)" "a
b
c"
}

ended() { [ "$(guise inspect "$1" | jq -r '.[0].State.Status')" = exited ]; }
removed() { ! guise inspect "$1" >/dev/null 2>&1; }

# (A name of a to f could be the beginning of another one's id when its container has gone.)
@test "wait for several: the code of one that is gone before the others end" {
	sleeper stays
	box_detached --rm --name goes -v "$DIR:/mnt" "dir:$ROOTFS" sh -c 'until [ -e /mnt/go ]; do sleep .1; done; exit 7'
	guise wait stays goes >codes &
	await compgen -G "$STATE/containers/$(readlink "$STATE/names/goes")/wait-*" >/dev/null
	touch go
	await removed goes
	guise kill stays
	wait $!
	same "$(cat codes)" "137
7"
}

@test "one name that is wrong does not keep the others from it" {
	sleeper a
	sleeper b
	run -125 --separate-stderr guise stop -t 0 a nobody b
	same "$output" "a
b"
	has 'container nobody' "$stderr"
	run -125 --separate-stderr guise rm -f a nobody b
	same "$output" "a
b"
}

@test "inspect has docker's keys, and they are true" {
	mkdir src
	guise run -d --name a --cgroup-parent "$PARENT" --memory 32m --cpus .5 --cpu-shares 512 --cpuset-cpus 0 --pids-limit 50 \
		-v "$DIR/src:/mnt:ro" --tmpfs /opt:size=1m --device /dev/null:/dev/mine:r --ulimit nofile=100:200 --cap-add net_admin \
		--cap-drop chown --sysctl net.ipv4.ip_unprivileged_port_start=80 --group-add 29 --oom-score-adj 100 --read-only --pid host \
		--log-opt max-size=1m --log-opt max-file=2 --entrypoint sleep -w /tmp "dir:$ROOTFS" 1000 >id
	guise inspect a | jq '.[0]' >inspect
	same "$(jq -Sc '.HostConfig | [.Memory, .MemorySwap, .NanoCpus, .CpuQuota, .CpuShares, .CpusetCpus, .CpusetMems, .PidsLimit,
		.OomScoreAdj, .ReadonlyRootfs, .IpcMode, .PidMode, .NetworkMode, .CapAdd, .CapDrop, .GroupAdd, .Privileged]' inspect)" \
		'[33554432,67108864,500000000,0,512,"0","",50,100,true,"private","host","bridge",["CAP_NET_ADMIN"],["CAP_CHOWN"],["29"],false]'
	same "$(jq -Sc '.HostConfig | .Ulimits, .Devices, .Tmpfs, .Sysctls, .SecurityOpt, .LogConfig, .RestartPolicy' inspect)" \
		'[{"Hard":200,"Name":"nofile","Soft":100}]
[{"CgroupPermissions":"r","PathInContainer":"/dev/mine","PathOnHost":"/dev/null"}]
{"/opt":"size=1m"}
{"net.ipv4.ip_unprivileged_port_start":"80"}
["no-new-privileges"]
{"Config":{"max-file":"2","max-size":"1048576"},"Type":"k8s-file"}
{"MaximumRetryCount":0,"Name":"no"}'
	same "$(jq -Sc '.Mounts[]' inspect)" \
		"{\"Destination\":\"/mnt\",\"Mode\":\"ro\",\"Options\":[\"rbind\"],\"Propagation\":\"rprivate\",\"RW\":false,\"Source\":\"$DIR/src\",\"Type\":\"bind\"}
$(jq -Snc '{Type: "tmpfs", Source: "", Destination: "/opt", Mode: "nosuid,nodev,noexec", RW: true, Propagation: ""}')"
	same "$(jq -Sc '.Config | [.Hostname, .User, .Entrypoint, .Cmd, .WorkingDir, .Tty, .OpenStdin], .StopSignal' inspect)" \
		"[\"$(guise exec a hostname)\",\"\",[\"sleep\"],[\"1000\"],\"/tmp\",false,false]
\"SIGTERM\""
	same "$(jq -r '.Config.Hostname' inspect)" "$(head -c 12 id)"
	same "$(jq -c '.NetworkSettings | [.IPAddress, .IPPrefixLen, .Gateway] == (.Networks.bridge | [.IPAddress, .IPPrefixLen, .Gateway]),
		.IPPrefixLen, .Ports' inspect)" "true
24
{}"
	same "$(jq -r '.State | .FinishedAt, .Paused' inspect)" "0001-01-01T00:00:00Z
false"
	# nothing given
	sleeper b --cpu-quota 50000
	guise inspect b | jq '.[0]' >inspect
	same "$(jq -Sc '.HostConfig | [.Memory, .MemorySwap, .NanoCpus, .CpuQuota, .PidsLimit, .CapAdd, .Devices, .Tmpfs]' inspect)" \
		'[0,0,0,50000,null,null,[],{}]'
	same "$(jq -Sc '.Mounts, .Config.Entrypoint, .Config.Cmd, (.NetworkSettings.Networks | keys)' inspect)" '[]
null
["sleep","1000"]
["none"]'
}

@test "what errors advise can be typed: with --root where that was given" {
	sleeper taken
	run -125 --separate-stderr guise run --name taken "dir:$ROOTFS" true
	has "; remove it \(guise --root $STATE rm taken\)" "$stderr"
	run -125 --separate-stderr guise rm taken
	has "; stop it first \(guise --root $STATE stop taken\)" "$stderr"
	run -125 --separate-stderr guise inspect nobody
	has "; guise --root $STATE ps -a lists them" "$stderr"
}

@test "a name whose container somebody removed by hand is free" {
	guise run --name one --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	rm -rf "$STATE"/containers/*
	[ -L "$STATE/names/one" ]
	guise run --name one --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	guise rm one
}

@test "the working directory was removed: only what is relative fails" {
	mkdir here there
	cd here
	rmdir ../here
	box -v "$DIR/there:/mnt" --security-opt seccomp=unconfined "dir:$ROOTFS" true
	run -125 --separate-stderr box -v ./there:/mnt "dir:$ROOTFS" true
	has "working directory.*was removed; give an absolute path" "$stderr"
	run -125 --separate-stderr "$GUISE" --root state ps
	has "working directory was removed" "$stderr"
	cd "$DIR"
}

@test "what looks, and what fetches images, is a program of its own, which gets the process as it came" {
	printf '#!/bin/sh\necho $$ $(umask) $(ulimit -Sn)\nprintf "%%s\\n" "$@"\nexit 3\n' >look
	chmod +x look
	for words in "pull oci:x" "images -q" "doctor a" "map --help" "lab start 1" "help trace" completion man; do
		# shellcheck disable=SC2086
		run -3 sh -c 'umask 027; ulimit -Sn 64; echo $$; export GUISE_LOOK=./look GUISE_IMAGE=./look; exec "$@"' - "$GUISE" --root here $words
		same "${lines[1]}" "${lines[0]} 0027 64"
		same "${lines[*]:2}" "--root here $words"
	done
	export GUISE_LOOK=/nowhere/guise-look
	run --separate-stderr guise map
	failed_with 125 "start /nowhere/guise-look: No such file.*it is installed with guise"
	same "$(guise --help | grep -c '^  map  *draw the networks')" 1
	guise run --rm --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	# in libexec, or beside guise
	env -u GUISE_LOOK "$GUISE" lab list | grep -q bridge
}
