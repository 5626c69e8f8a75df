/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "observe/world/parts.h"

/*
 * Which process has a socket open: no table of the kernel's tells, only the links in /proc/PID/fd, of which a machine has
 * tens of thousands. So it is asked for the few that matter: those of the host that listen at a port that an engine
 * says it published, among the processes of the host's network namespace.
 */

static bool is_published(const struct world *w, const struct world_socket *s)
{
	for (size_t i = 0; i < w->n_containers; i++)
		for (size_t k = 0; k < w->containers[i].n_ports; k++)
			if (w->containers[i].ports[k].port == s->port &&
			    w->containers[i].ports[k].proto == s->proto)
				return true;
	return false;
}

/* The sockets to be found; what was found is taken out. */
struct wanted {
	struct world_socket **v;
	size_t n;
};

static void find(struct wanted *wanted, uint64_t inode, int64_t pid)
{
	for (size_t i = 0; i < wanted->n; i++) {
		if (wanted->v[i]->inode != inode)
			continue;
		wanted->v[i]->pid = pid;
		wanted->v[i--] = wanted->v[--wanted->n];
	}
}

/* One that ends meanwhile, or that we may not look at, is passed over. */
static void look_at(struct world *w, const struct world_process *p, struct wanted *wanted)
{
	autoclose int fd = open(arena_printf(w->arena, "/proc/%lld/fd", (long long)p->pid),
				O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir dir = IO_DIR(fd);
	const char *name, *inode;
	char link[64];

	while (fd >= 0 && wanted->n && (name = io_dir_next(&dir))) {
		ssize_t n = readlinkat(fd, name, link, sizeof(link) - 1);

		link[n > 0 ? n : 0] = '\0';
		if ((inode = str_after(link, "socket:[")))
			find(wanted, strtoull(inode, NULL, 10), p->pid);
	}
}

void world_read_owners(struct world *w)
{
	struct world_netns *host = w->netns;
	struct wanted wanted = { 0 };

	for (size_t i = 0; i < host->n_sockets; i++) {
		struct world_socket *s = &host->sockets[i];

		if (s->inode && is_published(w, s))
			arena_push(w->arena, wanted.v, wanted.n, s);
	}
	for (size_t i = 0; i < w->n_processes && wanted.n; i++)
		if (w->processes[i].ns[WORLD_NS_NET] == host->inode)
			look_at(w, &w->processes[i], &wanted);
}
