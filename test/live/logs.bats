#!/usr/bin/env bats
# What a detached container prints: how it is kept, for how long, and how it is read.

load common

data_of() { readlink "$STATE/containers/$(readlink "$STATE/names/$1")/log"; }

@test "a log is bytes: NUL, what is no UTF-8, pieces of lines, and no newline at the end" {
	mkdir src
	{ head -c 300000 /dev/urandom; printf 'a\0b\n\n\377\376x'; } >src/bytes
	box_detached --name c -v "$DIR/src:/mnt" "dir:$ROOTFS" cat /mnt/bytes >/dev/null
	guise wait c
	guise logs c >out
	cmp src/bytes out
	guise logs -f c >out
	cmp src/bytes out
}

@test "a line that comes in pieces has one time, at its start, and is one line" {
	box_detached --name c "dir:$ROOTFS" sh -c \
		'printf one; sleep .2; printf "two\n"; sleep .2; echo three; head -c 40000 /dev/zero | tr "\0" x; echo; echo last' >/dev/null
	guise wait c
	same "$(guise logs c | cut -c1-10)" "onetwo
three
xxxxxxxxxx
last"
	same "$(guise logs -t c | grep -Ec '^[-0-9]{10}T[0-9:]{8}\.[0-9]{9}Z ')" 4
	has_not '.[0-9]{9}Z.*[0-9]{9}Z' "$(guise logs -t c)"
	same "$(guise logs --tail 2 c | cut -c1-10)" "xxxxxxxxxx
last"
	same "$(guise logs -n 4 c)" "$(guise logs c)"
	same "$(guise logs -n 0 c)" ""
}

@test "--tail counts the lines of both streams, and leaves out what began before" {
	box_detached --name c "dir:$ROOTFS" sh -c \
		'printf begun; sleep .2; echo err1 >&2; sleep .2; echo " and ended"; sleep .2; echo err2 >&2' >/dev/null
	guise wait c
	same "$(guise logs -n 2 c 2>&1)" "err1
err2"
}

@test "--since and --until" {
	box_detached --name c "dir:$ROOTFS" sh -c 'echo one; sleep .5; echo two; sleep .5; echo three' >/dev/null
	guise wait c
	times=($(guise logs -t c | cut -d' ' -f1))
	same "$(guise logs --since "${times[1]}" c)" "two
three"
	same "$(guise logs --until "${times[1]}" c)" "one
two"
	same "$(guise logs --since "${times[1]}" --until "${times[1]}" c)" two
	same "$(guise logs --since 1h c | wc -l)$(guise logs --until 1h c)" 3
	same "$(guise logs --since "$(date +%s -d "${times[0]}")" c | wc -l)" 3
	same "$(guise logs -f --until "${times[1]}" c)" "one
two"
	run --separate-stderr guise logs --since yesterday c
	failed_with 125 yesterday
}

@test "a log is rotated at its bounds, and no line is lost or cut before the last file" {
	box_detached --name c --log-opt max-size=20k --log-opt max-file=3 "dir:$ROOTFS" seq 2000 >/dev/null
	guise wait c
	same "$(ls "$(data_of c)")" "log
log.1
log.2"
	[ "$(cat "$(data_of c)"/* | wc -c)" -lt 100000 ]
	guise logs c >out
	first=$(head -1 out)
	[ "$first" -gt 1 ]
	cmp out <(seq "$first" 2000)
	same "$(guise logs -n 1500 c | head -1)" "$((first > 501 ? first : 501))"
	# none is lost where none is removed
	box_detached --name d --log-opt max-size=20k --log-opt max-file=100 "dir:$ROOTFS" seq 5000 >/dev/null
	guise wait d
	cmp <(guise logs d) <(seq 5000)
	box_detached --name e --log-opt max-size=20k --log-opt max-file=1 "dir:$ROOTFS" seq 5000 >/dev/null
	guise wait e
	same "$(ls "$(data_of e)") $(guise logs -n 1 e)" "log 5000"
}

@test "logs -f goes on over files that are rotated" {
	box_detached --name c -i --log-opt max-size=20k --log-opt max-file=100 "dir:$ROOTFS" sh -c \
		'for i in 0 1 2 3 4; do seq $((i * 1000 + 1)) $((i * 1000 + 1000)); sleep .2; done' >/dev/null
	guise logs -f c >out
	cmp out <(seq 5000)
}

@test "a non-blocking output does not end logs early" {
	need_program python3 python3
	box_detached --name c "dir:$ROOTFS" seq 100000 >/dev/null
	guise wait c
	same "$(python3 - "$GUISE" --root "$STATE" logs c <<-'EOT'
		import os, subprocess, sys
		r, w = os.pipe()
		os.set_blocking(w, False)
		p = subprocess.Popen(sys.argv[1:], stdout=w)
		os.close(w)
		print(sum(n == int(line) for n, line in enumerate(os.fdopen(r), 1)), p.wait())
	EOT
	)" "100000 0"
	run -125 sh -c "'$GUISE' --root '$STATE' logs c >/dev/full"
}

@test "--log-driver none keeps nothing" {
	box_detached --name c --log-driver none "dir:$ROOTFS" sh -c 'seq 100000; ls -l /proc/self/fd' >/dev/null
	same "$(guise wait c)" 0
	run --separate-stderr guise logs c
	failed_with 125 none
	same "$(guise inspect c | jq -r '.[0].LogPath')" ""
	run --separate-stderr box_detached --log-driver syslog "dir:$ROOTFS" true
	failed_with 125 syslog
	run --separate-stderr box_detached --log-opt max-file=0 "dir:$ROOTFS" true
	failed_with 125 'from 1 to 100'
}

@test "the log goes with its container, also with --rm, and a leftover with prune" {
	box_detached --name c "dir:$ROOTFS" true >/dev/null
	guise wait c
	dir=$(data_of c)
	same "$(guise inspect c | jq -r '.[0].LogPath')" "$dir/log"
	guise rm c
	[ ! -e "$dir" ]
	box_detached --rm --name d "dir:$ROOTFS" cat /proc/self/mounts >/dev/null
	await has_no_logs
	box_detached --name f "dir:$ROOTFS" true >/dev/null
	guise wait f
	rm -r "$STATE/containers" "$STATE/names" # as after the next boot
	box_detached --name g "dir:$ROOTFS" sleep 1000 >/dev/null
	guise system prune -f
	same "$(ls "$STATE/logs")" "$(readlink "$STATE/names/g")"
}

@test "a container whose monitor was killed is told as such" {
	box_detached --name c "dir:$ROOTFS" sh -c 'echo begun; exec sleep 1000' >/dev/null
	has_not orphaned "$(guise ps)"
	await has_begun
	guise logs -f c >out 2>err &
	kill -KILL "$(awk '/^PPid/ { print $2 }' "/proc/$(pid_of c)/status")"
	wait $!
	same "$(cat out)" begun
	has 'guise: container c runs on, but its monitor was killed' "$(cat err)"
	has 'Up .*\(orphaned\)' "$(guise ps)"
	same "$(guise inspect c | jq '.[0].Guise.Orphaned, .[0].State.Running')" "true
true"
	guise rm -f c
	same "$(ls "$STATE/logs")" ""
}
has_begun() { [ -n "$(guise logs c)" ]; }

has_no_logs() { [ -z "$(ls "$STATE/logs")" ]; }

@test "without --root the logs are in /var/lib/guise, a user's in their data home" {
	mount -t tmpfs tmpfs /var/lib
	mount -t tmpfs tmpfs /run
	id=$("$GUISE" run -d --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" sleep 1000)
	same "$(readlink "/run/guise/containers/$id/log")" "/var/lib/guise/logs/$id"
	same "$(stat -c %a /var/lib/guise/logs)" 700
	"$GUISE" rm -f "$id"
	[ ! -e "/var/lib/guise/logs/$id" ]
	umount /run /var/lib
}
