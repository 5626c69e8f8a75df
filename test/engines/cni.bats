#!/usr/bin/env bats
# podman's CNI backend with guise-cni in the place of the plugins bridge and host-local, before others of Debian's
# containernetworking-plugins and behind them.

load common

PLUGIN=${GUISE:-$BATS_TEST_DIRNAME/../../build/check/src/guise}
PLUGIN=$(realpath "${PLUGIN%/*}")

setup() {
	[ -e /usr/lib/cni/portmap ] || skip "no CNI: apt install containernetworking-plugins"
	cd "$ENGINES"
	ENGINE=podman
	mkdir -p networks plugins
	ln -sf "$PLUGIN/guise-cni" plugins/guise # as it is installed
	cat >networks/ours.conflist <<-'EOT'
		{"cniVersion": "0.4.0", "name": "ours", "plugins": [
		 {"type": "guise", "bridge": "guise-p", "isDefaultGateway": true, "ipMasq": true,
		  "capabilities": {"ips": true, "mac": true},
		  "ipam": {"type": "guise", "ranges": [[{"subnet": "10.66.0.0/24"}], [{"subnet": "fd66::/64"}]]}},
		 {"type": "portmap", "capabilities": {"portMappings": true}},
		 {"type": "tuning", "sysctl": {"net.ipv4.conf.eth0.arp_notify": "1"}}]}
	EOT
	podman_start
	sed -i "s|network_backend = .*|network_backend = \"cni\"\ncni_plugin_dirs = [\"$ENGINES/plugins\", \"/usr/lib/cni\"]|" containers.conf
}

teardown() {
	podman_stop
	remove_cgroups
	rm -rf networks plugins
}

start() { podman run -d --network ours --name "$@" >/dev/null; }

@test "containers reach each other by both families, and the host; a published port is portmap's, behind guise-cni" {
	start one -p 8080:80 localhost/bb httpd -f -p 80 -h /var/data
	start two localhost/bb sleep 1000
	same "$(podman inspect one | jq -r '.[0].NetworkSettings.Networks.ours | [.IPAddress, .GlobalIPv6Address, .Gateway] | join(" ")')" \
		"10.66.0.2 fd66::2 10.66.0.1"
	podman exec two ping -q -c 1 -w 10 10.66.0.2
	podman exec two ping -q -c 1 -w 10 fd66::2
	same "$(podman exec two wget -q -O - http://10.66.0.2/file)" in-the-image
	same "$(podman exec two wget -q -O - http://10.66.0.1:8080/file)" in-the-image
	same "$(python3 -c 'import urllib.request as u; print(u.urlopen("http://10.66.0.1:8080/file", timeout=30).read().decode().strip())')" in-the-image
	same "$(podman exec one cat /proc/sys/net/ipv4/conf/eth0/arp_notify)" 1
	podman rm -f -t 0 one two >/dev/null
	same "$(ip -o link | grep -c -e guise -e ' gc' || true)" 0
	same "$(ls /run/guise/cni/attachments)" ""
}

@test "--ip and --mac-address arrive; what is taken is an error of podman's with our words; a restart has its address again" {
	start one --ip 10.66.0.99 --mac-address 02:00:00:00:00:99 localhost/bb sleep 1000
	has '10\.66\.0\.99/24' "$(podman exec one ip address show eth0)"
	has '02:00:00:00:00:99' "$(podman exec one ip address show eth0)"
	run podman run --rm --network ours --ip 10.66.0.99 localhost/bb true
	[ "$status" != 0 ]
	has 'take address 10\.66\.0\.99: another container has it' "$output"
	podman restart -t 0 one >/dev/null
	has '10\.66\.0\.99/24' "$(podman exec one ip address show eth0)"
	podman rm -f -t 0 one >/dev/null
	same "$(find /run/guise/cni/net -name '[0-9]*.*.*.*')" ""
}
