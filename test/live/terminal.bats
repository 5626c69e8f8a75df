#!/usr/bin/env bats
# -i and -t: what passes between guise's terminal and the container's.

load common

# The terminal's side: pty STEP... -- COMMAND...; the container's: guise_it OPTIONS.
pty() { need_program python3 python3; python3 "$BATS_TEST_DIRNAME/person.py" "$@"; }
guise_it() { echo "$GUISE" --root "$STATE" run --rm --network none --cgroup-parent "$PARENT" -it; }
# a command line whose echo does not look like its output
job='sh -c "echo ru\"\"ns; exec sleep 1000"\n'

@test "-i passes standard input, bytes as they are" {
	head -c 100000 /dev/urandom >in
	box -i "dir:$ROOTFS" cat <in >out
	cmp in out
}

@test "-i passes 10 MB through a pipe" {
	head -c 10000000 /dev/urandom >in
	# shellcheck disable=SC2002 # a pipe is the point
	same "$(cat in | box -i "dir:$ROOTFS" sha256sum)" "$(sha256sum <in)"
}

@test "without -i standard input is empty" {
	same "$(echo hi | box "dir:$ROOTFS" cat)" ""
}

@test "-it without a terminal is refused, and nothing is left" {
	run --separate-stderr box -it "dir:$ROOTFS" true </dev/null
	failed_with 125 "the input device is not a TTY"
	same "$(ls "$STATE/containers")" ""
}

@test "-t without -i works without a terminal" {
	run box -t "dir:$ROOTFS" sh -c 'tty; ls -l /dev/console | cut -c1' </dev/null
	same "$status" 0
	has '^/dev/pts/0.?$' "$output"
	has '^c' "$output"
}

@test "the terminal is /dev/pts/0, the controlling one, and /dev/console" {
	run pty -- $(guise_it) "dir:$ROOTFS" sh -c 'tty; echo here >/dev/tty; echo there >/dev/console'
	same "$status" 0
	has '^/dev/pts/0$' "$output"
	has '^here$' "$output"
	has '^there$' "$output"
	has '^terminal: restored' "$output"
}

@test "the terminal belongs to the user" {
	run pty -- $(guise_it) -u 1000 "dir:$ROOTFS" sh -c 'echo mine >/dev/pts/0'
	same "$status" 0
	has '^mine$' "$output"
}

@test "the window's size, from the start and when it changes" {
	run pty size=33x77 expect='33 77' size=20x50 expect='20 50' -- $(guise_it) "dir:$ROOTFS" \
		sh -c 'trap "stty size; exit" WINCH; stty size; while :; do sleep .1; done'
	same "$status" 0
}

@test "keys come through one by one, and modes are restored" {
	run pty expect=go send=x expect='got x' -- $(guise_it) "dir:$ROOTFS" \
		sh -c 'stty -icanon -echo; echo go; k=$(dd bs=1 count=1 2>/dev/null); echo got $k'
	same "$status" 0
	has '^terminal: restored' "$output"
}

@test "Ctrl-C reaches the foreground job, not the shell or guise" {
	run pty expect='[$#] ' send="$job" expect=runs send='\x03' expect='[$#] ' send='echo still$((40+2))\n' \
		expect=still42 send='exit 7\n' -- $(guise_it) "dir:$ROOTFS" sh -i
	same "$status" 7
	has_not 'job control' "$output"
}

@test "Ctrl-Z stops the foreground job, fg continues it" {
	need_program bash bash
	make_job
	run pty expect='[$#] ' send="/mnt/job\n" expect=runs send='\x1a' expect=Stopped expect='[$#] ' send='fg\n' \
		expect=again send='\x03' expect='[$#] ' send='exit 3\n' -- $(guise_it) -v "$DIR:/mnt" host: bash --norc -i
	same "$status" 3
	has_not 'job control' "$output"
}

@test "job control below --init" {
	need_program bash bash
	make_job
	run pty expect='[$#] ' send="/mnt/job\n" expect=runs send='\x1a' expect=Stopped expect='[$#] ' send='fg\n' \
		expect=again send='\x03' expect='[$#] ' send='exit 3\n' \
		-- $(guise_it) -v "$DIR:/mnt" --init host: bash --norc -i
	same "$status" 3
	has_not 'job control' "$output"
}

@test "below --init Ctrl-C ends the command, once" {
	run pty expect=go send='\x03' -- $(guise_it) --init "dir:$ROOTFS" \
		sh -c 'n=0; trap "n=\$((n+1)); echo int\$n" INT; echo go; until [ $n != 0 ]; do sleep .1; done; sleep .3'
	has '^\^?C?int1$' "$output"
	has_not int2 "$output"
	run pty expect=go send='\x03' -- $(guise_it) --init "dir:$ROOTFS" sh -c 'echo go; exec sleep 1000'
	same "$status" 130
}

@test "below --init Ctrl-Z cannot stop a command that nobody would continue" {
	run pty expect=go send='\x1a' expect=done -- $(guise_it) --init "dir:$ROOTFS" \
		sh -c 'echo go; sleep .5; echo done'
	same "$status" 0
}

@test "Ctrl-D is the end of the input" {
	run pty expect=go send='line\n\x04' -- $(guise_it) "dir:$ROOTFS" sh -c 'echo go; cat; echo end'
	same "$status" 0
	has '^end$' "$output"
}

@test "all of a large output arrives" {
	run pty -- $(guise_it) "dir:$ROOTFS" seq 100000
	same "$status" 0
	same "$(grep -cE '^[0-9]+$' <<<"$output")" 100000
}

@test "a large paste does not block on a program that echoes it" {
	run pty expect=go paste=20000 send='\x04' expect=end -- $(guise_it) "dir:$ROOTFS" \
		sh -c 'stty -echo; echo go; cat; echo end'
	same "$status" 0
	has '^0*19999$' "$output"
}

@test "a signal to guise goes to the command, and the terminal is restored" {
	run pty expect=go signal=SIGTERM -- $(guise_it) "dir:$ROOTFS" sh -c 'trap "exit 9" TERM; echo go; while :; do sleep .1; done'
	same "$status" 9
	has '^terminal: restored' "$output"
}

@test "a command that is not there leaves the terminal as it was" {
	run -127 pty -- $(guise_it) "dir:$ROOTFS" nosuch
	has '^terminal: restored' "$output"
}

@test "-d -t logs what is written to the terminal" {
	box_detached -t --name c "dir:$ROOTFS" sh -c 'tty; echo to the terminal >/dev/tty'
	await test -e "$(run_of c)/undone"
	run guise logs c
	has '^/dev/pts/0.?$' "$output"
	has 'to the terminal' "$output"
}

@test "a terminal changes nothing of the confinement" {
	run pty -- $(guise_it) "dir:$ROOTFS" grep -E 'NoNewPrivs|Seccomp:' /proc/self/status
	has 'NoNewPrivs:.*1' "$output"
	has 'Seccomp:.*2' "$output"
}
