#!/usr/bin/env python3
# connections.py COUNT: so many connections that are tracked in this network namespace, of nobody (ctnetlink).
import socket
import struct
import sys

NETLINK_NETFILTER, CT_NEW = 12, 1 << 8  # NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW
REQUEST, CREATE = 1, 0x400
ORIG, REPLY, STATUS, TIMEOUT = 1, 2, 3, 7  # CTA_*
NESTED = 0x8000
ASSURED = 0xe  # with IPS_SEEN_REPLY and IPS_CONFIRMED: what is full drops others first


def attr(kind, data):
    return struct.pack("=HH", len(data) + 4, kind) + data + b"\0" * (-len(data) % 4)


def tuple_of(kind, src, dst, sport, dport):
    ip = attr(1 | NESTED, attr(1, src) + attr(2, dst))
    proto = attr(2 | NESTED, attr(1, b"\x11") + attr(2, struct.pack("!H", sport)) + attr(3, struct.pack("!H", dport)))
    return attr(kind | NESTED, ip + proto)


def message(n):
    src, dst, port = struct.pack("!I", 0x0a000000 + (n >> 15)), b"\xc0\0\2\1", 1024 + (n & 0x7fff)
    body = struct.pack("=BBH", socket.AF_INET, 0, 0) + tuple_of(ORIG, src, dst, port, 53) + \
        tuple_of(REPLY, dst, src, 53, port) + attr(STATUS, struct.pack("!I", ASSURED)) + attr(TIMEOUT, struct.pack("!I", 600))
    return struct.pack("=IHHII", len(body) + 16, CT_NEW, REQUEST | CREATE, n, 0) + body


nl = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
count = int(sys.argv[1])
for first in range(0, count, 100):
    nl.send(b"".join(message(n) for n in range(first, min(first + 100, count))))
