#!/usr/bin/env bats
# What guise sees of machines that others have set up: docker's, podman's, ufw's, firewalld's and libvirt's. As they are
# they are healthy, no hop of a way is unknown, and what a person then breaks is named. Each test has a network namespace
# of its own, with an outside that nothing but a descriptor leads to.

load common

GUISE=${GUISE:-$BATS_TEST_DIRNAME/../../build/check/src/guise}

setup() { cd "$ENGINES"; }
teardown() { remove_cgroups; }

need() { command -v "$1" >/dev/null || skip "no $1: apt install $2"; }

# ---- the machine

on_a_machine() { # FUNCTION
	export -f $(declare -F | awk '{ print $3 }')
	export GUISE PARENT CGROUP_MANAGER cgroup_parent
	unshare --net --mount --propagation private bash -euc 'machine; "$1"' machine "$1" 3>&-
}

machine() {
	cd "$(mktemp -d "$ENGINES/machine.XXXXXX")"
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir -p /run/lock /run/netns
	mount -t tmpfs -o mode=755 tmpfs /var/lib
	ip link set lo up
	python3 - $$ <<-'EOT' &
		import ctypes, os, subprocess, sys, time
		libc, new = ctypes.CDLL(None), 0x40000000
		own = os.open("/proc/self/ns/net", os.O_RDONLY)
		libc.unshare(new)
		subprocess.run("ip link set lo up; ip link add eth0 type veth peer name up0; ip link set up0 netns " + sys.argv[1] +
			"; ip address add 203.0.113.1/24 dev eth0; ip link set eth0 up", shell=True, check=True)
		there = os.open("/proc/self/ns/net", os.O_RDONLY)
		libc.setns(own, new)
		open("outside", "w").close()
		time.sleep(100)
	EOT
	outside=$!
	trap 'kill $outside' EXIT
	await test -e outside
	ip address add 203.0.113.2/24 dev up0
	ip link set up0 up
	ip route add default via 203.0.113.1
}

# ---- what guise says

trace() { # FROM TO VERDICT: the beginning of the last line
	local said

	said=$("$GUISE" --root "$PWD/state" trace "$1" "$2" | tail -n 1) || :
	[[ $said == "$3"* ]] || { echo "trace $1 $2: $said"; echo "expected: $3"; return 1; }
}

# The codes of faults and suspicions. On the machine that this runs on others may have left cgroups.
codes() {
	"$GUISE" --root "$PWD/state" doctor --format json 2>said >findings || [ $? = 1 ] || cat said
	jq -r '.[] | select(.code != "leftover") | .code' findings | sort -u | xargs
}

told() { same "$(codes)" "$1" || { jq -c '.[] | select(.code != "leftover")' findings; return 1; }; }
healthy() { told ""; }

# A change of the rules that a person makes, what doctor then says of it, and what becomes of two ways. It is taken back.
change() { # CODES OUT IN COMMAND...
	local codes=$1 out=$2 in=$3

	shift 3
	iptables-save >rules
	"$@" >/dev/null
	told "$codes" || { echo "after $*"; return 1; }
	trace one outside "$out" || { echo "after $*"; return 1; }
	trace outside host:8080 "$in" || { echo "after $*"; return 1; }
	iptables-restore <rules
}

# The same of links, addresses and the like: how it is taken back is told, too. A container's code is told once.
altered() { # FROM CODES OUT IN CHANGE UNDO
	bash -c "$5" >/dev/null
	told "$2" || { echo "after $5"; return 1; }
	[ -z "$3" ] || trace "$1" outside "$3" || { echo "after $5"; return 1; }
	[ -z "$4" ] || trace outside host:8080 "$4" || { echo "after $5"; return 1; }
	bash -c "$6" >/dev/null
}

# What people change on a machine with containers, whoever made these. IN: "blocked", or "" without a published port.
usual_changes() { # FROM BRIDGE ADDRESS/LENGTH CABLE IP IN
	altered "$1" bridge-down blocked "$6" "ip link set $2 down" "ip link set $2 up"
	altered "$1" veth-host-down blocked "$6" "ip link set $4 down" "ip link set $4 up"
	altered "$1" veth-not-on-bridge blocked "$6" "ip link set $4 nomaster" "ip link set $4 master $2"
	altered "$1" gateway-address-missing blocked "$6" "ip address delete $3 dev $2" "ip address add $3 dev $2"
	altered "$1" forwarding-off blocked "$6" "sysctl -qw net.ipv4.ip_forward=0" "sysctl -qw net.ipv4.ip_forward=1"
	altered "$1" host-offline blocked "" "ip route delete default" "ip route add default via 203.0.113.1"
	altered "$1" route-blackhole blocked "$6" "ip route add unreachable $5" "ip route delete unreachable $5"
}

usual_changes_of_one() { # BRIDGE ADDRESS/LENGTH
	local cable

	cable=$(engine exec one cat /sys/class/net/eth0/iflink)
	cable=$(ip -o link | awk -F'[ :@]+' -v n="$cable" '$1 == n { print $2 }')
	usual_changes one "$1" "$2" "$cable" "$(engine exec one hostname -i)" blocked
}

# What is the same with each engine: one has a port that is published, two is beside it, and apart in another network.
look() {
	healthy
	trace one outside arrives
	trace one outside:443 arrives
	trace two outside:53/udp arrives
	trace apart outside arrives
	trace one two arrives
	trace two one:80 arrives
	trace host one:80 arrives
	trace outside host:8080 arrives
	trace two host:8080 arrives
	trace outside host:8081 blocked
	engine exec one ping -c 1 -W 2 203.0.113.1 >/dev/null
}

containers() {
	engine network create net1 >/dev/null
	engine run -d --name one -p 8080:80 localhost/bb httpd -f -p 80 >/dev/null
	engine run -d --name two localhost/bb sleep 1000 >/dev/null
	engine run -d --name apart --network net1 localhost/bb sleep 1000 >/dev/null
}

# ---- guise beside it

# A container of guise's is told that something drops, and one on a network made for it is let through, also when the
# other tool has made its rules anew.
beside() { # COMMAND...: what makes them anew
	local guise=("$GUISE" --root "$PWD/beside")

	"${guise[@]}" run -d --name plain --cgroup-parent "$PARENT" host: sleep 1000 >/dev/null 2>told
	grep -q 'drops what it does not know' told || { echo "nothing was said: $(cat told)"; return 1; }
	! reaches_out plain || { echo "it is let through without an order"; return 1; }
	"${guise[@]}" network create --firewall-compat through >/dev/null
	"${guise[@]}" run -d --name through --network through --cgroup-parent "$PARENT" host: sleep 1000 >/dev/null
	reaches_out through || { echo "it is not let through"; nft list ruleset; return 1; }
	"$@" >/dev/null
	"${guise[@]}" network reload >put-back
	reaches_out through || { echo "it is not let through any more"; cat put-back; return 1; }
	"${guise[@]}" explain --check --format json through >checked || :
	[ -z "$(jq -r '.steps[] | select(.section == "network" and .check != "ok")' checked | tee bad)" ] || { cat bad; return 1; }
	"${guise[@]}" rm -f plain through >/dev/null
	await gone
}
# (ufw lets pings through, so a connection is tried, which the outside refuses.)
reaches_out() {
	local pid

	pid=$("$GUISE" --root "$PWD/beside" inspect -f '{{.State.Pid}}' "$1")
	nsenter -t "$pid" -n timeout 2 bash -c ': <>/dev/tcp/203.0.113.1/9' 2>&1 | grep -q refused
}
gone() { ! nft list ruleset | grep -q guise; }

# ---- docker

docker_machine() {
	ENGINE=docker
	containerd_start
	cat >daemon.json <<-EOT
		{ "data-root": "$PWD/docker", "exec-root": "/run/docker-test", "pidfile": "/run/docker-test.pid",
		  "hosts": ["unix:///run/docker-test.sock"], "containerd": "/run/containerd-test.sock", "storage-driver": "overlay2",
		  "deprecated-key-path": "$PWD/key.json", "cgroup-parent": "$cgroup_parent",
		  "exec-opts": ["native.cgroupdriver=$CGROUP_MANAGER"],
		  "runtimes": { "tested": { "path": "$RUNTIME" } }, "default-runtime": "tested" }
	EOT
	dockerd --config-file "$PWD/daemon.json" >"$ENGINES/dockerd.log" 2>&1 &
	echo $! >"$ENGINES/dockerd.pid"
	export DOCKER_HOST=unix:///run/docker-test.sock DOCKER_CONFIG=$PWD
	await docker info || { tail -n 20 "$ENGINES/dockerd.log" >&2; return 1; }
	trap 'docker_stop; kill $outside' EXIT
	docker import "$ENGINES/image.tar" localhost/bb >/dev/null
	containers
	docker network create --internal kept >/dev/null
	docker run -d --name kept --network kept localhost/bb sleep 1000 >/dev/null
	look
	trace one apart blocked
	trace kept outside blocked
	change forward-policy-drop arrives blocked iptables -F DOCKER
	change "" arrives arrives iptables -P FORWARD ACCEPT
	change "" arrives arrives iptables -I DOCKER-USER -s 172.16.0.0/12 -m limit --limit 5/min -j LOG
	change forward-rule-drop blocked blocked iptables -I DOCKER-USER -j DROP
	change forward-rule-drop "blocked on the way back" blocked iptables -I DOCKER-USER -i up0 -j DROP
	change masquerade-missing blocked arrives iptables -t nat -D POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
	change "" arrives arrives iptables -t nat -F DOCKER # docker-proxy listens, too, and passes it on
	usual_changes_of_one docker0 172.17.0.1/16
	iptables -P FORWARD DROP
	iptables -F DOCKER-USER
	beside iptables -F DOCKER-USER
}

@test "docker: its defaults, an internal network, and what is broken" {
	need dockerd docker.io
	on_a_machine docker_machine
}

# ---- podman

podman_machine() { # BACKEND BRIDGE
	ENGINE=podman
	export CONTAINERS_CONF=$PWD/containers.conf
	podman_start
	sed -i "s/network_backend = .*/network_backend = \"$1\"/; s|network_config_dir = .*|network_config_dir = \"$PWD/networks\"\ncni_plugin_dirs = [\"/usr/lib/cni\"]|" \
		"$ENGINES/containers.conf"
	trap 'podman_stop; kill $outside' EXIT
	mkdir networks
	containers
	look
	trace one apart arrives
	change forward-policy-drop arrives blocked iptables -P FORWARD DROP
	change forward-rule-drop blocked blocked iptables -I FORWARD -j DROP
	change masquerade-missing blocked arrives iptables -t nat -F POSTROUTING
	# what it publishes is known by its rules, if it is in no file
	has 'published .*:8080 -> 80/tcp' "$("$GUISE" --root "$PWD/state" explain one | tr -s ' ')"
	has '8080 → 80/tcp' "$(LC_ALL=C.UTF-8 "$GUISE" --root "$PWD/state" map)"
	usual_changes_of_one "$2" 10.88.0.1/16
}
netavark_machine() { podman_machine netavark podman0; }
cni_machine() { podman_machine cni cni-podman0; }

@test "podman with netavark: its defaults, and what is broken" {
	on_a_machine netavark_machine
}

@test "podman with CNI: its defaults, and what is broken" {
	[ -e /usr/lib/cni/bridge ] || skip "no CNI: apt install containernetworking-plugins"
	on_a_machine cni_machine
}

# ---- firewalls

# A network made by hand.
network() { # BRIDGE ADDRESS-BEGINNING
	local n=2 name

	for name in one two; do
		ip netns add "$name"
		ip link add "v-$name" type veth peer name eth0 netns "$name"
		ip link set "v-$name" master "$1" up
		ip -n "$name" address add "$2.$n/24" dev eth0
		ip -n "$name" link set lo up
		ip -n "$name" link set eth0 up
		ip -n "$name" route add default via "$2.1"
		n=$((n + 1))
	done
	ip netns exec one python3 -m http.server 80 >/dev/null 2>&1 &
	server=$!
	trap 'kill $server $outside' EXIT
	await ip netns exec one sh -c 'ss -ltn | grep -q :80'
}

bridge() {
	ip link add br0 type bridge
	ip address add 10.10.0.1/24 dev br0
	ip link set br0 up
	echo 1 >/proc/sys/net/ipv4/ip_forward
	network br0 10.10.0
}

ways() { # OUT BESIDE IN
	trace netns:one outside:443 "$1"
	trace netns:one netns:two "$2"
	trace outside host:8080 "$3"
}

ufw_machine() {
	cp -a /etc/ufw etc
	cp -a /etc/default/ufw default
	mount --bind etc /etc/ufw
	mount --bind default /etc/default/ufw
	bridge
	iptables -t nat -A POSTROUTING -s 10.10.0.0/24 ! -o br0 -j MASQUERADE
	iptables -t nat -A PREROUTING -i up0 -p tcp --dport 8080 -j DNAT --to 10.10.0.2:80
	healthy
	ways arrives arrives arrives
	ufw --force enable >/dev/null
	told forward-policy-drop
	ways blocked arrives blocked
	ufw default allow routed >/dev/null
	healthy
	ways arrives arrives arrives
	ufw route deny from 10.10.0.0/24 >/dev/null
	told forward-rule-drop
	ways blocked arrives arrives
	ufw route delete deny from 10.10.0.0/24 >/dev/null
	healthy
	usual_changes netns:one br0 10.10.0.1/24 v-one 10.10.0.2 blocked
	ufw default deny routed >/dev/null
	beside ufw reload
}

@test "ufw: enabled, routed traffic allowed, and denied" {
	need ufw ufw
	on_a_machine ufw_machine
}

firewalld_machine() {
	mkdir -p /run/dbus etc
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/dbus/system_bus_socket
	dbus-daemon --system --nofork --nopidfile --address="$DBUS_SYSTEM_BUS_ADDRESS" >/dev/null 2>&1 &
	bus=$!
	mount --bind etc /etc/firewalld
	await test -S /run/dbus/system_bus_socket
	firewalld --nofork --nopid >firewalld.log 2>&1 &
	wall=$!
	await firewall-cmd --state || { cat firewalld.log; kill $bus $wall; return 1; }
	bridge
	trap 'kill $server $outside $wall $bus' EXIT
	told "forward-rule-drop masquerade-missing"
	firewall-cmd -q --zone=trusted --add-interface=br0
	firewall-cmd -q --zone=public --add-interface=up0
	firewall-cmd -q --zone=public --add-masquerade
	firewall-cmd -q --zone=public --add-forward-port=port=8080:proto=tcp:toport=80:toaddr=10.10.0.2
	healthy
	ways arrives arrives arrives
	ip netns exec one ping -c 1 -W 2 203.0.113.1 >/dev/null
	firewall-cmd -q --zone=public --remove-masquerade
	told masquerade-missing
	ways blocked arrives arrives
	firewall-cmd -q --zone=public --add-masquerade
	healthy
	usual_changes netns:one br0 10.10.0.1/24 v-one 10.10.0.2 blocked
	firewall-cmd -q --zone=public --remove-masquerade
	firewall-cmd -q --reload # all of that is forgotten
	told "forward-rule-drop masquerade-missing"
	ways blocked blocked blocked
	beside firewall-cmd -q --reload
}

@test "firewalld: zones, and what a reload forgets" {
	need firewalld firewalld
	on_a_machine firewalld_machine
}

# ---- libvirt

libvirt_machine() {
	mkdir -p etc /run/libvirt /var/lib/libvirt
	mount --bind etc /etc/libvirt
	libvirtd >libvirt.log 2>&1 &
	daemon=$!
	trap 'kill $daemon $outside' EXIT
	await virsh list || { cat libvirt.log; return 1; }
	virsh net-define /usr/share/libvirt/networks/default.xml >/dev/null
	virsh net-start default >/dev/null
	network virbr0 192.168.122
	trap 'virsh net-destroy default >/dev/null; kill $server $daemon $outside' EXIT
	await sh -c '! bridge link | grep -qE "state (listening|learning)"' # libvirt's bridges speak STP
	healthy
	trace netns:one outside:443 arrives
	trace netns:one netns:two arrives
	trace outside netns:one:80 blocked
	ip link set virbr0 type bridge stp_state 0 # a port that was down would listen for a while
	usual_changes netns:one virbr0 192.168.122.1/24 v-one 192.168.122.2 ""
	healthy
	# a network that is begun anew has a new bridge, and its guests are left behind
	altered netns:one veth-not-on-bridge blocked "" "virsh net-destroy default; virsh net-start default
		ip link set virbr0 type bridge stp_state 0" "ip link set v-one master virbr0; ip link set v-two master virbr0"
	healthy
	change_virbr() {
		iptables -D LIBVIRT_FWO -s 192.168.122.0/24 -i virbr0 -j ACCEPT 2>/dev/null ||
			nft flush chain ip libvirt_network guest_output
	}
	change_virbr
	told forward-rule-drop
	trace netns:one outside:443 blocked
	iptables -I FORWARD -i virbr0 -j ACCEPT
	healthy
	iptables -t nat -F LIBVIRT_PRT 2>/dev/null || nft flush chain ip libvirt_network guest_nat
	told masquerade-missing
	trace netns:one outside:443 blocked
}

@test "libvirt: its default network, and a rule that is gone" {
	need libvirtd libvirt-daemon-system
	need virsh libvirt-clients
	on_a_machine libvirt_machine
}

# ---- LXC

# Its cgroups are below process 1's, of each hierarchy.
lxc_stop() {
	lxc-stop -k -n one || :
	lxc-wait -n one -s STOPPED -t 20
	await sh -c "! find /sys/fs/cgroup -depth -type d -path '*/${cgroup_parent#/}*' -exec rmdir {} + 2>&1 | grep ."
}

lxc_machine() {
	mkdir -p root /var/lib/lxc/one
	tar -xf "$ENGINES/image.tar" -C root
	# it looks for its bridge in /sys, which is of the network namespace of who mounted it
	mkdir /run/cgroup
	mount --rbind /sys/fs/cgroup /run/cgroup
	mount -t sysfs sysfs /sys
	mount --rbind /run/cgroup /sys/fs/cgroup
	ip link add br0 type bridge
	ip address add 10.10.0.1/24 dev br0
	ip link set br0 up
	echo 1 >/proc/sys/net/ipv4/ip_forward
	iptables -t nat -A POSTROUTING -s 10.10.0.0/24 ! -o br0 -j MASQUERADE
	iptables -t nat -A PREROUTING -i up0 -p tcp --dport 8080 -j DNAT --to 10.10.0.2:80
	iptables -P FORWARD ACCEPT # so that it is saved
	cat >/var/lib/lxc/one/config <<-EOT
		lxc.uts.name = one
		lxc.rootfs.path = dir:$PWD/root
		lxc.init.cmd = /bin/httpd -f -p 80
		lxc.mount.auto = proc:mixed
		lxc.cgroup.dir.container = ${cgroup_parent#/}/lxc-one
		lxc.cgroup.dir.monitor = ${cgroup_parent#/}/lxc-monitor
		lxc.cgroup.dir.monitor.pivot = ${cgroup_parent#/}/lxc-pivot
		lxc.net.0.type = veth
		lxc.net.0.veth.pair = v-one
		lxc.net.0.link = br0
		lxc.net.0.flags = up
		lxc.net.0.ipv4.address = 10.10.0.2/24
		lxc.net.0.ipv4.gateway = 10.10.0.1
	EOT
	lxc-start -n one -o lxc.log || { cat lxc.log; return 1; }
	trap 'lxc_stop; kill $outside' EXIT
	await lxc-wait -n one -s RUNNING -t 0
	has '^container +one of lxc, running' "$("$GUISE" --root "$PWD/state" explain one)"
	healthy
	trace one outside:443 arrives
	trace outside host:8080 arrives
	usual_changes one br0 10.10.0.1/24 v-one 10.10.0.2 blocked
	change forward-policy-drop blocked blocked iptables -P FORWARD DROP
	change masquerade-missing blocked arrives iptables -t nat -F POSTROUTING
	change forward-rule-drop arrives blocked iptables -A FORWARD -p tcp --dport 80 -j DROP
}

@test "lxc: a container on a bridge, and what is broken" {
	need lxc-start lxc
	on_a_machine lxc_machine
}
