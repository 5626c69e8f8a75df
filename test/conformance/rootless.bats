#!/usr/bin/env bats
# The specification for a user without root: a user namespace of one id or of more, cgroups where they are delegated.

load common

as_user() { # COMMAND...
	env -u XDG_RUNTIME_DIR HOME="$DIR/home" XDG_RUNTIME_DIR="$DIR/home/run" setpriv --reuid 1234 --regid 1234 --clear-groups \
		"$@" 3>&- 4>&- </dev/null
}

user_oci() { as_user timeout --foreground 60 "$RUNTIME" --root "$DIR/home/state" "$@"; }

setup_file() {
	prepare
	mkdir -p "$DIR/home/run"
	chown -R 1234:1234 "$DIR/home"
	bundle plain 'rootless(1234; 1234) | .mounts |= map(select(.destination != "/sys")) | .annotations = {"com.example.a": "b"}
		| .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 50, hard: 60}]'
	# the root file system belongs to the user
	rm -r "$DIR/plain/rootfs"
	cp -a "$CONFORMANCE/bundle/rootfs" "$DIR/plain/rootfs"
	chown -R 1234:1234 "$DIR/plain"
	cat >"$DIR/plain/rootfs/script" <<-'EOT'
		echo "id: $(id -u) $(id -g)"
		echo "map: $(cat /proc/self/uid_map)"
		echo "null: $(echo x >/dev/null && echo fine)"
		echo "hostname: $(hostname)"
		echo "limit: $(ulimit -n)"
		echo "file: $(echo x >/file && stat -c %u /file)"
		echo "proc: $(ls -d /proc/1)"
	EOT
	user_oci run --bundle "$DIR/plain" plain >"$DIR/plain.out" 2>"$DIR/plain.err" && status=0 || status=$?
	echo "$status" >"$DIR/plain.status"
}

@test 'without root: a container in a user namespace of one id' {
	same "$(fact plain id)" "0 0"
	same "$(echo $(fact plain map))" "0 1234 1"
	same "$(fact plain hostname)" box
	same "$(fact plain proc)" /proc/1
	same "$(fact plain limit)" 50
}

@test 'without root: below an engine that made the user namespace, of one id, itself' {
	bundle below '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings, .linux.resources) |
		.mounts |= map(select(.destination != "/sys") | if .type == "devpts" then .options -= ["gid=5"] else . end)'
	chown -R 1234:1234 "$DIR/below"
	printf 'id -u; id -g\n' >"$DIR/below/rootfs/script"
	run as_user unshare --user --map-root-user --mount timeout --foreground 60 "$RUNTIME" --root "$DIR/home/state" \
		run --bundle "$DIR/below" below
	same "$output" $'0\n0'
	same "$status" 0
}

@test 'without root: the default devices' {
	same "$(fact plain null)" fine
}

@test 'without root: what is root inside is the user outside' {
	same "$(fact plain file)" 0
	same "$(stat -c %u plain/rootfs/file)" 1234
}

@test 'without root: The entity using a runtime to create a container MUST be able to use the operations defined in this specification against that same container.' {
	echo 'sleep 100' >plain/rootfs/script
	user_oci create --bundle "$DIR/plain" user >user.out 2>&1 || { cat user.out; return 1; }
	same "$(user_oci state user | jq -r .status)" created
	user_oci start user
	same "$(user_oci exec user sh -c 'id -u; hostname')" "0
box"
	same "$(user_oci state user | jq -r '"\(.status) \(.annotations["com.example.a"])"')" "running b"
	user_oci kill user KILL
	await eval '[ "$(user_oci state user | jq -r .status)" = stopped ]'
	user_oci delete user
	! user_oci state user 2>/dev/null
}

@test 'without root: uidMappings, gidMappings with the ids that the machine has given to the user' {
	need_program newuidmap uidmap
	bundle mapped 'rootless(1234; 1234) | .mounts |= map(select(.destination != "/sys"))
		| .linux.uidMappings += [{containerID: 1, hostID: 200000, size: 100}] | .linux.gidMappings = .linux.uidMappings | capabilities(["CAP_CHOWN"])'
	rm -r mapped/rootfs
	cp -a plain/rootfs mapped/
	chown -R 1234:1234 mapped
	echo 'cat /proc/self/uid_map /proc/self/gid_map; echo >/tmp/file; chown 5:6 /tmp/file' >mapped/rootfs/script
	{ cat /etc/passwd; echo 'conformance:x:1234:1234::/:/bin/sh'; } >passwd
	echo conformance:200000:1000 >subid
	touch /etc/subuid /etc/subgid
	export -f as_user
	unshare --mount --propagation private bash -euc 'mount --bind passwd /etc/passwd
		for file in subuid subgid; do mount --bind subid /etc/$file; done
		as_user timeout 60 "$RUNTIME" --root "$DIR/home/state" run --bundle "$DIR/mapped" mapped' >mapped.out 2>&1 </dev/null 3>&- 4>&- || { cat mapped.out; return 1; }
	same "$(awk '{ print $1, $2, $3 }' mapped.out)" "0 1234 1
1 200000 100
0 1234 1
1 200000 100"
	same "$(stat -c %u:%g mapped/rootfs/tmp/file)" 200004:200005
}

# The user is in a cgroup of their own, DIRECTORY below the file's.
delegated() { # DIRECTORY COMMAND...
	local top=/sys/fs/cgroup dir

	for dir in "${PARENT%/*}" "${PARENT#*/}" "$1"; do
		echo +pids >"$top/cgroup.subtree_control"
		top+=/$dir
		mkdir -p "$top"
	done
	mkdir -p "$top/self"
	chown 1234:1234 "$top" "$top"/cgroup.{procs,subtree_control,threads} "$top"/self{,/cgroup.procs}
	(
		echo $BASHPID >"$top/self/cgroup.procs"
		user_oci "${@:2}"
	)
}

@test 'without root: cgroups where they are delegated' {
	need_world v2 "only cgroup v2 can be delegated"
	jq --arg path "/$PARENT/mine/box" '.linux.cgroupsPath = $path | .linux.resources.pids.limit = 30 | .process.args = ["sh", "-c", "cat /proc/self/cgroup"]' \
		plain/config.json >new.json
	mkdir -p limited
	cp -a plain/rootfs limited/
	cp new.json limited/config.json
	delegated mine create --bundle "$DIR/limited" limited >limited.out 2>&1 || { cat limited.out; return 1; }
	same "$(cat "/sys/fs/cgroup/$PARENT/mine/box/pids.max")" 30
	delegated mine start limited
	await eval '[ "$(user_oci state limited | jq -r .status)" = stopped ]'
	same "$(cat limited.out)" "0::/$PARENT/mine/box"
	delegated mine delete limited
	[ ! -e "/sys/fs/cgroup/$PARENT/mine/box" ]
}

@test 'without root: If the runtime cannot apply a property as specified in the configuration, it MUST generate an error and a new container MUST NOT be created. (a limit without a cgroup)' {
	mkdir -p denied
	cp -a plain/rootfs denied/
	jq '.linux.resources.pids.limit = 30 | .process.args = ["true"]' plain/config.json >denied/config.json
	! user_oci run --bundle "$DIR/denied" denied >denied.out 2>&1 || { cat denied.out; return 1; }
	[ -s denied.out ]
	! user_oci state denied 2>/dev/null
}

@test 'without root: --rootless says whether a cgroup can be lacked' {
	mkdir -p choice
	cp -a plain/rootfs choice/
	jq '.process.args = ["true"]' plain/config.json >choice/config.json
	user_oci --rootless auto run --bundle "$DIR/choice" choice
	user_oci --rootless true run --bundle "$DIR/choice" choice
	! user_oci --rootless false run --bundle "$DIR/choice" choice >choice.out 2>&1 || return 1
	has cgroup "$(cat choice.out)"
	! user_oci state choice 2>/dev/null
}

@test 'without root: a container with a terminal' {
	"$CONFORMANCE/peer" console "$DIR/home/socket" >console 3>&- 4>&- &
	await test -S home/socket
	chmod 666 home/socket
	jq '.process.terminal = true' plain/config.json >new.json
	cp new.json plain/config.json
	echo 'test -t 0 && echo "tty: $(stat -c %u /proc/self/fd/0)"; echo done: yes' >plain/rootfs/script
	user_oci create --console-socket "$DIR/home/socket" --bundle "$DIR/plain" tty >tty.out 2>&1 || { cat tty.out; return 1; }
	user_oci start tty
	await grep -q 'done: yes' console
	has 'tty: 0' "$(cat console)"
	user_oci delete --force tty
}
