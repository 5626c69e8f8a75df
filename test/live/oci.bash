# shellcheck shell=bash
# For tests of an OCI runtime: guise-oci or, to tell the environment's failures from ours, another one
# (RUNTIME=/usr/sbin/runc). Loaded behind common.bash.

RUNTIME=${RUNTIME:-$(dirname "$GUISE")/guise-oci}

oci() { "$RUNTIME" --root "$STATE" "$@"; }

# A bundle in directory $1 for container $2, which is what the rest of the tests call it, changed by a jq filter.
bundle() { # DIR ID [FILTER]
	mkdir -p "$1"
	[ -e "$1/rootfs" ] || make_root "$1/rootfs"
	base_config | jq --arg path "/$PARENT/$2" ".linux.cgroupsPath = \$path | ${3:-.}" >"$1/config.json"
}

# The process of a bundle is a shell command.
sh_bundle() { # DIR ID COMMAND [FILTER]
	bundle "$1" "$2" ".process.args = [\"/bin/sh\", \"-c\", $(jq -Rs . <<<"$3")] | ${4:-.}"
}

base_config() {
	cat <<-EOT
		{ "ociVersion": "1.0.2",
		  "process": { "user": { "uid": 0, "gid": 0 }, "args": ["sleep", "1000"], "cwd": "/",
		    "env": ["PATH=/bin:/usr/bin", "LIVE_TEST=$DIR"],
		    "capabilities": { "bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"] } },
		  "root": { "path": "rootfs" },
		  "hostname": "box",
		  "mounts": [ { "destination": "/proc", "type": "proc", "source": "proc" },
		    { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"] },
		    { "destination": "/dev/pts", "type": "devpts", "source": "devpts",
		      "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] } ],
		  "linux": { "namespaces": [ { "type": "pid" }, { "type": "mount" }, { "type": "uts" }, { "type": "ipc" },
		    { "type": "network" } ], "resources": {} } }
	EOT
}

# A program that appends a line and the state it was given to $DIR/hooks: a hook.
make_hook() { # FILE [COMMAND]
	printf '#!/bin/sh\n{ echo "hook $1"; cat; echo; } >>%s/hooks\n%s\n' "$DIR" "${2:-exit 0}" >"$1"
	chmod +x "$1"
}

status_of() { oci state "$1" | jq -r .status; }
has_status() { [ "$(status_of "$1")" = "$2" ]; }
