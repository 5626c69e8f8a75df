# For bench/cni and bench/connect: sourced, with $plugin set, where /run is empty. guise-cni, and the chain bridge, host-local,
# portmap, firewall of Debian's containernetworking-plugins, called as a runtime does: ADD and DEL of network namespace nN, as
# guise_ADD N, chain_DEL N.
reference=/usr/lib/cni

call() { # VERB N PLUGIN
	CNI_COMMAND=$1 CNI_CONTAINERID=n$2 CNI_NETNS=/run/netns/n$2 CNI_IFNAME=eth0 CNI_PATH=$reference "$3"
}
range='"ranges": [[{"subnet": "10.77.0.0/16"}]]'
bridge='"bridge": "cni-bench", "isDefaultGateway": true, "ipMasq": true'
ours='{"cniVersion": "1.0.0", "name": "bench", "type": "guise", '$bridge', "ipam": {'$range'}}'
theirs='{"cniVersion": "1.0.0", "name": "bench", "type": "bridge", '$bridge', "ipam": {"type": "host-local", "dataDir": "/run/leases", '$range'}}'
portmap='{"cniVersion": "1.0.0", "name": "bench", "type": "portmap", "capabilities": {"portMappings": true}, "prevResult": '
firewall='{"cniVersion": "1.0.0", "name": "bench", "type": "firewall", "prevResult": '

guise_ADD() { call ADD "$1" "$plugin" <<<"$ours" >/dev/null; }
guise_DEL() { call DEL "$1" "$plugin" <<<"$ours"; }
chain_ADD() {
	call ADD "$1" $reference/bridge <<<"$theirs" >"/run/result-$1"
	call ADD "$1" $reference/portmap <<<"$portmap$(<"/run/result-$1")}" >/dev/null
	call ADD "$1" $reference/firewall <<<"$firewall$(<"/run/result-$1")}" >/dev/null
}
chain_DEL() {
	call DEL "$1" $reference/firewall <<<"$firewall$(<"/run/result-$1")}"
	call DEL "$1" $reference/portmap <<<"$portmap$(<"/run/result-$1")}"
	call DEL "$1" $reference/bridge <<<"$theirs"
}
