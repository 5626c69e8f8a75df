#!/usr/bin/env bats
# guise info and guise version: what there is on this machine.

load common

@test "info: containers by their state" {
	same "$(guise info -f '{{.Containers}}')" 0
	box_detached --name one "dir:$ROOTFS" sleep 1000
	box_detached --name two "dir:$ROOTFS" sleep 1000
	guise pause two
	guise run --name three --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	same "$(guise info --format json | jq -c '[.Containers, .ContainersRunning, .ContainersPaused, .ContainersStopped]')" "[3,1,1,1]"
	has '^ Paused: 1$' "$(guise info)"
}

@test "info: the machine, as it is" {
	info=$(guise info --format json)
	same "$(jq -r .KernelVersion <<<"$info")" "$(uname -r)"
	same "$(jq -r .NCPU <<<"$info")" "$(getconf _NPROCESSORS_ONLN)"
	same "$(jq -r .MemTotal <<<"$info")" $(($(awk '/^MemTotal/ { print $2 }' /proc/meminfo) * 1024))
	same "$(jq -r .Name <<<"$info")" "$(uname -n)"
	same "$(jq -r .Guise.StateDir <<<"$info")" "$STATE"
	case $(world) in
	v2) same "$(jq -r .CgroupVersion <<<"$info")" 2; has '^Cgroup Version: 2$' "$(guise info)" ;;
	hybrid) has '^Cgroup Version: 1 and 2$' "$(guise info)" ;;
	esac
	memory=$(jq -r .Guise.Controllers.memory <<<"$info")
	[ -d "$memory" ]
	has '^name=seccomp,profile=builtin$' "$(jq -r '.SecurityOptions[]' <<<"$info")"
	run --separate-stderr guise info -f '{{.NoSuchThing}}'
	failed_with 125 NoSuchThing
}

@test "version: of guise and of the kernel, as docker's template has it" {
	version=$(guise --version)
	same "guise $(guise version -f '{{.Client.Version}}')" "$version"
	same "guise $(guise version -f '{{.Server.Version}}')" "$version"
	same "$(guise version --format json | jq -r .Client.KernelVersion)" "$(uname -r)"
	has '^ Version: +[0-9]' "$(guise version)"
	has seccomp "$(guise version)"
}
