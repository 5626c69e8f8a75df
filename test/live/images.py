#!/usr/bin/env python3
"""images.py CASE DIR: an image layout (OCI image specification, image-layout.md) with layers that people or attackers make."""
import gzip, hashlib, io, json, os, sys, tarfile

DIR, LINK, HARD, CHAR = tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer(entries):
    """(NAME, CONTENT or None, {attributes}) each"""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data, attributes in entries:
            info = tarfile.TarInfo(name)
            info.mtime = 1000000000
            info.mode = 0o755 if attributes.get("type") == DIR else 0o644
            for key, value in attributes.items():
                setattr(info, key, value)
            info.size = len(data) if data is not None else 0
            tar.addfile(info, io.BytesIO(data) if data is not None else None)
    return out.getvalue()


def busybox():
    files = [("bin/busybox", open("/bin/busybox", "rb").read(), {"mode": 0o755})]
    files += [("bin/" + name, None, {"type": LINK, "linkname": "busybox"})
              for name in "sh ls cat stat id env find sleep umount mkdir setpriv".split()]
    return files + [("etc/", None, {"type": DIR}), ("etc/passwd", b"root:x:0:0::/:/bin/sh\n", {}), ("tmp/", None, {"type": DIR, "mode": 0o1777})]


CASES = {
    # what a layer hides, replaces, and only goes through
    "whiteouts": [
        busybox() + [("d/", None, {"type": DIR, "mode": 0o750, "uid": 7, "gid": 8}), ("d/a", b"a", {}), ("d/sub/b", b"b", {}),
                     ("old", b"o", {}), ("kind", b"file", {}), ("usr/lib/", None, {"type": DIR}),
                     ("lib", None, {"type": LINK, "linkname": "usr/lib"}), ("o/", None, {"type": DIR}), ("o/a", b"a", {})],
        [("d/new", b"n", {}), (".wh.old", b"", {}), ("kind/", None, {"type": DIR}), ("kind/in", b"i", {}), ("lib/x", b"x", {}),
         ("o/b", b"b", {}), ("o/.wh..wh..opq", b"", {}), ("o/c", b"c", {}), (".wh..wh.plnk/", None, {"type": DIR}),
         ("twice", b"one", {}), ("twice", b"two", {})],
    ],
    # a directory that is removed, and made once more
    "anew": [busybox() + [("o/a", b"a", {})], [(".wh.o", b"", {}), ("o/b", b"b", {})]],
    "upwards": [[("a/../../out", b"x", {})]],
    "absolute": [busybox() + [("/abs", b"inside", {})]],
    "link-out": [busybox() + [("out", None, {"type": LINK, "linkname": os.environ.get("OUT", "/nowhere")}), ("out/caught", b"x", {})]],
    "hard-out": [[("a", None, {"type": HARD, "linkname": "../../../../etc/passwd"})]],
    "special": [busybox() + [("su", b"#!/bin/sh\n", {"mode": 0o6755, "uid": 5, "gid": 6}), ("hard", None, {"type": HARD, "linkname": "su"}),
                             ("null", None, {"type": CHAR, "devmajor": 1, "devminor": 3, "mode": 0o666}),
                             ("hidden", None, {"type": CHAR, "devmajor": 0, "devminor": 0}),
                             ("x", b"x", {"pax_headers": {"SCHILY.xattr.user.mine": "yes", "SCHILY.xattr.user.overlay.opaque": "y"}}),
                             ("l\xe4\u0142" + "n" * 120, b"long", {})]],
    "kinds": [busybox() + [("./", None, {"type": DIR, "mode": 0o751, "uid": 3}), ("su", b"#!/bin/sh\n", {"mode": 0o6755, "uid": 5, "gid": 6}),
                           ("hard", None, {"type": HARD, "linkname": "su", "mode": 0o6755, "uid": 5, "gid": 6}),
                           ("null", None, {"type": CHAR, "devmajor": 1, "devminor": 3, "mode": 0o666}), ("fifo", None, {"type": tarfile.FIFOTYPE}),
                           ("x", b"x", {"pax_headers": {"SCHILY.xattr.user.mine": "yes", "mtime": "1000000000.123456789"}}),
                           ("l\xe4\u0142" + "n" * 120, b"long", {})], [("bin/.wh.env", b"", {}), ("d/f", b"f", {})]],
    # whose root is anybody's, as few are
    "root": [busybox() + [("./", None, {"type": DIR, "mode": 0o1777, "uid": 7, "gid": 8})]],
    # the lowest layer of which is that of the next
    "upon": [busybox(), [("kind/in", b"i", {})]],
    "history": [busybox(), [("a", b"a", {})], [("b", b"b", {})]],
    "many": [[("f%d" % i, b"", {}) for i in range(200)]],
    "crowd": [[("f%d" % i, b"", {}) for i in range(20000)]] if "crowd" in sys.argv else [],
    # with a volume and a port
    "volumes": [busybox() + [("data/", None, {"type": DIR, "mode": 0o750, "uid": 5}), ("data/in", b"image\n", {})]],
    "large": [busybox() + [("random", os.urandom(34 << 20), {})]] if "large" in sys.argv else [],
    "bomb": [[("zeros", bytes(120 << 20), {})]],
}


CONFIGS = {"volumes": {"Volumes": {"/data": {}}, "ExposedPorts": {"80/tcp": {}, "53/udp": {}}}}


def main(case, top, fault=""):
    os.makedirs(top + "/blobs/sha256")
    changed = {}

    def blob(data, media, packed=False):
        name = digest(data)
        with open(top + "/blobs/sha256/" + name[7:], "wb") as f:
            f.write(changed.get(name, data))
        return {"mediaType": media, "digest": name, "size": len(data)}

    tars = [layer(l) for l in CASES[case]]
    packed = [gzip.compress(t, 1 if case == "large" else 9, mtime=0) for t in tars]
    if fault == "content":
        changed[digest(packed[0])] = packed[0][:-9] + b"x" + packed[0][-8:]
    if fault == "cut":
        changed[digest(packed[0])] = packed[0][:len(packed[0]) // 2]
    if fault == "long":
        changed[digest(packed[0])] = packed[0] + b"more"
    ids = [digest(t) for t in tars]
    if fault == "diff-id":
        ids[0] = digest(b"something else")
    config = {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["sh"], "Env": ["A=b"], **CONFIGS.get(case, {})}, "rootfs": {"type": "layers", "diff_ids": ids}}
    if case == "history":
        config["config"]["Labels"] = {"kind": "odd"}
        config["history"] = [{"created": "2020-01-02T03:04:05Z", "created_by": "ADD file", "comment": "first"}, {"created_by": "RUN true"},
                             {"created": "never", "created_by": "CMD \x1b[31mred", "comment": "last", "empty_layer": True}]
    oci = "application/vnd.oci.image."
    manifest = {"schemaVersion": 2, "mediaType": oci + "manifest.v1+json",
                "config": blob(json.dumps(config).encode(), oci + "config.v1+json"),
                "layers": [blob(p, oci + "layer.v1.tar+gzip") for p in packed]}
    entry = blob(json.dumps(manifest).encode(), oci + "manifest.v1+json")
    entry["annotations"] = {"org.opencontainers.image.ref.name": "1"}
    if fault == "platform":
        index = {"schemaVersion": 2, "mediaType": oci + "index.v1+json",
                 "manifests": [dict(entry, platform={"os": "linux", "architecture": "s390x"})]}
        entry = blob(json.dumps(index).encode(), oci + "index.v1+json")
    with open(top + "/oci-layout", "w") as f:
        f.write('{"imageLayoutVersion": "1.0.0"}')
    with open(top + "/index.json", "w") as f:
        json.dump({"schemaVersion": 2, "manifests": [entry]}, f)


main(*sys.argv[1:])
