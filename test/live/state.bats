#!/usr/bin/env bats
# The state directory: what is in it may be full, broken, or somebody else's, and many may write at the same time.

load common

@test "eight begin at once in the network namespace of one container" {
	local i round jobs

	box_detached --name a host: sleep 1000
	for round in 1 2 3; do
		jobs=()
		for i in 1 2 3 4 5 6 7 8; do
			guise run --rm --network container:a --cgroup-parent "$PARENT" host: echo "ran $i" >"out.$i" 2>&1 &
			jobs+=($!)
		done
		for i in "${jobs[@]}"; do wait "$i"; done
		same "$(cat out.*)" "$(printf 'ran %d\n' 1 2 3 4 5 6 7 8)"
	done
}

@test "without XDG_RUNTIME_DIR: /run/user/UID, or /tmp/guise-UID if nobody else made it" {
	need_program setpriv util-linux
	# (a /run and a /tmp of its own: what is there belongs to others)
	cat >script <<-'EOT'
		mount -t tmpfs -o mode=755 none /run && mount -t tmpfs -o mode=1777 none /tmp || exit 1
		ps() { setpriv --reuid 65534 --regid 65534 --clear-groups env -u XDG_RUNTIME_DIR "$GUISE" ps -aq; }
		ps && ls -d /tmp/guise-65534/containers && rm -r /tmp/guise-65534
		install -d -o 65534 /tmp/victim && ln -s victim /tmp/guise-65534
		ps || ls /tmp/victim
		rm /tmp/guise-65534
		install -d -o 12345 -m 777 /tmp/guise-65534
		ps || ls /tmp/guise-65534
		mkdir /run/user && install -d -o 65534 -m 700 /run/user/65534
		ps && ls -d /run/user/65534/guise/containers
	EOT
	run unshare --mount sh script
	echo "$output"
	same "${#lines[@]}" 4
	same "${lines[0]}" /tmp/guise-65534/containers
	has "/tmp/guise-65534: .*; name another with --root" "${lines[1]}"
	has "/tmp/guise-65534: it belongs to user 12345, and this is user 65534; .*XDG_RUNTIME_DIR" "${lines[2]}"
	same "${lines[3]}" /run/user/65534/guise/containers
}
