# SPDX-License-Identifier: GPL-2.0-or-later
"""one.py WALK SEED [-v]: make the machine of that seed, let WALK (test/agree/walk.c) say of every question what becomes of
it, then send all of them for real, at a time, and print a line each: what is compared, and with what result.

It runs as process 1 of namespaces of its own (test/agree/run). Sockets of all network namespaces are this one's: it
enters each to open them. What does not agree is asked once more, alone, after all that the machine learned from the others'
packets was flushed: a walk is about a machine as it was read."""
import atexit
import ctypes
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from machine import LISTEN_ANY, LISTEN_LOOPBACK, LISTEN_ONE, Machine  # noqa: E402

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
IP_PKTINFO, IP_MTU_DISCOVER, IP_PMTUDISC_DO = 8, 10, 2
WAIT = 0.3


class Kernel:
    def __init__(self, machine):
        self.machine = machine
        self.fds = {"host": os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)}
        self.errors = []
        self.servers = {}

    def run(self, argv, text):
        done = subprocess.run(argv, input=text, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=20)
        if done.returncode:
            self.errors.append(f"{' '.join(argv)}: {done.stderr.strip()[:300]}")

    def enter(self, name):
        if libc.setns(self.fds[name], CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")

    def build(self):
        m = self.machine
        names = [s.name for s in m.spaces if s.name != "host"]
        self.run(["ip", "-force", "-batch", "-"], "".join(f"netns add {n}\n" for n in names))
        for n in names:
            self.fds[n] = os.open(f"/run/netns/{n}", os.O_RDONLY | os.O_CLOEXEC)
        self.run(["ip", "-force", "-batch", "-"], "\n".join(line for s in m.spaces for line in s.early) + "\n")
        for s in m.spaces:
            self.enter(s.name)
            self.build_space(s)
        self.enter("host")
        for name, options in m.networks:
            self.run([*guise, "network", "create", *options, name], "")
        for s, networks in m.containers:
            self.start_container(s, networks)
        m.make_questions()
        for s in m.spaces:
            self.enter(s.name)
            self.listen(s)
        self.enter("host")

    def start_container(self, s, networks):
        """Its namespace gets its name, too."""
        self.run([*guise, "run", "--detach", "--rm", "--name", s.name, "--cgroup-parent", os.environ["cgroups"],
                  *(w for n in networks for w in ("--network", n)), "host:", "sleep", "1000"], "")
        done = subprocess.run([*guise, "inspect", "--format", "{{.State.Pid}}", s.name], capture_output=True, text=True, timeout=20)
        if done.returncode:
            self.errors.append(done.stderr)
            return
        self.run(["ip", "netns", "attach", s.name, done.stdout.strip()], "")
        self.fds[s.name] = os.open(f"/run/netns/{s.name}", os.O_RDONLY | os.O_CLOEXEC)
        self.enter(s.name)
        with open("/proc/sys/net/ipv4/ping_group_range", "w") as f:
            f.write("0 2147483647")
        for line in subprocess.run(["ip", "-o", "address", "show", "scope", "global"], capture_output=True, text=True).stdout.splitlines():
            s.addresses.append(line.split()[3].split("/")[0])
        self.enter("host")
        self.machine.spaces.append(s)

    def stop(self):
        for s, _ in self.machine.containers:
            self.run([*guise, "rm", "--force", s.name], "")

    def build_space(self, s):
        for name, value in [("net.ipv4.ping_group_range", "0 2147483647")] + s.sysctls:
            try:
                with open("/proc/sys/" + name.replace(".", "/"), "w") as f:
                    f.write(str(value))
            except OSError as e:
                self.errors.append(f"{name}: {e}")
        self.run(["ip", "-force", "-batch", "-"], "\n".join(s.late) + "\n")
        if s.bridge:
            self.run(["bridge", "-force", "-batch", "-"], "\n".join(s.bridge) + "\n")
        for text in s.nft:
            self.run(["nft", "-f", "-"], text + "\n")
        for program, text in s.iptables:
            self.run([ebtables() if program == "ebtables-restore" else program], text)

    # ---- who listens

    def listen(self, s):
        wanted = [(socket.AF_INET, "0.0.0.0", LISTEN_ANY), (socket.AF_INET6, "::", LISTEN_ANY),
                  (socket.AF_INET, "127.0.0.1", LISTEN_LOOPBACK)]
        if s.one:
            wanted.append((socket.AF_INET, s.one, LISTEN_ONE))
        for family, ip, port in wanted:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                sock = socket.socket(family, kind | socket.SOCK_NONBLOCK)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
                else:
                    sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
                try:
                    sock.bind((ip, port))
                except OSError as e:
                    self.errors.append(f"{s.name}: bind {ip}:{port}: {e}")
                    sock.close()
                    continue
                if kind == socket.SOCK_STREAM:
                    sock.listen(128)
                else:
                    self.servers[sock.fileno()] = sock
                keep.append(sock)

    def serve(self, sock):
        """Answer from the address that was asked."""
        try:
            data, ancillary, _, peer = sock.recvmsg(2048, 256)
        except OSError:
            return
        out = []
        for level, kind, value in ancillary:
            if level == socket.IPPROTO_IP and kind == IP_PKTINFO:
                _, _, dst = struct.unpack("=I4s4s", value[:12])
                out = [(level, kind, struct.pack("=I4s4s", 0, dst, b"\0" * 4))]
            elif level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
                out = [(level, kind, value[:16] + struct.pack("=I", 0))]
        try:
            sock.sendmsg([data], out, 0, peer)
        except OSError:
            pass

    # ---- who asks

    def start(self, question, sport):
        """A socket that waits for its answer, or None: it could not even be sent."""
        name, proto, ip, port, size = question
        six = ":" in ip
        family = socket.AF_INET6 if six else socket.AF_INET
        self.enter(name)
        if proto == "icmp":
            sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP)
        else:
            sock = socket.socket(family, (socket.SOCK_DGRAM if proto == "udp" else socket.SOCK_STREAM) | socket.SOCK_NONBLOCK)
            sock.bind(("::" if six else "0.0.0.0", sport))
        try:
            error = sock.connect_ex((ip, port or 0))
            if proto == "tcp":
                return sock if error in (0, 115) else sock.close()
            if error:
                return sock.close()
            if proto == "icmp":
                if size and not six:
                    sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 1)
                data = struct.pack("!BBHHH", 128 if six else 8, 0, 0, 0, 1) + b"x" * max(0, size - (48 if six else 28))
                sock.send(data)
            else:
                sock.send(b"y" * 56)
        except OSError:
            return sock.close()
        return sock

    def collect(self, waiting, seconds):
        """{fd: index} → the indices that were answered."""
        poll = select.poll()
        answered = set()
        for fd in self.servers:
            poll.register(fd, select.POLLIN)
        for fd, (sock, proto, _) in waiting.items():
            poll.register(fd, select.POLLOUT if proto == "tcp" else select.POLLIN)
        end = time.monotonic() + seconds
        waiting = dict(waiting)
        open_ = []
        while waiting and (left := end - time.monotonic()) > 0:
            for fd, _ in poll.poll(left * 1000):
                if fd in self.servers:
                    self.serve(self.servers[fd])
                elif fd in waiting:
                    sock, proto, index = waiting.pop(fd)
                    poll.unregister(fd)
                    if not self.is_answer(sock, proto):
                        continue
                    if proto == "tcp":
                        open_.append((sock, index))
                    else:
                        answered.add(index)
        return answered | self.carries(open_, end)

    def carries(self, connections, end):
        """The indices of those whose byte was acknowledged: connect(2) is content with half of a handshake."""
        carrying = set()
        while connections:
            for sock, index in connections[:]:
                failed = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                unsent = struct.unpack("=i", fcntl.ioctl(sock, termios.TIOCOUTQ, b"\0" * 4))[0]
                if not failed and not unsent:
                    carrying.add(index)
                if failed or not unsent:
                    connections.remove((sock, index))
            if time.monotonic() > end:
                break
            time.sleep(0.005)
        return carrying

    def is_answer(self, sock, proto):
        if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            return False
        if proto == "tcp":
            try:
                return sock.send(b"z") == 1
            except OSError:
                return False
        try:
            return len(sock.recv(2048)) > 0
        except OSError:
            return False

    def ask(self, questions, ports, seconds=WAIT):
        waiting = {}
        for i, q in questions:
            sock = self.start(q, ports[i])
            if sock:
                waiting[sock.fileno()] = (sock, q[1], i)
        self.enter("host")
        answered = self.collect(waiting, seconds)
        for sock, _, _ in waiting.values():
            sock.close()
        return answered

    def forget(self):
        """What the machine has learned of packets."""
        for s in self.machine.spaces:
            self.enter(s.name)
            subprocess.run(["sh", "-c", "ip neigh flush all; ip route flush cache; ip -6 route flush cache; "
                            "for b in /sys/class/net/br*; do bridge fdb flush dev ${b##*/} dynamic; done"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20)
        self.enter("host")


keep = []
guise = [os.environ["guise"], "--root", "/run/state"]


def ebtables():
    """That of the kernel's own tables, where it has them, with half of the machines; else that of nf_tables."""
    legacy = int(sys.argv[2]) % 2 and subprocess.run(["ebtables-legacy", "-L"], capture_output=True).returncode == 0
    return "ebtables-legacy-restore" if legacy else "ebtables-nft-restore"


def walk(program, questions, ports, verbose):
    text = "".join(f"{n} {proto} {ip} {ports[i]} {port} {size}\n" for i, (n, proto, ip, port, size) in enumerate(questions))
    done = subprocess.run([program] + (["-v"] if verbose else []), input=text, text=True, capture_output=True, timeout=60)
    if verbose:
        print(done.stdout)
    if done.returncode or done.stderr:
        print(f"# walk: status {done.returncode}: {done.stderr.strip()[:500]}")
    return [l[2:] for l in done.stdout.splitlines() if l.startswith("= ")]


def main():
    program, seed, verbose = sys.argv[1], int(sys.argv[2]), "-v" in sys.argv
    machine = Machine(seed)
    kernel = Kernel(machine)
    kernel.build()
    atexit.register(kernel.stop)
    if verbose:
        for s in machine.spaces:
            print(f"== {s.name}", *s.early, *s.late, *s.bridge, *(f"{a}={b}" for a, b in s.sysctls), *s.nft,
                  *(f"{p}\n{t}" for p, t in s.iptables), sep="\n")
        print(*kernel.errors, sep="\n")
    time.sleep(0.12)
    questions = machine.questions
    if "-q" in sys.argv:
        wanted = int(sys.argv[sys.argv.index("-q") + 1])
        questions = [questions[wanted]]
    ports = [20000 + i for i in range(len(questions))]
    said = walk(program, questions, ports, verbose)
    if len(said) != len(questions):
        print(f"seed {seed}: broken: {len(said)} answers for {len(questions)} questions")
        return 1
    answered = kernel.ask(list(enumerate(questions)), ports)
    counts = {"agrees": 0, "unknown": 0, "wrong": 0}
    for i, q in enumerate(questions):
        verdict = said[i].split(" ", 1)[0]
        if verdict == "unknown":
            counts["unknown"] += 1
            print(f"# unknown: {said[i]}")
            continue
        really = i in answered
        for again in range(2):
            if (verdict == "arrives") != really:
                time.sleep(again)
                kernel.forget()
                really = bool(kernel.ask([(0, q)], [30000 + 100 * again + i], WAIT * 1.5))
        if (verdict == "arrives") == really:
            counts["agrees"] += 1
        else:
            counts["wrong"] += 1
            print(f"# wrong: seed {seed} question {i}: {q}: the kernel's {'arrives' if really else 'does not'}; {said[i]}")
    if counts["wrong"]:
        print(f"# machine {seed}: {'; '.join(machine.tags)}")
    print(f"seed {seed}: {counts['agrees']} agree, {counts['unknown']} unknown, {counts['wrong']} wrong")
    return 0


sys.exit(main())
