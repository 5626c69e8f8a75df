# guise-oci: hooks (config.md, "POSIX-platform Hooks"; runtime.md, "Lifecycle").

load common
load oci

# hooks KIND... - a jq filter that adds a hook of each kind, which tells its kind, namespaces and state
all_hooks() {
	printf '.hooks = {'
	printf '"%s": [ { "path": "%s/hook", "args": ["hook", "%s"], "env": ["PATH=/bin:/usr/bin", "MARK=%s"] } ],' \
		"$(printf prestart)" "$DIR" prestart x createRuntime "$DIR" createRuntime x createContainer "$DIR" createContainer x \
		startContainer /bin hook x poststart "$DIR" poststart x poststop "$DIR" poststop x | sed 's/,$//'
	printf '}'
}

@test "each runs once, in its order, with the state on its input" {
	cat >hook <<-EOT
		#!/bin/sh
		{ printf '%s ' "\$1"; tr -d '\n'; echo; } >>$DIR/told
	EOT
	chmod +x hook
	sh_bundle b box 'exit 0' "$(all_hooks) | .hooks.startContainer[0] = { path: \"/hook\", args: [\"hook\", \"startContainer\"] } |
		.annotations = { \"a.b\": \"c\" }"
	printf '#!/bin/sh\n{ echo "$1"; /bin/cat; } >/told\n' >b/rootfs/hook
	chmod +x b/rootfs/hook
	oci create -b b box
	same "$(cut -d' ' -f1 told)" "prestart
createRuntime
createContainer"
	[ ! -e b/rootfs/told ]
	oci start box
	same "$(head -n1 b/rootfs/told)" startContainer
	await has_status box stopped
	oci delete box
	same "$(cut -d' ' -f1 told)" "prestart
createRuntime
createContainer
poststart
poststop"
	same "$(sed -n 's/^[a-zA-Z]* //p' told | jq -r '"\(.id) \(.status) \(.bundle) \(.annotations."a.b")"')" \
		"box creating $DIR/b c
box creating $DIR/b c
box creating $DIR/b c
box running $DIR/b c
box stopped $DIR/b c"
	same "$(sed 1d b/rootfs/told | jq -r '"\(.id) \(.status) \(.pid)"')" "box created 1"
	# the runtime's pid of it, and the container's
	has '^[0-9]{2,}$' "$(sed -n 's/^prestart //p' told | jq .pid)"
	same "$(sed -n 's/^createContainer //p' told | jq .pid)" 1
}

@test "namespaces: the runtime's, and the container's" {
	cat >hook <<-EOT
		#!/bin/sh
		echo "\$1 \$(readlink /proc/self/ns/mnt) \$(readlink /proc/self/ns/net) \$(pwd)" >>$DIR/told
	EOT
	chmod +x hook
	sh_bundle b box 'exit 0' "$(all_hooks) | del(.hooks.startContainer)"
	oci run -b b box
	here="$(readlink /proc/self/ns/mnt) $(readlink /proc/self/ns/net) $DIR/b"
	same "$(grep -cF " $here" told)" 4
	there=$(sed -n 's/^createContainer //p' told)
	[ "${there% *}" != "${here% *}" ]
	has "net:\\[" "$there"
}

@test "the environment is what the hook was given, and nothing else" {
	printf '#!/bin/sh\nenv >%s/env\n' "$DIR" >hook
	chmod +x hook
	sh_bundle b box 'exit 0' ".hooks.prestart = [ { path: \"$DIR/hook\", env: [\"ONE=1\"] } ]"
	SECRET=x oci run -b b box
	has '^ONE=1$' "$(cat env)"
	has_not SECRET "$(cat env)"
	has_not LIVE_TEST "$(cat env)"
}

@test "one that fails before the start destroys the container; poststop runs" {
	before=$(machine)
	printf '#!/bin/sh\necho poststop >>%s/told\n' "$DIR" >stop
	printf '#!/bin/sh\necho because >&2\nexit 9\n' >bad
	chmod +x stop bad
	for kind in prestart createRuntime createContainer; do
		rm -f told
		bundle b box ".hooks = { $kind: [ { path: \"$DIR/bad\" } ], poststop: [ { path: \"$DIR/stop\" } ] }"
		run -1 --separate-stderr oci create -b b box
		has 'because' "$stderr"
		same "$(cat told)" poststop
		same "$(oci list -q)" ""
	done
	rm told
	cp bad b/rootfs/bad
	bundle b box ".hooks = { startContainer: [ { path: \"/bad\" } ], poststop: [ { path: \"$DIR/stop\" } ] }"
	oci create -b b box
	run -1 oci start box
	oci delete --force box
	same "$(cat told)" poststop
	unchanged "$before"
}

@test "one that fails after the start destroys the container, one after the end is told of" {
	before=$(machine)
	printf '#!/bin/sh\necho because >&2\nexit 9\n' >bad
	printf '#!/bin/sh\necho "$0" >>%s/told\n' "$DIR" >good
	chmod +x bad good
	bundle b box ".hooks = { poststart: [ { path: \"$DIR/bad\" }, { path: \"$DIR/good\" } ],
		poststop: [ { path: \"$DIR/bad\" }, { path: \"$DIR/good\" } ] }"
	oci create -b b box
	run -1 --separate-stderr oci start box
	has 'poststart.*because' "$stderr"
	has 'poststop.*because' "$stderr"
	same "$(oci list -q)" ""
	for how in "" --detach; do run -1 oci run $how -b b box; done
	same "$(wc -l <told)" 3
	same "$(oci list -q)" ""
	unchanged "$before"
}

@test "a timeout ends the hook, and fails it" {
	printf '#!/bin/sh\nexec sleep 47110\n' >slow
	chmod +x slow
	bundle b box ".hooks = { createRuntime: [ { path: \"$DIR/slow\", timeout: 1 } ] }"
	SECONDS=0
	run -1 oci create -b b box
	[ $SECONDS -lt 60 ]
	! pgrep -fx "sleep 47110" || false
	same "$(oci list -q)" ""
}

@test "delete --force while a hook hangs" {
	before=$(machine)
	printf '#!/bin/sh\necho >%s/ready\nexec sleep 3\n' "$DIR" >slow
	chmod +x slow
	bundle b box ".hooks = { createRuntime: [ { path: \"$DIR/slow\" } ] }"
	oci create -b b box 3>&- &
	runtime=$!
	await test -e ready
	same "$(status_of box)" creating
	oci delete --force box
	wait "$runtime" && false || same "$?" 1
	unchanged "$before"
}

@test "environment, umask, directory, filter and no_new_privs of hooks are the runtime's, or the process's" {
	cat >hook <<-EOT
		#!/bin/sh
		echo "\$1 \$OWN \$(umask) \$(pwd -P) \$(grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\n\t')" >>\$2/said
	EOT
	chmod +x hook
	sh_bundle b box true ".process.env += [\"OWN=process\"] | .process.user.umask = 23 | .process.noNewPrivileges = true | .process.cwd = \"/tmp\"
		| .linux.seccomp = { defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{ names: [\"acct\"], action: \"SCMP_ACT_ERRNO\" }] }
		| .mounts += [{ destination: \"/mnt\", source: \"$DIR\", options: [\"bind\"] }]
		| .hooks = ([\"prestart\", \"createRuntime\", \"createContainer\", \"poststart\", \"poststop\"] | map({ key: ., value: [{ path: \"$DIR/hook\", args: [\"hook\", ., \"$DIR\"] }] }) | from_entries)
		| .hooks.startContainer = [{ path: \"/mnt/hook\", args: [\"hook\", \"startContainer\", \"/mnt\"], timeout: 4294967 }]
		| .hooks.prestart += [{ path: \"$DIR/hook\", args: [\"hook\", \"none\", \"$DIR\"], env: [] }]"
	(umask 0005; OWN=runtime oci run -b b box)
	same "$(sort said)" "createContainer runtime 0005 $DIR/b NoNewPrivs:0Seccomp:0
createRuntime runtime 0005 $DIR/b NoNewPrivs:0Seccomp:0
none  0005 $DIR/b NoNewPrivs:0Seccomp:0
poststart runtime 0005 $DIR/b NoNewPrivs:0Seccomp:0
poststop runtime 0005 $DIR/b NoNewPrivs:0Seccomp:0
prestart runtime 0005 $DIR/b NoNewPrivs:0Seccomp:0
startContainer process 0027 /tmp NoNewPrivs:1Seccomp:2"
}
