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
# web, in a cgroup of that hierarchy of which these are the files, and those of the one above.
def contained(h; own; above): published(0; 0) | .containers[-1] |= (del(.ports) | .cgroup = "/docker/web") |
	(.processes[] | select(.pid == 46)).cgroups = [{hierarchy: h, path: "/docker/web"}] |
	.cgroups = [{hierarchy: h, mount: "/sys/fs/cgroup", path: "/docker/web", settings: own},
		{hierarchy: h, mount: "/sys/fs/cgroup", path: "/docker", settings: above}];
# web asks those, and the outside answers at an address that anybody may have, and names at its own.
def resolvers(list): published(0; 0) | .containers[-1] |= (del(.ports) | .resolvers = list) |
	change("outside"; .addrs += [{link: 1, ip: "192.88.99.1"}] |
		.routes += [{family: 2, type: 2, table: 255, scope: 254, dst: "192.88.99.1", prefsrc: "192.88.99.1", oif: 1}] |
		.sockets += [{proto: 6, state: 10, port: 443, ip: "0.0.0.0"}, {proto: 17, state: 7, port: 53, ip: "0.0.0.0"}]);
