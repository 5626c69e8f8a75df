# shellcheck shell=bash
# What the engine tests share: starting an engine with $RUNTIME as its runtime, and what is expected.

bats_require_minimum_version 1.5.0

# One parent cgroup for all containers of this run, or a slice.
PARENT=guise-engines-${ENGINES##*.}
case ${CGROUP_MANAGER:=cgroupfs} in
systemd) cgroup_parent=${PARENT//-/}.slice ;;
*)       cgroup_parent=/$PARENT ;;
esac

# ---- engines

podman_start() {
	cat >"$ENGINES/containers.conf" <<-EOT
		[containers]
		# this machine may not let root raise them; what is given must be what root has
		default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
		[engine]
		cgroup_manager = "$CGROUP_MANAGER"
		events_logger = "file"
		runtime = "tested"
		# podman knows by name which runtimes log JSON and do without cgroups
		runtime_supports_json = ["tested"]
		runtime_supports_nocgroups = ["tested"]
		[engine.runtimes]
		tested = ["$RUNTIME"]
		[network]
		network_backend = "netavark"
		network_config_dir = "$ENGINES/networks"
	EOT
	export CONTAINERS_CONF=$ENGINES/containers.conf
	podman import --quiet "$ENGINES/image.tar" localhost/bb >/dev/null
}

# (containers.conf knows no parent of cgroups: podman would make /libpod_parent, and leave it.)
podman() {
	case $1 in
	run|create) set -- "$1" --cgroup-parent "$cgroup_parent" "${@:2}" ;;
	esac
	command podman --root "$ENGINES/podman" --runroot /run/podman-test --storage-driver overlay --log-level error "$@"
}

podman_stop() {
	remove_all || true
	podman network prune -f >/dev/null 2>&1 || true
}

# containerd, for docker and for ctr.
containerd_start() {
	cat >"$ENGINES/containerd.toml" <<-EOT
		version = 2
		root = "$ENGINES/containerd"
		state = "/run/containerd-test"
		disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
		[grpc]
		address = "/run/containerd-test.sock"
		[ttrpc]
		address = "/run/containerd-test.ttrpc"
	EOT
	command containerd --config "$ENGINES/containerd.toml" >"$ENGINES/containerd.log" 2>&1 3>&- &
	echo $! >"$ENGINES/containerd.pid"
	await ctr version
}

ctr() { command ctr --address /run/containerd-test.sock "$@"; }

end() { # NAME: the daemon, asked nicely
	local pid

	pid=$(cat "$ENGINES/$1.pid") || return 0
	kill "$pid" || return 0
	await eval "! kill -0 $pid 2>/dev/null" || kill -KILL "$pid"
}

containerd_stop() { end containerd; }

docker_start() {
	containerd_start
	cat >"$ENGINES/daemon.json" <<-EOT
		{ "data-root": "$ENGINES/docker", "exec-root": "/run/docker-test", "pidfile": "/run/docker-test.pid",
		  "hosts": ["unix:///run/docker-test.sock"], "containerd": "/run/containerd-test.sock",
		  "deprecated-key-path": "$ENGINES/key.json", "storage-driver": "overlay2", "iptables": false,
		  "cgroup-parent": "$cgroup_parent", "exec-opts": ["native.cgroupdriver=$CGROUP_MANAGER"],
		  "runtimes": { "tested": { "path": "$RUNTIME" } }, "default-runtime": "tested" }
	EOT
	command dockerd --config-file "$ENGINES/daemon.json" >"$ENGINES/dockerd.log" 2>&1 3>&- &
	echo $! >"$ENGINES/dockerd.pid"
	export DOCKER_HOST=unix:///run/docker-test.sock DOCKER_CONFIG=$ENGINES
	await docker info || { tail -n 20 "$ENGINES/dockerd.log" >&2; return 1; }
	docker import "$ENGINES/image.tar" localhost/bb >/dev/null
}

docker_stop() {
	remove_all || true
	end dockerd
	end containerd
}

# The engine under test, with the command line that podman and docker share.
engine() { "$ENGINE" "$@"; }

# All containers. (podman would give each ten seconds to end)
remove_all() {
	local ids

	case $ENGINE in
	podman) podman rm -fa -t 0 ;;
	docker) ids=$(docker ps -aq) && docker rm -f $ids ;;
	esac >/dev/null 2>&1
}

# ---- what every test needs

# What guise, which is built beside the runtime, says of a container of an engine.
explain() { "${GUISE:-${RUNTIME%/*}/guise}" explain --format json "$1"; }

remove_cgroups() {
	local dir pid left=600

	for dir in /sys/fs/cgroup/"$PARENT" /sys/fs/cgroup/*/"$PARENT"; do
		[ -d "$dir" ] || continue
		for pid in $(find "$dir" -name cgroup.procs -exec cat {} + 2>/dev/null); do
			kill -KILL "$pid" 2>/dev/null || true
		done
		until find "$dir" -depth -type d -exec rmdir {} + 2>/dev/null || [ $((left--)) -le 0 ]; do
			sleep .05
		done
	done
}

# Wait until COMMAND is true, 30 seconds at most.
await() {
	local deadline=$((SECONDS + 30))

	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $deadline ] || { echo "never true: $*"; return 1; }
		sleep .1
	done
}

same() {
	[ "$1" = "$2" ] || { printf 'expected: %s\nhave:     %s\n' "$2" "$1"; return 1; }
}

# A line of $2 matches the extended regular expression $1.
has() { grep -qE -- "$1" <<<"$2" || { printf 'no line matches: %s\nin:\n%s\n' "$1" "$2"; return 1; }; }

is_v2() { [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; }

# What the kernel has in FILE (v2's or v1's name, CONTROLLER) of the cgroup of the host's process PID.
limit() { # PID V2-FILE CONTROLLER V1-FILE
	local path

	if is_v2; then
		cat "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$1/cgroup")/$2"
	else
		path=$(awk -F: -v c="$3" '{ n = split($2, list, ","); for (i = 1; i <= n; i++) if (list[i] == c) print $3 }' "/proc/$1/cgroup")
		cat "/sys/fs/cgroup/$3$path/$4"
	fi
}

person() { python3 "$BATS_TEST_DIRNAME/../live/person.py" "$@"; }
