#!/usr/bin/env python3
# notify.py listen SOCKET FILE    a service manager: append what sd_notify(3) says to FILE, one message a line
# notify.py send PID MESSAGE      say it to the notify socket in the root of process PID
import os, socket, sys

sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
if sys.argv[1] == "listen":
    sock.bind(sys.argv[2])
    with open(sys.argv[3], "w") as out:
        while True:
            text = sock.recv(4096) # a descriptor that comes along is closed
            print(text.decode().replace("\n", " "), file=out, flush=True)
os.chdir(f"/proc/{sys.argv[2]}/root/run/notify")
sock.connect("notify.sock")
sock.send(sys.argv[3].encode().decode("unicode_escape").encode())
