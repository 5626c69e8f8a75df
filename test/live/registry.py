#!/usr/bin/env python3
"""registry.py PORT LAYOUT LOG [CERT KEY [CLIENTS]]: a registry that serves one image layout in all the ways that registries fail.

The first component of a repository's name says how: localhost:PORT/cut/x:1. What is pushed is only kept till it is whole.
Each request is a line of LOG: METHOD PATH AUTHORIZATION RANGE HOST, and "shown" where a certificate was that CLIENTS knows.
"""
import hashlib, http.server, json, re, socketserver, ssl, sys, threading, time

PORT, LAYOUT, LOG = int(sys.argv[1]), sys.argv[2], sys.argv[3]
seen, uploads = {}, {}
lock = threading.Lock()


def blob(digest):
    with open("%s/blobs/%s" % (LAYOUT, digest.replace(":", "/")), "rb") as file:
        return file.read()


def manifest():
    with open(LAYOUT + "/index.json") as file:
        entry = json.load(file)["manifests"][0]
    return entry["digest"], blob(entry["digest"])


class Registry(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True # the body does not wait for the header's acknowledgement

    def log_message(self, *_):
        pass

    def times(self, key):
        """How often this is so now, in this way of failing."""
        with lock:
            key = self.kind + key
            seen[key] = seen.get(key, 0) + 1
            return seen[key]

    def answer(self, status, data=b"", **headers):
        self.send_response(status)
        headers.setdefault("Content_Length", len(data))
        for name, value in headers.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        try:
            self.wfile.write(data)
        except OSError:
            self.close_connection = True

    def note(self):
        shown = "shown" if len(sys.argv) > 6 and self.connection.getpeercert() else "-"
        words = [self.command, self.path] + [self.headers.get(name, "-") for name in ("Authorization", "Range", "Host")] + [shown]
        with open(LOG, "a") as log:
            log.write(" ".join(words) + "\n")

    def do_GET(self):
        self.kind = ""
        self.note()
        if self.path.startswith("/token"):
            return self.give_token()
        if self.path == "/v2/":
            return self.answer(200)
        self.kind, _, what, name = re.match(r"/v2/([^/]*)/(.*)/(manifests|blobs)/(.*)", self.path).groups()
        if self.command != "GET" or name.startswith("uploads/"):
            return self.push(what, name)
        getattr(self, "fault_" + self.kind.replace("-", "_"), self.well)(what, name)

    do_HEAD = do_POST = do_PATCH = do_PUT = do_GET

    def give_token(self):
        if self.command == "POST":
            with open(LOG, "a") as log:
                log.write("POST /token %s\n" % self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.answer(200, json.dumps({"token": "t%d" % self.times("token")}).encode())

    # ---- what is pushed

    def push(self, what, name):
        length = int(self.headers.get("Content-Length", 0))
        if self.command == "HEAD":
            return self.answer(404, Content_Length=0)
        if self.command == "POST":
            name = "uploads/%d" % self.times("upload")
            uploads[self.kind + name] = bytearray()
            return self.went_on(name, b"an answer that nobody needs" if self.kind == "push-body" else b"")
        if what == "manifests":
            self.rfile.read(length)
            return self.answer(201)
        name = name.partition("?")[0]
        data = uploads[self.kind + name]
        if self.command == "GET":
            return self.went_on(name, status=204)
        if self.kind == "push-416" and self.command == "PATCH":
            self.rfile.read(length)
            return self.answer(416)
        if self.kind == "push-cut" and length:
            times = self.times(self.command)
            if times <= 2:
                self.close_connection = True
                data += self.rfile.read(length // 3 * (times - 1))
                return None
        data += self.rfile.read(length)
        if self.command == "PATCH":
            return self.went_on(name)
        whole = self.path.endswith("digest=sha256%3A" + hashlib.sha256(data).hexdigest())
        return self.answer(201 if whole else 400)

    def went_on(self, name, data=b"", status=202):
        host = "127.0.0.1" if self.kind == "push-elsewhere" else "localhost"
        last = max(len(uploads[self.kind + name]) - 1, 0) # as docker's has it
        self.answer(status, data, Location="%s/v2/%s/x/blobs/%s" % (self.base(host), self.kind, name), Range="0-%d" % last)

    # ---- what is pulled

    def well(self, what, name):
        digest, data = manifest()
        if what == "manifests":
            return self.answer(200, data if name in ("1", "latest") else blob(name), Content_Type="application/vnd.oci.image.manifest.v1+json",
                               Docker_Content_Digest=digest)
        data = blob(name)
        first = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not first:
            return self.answer(200, data)
        first = int(first[1])
        self.answer(206, data[first:], Content_Range="bytes %d-%d/%d" % (first, len(data) - 1, len(data)))

    # ---- connections and bodies

    def part(self, data, first, ranged):
        """A third of what is left, and the end of the connection."""
        self.close_connection = True
        rest = data[first:]
        extra = {"Content_Range": "bytes %d-%d/%d" % (first, len(data) - 1, len(data))} if ranged and first else {}
        self.send_response(206 if extra else 200)
        self.send_header("Content-Length", len(rest))
        for name, value in extra.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(rest[: len(rest) // 3 + 1])
        self.wfile.flush()

    def fault_cut(self, what, name, ranged=True):
        if what == "blobs" and self.times(name) == 1:
            first = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
            return self.part(blob(name), int(first[1]) if first and ranged else 0, ranged)
        if what == "blobs" and not ranged:
            return self.answer(200, blob(name))
        self.well(what, name)

    def fault_no_range(self, what, name):
        self.fault_cut(what, name, False)

    def fault_other_range(self, what, name):
        if what == "blobs" and self.headers.get("Range"):
            return self.answer(206, blob(name), Content_Range="bytes 0-%d/%d" % (len(blob(name)) - 1, len(blob(name))))
        self.fault_cut(what, name)

    def fault_digest(self, what, name):
        self.answer(200, blob(name)[:-1] + b"?") if what == "blobs" else self.well(what, name)

    # not even an archive
    def fault_garbage(self, what, name):
        self.answer(200, b"?" * len(blob(name))) if what == "blobs" else self.well(what, name)

    # half of it is another's, and the rest of it is not there
    def fault_digest_cut(self, what, name):
        if what == "blobs" and self.times(name) == 1:
            return self.part(b"?" * len(blob(name)), 0, False)
        self.answer(404) if what == "blobs" else self.well(what, name)

    def fault_manifest(self, what, name):
        self.answer(200, manifest()[1] + b"\n", Content_Type="application/vnd.oci.image.manifest.v1+json")

    def fault_truncated(self, what, name):
        self.answer(200, blob(name)[:-9]) if what == "blobs" else self.well(what, name)

    def endless(self, start):
        self.close_connection = True
        self.send_response(200)
        self.end_headers()
        try:
            self.wfile.write(start)
            for _ in range(4096):
                self.wfile.write(bytes(65536))
        except OSError:
            pass

    def fault_endless(self, what, name):
        self.endless(blob(name)) if what == "blobs" else self.well(what, name)

    def fault_endless_manifest(self, what, name):
        self.endless(b"{")

    def fault_endless_header(self, what, name):
        self.close_connection = True
        self.send_response(200)
        self.flush_headers()
        try:
            for n in range(100000):
                self.wfile.write(b"X-%d: %s\r\n" % (n, b"x" * 1000))
        except OSError:
            pass

    def fault_stall(self, what, name):
        if what == "blobs" and self.times(what) == 1:
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Length", len(blob(name)))
            self.end_headers() # (after bytes, libcurl's mean of five seconds has to come down first)
            time.sleep(60)
            return
        self.well(what, name)

    def fault_steady(self, what, name):
        """In pieces, so that one can watch it."""
        self.in_pieces(what, name, b"")

    def fault_steady_digest(self, what, name):
        self.in_pieces(what, name, b"?")

    def in_pieces(self, what, name, end):
        """The last bytes of a blob that is not small are others."""
        if what == "manifests" or len(blob(name)) < 4096:
            return self.well(what, name)
        data = blob(name)[:len(blob(name)) - len(end)] + end
        self.send_response(200)
        self.send_header("Content-Length", len(data))
        self.end_headers()
        for at in range(0, len(data), 4 << 20):
            self.wfile.write(data[at:at + (4 << 20)])
            time.sleep(0.2)

    def fault_halves(self, what, name):
        """So that what reads it has half of it for some time."""
        if what == "manifests":
            return self.well(what, name)
        data = blob(name)
        self.send_response(200)
        self.send_header("Content-Length", len(data))
        self.end_headers()
        self.wfile.write(data[:len(data) // 2])
        time.sleep(0.5)
        self.wfile.write(data[len(data) // 2:])

    def fault_slow(self, what, name):
        if what == "manifests":
            return self.well(what, name)
        self.send_response(200)
        self.send_header("Content-Length", len(blob(name)))
        self.end_headers()
        for byte in blob(name):
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(0.05)

    # ---- statuses

    def once(self, status, what, name, **headers):
        if self.times(what + name) == 1:
            return self.answer(status, b'{"errors": [{"code": "X", "message": "not \\u001b[31mnow"}]}', **headers)
        self.well(what, name)

    def fault_500_once(self, what, name):
        self.once(500, what, name, Retry_After=0)

    def fault_429_once(self, what, name):
        self.once(429, what, name, Retry_After=1) if what == "manifests" else self.well(what, name)

    def fault_429(self, what, name):
        self.answer(429, b'{"errors": [{"code": "X", "message": "not \\u001b[31mnow"}]}', Retry_After=0)

    def fault_404(self, what, name):
        self.answer(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}')

    def fault_403(self, what, name):
        self.answer(403)

    # a token is good for two requests
    def fault_token(self, what, name):
        token = self.headers.get("Authorization", "")
        if re.match(r"Bearer t\d", token) and self.times(token) <= 2:
            return self.well(what, name)
        self.answer(401, WWW_Authenticate='Bearer realm="%s/token",service="here",scope="repository:token/x:pull"' % self.base())

    def fault_no_token(self, what, name):
        self.answer(401, WWW_Authenticate='Bearer realm="%s/token",service="here"' % self.base())

    def fault_plain_realm(self, what, name):
        self.answer(401, WWW_Authenticate='Bearer realm="http://127.0.0.1:%d/token"' % PORT)

    def fault_far_realm(self, what, name):
        self.answer(401, WWW_Authenticate='Bearer realm="http://10.9.9.9:%d/token"' % PORT)

    # whoever gives the tokens is somebody else
    def fault_other_realm(self, what, name):
        if self.headers.get("Authorization", "").startswith("Bearer t"):
            return self.well(what, name)
        self.answer(401, WWW_Authenticate='Bearer realm="%s/token"' % self.base("127.0.0.1"))

    # and is not there yet when it is first asked
    def fault_late_realm(self, what, name):
        if self.headers.get("Authorization", "").startswith("Bearer t"):
            return self.well(what, name)
        if self.times("realm") == 1:
            threading.Timer(0.3, lambda: Server(("127.0.0.1", PORT + 1), Registry).serve_forever()).start()
        self.answer(401, WWW_Authenticate='Bearer realm="http://localhost:%d/token"' % (PORT + 1))

    def fault_basic(self, what, name):
        if self.headers.get("Authorization") == "Basic bWU6c2VjcmV0":
            return self.well(what, name)
        self.answer(401, WWW_Authenticate='Basic realm="here"')

    # mine by one name, anybody's by the other
    def fault_mine(self, what, name):
        self.well(what, name) if self.headers["Host"].startswith("127.") else self.fault_basic(what, name)

    # denied by the one name, anybody's by the other
    def fault_denied(self, what, name):
        self.well(what, name) if self.headers["Host"].startswith("127.") else self.answer(403)

    def base(self, host="localhost"):
        return "%s://%s:%d" % ("https" if len(sys.argv) > 4 else "http", host, PORT)

    # ---- redirects

    def fault_elsewhere(self, what, name):
        if what == "manifests" or self.headers["Host"].startswith("127."):
            return self.well(what, name)
        self.answer(307, Location=self.base("127.0.0.1") + self.path)

    # and what is for this one is not for the other
    def fault_token_elsewhere(self, what, name):
        shown = self.headers.get("Authorization", "").startswith("Bearer t")
        if self.headers["Host"].startswith("127."):
            return self.answer(400) if shown else self.well(what, name)
        self.fault_elsewhere(what, name) if shown else self.fault_no_token(what, name)

    def fault_file(self, what, name):
        self.answer(302, Location="file:///etc/passwd")

    def fault_plain(self, what, name):
        self.answer(302, Location="http://127.0.0.1:%d/v2/well/x/%s/%s" % (PORT, what, name))

    def fault_far(self, what, name):
        self.answer(302, Location="http://10.9.9.9:%d/v2/well/x/%s/%s" % (PORT, what, name))

    def fault_round(self, what, name):
        self.answer(302, Location=self.path)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", PORT), Registry)
if len(sys.argv) > 4:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[4], sys.argv[5])
    if len(sys.argv) > 6:
        context.load_verify_locations(sys.argv[6])
        context.verify_mode = ssl.CERT_OPTIONAL
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
