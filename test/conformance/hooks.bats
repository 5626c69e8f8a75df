#!/usr/bin/env bats
# config.md and runtime.md: hooks.
#
# The container `all` has two hooks of every kind. Each writes what it sees to the file `log`, in lines that begin with
# its name, and the state that it was given to states/NAME; the test adds lines between the operations. The hooks are
# busybox with a script, which needs argv[0] to be what the configuration says.

load common

# shellcheck disable=SC2016
script='cat >$LOG/states/$NAME
	pid=$(sed -n "s/.*\"pid\": *\([0-9]*\).*/\1/p" $LOG/states/$NAME | head -n 1)
	echo "$NAME called" >>$LOG/log
	for ns in mnt uts ipc net pid; do echo "$NAME ns: $ns $(readlink /proc/self/ns/$ns)"; done >>$LOG/log
	echo "$NAME arg: <$0> <$1>" >>$LOG/log
	echo "$NAME env: <$A> <$HOME>" >>$LOG/log
	echo "$NAME root: $(ls -d /marker-of-the-image 2>&1)" >>$LOG/log
	echo "$NAME mounts: $(cat /proc/$pid/mountinfo | grep /marker | cut -d " " -f 5)" >>$LOG/log'

kinds='prestart createRuntime createContainer startContainer poststart poststop'

setup_file() {
	local kind filter=.

	prepare
	mkdir "$DIR/states"
	for kind in $kinds; do
		for n in 1 2; do
			filter+=" | hook(\"$kind\"; {path: \"/bin/busybox\", args: [\"sh\", \"-c\", \$script, \"zero\", \"one two\"],
				env: [\"LOG=$([ $kind = startContainer ] && echo /mnt || echo "$DIR")\", \"NAME=$kind$n\", \"A=b c\",
				\"PATH=/usr/sbin:/usr/bin:/sbin:/bin\"], timeout: 60})"
		done
	done
	bundle all "$filter"' | .annotations = {"com.example.a": "b"} | bind("\($dir)"; "/mnt"; ["bind"]) | tmpfs("/marker"; [])
		| sh("echo program >>/mnt/log; sleep 100")'
	touch "$DIR/all/rootfs/marker-of-the-image"
	create all
	echo created >>"$DIR/log"
	oci state all >"$DIR/state.json"
	for ns in mnt uts ipc net pid; do echo "runtime ns: $ns $(readlink /proc/self/ns/$ns)"; done >>"$DIR/log"
	for ns in mnt uts ipc net pid; do echo "container ns: $ns $(readlink "/proc/$(state all pid)/ns/$ns")"; done >>"$DIR/log"
	start all
	echo started >>"$DIR/log"
	await grep -q '^program' "$DIR/log"
	quiet kill all KILL
	await ended all
	echo delete >>"$DIR/log"
	quiet delete all
	echo deleted >>"$DIR/log"
}

# The order of all that happened.
order() { grep -xE '[a-zA-Z]+[12] called|created|started|program|delete|deleted' "$DIR/log" | sed 's/ called//' | tr '\n' ' '; }
said() { sed -n "s/^$1 $2: //p" "$DIR/log"; } # NAME KEY
after() { [[ " $(order)" == *" $1 "*"$2 "* ]] || { echo "order: $(order)"; return 1; }; } # EARLIER LATER
namespaces() { # NAME like runtime|container [but NS...]
	local ns

	for ns in mnt uts ipc net pid; do
		case " ${*:3} " in *" $ns "*) continue ;; esac
		same "$ns: $(said "$1" ns | grep "^$ns ")" "$ns: $(said "$2" ns | grep "^$ns ")"
	done
}

# The container FAIL with a hook of KIND that fails, and one after it.
failing() { # KIND [PATH]
	local path=${2:-/bin/busybox}

	bundle "fail-$1" "hook(\"$1\"; {path: \"$path\", args: [\"false\"]}) | hook(\"$1\"; {path: \"/bin/busybox\", args: [\"touch\", \"$([ "$1" = startContainer ] && echo /mnt || echo "$DIR")/second-$1\"]})
		| hook(\"poststop\"; {path: \"/bin/busybox\", args: [\"touch\", \"$DIR/poststop-$1\"]})
		| bind(\"$DIR\"; \"/mnt\"; [\"bind\"]) | sh(\"echo >/mnt/ran-$1; sleep 100\")"
}

# It has ended, or is deleted already.
over() { ended "$1" || ! oci state "$1" >/dev/null 2>&1; }

# ---- the configuration of hooks

@test 'This specification extends the IEEE standard in that path MUST be absolute.' {
	rejected relative 'hook("createRuntime"; {path: "busybox", args: ["true"]})'
}

@test "args (array of strings, OPTIONAL) with the same semantics as IEEE Std 1003.1-2008 execv's argv." {
	for kind in $kinds; do same "$kind $(said ${kind}1 arg)" "$kind <zero> <one two>"; done
}

@test "hooks: env (array of strings, OPTIONAL) with the same semantics as IEEE Std 1003.1-2008's environ." {
	for kind in $kinds; do same "$kind $(said ${kind}1 env)" "$kind <b c> <>"; done
}

@test 'timeout (int, OPTIONAL) is the number of seconds before aborting the hook.' {
	bundle slow 'hook("createRuntime"; {path: "/bin/busybox", args: ["sleep", "100"], timeout: 1}) | args(["true"])'
	before=$SECONDS
	refused create --bundle "$DIR/slow" slow
	[ $((SECONDS - before)) -lt 50 ]
	nothing_left slow
}

@test 'If set, timeout MUST be greater than zero.' {
	rejected timeout 'hook("createRuntime"; {path: "/bin/busybox", args: ["true"], timeout: 0})'
	rejected timeout2 'hook("createRuntime"; {path: "/bin/busybox", args: ["true"], timeout: -1})'
}

@test 'The value of path MUST resolve in the runtime namespace. (prestart, createRuntime, createContainer, poststart, poststop)' {
	for kind in prestart createRuntime createContainer poststart poststop; do after ${kind}1 deleted || [ $kind = poststop ]; done
	for kind in prestart createRuntime createContainer; do rejected $kind "hook(\"$kind\"; {path: \"/marker-of-the-image\"})"; done
}

@test 'The value of path MUST resolve in the container namespace. (startContainer)' {
	bundle resolve 'hook("startContainer"; {path: "/only-inside", args: ["touch", "/called"]}) | args(["sleep", "100"])'
	cp resolve/rootfs/bin/busybox resolve/rootfs/only-inside
	rm resolve/rootfs/bin/true
	printf '#!/bin/sh\necho >/called\n' >resolve/rootfs/only-inside
	create resolve
	start resolve
	[ -e resolve/rootfs/called ]
	remove resolve
}

@test 'Hooks MUST be called in the listed order.' {
	for kind in $kinds; do after ${kind}1 ${kind}2; done
}

@test 'The state of the container MUST be passed to hooks over stdin so that they may do work appropriate to the current state of the container.' {
	for kind in $kinds; do
		for n in 1 2; do
			same "$kind $(jq -r '"\(.id) \(.bundle) \(.annotations["com.example.a"])"' states/$kind$n)" "$kind all $DIR/all b"
		done
	done
}

@test 'the state that hooks are given has the status of that moment' {
	for kind in prestart createRuntime createContainer; do same "$kind $(jq -r .status states/${kind}1)" "$kind creating"; done
	has '^(created|creating)$' "$(jq -r .status states/startContainer1)"
	same "$(jq -r .status states/poststart1)" running
	same "$(jq -r .status states/poststop1)" stopped
}

@test 'pid: For hooks executed in the runtime namespace, it is the pid as seen by the runtime.' {
	for kind in prestart createRuntime poststart; do same "$kind $(jq .pid states/${kind}1)" "$kind $(jq .pid state.json)"; done
}

@test 'pid: For hooks executed in the container namespace, it is the pid as seen by the container.' {
	same "$(jq .pid states/startContainer1)" 1
	same "$(jq .pid states/createContainer1)" 1
}

# ---- prestart

@test 'The prestart hooks MUST be called as part of the create operation after the runtime environment has been created (according to the configuration in config.json) but before the pivot_root or any equivalent operation has been executed.' {
	after prestart1 created
	has "rootfs/marker" "$(said prestart1 mounts)"
}

@test 'The prestart hooks MUST be called before the createRuntime hooks.' {
	after prestart2 createRuntime1
}

@test 'The prestart hooks MUST be executed in the runtime namespace.' {
	namespaces prestart1 runtime
}

@test 'If any prestart hook fails, the runtime MUST generate an error, stop the container, and continue the lifecycle at step 12.' {
	failing prestart
	refused create --bundle "$DIR/fail-prestart" fail-prestart
	nothing_left fail-prestart
	[ ! -e second-prestart ]
	[ -e poststop-prestart ]
}

# ---- createRuntime

@test 'The createRuntime hooks MUST be called as part of the create operation after the runtime environment has been created (according to the configuration in config.json) but before the pivot_root or any equivalent operation has been executed.' {
	after createRuntime1 created
	has "rootfs/marker" "$(said createRuntime1 mounts)"
}

@test 'The createRuntime hooks MUST be executed in the runtime namespace.' {
	namespaces createRuntime1 runtime
}

@test 'If any createRuntime hook fails, the runtime MUST generate an error, stop the container, and continue the lifecycle at step 12.' {
	failing createRuntime
	refused create --bundle "$DIR/fail-createRuntime" fail-createRuntime
	nothing_left fail-createRuntime
	[ ! -e second-createRuntime ]
	[ -e poststop-createRuntime ]
}

# ---- createContainer

@test 'The createContainer hooks MUST be called as part of the create operation after the runtime environment has been created (according to the configuration in config.json) but before the pivot_root or any equivalent operation has been executed.' {
	after createContainer1 created
	has 'No such file' "$(said createContainer1 root)"
	has "rootfs/marker" "$(said createContainer1 mounts)$(said createRuntime1 mounts)"
}

@test 'The createContainer hooks MUST be called after the createRuntime hooks.' {
	after createRuntime2 createContainer1
}

@test 'The createContainer hooks MUST be executed in the container namespace.' {
	namespaces createContainer1 container
}

@test 'If any createContainer hook fails, the runtime MUST generate an error, stop the container, and continue the lifecycle at step 12.' {
	failing createContainer
	refused create --bundle "$DIR/fail-createContainer" fail-createContainer
	nothing_left fail-createContainer
	[ ! -e second-createContainer ]
	[ -e poststop-createContainer ]
}

# ---- startContainer

@test 'The startContainer hooks MUST be called before the user-specified process is executed as part of the start operation.' {
	after created startContainer1
	after startContainer2 program
}

@test 'The startContainer hooks MUST be executed in the container namespace.' {
	namespaces startContainer1 container
	same "$(said startContainer1 root)" /marker-of-the-image
}

@test 'If any startContainer hook fails, the runtime MUST generate an error, stop the container, and continue the lifecycle at step 12.' {
	failing startContainer
	create fail-startContainer
	refused start fail-startContainer
	await over fail-startContainer
	[ ! -e ran-startContainer ]
	[ ! -e second-startContainer ]
	oci delete --force fail-startContainer 2>/dev/null || true
	[ -e poststop-startContainer ]
}

# ---- poststart

@test 'The poststart hooks MUST be called after the user-specified process is executed but before the start operation returns.' {
	after poststart2 started
	after startContainer2 poststart1
}

@test 'The poststart hooks MUST be executed in the runtime namespace.' {
	namespaces poststart1 runtime
}

@test 'If any poststart hook fails, the runtime MUST generate an error, stop the container, and continue the lifecycle at step 12.' {
	failing poststart
	create fail-poststart
	refused start fail-poststart
	await over fail-poststart
	[ ! -e second-poststart ]
	oci delete --force fail-poststart 2>/dev/null || true
	[ -e poststop-poststart ]
}

# ---- poststop

@test 'The poststop hooks MUST be called after the container is deleted but before the delete operation returns.' {
	after delete poststop1
	after poststop2 deleted
}

@test 'The poststop hooks MUST be executed in the runtime namespace.' {
	namespaces poststop1 runtime
}

@test 'If any poststop hook fails, the runtime MUST log a warning, but the remaining hooks and lifecycle continue as if the hook had succeeded.' {
	failing poststop
	create fail-poststop
	start fail-poststop
	quiet kill fail-poststop KILL
	await ended fail-poststop
	oci delete fail-poststop >warning 2>&1
	[ -s warning ]
	[ -e second-poststop ]
	nothing_left fail-poststop
}
