# shellcheck shell=bash
# What the parts of `make check-release` share: Debian root file systems, made once by debootstrap(8) and kept in
# $RELEASE_CACHE, and a way to run a command in a copy of one, which is thrown away.

checkout=$(realpath "${BASH_SOURCE[0]%/*}/../..")
cache=${RELEASE_CACHE:-/var/cache/guise-release}
scratch=$(mktemp -d /var/tmp/guise-release.XXXXXX)
PATH=$PATH:/usr/sbin:/sbin

trap 'rm -rf --one-file-system "$scratch"' EXIT
trap 'exit 130' INT TERM HUP

die() { echo "# $*"; exit 1; }

# TAP: the result of a command whose output matters only when it fails.
tests=0
ok() { # NAME COMMAND...
	local name=$1 status=0

	tests=$((tests + 1))
	shift
	"$@" >"$scratch/output" 2>&1 </dev/null || status=$?
	if [ $status = 0 ]; then
		echo "ok $tests - $name"
		return
	fi
	echo "not ok $tests - $name"
	grep -v '^ *skipped: ' "$scratch/output" | sed 's/^/# /' | tail -n 200
	return $status
}

# The root of SUITE with packages; it is made if it is missing, or if the list has changed since. Prints its path.
# SUITE may name one more architecture (bookworm+arm64): then packages of both can be installed.
root_with() { # SUITE[+ARCHITECTURE] PACKAGE...
	local suite=${1%%+*} foreign=${1#"${1%%+*}"} root key lock
	shift
	key=$(printf '%s\n' "$@" | sha256sum | cut -c 1-12)
	root=$cache/$suite$foreign-$key

	mkdir -p "$cache"
	exec {lock}>"$cache/lock"
	flock "$lock"
	if [ ! -e "$root" ]; then
		make_root "$suite" "${foreign#+}" "$@" >"$cache/$suite$foreign.log" 2>&1 ||
			{ tail -n 30 "$cache/$suite$foreign.log" | sed 's/^/# /' >&2; die "cannot make a root of $suite" >&2; }
		mv "$cache/new" "$root"
	fi
	exec {lock}>&-
	echo "$root"
}

make_root() { # SUITE ARCHITECTURE PACKAGE...
	local new=$cache/new suite=$1 foreign=$2
	shift 2

	rm -rf --one-file-system "$new"
	debootstrap --variant=minbase "$suite" "$new" || return
	# where this machine gets its packages from
	cp /etc/resolv.conf "$new/etc/resolv.conf"
	{
		apt-config dump | grep -E '^Acquire::(Check|http|https)[A-Za-z:-]* '
		echo 'Acquire::Languages "none";'
	} >"$new/etc/apt/apt.conf.d/99release"
	enter "$new" sh -ec '
		[ ! "$1" ] || dpkg --add-architecture "$1"
		shift
		apt-get -q update
		[ $# = 0 ] || apt-get -q -y install --no-install-recommends "$@"
		apt-get clean' sh "$foreign" "$@"
}

# Run COMMAND with ROOT as /, in mount and pid namespaces of its own, in /work there. $bind may name a directory of
# this machine: that becomes /work.
enter() { # ROOT COMMAND...
	local root=$1
	shift

	mkdir -p "$root/work"
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive unshare --mount --pid --fork --kill-child ${network-} sh -ec '
		root=$1 bind=$2
		shift 2
		mount --rbind "$root" "$root"
		mount -t proc proc "$root/proc"
		mount --rbind /sys "$root/sys"
		mount --rbind /dev "$root/dev"
		mount -t tmpfs tmpfs "$root/run"
		[ ! "$bind" ] || mount --bind "$bind" "$root/work"
		cd "$root"
		mkdir -p old
		pivot_root . old
		umount -l /old
		rmdir /old
		cd /work
		exec "$@"' sh "$root" "${bind-}" "$@"
}

# A copy of a root that may be changed.
copy_root() { # ROOT NAME: prints its path
	cp -a "$1" "$scratch/$2"
	echo "$scratch/$2"
}

# The files that belong to the project, as they are now.
copy_sources() { # DIRECTORY
	mkdir -p "$1"
	git -c safe.directory="$checkout" -C "$checkout" ls-files -z | tar -C "$checkout" --null -T - -c | tar -C "$1" -x
}
