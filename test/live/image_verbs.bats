#!/usr/bin/env bats
# What else can be done with images: telling of them, giving them to others, taking them from others, and taking them away.

load common

layout() { python3 "$BATS_TEST_DIRNAME/images.py" "$@"; }

# One that is well, pulled: its name is localhost/NAME:1.
pulled() { # CASE [NAME]
	layout "$1" "${2:-$1}"
	guise pull -q "oci:${2:-$1}" >/dev/null
}

# All that is in the store, but what is empty.
store() { (cd "$STATE/images" && find . -mindepth 2 | sort); }

# ---- telling

@test "inspect finds containers first, then images, with docker's keys" {
	pulled whiteouts w
	guise tag w:1 other.example/x
	guise create --name w --network none --cgroup-parent "$PARENT" w:1 >/dev/null
	guise inspect localhost/w:1 w | jq -r '.[] | .Id, .Os // .Config.Cmd[0], (.RepoTags // [] | join(" "))' >out
	same "$(sed -n 2,3p out)" $'linux\nlocalhost/w:1 other.example/x:latest'
	same "$(head -1 out)" "sha256:$(guise images -q --no-trunc w:1 | sed 's/.*://')"
	same "$(sed -n 4p out)" "$(readlink "$STATE/names/w")"
	same "$(guise image inspect w:1 -f '{{.Architecture}} {{.Config.Cmd}} {{index .Config.Env 0}} {{len .RootFS.Layers}}')" "amd64 [sh] A=b 2"
	same "$(guise inspect --type image w:1 | jq -r '.[0].RepoDigests[0]')" "localhost/w@$(jq -r '.manifests[0].digest' w/index.json)"
	same "$(guise inspect w:1 | jq '.[0].Size')" "$(zcat w/blobs/sha256/* 2>/dev/null | wc -c)"
	run --separate-stderr guise inspect nothing
	has 'find container nothing: there is none, and no image either; guise .*ps -a lists them, and guise .*images these' "$stderr"
	same "$(jq length <<<"$output")" 0
	run --separate-stderr guise inspect --type container w:1
	has 'find container w:1: there is none; ' "$stderr"
	run --separate-stderr guise image inspect nothing
	has 'find image nothing: there is none here' "$stderr"
}

@test "history and images tell what docker tells, and nothing that a terminal would obey" {
	pulled history h
	same "$(guise history -q h:1 | tail -3)" $'<missing>\n<missing>\n<missing>'
	same "$(guise history --no-trunc --format '{{.CreatedBy}}|{{.Comment}}|{{.CreatedSince}}' h:1 | sed 's/[0-9]* years/N years/')" \
		$'||N/A\nCMD ?[31mred|last|N/A\nRUN true||N/A\nADD file|first|N years ago'
	same "$(guise history --format json -H=false h:1 | jq -rs 'map(.Size | tonumber > 0) | map(tostring) | join(" ")')" "true false true true"
	has '^IMAGE +CREATED +CREATED BY +SIZE +COMMENT$' "$(guise image history h:1 | head -1)"
	pulled absolute other
	has '^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$' "$(guise images | head -1)"
	same "$(guise images --filter reference=h --format '{{.Repository}}')" localhost/h
	same "$(guise image ls -q --filter 'reference=localhost/o*:1' | wc -l)" 1
	same "$(guise images --format '{{.Tag}}' --filter label=kind=odd)" 1
	guise rmi h:1
	layout special nameless
	jq 'del(.manifests[].annotations)' nameless/index.json >index && cp index nameless/index.json
	guise pull -q oci:nameless >/dev/null
	same "$(guise images --filter dangling=true --format '{{.Repository}}')" '<none>'
	same "$(guise images --filter dangling=false --format '{{.Repository}}')" localhost/other
	run --separate-stderr guise images --filter dangling
	failed_with 125 "--filter: 'dangling'.*dangling=BOOL"
}
