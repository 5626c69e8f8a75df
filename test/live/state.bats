#!/usr/bin/env bats
# The state directory: what is in it may be full, broken, or somebody else's, and many may write at the same time.

load common

@test "eight begin at once in the network namespace of one container" {
	local i round jobs

	box_detached --name a host: sleep 1000
	for round in 1 2 3; do
		jobs=()
		for i in 1 2 3 4 5 6 7 8; do
			guise run --rm --network container:a --cgroup-parent "$PARENT" host: echo "ran $i" >"out.$i" 2>&1 &
			jobs+=($!)
		done
		for i in "${jobs[@]}"; do wait "$i"; done
		same "$(cat out.*)" "$(printf 'ran %d\n' 1 2 3 4 5 6 7 8)"
	done
}
