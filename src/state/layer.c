/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
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
	const char *above = c->kept ? st->data : st->path;

	*path = NULL;
	if (mkdirat(c->dir, "layer", 0755) < 0 && errno != EEXIST)
		return err_set(e, "layer", errno, "make the layer of container %.12s", c->id);
	autoclose int fd = layer_open(c);
	if (fd < 0)
		return err_set(e, "layer", -fd, "open the layer of container %.12s", c->id);
	if (upper_is_possible(fd, geteuid() != 0 || userns_inside()))
		*path = arena_printf(a, "%s/containers/%s/layer", above, c->id);
	else
		unlinkat(c->dir, "layer", AT_REMOVEDIR);
	return 0;
}
