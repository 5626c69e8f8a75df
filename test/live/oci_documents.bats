#!/usr/bin/env bats
# guise-oci's documents: the config.json that spec writes, and what features says.

load common

OCI=$(dirname "$GUISE")/guise-oci
SCHEMA=$BATS_TEST_DIRNAME/../schema

# DOCUMENT fits the SCHEMA of the OCI runtime specification.
fits() { # SCHEMA DOCUMENT
	run "$SCHEMA" "$1" "$2"
	[ "$status" != 77 ] || skip "the specification's schemas are not here (OCI_SCHEMAS)"
	same "$output" ""
	same "$status" 0
}

# A list of words within a JSON text, sorted.
words() { jq -r "$1 | .[]" "$2" | sort; }

@test "spec: the file fits the specification's schema, with and without --rootless" {
	"$OCI" spec --bundle "$DIR"
	fits config-schema.json "$DIR/config.json"
	rm "$DIR/config.json"
	"$OCI" spec --rootless -b "$DIR"
	fits config-schema.json "$DIR/config.json"
}

@test "spec: an existing config.json is left alone" {
	echo mine >"$DIR/config.json"
	run "$OCI" spec --bundle "$DIR"
	same "$status" 1
	has 'config.json: File exists; remove it first' "$output"
	same "$(cat "$DIR/config.json")" mine
}

@test "spec: without --bundle in the current directory; a bundle that is not there is an error" {
	(cd "$DIR" && "$OCI" spec)
	[ -s "$DIR/config.json" ]
	run "$OCI" spec --bundle "$DIR/none"
	same "$status" 1
	has "open bundle $DIR/none: No such file or directory" "$output"
}

@test "spec: the same as runc's but for the name and the version" {
	command -v runc >/dev/null || skip "needs runc: apt install runc"
	for option in "" --rootless; do
		rm -f "$DIR/config.json"
		runc spec $option --bundle "$DIR"
		# (before 1.2 it asked for ambient capabilities, which nobody can grant who may not inherit them)
		jq -S 'del(.hostname, .ociVersion, .process.capabilities.ambient) | .linux.namespaces |= sort_by(.type)' "$DIR/config.json" >"$DIR/theirs"
		rm "$DIR/config.json"
		"$OCI" spec $option --bundle "$DIR"
		jq -S 'del(.hostname, .ociVersion) | .linux.namespaces |= sort_by(.type)' "$DIR/config.json" >"$DIR/ours"
		diff "$DIR/theirs" "$DIR/ours"
	done
}

@test "spec --rootless: root is the user who asks" {
	chown 1000:100 "$DIR"
	setpriv --reuid 1000 --regid 100 --clear-groups "$OCI" spec --rootless --bundle "$DIR"
	same "$(jq -c .linux.uidMappings "$DIR/config.json")" '[{"containerID":0,"hostID":1000,"size":1}]'
	same "$(jq -c .linux.gidMappings "$DIR/config.json")" '[{"containerID":0,"hostID":100,"size":1}]'
}

@test "features: fits the specification's schema" {
	"$OCI" features >"$DIR/features"
	fits features-schema.json "$DIR/features"
	same "$(jq -r .ociVersionMax "$DIR/features")" 1.3.0
}

@test "features: all namespaces, hooks and seccomp words of the specification's schema" {
	"$OCI" features >"$DIR/features"
	defs=${OCI_SCHEMAS:-$BATS_TEST_DIRNAME/../../../shared/specs/runtime-spec-schema}/defs-linux.json
	[ -e "$defs" ] || skip "the specification's schemas are not here (OCI_SCHEMAS)"
	same "$(words .linux.namespaces "$DIR/features")" "$(words .definitions.NamespaceType.enum "$defs")"
	same "$(words .linux.seccomp.actions "$DIR/features")" "$(words .definitions.SeccompAction.enum "$defs")"
	same "$(words .linux.seccomp.operators "$DIR/features")" "$(words .definitions.SeccompOperators.enum "$defs")"
	same "$(words .linux.seccomp.archs "$DIR/features")" "$(words .definitions.SeccompArch.enum "$defs")"
	same "$(words .linux.seccomp.knownFlags "$DIR/features")" "$(words .definitions.SeccompFlag.enum "$defs")"
	same "$(words .linux.memoryPolicy.modes "$DIR/features")" "$(words .definitions.MemoryPolicyMode.enum "$defs")"
	same "$(words .linux.memoryPolicy.flags "$DIR/features")" "$(words .definitions.MemoryPolicyFlag.enum "$defs")"
	same "$(jq -r '.hooks | join(" ")' "$DIR/features")" \
		"prestart createRuntime createContainer startContainer poststart poststop"
}

@test "features: every capability that this kernel knows" {
	"$OCI" features >"$DIR/features"
	last=$(cat /proc/sys/kernel/cap_last_cap)
	[ "$(words .linux.capabilities "$DIR/features" | wc -l)" -ge $((last + 1)) ]
	has '^CAP_CHECKPOINT_RESTORE$' "$(words .linux.capabilities "$DIR/features")"
}

@test "features: annotations that it names are documented" {
	doc=$BATS_TEST_DIRNAME/../../doc/oci.md
	for key in $("$OCI" features | jq -r '.potentiallyUnsafeConfigAnnotations[]'); do
		has "\`$key" "$(cat "$doc")"
	done
}
