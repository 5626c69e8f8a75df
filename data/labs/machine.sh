# machine.sh machine|outside: what is made in the machine of a lab, and in the outside world beside it, before the lab's
# own set-up. guise carries this file in itself.

# serve PORT [NAME]: a web server, in the background, for whoever wants to see whether a connection comes through.
make_serve() {
	cat >/usr/local/bin/serve <<-'END'
		#!/bin/sh
		port=${1:-80} name=${2:-$(hostname)}
		if command -v perl >/dev/null; then
			perl -MSocket -e '
				socket(S, PF_INET, SOCK_STREAM, 0) or die;
				setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);
				bind(S, sockaddr_in($ARGV[0], $ARGV[2] ? inet_aton($ARGV[2]) : INADDR_ANY)) or die "port $ARGV[0]: $!\n";
				listen(S, 64);
				exit if fork;
				open STDIN, "</dev/null"; open STDOUT, ">/dev/null"; open STDERR, ">/dev/null";
				while (accept(C, S)) {
					my $r = ""; vec($r, fileno(C), 1) = 1;
					sysread C, $b, 4096 if select $r, undef, undef, 1;
					my $text = "this is $ARGV[1]\n";
					syswrite C, "HTTP/1.0 200 OK\r\nContent-Length: ".length($text)."\r\n\r\n$text";
					close C;
				}' "$port" "$name" "$3"
		else
			cd /var/empty 2>/dev/null || cd /tmp
			python3 -m http.server ${3:+--bind "$3"} "$port" >/dev/null 2>&1 </dev/null &
		fi
	END
	chmod 755 /usr/local/bin/serve
}

# What a new network namespace has of the host is not the lab's affair.
reset_settings() {
	echo 0 >/proc/sys/net/ipv4/ip_forward
	for name in all default; do
		echo 0 >/proc/sys/net/ipv4/conf/$name/rp_filter
	done
	for file in /proc/sys/net/bridge/bridge-nf-call-*tables; do
		[ ! -e "$file" ] || echo 0 >"$file"
	done
}

# In cgroup v2 no process may be where controllers are handed on.
hand_on_controllers() {
	cd /sys/fs/cgroup
	[ -e cgroup.controllers ] || return 0
	mkdir -p machine
	for pid in $(cat cgroup.procs); do
		echo "$pid" >machine/cgroup.procs 2>/dev/null || true
	done
	for controller in $(cat cgroup.controllers); do
		echo "+$controller" >cgroup.subtree_control
	done
}

make_serve
ip link set lo up
reset_settings
mkdir -p /run/netns
case $1 in
machine)
	mount --make-rshared /
	hand_on_controllers
	ip address add 203.0.113.2/24 dev eth0
	ip route add default via 203.0.113.1
	;;
outside)
	# it knows the machine, and no private address behind it
	ip link set uplink up
	ip address add 203.0.113.1/24 dev uplink
	ip address add 198.51.100.10/32 dev lo
	serve 80 "the outside world"
	;;
esac
