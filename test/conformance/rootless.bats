#!/usr/bin/env bats
# The specification for a user without root: a user namespace of one id, no cgroup.

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
	cp -a "$CONFORMANCE/rootfs" "$DIR/plain/rootfs"
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
	same "$(user_oci state user | jq -r '"\(.status) \(.annotations["com.example.a"])"')" "running b"
	user_oci kill user KILL
	await eval '[ "$(user_oci state user | jq -r .status)" = stopped ]'
	user_oci delete user
	! user_oci state user 2>/dev/null
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
