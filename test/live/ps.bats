# What ps and inspect show, and how: order, tables, templates.
load common

three() {
	box_detached --name zeta -l a=1 -l b=x host: sleep 1000 >/dev/null
	box_detached --name alpha host: sleep 1000 >/dev/null
	guise run --network none --cgroup-parent "$PARENT" --name mid host: true
}

@test "ps -l, -n, --sort, --noheading: as docker and podman have them" {
	three
	same "$(guise ps --format names)" $'alpha\nzeta'
	same "$(guise ps -l --format names)" mid
	same "$(guise ps -n 2 --format names)" $'mid\nalpha'
	same "$(guise ps -n 9 --format names)" $'mid\nalpha\nzeta'
	same "$(guise ps -a --sort names --format names)" $'alpha\nmid\nzeta'
	same "$(guise ps -a --sort status --format names)" $'mid\nalpha\nzeta'
	same "$(guise ps -a --sort created --format names)" $'mid\nalpha\nzeta'
	same "$(guise ps --noheading | wc -l)" 2
	run -125 guise ps --sort nothing
	has 'choose from: created names' "$output"
}

@test "ps --format: templates, with docker's fields, and tables of them" {
	three
	same "$(guise ps --format '{{.Names}} {{.State}}')" $'alpha running\nzeta running'
	same "$(guise ps -a --filter name=mid --format '{{.Status}}' | cut -d' ' -f1,2)" 'Exited (0)'
	same "$(guise ps --filter name=zeta --format '{{.ID}}')" "$(guise ps -q --filter name=zeta)"
	same "$(guise ps --no-trunc --filter name=zeta --format '{{.ID}}')" "$(guise inspect -f '{{.Id}}' zeta)"
	same "$(guise ps --filter name=zeta --format '{{.Labels}} {{.Label "b"}}')" 'a=1,b=x x'
	same "$(guise ps --sort names --format 'table {{.Names}}\t{{.Image}}')" $'NAMES   ROOTFS\nalpha   host:\nzeta    host:'
	same "$(guise ps --noheading --filter name=zeta --format 'table {{.Names}}\t{{.Pid}}')" "zeta   $(pid_of zeta)"
	run -125 guise ps --format '{{.Nmaes}}'
	has 'there is no field Nmaes; there are .*Names' "$output"
	has 'at character [0-9]+' "$output"
}

@test "inspect -f: fields, ranges, conditions and functions, on a line for each container" {
	three
	same "$(guise inspect -f '{{.State.Pid}}' zeta)" "$(pid_of zeta)"
	same "$(guise inspect -f '{{.Name}} {{.State.Running}} {{.State.ExitCode}}' alpha mid)" $'alpha true 0\nmid false 0'
	same "$(guise inspect -f '{{json .Config.Labels}}' zeta | jq -c .)" '{"a":"1","b":"x"}'
	same "$(guise inspect -f '{{index .Config.Labels "b"}}{{range .Args}} <{{.}}>{{end}}' zeta)" 'x <1000>'
	same "$(guise inspect -f '{{range $name, $net := .NetworkSettings.Networks}}{{$name}}={{$net.IPAddress}};{{end}}' zeta)" 'none=;'
	same "$(guise inspect --format json zeta | jq -r '.[0].Name')" zeta
	run -125 guise inspect -f '{{.State.Nope}}' zeta
	has "there is no field Nope" "$output"
	run -125 guise inspect -f '{{if .Id}}' zeta
	has '\{\{end\}\} is missing' "$output"
}

@test "ps -s: how much its files take, of one that keeps a layer; - of others" {
	box_detached --name a host: sh -c 'head -c 300000 /dev/zero >/root/f; mkdir /root/d; head -c 4000 /dev/zero >/root/d/g; sleep 1000' >/dev/null
	await sh -c '[ "$('"$GUISE"' --root '"$STATE"' ps -s --format "{{.Size}}")" = 304kB ]'
	has 'NAMES +SIZE$' "$(guise ps -s)"
	has ' a +304kB$' "$(guise ps -s)"
	same "$(guise ps -s --format '{{.Size}}')" 304kB
	same "$(guise ps --format 'table {{.Names}}\t{{.Size}}')" $'NAMES   SIZE\na       304kB'
	box_detached --rm --name b host: sleep 1000 >/dev/null
	same "$(guise ps -s -f name=b --format '{{.Size}}')" -
}
