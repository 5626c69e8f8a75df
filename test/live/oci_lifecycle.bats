# guise-oci: create, start, run, state, list, kill, delete (runtime.md, "Lifecycle"; runc(8)).

load common
load oci

@test "create, start, kill, delete: the state says where it is" {
	before=$(machine)
	sh_bundle b box 'trap "exit 7" TERM; echo >/ready; while :; do sleep .05; done'
	oci create -b b box
	same "$(status_of box)" created
	pid=$(oci state box | jq .pid)
	[ -d "/proc/$pid" ]
	# nothing of the command has been executed yet
	has_not busybox "$(readlink "/proc/$pid/exe")"
	oci start box
	same "$(status_of box)" running
	same "$(oci state box | jq .pid)" "$pid"
	executed() { readlink "/proc/$pid/exe" | grep -q busybox; }
	await executed
	await test -e b/rootfs/ready
	oci kill box TERM
	await has_status box stopped
	same "$(oci state box | jq .pid)" 0
	oci delete box
	run -1 oci state box
	unchanged "$before"
}

@test "state: all fields, with annotations" {
	bundle b box '.annotations = {"org.one": "1", "two": "z\"ei"}'
	oci create -b b box
	oci state box >said
	same "$(jq -r 'keys_unsorted | join(" ")' said)" \
		"ociVersion id pid status bundle rootfs created annotations owner"
	same "$(jq -r '.id, .bundle, .rootfs, .annotations.two' said)" "box
$DIR/b
$DIR/b/rootfs
z\"ei"
	has '^20..-..-..T..:..:..\.?[0-9]*Z$' "$(jq -r .created said)"
	oci delete box
}

@test "list: table, json, quiet" {
	run oci list
	same "$status" 1
	has "find the state directory $STATE: No such file" "$output"
	[ ! -e "$STATE" ]
	bundle b1 one
	bundle b2 two
	oci run -d -b b2 two >/dev/null </dev/null
	oci create -b b1 one
	same "$(oci list -q)" "one
two"
	has '^ID +PID +STATUS +BUNDLE +CREATED +OWNER$' "$(oci list)"
	has "^one +[0-9]+ +created +$DIR/b1 +20.* +root" "$(oci list)"
	# each column begins where its heading does
	same "$(oci list | awk '{ print index($0, "'"$DIR"'/b") }' | sort -u | tail -n +2)" "$(oci list | awk 'NR == 1 { print index($0, "BUNDLE") }')"
	same "$(oci list --format json | jq -r 'sort_by(.id) | .[] | "\(.id) \(.status) \(.owner)"')" "one created root
two running root"
	oci delete --force one
	oci delete -f two
	same "$(oci list -f json | jq length)" 0
}

@test "run: output, exit status, nothing left" {
	before=$(machine)
	sh_bundle b box 'echo out; echo err >&2; read -r line; echo "got $line"; exit 5'
	run -5 --separate-stderr oci run -b b box <<<"typed"
	same "$output" "out
got typed"
	same "$stderr" "err"
	sh_bundle b box 'kill -9 $$'
	run oci run -b b box
	[ "$status" = 137 ] || [ "$status" = 0 ] # process 1 of a pid namespace cannot kill itself
	unchanged "$before"
}

@test "run: signals reach the command" {
	sh_bundle b box 'trap "echo usr1; exit 3" USR1; echo ready; while :; do sleep .05; done'
	"$RUNTIME" --root "$STATE" run -b b box >out 3>&- &
	runtime=$!
	await grep -q ready out
	kill -USR1 "$runtime"
	wait "$runtime" && false || same "$?" 3
	has usr1 "$(cat out)"
}

@test "run --keep and --detach" {
	sh_bundle b box 'exit 4'
	run -4 oci run --keep -b b box
	same "$(status_of box)" stopped
	oci delete box
	bundle b box
	oci run --detach --pid-file pid -b b box >/dev/null </dev/null
	same "$(cat pid)" "$(oci state box | jq .pid)"
	same "$(status_of box)" running
	oci kill --all box 9
	await has_status box stopped
	oci delete box
}

@test "the command does not exist: create fails, in the words that engines look for" {
	before=$(machine)
	bundle b box '.process.args = ["nope"]'
	run -1 --separate-stderr oci create -b b box
	has 'executable file not found in \$PATH' "$stderr"
	bundle b box '.process.args = ["/nope"]'
	run -1 --separate-stderr oci create -b b box
	has 'no such file or directory' "${stderr,,}"
	bundle b box '.process.args = ["/etc/passwd"]'
	run -1 --separate-stderr oci create -b b box
	has 'permission denied' "${stderr,,}"
	same "$(oci list -q)" ""
	unchanged "$before"
}

@test "an interpreter that does not exist: start fails, and the container is gone or stopped" {
	before=$(machine)
	bundle b box '.process.args = ["/bin/script"]'
	printf '#!/no/such\n' >b/rootfs/bin/script
	chmod +x b/rootfs/bin/script
	oci create -b b box
	run -1 oci start box
	has 'no such file or directory' "${output,,}"
	oci delete --force box
	unchanged "$before"
}

@test "errors: what is not there, or in another state" {
	run -1 oci state box
	has 'container .*does not exist' "$output"
	run -1 oci start box
	has 'container .*does not exist' "$output"
	run -1 oci delete box
	has 'container .*does not exist' "$output"
	oci delete --force box
	bundle b box
	oci create -b b box
	run -1 oci create -b b box
	has 'container with given ID already exists' "$output"
	same "$(status_of box)" created
	oci start box
	run -1 oci start box
	run -1 oci delete box
	has 'not stopped: running' "$output"
	same "$(status_of box)" running
	oci kill box KILL
	await has_status box stopped
	run -1 oci kill box TERM
	has 'container (is )?not running' "$output"
	run -1 oci exec box true || run -255 oci exec box true
	has 'cannot exec in a stopped container' "$output"
	oci delete box
}

@test "ids that are none" {
	bundle b box
	for id in "" . .. a/b ../x $'a\nb' "a b" "$(printf '%01025d' 0)"; do
		run -1 oci create -b b "$id"
	done
	same "$(oci list -q)" ""
	oci create -b b 'A_b+c-d.1'
	same "$(status_of 'A_b+c-d.1')" created
	oci delete 'A_b+c-d.1'
}

@test "kill: by name and number; a created container can be ended" {
	local signal
	for signal in SIGTERM TERM 15 term; do
		sh_bundle b box 'trap "echo term >/got; exit" TERM; echo >/ready; while :; do sleep .05; done'
		rm -f b/rootfs/{got,ready}
		oci run -d -b b box >/dev/null </dev/null
		await test -e b/rootfs/ready
		oci kill box "$signal"
		await has_status box stopped
		same "$(cat b/rootfs/got)" term
		oci delete box
	done
	bundle b box
	oci create -b b box
	run -1 oci kill box NOPE
	oci kill box TERM
	await has_status box stopped
	oci delete box
}

@test "delete --force: whatever runs, and every state" {
	before=$(machine)
	sh_bundle b box 'trap "" TERM; sleep 1000 & sleep 1000 & wait'
	oci create -b b box
	oci delete --force box
	oci create -b b box
	oci start box
	oci delete --force box
	oci delete --force box
	unchanged "$before"
}

@test "delete --regex" {
	for id in web-1 web-2 db; do
		bundle "b-$id" "$id"
		oci create -b "b-$id" "$id"
	done
	oci delete --force --regex '^web-'
	same "$(oci list -q)" db
	oci delete db
}

@test "--log: JSON lines, and text; the same on standard error" {
	run -1 --separate-stderr oci --log "$DIR/log" --log-format json state nope
	same "${#stderr_lines[@]}" 1
	same "$(jq -r .level log)" error
	has 'does not exist' "$(jq -r .msg log)"
	has '^20..-..-..T..:..:' "$(jq -r .time log)"
	run -1 oci --log="$DIR/text" state nope
	has 'level=error msg=".*does not exist' "$(cat text)"
}

@test "--debug and --log-level: steps are told to the log; warnings can be left out" {
	bundle b box '.annotations = { "run.oci.handler": "krun" } | .process.env += ["SECRET=1"]'
	oci --log "$DIR/log" --log-format json --debug create -b b box >/dev/null 2>err </dev/null
	has 'step process: ' "$(jq -r 'select(.level == "debug") | .msg' log)"
	has 'step hostname: hostname box' "$(jq -r .msg log)"
	has "its first process is $(oci state box | jq .pid)" "$(jq -r .msg log)"
	has_not SECRET "$(cat log)"
	same "$(wc -l <err)" 1
	has 'warning: .*run.oci.handler' "$(cat err)"
	oci start box
	run -0 --separate-stderr oci --log-level debug exec box true
	has 'guise-oci: debug: step exec: true' "$stderr"
	run -0 --separate-stderr oci --log "$DIR/quiet" exec box true
	same "$stderr" ""
	[ ! -e quiet ]
	oci delete --force box
	oci --log "$DIR/quiet" --log-level error create -b b box >/dev/null 2>err </dev/null
	same "$(cat err)" ""
	[ ! -e quiet ]
	oci delete --force box
}

@test "the command line that Go programs may use" {
	bundle b box
	oci create -bundle b -pid-file=pid box
	same "$(cat pid)" "$(oci state box | jq .pid)"
	oci delete -force box
	oci create --bundle=b box
	oci delete box --force
}

@test "--timing names phases" {
	sh_bundle b box 'exit 0'
	for verb in run create; do
		oci --timing "$verb" -b b box >/dev/null 2>err </dev/null
		for phase in spec probe plan record clone "host's steps beside it" "the first process's steps" 'in all'; do
			has "^ *[0-9]+\\.[0-9]{3} ms  $phase\$" "$(cat err)"
		done
	done
	oci delete --force box
}

@test "twenty at once" {
	before=$(machine)
	for i in {1..20}; do
		sh_bundle "b$i" "box$i" "exit $i"
	done
	for i in {1..20}; do
		oci run -b "b$i" "box$i" 3>&- &
		jobs[i]=$!
	done
	for i in {1..20}; do
		wait "${jobs[i]}" && false || same "$?" "$i"
	done
	unchanged "$before"
}

@test "run and exec with a pid file that can't be written execute nothing" {
	sh_bundle b box 'touch /executed'
	run -1 oci run --pid-file /no/dir/pid -b b box </dev/null
	run -1 oci run -d --pid-file /no/dir/pid -b b box </dev/null
	[ ! -e b/rootfs/executed ]
	run -1 oci state box
	sh_bundle b box 'exec sleep 1000'
	oci run -d -b b box </dev/null >/dev/null
	run oci exec --pid-file /no/dir/pid box touch /executed </dev/null
	[ "$status" != 0 ]
	[ ! -e b/rootfs/executed ]
	run oci exec --pid-file pid box nope </dev/null
	[ ! -e pid ]
	oci delete --force box
}
