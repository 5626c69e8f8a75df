# What the changes of base.json are made of: see run.
def index(n): [.netns | to_entries[] | select((n == "host" and .value.is_host) or .value.name == n)][0].key;
def change(n; f): index(n) as $i | .netns[$i] |= f;
def change_link(n; l; f): change(n; .links |= map(if .name == l then f else . end));
def down: .flags -= 1 | .flags -= 64 | .operstate = "down" | .carrier = false;
def up: 69699;
def no_default: .routes |= map(select(.table != 254 or .dst or .family != 2));
def nft_drop(fam; hook; name): {family: fam, name: "f", chains: [{name: name, type: "filter", handle: 1, hook: hook, policy: 0}]};
def nft_rule(fam; hook; exprs): {family: fam, name: "f", chains: [{name: "forward", type: "filter", handle: 1, hook: hook,
	policy: 1, rules: [{handle: 7, exprs: exprs}]}]};
def name(n): (n | explode | map((. / 16 | floor) as $h | (. % 16) as $l | ["0123456789abcdef"[$h:$h + 1], "0123456789abcdef"[$l:$l + 1]] | add) | add)
	as $x | ($x + "00000000000000000000000000000000")[0:32];
def drop: {kind: "immediate", verdict: 0};
def published(p; t): .containers += [{engine: "docker", id: "0123456789ab", name: "web", status: "running", pid: 46,
	netns: (index("net1") as $i | .netns[$i].inode), ports: [{port: p, target: t, proto: 6}]}];
