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

# One container that has ended, one that runs, and one whose monitor and process were killed; before that the file system
# of the state directory became full: of data (tmpfs gives no page), or of files (no inode).
make_full() { # data|files
	box_detached --name ended host: sh -c 'exit 3'
	guise wait ended
	box_detached --name runs host: sh -c 'trap "exit 5" TERM; echo runs; while :; do sleep .1; done'
	box_detached --name killed host: sleep 1000
	await guise logs runs
	kill -KILL "$(pid_of_monitor killed)"
	case $1 in
	data) ! cat /dev/zero >"$STATE/full" 2>/dev/null ;;
	files) for ((i = 0; i < 100; i++)); do : >"$STATE/full.$i" || break; done 2>/dev/null ;;
	esac
	kill -KILL "$(pid_of killed)"
}

pid_of_monitor() { awk '/^PPid:/ { print $2 }' "/proc/$(pid_of "$1")/status"; }

states() { guise ps -a --format json | jq -r 'sort_by(.name)[] | "\(.name) \(.state) \(.exit_code)"'; }

@test "a full file system, or one without a free inode: what frees works, and no exit code is lost" {
	local kind before

	for kind in data files; do
		echo "no room for $kind"
		mkdir -p "$STATE"
		mount -t tmpfs -o size=1m,nr_inodes=100,mode=711 none "$STATE"
		before=$(machine)
		make_full $kind
		same "$(states)" $'ended exited 3\nkilled exited null\nruns running null'
		run --separate-stderr guise run --network none --cgroup-parent "$PARENT" host: true
		failed_with 125 "No space left on device"
		same "$(guise stop runs)" runs
		same "$(states)" $'ended exited 3\nkilled exited null\nruns exited 5'
		same "$(cgroups_of "$PARENT/*")" ""
		same "$(guise rm ended)" ended
		same "$(guise rm -f runs)" runs
		has "^removed: 1 container" "$(guise system prune --force)"
		rm "$STATE"/full*
		unchanged "$before"
		umount "$STATE"
	done
}
