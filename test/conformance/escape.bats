#!/usr/bin/env bats
# How containers got out of other runtimes, or into them: one test for each way. None may work.
#
# The specification does not ask for these; the tests run any runtime all the same. Where "fails without" stands, that
# line of ours was taken out, and the test failed. (runc 1.1.5 fails those of the races for /dev/null and of
# /dev/console, for which it was mended later.) Tools: `probe` is in the container and attacks, `peer` is outside and
# helps.

load common

teardown() {
	local pid

	for pid in $(jobs -pr); do
		[ "$pid" = "${WATCHDOG-}" ] || kill "$pid" 2>/dev/null || true
	done
}

setup() {
	cd "$DIR" || return
	WATCHDOG=$!	# bats' own
}

# A container that stays, in whose pid namespace an attacker waits.
victim() { # NAME FILTER
	bundle "$1" "args([\"sleep\", \"1000\"]) | ${2:-.}"
	create "$1"
	start "$1"
}

in_container() { oci exec "$@" </dev/null; }

# `probe VERB` in container NAME, from here to `over NAME`: what it said is then in NAME.said.
attack() { # NAME VERB
	rm -f "$1"/rootfs/tmp/{ready,stop}
	in_container "$1" probe "$2" >"$1.said" 2>&1 &
	attacker=$!
	await test -e "$1/rootfs/tmp/ready"
}
over() { # NAME
	touch "$1/rootfs/tmp/stop"
	wait "$attacker"
}

# ---- the runtime's own program

# fails without guise-init, which exec_apply() executes in the runtime's place, plan/steps/exec.c
@test 'the runtime cannot be overwritten through /proc/self/exe, by a program that is a script for it' {
	cp "$RUNTIME" runtime
	sum=$(sha256sum <runtime)
	victim exe
	printf '#!/proc/self/exe\n' >exe/rootfs/attack
	chmod 755 exe/rootfs/attack
	attack exe overwrite
	for _ in 1 2 3; do
		timeout 60 ./runtime --root "$STATE" exec exe /attack >/dev/null 2>&1 </dev/null 3>&- 4>&- || true
		timeout 60 ./runtime --root "$STATE" exec exe /proc/self/exe >/dev/null 2>&1 </dev/null 3>&- 4>&- || true
	done
	over exe
	remove exe
	same "$(sha256sum <runtime)" "$sum"
	has '^held' "$(cat exe.said)"
	has_not overwritten "$(cat exe.said)"
}

@test 'the runtime cannot be overwritten through /proc/self/exe, by the first program of a container' {
	cp "$RUNTIME" runtime2
	sum=$(sha256sum <runtime2)
	victim first
	for program in /attack /proc/self/exe; do
		# it shares the pid namespace of one in which an attacker waits
		name=first${#program}
		bundle "$name" "without_namespace(\"pid\") | namespace(\"pid\"; \"/proc/$(state first pid)/ns/pid\") | args([\"$program\"])"
		printf '#!/proc/self/exe\n' >"$name/rootfs/attack"
		chmod 755 "$name/rootfs/attack"
		attack first overwrite
		timeout 60 ./runtime2 --root "$STATE" run --bundle "$DIR/$name" "$name" >/dev/null 2>&1 </dev/null 3>&- 4>&- || true
		over first
		has_not overwritten "$(cat first.said)"
	done
	remove first
	same "$(sha256sum <runtime2)" "$sum"
}

# A process with CAP_SYS_PTRACE sees what executes each process of its pid namespace, hidden from others or not.
# fails without self_protect(), kernel/fs/self.c
@test 'the runtime cannot be overwritten through /proc/PID/exe, by a container with CAP_SYS_PTRACE' {
	cp "$RUNTIME" runtime3
	sum=$(sha256sum <runtime3)
	victim ptracer 'capabilities(["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_KILL"])'
	bundle parked "without_namespace(\"pid\") | namespace(\"pid\"; \"/proc/$(state ptracer pid)/ns/pid\") | args([\"true\"])"
	attack ptracer overwrite
	for _ in 1 2 3; do
		timeout 60 ./runtime3 --root "$STATE" exec ptracer true >/dev/null 2>&1 </dev/null 3>&- 4>&-
	done
	timeout 60 ./runtime3 --root "$STATE" create --bundle "$DIR/parked" parked >parked.out 2>&1 </dev/null 3>&- 4>&-
	oci exec ptracer sleep 0.1 </dev/null
	remove parked
	over ptracer
	remove ptracer
	same "$(sha256sum <runtime3)" "$sum"
	has_not overwritten "$(cat ptracer.said)"
}

# fails without protect_others() and protect_later(), run/start/protect.c
@test 'the runtime cannot be overwritten through /proc/PID/exe, by whom CAP_SYS_PTRACE came later' {
	cp "$RUNTIME" runtime4
	sum=$(sha256sum <runtime4)
	victim plain
	bundle guest "without_namespace(\"pid\") | namespace(\"pid\"; \"/proc/$(state plain pid)/ns/pid\")
		| capabilities([\"CAP_SYS_PTRACE\", \"CAP_DAC_OVERRIDE\"]) | args([\"sleep\", \"1000\"])"
	victim debugged
	create guest
	start guest
	jq '.process.capabilities as $c | .process | .args = ["probe", "overwrite"] | .noNewPrivileges = false' guest/config.json >debugger.json
	for name in plain debugged; do
		if [ $name = plain ]; then
			attack guest overwrite
		else
			rm -f debugged/rootfs/tmp/{ready,stop}
			in_container --process debugger.json debugged >debugged.said 2>&1 &
			attacker=$!
			await test -e debugged/rootfs/tmp/ready
		fi
		for _ in 1 2 3; do
			timeout 60 ./runtime4 --root "$STATE" exec $name true >/dev/null 2>&1 </dev/null 3>&- 4>&-
		done
	done
	over guest
	over debugged
	for name in guest plain debugged; do remove $name; done
	same "$(sha256sum <runtime4)" "$sum"
	has_not overwritten "$(cat guest.said debugged.said)"
}

# ---- descriptors and the working directory

# fails without close_range() in exec_apply(), plan/steps/exec.c
@test 'no descriptor of the runtime or of its caller is open in a container' {
	bundle leaked 'args(["probe", "fds"])'
	"$CONFORMANCE/peer" leak "$RUNTIME" --root "$STATE" run --bundle "$DIR/leaked" leaked >leaked.out 2>leaked.err </dev/null 3>&- 4>&-
	same "$(tr '\n' ' ' <leaked.out)" "0 1 2 "
	victim leaked2
	said=$("$CONFORMANCE/peer" leak "$RUNTIME" --root "$STATE" exec leaked2 probe fds </dev/null 3>&- 4>&-)
	remove leaked2
	same "$(tr '\n' ' ' <<<"$said")" "0 1 2 "
}

# What a neighbour in the same pid namespace, who may trace it, finds open in the first process of container NAME.
found_open() { # NEIGHBOUR NAME
	local pid
	for pid in $(in_container "$1" sh -c 'cd /proc; echo [0-9]*'); do
		! in_container "$1" grep -qsz "$2" "/proc/$pid/environ" || { in_container "$1" ls -l "/proc/$pid/fd"; return; }
	done
}

# fails without live_shed() in init_descriptors(), run/start/launch.c (CVE-2016-9962)
@test 'a created container, whose process others may trace, holds nothing of the host open' {
	victim tracer 'capabilities(["CAP_SYS_PTRACE", "CAP_KILL"])'
	mkdir -p "$DIR/callers"
	bundle traced "without_namespace(\"pid\") | namespace(\"pid\"; \"/proc/$(state tracer pid)/ns/pid\") | args([\"sleep\", \"1000\"])"
	# the caller has a descriptor that is passed on, and some that are not
	TRACED=1 "$RUNTIME" --root "$STATE" create --preserve-fds 1 --bundle "$DIR/traced" traced 3</dev/zero 4<"$DIR/callers" \
		>traced.out 2>traced.err </dev/null
	pid=$(state traced pid)
	for open in "$(readlink /proc/"$pid"/fd/* | sort)" "$(found_open tracer TRACED=1)"; do
		has /dev/zero "$open"
		has socket: "$open"
		has_not "$DIR|ns:|mnt:|net:|state|^[^>]*-> /$" "$(grep -v 'traced\.\(out\|err\)' <<<"$open")"
	done
	start traced
	same "$(readlink /proc/"$pid"/fd/* | grep -v 'traced\.')" "/dev/null
/dev/zero"
	remove traced
	remove tracer
}

# fails without inroot_open() and is_inside() in workdir_apply(), plan/steps/workdir.c: either is enough
outside="test -e ../../../../../../../../../..$CONFORMANCE/peer && echo outside; echo ran"

@test 'a working directory of /proc/self/fd/N is not one outside of the root' {
	bundle cwd "sh(\$script)"
	for n in 3 4 5 6 7 8 9 10 11 21; do
		script=$outside config cwd "sh(\$script) | .process.cwd = \"/proc/self/fd/$n\""
		"$CONFORMANCE/peer" leak "$RUNTIME" --root "$STATE" run --bundle "$DIR/cwd" "cwd$n" >>cwd.out 2>>cwd.err </dev/null 3>&- 4>&- || true
	done
	has_not outside "$(cat cwd.out)"
}

@test 'a working directory of /proc/self/fd/N is not one outside of the root (exec)' {
	victim cwd2
	for n in 3 4 5 6 7 8 9 10 21; do
		"$CONFORMANCE/peer" leak "$RUNTIME" --root "$STATE" exec --cwd "/proc/self/fd/$n" cwd2 sh -c "$outside" >>cwd2.out 2>>cwd2.err </dev/null 3>&- 4>&- || true
	done
	remove cwd2
	has_not outside "$(cat cwd2.out)"
}

@test 'a working directory that is a symbolic link to /proc/self/fd/N is not one outside of the root' {
	for n in 3 5 7 8 21; do
		bundle "cwd3$n" 'sh($script) | .process.cwd = "/link"'
		script=$outside config "cwd3$n" 'sh($script) | .process.cwd = "/link"'
		ln -s "/proc/self/fd/$n" "cwd3$n/rootfs/link"
		"$CONFORMANCE/peer" leak "$RUNTIME" --root "$STATE" run --bundle "$DIR/cwd3$n" "cwd3$n" >>cwd3.out 2>>cwd3.err </dev/null 3>&- 4>&- || true
	done
	has_not outside "$(cat cwd3.out)"
}

# ---- masks, /dev/null and /dev/console

@test 'a masked path is not covered with what a symbolic link at /dev/null names' {
	# the image's /dev, with a link that the runtime would follow
	bundle null '.mounts |= map(select(.destination | startswith("/dev") | not)) | .linux.maskedPaths = ["/secret"] | args(["cat", "/secret"])'
	rm -f null/rootfs/dev/null
	echo forged >null/rootfs/forged
	echo secret >null/rootfs/secret
	ln -s /forged null/rootfs/dev/null
	play null
	has_not 'forged|secret' "$(cat null.out)"
	same "$(cat null/rootfs/forged)" forged
}

# fails without the look at what is mounted in clone_null(), plan/steps/cover.c, if that is the container's
@test 'a masked path is not covered with what races for /dev/null' {
	bundle race '.mounts |= map(select(.destination | startswith("/dev") | not)) | .linux.maskedPaths = ["/secret"] | args(["cat", "/secret"])'
	echo forged >race/rootfs/forged
	echo secret >race/rootfs/secret
	mknod race/rootfs/dev/null c 1 3 2>/dev/null || skip "no devices on this file system"
	ln -s /forged race/rootfs/dev/link
	"$CONFORMANCE/peer" swap race/rootfs/dev/null race/rootfs/dev/link 20 3>&- 4>&- &
	for i in 1 2 3 4 5 6 7 8; do
		timeout 60 "$RUNTIME" --root "$STATE" run --bundle "$DIR/race" "race$i" >>race.out 2>>race.err </dev/null 3>&- 4>&- || true
	done
	kill $! 2>/dev/null || true
	has_not 'forged|secret' "$(cat race.out)"
}

# fails if console_mount(), plan/steps/dev.c, follows a link
@test 'the terminal is not bound to what a symbolic link at /dev/console names' {
	"$CONFORMANCE/peer" console "$DIR/console.socket" >console.out 3>&- 4>&- &
	await test -S console.socket
	bundle console '.process.terminal = true | .mounts |= map(select(.destination != "/dev")) | sh("grep -c \" /target \" /proc/self/mountinfo; timeout 2 cat /target; echo done: yes")'
	echo untouched >console/rootfs/target
	ln -s /target console/rootfs/dev/console
	mkdir -p console/rootfs/dev/pts
	if oci create --console-socket "$DIR/console.socket" --bundle "$DIR/console" console >console.err 2>&1 </dev/null; then
		start console
		await grep -q 'done: yes' console.out
		oci delete --force console
		has '^0' "$(tail -n +3 console.out)"
		has untouched "$(cat console.out)"
	fi
	same "$(cat console/rootfs/target)" untouched
}

# ---- a forged /proc or /sys

# With a /proc that is no procfs, a container does not come to be, or nothing is written there.
forged_proc() { # NAME FILTER
	bundle "$1" "$2 | .linux.sysctl = {\"net.ipv4.ip_forward\": \"1\"} | .process.oomScoreAdj = 200 | args([\"sleep\", \"1000\"])"
	mkdir -p "$1"/{forged,rootfs/forged}/{sys/net/ipv4,self/attr,self/fd,thread-self/attr}
	for root in "$1/forged" "$1/rootfs/forged"; do
		echo untouched | tee "$root"/{sys/net/ipv4/ip_forward,{,thread-}self/{attr/exec,attr/keycreate,oom_score_adj,setgroups}} >/dev/null
	done
	if oci create --bundle "$DIR/$1" "$1" >"$1.out" 2>"$1.err" </dev/null; then
		same "$(nsenter -t "$(state "$1" pid)" --net cat /proc/sys/net/ipv4/ip_forward)" 1
		same "$(cat "/proc/$(state "$1" pid)/oom_score_adj")" 200
		oci delete --force "$1"
	fi
	for root in "$1/forged" "$1/rootfs/forged"; do
		same "$(cat "$root"/{sys/net/ipv4/ip_forward,{,thread-}self/{attr/exec,attr/keycreate,oom_score_adj,setgroups}} | sort -u)" untouched
	done
}

# fails if kept_as(), plan/steps/mount.c, does not look at the type, and procfs_open() at what it has opened
@test 'nothing is written to a /proc that is a directory of the image' {
	forged_proc procdir '.mounts |= map(select(.destination != "/proc")) | bind("\($dir)/procdir/forged"; "/proc"; ["bind"])'
}

@test 'nothing is written to a /proc that is a tmpfs' {
	forged_proc proctmpfs '.mounts |= map(select(.destination != "/proc")) | tmpfs("/proc"; [])'
}

# fails without RESOLVE_NO_XDEV and the type in procfs_open(), kernel/fs/procfs.c
@test 'nothing is written to what is mounted over parts of /proc' {
	forged_proc procpart 'bind("\($dir)/procpart/forged/sys/net"; "/proc/sys/net"; ["bind"]) | bind("\($dir)/procpart/forged/self"; "/proc/self"; ["bind"])'
}

@test 'nothing is written where a symbolic link in a forged /proc points' {
	bundle proclink '.mounts |= map(select(.destination != "/proc")) | bind("\($dir)/proclink/forged"; "/proc"; ["bind"])
		| .linux.sysctl = {"net.ipv4.ip_forward": "1"} | args(["true"])'
	mkdir -p proclink/forged/sys/net/ipv4
	echo untouched >proclink/rootfs/target
	echo untouched >outside-target
	ln -s /target proclink/forged/sys/net/ipv4/ip_forward
	play proclink
	rm proclink/forged/sys/net/ipv4/ip_forward
	ln -s "$DIR/outside-target" proclink/forged/sys/net/ipv4/ip_forward
	play proclink
	same "$(cat proclink/rootfs/target outside-target)" "untouched
untouched"
}

# A mount point that is a link inside the image: it is refused, or the mount lies inside and the masks hold.
linked() { # NAME DIRECTORY TYPE
	bundle "$1" ".linux.maskedPaths = [\"/proc/kcore\", \"/proc/latency_stats\"] | .linux.readonlyPaths = [\"/proc/sys\"]
		| sh(\"readlink /$2 && stat -f -c %T /$2 /evil; (echo 1 >/proc/sys/kernel/nosuch) 2>/dev/null; head -c 1 /proc/kcore | wc -c; echo ran\")"
	rmdir "$1/rootfs/$2"
	mkdir -p "$1/rootfs/evil"
	ln -s /evil "$1/rootfs/$2"
	play "$1"
	[ "$(cat "$1.status")" = 0 ] || return 0
	has_not '^(proc|sysfs|1)$' "$(cat "$1.out")"
}

# fails without mount.real_directory, plan/build/oci/root.c
@test 'a /proc that is a symbolic link is not mounted through' { linked linkproc proc; }
@test 'a /sys that is a symbolic link is not mounted through' { linked linksys sys; }

@test 'a /proc that is a symbolic link out of the root is not mounted through' {
	mkdir -p evil
	bundle linkout 'args(["true"])'
	rmdir linkout/rootfs/proc
	ln -s "$DIR/evil" linkout/rootfs/proc
	play linkout
	same "$(ls evil)" ""
	has_not "$DIR/evil" "$(cat /proc/self/mountinfo)"
}

# ---- mount targets

@test 'a mount target with .. or a link in it does not lie outside of the root' {
	mkdir -p prize payload
	echo payload >payload/file
	bundle target "bind(\"$DIR/payload\"; \"/link/sub\"; [\"bind\"]) | bind(\"$DIR/payload\"; \"/../../../../../..$DIR/prize/up\"; [\"bind\"])
		| bind(\"$DIR/payload/file\"; \"/link/file\"; [\"bind\"]) | .linux.devices = [{path: \"/link/device\", type: \"c\", major: 1, minor: 3}] | args([\"true\"])"
	ln -s "$DIR/prize" target/rootfs/link
	play target
	same "$(ls -A prize)" ""
	rm target/rootfs/link
	ln -s "../../../../../../../../..$DIR/prize" target/rootfs/link
	oci delete --force target >/dev/null 2>&1 || true
	play target
	same "$(ls -A prize)" ""
}

# fails without RESOLVE_IN_ROOT in kernel/fs/inroot.c
@test 'a mount target that races with a symbolic link does not lie outside of the root' {
	mkdir -p prize2
	bundle racer "tmpfs(\"/mnt/a/b\"; []) | bind(\"$DIR/prize2\"; \"/shared\"; [\"bind\", \"ro\"]) | tmpfs(\"/mnt/a/c\"; []) | args([\"true\"])"
	ln -s "$DIR/prize2" racer/rootfs/link
	mkdir -p racer/rootfs/mnt
	"$CONFORMANCE/peer" swap racer/rootfs/mnt racer/rootfs/link 25 3>&- 4>&- &
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		timeout 60 "$RUNTIME" --root "$STATE" run --bundle "$DIR/racer" "racer$i" >>racer.out 2>&1 </dev/null 3>&- 4>&- || true
		rm -rf racer/rootfs/{mnt,link}/a 2>/dev/null || true
		[ -z "$(ls -A prize2)" ] || break
	done
	kill $! 2>/dev/null || true
	same "$(ls -A prize2)" ""
}

# ---- privileges

# fails if caps_set(), kernel/process/caps.c, keeps what is inheritable
@test 'inheritable and ambient capabilities of the runtime are not those of a container' {
	bundle inherited 'sh("grep -E \"Cap(Inh|Amb)\" /proc/self/status")'
	setpriv --inh-caps=+chown,+sys_admin,+net_raw --ambient-caps=+chown,+sys_admin "$RUNTIME" --root "$STATE" run --bundle "$DIR/inherited" inherited \
		>inherited.out 2>inherited.err </dev/null 3>&- 4>&- || { cat inherited.err; return 1; }
	same "$(tr -d '\n' <inherited.out)" "CapInh:	0000000000000000CapAmb:	0000000000000000"
	victim inherited2
	said=$(setpriv --inh-caps=+chown,+sys_admin,+net_raw --ambient-caps=+chown,+sys_admin "$RUNTIME" --root "$STATE" exec inherited2 grep -E 'Cap(Inh|Amb)' /proc/self/status </dev/null 3>&- 4>&-)
	remove inherited2
	same "$(tr -d '\n' <<<"$said")" "CapInh:	0000000000000000CapAmb:	0000000000000000"
}

# fails without setgroups() in user_apply(), plan/steps/user.c
@test 'supplementary groups of the runtime are not those of a container' {
	bundle groups '.process.user = {uid: 5, gid: 6} | sh("grep Groups /proc/self/status")'
	setpriv --groups 4242,27 "$RUNTIME" --root "$STATE" run --bundle "$DIR/groups" groups >groups.out 2>&1 </dev/null 3>&- 4>&-
	has_not '4242|27' "$(cat groups.out)"
	victim groups2 '.process.user = {uid: 5, gid: 6}'
	said=$(setpriv --groups 4242,27 "$RUNTIME" --root "$STATE" exec --user 7:8 groups2 grep Groups /proc/self/status </dev/null 3>&- 4>&-)
	remove groups2
	has_not '4242|27' "$said"
}

# ---- names

# fails without check_sysctls(), spec/oci/check.c
@test 'sysctl names with .. do not leave what is namespaced' {
	before=$(cat /proc/sys/kernel/core_pattern /proc/sys/vm/overcommit_memory)
	for name in net/../vm/overcommit_memory net.ipv4/../../vm/overcommit_memory net/ipv4/../../../sys/vm/overcommit_memory \
		kernel.shm_rmid_forced/../core_pattern kernel/msgmax/../core_pattern ../vm/overcommit_memory fs.mqueue/../../vm/overcommit_memory \
		kernel.core_pattern vm.overcommit_memory net; do
		rejected sysctl ".linux.sysctl = {\"$name\": \"$(cat /proc/sys/vm/overcommit_memory)\"}"
		rm -r sysctl
	done
	same "$(cat /proc/sys/kernel/core_pattern /proc/sys/vm/overcommit_memory)" "$before"
}

@test 'sysctls of a namespace that the container shares with the runtime are refused' {
	rejected sysctl1 'without_namespace("network") | .mounts |= map(select(.destination != "/sys")) | .linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	rejected sysctl2 'without_namespace("ipc") | .linux.sysctl = {"kernel.msgmax": "8192"}'
}

# (what keeps ours from that is several things, so none can be taken out alone: spec/oci/cgroups_path_test.c has the first)
@test 'cgroup paths with .. do not leave the cgroup file system' {
	for path in "/../../../../$DIR/prize3/a" "../../../../../../$DIR/prize3/b" "/$PARENT/../../../../../$DIR/prize3/c" "/.." ".." "/$PARENT/./../.."; do
		bundle cgroup ".linux.cgroupsPath = \"$path\" | args([\"sleep\", \"100\"])"
		if oci create --bundle "$DIR/cgroup" cgroup >cgroup.out 2>&1 </dev/null; then
			# never the root of a hierarchy: deleting it would mean all of the machine's processes
			! grep -qE '^[0-9]+:(memory|pids|devices|freezer)[^:]*:/$|^0::/$' <(grep -v name= "/proc/$(state cgroup pid)/cgroup" | { [ "$(world)" = v2 ] && cat || grep -v '^0::'; }) || return 1
			oci delete --force cgroup
		fi
		rm -r cgroup
		[ ! -e prize3 ]
	done
}

# fails without oci_id_check(), state/oci_container.c
@test 'container ids with /, .., control characters or 1,025 letters are refused' {
	bundle ids 'args(["true"])'
	mkdir -p state-of-ids
	# (this makes what there is without containers)
	! "$RUNTIME" --root "$DIR/state-of-ids" state none >/dev/null 2>&1 </dev/null 3>&- 4>&- || return 1
	before=$(find state-of-ids)
	for id in / a/b ../x .. . '' $'a\tb' $'a\nb' $'a\x1bb' $'a\x7fb' 'a b' 'a*b' "$(printf 'a%.0s' $(seq 1025))"; do
		! "$RUNTIME" --root "$DIR/state-of-ids" create --bundle "$DIR/ids" "$id" >ids.out 2>&1 </dev/null 3>&- 4>&- || return 1
		for command in state start "kill x" delete "delete --force" exec; do
			set -- $command
			[ "$command" = "kill x" ] && set -- kill
			"$RUNTIME" --root "$DIR/state-of-ids" "$@" "$id" >ids.out 2>&1 </dev/null 3>&- 4>&- || continue
			[ "$command" = "delete --force" ]	# of what is not there
		done
		same "$(find state-of-ids)" "$before"
		[ ! -e x ]
	done
}

# ---- what runs with the runtime's memory

# fails without PR_SET_DUMPABLE in user_apply(), plan/steps/user.c
@test 'a process that joins a container cannot be traced or read before it has become the program' {
	victim spied
	attack spied spy
	# one that waits to be started, with its capabilities dropped already
	bundle spied2 "without_namespace(\"pid\") | namespace(\"pid\"; \"/proc/$(state spied pid)/ns/pid\") | args([\"true\"])"
	create spied2
	for _ in 1 2 3 4; do in_container spied true; done
	over spied
	oci delete --force spied2
	remove spied
	has '^seen yes' "$(cat spied.said)"
	has '^got 0' "$(cat spied.said)"
}

@test 'a process that joins a container cannot be traced or read before it has become the program (of another user)' {
	victim spied3 '.process.user = {uid: 1000, gid: 1000} | capabilities([])'
	attack spied3 spy
	bundle spied4 "without_namespace(\"pid\") | namespace(\"pid\"; \"/proc/$(state spied3 pid)/ns/pid\") | .process.user = {uid: 1000, gid: 1000} | capabilities([]) | args([\"true\"])"
	create spied4
	for _ in 1 2 3; do in_container spied3 true; done
	over spied3
	oci delete --force spied4
	remove spied3
	has '^seen yes' "$(cat spied3.said)"
	has '^got 0' "$(cat spied3.said)"
}

# ---- seccomp and the other ways into the kernel (getppid is 110, of i386 64, of x32 110)

need_x86() { [ "$(uname -m)" = x86_64 ] || skip "there are no such calls on this architecture"; }

# fails without foreign_action(), kernel/seccomp/compile.c
@test 'seccomp: a call of x32 does not pass a filter that does not name that architecture' {
	need_x86
	# Every call of x86-64 is allowed but one, and everything else is killed: 159 is 128 and SIGSYS. What passes gets
	# a number or, from a kernel without x32, -38.
	names=$(sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/"\1",/p' /usr/include/x86_64-linux-gnu/asm/unistd_64.h | grep -v '"acct"')
	box x32 "seccomp([{names: [${names%,}], action: \"SCMP_ACT_ALLOW\"}]) | .linux.seccomp.defaultAction = \"SCMP_ACT_KILL_PROCESS\"
		| .linux.seccomp.architectures = [\"SCMP_ARCH_X86_64\"] | sh(\"probe call 39; probe x32 39; echo status \$?; probe call 163; echo status \$?\")"
	has '^[0-9]+$' "$(head -n 1 x32.out)"
	same "$(tail -n +2 x32.out)" "status 159
status 159"
}

@test 'seccomp: a call of i386 does not pass a filter that does not name that architecture' {
	need_x86
	"$CONFORMANCE/bundle/rootfs/bin/probe" i386 64 >/dev/null 2>&1 || skip "this kernel has no calls of i386"
	box i386 'seccomp([{names: ["getppid"], action: "SCMP_ACT_ERRNO"}]) | .linux.seccomp.architectures = ["SCMP_ARCH_X86_64"]
		| sh("probe i386 64; echo status $?")'
	has '^(status 159|-1|-38)$' "$(head -n 1 i386.out)"
}

@test 'seccomp: the rules hold for calls of x32 and i386 if the filter names these' {
	need_x86
	box others 'seccomp([{names: ["getppid"], action: "SCMP_ACT_ERRNO", errnoRet: 55}]) | sh("probe x32 110; probe i386 64; echo status $?")'
	same "$(head -n 1 others.out)" -55
	"$CONFORMANCE/bundle/rootfs/bin/probe" i386 64 >/dev/null 2>&1 || return 0
	same "$(sed -n 2p others.out)" -55
}

# ---- the keyring, the terminal, sockets

# fails without KEYCTL_JOIN_SESSION_KEYRING in session_apply(), plan/steps/session.c
@test 'a container does not have the session keyring of the runtime' {
	bundle keys 'args(["probe", "key", "conformance"])'
	"$CONFORMANCE/peer" key conformance "$CONFORMANCE/bundle/rootfs/bin/probe" key conformance | grep -q found || skip "no keyrings in this kernel"
	"$CONFORMANCE/peer" key conformance "$RUNTIME" --root "$STATE" run --bundle "$DIR/keys" keys >keys.out 2>&1 </dev/null 3>&- 4>&- || true
	has_not found "$(cat keys.out)"
	has KEYCTL_SEARCH "$(cat keys.out)"
	victim keys2
	said=$("$CONFORMANCE/peer" key conformance "$RUNTIME" --root "$STATE" exec keys2 probe key conformance </dev/null 3>&- 4>&-) || true
	remove keys2
	has KEYCTL_SEARCH "$said"
}

@test 'a container has the session keyring of the runtime if it shall (--no-new-keyring)' {
	bundle keys 'args(["probe", "key", "conformance"])'
	"$CONFORMANCE/peer" key conformance "$CONFORMANCE/bundle/rootfs/bin/probe" key conformance | grep -q found || skip "no keyrings in this kernel"
	"$CONFORMANCE/peer" key conformance "$RUNTIME" --root "$STATE" run --no-new-keyring --bundle "$DIR/keys" keys3 >keys.out 2>&1 </dev/null 3>&- 4>&-
	has found "$(cat keys.out)"
}

# fails without setsid() in session_apply(), plan/steps/session.c
@test 'a container cannot type into the terminal that the runtime was started on' {
	bundle typing 'sh("probe type word; echo controlling $(cut -d\" \" -f7 /proc/self/stat)")'
	"$CONFORMANCE/peer" terminal "$RUNTIME" --root "$STATE" run --bundle "$DIR/typing" typing >typing.out </dev/null 3>&- 4>&-
	has_not '^typed' "$(cat typing.out)"
	has '^controlling 0' "$(cat typing.out)"
	victim typing2
	"$CONFORMANCE/peer" terminal "$RUNTIME" --root "$STATE" exec typing2 sh -c 'probe type word; echo controlling $(cut -d" " -f7 /proc/self/stat)' \
		>typing2.out </dev/null 3>&- 4>&-
	remove typing2
	has_not '^typed' "$(cat typing2.out)"
	has '^controlling 0' "$(cat typing2.out)"
}

@test "the runtime has no abstract socket that a container with the machine's network could connect to" {
	sockets() { grep -o '@.*' /proc/net/unix | sort || true; }
	before=$(sockets)
	bundle abstract 'without_namespace("network") | .mounts |= map(select(.destination != "/sys")) | args(["cat", "/proc/net/unix"])'
	create abstract
	same "$(sockets)" "$before"
	start abstract
	await ended abstract
	same "$(grep -o '@.*' abstract.out | sort)" "$before"
	remove abstract
}
