#!/usr/bin/env bats
# What the README has its reader type, typed in order.

load common

@test "the tour works" {
	need_program ping iputils-ping
	readme=$BATS_TEST_DIRNAME/../../README.md
	sed -n '/^## A quick tour/,/^## Below/s/^    # \(guise .*\)/\1/p' "$readme" >tour
	[ "$(wc -l <tour)" -gt 8 ]
	while read -r line; do
		status=0
		# (the tour's own words, with this test's state directory)
		eval "$line" >output </dev/null 2>&1 || status=$?
		echo "$status: $line"
		case $line in
		*'bs=200M'*) same "$status" 137 ;;
		*memory.high*) [ "$status" = 125 ] || [ "$(world)" = v2 ] ;;
		*) same "$status" 0 ;;
		esac
	done <tour
	same "$(guise ps -aq --filter name=one --filter name=two)" ""
}
