#!/usr/bin/env bats
# --dry-run prints a shell script that makes an equal container. Here it is run, and compared with the real
# one: by what the command in it sees, and by what is then on the host.

load common

# What the command sees, as far as it is not the script's own doing (the seccomp filter has no command).
PROBE='
echo "pid $$ $(hostname) $(pwd) $(umask)"
for ns in pid mnt uts ipc net cgroup user; do echo "$ns $(readlink /proc/self/ns/$ns)"; done
cat /proc/self/mountinfo
grep -E "^(Uid|Gid|Groups|Cap...|NoNewPrivs|Cpus_allowed_list):" /proc/self/status
grep -E "open files|core file" /proc/self/limits
ip -o addr show | grep -v inet6 | sed "s/ *valid_lft.*//; s/@if[0-9]*//; s/^[0-9]*: //"
ip route
ls -l /dev /dev/pts | sed "s/[A-Z][a-z][a-z] .[0-9] ..:../DATE/"
for f in $(find /sys/fs/cgroup -name memory.max -o -name memory.limit_in_bytes -o -name memory.swap.max \
	-o -name memory.memsw.limit_in_bytes -o -name cpu.max -o -name cpu.cfs_quota_us -o -name cpu.weight \
	-o -name cpu.shares -o -name pids.max -o -name cpuset.cpus | sort); do echo "$f $(cat $f)"; done
echo "oom $(cat /proc/self/oom_score_adj)"
env | grep -v -E "^(_|SHLVL|PWD|OLDPWD)=" | sort'

# Without what differs between two containers: namespace numbers (but those of the host), mount ids and
# devices, the container's own address, where the throwaway layer is. mount(8) sets "ro" on a new file system as well as on the mount.
normalised() {
	local own

	own=$(readlink /proc/self/ns/* | sort -u | sed 's/.*\[\(.*\)\]/s,\\[\1\\],[host],;/' | tr -d '\n')
	sed -E "$own s/\[[0-9]{5,}\]/[new]/; s/^[0-9]+ [0-9]+ [0-9]+:[0-9]+ (.* - )/mount \1/; s/[0-9a-f]{64}/ID/g
		s/( - [^ ]+ [^ ]+) ro/\1 rw/; s/10\.10\.0\.([2-9]|[0-9]{2,})\b/10.10.0.N/g
		s,(upper|work)dir=[^ ,]*/,\1dir=,g"
}

# The container for real, then from the script, each on a clean host.
compare() { # OPTIONS... ROOTFS
	local args=("${@:1:$#-1}" --hostname dry --cgroup-parent "$PARENT" "${@: -1}" sh -c "$PROBE")

	guise run --rm "${args[@]}" >real || { cat real; return 1; }
	settle
	guise run --dry-run "${args[@]}" >script
	unshare --mount --propagation private sh -e script >dry 2>errors || { cat errors dry; return 1; }
	cat errors
	normalised <real >real.txt
	normalised <dry >dry.txt
	grep -q . real.txt
	diff -u real.txt dry.txt
}

# A root file system in which the script can become another user: with setpriv(1), that of Debian.
make_script_root() {
	local file

	make_root root
	for file in /usr/bin/setpriv $(ldd /usr/bin/setpriv | grep -o '/[^ ]*'); do
		mkdir -p "root${file%/*}"
		cp -L "$file" "root$file"
	done
	rm -f root/bin/setpriv
}

@test "host:, without a network" {
	compare --network none host:
}

@test "host:, with the bridge; and the host's side of it is the same" {
	box_detached --network bridge --name a host: sleep 1000
	ip -o -4 addr show guise0 | sed 's/^[0-9]*: //; s/ *valid_lft.*//' >bridge
	nft list ruleset >rules
	ip route >routes
	has masquerade "$(cat rules)"
	kill -KILL "$(pid_of a)"
	await test ! -e "$(leases_of bridge)/10.10.0.2"
	settle
	compare host:
	before=$(machine)
	guise run --dry-run --cgroup-parent "$PARENT" -v "$DIR:/mnt" host: \
		sh -c 'touch /mnt/runs; until [ -e /mnt/go ]; do sleep .1; done' >script
	unshare --mount --propagation private sh -e script &
	await test -e runs
	ip -o -4 addr show guise0 | sed 's/^[0-9]*: //; s/ *valid_lft.*//' | diff bridge -
	nft list ruleset | diff rules -
	ip route | diff routes -
	# a second time at once it is refused, and takes nothing away
	run -1 sh -e script
	has 'is there: a container of this script runs' "$output"
	nft list ruleset | diff rules -
	touch go
	wait $!
	unchanged "$before"
}

@test "the script can be run again; it takes away what it made, also when it fails, and has the command's status" {
	guise ps
	before=$(machine)
	guise run --dry-run --memory 32m --cgroup-parent "$PARENT" host: sh -c 'exit 7' >script
	run -7 sh -e script
	run -7 sh -e script
	unchanged "$before"
	sed 's/^hostname .*/exit 9/' script >failing
	run -9 sh -e failing
	unchanged "$before"
}

@test "a root with busybox alone" {
	make_root root
	guise run --dry-run --network none --cap-drop ALL --cap-add KILL --ulimit nofile=100:200 -w /tmp --cgroup-parent "$PARENT" \
		dir:root sh -c 'pwd; grep -E "^(Cap|NoNewPrivs|Groups|Uid)" /proc/self/status; ulimit -n' >script
	guise run --rm --network none --cap-drop ALL --cap-add KILL --ulimit nofile=100:200 -w /tmp --cgroup-parent "$PARENT" \
		dir:root sh -c 'pwd; grep -E "^(Cap|NoNewPrivs|Groups|Uid)" /proc/self/status; ulimit -n' >real
	sh -e script >dry
	diff real dry
}

@test "host:, with limits" {
	compare --network none --memory 32m --cpus 0.5 --cpu-shares 512 --pids-limit 30 --cpuset-cpus 0 \
		--oom-score-adj 100 host:
}

@test "host:, with another user, capabilities, ulimits, sysctls, environment, a working directory" {
	compare --network none --user 33:44 --group-add 29 --cap-drop ALL --cap-add KILL --ulimit nofile=100:200 \
		--ulimit core=0 --sysctl kernel.shmmni=123 -e "A=it's \"b\"" -w /srv/new host:
}

@test "host:, privileged, and with shared namespaces" {
	compare --network none --privileged host:
	compare --network host --ipc host host:
	compare --network none --shm-size 1m host:
	# (what a shell makes read-only of several mounts is only the first: the script says so)
	[ "$(world)" != v2 ] || compare --network none --cgroupns host host:
}

@test "host:, with volumes, tmpfs, devices, read-only" {
	mkdir src
	touch "src/a file"
	compare --network none --read-only -v "$DIR/src:/mnt/dir:ro" -v "$DIR/src/a file:/srv/a file" \
		--tmpfs /tmp:size=1m --device /dev/null:/dev/mine --mount type=tmpfs,target=/opt host:
}

@test "dir:, in place and with --overlay" {
	make_script_root
	compare --network none dir:root
	compare --overlay --memory 32m dir:root
}

@test "names and paths with blanks, quotes and what a shell would execute" {
	local name="a 'b' \"c\" \$(touch executed) ;#"

	make_root "$name"
	mkdir "src$name"
	touch "src$name/seen"
	guise run --dry-run --network none --cgroup-parent "$PARENT" --read-only -v "$DIR/src$name:/mnt/$name" \
		-e "A=one
INIT
touch executed" "dir:$name" sh -c 'ls /mnt/*; echo "$A"' >script
	unshare --mount --propagation private sh -e script >dry
	printf 'seen\none\nINIT\ntouch executed\n' | diff - dry
	# and of a state directory, whose files are mounted
	"$GUISE" --root "$DIR/state $name" run --dry-run --network bridge --cgroup-parent "$PARENT" host: sh -c 'echo $?' >script
	unshare --mount --propagation private sh -e script
	[ ! -e executed ]
	[ -z "$(find . -name executed)" ]
}

@test "nothing is done, nothing is left, and what has no command is said in a comment" {
	before=$(machine)
	run guise run --dry-run --memory 8m --cgroup-parent "$PARENT" host: true
	same "$status" 0
	unchanged "$before"
	has '^#.*seccomp' "$output"
	has '^#.*(CLONE_INTO_CGROUP|clone3)|^[[:space:]]+#.*clone3' "$output"
	sh -n <<<"$output"
}
