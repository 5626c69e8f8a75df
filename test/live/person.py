#!/usr/bin/env python3
# person.py STEP... -- COMMAND...: run COMMAND on a terminal, as a person would, and print what it showed
#
#     expect=REGEX   wait until the output since the last match matches
#     send=TEXT      type TEXT; \n, \x03 and so on are escapes
#     size=ROWSxCOLS change the size (before the first other step: start with it)
#     signal=NAME    send a signal to COMMAND
#     paste=N        type N lines of 64 characters without waiting for anything
#
# A step that takes longer than 60 seconds fails, and a paste of which nothing is taken for as long. At the
# end COMMAND must end by itself. The exit status is COMMAND's, 128 and the signal's number, or 99 if a step
# failed. "terminal: restored" or "terminal: changed" is the last line: whether its modes are what they were.
import codecs, fcntl, os, pty, re, select, signal, struct, sys, termios, time

def fail(why):
    print(f"pty: {why}, after:\n{seen.decode(errors='replace')}")
    if status is None:
        os.kill(pid, signal.SIGKILL)
    sys.exit(99)

def pump(timeout):
    """Read what there is; False at the end."""
    global seen
    if not select.select([master], [], [], timeout)[0]:
        return True
    try:
        data = os.read(master, 65536)
    except OSError:
        return False
    seen += data
    return bool(data)

def ended():
    global status
    if status is None:
        done, code = os.waitpid(pid, os.WNOHANG)
        status = code if done else None
    return status is not None

def set_size(text):
    rows, cols = map(int, text.split("x"))
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

def drain():
    """Read all that COMMAND, which has ended, wrote: what is written to a terminal comes out at its other end
    when the kernel gets round to it, but in order."""
    global seen
    mark, end = b"\0that is all\0", time.time() + 60
    while not select.select([], [slave], [], 0.05)[1]:
        pump(0)
    os.write(slave, mark)
    while mark not in seen:
        pump(0.1)
        if time.time() > end:
            fail("its output has no end")
    seen = seen.replace(mark, b"")

def expect(regex):
    global matched
    end = time.time() + 60
    while not (m := re.search(regex.encode(), seen[matched:])):
        if ended():
            drain()
            if re.search(regex.encode(), seen[matched:]):
                continue
            fail(f"never saw {regex!r}")
        if time.time() > end:
            fail(f"did not see {regex!r} in time")
        pump(0.1)
    matched += m.end()

def write(data):
    end = time.time() + 60
    while data:
        if select.select([], [master], [], 0.05)[1]:
            data = data[os.write(master, data[:256]):]
            end = time.time() + 60
        pump(0)
        if time.time() > end:
            fail("could not type")

split = sys.argv.index("--")
steps, command = sys.argv[1:split], sys.argv[split + 1:]
seen, matched, status = b"", 0, None
master, slave = pty.openpty()
os.set_blocking(master, True)
modes = termios.tcgetattr(slave)
while steps and steps[0].startswith("size="):
    set_size(steps.pop(0)[5:])
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in range(3):
        os.dup2(slave, fd)
    os.closerange(3, 256)
    os.execvp(command[0], command)
for step in steps:
    verb, _, value = step.partition("=")
    if verb == "expect":
        expect(value)
    elif verb == "send":
        write(codecs.decode(value, "unicode_escape").encode("latin-1"))
    elif verb == "size":
        set_size(value)
    elif verb == "signal":
        os.kill(pid, getattr(signal, value))
    elif verb == "paste":
        write(b"".join(b"%063d\n" % i for i in range(int(value))))
    else:
        fail(f"no step {verb}")
end = time.time() + 60
while not ended():
    pump(0.05)
    if time.time() > end:
        fail("it did not end")
drain()
print(seen.decode(errors="replace").replace("\r\n", "\n"))
print("terminal:", "restored" if termios.tcgetattr(slave) == modes else "changed")
sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
