#!/usr/bin/env python3
"""tree.py DIR: what a file system tree is, a line a file, by name: type, mode, owner, links, time, device or link, attributes, content."""
import hashlib, os, stat, sys

top = os.fsencode(sys.argv[1])
first = {}


def tell(path):
    s = os.lstat(path)
    name = path[len(top):] or b"/"
    words = [name, oct(s.st_mode), "%d:%d" % (s.st_uid, s.st_gid)]
    # a directory's own time is its maker's where no entry says it; times of one that an archive has are all files'
    words.append("%d.%09d" % divmod(s.st_mtime_ns, 10**9) if not stat.S_ISDIR(s.st_mode) else "-")
    if stat.S_ISLNK(s.st_mode):
        words.append(os.readlink(path))
    elif stat.S_ISCHR(s.st_mode) or stat.S_ISBLK(s.st_mode):
        words.append("%d:%d" % (os.major(s.st_rdev), os.minor(s.st_rdev)))
    elif stat.S_ISREG(s.st_mode):
        words.append(hashlib.sha256(open(path, "rb").read()).hexdigest())
        words.append("same as %r" % first.setdefault((s.st_dev, s.st_ino), name))
    words += ["%s=%r" % (x, os.getxattr(path, x, follow_symlinks=False)) for x in sorted(os.listxattr(path, follow_symlinks=False))
              if not x.startswith("trusted.")]
    print(*words)


tell(top)
for root, dirs, files in os.walk(top):
    dirs.sort()
    for name in sorted(dirs + files):
        tell(os.path.join(root, name))
