#!/usr/bin/env bats
# Registries: a real one on the loopback, and one that fails in all the ways that registries fail.

load common

need_for_all() {
	command -v docker-registry >/dev/null || skip "no docker-registry: apt install docker-registry"
	command -v skopeo >/dev/null || skip "no skopeo: apt install skopeo"
	export HOME=$DIR XDG_RUNTIME_DIR=$DIR/run XDG_CONFIG_HOME=$DIR/config
	unset REGISTRY_AUTH_FILE DOCKER_CONFIG
	mkdir run config
}

layout() { python3 "$BATS_TEST_DIRNAME/images.py" "$@"; }
listens() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
pull() { guise pull "$@"; }
pty() { python3 "$BATS_TEST_DIRNAME/person.py" "$@"; }

# Of users and passwords: "me" has "secret".
htpasswd() { perl -e 'print "me:", crypt("secret", "\$2b\$05\$" . "a" x 22), "\n"'; }


# Debian's registry on the loopback, with further members of http: and of the whole.
registry() { # PORT [HTTP [MORE]]
	printf '%s\n' "version: 0.1" "log: {level: error}" "storage: {filesystem: {rootdirectory: $DIR/registry.$1}}" \
		"http: {addr: \"127.0.0.1:$1\", secret: s${2:+, $2}}" "${3-}" >"registry.$1.yml"
	docker-registry serve "registry.$1.yml" >"registry.$1.log" 2>&1 &
	await listens "$1"
}

# The one that fails: the first part of a name says how.
faulty() { # LAYOUT [CERT KEY [CLIENTS]]
	python3 "$BATS_TEST_DIRNAME/registry.py" 5001 "$1" asked "${@:2}" &
	await listens 5001
}

# A certificate for localhost, of an authority of its own: ca.crt, server.crt, server.key.
certificates() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.crt 2>/dev/null
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout server.key -out server.csr 2>/dev/null
	printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >san
	openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.crt 2>/dev/null
}

# Into a store of its own, so that all of it has to come.
heals() { # KIND
	"$GUISE" --root "$DIR/store.$1" pull -q "localhost:5001/$1/x:1" >/dev/null
	same "$(STATE=$DIR/store.$1 box "localhost:5001/$1/x:1" cat /abs)" inside
}

ended() { ! grep -qs '^State:.[^ZX]' "/proc/$1/status"; } # PID

# All that is in the store, but what is empty, and whole blobs.
store() { (cd "$STATE/images" && find . -mindepth 2 ! -path './blobs/*' | sort); }

# Nothing of an image that failed.
nothing_kept() { same "$(store)" ""; }

@test "an image of a registry is pulled, run, and the same as what skopeo has of it" {
	registry 5000
	layout whiteouts w
	skopeo copy -q --dest-tls-verify=false oci:w:1 docker://localhost:5000/team/w:1
	run --separate-stderr -0 pull localhost:5000/team/w:1
	has '^Digest: sha256:[0-9a-f]{64}' "$output"
	has '^Pulled image: localhost:5000/team/w:1' "$output"
	same "${#stderr_lines[@]}" 2
	same "$(sed -n 's/Digest: //p' <<<"$output")" "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' docker://localhost:5000/team/w:1)"
	same "$(box localhost:5000/team/w:1 cat /kind/in)" i
	guise pull -q oci:w:1 >id
	same "$(pull -q "docker://localhost:5000/team/w@$(sed -n 's/Digest: //p' <<<"$output")")" "$(cat id)"
	run --separate-stderr pull localhost:5000/team/w:2
	failed_with 125 'fetch localhost:5000/team/w:2: localhost:5000 has none: manifest unknown'
	run --separate-stderr pull "localhost:5000/team/w@sha256:$(printf '0%.0s' {1..64})"
	failed_with 125 'has none'
	# where nobody is, nobody is waited for
	run --separate-stderr timeout 5 "$GUISE" --root "$STATE" pull localhost:5009/x
	failed_with 125 'ask registry localhost:5009: http://localhost:5009: .*connect'
}

@test "run and create pull what is missing, always, or never" {
	registry 5000
	layout absolute a
	skopeo copy -q --dest-tls-verify=false oci:a:1 docker://localhost:5000/a:1
	run --separate-stderr box --pull never localhost:5000/a:1 true
	failed_with 125 'find image localhost:5000/a:1: there is none here'
	run --separate-stderr -0 box localhost:5000/a:1 cat /abs
	same "$output" inside
	same "$stderr" ""
	layout whiteouts w
	skopeo copy -q --dest-tls-verify=false oci:w:1 docker://localhost:5000/a:1
	box localhost:5000/a:1 cat /abs >/dev/null
	same "$(box --pull always localhost:5000/a:1 cat /kind/in)" i
	guise create --pull always --name c --network none localhost:5000/a:1 cat /kind/in >/dev/null
	run --separate-stderr box localhost:5000/b:1 true
	failed_with 125 'fetch localhost:5000/b:1: localhost:5000 has none'
	guise rm c
}

@test "what fails for a time is tried again, and a layer that was cut goes on where it was" {
	layout absolute a
	faulty a
	local kind job jobs=()

	for kind in cut no-range 500-once 429-once token late-realm elsewhere token-elsewhere; do
		heals $kind &
		jobs+=($!)
	done
	GUISE_REGISTRY_STALL=1 heals stall
	for job in "${jobs[@]}"; do
		wait "$job"
	done
	for kind in cut no-range; do
		has "^GET /v2/$kind/x/blobs/sha256:[0-9a-f]+ - bytes=[0-9]+-" "$(cat asked)"
	done
	# a token is renewed in the middle, and is not shown to another host
	[ "$(sed -n 's|^GET /v2/token/x/.* Bearer \(t[0-9]*\) .*|\1|p' asked | sort -u | wc -l)" -ge 2 ]
	has '^GET /v2/token-elsewhere/x/blobs/.* Bearer t[0-9]+ - localhost:5001' "$(cat asked)"
	same "$(find store.*/images/new -mindepth 1)" ""
}

@test "what a registry must not send is refused, and nothing of it kept" {
	local fault

	layout absolute a
	faulty a
	for fault in digest:'take blob sha256:.*another digest' truncated:'shorter than the manifest says' \
		endless:'longer than the manifest says' endless-manifest:'it may have 4 MiB' endless-header:'more comes than may' \
		other-range:'another part of it came' 404:'fetch localhost:5001/404/x:1: localhost:5001 has none: manifest unknown' \
		403:'denies it; guise login localhost:5001' 429:'wants fewer requests: not .\[31mnow; try again' \
		no-token:'fetch localhost:5001/no-token/x:1: localhost:5001 denies it' \
		file:'leads to a place without TLS, or to none' far:'leads to a place without TLS, or to none' round:'without end' \
		far-realm:'sends one to a place without TLS, or to none, for a token'; do
		echo "$fault"
		run --separate-stderr pull -q "localhost:5001/${fault%%:*}/x:1"
		failed_with 125 "${fault#*:}"
		nothing_kept
	done
	run --separate-stderr pull -q "localhost:5001/manifest/x@$(jq -r '.manifests[0].digest' a/index.json)"
	failed_with 125 'another digest'
	nothing_kept
}

@test "SIGTERM in the middle ends a pull, and nothing half-kept is left" {
	layout absolute a
	faulty a
	"$GUISE" --root "$STATE" pull localhost:5001/slow/x:1 >out 2>err &
	await grep -qs blobs asked
	kill -TERM $!
	wait $! && status=0 || status=$?
	same "$status" 143
	has 'SIGTERM came' "$(cat err)"
	nothing_kept
}

@test "killed at any time, a pull and a load leave nothing that is used; the next one is whole, and prune takes the rest" {
	local n ms way name command hits=0

	layout whiteouts w
	pull -q oci:w:1 >/dev/null
	guise save -o w.tar w:1
	faulty w
	for way in "localhost:5001/well/x:1 pull -q localhost:5001/well/x:1" "w:1 load -qi w.tar"; do
		read -r name command <<<"$way"
		guise image prune -af --blobs >/dev/null
		ms=${EPOCHREALTIME/./}
		guise $command >/dev/null
		ms=$(((${EPOCHREALTIME/./} - ms) / 1000))
		for n in {1..10}; do
			guise image prune -af --blobs >/dev/null
			same "$(find "$STATE/images" -mindepth 2)" ""
			"$GUISE" --root "$STATE" $command >/dev/null 2>&1 &
			sleep "$(printf '%d.%03d' $((ms * n / 11 / 1000)) $((ms * n / 11 % 1000)))"
			kill -KILL $! 2>/dev/null || true
			wait $! || [ $? != 137 ] || ((++hits))
			guise images -q >/dev/null
			# with what there is already, or, in the next round, without
			if ((n % 2)); then
				guise $command >/dev/null
				same "$(box $name cat /kind/in)" i
			fi
		done
		guise image prune -af --blobs >/dev/null
		same "$(find "$STATE/images" -mindepth 2)" ""
	done
	[ $hits -ge 5 ]
	# the unpacker, which has all that it needs, ends with who feeds it
	layout crowd c
	"$GUISE" --root "$STATE" pull -q oci:c:1 >/dev/null 2>&1 &
	await compgen -G "$STATE/images/new/layer-*/upper/f1" >/dev/null
	n=$(pgrep -P $! guise-archive)
	kill -STOP "$n"
	kill -KILL $!
	wait $! || true
	await ended "$n"
	guise image prune -af --blobs >/dev/null
	same "$(find "$STATE/images" -mindepth 2)" ""
}

@test "a certificate is believed by the directories of docker and containers, or if a person says so" {
	layout absolute a
	certificates
	faulty a server.crt server.key
	run --separate-stderr pull -q localhost:5001/well/x:1
	failed_with 125 'ask registry localhost:5001: https://localhost:5001: .*certificate.*; its authority belongs into /etc/containers/certs.d/localhost:5001/ca.crt'
	mkdir -p certs config/containers/certs.d/localhost:5001
	cp ca.crt certs
	pull -q --cert-dir certs localhost:5001/well/x:1 >/dev/null
	pull -q --tls-verify=false localhost:5001/well/x:1 >/dev/null
	cp ca.crt config/containers/certs.d/localhost:5001
	pull -q localhost:5001/elsewhere/x:1 >/dev/null
	# with TLS nobody is led to where there is none
	for kind in plain plain-realm; do
		run --separate-stderr pull -q localhost:5001/$kind/x:1
		failed_with 125 'a place without TLS'
	done
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=me -keyout certs/me.key -out certs/me.cert 2>/dev/null
	pull -q --cert-dir certs localhost:5001/well/x:1 >/dev/null
	rm certs/me.key
	run --separate-stderr pull -q --cert-dir certs localhost:5001/well/x:1
	failed_with 125 'its key belongs beside it'
}

@test "mirrors, blocked and insecure registries, aliases and the search list are those of registries.json" {
	layout absolute a
	faulty a
	mkdir config/guise
	cat >config/guise/registries.json <<-EOT
		{ "search": ["localhost:5009", "localhost:5001"], "aliases": { "short": "localhost:5001/well/x" }, "blocked": ["blocked.example"],
		  "mirrors": { "far.example": ["localhost:5009/no", "localhost:5001/404", "localhost:5001/cut"] } }
	EOT
	# whoever can't be asked ends the search; whoever has none does not
	"$GUISE" --root "$STATE" pull -q well/x:1 2>unreachable &
	pull short:1 | grep -qx 'Pulled image: localhost:5001/well/x:1'
	run --separate-stderr pull -q blocked.example/x
	failed_with 125 'registries.json blocks its registry'
	# by the second mirror, which has it: the name stays that of the registry
	pull far.example/x:1 | grep -qx 'Pulled image: far.example/x:1'
	wait $! && status=0 || status=$?
	same "$status" 125
	has 'ask registry localhost:5009' "$(cat unreachable)"
	sed -i 's/"localhost:5009", /"localhost:5000", /' config/guise/registries.json
	registry 5000
	pull well/x:1 | grep -qx 'Pulled image: localhost:5001/well/x:1'
}

@test "a mirror that sends something else is passed over, whichever of it came first" {
	local kind

	layout absolute a
	faulty a
	mkdir config/guise
	for kind in digest garbage truncated digest-cut; do
		echo "{ \"mirrors\": { \"far.example\": [\"localhost:5001/$kind\", \"localhost:5001/well\"] } }" >config/guise/registries.json
		"$GUISE" --root "$DIR/store.$kind" pull -q far.example/x:1 >/dev/null
		same "$(STATE=$DIR/store.$kind box far.example/x:1 cat /abs)" inside
		has "GET /v2/$kind/x/blobs/.* localhost:5001" "$(cat asked)"
	done
	same "$(find store.*/images/new -mindepth 1)" ""
}

@test "what fails here is not for another place to mend, and of several places that all send something else the first is told" {
	layout many m
	faulty m
	mkdir config/guise
	echo '{ "mirrors": { "far.example": ["localhost:5001/halves", "127.0.0.1:5001/well"],
		"localhost:5009": ["localhost:5001/truncated", "localhost:5001/digest"] } }' >config/guise/registries.json
	GUISE_ARCHIVE=/nowhere run --separate-stderr "$GUISE" --root "$DIR/store.1" pull -q far.example/x:1
	failed_with 125 'start /nowhere'
	run --separate-stderr "$GUISE" --root "$DIR/store.2" pull -q --max-layer-files 1 far.example/x:1
	failed_with 125 'unpack more than 1 files.*--max-layer-files'
	same "$(grep -c '/halves/.*/blobs/' asked)" 4
	has_not ' 127.0.0.1:5001' "$(cat asked)"
	run --separate-stderr pull -q localhost:5009/x:1
	failed_with 125 'shorter than the manifest says'
	has '/v2/digest/x/blobs/' "$(cat asked)"
	nothing_kept
}

@test "what one says of a registry is not told to its mirrors, to others that are searched, or to a proxy" {
	layout absolute a
	faulty a
	mkdir config/guise
	echo '{ "search": ["localhost:5001", "127.0.0.1:5001"], "mirrors": { "127.0.0.1:5001": ["localhost:5001/basic"] } }' >config/guise/registries.json
	pull -q --creds me:secret 127.0.0.1:5001/basic/x:1 >/dev/null
	has '^GET /v2/basic/x/manifests/1 Basic bWU6c2VjcmV0 - 127.0.0.1:5001' "$(cat asked)"
	has '^GET /v2/basic/basic/x/manifests/1 - - localhost:5001' "$(cat asked)"
	has_not 'Basic bWU6c2VjcmV0 .* localhost:5001' "$(cat asked)"
	: >asked
	run --separate-stderr pull --creds me:secret basic/x:1
	failed_with 125 'pull basic/x:1: --creds is for one registry, and 2 are searched; name the registry: REGISTRY/basic/x'
	run --separate-stderr pull --cert-dir . basic/x:1
	failed_with 125 '--cert-dir is for one registry'
	same "$(cat asked)" ""
	# one that wants another user may have it: nobody else is asked for it
	run --separate-stderr pull mine/x:1
	failed_with 125 'log in at localhost:5001: it wants a user and a password; guise login localhost:5001'
	# and so may one that denies it, but Docker Hub, which says so of what it has not
	run --separate-stderr pull denied/x:1
	failed_with 125 'fetch localhost:5001/denied/x:1: localhost:5001 denies it'
	http_proxy=http://127.0.0.1:5009 https_proxy=http://127.0.0.1:5009 pull -q localhost:5001/well/x:1 >/dev/null
}

@test "a client's certificate is shown to the registry that it is for, and to nobody that it leads to" {
	layout absolute a
	certificates
	mkdir certs
	cp ca.crt certs
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=me -keyout certs/me.key -out certs/me.cert 2>/dev/null
	faulty a server.crt server.key certs/me.cert
	for kind in elsewhere other-realm; do
		pull -q --cert-dir certs localhost:5001/$kind/x:1 >/dev/null
		guise rmi localhost:5001/$kind/x:1 >/dev/null
	done
	pull -q oci:a:1 >/dev/null
	guise push -q --cert-dir certs a:1 localhost:5001/push-elsewhere/x:1 >/dev/null
	has '^GET /v2/elsewhere/x/blobs/.* 127.0.0.1:5001 -' "$(cat asked)"
	has '^GET /token.* 127.0.0.1:5001 -' "$(cat asked)"
	has '^PUT /v2/push-elsewhere/.* 127.0.0.1:5001 -' "$(cat asked)"
	has '^POST /v2/push-elsewhere/.* localhost:5001 shown' "$(cat asked)"
	has_not ' 127.0.0.1:5001 shown' "$(cat asked)"
}

@test "login asks the registry, keeps what is right for the owner alone, and logout forgets it" {
	layout absolute a
	htpasswd >users
	registry 5000 '' "auth: {htpasswd: {realm: here, path: $DIR/users}}"
	run --separate-stderr pull localhost:5000/a:1
	failed_with 125 'log in at localhost:5000: it wants a user and a password; guise login localhost:5000'
	run --separate-stderr guise login -u me --password-stdin localhost:5000 <<<wrong
	failed_with 125 'it knows no such user'
	[ ! -e run/containers/auth.json ]
	run -0 guise login -u me --password-stdin localhost:5000 <<<secret
	same "$(stat -c %a run/containers/auth.json)" 600
	# skopeo reads the same file, and writes it for guise
	skopeo copy -q --dest-tls-verify=false oci:a:1 docker://localhost:5000/a:1
	pull -q localhost:5000/a:1 >/dev/null
	guise logout localhost:5000
	run --separate-stderr guise logout localhost:5000
	failed_with 125 'log out of localhost:5000: .* has no credentials'
	run --separate-stderr pull localhost:5000/a:1
	failed_with 125 'it wants a user'
	run --separate-stderr pull --creds me:wrong localhost:5000/a:1
	failed_with 125 'knows no such user'
	pull -q --creds me:secret localhost:5000/a:1 >/dev/null
	skopeo login -u me -p secret --tls-verify=false --authfile other.json localhost:5000 >/dev/null
	REGISTRY_AUTH_FILE=other.json pull -q localhost:5000/a:1 >/dev/null
	pull -q --authfile other.json localhost:5000/a:1 >/dev/null
	run --separate-stderr pull -q --authfile none.json localhost:5000/a:1
	failed_with 125 'read none.json'
}

@test "a password that is typed is not shown, however long it is, and the terminal is as it was, whatever ends it" {
	local long

	layout absolute a
	faulty a
	long=$(printf 'x%.0s' {1..2000})
	run -0 pty 'expect=Username: ' 'send=me\n' 'expect=Password: ' "send=$long\n" -- "$GUISE" --root "$STATE" login localhost:5001
	has '^terminal: restored' "$output"
	has_not xxx "$output"
	same "$(jq -r '.auths["localhost:5001"].auth' run/containers/auth.json | base64 -d)" "me:$long"
	run -125 pty 'expect=Password: ' "send=$long$long$long\n" -- "$GUISE" --root "$STATE" login -u me localhost:5001
	has 'read the password: a line of a terminal has less than 4096 bytes; --password-stdin' "$output"
	run -130 pty 'expect=Password: ' 'send=\x03' -- "$GUISE" --root "$STATE" login -u me localhost:5001
	has 'SIGINT came' "$output"
	has '^terminal: restored' "$output"
}

@test "docker's config.json, and the helpers that it names, are asked; what a helper does not know is not kept" {
	layout absolute a
	htpasswd >users
	registry 5000 '' "auth: {htpasswd: {realm: here, path: $DIR/users}}"
	mkdir .docker bin
	cat >bin/docker-credential-mine <<-'EOT'
		#!/bin/sh
		echo "$1" >>"$HOME/asked"
		cat >"$HOME/$1"
		case $1 in get) [ -e "$HOME/store" ] || { echo "credentials not found in native keychain"; exit 1; }
			echo '{"ServerURL": "localhost:5000", "Username": "me", "Secret": "secret"}' ;; esac
	EOT
	chmod +x bin/docker-credential-mine
	PATH=$DIR/bin:$PATH
	echo '{ "credHelpers": { "localhost:5000": "mine" } }' >.docker/config.json
	run --separate-stderr pull localhost:5000/a:1
	failed_with 125 'it wants a user'
	guise login --authfile .docker/config.json -u me --password-stdin localhost:5000 <<<secret
	same "$(jq -r '.ServerURL + .Username + .Secret' store)" localhost:5000mesecret
	run --separate-stderr pull localhost:5000/a:1
	failed_with 125 'localhost:5000 has none'
	same "$(cat get)" localhost:5000
	guise logout --authfile .docker/config.json localhost:5000
	same "$(cat erase)" localhost:5000
	echo '{ "auths": { "https://localhost:5000/v1/": { "auth": "bWU6c2VjcmV0" } } }' >.docker/config.json
	run --separate-stderr pull localhost:5000/a:1
	failed_with 125 'localhost:5000 has none'
	# a helper knows whole registries, and comes before what the file has of one
	echo '{ "credsStore": "mine", "auths": { "localhost:5000": { "auth": "bWU6d3Jvbmc=" } } }' >.docker/config.json
	rm store
	run --separate-stderr guise login --authfile .docker/config.json -u me --password-stdin localhost:5000/team <<<secret
	failed_with 125 'keep credentials for localhost:5000/team: docker-credential-mine, which .docker/config.json names, has them of whole registries only; guise login localhost:5000'
	[ ! -e store ]
	guise login --authfile .docker/config.json -u me --password-stdin localhost:5000 <<<secret
	same "$(jq -r '.ServerURL + .Username + .Secret' store)" localhost:5000mesecret
	same "$(jq -c .auths .docker/config.json)" '{}'
	run --separate-stderr pull localhost:5000/a:1
	failed_with 125 'localhost:5000 has none'
	rm bin/docker-credential-mine
	echo '{ "credsStore": "mine" }' >.docker/config.json
	run --separate-stderr pull localhost:5000/a:1
	failed_with 125 'ask docker-credential-mine for credentials: .*install it'
}

@test "push sends what is not there, mounts what is, and the image keeps its digest" {
	local digest

	registry 5000
	layout whiteouts w
	pull -q oci:w:1 >/dev/null
	run --separate-stderr -0 guise push w:1 localhost:5000/one/w:1
	digest=$(sed -n 's/Digest: //p' <<<"$output")
	same "$digest" "$(jq -r '.manifests[0].digest' w/index.json)"
	same "$(grep -c 'is sent' <<<"$stderr")" 3
	same "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' docker://localhost:5000/one/w:1)" "$digest"
	skopeo copy -q --src-tls-verify=false docker://localhost:5000/one/w:1 dir:copy
	cmp copy/manifest.json "w/blobs/sha256/${digest#*:}"
	# what the registry has is not sent again; another repository there has it
	guise tag w:1 localhost:5000/one/w:1 localhost:5000/two/w:1
	run --separate-stderr -0 guise push localhost:5000/one/w:1
	same "$(grep -c 'is there' <<<"$stderr")" 3
	run --separate-stderr -0 guise push localhost:5000/two/w:1
	same "$(grep -c 'is mounted' <<<"$stderr")" 3
	same "$(guise push -q w:1 "localhost:5000/three/w@$digest")" "$digest"
	guise image prune -f --blobs >/dev/null
	run --separate-stderr guise push -q w:1 127.0.0.1:5000/four/w:1
	failed_with 125 'push sha256:[0-9a-f]*: .*; image prune --blobs may have given it up: guise pull fetches it again'
	run --separate-stderr guise push w:1
	failed_with 125 'ask registry localhost: http://localhost: .*connect'
}

@test "layers that were made here are pushed compressed, the same each time, and come back as they were" {
	local digest id own

	registry 5000
	layout whiteouts w
	pull -q oci:w:1 >/dev/null
	guise run --name c --network none --cgroup-parent "$PARENT" w:1 sh -c 'echo x >/y'
	id=$(guise commit -q c made:1)
	own=$(guise inspect -f '{{.Digest}}' made:1)
	run --separate-stderr -0 guise push made:1 localhost:5000/m:1
	digest=$(sed -n 's/Digest: //p' <<<"$output")
	[ "$digest" != "$own" ]
	same "$(guise push -q made:1 localhost:5000/m:2)" "$digest"
	same "$(ls "$STATE/images/new")" ""
	# as others see it
	skopeo copy -q --src-tls-verify=false docker://localhost:5000/m:1 dir:copy
	same "sha256:$(sha256sum <copy/manifest.json | cut -d' ' -f1)" "$digest"
	same "$(jq -r '.layers[].mediaType' copy/manifest.json | sort -u)" application/vnd.oci.image.layer.v1.tar+gzip
	same "$(jq -r .config.digest copy/manifest.json)" "sha256:${id#sha256:}"
	same "sha256:$(gzip -dc "copy/$(jq -r '.layers[-1].digest[7:]' copy/manifest.json)" | sha256sum | cut -d' ' -f1)" \
		"$(jq -r '.rootfs.diff_ids[-1]' "copy/${id#sha256:}")"
	guise push -q --compression-format zstd made:1 localhost:5000/m:z >/dev/null
	same "$(skopeo inspect --raw --tls-verify=false docker://localhost:5000/m:z | jq -r '.layers[-1].mediaType')" \
		application/vnd.oci.image.layer.v1.tar+zstd
	same "$(guise push -q --compression-format none made:1 localhost:5000/m:n)" "$own"
	run --separate-stderr guise push -q made:1 "localhost:5000/m@$own"
	failed_with 125 "push localhost:5000/m@$own: compressed, it has the digest $digest; --compression-format none, or a name without a digest"
	run --separate-stderr guise push --compression-format xz made:1
	failed_with 125 '--compression-format xz: it is gzip, zstd or none'
	guise rm c >/dev/null
	guise rmi made:1 w:1 >/dev/null
	guise image prune -af >/dev/null
	for tag in 1 z; do
		guise pull -q localhost:5000/m:$tag >/dev/null
		same "$(box localhost:5000/m:$tag cat /y /kind/in)" $'x\ni'
		guise rmi localhost:5000/m:$tag >/dev/null
	done
}

@test "of an image for several platforms one is pulled, pushed with the digest it came with, and found by the other's" {
	local platform digest=() sizes=()

	registry 5000
	layout absolute a
	layout whiteouts w
	for image in a w; do
		skopeo copy -q --dest-tls-verify=false oci:$image:1 docker://localhost:5000/many:$image
		digest+=("$(jq -r '.manifests[0].digest' $image/index.json)")
		sizes+=("$(jq -r '.manifests[0].size' $image/index.json)")
	done
	cat >index.json <<-EOT
		{ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [
		  { "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "${digest[0]}", "size": ${sizes[0]}, "platform": { "os": "linux", "architecture": "arm64", "variant": "v8" } },
		  { "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "${digest[1]}", "size": ${sizes[1]}, "platform": { "os": "linux", "architecture": "s390x" } } ] }
	EOT
	curl -fsS -X PUT -H 'Content-Type: application/vnd.oci.image.index.v1+json' --data-binary @index.json localhost:5000/v2/many/manifests/1
	run -0 pull --platform linux/arm64 localhost:5000/many:1
	has "^Digest: ${digest[0]}" "$output"
	same "$(box localhost:5000/many:1 cat /abs)" inside
	run -0 pull --platform linux/s390x "localhost:5000/many@sha256:$(sha256sum index.json | cut -d ' ' -f 1)"
	has "^Digest: ${digest[1]}" "$output"
	run --separate-stderr pull --platform linux/mips localhost:5000/many:1
	failed_with 125 'find the image for linux/mips: it is made for linux/arm64/v8, linux/s390x; --platform names another one'
	same "$(guise push -q localhost:5000/many:1 localhost:5000/one:1)" "${digest[0]}"
	same "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' docker://localhost:5000/one:1)" "${digest[0]}"
}

@test "a large blob is pushed in chunks, and pulled as it was" {
	registry 5000
	layout large l
	pull -q oci:l:1 >/dev/null
	# on a terminal one sees how far it is, also on the way back
	run -0 pty -- "$GUISE" --root "$STATE" push l:1 localhost:5000/l:1
	has '^[0-9a-f]{12}: [0-9.]+[kM]B of 3[0-9.]*MB' "$output"
	has '^[01] of 2 are there, [0-9.]+[kM]?B of 3[0-9.]*MB' "$output"
	faulty l
	mkdir config/guise
	echo '{ "mirrors": { "far.example": ["localhost:5001/steady-digest", "localhost:5001/steady"] } }' >config/guise/registries.json
	run -0 pty -- "$GUISE" --root "$DIR/other" pull far.example/x:1
	has '[0-9a-f]{12}: [0-9.]+[kM]?B of 3[0-9.]*MB, [0-9.]+[kMG]?B/s' "$output"
	has '^1 of 2 are here, [0-9.]+[kM]?B of 3[0-9.]*MB' "$output"
	# of what is fetched anew, too
	has_not '[TPE]B/s' "$output"
	# by one that is cut twice, and says more than anybody needs; and by one that never goes on
	for kind in push-cut push-body; do
		guise push -q l:1 localhost:5001/$kind/x:1 >/dev/null
	done
	run --separate-stderr timeout 60 "$GUISE" --root "$STATE" push -q l:1 localhost:5001/push-416/x:1
	failed_with 125 'push sha256:[0-9a-f]*: localhost:5001 answers 416'
	same "$(grep -c '^PATCH /v2/push-416/' asked)" 5
	# an unpacker that ends early is the error
	guise rmi l:1 >/dev/null
	run --separate-stderr pull -q --max-layer-files 3 oci:l:1
	failed_with 125 'more than 3 files.*--max-layer-files'
	run --separate-stderr pull -q --max-layer-size 1m localhost:5000/l:1
	failed_with 125 'fetch a layer of [0-9]* bytes: it may unpack to 1048576 bytes; .*--max-layer-size'
	pull -q localhost:5000/l:1 >/dev/null
	same "$(box localhost:5000/l:1 stat -c %s /random)" $((34 << 20))
}

@test "HTTP/2, behind nginx: several layers at a time over one connection, there and back" {
	command -v nginx >/dev/null || skip "no nginx: apt install nginx-light"
	registry 5000
	certificates
	mkdir -p certs
	cp ca.crt certs
	cat >nginx.conf <<-EOT
		pid $DIR/nginx.pid; error_log $DIR/nginx.err; daemon off; events {} worker_processes 1; user root;
		http { log_format f '\$server_protocol \$connection \$request_uri'; access_log $DIR/nginx.log f; client_max_body_size 0;
			client_body_temp_path $DIR/body; proxy_temp_path $DIR/proxy; fastcgi_temp_path $DIR/f; uwsgi_temp_path $DIR/u; scgi_temp_path $DIR/s;
			server { listen 127.0.0.1:5002 ssl http2; ssl_certificate $DIR/server.crt; ssl_certificate_key $DIR/server.key;
				location / { proxy_pass http://127.0.0.1:5000; proxy_set_header Host \$http_host; proxy_set_header X-Forwarded-Proto https; } } }
	EOT
	nginx -c "$DIR/nginx.conf" -e "$DIR/nginx.err" &
	await listens 5002
	layout whiteouts w
	pull -q oci:w:1 >/dev/null
	guise push -q --cert-dir certs w:1 localhost:5002/w:1 >/dev/null
	guise rmi w:1 >/dev/null
	: >nginx.log
	pull -q --cert-dir certs localhost:5002/w:1 >/dev/null
	same "$(box localhost:5002/w:1 cat /kind/in)" i
	same "$(cut -d ' ' -f 1 nginx.log | sort -u)" HTTP/2.0
	same "$(cut -d ' ' -f 2 nginx.log | sort -u | wc -l)" 1
	kill "$(cat nginx.pid)"
}

@test "a token of docker's own service: what a user may, and an identity token" {
	layout absolute a
	faulty a
	mkdir -p .docker
	echo '{ "auths": { "localhost:5001": { "auth": "bWU6c2VjcmV0" } } }' >.docker/config.json
	pull -q localhost:5001/token/x:1 >/dev/null
	has '^GET /token\?service=here&scope=repository%3Atoken%2Fx%3Apull&account=me Basic bWU6c2VjcmV0' "$(cat asked)"
	guise rmi localhost:5001/token/x:1 >/dev/null
	echo '{ "auths": { "localhost:5001": { "identitytoken": "it" } } }' >.docker/config.json
	pull -q localhost:5001/token/x:1 >/dev/null
	has '^POST /token .*grant_type=refresh_token.*&refresh_token=it' "$(cat asked)"
}
