#!/usr/bin/env bats
# config.md: version, root, process, user, host name, annotations, values. runtime-linux.md: what a process finds.
#
# Most sentences are checked with what two containers say of themselves: `all`, where everything is set, and
# `few`, where nothing is.

load common

setup_file() {
	prepare
	bundle all '.ociVersion = "1.1.0" | .root.readonly = true | .hostname = "mrsdalloway" | .domainname = "foobarbaz.test"
		| .process.cwd = "/usr/deep" | .process.args = ["sh", "/script", "one two", ""]
		| .process.env += ["EMPTY=", "SPACE=a b", "EQUALS=a=b"]
		| .process.user = {uid: 7, gid: 8, umask: 63, additionalGids: [5, 6]}
		| .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 4096}]
		| .process.capabilities = {
			bounding: ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
			permitted: ["CAP_KILL", "CAP_NET_BIND_SERVICE"], effective: ["CAP_KILL", "CAP_NET_BIND_SERVICE"],
			inheritable: ["CAP_NET_BIND_SERVICE"], ambient: ["CAP_NET_BIND_SERVICE"]}
		| .process.oomScoreAdj = 500 | .process.consoleSize = {height: 7, width: 9}
		| .unknown = {a: 1} | .process.unknown = "x" | .linux.unknown = [] | .annotations = {"org.example.unknown": ""}'
	mkdir -p "$DIR/all/rootfs/usr/deep"
	# (descriptors that the runtime's caller has open)
	# shellcheck disable=SC2016
	play all 'while read -r line; do echo "status: $line"; done </proc/self/status
		echo "cwd: $(pwd)"
		echo "args: $# <$1> <$2>"
		echo "env: <$EMPTY> <$SPACE> <$EQUALS>"
		echo "id: $(id -u) $(id -g) $(id -G)"
		echo "umask: $(umask)"
		probe limits | sed "s/^/limit: /"
		echo "oom: $(cat /proc/self/oom_score_adj)"
		echo "hostname: $(hostname)"
		echo "domainname: $(cat /proc/sys/kernel/domainname)"
		grep " / " /proc/self/mountinfo | sed "s/^/mount: /"
		for i in 0 1 2; do test -t $i && echo "tty: $i"; done
		echo done: yes'
	box few '.process.noNewPrivileges = false | del(.process.capabilities) | del(.hostname) | .process.args = ["/bin/sh", "/script"]' '
		while read -r line; do echo "status: $line"; done </proc/self/status
		echo "oom: $(cat /proc/self/oom_score_adj)"
		echo "umask: $(umask)"
		for name in fd stdin stdout stderr; do echo "$name: $(readlink /dev/$name)"; done
		(echo x >/new) 2>/dev/null && echo "root: writable"
		echo done: yes'
	bundle descriptors 'args(["probe", "fds"])'
	play descriptors '' 8</dev/null 9</dev/null
}

status_of() { fact "$1" status | sed -n "s/^$2:[[:space:]]*//p"; } # NAME FIELD

# The masks of capabilities: KILL is 5, NET_BIND_SERVICE 10, AUDIT_WRITE 29.
kill=20 kill_bind=420 bind=400 all_three=20000420
mask() { status_of "$1" "$2" | sed 's/^0*//'; }

# ---- version, root

@test 'ociVersion (string, REQUIRED) MUST be in SemVer v2.0.0 format and specifies the version of the Open Container Initiative Runtime Specification with which the bundle complies.' {
	rejected semver '.ociVersion = "one"'
}

@test 'For example, if a configuration is compliant with version 1.1 of this specification, it is compatible with all runtimes that support any 1.1 or later release of this specification' {
	same "$(fact all done)" yes
}

@test 'root: On all other platforms, this field is REQUIRED.' {
	rejected noroot 'del(.root)'
}

@test 'On POSIX platforms, path is either an absolute path or a relative path to the bundle.' {
	box rootabsolute '.root.path = "\($dir)/rootabsolute/rootfs" | args(["echo", "found"])'
	same "$(out rootabsolute)" found
	same "$(fact few done)" yes
}

@test 'A directory MUST exist at the path declared by the field.' {
	rejected nodirectory '.root.path = "nothing"'
	rejected afile '.root.path = "config.json"'
}

@test 'readonly (bool, OPTIONAL) If true then the root filesystem MUST be read-only inside the container, defaults to false.' {
	has ' / ro[ ,]' "$(fact all mount)"
	same "$(fact few root)" writable
}

# ---- process

@test 'terminal (bool, OPTIONAL) specifies whether a terminal is attached to the process, defaults to false.' {
	same "$(fact all tty)" ""
}

@test 'Runtimes MUST ignore consoleSize if terminal is false or unset.' {
	same "$(fact all done)" yes
}

@test 'cwd (string, REQUIRED) is the working directory that will be set for the executable.' {
	same "$(fact all cwd)" /usr/deep
	rejected nocwd 'del(.process.cwd)'
}

@test 'cwd: This value MUST be an absolute path.' {
	rejected cwd '.process.cwd = "usr"'
}

@test "env (array of strings, OPTIONAL) with the same semantics as IEEE Std 1003.1-2008's environ." {
	same "$(fact all env)" "<> <a b> <a=b>"
}

@test "args (array of strings, OPTIONAL) with similar semantics to IEEE Std 1003.1-2008 execvp's argv." {
	same "$(fact all args)" "2 <one two> <>"
}

@test 'This specification extends the IEEE standard in that at least one entry is REQUIRED (non-Windows)' {
	# (by start at the latest)
	for filter in '.process.args = []' 'del(.process.args)'; do
		bundle noargs "$filter"
		if oci create --bundle "$DIR/noargs" noargs >/dev/null 2>&1 </dev/null; then
			refused start noargs
			oci delete --force noargs
		fi
		nothing_left noargs
		rm -r noargs
	done
}

@test "that entry is used with the same semantics as execvp's file." {
	same "$(fact all done)" yes	# found in PATH
	same "$(fact few done)" yes	# a path
	for file in nosuchprogram /nosuchprogram /etc/passwd /etc; do
		box execvp "args([\"$file\"])"
		failed execvp
		rm -r execvp
	done
}

# ---- POSIX process

@test 'rlimits: The runtime MUST generate an error for any values which cannot be mapped to a relevant kernel interface.' {
	rejected rlimit1 '.process.rlimits = [{type: "RLIMIT_NOTHING", soft: 1, hard: 1}]'
	rejected rlimit2 '.process.rlimits = [{type: "NOFILE", soft: 1, hard: 1}]'
}

@test 'For each entry in rlimits, a getrlimit(3) on type MUST succeed.' {
	has '^RLIMIT_NOFILE ' "$(fact all limit)"
}

@test 'soft: rlim.rlim_cur MUST match the configured value.' {
	has '^RLIMIT_NOFILE 100 ' "$(fact all limit)"
	has '^RLIMIT_CORE 0 ' "$(fact all limit)"
}

@test 'hard: rlim.rlim_max MUST match the configured value.' {
	has '^RLIMIT_NOFILE [0-9]+ 200$' "$(fact all limit)"
	has '^RLIMIT_CORE [0-9]+ 4096$' "$(fact all limit)"
}

@test 'If rlimits contains duplicated entries with same type, the runtime MUST generate an error.' {
	rejected rlimit3 '.process.rlimits = [{type: "RLIMIT_CORE", soft: 0, hard: 0}, {type: "RLIMIT_CORE", soft: 0, hard: 0}]'
}

# ---- Linux process

@test 'apparmorProfile (string, OPTIONAL) specifies the name of the AppArmor profile for the process.' {
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] || skip "AppArmor is not active in this kernel"
	box apparmor '.process.apparmorProfile = "unconfined" | args(["cat", "/proc/self/attr/current"])'
	has '^unconfined' "$(out apparmor)"
	rejected apparmor2 '.process.apparmorProfile = "no-such-profile"'
}

@test 'capabilities: Any value which cannot be mapped to a relevant kernel interface, or cannot be granted otherwise MUST be logged as a warning by the runtime.' {
	box capwarn '.process.capabilities.bounding += ["CAP_NO_SUCH_THING"] | args(["echo", "fine"])'
	same "$(out capwarn)" fine
	grep -q CAP_NO_SUCH_THING capwarn.err
}

@test 'Runtimes SHOULD NOT fail if the container configuration requests capabilities that cannot be granted, for example, if the runtime operates in a restricted environment with a limited set of capabilities.' {
	have=$((0x$(sed -n 's/^CapBnd:\t//p' /proc/self/status)))
	# SYS_BOOT is what no runtime needs for itself
	bundle restricted 'capabilities(["CAP_KILL", "CAP_SYS_BOOT", "CAP_SYS_RESOURCE"]) | args(["sh", "-c", "grep CapBnd /proc/self/status"])'
	setpriv --bounding-set=-sys_boot "$RUNTIME" --root "$STATE" run --bundle "$DIR/restricted" restricted \
		>restricted.out 2>restricted.err </dev/null 3>&- 4>&- || { cat restricted.err; return 1; }
	granted=$((0x$(sed -n 's/^CapBnd:\t//p' restricted.out)))
	same $((granted & 1 << 22)) 0
	same $((granted & 1 << 5)) $((1 << 5))
	same $((granted & 1 << 24)) $((have & 1 << 24))
}

@test 'effective (array of strings, OPTIONAL) the effective field is an array of effective capabilities that are kept for the process.' {
	# (uid 7: what execve leaves is what was ambient)
	same "$(mask all CapEff)" $bind
	box capeff 'capabilities(["CAP_KILL", "CAP_NET_BIND_SERVICE"])' 'while read -r line; do echo "status: $line"; done </proc/self/status'
	same "$(mask capeff CapEff)" $kill_bind
}

@test 'bounding (array of strings, OPTIONAL) the bounding field is an array of bounding capabilities that are kept for the process.' {
	same "$(mask all CapBnd)" $all_three
}

@test 'inheritable (array of strings, OPTIONAL) the inheritable field is an array of inheritable capabilities that are kept for the process.' {
	same "$(mask all CapInh)" $bind
	same "$(mask few CapInh)" ""
}

@test 'permitted (array of strings, OPTIONAL) the permitted field is an array of permitted capabilities that are kept for the process.' {
	same "$(mask all CapPrm)" $bind
	box capprm '.process.capabilities = {bounding: ["CAP_KILL"], permitted: ["CAP_KILL"], effective: []}' \
		'while read -r line; do echo "status: $line"; done </proc/self/status'
	same "$(mask capprm CapPrm)" $kill
}

@test 'ambient (array of strings, OPTIONAL) the ambient field is an array of ambient capabilities that are kept for the process.' {
	same "$(mask all CapAmb)" $bind
	same "$(mask few CapAmb)" ""
}

@test 'noNewPrivileges (bool, OPTIONAL) setting noNewPrivileges to true prevents the process from gaining additional privileges.' {
	same "$(status_of all NoNewPrivs)" 1
	same "$(status_of few NoNewPrivs)" 0
}

@test 'If oomScoreAdj is set, the runtime MUST set oom_score_adj to the given value.' {
	same "$(fact all oom)" 500
}

@test 'If oomScoreAdj is not set, the runtime MUST NOT change the value of oom_score_adj.' {
	same "$(fact few oom)" "$(cat /proc/self/oom_score_adj)"
	bundle oom '.'
	(echo 123 >/proc/self/oom_score_adj; play oom 'echo "oom: $(cat /proc/self/oom_score_adj)"')
	same "$(fact oom oom)" 123
}

@test 'scheduler (object, OPTIONAL) is an object describing the scheduler properties for the process.' {
	# policies of linux/sched.h; without a real-time budget in the cgroup, root cannot have SCHED_FIFO
	box sched1 '.process.scheduler = {policy: "SCHED_BATCH", nice: 5} | args(["probe", "sched"])'
	has '^policy 3 nice 5 ' "$(out sched1)"
	box sched2 '.process.scheduler = {policy: "SCHED_IDLE", nice: 0} | args(["probe", "sched"])'
	has '^policy 5 ' "$(out sched2)"
	box sched3 '.process.scheduler = {policy: "SCHED_OTHER", nice: 3, flags: ["SCHED_FLAG_RESET_ON_FORK"]} | args(["probe", "sched"])'
	has '^policy 0 nice 3 .*flags 1 ' "$(out sched3)"
	rejected sched4 '.process.scheduler = {policy: "SCHED_NONE"}'
	rejected sched5 '.process.scheduler = {policy: "SCHED_OTHER", flags: ["SCHED_FLAG_NONE"]}'
}

@test 'nice (int32, OPTIONAL): If not set, the runtime must use the value 0.' {
	bundle nice '.process.scheduler = {policy: "SCHED_BATCH"} | args(["probe", "sched"])'
	(renice -n 4 $BASHPID >/dev/null; play nice)
	has '^policy 3 nice 0 ' "$(out nice)"
}

@test 'priority (int32, OPTIONAL) represents the static priority of the process, used by real-time policies like SCHED_FIFO and SCHED_RR.' {
	chrt -f 1 true 2>/dev/null || skip "this machine's root may not use SCHED_FIFO"
	box fifo '.process.scheduler = {policy: "SCHED_FIFO", priority: 2} | args(["probe", "sched"])'
	[ "$(cat fifo.status)" = 0 ] || ! grep -qi 'not permitted' fifo.err || skip "no real-time budget in a new cgroup here"
	has '^policy 1 .*priority 2 ' "$(out fifo)"
}

@test 'runtime, deadline, period (uint64, OPTIONAL), used by the deadline scheduler.' {
	chrt -d --sched-runtime 1000000 --sched-deadline 10000000 --sched-period 10000000 0 true 2>/dev/null ||
		skip "this machine's root may not use SCHED_DEADLINE"
	box deadline '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 10000000, period: 20000000} | args(["probe", "sched"])'
	has '^policy 6 .*runtime 1000000 deadline 10000000 period 20000000' "$(out deadline)"
}

@test 'selinuxLabel (string, OPTIONAL) specifies the SELinux label for the process.' {
	[ -e /sys/fs/selinux/enforce ] || skip "SELinux is not active in this kernel"
	box selinux '.process.selinuxLabel = "system_u:system_r:container_t:s0" | args(["cat", "/proc/self/attr/current"])'
	has container_t "$(out selinux)"
}

@test "ioPriority (object, OPTIONAL) configures the I/O priority settings for the container's processes within the process group." {
	box ioprio1 '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6} | args(["probe", "ioprio"])'
	same "$(out ioprio1)" "class 2 priority 6"
	box ioprio2 '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0} | args(["probe", "ioprio"])'
	same "$(out ioprio2)" "class 3 priority 0"
	rejected ioprio3 '.process.ioPriority = {class: "IOPRIO_CLASS_NONE_SUCH", priority: 0}'
	rejected ioprio4 '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}'
}

@test 'execCPUAffinity (object, OPTIONAL) specifies CPU affinity used to execute the process.' {
	[ "$(nproc)" -gt 1 ] || skip "this machine has one processor"
	bundle affinity 'args(["sleep", "100"])'
	create affinity
	start affinity
	jq '.process | .args = ["probe", "affinity"] | .execCPUAffinity = {initial: "0", final: "1"}' affinity/config.json >affinity/process.json
	same "$(oci exec --process affinity/process.json affinity </dev/null)" 1
	remove affinity
}

@test "execCPUAffinity: This setting is not applicable to the container's init process." {
	[ "$(nproc)" -gt 1 ] || skip "this machine has one processor"
	box affinity2 '.process.execCPUAffinity = {initial: "0", final: "0"} | args(["probe", "affinity"])'
	[ "$(out affinity2 | wc -l)" -gt 1 ]
}

# ---- user

@test 'uid (int, REQUIRED) specifies the user ID in the container namespace.' {
	has '^7 ' "$(fact all id)"
	rejected nouid '.process.user.uid = -1'
}

@test 'gid (int, REQUIRED) specifies the group ID in the container namespace.' {
	has '^7 8 ' "$(fact all id)"
	rejected nogid '.process.user.gid = 4294967295'
}

@test 'umask (int, OPTIONAL) specifies the umask of the user.' {
	same "$(fact all umask)" 0077
}

@test "If unspecified, the umask should not be changed from the calling process' umask." {
	bundle umask '.'
	(umask 027; play umask 'echo "umask: $(umask)"')
	[ "$(fact umask umask)" != 0022 ] || skip "it is 022, as runc has it: engines rely on that"
	same "$(fact umask umask)" 0027
}

@test 'additionalGids (array of ints, OPTIONAL) specifies additional group IDs in the container namespace to be added to the process.' {
	same "$(status_of all Groups | tr ' ' '\n' | grep . | sort -n | tr '\n' ' ')" "5 6 "
	same "$(status_of few Groups)" ""
}

# ---- names, annotations, values

@test "hostname (string, OPTIONAL) specifies the container's hostname as seen by processes running inside the container." {
	same "$(fact all hostname)" mrsdalloway
}

@test "domainname (string, OPTIONAL) specifies the container's domainname as seen by processes running inside the container." {
	same "$(fact all domainname)" foobarbaz.test
}

@test 'annotations: Annotations MUST be a key-value map.' {
	rejected annotations1 '.annotations = ["a"]'
}

@test 'annotations: Keys MUST NOT be an empty string.' {
	rejected annotations2 '.annotations = {"": "a"}'
}

@test 'annotations: Values MUST be strings.' {
	rejected annotations3 '.annotations = {"com.example.a": 1}'
}

@test 'Runtimes MUST handle unknown annotation keys like any other unknown property.' {
	same "$(fact all done)" yes
}

@test 'Runtimes MAY log unknown properties but MUST otherwise ignore them.' {
	same "$(fact all done)" yes
}

@test 'Runtimes MUST generate an error when invalid or unsupported values are encountered.' {
	rejected value1 '.root.readonly = "yes"'
	rejected value2 '.process.user.uid = "root"'
	rejected value3 '.process.args = "sh"'
	rejected value4 '.linux.namespaces += [{type: "nosuchtype"}]'
	rejected value5 '.linux.rootfsPropagation = "sideways"'
	bundle value6 .
	echo '{"ociVersion": "1.0.2", ' >value6/config.json
	refused create --bundle "$DIR/value6" value6
}

# ---- runtime-linux.md

@test 'By default, only the stdin, stdout and stderr file descriptors are kept open for the application by the runtime.' {
	same "$(out descriptors | tr '\n' ' ')" "0 1 2 "
}

@test 'The runtime MAY pass additional file descriptors to the application to support features such as socket activation.' {
	# shellcheck disable=SC2016
	bundle activation 'sh("probe fds; echo $LISTEN_FDS $LISTEN_PID")'
	said=$(LISTEN_FDS=1 sh -c 'LISTEN_PID=$$ exec "$@" 3</dev/null 4>&-' _ "$RUNTIME" --root "$STATE" \
		run --bundle "$DIR/activation" activation </dev/null 2>&1)
	same "$(echo $said)" "0 1 2 3 1 1"
}

@test 'runtimes MUST create the following symlinks if the source file exists after processing mounts: /dev/fd, /dev/stdin, /dev/stdout, /dev/stderr' {
	same "$(fact few fd)" /proc/self/fd
	same "$(fact few stdin) $(fact few stdout) $(fact few stderr)" "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2"
}
