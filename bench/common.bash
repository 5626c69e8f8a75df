# For bench/run, bench/syscalls and bench/memory: sourced, with $guise set. All that they make is below
# $work, in a mount and a network namespace of their own, and gone when they end.
set -euo pipefail

die() { echo "${0##*/}: $*" >&2; exit 1; }

# Start this script again in namespaces of its own; $isolation are further options of unshare(1).
isolation=()
isolate() {
	[ "$(id -u)" = 0 ] || die "must be root"
	[ "${BENCH_ISOLATED-}" ] ||
		BENCH_ISOLATED=1 exec unshare --mount --net "${isolation[@]}" --propagation private "$0" "$@"
	ip link set lo up
	work=$(mktemp -d /run/guise-bench.XXXXXX)
	trap tidy EXIT
	mkdir "$work/root"
	# One tree for all: the root file system of the machine, without what is mounted on it.
	mount --bind / "$work/root"
}

# What waiting for RCU costs: it is 0 on users' machines, 1 on some virtual ones. It is the whole machine's: tidy()
# puts back what there was.
expedited=/sys/kernel/rcu_expedited
was=$(cat $expedited)
# The values to measure with: both, where it can be written.
rcu_modes() { if { echo "$was" >$expedited; } 2>/dev/null; then echo 0 1; else echo "$was"; fi; }
rcu_set() { [ "$(cat $expedited)" = "$1" ] || echo "$1" >$expedited; }

holders=()
tidy() {
	local pid dir

	rcu_set "$was"
	for dir in "$work"/state*; do
		[ ! -d "$dir/containers" ] || for pid in "$dir"/containers/*/process.json "$dir"/containers/*/runs/*/process.json; do
			[ ! -f "$pid" ] || kill -9 "$(jq .pid "$pid")" 2>/dev/null || true
		done
	done
	! declare -F tidy_peers >/dev/null || tidy_peers
	[ ${#holders[@]} = 0 ] || kill "${holders[@]}" 2>/dev/null || true
	sleep 0.3 # the monitors undo their containers
	find /sys/fs/cgroup -depth -path "*/${work##*/}*" -type d -exec rmdir {} + 2>/dev/null || true
	umount -l "$work/root"
	rm -rf --one-file-system "$work"
}

# hold COMMAND...: keep a process in new namespaces; its pid is in $held.
hold() {
	"$@" &
	held=$!
	holders+=("$held")
	sleep 0.3
}

guise() { "$guise" --root "$work/${state-state}" "$@"; }
