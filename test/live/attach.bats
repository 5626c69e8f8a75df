# attach: another guise before a detached container.
load common

pty() { need_program python3 python3; python3 "$BATS_TEST_DIRNAME/person.py" "$@"; }

# In the background: $! is guise itself.
attach() { exec "$GUISE" --root "$STATE" attach "$@"; }

# A container that says what comes to it by signals, and ends with 3 at the second.
make_signalled() {
	cat >signalled.sh <<-'EOT'
		trap 'echo first; trap "echo second; exit 3" TERM' TERM
		echo ready
		while :; do sleep .1; done
	EOT
	box_detached --name s -v "$DIR:/mnt" "dir:$ROOTFS" sh /mnt/signalled.sh >/dev/null
	await has_said_ready
}

has_said_ready() { [ "$(guise logs s)" = ready ]; }

@test "what it prints from now on, on both streams, and its exit status" {
	box_detached --name a -v "$DIR:/mnt" "dir:$ROOTFS" sh -c \
		'echo before; until [ -e /mnt/go ]; do sleep .1; done; echo out; echo err >&2; printf end; exit 7' >/dev/null
	await has_said before
	attach a >out 2>err 3>&- & attached=$!
	await is_attached
	touch go
	status=0; wait $attached || status=$?
	same $status 7
	same "$(cat out)" $'out\nend'
	same "$(cat err)" err
}

has_said() { [ "$(guise logs a)" = "$1" ]; }
# Its descriptor of inotify is there.
is_attached() { ls -l "/proc/$attached/fd" 2>/dev/null | grep -q inotify; }

@test "-i: what is typed is its input, of one after the other; an end of ours is none of its" {
	box_detached -i --name a "dir:$ROOTFS" cat >/dev/null
	mkfifo in
	for word in one two; do
		attach a <in >out 3>&- & attached=$!
		exec 7>in
		echo $word >&7
		await grep -q $word out
		exec 7>&-
		same "$(guise inspect -f '{{.State.Running}}' a)" true
		kill -KILL $attached
		wait $attached || :
	done
	same "$(guise logs a)" $'one\ntwo'
}

@test "-i and more than fits into a pipe: nothing is lost, and output goes on" {
	box_detached -i --name a "dir:$ROOTFS" sh -c 'head -c 400000 | md5sum; echo done' >/dev/null
	head -c 400000 /dev/urandom >data
	guise attach a <data >out
	same "$(cat out)" "$(md5sum <data)"$'\ndone'
}

@test "-it: a terminal of the attaching one's size; the keys let go, and it runs on" {
	box_detached -it --name a "dir:$ROOTFS" sh >/dev/null
	run -0 pty size=33x77 'send=stty size\n' 'expect=33 77' 'send=echo a$((40+2))b\n' 'expect=a42b' \
		'send=\x10x\x15' 'send=\x10\x11' 'expect=read escape sequence' -- "$GUISE" --root "$STATE" attach a
	has 'terminal: restored' "$output"
	same "$(guise inspect -f '{{.State.Running}}' a)" true
	run -5 pty 'send=exit 5\n' 'expect=exit 5' -- "$GUISE" --root "$STATE" attach a
}

@test "--detach-keys: others, or none; bad ones are an error" {
	box_detached -it --name a "dir:$ROOTFS" sh >/dev/null
	run -0 pty 'send=echo x\n' 'expect=x' 'send=~.' 'expect=read escape sequence' -- "$GUISE" --root "$STATE" attach --detach-keys '~,.' a
	run -4 pty 'send=\x10\x11\x15\n' 'send=exit 4\n' 'expect=exit' -- "$GUISE" --root "$STATE" attach --detach-keys '' a
	run -125 guise attach --detach-keys ctrl-1 a
	has 'write them as ctrl-p,ctrl-q' "$output"
}

@test "signals go to the container, and its status comes back; with --sig-proxy=false they are guise's" {
	make_signalled
	attach --sig-proxy=false s >out 3>&- & attached=$!
	await is_attached
	kill -TERM $attached
	status=0; wait $attached || status=$?
	same $status 143
	attach s >out 3>&- & attached=$!
	await is_attached
	kill -TERM $attached
	await grep -q first out
	kill -TERM $attached
	status=0; wait $attached || status=$?
	same $status 3
	same "$(cat out)" $'first\nsecond'
}

@test "several at once, and one that does not read holds up nobody" {
	box_detached --name a -v "$DIR:/mnt" "dir:$ROOTFS" sh -c 'until [ -e /mnt/go ]; do sleep .1; done; head -c 3000000 /dev/zero; exit 9' >/dev/null
	guise attach a 3>&- | sleep 1000 3>&- & stuck=$!
	attach a >out 3>&- & attached=$!
	await is_attached
	touch go
	status=0; wait $attached || status=$?
	same $status 9
	same "$(stat -c %s out)" 3000000
	kill -KILL $stuck
}

@test "what can't be attached to says why" {
	run -125 guise attach nobody
	has 'find container nobody' "$output"
	guise run --network none --cgroup-parent "$PARENT" --name over host: true
	run -125 guise attach over
	has 'it is not running; start it first|it is not running' "$output"
	box_detached --name a host: sleep 1000 >/dev/null
	guise pause a
	run -125 guise attach a
	has 'it is paused' "$output"
	box_detached --name quiet --log-driver none host: sleep 1000 >/dev/null
	run -125 guise attach quiet
	has 'it has none' "$output"
}
