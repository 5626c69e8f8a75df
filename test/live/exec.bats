#!/usr/bin/env bats
# guise exec: one more command in a container that runs.

load common

pty() { need_program python3 python3; python3 "$BATS_TEST_DIRNAME/person.py" "$@"; }

# A container named c that waits.
start() { box_detached --name c "$@" "dir:$ROOTFS" sleep 1000 >/dev/null; }
inside() { guise exec c "$@"; }
# Is there a process in c whose command line has this?
runs() { inside sh -c 'for p in /proc/[0-9]*; do tr "\0" " " <$p/cmdline; echo; done' 2>/dev/null | grep "$1"; }

@test "it is in every namespace of the first process" {
	start
	for ns in cgroup ipc mnt net pid time user uts; do
		same "$(inside readlink "/proc/self/ns/$ns")" "$(readlink "/proc/$(pid_of c)/ns/$ns")"
	done
}

@test "it is in every cgroup of the first process" {
	start --memory 64m --pids-limit 50
	guise exec -d c sleep 999
	pid=$(pgrep -f '^sleep 999$' --ns "$(pid_of c)" --nslist pid)
	same "$(sort "/proc/$pid/cgroup")" "$(sort "/proc/$(pid_of c)/cgroup")"
}

@test "its capabilities, filter and no_new_privs are the first process's" {
	start --cap-drop all --cap-add chown
	same "$(inside grep -E '^(Cap...|NoNewPrivs|Seccomp):' /proc/self/status)" \
		"$(grep -E '^(Cap...|NoNewPrivs|Seccomp):' "/proc/$(pid_of c)/status")"
}

@test "a custom seccomp profile holds for it" {
	cat >profile.json <<-'EOF'
	{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
	 "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}
	EOF
	start --security-opt "seccomp=$PWD/profile.json"
	run inside mkdir /tmp/x
	has 'not supported' "$output"
}

@test "no filter and no no_new_privs where the container has none" {
	start --security-opt seccomp=unconfined --security-opt no-new-privileges=false
	run inside grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status
	has '^NoNewPrivs:.*0' "$output"
	has '^Seccomp:.*0' "$output"
}

@test "--privileged: all capabilities, no filter" {
	start --cap-drop all
	run guise exec --privileged c grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status
	has "^CapEff:.*$(awk '/^CapBnd/ { print $2 }' /proc/self/status)" "$output"
	has '^NoNewPrivs:.*0' "$output"
	has '^Seccomp:.*0' "$output"
}

@test "its limits are the container's" {
	start --ulimit nofile=123:456
	same "$(inside sh -c 'ulimit -Sn; ulimit -Hn')" $'123\n456'
}

@test "the environment is the container's, and what -e and --env-file say" {
	start -e A=1 -e B=2
	printf 'B=file\nC=file\n' >env
	run guise exec --env-file env -e B=3 c env
	has '^A=1$' "$output"
	has '^B=3$' "$output"
	has '^C=file$' "$output"
	has '^container=guise$' "$output"
	has '^HOME=/root$' "$output"
	has_not '^GUISE=' "$output"
}

is_on_its_own_mount() { [ "$(readlink "/proc/$1/exe")" = / ]; }

# A guise that comes to others who may trace it: its program on a mount that is read-only, before it does anything.
protected() { # exec|run ARGUMENTS...: waits for its --env-file
	mkfifo env
	"$GUISE" --root "$STATE" "$1" --env-file env "${@:2}" >said 2>&1 &
	pid=$!
	await is_on_its_own_mount $pid
	! chmod 755 "/proc/$pid/exe" 2>why || return 1 # what it said of writing first is that it is executed
	has 'Read-only file system' "$(cat why)"
	echo A=pipe >env
	wait $pid
	has '^A=pipe$' "$(cat said)"
	rm env
}

# fails without self_protect(), kernel/fs/self.c
@test "who may trace guise in a container cannot write its program" {
	start --userns host --cap-add SYS_PTRACE
	protected exec c env
	protected run --rm --userns host --network none --cgroup-parent "$PARENT" --pid container:c "dir:$ROOTFS" env
}

@test "who may trace guise in a container cannot write its program (a capability of exec's)" {
	start --userns host
	guise exec --privileged c true
	protected exec c env
}

@test "the seccomp profile may be a pipe, which exec cannot read again" {
	start --security-opt seccomp=<(echo '{"defaultAction": "SCMP_ACT_ALLOW"}')
	run --separate-stderr guise exec c true
	[ "$status" = 125 ]
	guise exec --privileged c true
}

@test "the user is the container's, or -u's, looked up in its passwd" {
	start -u bob
	same "$(inside id -u)" 1001
	run guise exec -u ann c sh -c 'id; echo $HOME; pwd; grep CapEff /proc/self/status'
	has '^uid=1000\(ann\) gid=1000\(ann\) groups=29\(audio\),44\(video\)' "$output"
	has '^/home/ann$' "$output"
	has '^CapEff:.*0000000000000000$' "$output"
	same "$(guise exec -u 7:8 c id | sed 's/ groups.*//')" 'uid=7 gid=8'
	run --separate-stderr guise exec -u nobody-here c true
	failed_with 125 nobody-here
}

@test "the working directory is the container's, or -w's, which must be there" {
	start -w /tmp
	same "$(inside pwd)" /tmp
	same "$(guise exec -w /etc c pwd)" /etc
	run --separate-stderr guise exec -w /nosuch c pwd
	failed_with 125 '/nosuch: No such file'
}

@test "a working directory that leads outside stays inside" {
	make_root "$DIR/root"
	ln -s /proc/self/fd/3 "$DIR/root/link"
	box_detached --name c "dir:$DIR/root" sleep 1000
	for fd in 3 4 5 6 7 8 9 10; do
		run guise exec -w "/proc/self/fd/$fd" c pwd
		same "$status" 125
	done
	run guise exec -w /link c pwd
	same "$status" 125
}

@test "exit codes" {
	start
	run guise exec c sh -c 'exit 42'
	same "$status" 42
	run guise exec c sh -c 'kill -TERM $$'
	same "$status" 143
	run -127 --separate-stderr guise exec c nosuch
	failed_with 127 'not found'
	run --separate-stderr guise exec c /etc
	failed_with 126 'is a directory'
	run --separate-stderr guise exec nosuch true
	failed_with 125 'find container nosuch'
	run --separate-stderr guise exec -d -t c true
	failed_with 125 'nobody would read'
}

@test "a container that does not run" {
	start
	guise kill c
	await test -e "$(run_of c)/undone"
	run --separate-stderr guise --format json exec c true
	same "$status" 125
	same "$(jq -r .code <<<"$stderr")" not-running
}

@test "a failed exec leaves no process, not even a zombie" {
	start
	run -127 guise exec c nosuch
	run guise exec -w /nosuch c true
	same "$(inside sh -c 'for i in /proc/[0-9]*/stat; do cut -d" " -f1,3 $i; done | grep -v " [RSD]$"')" ""
	same "$(inside sh -c 'set -- /proc/[0-9]*; echo $#')" 2 # the first process, and sh
}

@test "it holds no descriptor but 0, 1, 2" {
	start
	same "$(inside ls /proc/self/fd 7</ 8</)" $'0\n1\n2\n3' # 3: the directory that ls reads
}

@test "it is in a session of its own" {
	start
	same "$(inside sh -c 'cut -d" " -f6 /proc/$$/stat; echo $$' | uniq | wc -l)" 1
}

@test "-i passes standard input; without it is empty" {
	start
	head -c 1000000 /dev/urandom >in
	guise exec -i c cat <in >out
	cmp in out
	same "$(guise exec c cat <in)" ""
}

@test "-it: a terminal of the container's" {
	start
	run pty size=33x77 expect=/dev/pts/0 expect='33 77' expect=xterm expect='[$#] ' send='exit 5\n' -- \
		"$GUISE" --root "$STATE" exec -it c sh -c 'tty; stty size; echo $TERM; exec sh -i'
	same "$status" 5
	has_not 'job control' "$output"
	has '^terminal: restored' "$output"
	run --separate-stderr guise exec -it c true </dev/null
	failed_with 125 'not a TTY'
}

@test "-it: Ctrl-C and Ctrl-Z reach the foreground job" {
	need_program bash bash
	make_job
	box_detached -v "$DIR:/mnt" --name c host: sleep 1000
	run pty expect='[$#] ' send="/mnt/job\n" expect=runs send='\x1a' \
		expect=Stopped expect='[$#] ' send='fg\n' expect=again send='\x03' expect='[$#] ' send='exit 3\n' -- \
		"$GUISE" --root "$STATE" exec -it c bash --norc -i
	same "$status" 3
	has_not 'job control' "$output"
}

@test "-d returns at once; the command goes on" {
	start
	guise exec -d c sh -c 'until [ -e /tmp/go ]; do sleep .02; done; rm /tmp/go; exec sleep 998'
	inside touch /tmp/go
	await inside test ! -e /tmp/go
	await runs '^sleep 998 '
	run -127 --separate-stderr guise exec -d c nosuch
	failed_with 127 'not found'
}

@test "guise killed: the command dies with it" {
	start
	"$GUISE" --root "$STATE" exec c sleep 997 &
	await runs 'sleep 997'
	kill -KILL $!
	wait $! || true
	gone() { ! runs 'sleep 997'; }
	await gone
}

@test "a signal to guise goes to the command" {
	start
	"$GUISE" --root "$STATE" exec c sh -c 'trap "exit 9" TERM; touch /tmp/up; while :; do sleep .1; done' &
	await inside test -e /tmp/up
	inside rm /tmp/up
	kill -TERM $!
	wait $! && status=0 || status=$?
	same "$status" 9
}

@test "the container ends while the command runs: both do" {
	start
	"$GUISE" --root "$STATE" exec c sleep 996 &
	await runs 'sleep 996'
	guise kill c
	wait $! && status=0 || status=$?
	same "$status" 137
	await test -e "$(run_of c)/undone"
}

@test "many at once while the container dies: each ends cleanly" {
	start
	for i in $(seq 20); do
		{ guise exec c true 2>"err.$i" || echo "$?" >"code.$i"; } &
		pids+=($!)
		[ "$i" != 10 ] || guise kill c
	done
	wait "${pids[@]}"
	for i in $(seq 20); do
		[ ! -s "code.$i" ] || has '^(125|137)$' "$(cat "code.$i")"
		[ ! -s "err.$i" ] || has 'not running|ended before|killed by signal 9 before' "$(cat "err.$i")"
	done
}

@test "in a user namespace" {
	start --userns 0:2000000:65536
	same "$(inside readlink /proc/self/ns/user)" "$(readlink "/proc/$(pid_of c)/ns/user")"
	same "$(inside id -u)" 0
	same "$(guise exec -u ann c id -u)" 1000
	run pty -- "$GUISE" --root "$STATE" exec -it c tty
	has '^/dev/pts/0$' "$output"
}

@test "below --read-only and other containers' namespaces" {
	start --read-only
	box_detached --name d --pid container:c "dir:$ROOTFS" sleep 995 >/dev/null
	same "$(guise exec d cat /proc/1/cmdline | tr '\0' ' ')" "sleep 1000 "
	run inside touch /x
	has 'Read-only' "$output"
}

@test "not beyond --pids-limit, nor beyond that of a cgroup above" {
	processes() { pgrep --ns "$(pid_of c)" --nslist pid .; }
	two_run() { [ "$(processes | wc -l)" = 2 ]; }
	box_detached --name c --pids-limit 2 "dir:$ROOTFS" sh -c 'sleep 1000 & exec sleep 1000' >/dev/null
	await two_run
	run --separate-stderr inside true
	failed_with 125 "limit.*--pids-limit"
	two_run
	guise rm -f c
	start --pids-limit 8
	echo 1 >"$(cgroup_of pids .)/pids.max"
	run --separate-stderr inside true
	failed_with 125 "limit.*pids.max of a cgroup above"
	run --separate-stderr box --pids-limit 8 "dir:$ROOTFS" true
	failed_with 125 "limit.*pids.max of a cgroup above"
}
