#!/usr/bin/env bats
# guise-oci checkpoint and restore. RUNTIME=/usr/sbin/runc has another runtime do it; $CRIU is the criu to use.
#
# Where the processor's debug registers are not to be had, as in many virtual machines, CRIU must not use them:
# CRIU_FAULT=130 says so, and does no harm elsewhere.

load common

bats_require_minimum_version 1.5.0

export CRIU_FAULT=130

setup_file() {
	export CRIU=${CRIU:-criu} WHY_NOT
	if ! command -v "$CRIU" >/dev/null; then
		WHY_NOT="no criu: apt install criu"
	elif ! WHY_NOT=$("$CRIU" check 2>&1); then
		WHY_NOT="criu cannot work here: $(grep -o 'Error .*' <<<"$WHY_NOT" | head -n 1)"
	else
		WHY_NOT=
	fi
}

# A bundle whose command counts in a volume, by directories. A file that is open while CRIU looks would have to be as it
# was when CRIU restores; the command has none open.
make_bundle() {
	[ -z "$WHY_NOT" ] || skip "$WHY_NOT"
	RUNTIME=${RUNTIME:-$(dirname "$GUISE")/guise-oci}
	mkdir -p "$DIR/b" "$DIR/volume"
	make_root "$DIR/b/rootfs"
	mkdir -p "$DIR/b/rootfs/secret"
	(cd "$DIR/b" && "$(dirname "$GUISE")/guise-oci" spec)
	configure '.process.terminal = false | .process.args = ["sh", "-c", "while :; do mkdir -p /volume/$((++n)); sleep .1; done"]
		| .mounts += [{destination: "/volume", type: "bind", source: "'"$DIR"'/volume", options: ["rbind"]},
			      {destination: "/readonly", type: "bind", source: "'"$DIR"'/volume", options: ["bind", "ro"]}]
		| .linux.maskedPaths += ["/secret", "/etc/group"] | .linux.cgroupsPath = "/'"$PARENT"'/c"
		| .linux.resources.pids.limit = 50'
}

configure() { # FILTER
	jq "$1" "$DIR/b/config.json" >"$DIR/new"
	mv "$DIR/new" "$DIR/b/config.json"
}

oci() { "$RUNTIME" --root "$STATE" --criu "$CRIU" "$@"; }

# With streams as engines have them, whose other end is a program's.
piped() { oci "$@" </dev/null > >(cat >>"$DIR/out") 2>&1; }

begin() { # ID
	piped run -d --bundle "$DIR/b" "$1"
	await counts
}

restore() { piped restore -d --bundle "$DIR/b" --image-path "$DIR/images" "$@" || { cat "$DIR/out"; return 1; }; }

number() { find "$DIR/volume" -mindepth 1 -printf '%f\n' | sort -n | tail -n 1; }
counts() {
	local before
	before=$(number) && sleep .3 && [ "$(number)" -gt "${before:-0}" ]
}
status_of() { oci state "$1" | jq -r .status; }
has_ended() { [[ $(status_of "$1" 2>/dev/null) = @(|stopped) ]]; }
process_of() { oci state "$1" | jq .pid; }

@test "checkpoint, restore: it goes on where it was" {
	make_bundle
	begin c
	oci checkpoint --image-path "$DIR/images" c
	at=$(number)
	sleep .5
	same "$(number)" "$at"
	rm -r "$DIR/volume/"*
	restore c
	await counts
	[ "$(number)" -gt "$at" ]
	same "$(status_of c)" running
	oci kill c KILL
	await has_ended c
	oci delete c
	same "$(cgroups_of "$PARENT/*")" ""
}

@test "checkpoint: the container is deleted; mounts below mounts find their places again" {
	make_bundle
	mkdir outer
	configure '.mounts += [{destination: "/outer", type: "bind", source: "'"$DIR"'/outer", options: ["bind"]},
		{destination: "/outer/a/b", type: "bind", source: "'"$DIR"'/volume", options: ["bind"]}]'
	begin c
	oci checkpoint --image-path "$DIR/images" c
	run oci state c
	has 'does not exist' "$output"
	same "$(cgroups_of "$PARENT/*")" ""
	rm -r outer; mkdir outer
	restore c
	await counts
	[ -n "$(oci exec c ls /outer/a/b)" ]
}

@test "checkpoint of a container whose run waits for it" {
	make_bundle
	piped run --bundle "$DIR/b" c & pid=$!
	await counts
	oci checkpoint --image-path "$DIR/images" c
	wait $pid && status=0 || status=$?
	same "$status:$(cat "$DIR/out")" "137:"
	same "$(oci list -q)" ""
}

@test "checkpoint --leave-running; --work-path has the log" {
	make_bundle
	begin c
	before=$(process_of c)
	oci checkpoint --leave-running --image-path "$DIR/images" --work-path "$DIR/work" c
	same "$(process_of c)" "$before"
	await counts
	[ -s "$DIR/work/dump.log" ]
	[ ! -e "$DIR/images/dump.log" ]
}

@test "checkpoint of a paused container" {
	make_bundle
	begin c
	oci pause c
	oci checkpoint --image-path "$DIR/images" c
	restore c
	await counts
	same "$(status_of c)" running
}

@test "what is restored is isolated as before" {
	make_bundle
	configure '.hostname = "restored" | .process.capabilities.bounding = ["CAP_KILL"]
		| .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 77, hard: 77}]'
	# CRIU 3 restores neither no_new_privs nor that there are no groups
	case $("${CRIU:-criu}" --version) in *'Version: 3.'*) lost='NoNewPrivs|Groups' ;; *) lost=none ;; esac
	see() {
		# (where several files are covered, CRIU loses the attributes of the null device over them)
		cut -d" " -f4-6 "/proc/$1/mountinfo" | sed "s/^\(.null [^ ]*\).*/\1/" | sort
		grep -E '^(Cap...|NoNewPrivs|Seccomp|Uid|Groups)' "/proc/$1/status" | grep -vE "^($lost)"
		grep 'open files' "/proc/$1/limits"
		cut -d: -f2- "/proc/$1/cgroup"
		nsenter -u -t "$1" hostname
		tr '\0' ' ' <"/proc/$1/environ"
	}
	begin c
	see "$(process_of c)" >before
	oci checkpoint --image-path "$DIR/images" c
	# places that another copy of the image does not have are made
	rmdir "$DIR/b/rootfs/volume" "$DIR/b/rootfs/readonly"
	restore c
	see "$(process_of c)" >after
	diff before after
	grep -q ' / / ro' before || grep -qE '/rootfs / ro' before
	same "$(cat "$(cgroup_of pids c)/pids.max")" 50
}

@test "exec and a signal reach a restored container; its streams are the new ones" {
	make_bundle
	configure '.process.args = ["sh", "-c", "trap \"echo told; exit 3\" TERM; while :; do mkdir -p /volume/$((++n)); sleep .1; done"]'
	begin c
	oci checkpoint --image-path "$DIR/images" c
	oci restore --bundle "$DIR/b" --image-path "$DIR/images" --pid-file "$DIR/pid" c </dev/null >"$DIR/said" 2>&1 &
	await [ -s "$DIR/pid" ]
	await counts
	same "$(cat "$DIR/pid")" "$(process_of c)"
	same "$(oci exec c sh -c 'echo $$; cat /proc/1/comm; readlink /proc/self/ns/mnt' | tail -n 2)" \
		"sh"$'\n'"$(readlink "/proc/$(process_of c)/ns/mnt")"
	oci kill c TERM
	wait $! && code=0 || code=$?
	same "$code" 3
	same "$(cat "$DIR/said")" told
	same "$(oci list -q)" ""
}

@test "under another name, in another cgroup" {
	make_bundle
	begin c
	oci checkpoint --leave-running --image-path "$DIR/images" c
	oci kill c KILL
	configure '.linux.cgroupsPath = "/'"$PARENT"'/d"'
	restore d
	await counts
	has "/$PARENT/d\$" "$(cat "/proc/$(process_of d)/cgroup")"
	has_not "/$PARENT/c" "$(cat "/proc/$(process_of d)/cgroup")"
}

@test "a network namespace that was joined is the one that is named on restore" {
	make_bundle
	mkdir "$DIR/ns"
	for name in one two; do
		: >"$DIR/ns/$name"
		unshare --net="$DIR/ns/$name" true
	done
	configure '(.linux.namespaces[] | select(.type == "network")).path = "'"$DIR"'/ns/one"'
	begin c
	oci checkpoint --image-path "$DIR/images" c
	configure '(.linux.namespaces[] | select(.type == "network")).path = "'"$DIR"'/ns/two"'
	restore c
	await counts
	same "$(stat -Lc %i "/proc/$(process_of c)/ns/net")" "$(stat -c %i "$DIR/ns/two")"
}

@test "hooks are run, in their order, and one that fails leaves nothing" {
	make_bundle
	begin c
	oci checkpoint --image-path "$DIR/images" c
	hook() { printf '{path: "/bin/sh", args: ["sh", "-c", "jq -r .status >>%s/%s; %s"]}' "$DIR" "$1" "${2-}"; }
	configure ".hooks = {prestart: [$(hook prestart)], createRuntime: [$(hook runtime)], poststart: [$(hook poststart)]}"
	restore c
	same "$(cat "$DIR/prestart") $(cat "$DIR/runtime") $(cat "$DIR/poststart")" "creating creating running"
	oci kill c KILL
	configure ".hooks = {prestart: [$(hook prestart 'exit 9')]}"
	[[ $RUNTIME != *runc ]] || oci delete --force c
	await has_ended c
	run restore c
	same "$status" 1
	has 'prestart' "$output"
	same "$(oci list -q)" ""
	same "$(cgroups_of "$PARENT/*")" ""
}

@test "--pre-dump: the rest is written later" {
	make_bundle
	"$CRIU" check --feature mem_dirty_track >/dev/null 2>&1 || skip "this kernel does not track which memory changes"
	begin c
	oci checkpoint --pre-dump --image-path "$DIR/pre" c
	same "$(status_of c)" running
	oci checkpoint --parent-path ../pre --image-path "$DIR/images" c
	restore c
	await counts
}

@test "a terminal goes to the console socket again" {
	make_bundle
	need_program python3 python3
	configure '.process.terminal = true'
	cat >take <<-'EOT'
		import array, os, socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.bind(sys.argv[1])
		s.listen()
		for said in sys.argv[2:]:
		    c = s.accept()[0]
		    data, anc, _, _ = c.recvmsg(4096, 64)
		    fd = array.array("i", anc[0][2])[0]
		    open(said, "w").write(str(os.isatty(fd)))
		    kept = os.dup(fd)
		import time
		time.sleep(60)
	EOT
	python3 take "$DIR/sock" "$DIR/first" "$DIR/second" &
	await [ -S "$DIR/sock" ] || await [ -S "$DIR/sock" ] # where python takes its time
	oci run -d --console-socket "$DIR/sock" --bundle "$DIR/b" c
	await counts
	same "$(cat "$DIR/first")" True
	oci checkpoint --shell-job --image-path "$DIR/images" c
	oci restore -d --shell-job --console-socket "$DIR/sock" --bundle "$DIR/b" --image-path "$DIR/images" c
	await counts
	await [ -s "$DIR/second" ]
	same "$(cat "$DIR/second")" True
}

@test "errors say what CRIU said, and where its log is; the container runs on" {
	make_bundle
	[[ $RUNTIME != *runc ]] || skip "runc has other words, and deletes the container"
	configure '.process.args = ["sh", "-c", "exec 9</proc/self/exe; flock 9; while :; do mkdir -p /volume/$((++n)); sleep .1; done"]'
	begin c
	run oci checkpoint --image-path "$DIR/images" c
	[ "$status" != 0 ] || skip "this CRIU does not mind the lock"
	same "$status" 1
	has "^guise-oci: container c: checkpoint: CRIU: .*lock.*; its log is $DIR/images/dump.log\$" "$output"
	same "$(status_of c)" running
	await counts
	run oci restore --bundle "$DIR/b" --image-path "$DIR/images" c
	has 'already exists' "$output"
	run oci restore --bundle "$DIR/b" --image-path "$DIR/none" d
	has "open the directory $DIR/none: No such file" "$output"
	mkdir "$DIR/empty"
	run oci restore --bundle "$DIR/b" --image-path "$DIR/empty" d
	has 'descriptors.json.*is it the directory of a checkpoint' "$output"
	run "$RUNTIME" --root "$STATE" --criu "$DIR/no-criu" checkpoint --image-path "$DIR/images" c
	has "start $DIR/no-criu: No such file or directory; install CRIU" "$output"
	same "$(status_of c)" running
}
