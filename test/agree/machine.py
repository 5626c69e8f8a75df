# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine made at random from a seed: what `ip -batch`, nft(8), iptables(8) and /proc/sys are told, per namespace, and
the questions that are asked of it. Nothing here touches a kernel: test/agree/one.py does."""
import random

LISTEN_ANY, LISTEN_ONE, LISTEN_LOOPBACK, LISTEN_NOBODY = 7001, 7002, 7003, 7004


class Space:
    """A network namespace."""

    def __init__(self, name):
        self.name = name
        self.early = []  # ip -batch: links
        self.late = []   # ip -batch: addresses, routes, what depends on others
        self.bridge = [] # bridge -batch
        self.sysctls = []
        self.nft = []
        self.iptables = []  # (program, text for restore)
        self.addresses = [] # as text, without length
        self.links = []
        self.one = None     # the address that LISTEN_ONE is bound to


class Machine:
    def __init__(self, seed, has_vlans=False):
        self.random = random.Random(seed)
        self.has_vlans = has_vlans
        self.host = Space("host")
        self.out = Space("out")
        self.spaces = [self.host, self.out]
        self.bridges = []
        self.mac = 0
        self.tags = []  # what is odd about it, for a person
        self.make_host()
        self.make_outside()
        self.make_spaces()
        self.make_settings()
        self.make_faults()
        self.make_policy()
        self.make_filters()
        self.random = random.Random(seed + 1000003)  # so that a seed's machine stays what it was where more is added
        self.make_networks()
        self.make_link_filters()

    def chance(self, p):
        return self.random.random() < p

    def tag(self, text):
        self.tags.append(text)

    def cable(self, space, end, other_space, other_end):
        self.mac += 1
        where = "" if other_space.name == "host" else f" netns {other_space.name}"
        first = "" if space.name == "host" else f" netns {space.name}"
        self.host.early.append(f"link add {end} address 02:00:00:00:01:{self.mac:02x}{first} type veth "
                               f"peer name {other_end} address 02:00:00:00:02:{self.mac:02x}{where}")
        space.links.append(end)
        other_space.links.append(other_end)

    def address(self, space, link, ip, length):
        family = "nodad" if ":" in ip else ""
        space.late.append(f"addr add {ip}/{length} dev {link} {family}")
        space.addresses.append(ip)

    def up(self, space, link):
        space.late.insert(0, f"link set {link} up")

    # ---- what is there

    def make_host(self):
        h = self.host
        for i in range(self.random.randint(1, 4)):
            name = f"br{i}"
            self.bridges.append(name)
            h.early.append(f"link add {name} address 02:00:00:00:00:{i + 1:02x} type bridge")
            h.links.append(name)
            self.up(h, name)
            if self.chance(0.93):
                self.address(h, name, f"10.{i}.0.1", 24)
            if self.chance(0.5):
                self.address(h, name, f"fd00:{i}::1", 64)
        self.up(h, "lo")

    def make_outside(self):
        h, o = self.host, self.out
        self.cable(h, "up0", o, "eth0")
        self.address(h, "up0", "192.0.2.2", 24)
        self.address(o, "eth0", "192.0.2.1", 24)
        o.late.append("addr add 198.51.100.1/32 dev lo")
        o.addresses.append("198.51.100.1")
        for s, link in ((h, "up0"), (o, "eth0")):
            self.up(s, link)
        self.up(o, "lo")
        if self.chance(0.93):
            h.late.append("route add default via 192.0.2.1")
        if self.chance(0.3):
            o.late.append("route add 10.0.0.0/8 via 192.0.2.2")
            self.tag("outside knows 10/8")

    def make_spaces(self):
        self.inner = []
        for k in range(self.random.randint(1, 8)):
            s = Space(f"n{k}")
            self.spaces.append(s)
            self.inner.append(s)
            self.up(s, "lo")
            if self.inner[:-1] and self.chance(0.15):
                self.behind(s, k)
            else:
                self.on_bridge(s, k, self.random.randrange(len(self.bridges)), "eth0", True)
                if len(self.bridges) > 1 and self.chance(0.15):
                    self.on_bridge(s, k, self.random.randrange(len(self.bridges)), "eth1", False)
                    self.tag(f"{s.name} has two links")

    def on_bridge(self, s, k, b, link, with_default):
        end = f"v{k}{link[-1]}"
        self.cable(self.host, end, s, link)
        self.host.early.append(f"link set {end} master br{b}")
        self.up(self.host, end)
        self.up(s, link)
        length = 24 if self.chance(0.95) else self.random.choice([16, 25, 28])
        self.address(s, link, f"10.{b}.0.{k + 2}", length)
        if self.chance(0.6):
            self.address(s, link, f"fd00:{b}::{k + 2:x}", 64)
        s.bridge_of = b
        if with_default and self.chance(0.92):
            s.late.append(f"route add default via 10.{b}.0.1 onlink dev {link}" if self.chance(0.1)
                          else f"route add default via 10.{b}.0.1")
            s.late.append(f"route add ::/0 via fd00:{b}::1")

    def behind(self, s, k):
        """Behind another one, which routes."""
        r = self.random.choice(self.inner[:-1])
        self.cable(r, f"d{k}", s, "eth0")
        self.address(r, f"d{k}", f"10.{100 + k}.0.1", 24)
        self.address(s, "eth0", f"10.{100 + k}.0.2", 24)
        self.up(r, f"d{k}")
        self.up(s, "eth0")
        if self.chance(0.95):
            s.late.append(f"route add default via 10.{100 + k}.0.1")
        if self.chance(0.9):
            r.sysctls.append(("net.ipv4.ip_forward", 1))
        if self.chance(0.85):
            self.host.late.append(f"route add 10.{100 + k}.0.0/24 via {r.addresses[0]}")
        self.tag(f"{s.name} is behind {r.name}")

    # ---- settings

    def make_settings(self):
        h = self.host
        h.sysctls.append(("net.ipv4.ip_forward", 1 if self.chance(0.9) else 0))
        h.sysctls.append(("net.ipv6.conf.all.forwarding", 1 if self.chance(0.8) else 0))
        call = 0 if self.chance(0.6) else 1
        for name in ("iptables", "ip6tables"):
            h.sysctls.append((f"net.bridge.bridge-nf-call-{name}", call))
        for s in self.spaces:
            if self.chance(0.3):
                s.sysctls.append(("net.ipv4.conf.all.rp_filter", self.random.choice([0, 1, 2])))
            if s.links and self.chance(0.15):
                s.sysctls.append((f"net.ipv4.conf.{self.random.choice(s.links)}.rp_filter", self.random.choice([1, 2])))
            if s.links and self.chance(0.06):
                s.sysctls.append((f"net.ipv4.conf.{self.random.choice(s.links)}.forwarding", self.random.choice([0, 1])))
            if self.chance(0.06):
                s.sysctls.append((f"net.ipv4.conf.all.arp_ignore", self.random.choice([1, 2, 8])))
            if self.chance(0.04):
                s.sysctls.append(("net.ipv4.icmp_echo_ignore_all", 1))
            if self.chance(0.04):
                s.sysctls.append(("net.ipv6.conf.all.disable_ipv6", 1))
            if self.chance(0.04):
                s.sysctls.append(("net.ipv4.conf.all.proxy_arp", 1))
                # it answers for others only after a while, at random
                s.sysctls += [(f"net.ipv4.neigh.{l}.proxy_delay", 0) for l in s.links]
            if self.chance(0.04):
                s.sysctls.append(("net.ipv4.conf.all.accept_local", 1))
            if s.links and self.chance(0.04):
                s.sysctls.append((f"net.ipv4.conf.{self.random.choice(s.links)}.ignore_routes_with_linkdown", 1))

    # ---- what is broken

    def make_faults(self):
        for _ in range(self.random.choice([0, 0, 1, 1, 2, 3])):
            s = self.random.choice(self.spaces)
            fault = self.random.choice([
                self.link_down, self.link_down, self.off_bridge, self.isolate, self.no_learning, self.bad_route, self.bad_route,
                self.bad_neighbour, self.no_arp, self.small_mtu, self.port_state, self.lock, self.fixed_entry,
                self.lose_address, self.duplicate_subnet])
            fault(s)

    def a_port(self):
        ports = [l for l in self.host.links if l.startswith("v")]
        return self.random.choice(ports) if ports else None

    def link_down(self, s):
        link = self.random.choice(s.links + ["lo"])
        s.late.append(f"link set {link} down")
        self.tag(f"{s.name}: {link} down")

    def off_bridge(self, s):
        port = self.a_port()
        if port:
            self.host.late.append(f"link set {port} nomaster")
            self.tag(f"{port} off its bridge")

    def port_flag(self, text, n=1):
        for _ in range(n):
            port = self.a_port()
            if port:
                self.host.bridge.append(f"link set dev {port} {text}")
                self.tag(f"{port} {text}")

    def isolate(self, s):
        self.port_flag("isolated on", 3)

    def no_learning(self, s):
        self.port_flag("learning off")
        if self.chance(0.5):
            self.port_flag("flood off")

    def port_state(self, s):
        self.port_flag(f"state {self.random.choice([0, 2, 3, 4])}")

    def lock(self, s):
        self.port_flag("locked on learning off")

    def fixed_entry(self, s):
        port, n = self.a_port(), self.random.randint(1, max(1, self.mac))
        if port:
            self.host.bridge.append(f"fdb replace 02:00:00:00:02:{n:02x} dev {port} master static")
            self.tag(f"fdb {n:02x} at {port}")

    def bad_route(self, s):
        to = self.random.choice(self.spaces)
        if not to.addresses:
            return
        ip = self.random.choice(to.addresses)
        if ":" in ip:
            return
        net = ip if self.chance(0.6) else ip.rsplit(".", 1)[0] + ".0/24"
        kind = self.random.choice(["blackhole", "unreachable", "prohibit", "throw", "", ""])
        if kind:
            s.late.append(f"route prepend {kind} {net}" if self.chance(0.3) else f"route add {kind} {net} metric 5")
        else:
            via = self.random.choice([a for x in self.spaces for a in x.addresses if "." in a])
            s.late.append(f"route add {net} via {via}")
        self.tag(f"{s.name}: {s.late[-1]}")

    def bad_neighbour(self, s):
        ips = [a for x in self.spaces for a in x.addresses]
        if s.links and ips:
            mac = self.random.choice(["02:00:00:00:09:09", f"02:00:00:00:02:{self.random.randint(1, max(1, self.mac)):02x}"])
            s.late.append(f"neigh replace {self.random.choice(ips)} lladdr {mac} dev {self.random.choice(s.links)} nud permanent")
            self.tag(f"{s.name}: {s.late[-1]}")

    def no_arp(self, s):
        if s.links:
            s.late.append(f"link set {self.random.choice(s.links)} arp off")
            self.tag(f"{s.name}: {s.late[-1]}")

    def small_mtu(self, s):
        if s.links:
            s.late.append(f"link set {self.random.choice(s.links)} mtu {self.random.choice([1300, 1380])}")
            self.tag(f"{s.name}: {s.late[-1]}")

    def lose_address(self, s):
        if s.links:
            s.late.append(f"addr flush dev {self.random.choice(s.links)}")
            self.tag(f"{s.name}: {s.late[-1]}")

    def duplicate_subnet(self, s):
        if s.links:
            b = self.random.randrange(len(self.bridges))
            self.address(s, self.random.choice(s.links), f"10.{b}.0.{self.random.randint(100, 200)}", 24)
            self.tag(f"{s.name}: {s.late[-1]}")

    # ---- ip rule

    def make_policy(self):
        for s in self.spaces:
            if not self.chance(0.15):
                continue
            ips = [a for x in self.spaces for a in x.addresses if "." in a]
            for _ in range(self.random.randint(1, 3)):
                what = self.random.choice([f"to {self.random.choice(ips)}", f"from {self.random.choice(ips)}",
                                           f"iif {self.random.choice(s.links + ['lo'])}", "fwmark 1", "ipproto udp",
                                           "ipproto tcp dport 7001", "not from 10.0.0.0/8", "tos 0x10"])
                act = self.random.choice(["prohibit", "blackhole", "unreachable", "lookup 100", "lookup 100", "nop",
                                          "goto 32766", "lookup main suppress_prefixlength 0"])
                s.late.append(f"rule add {what} {act} priority {self.random.randint(1, 60)}")
                self.tag(f"{s.name}: {s.late[-1]}")
            if self.chance(0.7):
                s.late.append(f"route add {self.random.choice(['default', '10.0.0.0/8'])} via {self.random.choice(ips)} table 100")
            if self.chance(0.2):
                s.late.append("rule del priority 0")
                s.late.append("rule add priority 10 lookup local")

    # ---- filters

    def make_filters(self):
        h = self.host
        if self.chance(0.6):
            self.masquerade()
        if self.chance(0.45):
            self.nft_inet(h)
        if self.chance(0.2):
            self.legacy(h)
        if self.chance(0.2):
            self.iptables_nft(h)
        if self.chance(0.2):
            self.nft_bridge(h)
        if self.chance(0.25):
            self.dnat(h)
        for s in self.inner + [self.out]:
            if self.chance(0.12):
                self.nft_inet(s)

    def some_address(self, six=False):
        ips = [a for x in self.spaces for a in x.addresses if (":" in a) == six]
        return self.random.choice(ips) if ips else ("fd00::9" if six else "10.9.9.9")

    def masquerade(self):
        what = self.random.choice(["oifname up0", "oifname up0 ip saddr 10.0.0.0/8", "ip saddr 10.0.0.0/24 oifname != br0",
                                   "ip saddr 10.0.0.0/8 ip daddr != 10.0.0.0/8"])
        act = self.random.choice(["masquerade", "masquerade", "masquerade random", "snat to 192.0.2.2"])
        if act.startswith("snat"):
            what = "meta nfproto ipv4 " + what
        self.host.nft.append(f"""table inet gnat {{
            chain post {{ type nat hook postrouting priority srcnat; {what} {act}; }}
        }}""")

    def dnat(self, s):
        to = self.random.choice([a for x in self.inner for a in x.addresses if "." in a] or ["10.0.0.2"])
        hook = self.random.choice(["prerouting", "output"])
        port = self.random.choice([LISTEN_ANY, LISTEN_ONE])
        match = self.random.choice([f"udp dport {port}", f"tcp dport {port}", "fib daddr type local tcp dport 7001"])
        act = self.random.choice([f"dnat to {to}", f"dnat to {to}:7001", "redirect to :7001"])
        s.nft.append(f"""table ip gdnat {{
            chain d {{ type nat hook {hook} priority dstnat; iifname != "up0x" {match} {act}; }}
        }}""")
        self.tag(f"{s.name}: {match} {act}")

    def nft_match(self, s):
        links = s.links or ["lo"]
        return self.random.choice([
            f"ip saddr {self.some_address()}", f"ip daddr {self.some_address()}", f"ip6 daddr {self.some_address(True)}",
            f"ip saddr {{ {self.some_address()}, 10.0.0.0/24, 10.2.0.0/16 }}".replace("10.0.0.0/24, ", "" if self.chance(0.5) else "10.0.0.0/24, "),
            f"iifname {self.random.choice(links)}", f"oifname {self.random.choice(links)}", f'iifname "br*"',
            "udp dport 7001", "tcp dport { 7001, 7002 }", "udp dport 7000-7002", "meta l4proto icmp", "icmp type echo-request",
            "icmp type echo-reply", "meta l4proto { tcp, udp }", "ct state established", "ct state new", "ct state { new, invalid }",
            "ct state invalid", "ct direction reply", "tcp flags syn", "tcp flags & (syn | ack) == syn", "ip ttl < 64", "ip ttl 64",
            "meta mark 1", "meta nfproto ipv4", "fib daddr type local", "fib saddr . iif oif missing", "meta length > 1000",
            "ip protocol udp", "ct status dnat", "meta pkttype host", "ip saddr . tcp dport { 10.0.0.2 . 7001, 10.0.0.3 . 7002 }",
            "tcp sport != 7001", "ip daddr & 0.0.0.1 == 0.0.0.1", "ip6 nexthdr udp", "@th,16,16 7001"])

    def nft_inet(self, s):
        table = f"t{len(s.nft)}"
        lines = [f"table inet {table} {{", "chain extra {"]
        for _ in range(self.random.randint(0, 2)):
            lines.append(f"  {self.nft_match(s)} {self.random.choice(['accept', 'drop', 'return'])}")
        lines.append("}")
        hooks = ["prerouting", "input", "forward", "output", "postrouting"]
        for hook in self.random.sample(hooks, self.random.randint(1, 3)):
            policy = "drop" if hook in ("forward", "input") and self.chance(0.25) else "accept"
            lines.append(f"chain c_{hook} {{ type filter hook {hook} priority {self.random.choice([-300, -150, 0, 0, 10])}; policy {policy};")
            if policy == "drop":
                lines.append("  ct state established,related accept")
                lines.append("  meta l4proto ipv6-icmp accept")
            for _ in range(self.random.randint(0, 3)):
                match = " ".join(self.nft_match(s) for _ in range(self.random.choice([1, 1, 2])))
                verdict = self.random.choice(["accept", "accept", "drop", "drop", "reject" if hook in ("input", "forward", "output") else "drop",
                                              "meta mark set 1", "jump extra", "goto extra", "counter", "return",
                                              "ct mark set 7", 'log prefix "x"'])
                lines.append(f"  {match} {verdict}")
            lines.append("}")
        lines.append("}")
        s.nft.append("\n".join(lines))
        self.tag(f"{s.name}: nft inet")

    def nft_bridge(self, s):
        hook = self.random.choice(["prerouting", "input", "forward", "output", "postrouting"])
        port = self.a_port() or "v00"
        match = self.random.choice([f"ip daddr {self.some_address()}", f"ip saddr {self.some_address()}", f"iifname {port}", f"oifname {port}",
                                    "ether type arp", "ether type ip", "udp dport 7001", f"ether saddr 02:00:00:00:02:{self.random.randint(1, max(1, self.mac)):02x}",
                                    "ether type ip6", "meta ibrname br0", "meta l4proto icmp"])
        act = self.random.choice(["drop", "drop", "accept", "counter"])
        s.nft.append(f"table bridge gb {{ chain c {{ type filter hook {hook} priority 0; {match} {act}; }}\n}}")
        self.tag(f"{s.name}: nft bridge {hook} {match} {act}")

    def xt_rule(self, s, chain):
        links = s.links or ["lo"]
        match = self.random.choice([
            f"-s {self.some_address()}", f"-d {self.some_address()}", f"! -s {self.some_address()}", "-p udp --dport 7001",
            "-p tcp --dport 7001:7002", "-p tcp -m multiport --dports 7001,7003", "-p icmp", "-p icmp --icmp-type echo-request",
            "-m conntrack --ctstate NEW", "-m conntrack --ctstate RELATED,ESTABLISHED", "-m state --state INVALID",
            "-m addrtype --dst-type LOCAL", "-m mark --mark 0x1", "-p tcp --syn", "-m comment --comment x",
            "-s 10.0.0.0/8 -d 10.0.0.0/8", "-m physdev --physdev-is-bridged", "-m pkttype --pkt-type unicast",
            "-m length --length 0:1000", "-m ttl --ttl-lt 64"])
        if chain != "OUTPUT" and self.chance(0.2):
            match = f"-i {self.random.choice(links)} {match}"
        if chain in ("FORWARD", "OUTPUT") and self.chance(0.2):
            match = f"-o {self.random.choice(links)} {match}"
        return f"-A {chain} {match} -j {self.random.choice(['ACCEPT', 'DROP', 'DROP', 'REJECT', 'USER', 'RETURN'])}"

    def xt_filter(self, s):
        policy = "DROP" if self.chance(0.25) else "ACCEPT"
        lines = ["*filter", ":INPUT ACCEPT [0:0]", f":FORWARD {policy} [0:0]", ":OUTPUT ACCEPT [0:0]", ":USER - [0:0]"]
        if policy == "DROP":
            lines.append("-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")
        for chain in ("INPUT", "FORWARD", "FORWARD", "OUTPUT"):
            if self.chance(0.5):
                lines.append(self.xt_rule(s, chain))
        lines.append("-A USER -p udp -j DROP" if self.chance(0.5) else "-A USER -j RETURN")
        lines.append("COMMIT")
        if self.chance(0.3):
            lines += ["*nat", ":PREROUTING ACCEPT [0:0]", ":POSTROUTING ACCEPT [0:0]", "-A POSTROUTING -s 10.0.0.0/8 -o up0 -j MASQUERADE"]
            if self.chance(0.5):
                lines.append(f"-A PREROUTING -p tcp --dport 7001 -m addrtype --dst-type LOCAL -j DNAT --to-destination {self.some_address()}:7001")
            lines.append("COMMIT")
        if self.chance(0.2):
            lines += ["*mangle", ":PREROUTING ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", "-A PREROUTING -p udp -j MARK --set-mark 1",
                      "-A OUTPUT -p tcp -j MARK --set-mark 1", "COMMIT"]
        return "\n".join(lines) + "\n"

    def legacy(self, s):
        s.iptables.append(("iptables-legacy-restore", self.xt_filter(s)))
        self.tag(f"{s.name}: iptables-legacy")

    def iptables_nft(self, s):
        s.iptables.append(("iptables-nft-restore", self.xt_filter(s)))
        self.tag(f"{s.name}: iptables-nft")

    # ---- filters at links: ebtables, ingress, egress

    def make_link_filters(self):
        if self.chance(0.2):
            self.ebtables(self.host)
        for s in self.spaces:
            if s.links and self.chance(0.15):
                self.nft_netdev(s)

    def eb_rule(self, chain):
        port = self.a_port() or "v00"
        n = self.random.randint(1, max(1, self.mac))
        where = self.random.choice([f"-i {port}", f"! -i {port}"]) if chain in ("INPUT", "FORWARD", "PREROUTING") else \
            self.random.choice([f"-o {port}", f"! -o {port}"])
        match = self.random.choice([
            where, f"-s 02:00:00:00:02:{n:02x}", f"-d 02:00:00:00:02:{n:02x}", "-p ARP", "-p IPv4", "-p IPv6",
            f"-p IPv4 --ip-src {self.some_address()}", f"-p IPv4 --ip-dst {self.some_address()}", "-p IPv4 --ip-proto udp",
            "-p IPv4 --ip-proto tcp --ip-dport 7001:7002", "-p IPv4 --ip-proto icmp", "-d Broadcast", "-d Multicast",
            f"-p ARP --arp-ip-dst {self.some_address()}", "-p ARP --arp-opcode Request",
            f"-p ARP --arp-ip-src {self.some_address()}", "--pkttype-type multicast",
            f"--among-src 02:00:00:00:02:{n:02x}", f"--among-src 02:00:00:00:02:{n:02x}={self.some_address()},"])
        return f"-A {chain} {match} -j {self.random.choice(['DROP', 'DROP', 'ACCEPT', 'CONTINUE', 'RETURN', 'USER'])}"

    def ebtables(self, s):
        lines = ["*filter"] + [f":{c} {'DROP' if self.chance(0.05) else 'ACCEPT'}" for c in ("INPUT", "FORWARD", "OUTPUT")]
        lines += [":USER RETURN", "-A USER -p IPv4 -j DROP" if self.chance(0.3) else "-A USER -j RETURN"]
        for chain in ("INPUT", "FORWARD", "FORWARD", "OUTPUT"):
            if self.chance(0.4):
                lines.append(self.eb_rule(chain))
        s.iptables.append(("ebtables-restore", "\n".join(lines) + "\n"))
        self.tag(f"{s.name}: ebtables: {'; '.join(lines[6:])}")

    def nft_netdev(self, s):
        link = self.random.choice(s.links)
        hook = self.random.choice(["ingress", "ingress", "egress"])
        match = self.random.choice([
            f"ip saddr {self.some_address()}", f"ip daddr {self.some_address()}", "ether type arp", "ether type ip6", "udp dport 7001",
            "tcp dport { 7001, 7002 }", "meta l4proto icmp", "icmp type echo-reply", "tcp flags & (syn | ack) == syn",
            f"ether saddr 02:00:00:00:02:{self.random.randint(1, max(1, self.mac)):02x}", "meta protocol ip", "ip ttl < 64",
            "meta pkttype broadcast", "arp operation request", f"arp daddr ip {self.some_address()}", "meta length > 1000"])
        act = self.random.choice(["drop", "drop", "accept", "counter"])
        family = self.random.choice(["netdev", "netdev", "inet"]) if hook == "ingress" else "netdev"
        if family == "inet" and ("ether" in match or "arp" in match):
            family = "netdev"
        s.nft.append(f"table {family} gl {{ chain c {{ type filter hook {hook} device {link} priority 0; {match} {act}; }}\n}}")
        self.tag(f"{s.name}: nft {family} {hook} {link} {match} {act}")

    # ---- guise's own networks

    def make_networks(self):
        """[(name, options)], and containers: (name, networks)"""
        self.networks, self.containers = [], []
        if not self.chance(0.12):
            return
        for i in range(self.random.randint(1, 2)):
            options = ["--subnet", f"10.20{i}.0.0/24"]
            if self.chance(0.3):
                options.append("--internal")
            if self.chance(0.3):
                options += ["--ipv6", "--subnet", f"fd20:{i}::/64"]
            self.networks.append((f"g{i}", options))
        for k in range(self.random.randint(1, 3)):
            networks = self.random.sample(self.networks, self.random.randint(1, len(self.networks)))
            s = Space(f"c{k}")
            self.containers.append((s, [name for name, _ in networks]))
        self.tag("guise: " + "; ".join(f"{n} {' '.join(o)}" for n, o in self.networks) + "; " +
                 "; ".join(f"{s.name} on {' '.join(n)}" for s, n in self.containers))

    # ---- questions

    def make_questions(self):
        """(from, protocol, address, port, size); once all addresses are known, those of containers by their engine."""
        self.questions = []
        for s in self.spaces:
            v4 = [a for a in s.addresses if "." in a]
            s.one = self.random.choice(v4) if v4 else None
        for a in self.spaces:
            for b in self.spaces:
                for family in (".", ":"):
                    ips = [x for x in b.addresses if family in x]
                    if ips and (family == "." or self.chance(0.5)):
                        self.ask(a, self.random.choice(ips))
        if len(self.questions) > 70:
            self.questions = self.random.sample(self.questions, 70)

    def ask(self, a, ip):
        proto = self.random.choice(["icmp", "icmp", "udp", "tcp"])
        port = self.random.choice([LISTEN_ANY, LISTEN_ANY, LISTEN_ONE, LISTEN_LOOPBACK, LISTEN_NOBODY]) if proto != "icmp" else 0
        size = 1400 if proto == "icmp" and self.chance(0.15) else 0
        self.questions.append((a.name, proto, ip, port, size))
