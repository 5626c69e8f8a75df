#!/usr/bin/env bats
# doc/conformance.md is what is tested.

load common

setup_file() { prepare; }

@test 'doc/conformance.md lists every test, and no other' {
	doc=$BATS_TEST_DIRNAME/../../doc/conformance.md
	for file in "$BATS_TEST_DIRNAME"/*.bats; do
		name=${file##*/}
		case $name in table.bats) continue ;; esac
		# names stand in single quotes, or in double ones for an apostrophe
		sed -nE "s/^@test (['\"])(.*)\1 \{.*/\2/p" "$file" >tests
		awk -v name="(\`$name\`)" '/^#/ { on = index($0, name) } on && /^\|/ { print }' "$doc" |
			sed -E '/^\|( \| sentence|---)/d; s/^\|[^|]*\| (.*) \|$/\1/' >listed
		diff -u --label "$name" --label doc/conformance.md tests listed
	done
}
