# For bench/connect and bench/traffic: sourced behind common.bash. Engines side by side, each on a machine of its own: a network
# namespace, with a neighbour on its LAN.

# isolate(), with an empty /run, where engines keep locks, and a pid namespace, so that no process stays.
isolate_engines() {
	isolation=(--pid --fork --kill-child --mount-proc)
	[ -z "${BENCH_ISOLATED-}" ] || mount -t tmpfs -o mode=755 tmpfs /run
	isolate "$@"
}

# A machine: commands start on it with "${on_host[@]}". A cable leads to its neighbour ("${at_neighbour[@]}"), 192.0.2.2; it is
# 192.0.2.1 there.
machine() {
	local neighbour

	hold unshare --net sleep 10000
	neighbour=$held
	hold unshare --net sleep 10000
	host=$held
	on_host=(nsenter -t "$host" -n)
	at_neighbour=(nsenter -t "$neighbour" -n)
	"${on_host[@]}" ip link set lo up
	"${on_host[@]}" ip link add lan type veth peer name lan netns "$neighbour"
	"${on_host[@]}" ip addr add 192.0.2.1/24 dev lan
	"${at_neighbour[@]}" ip addr add 192.0.2.2/24 dev lan
	"${on_host[@]}" ip link set lan up
	"${at_neighbour[@]}" ip link set lan up
	"${on_host[@]}" ip route add default via 192.0.2.2
}

# A root file system of nothing but static programs.
make_tree() {
	mkdir -p "$work/tree"/{bin,dev,etc,proc,run,sys,tmp}
	cp /bin/busybox "$work/tree/bin/sleep"
}

# "${podman[@]}" is podman with netavark, as its users have it, but that its default limits may be above our own hard ones, and
# that it keeps its files below $work; "${podman_tree[@]}" are its options of run for that root file system, and for a cgroup that
# tidy() takes away.
make_podman() {
	local dir=$work/podman

	mkdir "$dir"
	cat >"$dir/containers.conf" <<-EOT
		[containers]
		default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "none"
		runtime = "runc"
		[network]
		network_backend = "netavark"
		network_config_dir = "$dir/networks"
	EOT
	export CONTAINERS_CONF=$dir/containers.conf
	podman=(podman --root "$dir/root" --runroot "$dir/run" --tmpdir "$dir/tmp" --storage-driver vfs --log-level error)
	podman_tree=(--cgroup-parent "/${work##*/}" --rootfs "$work/tree")
}
tidy_peers() { [ -z "${podman-}" ] || "${podman[@]}" rm -f -t 0 -a >/dev/null 2>&1 || true; }

# attempt WHO COMMAND...: whether WHO could do it; if not, the reader is told why.
attempt() {
	! "${@:2}" >"$work/error" 2>&1 || return 0
	echo "left out: $1: $(tail -n 1 "$work/error")" >&2
	return 1
}
