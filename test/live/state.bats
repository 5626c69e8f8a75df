#!/usr/bin/env bats
# The state directory: what is in it may be full, broken, or somebody else's, and many may write at the same time.

load common
load oci

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
		mount -t tmpfs -o mode=755 none /run && cp "$GUISE" /run/tried && mount -t tmpfs -o mode=1777 none /tmp || exit 1
		ps() { setpriv --reuid 65534 --regid 65534 --clear-groups env -u XDG_RUNTIME_DIR /run/tried ps -aq; }
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

fill() { # data|files
	local i

	case $1 in
	data) ! cat /dev/zero >"$STATE/full" 2>/dev/null ;;
	files) for ((i = 0; i < 500; i++)); do : >"$STATE/full.$i" || break; done 2>/dev/null ;;
	esac
}

# One container that has ended, one that runs, and one whose monitor and process were killed; before that the file system
# of the state directory became full: of data (tmpfs gives no page), or of files (no inode).
make_full() { # data|files
	box_detached --name ended host: sh -c 'exit 3'
	guise wait ended
	guise run -d --name bridged --cgroup-parent "$PARENT" host: sleep 1000
	box_detached --name runs host: sh -c 'trap "exit 5" TERM; echo runs; while :; do sleep .1; done'
	box_detached --name killed host: sleep 1000
	await guise logs runs
	kill -KILL "$(pid_of_monitor killed)"
	fill $1
	kill -KILL "$(pid_of killed)"
}

pid_of_monitor() { awk '/^PPid:/ { print $2 }' "/proc/$(pid_of "$1")/status"; }

states() { guise ps -a --format json | jq -r 'sort_by(.name)[] | "\(.name) \(.state) \(.exit_code)"'; }

@test "a full file system, or one without a free inode: what frees works, and no exit code is lost" {
	local kind before

	for kind in data files; do
		echo "no room for $kind"
		mkdir -p "$STATE"
		mount -t tmpfs -o size=2m,nr_inodes=500,mode=711 none "$STATE"
		before=$(machine)
		make_full $kind
		same "$(states)" $'bridged running null\nended exited 3\nkilled exited null\nruns running null'
		run --separate-stderr guise run --network none --cgroup-parent "$PARENT" host: true
		failed_with 125 "No space left on device"
		same "$(guise stop runs)" runs
		same "$(guise rm -f bridged)" bridged
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

# One way to break the record of container $1, of those that there are: its container.json, or another file of it.
break_record() { # NAME WAY
	local dir run

	dir=$(dir_of "$1") run=$(run_of "$1")
	change() { jq "$2" "$1" >changed && cat changed >"$1"; }
	change_both() { change "$dir/container.json" "$1" && change "$run/run.json" "$2"; }
	case $2 in
	null)      change_both '.id = null | .name = null | .rootfs = null | .network = null | .argv = null' '.plan[].path = null' ;;
	types)     change_both '.command = 5 | .env = {} | .labels = [1, null] | .stop_signal = "x" | .argv = {}' '.plan[0].path = 7' ;;
	no-plan)   change "$run/run.json" '.plan = []' ;;
	steps)     change "$run/run.json" '.plan |= map(select(.step != "process" and .step != "exec"))' ;;
	run-list)  echo '[1, 2]' >"$run/run.json" ;;
	run-empty) : >"$run/run.json" ;;
	list)      echo '[1, 2]' >"$dir/container.json" ;;
	cut)       truncate -s 700 "$dir/container.json" ;;
	empty)     : >"$dir/container.json" ;;
	directory) rm "$dir/container.json" && mkdir "$dir/container.json" ;;
	process)   echo '{"pid": -1' >"$run/process.json" ;;
	esac
}

@test "a broken record: nobody dies, the others' containers work, and rm --force removes it" {
	local way before c command

	box_detached --name other host: sleep 1000
	for way in null types no-plan steps run-list run-empty list cut empty directory process; do
		before=$(machine)
		box_detached --name runs --memory 100m host: sleep 1000
		box_detached --name orphan host: sleep 1000
		box_detached --name ended host: true
		guise wait ended
		kill -KILL "$(pid_of_monitor orphan)"
		for c in runs orphan ended; do break_record $c $way; done
		for c in runs orphan ended; do
			for command in "inspect $c" "explain --check $c" "exec $c true" "run --rm --network container:$c host: true"; do
				run timeout 60 "$GUISE" --root "$STATE" $command
				[ "$status" -le 125 ] || { echo "$way: $command: $status"; return 1; }
			done
		done
		has "^running other$" "$(guise ps -a --format json | jq -r '.[] | .state + " " + .name')"
		same "$(box host: echo works)" works
		guise rm -f runs orphan ended
		unchanged "$before"
	done
}

@test "a broken record is shown as one, with what to do; prune removes one that does not run" {
	local before id

	before=$(machine)
	box_detached --name ended host: sh -c 'exit 3'
	guise wait ended
	id=$(readlink "$STATE/names/ended")
	break_record ended cut
	has "^${id:0:12} .* Broken .* ended *$" "$(guise ps -a)"
	same "$(guise ps -a --format json | jq -r '.[] | "\(.name) \(.state)"')" "ended broken"
	run --separate-stderr guise inspect ended
	has "read container.json of container ${id:0:12}: .*; guise rm --force ended removes what there is of it" "$stderr"
	run --separate-stderr guise rm ended
	failed_with 125 "its record cannot be read, .*; guise rm --force ended"
	has "^removed: 1 container" "$(guise system prune --force)"
	unchanged "$before"
}

@test "a record that was removed under a container that runs: rm --force ends it" {
	local before c

	before=$(machine)
	for c in runs orphan; do
		box_detached --name $c host: sleep 1000
		rm "$STATE/containers/$(readlink "$STATE/names/$c")/container.json"
	done
	kill -KILL "$(pid_of_monitor orphan)"
	same "$(states)" $'orphan broken null\nruns broken null'
	guise rm -f runs orphan
	unchanged "$before"
}

@test "directories of the state directory that were removed are made again" {
	guise ps -a
	rm -r "$STATE"/names "$STATE"/net "$STATE"/mnt
	same "$(guise run --rm --cgroup-parent "$PARENT" "dir:$ROOTFS" echo works)" works
}

@test "an end whose record is broken is one of no known code" {
	box_detached --name ended host: sh -c 'exit 3'
	guise wait ended
	echo '{"exit_code": 3' >"$(run_of ended)/exit.json"
	has "Exited \(unknown\) .* ended" "$(guise ps -a)"
	same "$(guise inspect ended | jq '.[].State.ExitCode')" -1
	run --separate-stderr guise wait ended
	failed_with 125 "nobody knows its exit code"
	guise rm ended
}

@test "a container's directory that was removed by hand: prune finds its cgroups, and no one else's" {
	local before id

	before=$(machine)
	id=$(box_detached --name gone --memory 100m --pids-limit 10 host: sleep 1000)
	"$GUISE" --root "$STATE.other" run -d --network none --cgroup-parent "$PARENT" host: sleep 1000
	kill -KILL "$(pid_of_monitor gone)"
	pid=$(pid_of gone)
	rm -r "$STATE/containers/$id"
	# while its process runs, it is only said
	run --separate-stderr guise system prune --force
	same "$status" 125
	has "remove cgroup .*$id: there is no record of its container any more, but 1 process is in it" "$stderr"
	kill -KILL "$pid"
	await [ ! -e "/proc/$pid" ]
	has "^removed: 0 containers .*, 1 leftover of" "$(guise system prune --force)"
	same "$(cgroups_of "$PARENT/$id")" ""
	same "$("$GUISE" --root "$STATE.other" ps -q | wc -l)" 1
	"$GUISE" --root "$STATE.other" rm -f "$("$GUISE" --root "$STATE.other" ps -q)"
	unchanged "$before"
}

@test "bytes that are no UTF-8 survive the record: environment, arguments, paths" {
	local bad=$'a\xff\xfeb' private=$'\xee\xbf\xbf\xee\xbe\x80' command

	mkdir "$bad"
	box_detached --name c -e "E=$bad$private" -e "F=é$bad" -v "$DIR/$bad:/$bad" host: sh -c 'sleep 1000; :' "$bad"
	same "$(guise exec c sh -c 'echo "$E"; echo "$F"; ls -d /a*b')" "$bad$private"$'\n'"é$bad"$'\n'"/$bad"
	has_not "^(missing|different)" "$(guise explain --check c)"
	# others read it, and see which bytes they were
	same "$(jq -r '.env[] | select(startswith("E="))' "$STATE"/containers/*/container.json | od -An -v -tx1 | tr -d ' \n')" \
		"453d61""eebfbf""eebfbe""62""eebfae""eebebf""eebebf""eebfae""eebebe""eebe80""0a"
	# what commands print as JSON is UTF-8
	for command in "inspect c" "ps --format json" "explain --format json c"; do
		guise $command | iconv -f UTF-8 -t UTF-8 >/dev/null
	done
	same "$(guise inspect c | jq -r '.[].Config.Env[] | select(startswith("F="))')" "F=éa��b"
}

@test "arguments as long as the kernel takes them, of which JSON makes six times as much, are recorded and read" {
	local word

	word=$(head -c 110000 /dev/zero | tr '\0' '\001')
	box_detached --name big host: sh -c 'echo "$#"; exec sleep 1000' sh "$word" "$word" "$word" "$word" "$word" \
		"$word" "$word" "$word" "$word" "$word" "$word" "$word" "$word" "$word" "$word" "$word" >/dev/null
	same "$(guise logs big)" 16
	same "$(states)" "big running null"
	same "$(guise exec big echo works)" works
	same "$(guise stop -t 0 big)" big
	same "$(guise rm big)" big
}

@test "guise-oci: a broken record; delete --force removes what is found by the id" {
	local way before

	before=$(machine)
	bundle b box
	for way in '' '[]' '{"plan": []}' '{"later": [], "plan": [{"step": "exec", "argv": []}]}' '{"plan": null, "id": null'; do
		oci run -d -b b one
		bundle b other
		oci run -d -b b other
		echo "$way" >"$STATE/containers/one/container.json"
		run --separate-stderr oci list -q
		same "$output" other
		has "warning: read .*" "$stderr"
		run -1 oci state one
		has "guise-oci delete --force one removes what there is of it" "$output"
		run -1 oci delete one
		same "$(status_of other)" running
		oci delete --force one
		oci delete --force other
		unchanged "$before"
	done
}

@test "guise-oci: a full file system, or one without a free inode: kill and delete work, create fails whole" {
	local kind before

	mkdir -p "$STATE"
	for kind in data files; do
		mount -t tmpfs -o size=1m,nr_inodes=100,mode=711 none "$STATE"
		before=$(machine)
		bundle b box
		oci run -d -b b box
		bundle b made
		oci create -b b made
		fill $kind
		bundle b none
		run -1 oci create -b b none
		has "No space left on device" "$output"
		oci start made
		oci kill made KILL
		await has_status made stopped
		same "$(oci list -q | sort)" $'box\nmade'
		oci delete made
		oci delete --force box
		rm "$STATE"/full*
		unchanged "$before"
		umount "$STATE"
	done
}
