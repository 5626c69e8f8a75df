#!/usr/bin/env bats
# config.md and config-linux.md: the terminal of a process.
#
# The runtime sends the terminal's other end over --console-socket, as runc's command line has it.

load common

setup_file() {
	prepare
	"$CONFORMANCE/peer" console "$DIR/socket" >"$DIR/console" 3>&- 4>&- &
	await test -S "$DIR/socket"
	bundle terminal '.process.terminal = true | .process.consoleSize = {height: 33, width: 77} | sh("
		for i in 0 1 2; do test -t $i && echo tty: $i; done
		echo size: $(probe winsize)
		echo name: $(readlink /proc/self/fd/0)
		echo console: $(stat -c %t.%T:%F /dev/console) pts: $(stat -c %t.%T /dev/pts/0)
		echo controlling: $(cat /proc/self/stat | cut -d\" \" -f7)
		echo ptmx: $(readlink /dev/ptmx) $(stat -L -c %t.%T /dev/ptmx)
		echo hello >/dev/console
		echo done: yes")'
	oci create --console-socket "$DIR/socket" --bundle "$DIR/terminal" terminal >"$DIR/create.out" 2>&1 </dev/null || cat "$DIR/create.out" >&2
	oci start terminal >>"$DIR/create.out" 2>&1 || true
	await grep -q 'done: yes' "$DIR/console" || cat "$DIR/create.out" "$DIR/console" >&2
}

said() { sed -n "s/\r$//; s/^$1: //p" "$DIR/console"; }

@test 'if set to true on Linux a pseudoterminal pair is allocated for the process' {
	has '^descriptors 1$' "$(cat console)"
	has '^terminal yes$' "$(cat console)"
}

@test "the pseudoterminal pty is duplicated on the process's standard streams." {
	same "$(said tty | tr '\n' ' ')" "0 1 2 "
	same "$(said name)" /dev/pts/0
}

@test 'the terminal is the controlling one of the process' {
	[ "$(said controlling)" != 0 ]
}

@test 'consoleSize (object, OPTIONAL) specifies the console size in characters of the terminal.' {
	same "$(said size)" "height 33 width 77"
}

@test '/dev/console is set up if terminal is enabled in the config by bind mounting the pseudoterminal pty to /dev/console.' {
	[[ $(said console) =~ ^([0-9a-f.]+):"character special file pts: "([0-9a-f.]+)$ ]]
	same "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
	has '^hello' "$(cat console)"
}

@test "/dev/ptmx. A bind-mount or symlink of the container's /dev/pts/ptmx." {
	has '(pts/ptmx )?5.2$' "$(said ptmx)"
}

@test 'a console socket that does not exist is an error' {
	bundle nosocket '.process.terminal = true | args(["true"])'
	refused create --console-socket "$DIR/nosocket" --bundle "$DIR/nosocket" nosocket
	nothing_left nosocket
}
