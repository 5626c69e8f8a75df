#!/usr/bin/env bats
# guise port of containers without published ports: nothing for scripts, and for people how they are reached.

load common

@test "nothing is printed of ports that are not there, and how it is reached instead is told" {
	guise run -d --name one --cgroup-parent "$PARENT" "dir:$ROOTFS" sleep 1000
	address=$(guise inspect -f '{{.NetworkSettings.IPAddress}}' one)
	run --separate-stderr guise port one
	same "$status:$output:$stderr" "0::guise: container one has no published ports; the machine reaches it by its address, $address"
	run --separate-stderr guise port one 80/tcp
	failed_with 125 "find port 80/tcp of container one: no port of it is published.*$address"
	guise run -d --name two --network host --cgroup-parent "$PARENT" "dir:$ROOTFS" sleep 1000
	run --separate-stderr guise port two
	has "machine's own network" "$stderr"
	guise run -d --name three --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" sleep 1000
	run --separate-stderr guise port three
	has "no address that the machine reaches" "$stderr"
	run --separate-stderr guise port nobody
	failed_with 125 nobody
}
