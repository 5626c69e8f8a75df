/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/fs/upper.h"
#include "kernel/process/userns.h"

const char *layer_upper(char name[LAYER_NAME_MAX], unsigned n)
{
	snprintf(name, LAYER_NAME_MAX, "upper%u", n);
	return name;
}

int layer_open(const struct container *c)
{
	int fd = openat(c->dir, "layer", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int layer_make(const struct container *c, const struct state *st, struct arena *a, const char **path,
	       struct err *e)
{
	char link[4096];
	ssize_t n;

	*path = NULL;
	if (mkdirat(c->dir, "layer", 0755) < 0 && errno != EEXIST)
		return err_set(e, "layer", errno, "make the layer of container %.12s", c->id);
	autoclose int fd = layer_open(c);
	if (fd < 0)
		return err_set(e, "layer", -fd, "open the layer of container %.12s", c->id);
	if (!upper_is_possible(fd, geteuid() != 0 || userns_inside())) {
		unlinkat(c->dir, "layer", AT_REMOVEDIR);
		return 0;
	}
	/* where it really is: state/kept.c */
	n = readlinkat(st->containers, c->id, link, sizeof(link));
	*path = n > 0 ? arena_printf(a, "%.*s/layer", (int)n, link) :
			arena_printf(a, "%s/containers/%s/layer", st->path, c->id);
	return 0;
}

static uint64_t size_below(int dir, unsigned depth)
{
	struct io_dir d = IO_DIR(dir);
	struct stat st;
	uint64_t bytes = 0;

	for (const char *name; (name = io_dir_next(&d));) {
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue; /* it has just been removed */
		if (S_ISREG(st.st_mode))
			bytes += (uint64_t)st.st_size;
		if (!S_ISDIR(st.st_mode) || depth == 0)
			continue;
		autoclose int sub = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub >= 0)
			bytes += size_below(sub, depth - 1);
	}
	return bytes;
}

uint64_t layer_size_below(int dir)
{
	return size_below(dir, LAYER_DEPTH);
}

int layer_size(const struct container *c, uint64_t *bytes)
{
	autoclose int layer = layer_open(c);
	char name[LAYER_NAME_MAX];

	*bytes = 0;
	if (layer < 0)
		return layer;
	for (unsigned n = 0;; n++) {
		autoclose int upper = openat(layer, layer_upper(name, n),
					     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (upper < 0 && n > 0) /* that of the root's own source may not be there */
			return 0;
		if (upper >= 0)
			*bytes += layer_size_below(upper);
	}
}
