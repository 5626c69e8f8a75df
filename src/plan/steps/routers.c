/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/steps/routers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/net/link.h"
#include "kernel/net/route.h"
#include "plan/steps/net.h"

#define WORD ".accept-ra-"

static int open_words(int rundir, const char *network)
{
	char dir[64];

	snprintf(dir, sizeof(dir), "net/%.*s", (int)strcspn(network, "/"), network);
	return openat(rundir, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void path_of(const char *link, char path[static 128])
{
	snprintf(path, 128, "/proc/sys/net/ipv6/conf/%s/accept_ra", link);
}

static bool is_set(const char *link, const char *value)
{
	char path[128], now[16];

	path_of(link, path);
	return io_read_small(AT_FDCWD, path, now, sizeof(now)) >= 0 && str_eq(now, value);
}

static int set(const char *link, const char *value, struct err *e)
{
	char path[128];
	int r;

	path_of(link, path);
	r = io_write_small(AT_FDCWD, path, value);
	return r < 0 ? err_set(e, "forward", -r, "write %s to %s", value, path) : 0;
}

/* The word first: whoever is killed between the two gives back what nobody took. */
static int keep(int words, const char *link, struct err *e)
{
	char word[IFNAMSIZ + sizeof(WORD)];

	if (!is_set(link, "1"))
		return 0;
	snprintf(word, sizeof(word), WORD "%s", link);
	autoclose int fd = openat(words, word, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? err_set(e, "state", errno, "note that %s believes routers", link) : set(link, "2", e);
}

int routers_keep(struct live *live, const char *network, struct err *e)
{
	autoclose int words = open_words(live->rundir, network);
	struct link_info link;
	struct err ignored;
	int *links, r = net_open_route(live, e);
	size_t n = 0;

	if (r == 0)
		r = route_default_links(&live->route, live->arena, AF_INET6, RTPROT_RA, &links, &n, e);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (link_get_index(&live->route, links[i], &link, &ignored) == 0)
			r = keep(words, link.name, e);
	return r;
}

/* The next link that was kept, of a listing of the words. */
static const char *next_kept(struct io_dir *d)
{
	const char *name, *link = NULL;

	while (!link && (name = io_dir_next(d)))
		link = str_after(name, WORD);
	return link;
}

int routers_restore(struct live *live, const char *network, struct err *e)
{
	autoclose int words = open_words(live->rundir, network);
	struct io_dir d = IO_DIR(words);
	int r = 0;

	for (const char *link; r == 0 && words >= 0 && (link = next_kept(&d));)
		if (is_set(link, "1"))
			r = set(link, "2", e);
	return r;
}

const char *routers_lost(struct target *t, const char *network)
{
	autoclose int words = t->rundir < 0 ? -1 : open_words(t->rundir, network);
	struct io_dir d = IO_DIR(words);

	for (const char *link; words >= 0 && (link = next_kept(&d));)
		if (is_set(link, "1"))
			return arena_strdup(t->arena, link);
	return NULL;
}

void routers_release(struct live *live, const char *network)
{
	autoclose int words = open_words(live->rundir, network);
	struct io_dir d = IO_DIR(words);
	struct err ignored;

	for (const char *link; words >= 0 && (link = next_kept(&d));) {
		if (is_set(link, "2"))
			set(link, "1", &ignored);
		unlinkat(words, arena_printf(live->arena, WORD "%s", link), 0);
	}
}
