#!/usr/bin/env bats
# podman and docker: $ENGINE is one of them. What a user of each does with containers, above $RUNTIME.

load common

setup_file() {
	load common
	"${ENGINE}_start"
}

teardown_file() {
	load common
	"${ENGINE}_stop"
	remove_cgroups
}

teardown() {
	remove_all || true
}

# A container in the foreground, without network, gone at its end.
box() { engine run --rm --network none "$@"; }
# One that goes on, named one.
start() { engine run -d --name one --network none "$@" >/dev/null; }
pid() { engine inspect -f '{{.State.Pid}}' one; }

@test "$ENGINE: run prints what the command prints, and ends with its status" {
	run box localhost/bb sh -c 'echo out; exit 7'
	same "$status" 7
	same "$output" out
}

@test "$ENGINE: a command that is not there is 127, one that is no program 126" {
	run -127 box localhost/bb no-such-command
	run box localhost/bb /etc/passwd
	same "$status" 126
}

@test "$ENGINE: a container killed by a signal is 128 and its number" {
	run box localhost/bb sh -c 'kill -TERM $$; sleep 5' # process 1 has no handler: ignored
	same "$status" 0
	start localhost/bb sleep 100
	engine kill -s KILL one
	same "$(engine wait one)" 137
}

@test "$ENGINE: standard input reaches the command" {
	same "$(echo typed | box -i localhost/bb cat)" typed
}

@test "$ENGINE: environment, working directory, host name, entry point" {
	same "$(box -e A=b -w /home/ann -h box localhost/bb sh -c 'echo $A $PWD $(hostname)')" "b /home/ann box"
	same "$(box --entrypoint echo localhost/bb hello)" hello
}

@test "$ENGINE: -it is a terminal of the window's size" {
	run person size=33x77 expect='33 77' expect='/dev/(pts/0|console)' -- \
		bash -c 'source "$0"; engine run --rm -it --network none localhost/bb sh -c "sleep 1; stty size; tty"' \
		"$BATS_TEST_DIRNAME/common.bash"
	echo "$output"
	same "$status" 0
}

@test "$ENGINE: exec runs one more process: output, status, environment, user, directory" {
	start localhost/bb sleep 100
	same "$(engine exec one echo hello)" hello
	run engine exec one sh -c 'exit 3'
	same "$status" 3
	same "$(engine exec -e A=b -u ann -w /tmp one sh -c 'echo $A $(id -u) $PWD')" "b 1000 /tmp"
	same "$(echo typed | engine exec -i one cat)" typed
	has 'sleep 100' "$(engine exec one ps)"
	run ! engine exec one no-such-command
	[ "$status" = 127 ] || [ "$status" = 126 ] # docker 20.10: 126, below runc too
}

@test "$ENGINE: exec -it is a terminal, and Ctrl-C reaches the command" {
	start localhost/bb sleep 100
	run person size=25x81 expect='25 81' expect=ready 'send=\x03' expect=interrupted -- \
		bash -c 'source "$0"; engine exec -it one sh -c "sleep 1; stty size; trap \"echo interrupted; exit 0\" INT
			echo ready; while :; do sleep 1; done"' "$BATS_TEST_DIRNAME/common.bash"
	echo "$output"
	same "$status" 0
}

@test "$ENGINE: exec -d runs in the background" {
	start localhost/bb sleep 100
	engine exec -d one touch /tmp/there
	await engine exec one test -e /tmp/there
}

@test "$ENGINE: stop sends SIGTERM and waits; logs has what was printed" {
	start localhost/bb sh -c 'trap "echo asked; exit 5" TERM; echo ready; while :; do sleep .1; done'
	await eval "engine logs one | grep -q ready"
	engine stop -t 20 one
	same "$(engine inspect -f '{{.State.ExitCode}}' one)" 5
	has asked "$(engine logs one)"
}

@test "$ENGINE: stop kills who does not listen; start again runs it anew" {
	start localhost/bb sh -c 'echo once; sleep 100'
	engine stop -t 1 one
	same "$(engine inspect -f '{{.State.ExitCode}}' one)" 137
	engine start one
	same "$(engine inspect -f '{{.State.Running}}' one)" true
	await eval '[ "$(engine logs one | grep -c once)" = 2 ]'
}

@test "$ENGINE: kill sends any signal" {
	start localhost/bb sh -c 'trap "echo got it" USR1; echo ready; while :; do sleep .1; done'
	await eval "engine logs one | grep -q ready"
	engine kill -s USR1 one
	await eval "engine logs one | grep -q 'got it'"
}

@test "$ENGINE: pause stops all processes, unpause lets them go on" {
	start localhost/bb sh -c 'while :; do echo x; sleep .1; done'
	engine pause one
	same "$(engine inspect -f '{{.State.Paused}}' one)" true
	before=$(engine logs one | wc -l)
	sleep 1
	same "$(engine logs one | wc -l)" "$before"
	engine unpause one
	await eval '[ "$(engine logs one | wc -l)" -gt '"$before"' ]'
}

@test "$ENGINE: stats tells what a container uses" {
	start -m 64m localhost/bb sleep 100
	run engine stats --no-stream --format '{{.Name}} {{.MemUsage}} {{.PIDs}}' one
	echo "$output"
	has '^one [0-9.]+[kKM]i?B / (64MiB|67.11MB) 1$' "$output"
}

@test "$ENGINE: top shows the processes with their host's ids" {
	start localhost/bb sleep 100
	has 'sleep 100' "$(engine top one)"
}

@test "$ENGINE: limits are in the kernel's files" {
	start -m 64m --pids-limit 33 --cpus 0.5 --cpu-shares 512 --cpuset-cpus 0 localhost/bb sleep 100
	same "$(limit "$(pid)" memory.max memory memory.limit_in_bytes)" 67108864
	same "$(limit "$(pid)" pids.max pids pids.max)" 33
	same "$(limit "$(pid)" cpuset.cpus cpuset cpuset.cpus)" 0
	if is_v2; then
		same "$(limit "$(pid)" cpu.max)" "50000 100000"
	else
		same "$(limit "$(pid)" - cpu cpu.cfs_quota_us)" 50000
		same "$(limit "$(pid)" - cpu cpu.shares)" 512
	fi
}

@test "$ENGINE: update changes limits while it runs" {
	start -m 64m localhost/bb sleep 100
	case $ENGINE in
	docker) engine update -m 32m --memory-swap 32m --pids-limit 22 --cpu-shares 256 one ;;
	podman) engine update --help 2>/dev/null | grep -q -- --memory || skip "this podman has no update"
		engine update -m 32m one ;;
	esac
	same "$(limit "$(pid)" memory.max memory memory.limit_in_bytes)" 33554432
}

# docker hears of it and of the end of the container by two ways (containerd's events), and at times too late.
out_of_memory() {
	remove_all || true
	run engine run --name one --network none -m 16m --memory-swap 16m localhost/bb dd if=/dev/zero of=/dev/null bs=64M count=1
	[ "$status" = 137 ] && { [ "$ENGINE" = podman ] || [ "$(engine inspect -f '{{.State.OOMKilled}}' one)" = true ]; }
}

@test "$ENGINE: out of memory is told" {
	await out_of_memory # (conmon 2.1 does not see it, below whichever runtime)
}

@test "$ENGINE: volumes: read, write, read-only, and a file" {
	mkdir -p "$ENGINES/volume"
	echo outside >"$ENGINES/volume/file"
	same "$(box -v "$ENGINES/volume:/mnt" localhost/bb sh -c 'cat /mnt/file; echo inside >/mnt/new')" outside
	same "$(cat "$ENGINES/volume/new")" inside
	run box -v "$ENGINES/volume:/mnt:ro" localhost/bb touch /mnt/x
	same "$status" 1
	has 'Read-only file system' "$output"
	same "$(box -v "$ENGINES/volume/file:/etc/one" localhost/bb cat /etc/one)" outside
	# a named one begins with what the image has there
	same "$(box -v named:/var/data localhost/bb cat /var/data/file)" in-the-image
	engine volume rm named
}

@test "$ENGINE: read-only root, tmpfs, shm size" {
	run box --read-only localhost/bb touch /x
	same "$status" 1
	box --read-only --tmpfs /tmp:size=1m,mode=1777 localhost/bb touch /tmp/x
	has '^tmpfs +1024 ' "$(box --tmpfs /mnt:size=1m localhost/bb df -k /mnt)"
	has ' 2048 ' "$(box --shm-size 2m localhost/bb df -k /dev/shm)"
}

@test "$ENGINE: users and groups" {
	has 'uid=1000\(ann\) gid=1000\(ann\)' "$(box -u ann localhost/bb id)"
	has 'uid=12.* gid=34' "$(box -u 12:34 localhost/bb id)"
	has '29\(audio\)' "$(box -u ann localhost/bb id)"
	has '44\(video\)' "$(box --group-add video localhost/bb id)"
}

@test "$ENGINE: capabilities: the default, added, dropped, none" {
	caps() { box "$@" localhost/bb grep CapEff /proc/self/status | cut -f 2; }
	default=$(caps)
	[ $((0x$default & 1 << 21)) = 0 ] # CAP_SYS_ADMIN
	[ $((0x$(caps --cap-add SYS_ADMIN) & 1 << 21)) != 0 ]
	[ $((0x$(caps --cap-drop CHOWN) & 1)) = 0 ]
	same "$(caps --cap-drop ALL)" 0000000000000000
	same "$(caps -u ann)" 0000000000000000
}

@test "$ENGINE: seccomp: the default filter, none, one's own" {
	mode() { box "$@" localhost/bb grep -w Seccomp: /proc/self/status | cut -f 2; }
	same "$(mode)" 2
	same "$(mode --security-opt seccomp=unconfined)" 0
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
		"syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}' >"$ENGINES/seccomp.json"
	run box --security-opt seccomp="$ENGINES/seccomp.json" localhost/bb mkdir /x
	same "$status" 1
	has 'not supported' "$output"
}

@test "$ENGINE: no_new_privs" {
	same "$(box --security-opt no-new-privileges localhost/bb grep NoNewPrivs /proc/self/status | cut -f 2)" 1
	same "$(box localhost/bb grep NoNewPrivs /proc/self/status | cut -f 2)" 0
}

@test "$ENGINE: privileged sees the devices and may mount" {
	# as far as this machine's root may (it may lack CAP_SYS_RESOURCE)
	box --privileged localhost/bb sh -c 'mount -t tmpfs x /mnt 2>/dev/null || { mkdir -p /mnt && mount -t tmpfs x /mnt; }'
	same "$(box --privileged localhost/bb grep -w Seccomp: /proc/self/status | cut -f 2)" 0
}

@test "$ENGINE: masked and read-only paths" {
	[ -s /proc/timer_list ] && same "$(box localhost/bb cat /proc/timer_list)" ""
	run box localhost/bb sh -c 'echo 1 >/proc/sys/kernel/hostname'
	[ "$status" != 0 ]
	run box localhost/bb sh -c 'ls /sys/firmware | wc -l'
	same "$output" 0
}

@test "$ENGINE: devices, and no others" {
	box --device /dev/null:/dev/mine localhost/bb sh -c 'echo x >/dev/mine'
	run box --cap-add MKNOD localhost/bb sh -c 'mknod /tmp/mem c 1 1; cat /tmp/mem'
	[ "$status" != 0 ]
	has 'not permitted' "$output"
}

@test "$ENGINE: ulimits, sysctls" {
	same "$(box --ulimit nofile=100:200 --ulimit nproc=1000:1000 localhost/bb sh -c 'ulimit -n; ulimit -Hn')" $'100\n200'
	same "$(box --sysctl net.ipv4.ip_unprivileged_port_start=99 localhost/bb cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" 99
}

@test "$ENGINE: namespaces of the host and of another container" {
	same "$(box --pid host localhost/bb readlink /proc/self/ns/pid)" "$(readlink /proc/self/ns/pid)"
	same "$(box --uts host localhost/bb readlink /proc/self/ns/uts)" "$(readlink /proc/self/ns/uts)"
	same "$(engine run --rm --network host localhost/bb readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)"
	start --ipc shareable localhost/bb sh -c 'echo shared >/dev/shm/x; sleep 100'
	await engine exec one test -e /dev/shm/x
	same "$(engine run --rm --ipc container:one --network container:one localhost/bb cat /dev/shm/x)" shared
	has 'sleep 100' "$(box --pid container:one localhost/bb ps)"
}

@test "$ENGINE: --init reaps" {
	start --init localhost/bb sh -c 'while :; do (sleep .1 &); sleep .2; done'
	sleep 1
	await eval "[ \"\$(engine exec one sh -c 'ps -o stat | grep -c ^Z')\" = 0 ]" # one may be there for a moment
}

@test "$ENGINE: health checks" {
	start --health-cmd 'test -e /tmp/well' --health-interval 1s --health-retries 1 localhost/bb sleep 100
	health() { engine inspect -f '{{.State.Health.Status}}' one; }
	case $ENGINE in
	docker)
		await eval '[ "$(health)" = unhealthy ]'
		engine exec one touch /tmp/well
		await eval '[ "$(health)" = healthy ]'
		;;
	podman)
		run podman healthcheck run one
		same "$status" 1
		podman exec one touch /tmp/well
		podman healthcheck run one
		;;
	esac
}

@test "$ENGINE: a network of its own, with an address" {
	iptables -t nat -L >/dev/null 2>&1 || skip "this machine's kernel has no NAT for iptables"
	has 'inet (10\.88|172\.17)\.' "$(engine run --rm localhost/bb ip addr show dev eth0)"
	engine run -d --name one localhost/bb sh -c 'while :; do echo hello | nc -l -p 8000; done' >/dev/null
	address=$(engine inspect -f '{{.NetworkSettings.IPAddress}}' one)
	[ -n "$address" ]
	await eval '[ "$(engine run --rm localhost/bb nc -w 5 '"$address"' 8000)" = hello ]'
}

@test "$ENGINE: user namespaces" {
	[ "$ENGINE" = podman ] || skip "docker maps ids for the whole daemon (userns-remap), which is not tried"
	run podman run --rm --network none --uidmap 0:100000:1000 --gidmap 0:100000:1000 localhost/bb cat /proc/self/uid_map
	same "$(xargs <<<"$output")" "0 100000 1000"
	run podman run --rm --network none --uidmap 0:100000:1000 --gidmap 0:100000:1000 localhost/bb \
		sh -c 'touch /x && stat -c %u:%g /x /bin/busybox'
	same "$output" $'0:0\n0:0'
}

@test "$ENGINE: cp reaches a running container" {
	start localhost/bb sleep 100
	echo copied >"$ENGINES/copied"
	engine cp "$ENGINES/copied" one:/tmp/copied
	same "$(engine exec one cat /tmp/copied)" copied
}

@test "$ENGINE: 20 containers at once" {
	pids=()
	for i in $(seq 20); do
		engine run -d --name "n$i" --network none localhost/bb sh -c "echo $i; sleep 100" >/dev/null 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	for i in $(seq 20); do
		await eval '[ "$(engine logs n'"$i"')" = '"$i"' ]'
	done
	same "$(engine ps -q | wc -l)" 20
	remove_all
	same "$(engine ps -aq | wc -l)" 0
}

@test "$ENGINE: guise explains its container" {
	start --memory 64m -v "$ENGINES:/data:ro" localhost/bb sleep 100
	id=$(engine inspect -f '{{.Id}}' one)
	for target in one "$ENGINE:one" "${id:0:8}" "pid:$(pid)"; do
		explain "$target" >explained
		same "$(jq -r '[.engine, .id, .name, .status, .pid] | @text' explained)" "$(jq -nc --arg engine "$ENGINE" --arg id "$id" \
			--argjson pid "$(pid)" '[$engine, $id, "one", "running", $pid] | @text' -r)"
	done
	has '^localhost/bb' "$(jq -r '.who[] | select(.name == "image").value' explained)"
	same "$(jq -r '.limits[] | select(.name == "memory").limit' explained)" 67108864
	same "$(jq -r '.mounts[] | select(.target == "/data").access' explained)" read-only
	has masked "$(jq -r '.mounts[].access' explained)"
	same "$(jq -r '[.namespaces[] | select(.name | IN("mnt", "net", "pid")).whose] | unique[]' explained)" own
	same "$(jq -r '.host_root[0].root' explained)" partly
}

@test "$ENGINE: the script of guise explain builds an equal one" {
	[ "$ENGINE" = podman ] || skip "of one engine"
	engine run -d --name one --memory 64m --pids-limit 50 -v "$ENGINES/rootfs:/data:ro" localhost/bb sleep 100 >/dev/null
	explain one >first
	"${GUISE:-${RUNTIME%/*}/guise}" explain --format shell one >again
	TMPDIR=$ENGINES NAME=gtagain$$ sh again >log 2>&1 3>&- &
	script=$!
	alike() { explain netns:gtagain$$ >second && jq -e '.who[] | select(.name == "pid 1" and (.value | test("^itself: sleep 100")))' second; }
	await alike || { cat log; false; }
	equal='{ns: [.namespaces[] | {name, host: (.whose == "host")}], limits: [.limits[] | select(.limit) | {name, limit}],
		mounts: [.mounts[] | select(.target) | {target, access, type}],
		net: [.network[] | select(.kind or .name == "route") | del(.command)]}'
	diff <(jq "$equal" first) <(jq "$equal" second)
	kill "$script"
	wait "$script" || true
	has_not() { ! has "$@" >/dev/null; }
	has_not "gtagain$$" "$(ip netns)"
}

@test "$ENGINE: nothing is left of any of it" {
	for dir in /sys/fs/cgroup/"$PARENT" /sys/fs/cgroup/*/"$PARENT"; do
		[ -d "$dir" ] || continue
		found=$(find "$dir" -mindepth 1 -type d ! -path '*/conmon*')
		same "$found" ""
	done
	[ "$CGROUP_MANAGER" != systemd ] ||
		same "$(systemctl list-units --no-legend --all '*libpod-*.scope' '*docker-*.scope' | grep -v conmon)" ""
	! grep -E "$ENGINES/(podman|docker)/.*(merged|rootfs)" /proc/self/mountinfo
}
