#!/usr/bin/env bats
# config-linux.md: seccomp.
#
# `actions` has a rule for each of several system calls that nothing else makes; `probe call` makes them, and says what
# came of it. EPERM is 1, ENOANO 55, ENOSYS 38. (Numbers of x86-64: what another architecture has is skipped.)

load common

setup_file() {
	[ "$(uname -m)" = x86_64 ] || skip "the numbers of the system calls are those of x86-64"
	prepare
	box actions 'seccomp([
		{names: ["getitimer"], action: "SCMP_ACT_ERRNO"},
		{names: ["times"], action: "SCMP_ACT_ERRNO", errnoRet: 55},
		{names: ["getpgid"], action: "SCMP_ACT_KILL_PROCESS"},
		{names: ["getsid"], action: "SCMP_ACT_KILL"},
		{names: ["sched_yield"], action: "SCMP_ACT_TRAP"},
		{names: ["getresgid"], action: "SCMP_ACT_LOG"},
		{names: ["getpriority"], action: "SCMP_ACT_TRACE", errnoRet: 1},
		{names: ["alarm"], action: "SCMP_ACT_ERRNO", errnoRet: 2, args: [{index: 0, value: 100, op: "SCMP_CMP_EQ"}]},
		{names: ["sethostname"], action: "SCMP_ACT_ERRNO", errnoRet: 3, args: [{index: 1, value: 100, op: "SCMP_CMP_GT"}]},
		{names: ["setdomainname"], action: "SCMP_ACT_ERRNO", errnoRet: 4, args: [{index: 1, value: 100, op: "SCMP_CMP_GE"}]},
		{names: ["swapon"], action: "SCMP_ACT_ERRNO", errnoRet: 5, args: [{index: 1, value: 100, op: "SCMP_CMP_LT"}]},
		{names: ["swapoff"], action: "SCMP_ACT_ERRNO", errnoRet: 6, args: [{index: 1, value: 100, op: "SCMP_CMP_LE"}]},
		{names: ["acct"], action: "SCMP_ACT_ERRNO", errnoRet: 7, args: [{index: 1, value: 100, op: "SCMP_CMP_NE"}]},
		{names: ["vhangup"], action: "SCMP_ACT_ERRNO", errnoRet: 8, args: [{index: 1, value: 240, valueTwo: 16, op: "SCMP_CMP_MASKED_EQ"}]},
		{names: ["no_such_call_at_all", "setfsuid"], action: "SCMP_ACT_ERRNO", errnoRet: 9},
		{names: ["iopl"], action: "SCMP_ACT_ERRNO", errnoRet: 10, args: [{index: 0, value: 3, op: "SCMP_CMP_EQ"}, {index: 1, value: 4, op: "SCMP_CMP_EQ"}]}
		])' '
		call() { key=$1; shift; result=$(probe call "$@"); echo "$key: $? $result"; }
		call errno 36 0 0
		call errnoret 100 0
		call kill-process 121 0
		call kill 124 0
		call trap 24
		call log 120 0 0 0
		call trace 140 0 0
		call eq-yes 37 100; call eq-no 37 0; call eq-high 37 0x100000064
		call gt-yes 170 0 101; call gt-no 170 0 100
		call ge-yes 171 0 100; call ge-no 171 0 99
		call lt-yes 167 0 99; call lt-no 167 0 100
		call le-yes 168 0 100; call le-no 168 0 101
		call ne-yes 163 0 99; call ne-no 163 0 100
		call masked-yes 153 0 0x1f; call masked-no 153 0 0x2f
		call unknown 122 0
		call both-yes 172 3 4; call both-no 172 3 5
		echo "mode: $(sed -n "s/^Seccomp:[[:space:]]*//p" /proc/self/status)"'
	box default '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 55, architectures: ["SCMP_ARCH_X86_64"],
		syscalls: [{names: ["read", "write", "open", "openat", "close", "fstat", "newfstatat", "stat", "execve", "exit", "exit_group", "brk",
			"mmap", "munmap", "mprotect", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "getrandom", "readlink", "readlinkat",
			"futex", "capset", "capget", "prctl", "setgroups", "setgid", "setuid", "getuid", "getgid", "geteuid", "getegid", "fcntl", "ioctl", "dup2", "dup3", "lseek",
			"rt_sigaction", "rt_sigreturn", "rt_sigprocmask", "getdents64", "chdir", "fchdir", "getcwd", "epoll_ctl", "epoll_pwait", "nanosleep",
			"getppid", "getpid", "gettid", "tgkill", "clone", "sigaltstack", "sched_getaffinity", "sched_yield", "fstatfs", "statfs", "execveat",
			"setresuid", "setresgid", "close_range", "uname", "access", "faccessat", "faccessat2", "umask", "setsid", "pipe2", "poll", "clock_gettime", "madvise",
			"recvmsg", "sendmsg", "sendto", "recvfrom", "accept", "accept4", "shutdown", "getsockopt", "connect", "socket", "unlink", "unlinkat", "fsync"], action: "SCMP_ACT_ALLOW"}]}
		| args(["probe", "call", "36", "0", "0"])'
}

result() { fact actions "$1"; }

@test 'defaultErrnoRet (uint, OPTIONAL) - the errno return code to use.' {
	same "$(out default)" -55
}

@test 'seccomp: the filter is in force' {
	same "$(result mode)" 2
}

@test 'seccomp: action SCMP_ACT_ERRNO; errnoRet: The default is EPERM.' {
	same "$(result errno)" "0 -1"
}

@test 'seccomp: errnoRet (uint, OPTIONAL) - the errno return code to use.' {
	same "$(result errnoret)" "0 -55"
}

@test 'seccomp: action SCMP_ACT_KILL_PROCESS' { has '^159' "$(result kill-process)"; }
@test 'seccomp: action SCMP_ACT_KILL (the thread)' { has '^159' "$(result kill)"; }
@test 'seccomp: action SCMP_ACT_TRAP' { has '^159' "$(result trap)"; }
@test 'seccomp: action SCMP_ACT_LOG' { same "$(result log)" "0 -14"; }
@test 'seccomp: action SCMP_ACT_TRACE (without a tracer the call fails with ENOSYS)' { same "$(result trace)" "0 -38"; }
@test 'seccomp: action SCMP_ACT_ALLOW' { has '^0 ' "$(result eq-no)"; }

matches() { # OP ERRNO: the call that matches has it, the other has not
	same "$(result "$1-yes")" "0 -$2"
	[ "$(result "$1-no")" != "0 -$2" ] && has '^0 ' "$(result "$1-no")"
}

@test 'seccomp: op SCMP_CMP_EQ' { matches eq 2; }
@test 'seccomp: op SCMP_CMP_EQ compares 64 bits' { [ "$(result eq-high)" != "0 -2" ]; }
@test 'seccomp: op SCMP_CMP_GT' { matches gt 3; }
@test 'seccomp: op SCMP_CMP_GE' { matches ge 4; }
@test 'seccomp: op SCMP_CMP_LT' { matches lt 5; }
@test 'seccomp: op SCMP_CMP_LE' { matches le 6; }
@test 'seccomp: op SCMP_CMP_NE' { matches ne 7; }
@test 'seccomp: op SCMP_CMP_MASKED_EQ' { matches masked 8; }
@test 'seccomp: all of several args must match' { matches both 10; }
@test 'seccomp: names of calls that this machine does not have are ignored' { same "$(result unknown)" "0 -9"; }

@test "When the action doesn't support an errno, the runtime MUST print and error and fail." {
	rejected errno1 'seccomp([{names: ["getitimer"], action: "SCMP_ACT_KILL", errnoRet: 5}])'
	rejected errno2 'seccomp([]) | .linux.seccomp.defaultErrnoRet = 5'
}

@test 'names MUST contain at least one entry.' {
	rejected nonames 'seccomp([{names: [], action: "SCMP_ACT_ERRNO"}])'
}

@test 'seccomp: values that are not in the lists are errors' {
	rejected bad1 'seccomp([{names: ["getitimer"], action: "SCMP_ACT_NONE"}])'
	rejected bad2 'seccomp([]) | .linux.seccomp.architectures = ["SCMP_ARCH_Z80"]'
	rejected bad3 'seccomp([{names: ["getitimer"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 1, op: "SCMP_CMP_NONE"}]}])'
	rejected bad4 'seccomp([]) | .linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_NONE"]'
	rejected bad5 'seccomp([{names: ["getitimer"], action: "SCMP_ACT_ERRNO", args: [{index: 6, value: 1, op: "SCMP_CMP_EQ"}]}])'
}

@test 'seccomp: flags (array of strings, OPTIONAL) - list of flags to use with seccomp(2).' {
	box flags 'seccomp([{names: ["getitimer"], action: "SCMP_ACT_ERRNO"}])
		| .linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"] | args(["probe", "call", "36", "0", "0"])'
	same "$(out flags)" -1
}

# ---- notifications

agent() { # NAME FILTER: a container whose call 36 an agent answers; $DIR/NAME.agent is what came to the agent
	"$CONFORMANCE/peer" agent "$DIR/$1.socket" >"$DIR/$1.agent" 3>&- 4>&- &
	AGENT=$!
	await test -S "$DIR/$1.socket"
	box "$1" "seccomp([{names: [\"getitimer\"], action: \"SCMP_ACT_NOTIFY\"}]) | .linux.seccomp.listenerPath = \"$DIR/$1.socket\" | $2"
	kill $AGENT
}

notified() {
	[ ! -e "$DIR/notify.agent" ] || return 0
	agent notify '.linux.seccomp.listenerMetadata = "opaque: data" | .annotations = {"com.example.a": "b"} | args(["probe", "call", "36", "0", "0"])'
	[ "$(cat "$DIR/notify.status")" = 0 ] || { cat "$DIR/notify.err"; return 1; }
}
sent() { jq -r ".$1" "$DIR/notify.agent"; }

@test 'The container runtime MUST send the container process state over the UNIX socket as regular payload serialized in JSON' {
	notified
	jq -e '.state | (.ociVersion | type == "string") and (.pid | type == "number") and (.state | type == "object")' notify.agent
}

@test 'listenerPath: The runtime MUST send exactly one container process state per connection.' {
	notified
	same "$(wc -l <notify.agent)" 1
	same "$(jq -s length notify.agent)" 1
}

@test 'The connection MUST NOT be reused and it MUST be closed after sending a seccomp state.' {
	notified	# the agent prints what came when the connection has come to its end
	jq -e . notify.agent
}

@test 'file descriptors MUST be sent using SCM_RIGHTS. If more than one sendmsg(2) is used, the file descriptors MUST be sent only in the first call.' {
	notified
	same "$(sent first):$(sent later)" 1:0
}

@test 'seccompFd (string, REQUIRED) is the seccomp file descriptor returned by the seccomp syscall.' {
	notified
	same "$(sent 'state.fds | join(" ")')" seccompFd
	same "$(out notify)" -55	# the agent has answered over it
}

@test 'container process state: pid (int, REQUIRED) is the container process ID, as seen by the runtime.' {
	notified
	[ "$(sent state.pid)" -gt 1 ]
	same "$(sent state.state.pid)" "$(sent state.pid)"
}

@test 'container process state: metadata (string, OPTIONAL) opaque metadata.' {
	notified
	same "$(sent state.metadata)" "opaque: data"
}

@test 'container process state: state (state, REQUIRED) is the state of the container.' {
	notified
	same "$(sent 'state.state | "\(.id) \(.status) \(.bundle) \(.annotations["com.example.a"])"')" "notify creating $DIR/notify b"
}

@test 'container process state: ociVersion (string, REQUIRED)' {
	notified
	has '^1\.[0-9]+\.[0-9]+' "$(sent state.ociVersion)"
	has '^1\.[0-9]+\.[0-9]+' "$(sent state.state.ociVersion)"
}

@test 'If sending to this socket fails, the runtime MUST generate an error.' {
	box nosocket 'seccomp([{names: ["getitimer"], action: "SCMP_ACT_NOTIFY"}]) | .linux.seccomp.listenerPath = "\($dir)/nobody" | args(["true"])'
	failed nosocket
}

@test 'If the SCMP_ACT_NOTIFY action is not used this value is ignored.' {
	box ignored 'seccomp([{names: ["getitimer"], action: "SCMP_ACT_ERRNO"}]) | .linux.seccomp.listenerPath = "\($dir)/nobody" | args(["echo", "fine"])'
	same "$(out ignored)" fine
}

@test 'listenerMetadata: This field MUST NOT be set if listenerPath is not set.' {
	rejected metadata 'seccomp([{names: ["getitimer"], action: "SCMP_ACT_NOTIFY"}]) | .linux.seccomp.listenerMetadata = "x"'
}
