#!/usr/bin/env bats
# Network namespaces by the names of ip-netns(8): one is joined, and a container's gets one. /run/netns is the test's own.

load common
load network

joins() { "$GUISE_BIN" --root "$STATE" run --rm --cgroup-parent "$PARENT" "$@"; }
starts() { "$GUISE_BIN" --root "$STATE" run -d --cgroup-parent "$PARENT" "$@" >/dev/null; }
manages() { "$GUISE_BIN" --root "$STATE" "$@"; }
fails_with() { # REGEX COMMAND...
	local words=$1 status=0 said

	shift
	said=$("$@" 2>&1) || status=$?
	[[ $status == 125 && $said =~ $words ]] || { echo "status $status: $said"; return 1; }
}
number_of() { stat -Lc %i "$1"; }
export PARENT ROOTFS

@test "--network netns:NAME and ns:PATH join a namespace that was made by hand, with the resolv.conf that it has" {
	joined() {
		mkdir -p /run/etc/upper /run/etc/work
		mount -t overlay etc /etc -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work
		mkdir -p /etc/netns/net1
		printf 'nameserver %s\n' 127.0.0.1 fd00::53 >/etc/netns/net1/resolv.conf # its loopback, not the machine's
		namespace net1
		namespace net2
		ip link add veth1 netns net1 type veth peer name veth2 netns net2
		ip -n net1 address add 10.77.0.1/24 dev veth1
		ip -n net2 address add 10.77.0.2/24 dev veth2
		ip -n net1 link set veth1 up
		ip -n net2 link set veth2 up
		joins --network netns:net1 "dir:$ROOTFS" sh -c 'readlink /proc/self/ns/net; cat /etc/resolv.conf' >said
		[ "$(cat said)" = "net:[$(number_of /run/netns/net1)]"$'\n'"$(cat /etc/netns/net1/resolv.conf)" ] || { cat said; return 1; }
		# one answers the other, over a cable that guise has not made
		starts --name server --network ns:/run/netns/net2 host: sh -c 'echo hello >/srv/hello; cd /srv; exec python3 -m http.server -b 10.77.0.2 80'
		await joins --network netns:net1 host: python3 -c 'import urllib.request as u; assert u.urlopen("http://10.77.0.2/hello").read() == b"hello\n"'
		[ "$(manages inspect -f '{{.HostConfig.NetworkMode}}' server)" = ns:/run/netns/net2 ]
		manages explain --check server >/dev/null
		manages rm -f server >/dev/null
		# they stay as they were
		[ "$(ip netns list | awk '{ print $1 }' | sort | xargs)" = "net1 net2" ]
		pings net1 10.77.0.2
		# in a user namespace of its own, too
		[ "$(joins --userns auto --network netns:net1 "dir:$ROOTFS" readlink /proc/self/ns/net)" = "net:[$(number_of /run/netns/net1)]" ]
	}
	alone joined
}

@test "what is joined is a network namespace, or an error says what it is not" {
	refused() {
		namespace net1
		mkfifo "$DIR/fifo"
		touch "$DIR/file"
		fails_with 'join the net namespace /run/netns/nobody: No such file or directory; .ip netns add' joins --network netns:nobody host: true
		for path in "$DIR/fifo" "$DIR/file" /proc/self/ns/uts /dev/null /; do
			fails_with "join the net namespace $path: it is no net namespace" joins --network "ns:$path" host: true
		done
		fails_with "'ns:run/netns/net1': it is no absolute path" joins --network ns:run/netns/net1 host: true
		fails_with "'\.\./net1': no network namespace can have that name" joins --network netns:../net1 host: true
		fails_with 'its net namespace is not the container.s own' joins --network netns:net1 --sysctl net.ipv4.ip_forward=1 host: true
		fails_with 'has no address on the container.s network' joins --network netns:net1 --add-host a:host-gateway host: true
		fails_with 'only on the bridge there are addresses to give' joins --network netns:net1 --ip 10.10.0.9 host: true
	}
	alone refused
}

@test "--netns-name: ip netns exec enters the container's network, until it ends" {
	named() {
		starts --name web --netns-name web "dir:$ROOTFS" sleep 1000
		[ "$(ip netns list | awk '{ print $1 }')" = web ]
		ip netns exec web ip -o -4 address show eth0 | grep -q 10.10.0.2/24
		pings web 10.10.0.1
		manages explain --check web >/dev/null
		# a name belongs to one
		fails_with 'name the network namespace web: there is one of that name' joins --netns-name web "dir:$ROOTFS" true
		ip netns exec web true
		# what is in it still does not keep the address's cable
		ip netns exec web sleep 1000 &
		await grep -qx sleep "/proc/$!/comm"
		manages rm -f web >/dev/null
		[ -z "$(ls /run/netns)" ]
		[ -z "$(ip -o link show type veth)" ]
		kill $!
		# without a bridge, too; what somebody else gave that name meanwhile is left alone
		starts --name none --network none --netns-name web "dir:$ROOTFS" sleep 1000
		ip netns delete web
		if manages explain --check none >/dev/null; then return 1; fi
		ip netns add web
		number=$(number_of /run/netns/web)
		manages rm -f none >/dev/null
		[ "$(number_of /run/netns/web)" = "$number" ]
		fails_with 'the network namespace is not the container.s own' joins --network host --netns-name other host: true
	}
	alone named
}
