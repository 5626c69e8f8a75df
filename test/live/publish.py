#!/usr/bin/env python3
# publish.py - both ends of a published port, for publish.bats
#
#   serve TCP UDP    answers at both ports, of IPv4 and IPv6: each with the client's address as it sees it; a client of TCP
#                    may then send bytes until it is done, and gets their SHA-256
#   ask HOST PORT    that answer
#   asku HOST PORT   the same by UDP; "none" if there is none
#   flow HOST PORT   by UDP, one line for each on standard input, all from one socket
#   send HOST PORT BYTES    so many, and says whether the checksum that comes back is right
#   forge LINK MAC SOURCE DEST PORT    a first packet of TCP to that hardware address, whatever routes say; says what comes back
#   hear PORT        answers one first packet of SCTP at that port, whatever the kernel has of SCTP; says where it came from
#   begin HOST PORT  sends one there, and says whether its answer comes back from there
#   taken PORT       what each way to listen there says
import hashlib, os, select, socket, struct, sys, threading, time


def address(a):
    return a[0].removeprefix("::ffff:")


def talk(c, a):
    with c:
        c.sendall((address(a) + "\n").encode())
        digest = hashlib.sha256()
        while data := c.recv(1 << 16):
            digest.update(data)
        try:
            c.sendall(digest.hexdigest().encode())
        except OSError:
            pass


def serve(tcp, udp):
    t = socket.create_server(("::", int(tcp)), family=socket.AF_INET6, dualstack_ipv6=True, backlog=100)
    u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    u.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    u.bind(("::", int(udp)))
    open("/mnt/ready-" + socket.gethostname(), "w").close()
    while True:
        for s in select.select([t, u], [], [])[0]:
            if s is t:
                threading.Thread(target=talk, args=t.accept(), daemon=True).start()
            else:
                data, a = u.recvfrom(2000)
                u.sendto((socket.gethostname() + " " + address(a)).encode(), a)


def connect(host, port):
    return socket.create_connection((host, int(port)), timeout=60)


def ask(host, port):
    with connect(host, port) as c:
        print(c.makefile().readline().strip())


def datagrams(host):
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(2)
    return s


def asku(host, port):
    flow(host, port, ["x"])


def flow(host, port, lines=sys.stdin):
    s = datagrams(host)
    for line in lines:
        try:
            s.sendto(b"x", (host, int(port)))
            print(s.recv(2000).decode(), flush=True)
        except OSError:
            print("none", flush=True)


def send(host, port, count):
    block, left, digest = os.urandom(1 << 20), int(count), hashlib.sha256()
    with connect(host, port) as c:
        f = c.makefile("rb")
        f.readline()
        while left:
            part = block[:left]
            digest.update(part)
            c.sendall(part)
            left -= len(part)
        c.shutdown(socket.SHUT_WR)
        print("same" if f.read().decode() == digest.hexdigest() else "different")


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def forge(link, mac, source, dest, port):
    src, dst = socket.inet_aton(source), socket.inet_aton(dest)
    own = 40000 + os.getpid() % 20000  # what answers an earlier one, once more, is not for this
    tcp = struct.pack("!HHIIBBHHH", own, int(port), 1, 0, 5 << 4, 2, 64000, 0, 0)
    tcp = tcp[:16] + struct.pack("!H", checksum(src + dst + struct.pack("!BBH", 0, 6, len(tcp)) + tcp)) + tcp[18:]
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, src, dst)
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    s.bind((link, 0))
    s.send(bytes.fromhex(mac.replace(":", "")) + s.getsockname()[4] + b"\x08\x00" + ip + tcp)
    end = time.monotonic() + 1
    while (left := end - time.monotonic()) > 0 and select.select([s], [], [], left)[0]:
        frame = s.recv(2000)
        if frame[23] == 6 and struct.unpack("!HH", frame[34:38]) == (int(port), own):
            print("answered", "%#x" % frame[47])
            return
    print("nothing")


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return struct.pack("<I", crc ^ 0xFFFFFFFF)


INIT, INIT_ACK = 1, 2


def sctp(sport, dport, tag, kind, own):
    chunk = struct.pack("!BBHIIHHI", kind, 0, 20, own, 65536, 1, 1, 1)
    head = struct.pack("!HHI", sport, dport, tag)
    return head + crc32c(head + bytes(4) + chunk) + chunk


# The ports, the kind and the tag of a packet whose checksum is right.
def read_sctp(packet):
    data = packet[20:]
    if crc32c(data[:8] + bytes(4) + data[12:]) != data[8:12]:
        return 0, 0, 0, 0
    return struct.unpack("!HH", data[:4]) + (data[12],) + struct.unpack("!I", data[16:20])


def hear(port):
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_SCTP)
    while True:
        packet, a = s.recvfrom(2000)
        sport, dport, kind, tag = read_sctp(packet)
        if (dport, kind) == (int(port), INIT):
            s.sendto(sctp(dport, sport, tag, INIT_ACK, 7), a)
            print(a[0])
            return


def begin(host, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_SCTP)
    s.settimeout(1)
    for _ in range(20):
        s.sendto(sctp(40000, int(port), 0, INIT, 5), (host, 0))
        try:
            sport, dport, kind, _ = read_sctp(s.recvfrom(2000)[0])
        except TimeoutError:
            continue
        if (sport, dport, kind) == (int(port), 40000, INIT_ACK):
            print("answered")
            return


def taken(port):
    for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
        for option in None, socket.SO_REUSEADDR, socket.SO_REUSEPORT:
            s = socket.socket(socket.AF_INET, kind)
            if option:
                s.setsockopt(socket.SOL_SOCKET, option, 1)
            try:
                s.bind(("127.0.0.1", int(port)))
                if kind == socket.SOCK_STREAM:
                    s.listen()
                print("free", kind, option)
            except OSError as e:
                print(os.strerror(e.errno))


globals()[sys.argv[1]](*sys.argv[2:])
