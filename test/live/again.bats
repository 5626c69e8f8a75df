#!/usr/bin/env bats
# Containers that are made, ended, and started again: create, start, restart, rename, rm, and what is kept of them.

load common

create() { guise create --network none --cgroup-parent "$PARENT" "$@"; }

as_nobody() {
	mkdir -p user
	chown 65534:65534 user
	(cd user && HOME=$DIR/user setpriv --reuid 65534 --regid 65534 --clear-groups \
		env -u XDG_RUNTIME_DIR USER=nobody "$GUISE" --root "$DIR/user/state" "$@")
}

# A state and a data directory as root has them, below mounts of their own: script (stdin) is run with "boot", which
# makes the state directory's anew.
with_two_roots() {
	cat >script - <<<"$1"
	unshare --mount --pid --fork --kill-child --mount-proc bash -euc '
		mkdir -p /var/lib/guise && mount -t tmpfs none /var/lib/guise && mount -t tmpfs none /run
		guise() { "$GUISE" "$@"; }
		boot() { umount -l /run && mount -t tmpfs none /run; }
		box() { guise run --network none --cgroup-parent "'"$PARENT"'" "$@"; }
		. ./script'
}

@test "create prints the id, and nothing runs: ps -a, inspect and wait know it" {
	run create --name a host: true
	has '^[0-9a-f]{64}$' "$output"
	same "$(guise ps -q)" ""
	has "Created .* a *$" "$(guise ps -a)"
	same "$(guise ps -a --filter status=created --format names)" a
	same "$(guise inspect a | jq -c '.[0].State | [.Status, .Running, .Pid, .ExitCode, .StartedAt]')" \
		'["created",false,0,0,"0001-01-01T00:00:00Z"]'
	run --separate-stderr guise exec a true
	failed_with 125 "not running"
	run --separate-stderr guise explain a
	failed_with 125 "has not been started yet"
	guise stop a
	same "$(guise rm a)" a
	same "$(guise ps -aq)" ""
}

@test "start of a created one, and again after its end: the same id, name and layer, and one log" {
	local id

	id=$(create --name a -e X=env --workdir /usr host: sh -c 'echo "$X" >>here; cat here; exit 3')
	run guise start a
	same "$status:$output" 0:a
	same "$(guise wait a)" 3
	X=other guise start "${id:0:12}"
	same "$(guise wait a)" 3
	same "$(guise logs a)" $'env\nenv\nenv'
	same "$(guise inspect a | jq -r '.[0].Id')" "$id"
	has "Exited \(3\) .* a *$" "$(guise ps -a)"
	guise rm a
	same "$(find "$STATE/containers" "$STATE/logs" "$STATE/names" -mindepth 1)" ""
}

@test "a container of run that has ended is started again; one of --rm is gone" {
	box --name gone host: true
	run --separate-stderr guise start gone
	failed_with 125 "there is none"
	run guise run --name a --network none --cgroup-parent "$PARENT" host: sh -c 'echo x >>/usr/here; grep -c x /usr/here'
	same "$output" 1
	run guise start --attach a
	same "$status:$output" 0:2
	run guise start -a a
	same "$status:$output" 0:3
	run --separate-stderr guise logs a
	failed_with 125 "it runs in the foreground"
	guise rm a
}

@test "start -a has the exit status of the command, and -i its input" {
	create --name a -i host: sh -c 'read line; echo "got $line"; exit 7'
	run guise start -ai a <<<"a word"
	same "$status:$output" "7:got a word"
	run guise start -a a
	same "$status:$output" "7:got "
	create --name none dir:"$ROOTFS" no-such-command
	run guise start -a none
	same "$status" 127
	has "Created .* none *$" "$(guise ps -a)"
	run guise start none
	same "$status" 127
	run --separate-stderr guise start -a a none
	failed_with 125 "one terminal"
	guise rm a none
}

@test "start of one that runs leaves it; one after the other, also after one that fails" {
	box_detached --name a host: sleep 1000
	local pid

	pid=$(pid_of a)
	create --name b host: sleep 1000
	run guise start a nobody b
	same "$status" 125
	has "find container nobody" "$output"
	same "$(pid_of a)" "$pid"
	same "$(guise ps --format names)" $'b\na'
	guise rm -f a b
}

@test "restart stops what runs, and starts what does not" {
	local pid

	box_detached --name a host: sh -c 'trap "exit 0" TERM; echo started; while :; do sleep 0.1; done'
	says() { same "$(guise logs a)" "$1"; }
	await says started
	create --name b host: sleep 1000
	pid=$(pid_of a)
	run guise restart -t 60 a b
	same "$status:$output" $'0:a\nb'
	run ! test "$(pid_of a)" = "$pid"
	same "$(guise ps --format names | sort)" $'a\nb'
	await says $'started\nstarted'
	guise rm -f a b
}

@test "wait for one that was created waits for its end" {
	create --name a host: sh -c 'exit 5'
	guise wait a >code &
	local job=$!

	sleep 0.3
	same "$(cat code)" ""
	guise start a
	wait $job
	same "$(cat code)" 5
	guise rm a
}

@test "rename: a free name, no other's and not its own, also of one that runs, and it stays with it" {
	create --name a host: true
	box_detached --rm --name b host: sleep 1000
	run --separate-stderr guise rename a b
	failed_with 125 "a container has it"
	run --separate-stderr guise rename a a
	failed_with 125 "it has that name"
	run --separate-stderr guise rename a 'no/name'
	failed_with 125 no/name
	guise rename a c
	guise rename b a
	same "$(guise ps -a --format names | sort)" $'a\nc'
	guise start c && guise wait c
	guise rm -f a c
	same "$(find "$STATE/names" -mindepth 1)" ""
}

@test "--replace takes the name of another, whether it runs or not" {
	local id

	id=$(box_detached --name a host: sleep 1000)
	run --separate-stderr create --replace host: true
	failed_with 125 "without a name"
	guise run --replace --name a --network none --cgroup-parent "$PARENT" host: true
	create --replace --name a host: true
	run ! test -e "$STATE/containers/$id"
	same "$(guise ps -a --format names)" a
	guise rm -v a
}

@test "create takes all of run but what starts it, and says now what is not there" {
	run --separate-stderr create -d host: true
	failed_with 125 "create starts nothing"
	run --separate-stderr create -v "$DIR/none:/x" host: true
	failed_with 125 "$DIR/none"
	run --separate-stderr create "dir:$DIR/none" true
	failed_with 125 "$DIR/none"
	same "$(guise ps -aq)" ""
	echo E=file >env
	create --name a --env-file env --cidfile id --rm host: sh -c 'echo "$E"'
	rm env
	same "$(guise ps -aq --no-trunc)" "$(cat id)"
	same "$(guise start -a a)" file
	same "$(guise ps -aq)" ""
}

@test "relative paths are of where it was made" {
	mkdir data other && echo here >data/file
	(cd data && create --name a -v ./file:/file:ro host: cat /file)
	same "$(cd other && guise start -a a)" here
	mv data moved
	mkdir other/data && echo there >other/file
	run --separate-stderr guise start -a a
	failed_with 125 "file of the host on /file"
	has "Exited \(0\)" "$(guise ps -a)"
	guise rm a
}

@test "a new user namespace has other ids of the host, and the same owners in its layer" {
	guise run --name a --userns auto --network none --cgroup-parent "$PARENT" host: \
		sh -c 'echo x >/usr/here; chown 7:8 /usr/here'
	run guise run --userns auto --name b --network none --cgroup-parent "$PARENT" host: true
	same "$(stat -c %u:%g "$(dir_of a)"/layer/upper0/usr/here "$(dir_of a)"/layer/upper*/here 2>/dev/null | sort -u)" 7:8
	guise rm a
	create --name a --userns auto host: sh -c 'stat -c %u:%g /usr/here || { echo x >/usr/here; chown 7:8 /usr/here; }'
	guise start -a a || true
	same "$(guise start -a a)" 7:8
	guise rm a b
}

@test "without root: the layer stays, and is removed" {
	need_program setpriv util-linux
	as_nobody run --name a --network none host: sh -c 'mkdir /usr/closed && echo x >/usr/closed/x && chmod 0 /usr/closed'
	same "$(as_nobody start -a a 2>/dev/null)" ""
	run as_nobody inspect a
	same "$(jq '.[0].State.ExitCode' <<<"$output")" 1
	as_nobody rm a
	same "$(find user/state/containers -mindepth 1)" ""
}

@test "without root: what subordinate ids own in the layer is removed, too" {
	need_program setpriv util-linux
	need_program newuidmap uidmap
	echo nobody:700000:65536 >ids
	[ -e /etc/subuid ] && [ -e /etc/subgid ] || skip "no /etc/subuid"
	export -f as_nobody
	run unshare --mount bash -euc 'mount --bind ids /etc/subuid; mount --bind ids /etc/subgid
		as_nobody run --name a --network none host: sh -c "mkdir -p /usr/own/deep && touch /usr/own/deep/file && chown -R 5:5 /usr/own"
		stat -c %u user/state/containers/*/layer/upper*/own
		as_nobody rm a'
	same "$status:$output" $'0:700004\na'
	same "$(find user/state/containers -mindepth 1)" ""
}

@test "what the container wrote can be deep, and closed, and full of links: rm removes it and nothing else" {
	mkdir victim && echo mine >victim/file
	guise run --name a --network none --cgroup-parent "$PARENT" host: sh -c '
		cd /usr && for i in 1 2 3; do d=$(printf "%0500d" 0 | sed "s|0|d/|g"); mkdir -p $d && cd $d || exit; done
		ln -s "$1" link && chmod 0 . ' sh "$DIR/victim"
	guise rm a
	same "$(cat victim/file)" mine
	same "$(find "$STATE/containers" -mindepth 1 | head -n 1)" ""
}

@test "host: cannot see the layers of containers" {
	run guise run --name a --network none --cgroup-parent "$PARENT" host: sh -c "ls -A $STATE/containers"
	same "$output" ""
	guise rm a
}

@test "two roots: what is kept is there after the machine was started anew" {
	run with_two_roots '
		box --name a host: sh -c "echo kept >/usr/here; exit 4" || :
		box -d --name b host: sh -c "echo out; exec sleep 1000"
		box -d --rm --name c host: sleep 1000
		guise create --name d --network none host: cat /etc/hostname >/dev/null
		guise rename d e
		kill -KILL $(pgrep -x sleep); while pgrep -x sleep; do :; done; guise wait b
		boot
		guise ps -a --format json | jq -r ".[] | .name + \" \" + .state" | sort
		guise inspect a | jq .[0].State.ExitCode
		guise logs b
		guise run --rm --network none dir:'"$ROOTFS"' echo more
		guise system prune --force
		find /var/lib/guise -mindepth 2; find /run/guise/names /run/guise/containers -mindepth 1'
	echo "$output"
	same "$status" 0
	has "^a exited$" "$output"
	has "^b exited$" "$output"
	has "^e created$" "$output"
	has "^4$" "$output"
	has "^out$" "$output"
	has "^removed: 3 containers" "$output"
	same "${lines[-1]%%:*}" removed
}

@test "two roots: where the data directory cannot be used, it is kept up to the end of the boot" {
	run with_two_roots '
		mkdir $DIR/lower $DIR/up; mount -t tmpfs none $DIR/up; mkdir $DIR/up/u $DIR/up/w
		mount -t overlay -o lowerdir=$DIR/lower,upperdir=$DIR/up/u,workdir=$DIR/up/w none /var/lib/guise
		box --name a host: sh -c "echo kept >>/usr/here"
		guise start -a a
		grep -c kept /run/guise/containers/*/layer/upper*/here /run/guise/containers/*/layer/upper0/usr/here 2>/dev/null | tail -n 1
		umount $DIR/up /var/lib/guise 2>/dev/null || true'
	echo "$output"
	has ":?2$" "${lines[0]}"
}

@test "a record of the version before is told, and removed" {
	box_detached --name a host: true
	guise wait a
	local dir run

	dir=$(dir_of a) run=$(run_of a)
	jq -s '(.[0] | del(.argv, .cwd)) * .[1]' "$dir/container.json" "$run/run.json" >old
	mv "$run"/{process.json,exit.json,undone} "$dir/" && rm -r "$dir/runs" && mv old "$dir/container.json"
	has "Exited \(0\) .* a *$" "$(guise ps -a)"
	run --separate-stderr guise start a
	failed_with 125 "did not record with which options.*run it anew"
	guise rm a
}
