#!/usr/bin/env bats
# Standard streams: whose they are, what can be read of them, and what passes while a command runs.

load common
load oci

# box as an array, where its own pid is needed, or somebody else starts it.
need_for_all() { BOX=("$GUISE" --root "$STATE" run --rm --network none --cgroup-parent "$PARENT"); }
pty() { need_program python3 python3; python3 "$BATS_TEST_DIRNAME/person.py" "$@"; }

# ---- whose they are

says='echo one >/dev/stdout; echo two >/dev/stderr'

@test "a user other than root opens /dev/stdout and /dev/stderr anew" {
	same "$(box -u 1000 "dir:$ROOTFS" sh -c "$says" 2>err | cat)" one
	same "$(box -u 1000 "dir:$ROOTFS" sh -c "$says" 2>&1 >/dev/null | cat)" two
}

@test "so does one of exec, and of a detached container" {
	box_detached --name c -u 1000 "dir:$ROOTFS" sh -c "$says; exec sleep 1000" >/dev/null
	same "$(guise exec -u 33 c sh -c "$says" 2>&1 | cat)" "one
two"
	await has_line one guise logs c
	await has_line two guise logs c
}
has_line() { "${@:2}" 2>&1 | grep -qx "$1"; }

@test "so do root and others of a user namespace" {
	same "$(box --userns auto "dir:$ROOTFS" sh -c "$says" 2>&1 | cat)" "one
two"
	box_detached --name c --userns auto -u 1000 "dir:$ROOTFS" sh -c "$says; exec sleep 1000" >/dev/null
	same "$(guise exec c sh -c "$says" 2>&1 | cat)" "one
two"
	await has_line two guise logs c
}

@test "guise-oci gives its process the pipes that it was given" {
	sh_bundle b "$PARENT-x" "$says" '.process.user = { "uid": 1000, "gid": 1000 }'
	same "$(oci run -b b "$PARENT-x" 2>&1 | cat)" "one
two"
	sh_bundle b "$PARENT-x" "$says" '.linux.namespaces += [{ "type": "user" }] |
		.linux.uidMappings = [{ "containerID": 0, "hostID": 200000, "size": 2000 }] | .linux.gidMappings = .linux.uidMappings'
	chown -R 200000:200000 b/rootfs
	same "$(oci run -b b "$PARENT-x" 2>&1 | cat)" "one
two"
}

@test "a file, a named FIFO, a device and a terminal stay whose they are" {
	mkfifo fifo
	(exec 3<>fifo; box -i -u 1000 "dir:$ROOTFS" true >file 2>fifo </dev/zero)
	same "$(stat -c %u file fifo /dev/zero)" "0
0
0"
	run pty -- sh -c "$GUISE --root $STATE run --rm --network none --cgroup-parent $PARENT -i -u 1000 dir:$ROOTFS true; stat -c owner:%u \$(tty)"
	has '^owner:0' "$output"
}

# ---- what can be read of them

@test "without -i and -t no terminal of guise's reaches the container" {
	run pty -- "${BOX[@]}" "dir:$ROOTFS" sh -c \
		'for fd in 0 1 2; do [ -t $fd ] && echo terminal; done; ls -l /proc/self/fd | grep pts; echo done'
	same "$status" 0
	has '^done$' "$output"
	has_not 'terminal$' "$output"
	has_not pts "$output"
}

@test "what is written to both on one terminal keeps its order" {
	run pty -- "${BOX[@]}" "dir:$ROOTFS" sh -c \
		'for i in 1 2 3 4 5 6 7 8 9; do echo "out $i"; echo "err $i" >&2; done'
	same "$(grep -E '^(out|err) ' <<<"$output")" "$(for i in {1..9}; do echo "out $i"; echo "err $i"; done)"
}

@test "-i without -t carries what is typed, and its end, but is no terminal" {
	run pty expect=go send='hello\n\x04' expect=end -- "${BOX[@]}" -i "dir:$ROOTFS" sh -c '[ -t 0 ] && echo terminal; echo go; sed s/^/got-/; echo end'
	same "$status" 0
	has '^got-hello$' "$output"
	has_not 'terminal$' "$output"
}

@test "exec does the same" {
	box_detached --name c "dir:$ROOTFS" sleep 1000 >/dev/null
	run pty expect=go send='hello\n\x04' -- "$GUISE" --root "$STATE" exec -i c sh -c \
		'for fd in 0 1 2; do [ -t $fd ] && echo terminal; done; echo go; sed s/^/got-/'
	same "$status" 0
	has '^got-hello$' "$output"
	has_not 'terminal$' "$output"
}

# ---- nobody holds it up

runs() { [ "$(cat "/proc/$(pid_of "$1")/comm")" = "$2" ]; } 2>/dev/null # NAME COMMAND

# A pipe at descriptor 9 that nobody reads.
unread_pipe() { mkfifo unread; exec 9<>unread; }
full() { ! dd if=/dev/zero of=unread oflag=nonblock bs=4096 count=1 2>/dev/null; }

@test "an output that nobody reads: signals are forwarded, and the end is seen" {
	unread_pipe
	"${BOX[@]}" -t --name c "dir:$ROOTFS" sh -c 'trap "exit 5" TERM; yes & while :; do sleep .1; done' >&9 9>&- &
	pid=$!
	await catches c
	await full
	kill -TERM $pid
	await test ! -e "$STATE/names/c"
	cat unread >/dev/null 9>&- &
	exec 9>&-
	wait $pid && status=0 || status=$?
	same "$status" 5
}
# Its first process has a handler for SIGTERM (bit 14).
catches() { (((16#$(sed -n 's/^SigCgt:\t*//p' "/proc/$(pid_of "$1")/status") >> 14) & 1)); } 2>/dev/null

@test "an output that nobody reads: stop works" {
	unread_pipe
	"${BOX[@]}" -t --name c "dir:$ROOTFS" yes >&9 9>&- &
	await runs c yes
	await full
	guise stop -t 1 c
	same "$(ls "$STATE/containers")" ""
}

@test "a non-blocking output loses nothing" {
	need_program python3 python3
	same "$(python3 - "${BOX[@]}" -t "dir:$ROOTFS" seq 100000 <<-'EOT'
		import os, subprocess, sys
		r, w = os.pipe()
		os.set_blocking(w, False)
		p = subprocess.Popen(sys.argv[1:], stdout=w, stdin=subprocess.DEVNULL)
		os.close(w)
		print(sum(n == int(line) for n, line in enumerate(os.fdopen(r), 1)), p.wait())
	EOT
	)" "100000 0"
}

@test "the caller's descriptors stay as they are, blocking" {
	need_program python3 python3
	same "$(python3 - "${BOX[@]}" -t "dir:$ROOTFS" true <<-'EOT'
		import os, subprocess, sys
		r, w = os.pipe()
		subprocess.run(sys.argv[1:], stdout=w, stdin=subprocess.DEVNULL)
		print(os.get_blocking(w))
	EOT
	)" True
}

@test "a child that outlives the command and goes on printing does not hold it up" {
	box_detached --name c --pid host "dir:$ROOTFS" sh -c 'yes & yes & yes & yes & exit 4' >/dev/null
	same "$(guise wait c)" 4
	await test -e "$(run_of c)/undone"
}

@test "-d -t: who closes the terminal and opens /dev/console again is heard" {
	box_detached -t --name c "dir:$ROOTFS" sh -c 'exec 0<&- 1>&- 2>&-; sleep .3; exec >/dev/console; seq 10000' >/dev/null
	guise wait c
	same "$(guise logs c | tr -d '\r')" "$(seq 10000)"
}

# What guise runs for a network without root, and here never comes back.
hanging_pasta() {
	mkdir path
	printf '#!/bin/sh\ntrap "" INT TERM\ntouch %s/hangs\nsleep 1000\n' "$DIR" >path/pasta
	chmod +x path/pasta
	export PATH=$DIR/path:$PATH
}

@test "what hangs before the command runs is ended by a signal, and nothing stays" {
	hanging_pasta
	for signal in INT TERM; do
		env --default-signal=INT "$GUISE" --root "$STATE" run --name c --network pasta --cgroup-parent "$PARENT" \
			"dir:$ROOTFS" true 2>err &
		await test -e hangs
		kill -$signal $!
		wait $! && status=0 || status=$?
		same "$status:$(cat err)" "$((128 + $(kill -l $signal))):guise: start the command: SIG$signal came before it ran"
		same "$(ls "$STATE/containers" "$STATE/names" | wc -w)" 2
		rm hangs
	done
}

@test "so it is for a detached one, by a signal to who waits for its id" {
	hanging_pasta
	"$GUISE" --root "$STATE" run -d --name c --network pasta --cgroup-parent "$PARENT" "dir:$ROOTFS" true 2>err &
	await test -e hangs
	kill -TERM $!
	wait $! && status=0 || status=$?
	same "$status:$(cat err)" "143:guise: start the command: SIGTERM came before it ran"
	same "$(guise ps -aq)" ""
}

@test "a first process that ignores SIGINT and SIGTERM is killed at the third, with a word on --init" {
	"${BOX[@]}" --name c "dir:$ROOTFS" sleep 1000 2>err &
	await runs c sleep
	while kill -INT $! 2>/dev/null; do sleep .1; done
	wait $! && status=0 || status=$?
	same "$status" 137
	has '^guise: .*--init' "$(cat err)"
}

@test "so is one at a terminal, by Ctrl-C; who catches it is not" {
	run pty expect=go send='\x03\x03\x03' -- "${BOX[@]}" -it "dir:$ROOTFS" sh -c 'trap "" INT; echo go; while :; do sleep 1; done'
	same "$status" 137
	has 'guise: .*--init' "$output"
	has '^terminal: restored' "$output"
	run pty expect=go send='\x03' expect=int send='\x03' expect=int send='\x03' expect=int send='\x03' expect=int \
		signal=SIGTERM -- "${BOX[@]}" -it "dir:$ROOTFS" \
		sh -c 'trap "echo int" INT; trap "exit 5" TERM; echo go; while :; do sleep .1; done'
	same "$status" 5
}

# ---- nothing of the caller's is held

@test "a detached container holds no descriptor of its caller's" {
	mkfifo fifo
	cat fifo >end &
	(exec 7>fifo 8>fifo; box_detached --name c "dir:$ROOTFS" sleep 1000 >/dev/null)
	wait $!
	monitor=$(awk '/^PPid/ { print $2 }' "/proc/$(pid_of c)/status")
	has_not "$DIR/fifo" "$(ls -l "/proc/$monitor/fd")"
	same "$(readlink "/proc/$monitor/cwd")" /
}

@test "a limit on the size of files does not end the monitor, and bounds the log if it must" {
	(ulimit -S -f 200; box_detached --name c "dir:$ROOTFS" seq 100000 >/dev/null)
	same "$(guise wait c)" 0
	same "$(guise logs c | tail -1)" 100000
	(ulimit -f 200; box_detached --name d "dir:$ROOTFS" sh -c 'seq 100000; exit 3' >/dev/null)
	same "$(guise wait d)" 3
	same "$(guise logs d | tail -1)" 100000
}

# (one that live_keep() forgets is closed again later, when its number is another's: the log's, the command's input's)
@test "detached, on the bridge: the monitor keeps all that it works with" {
	guise run -d --name c --cgroup-parent "$PARENT" "dir:$ROOTFS" sleep 1000 >/dev/null
	pid=$(pid_of c)
	monitor=$(ps -o ppid= "$pid")
	has "/logs/[0-9a-f]{64}$" "$(readlink "/proc/${monitor// /}/fd/"*)"
	same "$(readlink "/proc/$pid/fd/0")" /dev/null
	same "$(cd "/proc/$pid/fd" && echo *)" "0 1 2"
}
