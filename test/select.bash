# shellcheck shell=bash
# Which tests a suite runs: from its command line, ${files[@]} and ${filter[@]} for test/live/lean. $here is its directory.
#
#   [-f REGEX] [FILE.bats|NAME...]       tests whose names match; of these files
#
# Without any, all; in the machine of test/vm those that can differ there, unless WHOLE=yes.

select_tests() { # ARGUMENT...
	local name

	files=() filter=()
	if [ "${1-}" = -f ]; then
		filter=("${@:1:2}")
		shift 2
	elif [ $# = 0 ] && [ -n "${VM_SCRATCH-}" ] && [ -z "${WHOLE-}" ]; then
		filter=(-t "$(grep '^[^#!]' "$here/../vm/differs" | paste -sd '|')"
			-n "$(sed -n 's/^!//p' "$here/../vm/differs" | paste -sd '|')")
	fi
	for name; do
		[ -e "$name" ] || name=$here/${name%.bats}.bats
		files+=("$name")
	done
	[ ${#files[@]} -gt 0 ] || files=("$here"/*.bats)
}
