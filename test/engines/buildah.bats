#!/usr/bin/env bats
# buildah: the RUN lines of a Containerfile are containers of $RUNTIME.

load common

teardown_file() {
	load common
	remove_cgroups
}

buildah() { command buildah --root "$ENGINES/buildah" --runroot /run/buildah-test --storage-driver overlay --log-level error "$@"; }

setup_file() {
	load common
	podman_start
	command podman --root "$ENGINES/podman" --runroot /run/podman-test --storage-driver overlay \
		save --quiet --format oci-archive -o "$ENGINES/oci.tar" localhost/bb
}

bud() { buildah bud --runtime "$RUNTIME" --cgroup-parent "/$PARENT" --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "$@"; }

@test "buildah: bud runs the lines of a Containerfile" {
	mkdir -p "$ENGINES/build"
	cat >"$ENGINES/build/Containerfile" <<-EOT
		FROM oci-archive:$ENGINES/oci.tar
		RUN echo built >/result && id -u >>/result
		USER ann
		RUN id -un >/tmp/user
	EOT
	bud -t built "$ENGINES/build"
	container=$(buildah from localhost/built)
	mount=$(buildah mount "$container")
	same "$(cat "$mount/result")" $'built\n0'
	same "$(cat "$mount/tmp/user")" ann
	buildah rm "$container"
}

@test "buildah: a line that fails ends the build with its status" {
	printf 'FROM oci-archive:%s\nRUN exit 5\n' "$ENGINES/oci.tar" >"$ENGINES/build/Containerfile"
	run bud "$ENGINES/build"
	[ "$status" != 0 ]
	has 'exit status 5' "$output"
}

@test "buildah: run in a working container" {
	container=$(buildah from "oci-archive:$ENGINES/oci.tar")
	same "$(buildah run --runtime "$RUNTIME" --network none "$container" echo hello)" hello
	run buildah run --runtime "$RUNTIME" --network none "$container" sh -c 'exit 4'
	same "$status" 4
	buildah rm "$container"
}
