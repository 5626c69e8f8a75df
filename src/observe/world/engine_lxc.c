/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Containers of LXC that don't run: a directory with a file "config" each, below /var/lib/lxc. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "observe/world/engine_files.h"

enum { CONTAINERS_MAX = 10000 };

void engine_lxc(struct containers *cs)
{
	struct arena *a = cs->w->arena;
	autoclose int fd = open("/var/lib/lxc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(fd);
	size_t n = 0;

	for (const char *name; fd >= 0 && n < CONTAINERS_MAX && (name = io_dir_next(&d)); n++) {
		struct world_container *c;

		if (faccessat(fd, arena_printf(a, "%s/config", name), F_OK, 0) < 0)
			continue;
		name = arena_strdup(a, name);
		c = containers_get(cs, "lxc", name);
		c->name = name;
	}
}
