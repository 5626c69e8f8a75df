#!/usr/bin/env python3
# one.py GUISE SEED FAULTS [-v]: a random network of namespaces that is well, of which guise doctor must say so; then broken
# in that many ways (0 to 2). Doctor has to name them, and to mend them. Prints one line:
#     seed 17: false: CODES | well | named|missed CODES, mended|not mended (FAULTS)
# Runs in a network, mount and pid namespace of its own: see run.
import json
import os
import random
import subprocess
import sys

guise, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
verbose = "-v" in sys.argv
rng = random.Random(seed * 3 + count)


def sh(text, check=True):
    if verbose:
        print("#", text)
    done = subprocess.run(text, shell=True, capture_output=True, text=True)
    if check and done.returncode:
        sys.exit(f"seed {seed}: broken: {text}: {done.stderr.strip()}")
    return done


def lines(*texts):
    sh("set -e\n" + "\n".join(texts))


class End:
    def __init__(self, name, link, net, host):
        self.name, self.link, self.net = name, link, net
        self.port = f"p{link}-{name}"
        self.ip = f"{net.prefix}.{host}"


class Net:
    def __init__(self, i):
        self.bridge = f"br{i}"
        self.prefix = rng.choice(["10.10", "172.20", "192.168"]) + f".{40 + i}"
        self.len = rng.choice([24, 24, 25])
        self.gateway = f"{self.prefix}.1"
        self.subnet = f"{self.prefix}.0/{self.len}"
        self.internal = i > 0 and rng.random() < .25
        self.ends = []


def make():
    nets = [Net(i) for i in range(rng.randint(1, 3))]
    lines("ip link set lo up",
          "ip netns add outside; ip -n outside link set lo up",
          "ip link add up0 type veth peer name eth0 netns outside",
          "ip address add 203.0.113.2/24 dev up0; ip link set up0 up",
          "ip -n outside address add 203.0.113.1/24 dev eth0; ip -n outside link set eth0 up",
          "ip route add default via 203.0.113.1; echo 1 >/proc/sys/net/ipv4/ip_forward",
          f"echo {rng.choice([0, 1, 2])} >/proc/sys/net/ipv4/conf/all/rp_filter")
    n = 0
    for net in nets:
        lines(f"ip link add {net.bridge} type bridge", f"ip address add {net.gateway}/{net.len} dev {net.bridge}",
              f"ip link set {net.bridge} up")
        for _ in range(rng.randint(2, 3)):
            n += 1
            end = End(f"n{n}", rng.choice(["eth0", "veth1", "e.1"]), net, n + 1)
            net.ends.append(end)
            lines(f"ip netns add {end.name}; ip -n {end.name} link set lo up",
                  f"ip link add {end.link} netns {end.name} type veth peer name {end.port}",
                  f"ip link set {end.port} master {net.bridge} up",
                  f"ip -n {end.name} address add {end.ip}/{net.len} dev {end.link}",
                  f"ip -n {end.name} link set {end.link} up",
                  "true" if net.internal else f"ip -n {end.name} route add default via {net.gateway}")
            if rng.random() < .2:
                sh(f"ip -n {end.name} address add fd00:{net.bridge[2]}::{n + 1}/64 dev {end.link} nodad")
    translate(nets)
    firewall(nets)
    return nets


def translate(nets):
    how = rng.choice(["nft", "inet", "iptables-nft", "iptables-legacy"])
    for net in nets:
        if net.internal:
            continue
        if how.startswith("ip"):
            out = rng.choice([f"! -o {net.bridge}", "-o up0"])
            sh(f"{how} -t nat -A POSTROUTING -s {net.subnet} {out} -j MASQUERADE")
        else:
            family = "ip" if how == "nft" else "inet"
            out = rng.choice([f'oifname != "{net.bridge}"', 'oifname "up0"'])
            sh(f"nft -f - <<'X'\ntable {family} nat {{ chain post {{ type nat hook postrouting priority srcnat; }}; }}\n"
               f"add rule {family} nat post ip saddr {net.subnet} {out} masquerade\nX")


def firewall(nets):
    how = rng.choice(["none", "none", "nft", "iptables-nft", "iptables-legacy"])
    if how == "nft":
        rules = "\n".join(f'add rule inet fw forward iifname "{n.bridge}" accept' for n in nets)
        sh("nft -f - <<'X'\ntable inet fw { chain forward { type filter hook forward priority filter; policy drop;\n"
           f"ct state established,related accept; }}; }}\n{rules}\nX")
    elif how != "none":
        rules = "; ".join(f"{how} -A FORWARD -i {n.bridge} -j ACCEPT" for n in nets)
        sh(f"{how} -P FORWARD DROP; {how} -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; {rules}")


# ---- faults: what is typed, and the codes of it

def drop(tool, *words):
    return f"{tool} -I FORWARD {' '.join(words)}"


def faults(nets):
    net = rng.choice([n for n in nets if not n.internal])
    e, other = rng.sample(net.ends, 2)
    inside, b = f"ip -n {e.name}", net.bridge
    mac = sh(f"ip -n {other.name} -j link show {other.link} | jq -r '.[0].address'").stdout.strip()
    nft = lambda family, rule: (f"nft 'add table {family} x; add chain {family} x c {{ type filter hook forward priority 0; }}; "
                                f"add rule {family} x c {rule}'")
    tool = rng.choice(["iptables-nft", "iptables-legacy"])
    return [
        (f"ip link set {e.port} nomaster", ["veth-not-on-bridge"]),
        (f"ip link set {e.port} down", ["veth-host-down"]),
        (f"ip link set {e.port} nomaster; ip link set {e.port} down", ["veth-not-on-bridge", "veth-host-down"]),
        (f"{inside} link set {e.link} down", ["link-down"]),
        (f"{inside} link set lo down", ["loopback-down"]),
        (f"ip link set {e.port} netns {other.name}", ["veth-peer-missing"]),
        (f"{inside} link set {e.link} arp off; {inside} neigh flush all", ["arp-off"]),
        (f"ip link set {e.port} mtu 900", ["mtu-mismatch"]),
        (f"ip link set {b} down", ["bridge-down"]),
        (f"ip address flush dev {b} scope global", ["gateway-address-missing"]),
        (f"ip link set {e.port} type bridge_slave locked on learning off; ip link set {e.port} type bridge_slave fdb_flush",
         ["bridge-port-blocked"]),
        (f"{inside} address flush dev {e.link} scope global", ["address-missing"]),
        (f"{inside} address flush dev {e.link} scope global; {inside} address add 10.99.0.7/24 dev {e.link}",
         ["subnet-mismatch"]),
        (f"{inside} address flush dev {e.link} scope global; {inside} address add {other.ip}/{net.len} dev {e.link}; "
         f"{inside} route add default via {net.gateway}", ["address-duplicate"]),
        (f"{inside} link set {e.link} address {mac}", ["mac-duplicate"]),
        (f"{inside} neigh replace {net.gateway} lladdr 02:00:00:00:00:99 dev {e.link} nud permanent", ["neighbour-stale"]),
        (f"{inside} route delete default", ["default-route-missing"]),
        (f"{inside} route replace default via {net.prefix}.99", ["gateway-wrong"]),
        (f"{inside} route add blackhole {net.gateway}", ["route-blackhole"]),
        (f"ip route add unreachable {e.ip}", ["route-blackhole"]),
        (f"{inside} rule add priority 50 from {e.ip} prohibit", ["rule-blocks"]),
        (f"ip rule add priority 50 from {net.subnet} unreachable", ["rule-blocks"]),
        ("ip link set up0 down", ["host-offline"]),
        ("ip route delete default", ["host-offline"]),
        ("echo 0 >/proc/sys/net/ipv4/ip_forward", ["forwarding-off"]),
        (f"echo 0 >/proc/sys/net/ipv4/conf/{b}/forwarding", ["forwarding-off"]),
        (nft("inet", f'iifname "{b}" drop'), ["forward-rule-drop"]),
        (nft("ip", f"ip saddr {e.ip} counter reject"), ["forward-rule-drop"]),
        (nft("bridge", f'oifname "{e.port}" drop'), ["bridge-rule-drop"]),
        ("nft 'add table inet y; add chain inet y c { type filter hook forward priority 10; policy drop; }'",
         ["forward-policy-drop"]),
        (drop(tool, "-i", b, "-j DROP"), ["forward-rule-drop"]),
        (drop(tool, "-s", net.subnet, "! -d", net.subnet, "-j REJECT"), ["forward-rule-drop"]),
        ("nft delete table ip nat 2>/dev/null; nft delete table inet nat 2>/dev/null; iptables-legacy -t nat -F",
         ["masquerade-missing"]),
    ]


# ---- what is to work

def works(nets):
    asked = []
    for net in nets:
        for i, e in enumerate(net.ends):
            to = [net.gateway, "127.0.0.1"] + ([] if net.internal else ["203.0.113.1"])
            ip = sh(f"ip -n {net.ends[i - 1].name} -4 -j address show dev {net.ends[i - 1].link} scope global | "
                    "jq -r '.[0].addr_info[0].local'", False).stdout.strip() or "null"
            to.append(net.ends[i - 1].ip if ip == "null" else ip)
            asked += [(e, t, subprocess.Popen(["ip", "netns", "exec", e.name, "ping", "-c1", "-W1", "-s1300", "-Mdo", "-n", t],
                                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)) for t in to]
    failed = [f"{e.name} to {t}" for e, t, p in asked if p.wait()]
    if verbose and failed:
        print("# not reached:", ", ".join(failed))
    return not failed


def doctor(*words):
    done = subprocess.run([guise, "--root", "/run/state", "doctor", "--format", "json", *words], capture_output=True, text=True)
    if verbose:
        print("#", done.stdout, done.stderr)
    if not done.stdout.startswith("["):
        return [f"status {done.returncode}: {done.stderr.strip()}"]
    codes = {f["code"] for f in json.loads(done.stdout) if f["certainty"] == "fault"}
    return sorted(codes) + (["could-not-look"] if done.returncode == 2 else [])


os.makedirs("/run/netns", exist_ok=True)
nets = make()
if not works(nets):
    sys.exit(f"seed {seed}: broken: the machine does not work")
codes = doctor()
if codes:
    print(f"seed {seed}: false: {' '.join(codes)}")
    sys.exit()
if count == 0:
    print(f"seed {seed}: well")
    sys.exit()
chosen = rng.sample(faults(nets), count)
for text, _ in chosen:
    sh(text, False)
broken = not works(nets)
expected = {code for _, codes in chosen for code in codes}
codes = doctor()
# With two faults one may hide the other, which is named when that is mended.
named = codes and set(codes) <= expected | {"bridge-netfilter-drop"} and (count > 1 or set(codes) & expected)
rest = doctor("--fix", "--yes")
mended = not rest and works(nets)
if not broken and not codes:
    print(f"seed {seed}: well (without effect: {'; '.join(t for t, _ in chosen)})")
else:
    print(f"seed {seed}: {'named' if named else 'missed'} {' '.join(codes)}, {'mended' if mended else 'not mended'}"
          f" ({'; '.join(t for t, _ in chosen)}){'' if mended else ' rest: ' + ' '.join(rest)}")
