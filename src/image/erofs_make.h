/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * A directory → a file, an EROFS image of it (kernel/fs/erofs.h), by mkfs.erofs of erofs-utils: owners, times,
 * bits, attributes and overlayfs' marks are those of the directory. Its blocks are compressed by LZ4, and
 * decompressed by the kernel when they are read. Code "erofs".
 */
struct erofs_make {
	pid_t pid;
	int said; /* can be read once it is done, or before that, where it has something to say */
};

/* Can one be made here, and mounted then? -ENODEV, -EPERM, -ENOENT: no program. */
int erofs_make_possible(struct err *e);

/* Begin one of dir/from, in dir/to, of at most so many bytes. sizes: of the files in it, together, with holes,
 * which take their time too; -EFBIG "layer-large" where these are more. */
int erofs_make_begin(struct erofs_make *m, int dir, const char *from, const char *to, uint64_t sizes,
		     uint64_t bytes, struct err *e);

/* Wait for its end; and see whether the kernel mounts it. -EFBIG "layer-large" where it would have become
 * larger. */
int erofs_make_end(struct erofs_make *m, int dir, const char *to, struct err *e);

/* Give it up. */
void erofs_make_drop(struct erofs_make *m);
