#!/usr/bin/env python3
"""image.py make DIR [LAYERS]: an image layout with layers of this machine's /usr.
image.py measure RUNS [NAME BEFORE COMMAND]...: the commands in turn: medians of wall clock and CPU time of each with all its
descendants, and the peak memory of its largest process."""
import gzip, hashlib, json, os, statistics, subprocess, sys, tarfile, time

LAYERS, LAYER_BYTES = 5, 130 << 20


class Sum:
    """A file that is digested while it is written."""

    def __init__(self, out=None):
        self.out, self.sum, self.size = out, hashlib.sha256(), 0

    def write(self, data):
        self.sum.update(data)
        self.size += len(data)
        return self.out.write(data) if self.out else len(data)

    def flush(self):
        pass

    def digest(self):
        return "sha256:" + self.sum.hexdigest()


def files():
    for place in "/usr/bin", "/usr/lib", "/usr/share":
        for top, dirs, names in os.walk(place):
            dirs.sort()
            for name in sorted(names):
                path = os.path.join(top, name)
                if os.path.islink(path) or os.path.isfile(path):
                    yield path


def store(top, data, media_type):
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    with open("%s/blobs/sha256/%s" % (top, digest[7:]), "wb") as file:
        file.write(data)
    return {"mediaType": media_type, "digest": digest, "size": len(data)}


def make_layer(top, paths):
    beside = top + "/blobs/sha256/new"
    with open(beside, "wb") as file:
        packed = Sum(file)
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=4, mtime=0) as zipped:
            plain = Sum(zipped)
            with tarfile.open(fileobj=plain, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                size = 0
                for path in paths:
                    tar.add(path, path[1:], recursive=False)
                    size += os.lstat(path).st_size
                    if size >= LAYER_BYTES:
                        break
    os.rename(beside, "%s/blobs/sha256/%s" % (top, packed.digest()[7:]))
    return {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": packed.digest(), "size": packed.size}, plain


def make(top, count):
    os.makedirs(top + "/blobs/sha256")
    paths = files()
    layers = [make_layer(top, paths) for _ in range(count)]
    config = {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["true"]},
              "rootfs": {"type": "layers", "diff_ids": [plain.digest() for _, plain in layers]}}
    config = store(top, json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json")
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config,
                "layers": [layer for layer, _ in layers]}
    manifest = store(top, json.dumps(manifest).encode(), manifest["mediaType"])
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "1"}
    with open(top + "/index.json", "w") as file:
        json.dump({"schemaVersion": 2, "manifests": [manifest]}, file)
    with open(top + "/oci-layout", "w") as file:
        file.write('{"imageLayoutVersion": "1.0.0"}')
    print("%d layers, %.0f MB, unpacked %.0f MB" % (count, sum(l["size"] for l, _ in layers) / 1e6, sum(p.size for _, p in layers) / 1e6))


def peak(pid):
    """KiB, of the largest of a process and its descendants so far."""
    try:
        with open("/proc/%d/status" % pid) as file:
            most = max([int(line.split()[1]) for line in file if line.startswith("VmHWM:")], default=0)
        with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
            return max([most] + [peak(int(child)) for child in file.read().split()])
    except OSError:
        return 0


def measure_one(before, command):
    subprocess.run(before, shell=True, check=True)
    os.sync()
    begin = time.monotonic()
    process = subprocess.Popen(command.split(), stdout=subprocess.DEVNULL)
    most, done = 0, 0
    while not done:
        # (ru_maxrss would have this program's own, too: execve(2) keeps it)
        most = max(most, peak(process.pid))
        time.sleep(0.02)
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
    if status:
        sys.exit("failed: " + command)
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, most / 1024


def measure(runs, words):
    rows = [words[i:i + 3] for i in range(0, len(words), 3)]
    seen = {row[0]: [] for row in rows}
    for _ in range(runs):
        for name, before, command in rows:
            seen[name].append(measure_one(before, command))
    print("%-28s %8s %8s %8s" % ("", "wall s", "CPU s", "MiB"))
    for name, turns in seen.items():
        print("%-28s %8.2f %8.2f %8.1f" % ((name,) + tuple(statistics.median(turn[i] for turn in turns) for i in range(3))))


if sys.argv[1] == "make":
    make(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else LAYERS)
else:
    measure(int(sys.argv[2]), sys.argv[3:])
