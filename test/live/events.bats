# events: what happens to containers.
load common

start_events() { # OPTION...
	"$GUISE" --root "$STATE" events "$@" >events 3>&- & events=$!
	await sh -c "ls -l /proc/$events/fd 2>/dev/null | grep -q inotify"
	sleep .2
}
seen() { [ "$(cat events)" = "$1" ]; }
actions() { awk '{ print $3 }' events | tr '\n' ' '; }
acted() { [ "$(actions)" = "$1" ]; }

@test "a container's life, in docker's lines" {
	guise ps >/dev/null
	start_events
	id=$(box_detached --name a -l k=v host: sh -c 'sleep 1; exit 3')
	guise wait a >/dev/null
	guise rm a
	await acted 'create start die destroy '
	same "$(sed -E 's/^[^ ]+ //' events)" "container create $id (image=host:, name=a, k=v)
container start $id (image=host:, name=a, k=v)
container die $id (image=host:, name=a, exitCode=3, k=v)
container destroy $id (image=host:, name=a, k=v)"
	has '^20[0-9-]+T[0-9:]+\.[0-9]{9}[+-][0-9][0-9]:[0-9][0-9] container create' "$(cat events)"
	kill $events
}

@test "pause and unpause, by whoever does it" {
	box_detached --name a host: sleep 1000 >/dev/null
	start_events --format '{{.Action}} {{.Actor.Attributes.name}}'
	guise pause a
	await seen 'pause a'
	guise unpause a
	await seen $'pause a\nunpause a'
	kill $events
}

@test "--filter and json: one object a line" {
	box_detached --name a -l x=1 host: sleep 1000 >/dev/null
	start_events --format json -f event=die -f container=a -f label=x
	box --name b host: true
	guise kill a
	await sh -c '[ "$(wc -l <events)" = 1 ]'
	same "$(jq -r '[.Type, .Action, .status, .Actor.Attributes.name, .Actor.Attributes.exitCode, .from, .scope] | join(" ")' events)" \
		'container die die a 137 host: local'
	same "$(jq .timeNano events)" "$(jq '.time * 1000000000 + .timeNano % 1000000000' events)"
	kill $events
}

@test "--since and --until: the past that the records tell, in order, and an end" {
	guise run --network none --cgroup-parent "$PARENT" --name one host: true
	guise run --network none --cgroup-parent "$PARENT" --name two host: sh -c 'exit 4' || :
	same "$(guise events --since 10m --until 0s --format '{{.Action}} {{.Actor.Attributes.name}}')" \
		$'create one\nstart one\ndie one\ncreate two\nstart two\ndie two'
	same "$(guise events --since 10m --until 0s -f event=die -f container=two --format '{{.Actor.Attributes.exitCode}}')" 4
	same "$(guise events --until 1s)" ''
	run -125 guise events --filter nothing=1
	has 'write event=ACTION' "$output"
	run -125 guise events --since 10m --until 0s --format '{{.Nothing}}'
	has 'there is no field Nothing' "$output"
}

@test "nobody reads any more: it ends" {
	guise ps >/dev/null
	mkfifo full
	"$GUISE" --root "$STATE" events >full 3>&- & events=$!
	exec 7<full
	await sh -c "ls -l /proc/$events/fd 2>/dev/null | grep -q inotify"
	exec 7<&-
	box_detached --name a host: sleep 1000 >/dev/null
	guise kill a
	await sh -c "! kill -0 $events 2>/dev/null || grep -q '^State:.Z' /proc/$events/status"
}
