#!/usr/bin/env bats
# What engines look for in messages (src/spec/engine_words.h), and what kill does: most of these messages are kill's.

load common
load oci

# The command failed with that status, and said TEXT.
says() { # STATUS TEXT COMMAND...
	run "-$1" oci "${@:3}"
	[[ $output == *"$2"* ]] || { echo "said: $output"; return 1; }
}

@test "kill of a container that has ended: container not running" {
	sh_bundle b box true
	oci create -b b box </dev/null
	oci start box
	await has_status box stopped
	for sig in TERM KILL 0 9; do
		says 1 "container not running" kill box $sig
	done
	says 255 "cannot exec in a stopped container" exec box true
	oci delete box
	says 1 "does not exist" kill box TERM
	says 1 "does not exist" state box
	says 1 "does not exist" delete box
}

@test "an id that is taken, or is none" {
	bundle b box
	oci create -b b box </dev/null
	says 1 "container with given ID already exists" create -b b box
	says 1 "invalid container ID format" create -b b 'b x'
	oci delete --force box
}

@test "a command that is not there, or cannot be executed" {
	bundle b box
	oci run -d -b b box </dev/null >/dev/null
	touch b/rootfs/tmp/file
	for command in nosuch:'executable file not found in $PATH' /nosuch:'no such file or directory' \
		/tmp:'permission denied' /tmp/file:'permission denied'; do
		says 255 "${command#*:}" exec box "${command%%:*}"
		[[ $output == *"${command%%:*}"* ]]
		jq --arg c "${command%%:*}" '.process.args = [$c]' b/config.json >config
		mkdir -p "c/rootfs" && cp -a b/rootfs/. c/rootfs && jq '.linux.cgroupsPath += "2"' config >c/config.json
		says 1 "${command#*:}" run -b c box2
	done
	oci delete --force box
}

@test "signal 0 asks whether there is anybody" {
	bundle b box
	oci create -b b box </dev/null
	oci kill box 0
	oci start box
	oci kill box 0
	has_status box running
	oci delete --force box
}

ended() { [ ! -e "/proc/$1" ] || grep -q '^State:	Z' "/proc/$1/status"; }

@test "KILL of a container without a pid namespace ends all of its processes, also when the first has ended" {
	for first in 'sleep 1000' ''; do
		sh_bundle b box "sleep 999 </dev/null >/dev/null 2>&1 & echo \$! >/tmp/pid; $first" '.linux.namespaces |= map(select(.type != "pid"))'
		rm -f b/rootfs/tmp/pid
		oci run -d -b b box </dev/null >/dev/null
		await test -s b/rootfs/tmp/pid
		pid=$(cat b/rootfs/tmp/pid)
		[ -n "$first" ] || await has_status box stopped
		oci kill box KILL
		await ended "$pid"
		await has_status box stopped
		says 1 "container not running" kill box KILL
		oci delete box
	done
}

ended() { [ ! -e "/proc/$1" ] || grep -q '^State:	Z' "/proc/$1/status"; }
