#!/usr/bin/env bats
# guise explain of what guise did not make: shells of unshare, network namespaces, cgroups, processes; and that the
# script of --format shell builds an equal one.

load common

NS=gtexplain$$

seen() { guise explain --format json "$@" >seen; }
answer() { jq -r --arg topic "$1" --arg name "$2" '.[$topic][] | select(.name == $name) | .value' "${3-seen}"; }

# A process that sleeps, with namespaces of its own. (It is told by what it executes.)
apart() { # OPTIONS OF UNSHARE...
	unshare --fork --kill-child --pid --mount-proc "$@" sleep 1000 3>&- &
	await sh -c "[ -n \"\$(cat /proc/$!/task/$!/children)\" ] && grep -qx sleep /proc/\$(cat /proc/$!/task/$!/children | tr -d ' ')/comm"
	FIRST=$(tr -d ' ' <"/proc/$!/task/$!/children")
}

make_cgroup() { # CONTROLLER: a cgroup of this test
	case $(world) in
	v2) CG=/sys/fs/cgroup/$PARENT ;;
	*) CG=/sys/fs/cgroup/$1/$PARENT ;;
	esac
	mkdir -p "$CG"
}

@test "this process, without a target" {
	run guise explain
	same "$status" 0
	has '^process .*guise' "$output"
	has '^uts +the host' "$output"
	for key in who namespaces ids limits mounts capabilities security host_root network; do
		guise explain --format json | jq -e --arg key "$key" 'has($key)' >/dev/null || { echo "$key"; return 1; }
	done
}

@test "a shell of unshare: which namespaces are its own, who is PID 1, with whom it shares" {
	apart --uts --ipc
	seen "pid:$FIRST"
	# (the test itself has a network namespace of its own)
	same "$(jq -r '[.namespaces[] | select(.whose != "host" and .name != "net").name] | sort | join(" ")' seen)" "ipc mnt pid uts"
	has "^itself: sleep 1000, pid $FIRST on the host$" "$(answer who 'pid 1')"
	has "shared.*unshare" "$(answer namespaces uts)"
	same "$(jq -r '.namespaces[] | select(.name == "uts").command' seen)" "readlink /proc/1/ns/uts /proc/$FIRST/ns/uts"
	same "$(jq -r '.host_root[0].root' seen)" yes
	# each command says what it says
	same "$(answer ids uid_map)" "each id is the same one on the host (0 0 4294967295)"
}

@test "a user namespace: whom it is taken for" {
	apart --user --map-root-user
	seen "pid:$FIRST"
	same "$(jq -r '.ids[] | select(.name == "uid_map").map' seen)" "0 0 1"
	same "$(jq -r '.namespaces[] | select(.name == "user").whose' seen)" shared
	has '^its own, but uid 0 of the host' "$(answer host_root 'user namespace')"
	has_not dangerous "$(jq -r '.capabilities[] | .warning // empty' seen)"
}

@test "fewer rights, and what the dangerous ones permit" {
	setpriv --no-new-privs --inh-caps=-all --bounding-set=-all,+net_admin,+chown sleep 1000 3>&- &
	await grep -q '^sleep' "/proc/$!/comm"
	seen "pid:$!"
	same "$(answer capabilities bounding)" "CAP_CHOWN CAP_NET_ADMIN"
	has 'links, addresses, routes and firewall' "$(answer capabilities CAP_NET_ADMIN)"
	same "$(jq -r '.security[] | select(.name == "no_new_privs").on' seen)" true
	has '^yes' "$(answer host_root verdict)" # all files are still its own
}

@test "limits hold up the whole tree: the smallest, and whose" {
	make_cgroup pids
	[ "$(world)" != v2 ] || echo +pids >"$CG/cgroup.subtree_control"
	mkdir "$CG/inner"
	echo 30 >"$CG/pids.max"
	echo 50 >"$CG/inner/pids.max"
	sh -c "echo \$\$ >'$CG/inner/cgroup.procs'; exec sleep 1000" 3>&- &
	await grep -q '^sleep' "/proc/$!/comm"
	seen "pid:$!"
	same "$(jq -r '.limits[] | select(.name == "pids") | "\(.limit) \(.cgroup) \(.use)"' seen)" "30 /$PARENT 1"
	same "$(jq -r '.limits[] | select(.name == "pids").command' seen)" "cat $CG/pids.max"
	seen "cgroup:$CG/inner"
	same "$(jq -r .pid seen)" "$!"
	seen "cgroup:/$PARENT/inner"
	same "$(jq -r .pid seen)" "$!"
}

@test "a container of guise: the plan, and behind it what the kernel has" {
	guise run -d --name web --network bridge --cgroup-parent "$PARENT" --memory 32m host: sleep 1000
	run guise explain web
	same "$status" 0
	has '^# container web' "$output"
	has '^# path +eth0 10.10.0.2/24 -- gv.* -- guise0 10.10.0.1/24' "$output"
	printf '%s\n' "$output" | sed -n '/^# ====/,$p' >behind
	same "$(grep -cv '^#' behind || true)" 0
	seen web
	same "$(jq -r '.steps | length > 10' seen)" true
	same "$(jq -r '.limits[] | select(.name == "memory").limit' seen)" 33554432
	seen "pid:$(pid_of web)"
	same "$(jq -r '.engine, .name, .status' seen | xargs)" "guise web running"
	has 'guise run' "$(guise explain --format shell web)"
}

@test "from a file" {
	guise world --format json >file
	guise explain --from file --format json host >seen
	same "$(jq -r '.namespaces | length > 5' seen)" true
	run --separate-stderr guise explain --from file nobody
	failed_with 125 'find nobody'
}

@test "a service of systemd" {
	[ -d /run/systemd/system ] || skip "needs systemd as process 1: test/vm/run --systemd"
	unit=gtexplain$$.service
	systemd-run --quiet --unit "$unit" -p MemoryMax=64M -p PrivateTmp=yes -p ProtectSystem=strict sleep 1000
	await guise explain "$unit"
	seen "$unit"
	systemctl stop "$unit"
	same "$(jq -r '.limits[] | select(.name == "memory") | "\(.limit) \(.cgroup)"' seen)" "67108864 /system.slice/$unit"
	same "$(jq -r '[.namespaces[] | select(.whose != "host").name] | join(" ")' seen)" mnt
	same "$(jq -r '.mounts[] | select(.target == "/usr" or .target == "/").access' seen | sort -u)" read-only
	has '^[0-9]+: .*sleep 1000$' "$(answer who process)"
}

@test "what is not there is named" {
	for target in nobody pid:0 pid:999999999 pid:x netns:gtnone cgroup:/gtnone gtnone.service docker:nobody ''; do
		run --separate-stderr guise explain "$target"
		failed_with 125 "find (container )?$target"
	done
	apart --uts
	run --separate-stderr guise explain --check "pid:$FIRST"
	failed_with 125 'there is no plan'
}

@test "hostile names are escaped" {
	make_cgroup pids
	mkdir "$CG/"$'a\e[31mb'
	cp /bin/sleep $'s\e[2J\nx'
	bash -c "echo \$\$ >'$CG/'\$1/cgroup.procs; exec -a \"\$3\" \"\$2\" 1000" bash $'a\e[31mb' $'./s\e[2J\nx' $'\e]0;x\a\xff' 3>&- &
	await grep -q '^s' "/proc/$!/comm"
	for format in text json shell; do
		guise explain --format $format "pid:$!" >out
		# (a shell takes them as they are, between quotes)
		[ $format = shell ] || same "$(LC_ALL=C grep -c $'[\x01-\x08\x0b-\x1f\x7f]' out || true)" 0
	done
	guise explain --format json "pid:$!" | jq -e . >/dev/null
	has 'a\\x1b\[31mb' "$(guise explain "pid:$!")"
	sh -n out
}

@test "the script builds an equal one" {
	cat >machine <<-'END'
		mount -t tmpfs none /run
		mount --make-rprivate /
		ip netns add $NS
		ip link add gtbr type bridge
		ip addr add 10.77.0.1/24 dev gtbr
		ip link set gtbr up
		ip link add gtv type veth peer name eth0 netns $NS
		ip link set gtv master gtbr up
		ip -n $NS addr add 10.77.0.2/24 dev eth0
		ip -n $NS link set eth0 up
		ip -n $NS link set lo up
		ip -n $NS route add default via 10.77.0.1
		ip -n $NS route add 172.16.0.0/16 via 10.77.0.1 metric 5
		ip -n $NS route add blackhole 192.168.7.0/24
		ip -n $NS rule add pref 100 from 10.9.0.0/16 lookup 77
		ip netns exec $NS nft -f - <<'RULES'
		table inet f {
			set friends { type ipv4_addr; flags interval; elements = { 10.9.0.0/16, 10.77.0.1 }; }
			map ports { type inet_proto . inet_service : ipv4_addr . inet_service; elements = { tcp . 80 : 10.9.0.2 . 8080 }; }
			map hosts { type inet_service : ipv4_addr; elements = { 80 : 10.9.0.2, 81 : 10.9.0.3 }; }
			map ways { type ifname . mark : verdict; elements = { "eth0" . 0x7 : jump more }; }
			chain in {
				type filter hook input priority 0; policy drop;
				ct state established,related accept
				tcp dport { 22, 80 } counter accept
				ip saddr @friends accept
				iifname . meta mark vmap @ways
			}
			chain more {
				udp dport 53 accept
			}
			chain nat {
				type nat hook prerouting priority -100;
				dnat ip to tcp dport map @hosts
			}
		}
		RULES
		sh -c "echo \$\$ >$CG/cgroup.procs; ulimit -n 777; ulimit -S -c 0; exec nsenter --net=/run/netns/$NS unshare --mount --pid --uts --ipc --fork \
			--mount-proc --kill-child sh -c 'mount -t tmpfs -o size=1m,nosuid t /mnt; mount --bind /usr /srv
			mount -o remount,bind,ro /srv; exec sleep 1000'" &
		# (jq says yes to no input at all)
		sleeps() { $GUISE explain --format json "netns:$1" >"$2" && jq -e '.who[] | select(.value | test("^itself: sleep"))' "$2"; }
		until sleeps $NS first; do sleep .1; done
		$GUISE explain --format shell netns:$NS >again
		TMPDIR=$PWD NAME=${NS}b sh again &
		until sleeps ${NS}b second; do sleep .1; done
		nft() { ip netns exec "$1" nft list ruleset; ip -n "$1" rule; ip -n "$1" route show table all type unicast; }
		nft $NS >rules.first
		nft ${NS}b >rules.second
		kill %2
		wait %2 || true
		ip netns >names
		kill %1
	END
	make_cgroup pids
	echo 40 >"$CG/pids.max"
	CG=$CG NS=$NS timeout 60 unshare --net --mount bash -e machine >log 2>&1 || { cat log; return 1; }
	equal='{ns: [.namespaces[] | {name, whose}], limits: [.limits[] | select(.limit) | {name, limit}],
		rlimits: [.limits[] | select(.name == "rlimits").value],
		mounts: [.mounts[] | select(.target) | {target, access, type, root, propagation}],
		net: [.network[] | select(.kind or .name == "route") | del(.command)], caps: [.capabilities[] | {name, mask}]}'
	same "$(jq "$equal" second)" "$(jq "$equal" first)"
	same "$(cat rules.second)" "$(cat rules.first)"
	has 'dport \{ 22, 80 \}' "$(cat rules.first)"
	has 'dnat ip .*map @hosts' "$(cat rules.second)"
	has 'nofile=777:777' "$(jq -r '.limits[] | select(.name == "rlimits").value' second)"
	has_not "${NS}b" "$(cat names)"
	same "$(compgen -G "$CG.copy")" ""
}
