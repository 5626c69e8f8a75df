#!/usr/bin/env bats
# The completion for bash: what it offers, without a terminal.

load common

need_for_all() {
	mkdir bin
	ln -s "$GUISE" bin/guise
	PATH=$DIR/bin:$PATH
	"$GUISE" completion >completion
}

# What is offered for the last of these words, a line each. (bash has made words of = and :, too.)
offered() { # WORD...
	bash -c 'compopt() { :; }
		. ./completion
		COMP_WORDS=(guise "$@") COMP_CWORD=$#
		_guise
		printf "%s\n" "${COMPREPLY[@]}" | sort' - "$@"
}

@test "commands, their options, their words" {
	has '^inspect$' "$(offered '')"
	guise completion bash | diff completion -
	same "$(offered completion '')" bash
	run -125 guise completion zsh
	has "completion for 'zsh': there is one for bash only" "$output"
	same "$(offered ins)" inspect
	same "$(offered help ins)" inspect
	same "$(offered system '')" $'df\nprune'
	has '^--memory$' "$(offered run --mem)"
	same "$(offered run --network no)" none
	same "$(offered run --network = br)" bridge
	same "$(offered ru)" run
	same "$(offered run ho)" host:
}

@test "names of containers, of those that run where it matters, below --root" {
	box_detached --name running "dir:$ROOTFS" sleep 1000
	guise run --name ended --network none --cgroup-parent "$PARENT" "dir:$ROOTFS" true
	for command in rm inspect logs explain update; do
		same "$(offered --root "$STATE" $command '')" "ended
running"
	done
	for command in stop kill exec wait pause unpause top stats; do
		same "$(offered --root = "$STATE" $command '')" running
	done
	same "$(offered --root "$STATE" rm ended run)" running
	same "$(offered --root "$STATE" run --network container : r)" running
	same "$(offered --root "$STATE" exec running ./comp)" ./completion
}

@test "files and directories" {
	mkdir some
	touch some/file
	same "$(offered run dir : s)" some
	same "$(offered run dir : some/)" ""
	same "$(offered run --env-file some/)" some/file
	same "$(offered run -v some/)" some/file
	same "$(offered run host: ./comp)" ./completion
}
