#!/usr/bin/env python3
"""registry.py PORT LAYOUT LOG [CERT KEY]: a registry that serves one image layout in all the ways that registries fail.

The first component of a repository's name says how: localhost:PORT/cut/x:1. Each request is a line of LOG.
"""
import http.server, json, os, re, socketserver, ssl, sys, time

PORT, LAYOUT, LOG = int(sys.argv[1]), sys.argv[2], sys.argv[3]
seen = {}


def blob(digest):
    with open("%s/blobs/%s" % (LAYOUT, digest.replace(":", "/")), "rb") as file:
        return file.read()


def manifest():
    with open(LAYOUT + "/index.json") as file:
        entry = json.load(file)["manifests"][0]
    return entry["digest"], blob(entry["digest"])


class Registry(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def times(self, key):
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

    def do_GET(self):
        with open(LOG, "a") as log:
            log.write("%s %s %s %s\n" % (self.command, self.path, self.headers.get("Authorization", "-"), self.headers.get("Range", "-")))
        if self.command == "POST":
            with open(LOG, "a") as log:
                log.write("POST /token %s\n" % self.rfile.read(int(self.headers["Content-Length"])).decode())
        if self.path.startswith("/token"):
            return self.answer(200, json.dumps({"token": "t%d" % self.times("token")}).encode())
        if self.path == "/v2/":
            return self.answer(200)
        kind, _, what, name = re.match(r"/v2/([^/]*)/(.*)/(manifests|blobs)/(.*)", self.path).groups()
        getattr(self, "fault_" + kind.replace("-", "_"), self.well)(what, name)

    def do_POST(self):
        self.do_GET()

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
        if what == "blobs" and self.times("cut" + name) < 3:
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
        if what == "blobs" and self.times("stall" + name) == 1:
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Length", len(blob(name)))
            self.end_headers()
            self.wfile.write(blob(name)[:100])
            self.wfile.flush()
            time.sleep(60)
            return
        self.well(what, name)

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
        if self.times(str(status) + what + name) == 1:
            return self.answer(status, b'{"errors": [{"code": "X", "message": "not \\u001b[31mnow"}]}', **headers)
        self.well(what, name)

    def fault_500_once(self, what, name):
        self.once(500, what, name, Retry_After=0)

    def fault_429_once(self, what, name):
        self.once(429, what, name, Retry_After=1)

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

    def base(self):
        return "%s://localhost:%d" % ("https" if len(sys.argv) > 4 else "http", PORT)

    # ---- redirects

    def fault_elsewhere(self, what, name):
        if what == "manifests" or self.headers["Host"].startswith("127."):
            return self.well(what, name)
        self.answer(307, Location="%s%s" % (self.base().replace("localhost", "127.0.0.1"), self.path))

    def fault_file(self, what, name):
        self.answer(302, Location="file:///etc/passwd")

    def fault_plain(self, what, name):
        self.answer(302, Location="http://127.0.0.1:%d/v2/well/x/%s/%s" % (PORT, what, name))

    def fault_round(self, what, name):
        self.answer(302, Location=self.path)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", PORT), Registry)
if len(sys.argv) > 4:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[4], sys.argv[5])
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
