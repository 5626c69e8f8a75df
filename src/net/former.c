/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/former.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "net/lease_map.h"
#include "net/ports_forget.h"

#define GIVEN_FILE "given"

enum { MAP_MAX = 1 << 20 };

struct former {
	struct lease_dir *dir;
	int given; /* -1: any may have been */
	struct ip subnet, gateway, addr;
};

static bool has_owner(struct lease_dir *dir, struct ip ip)
{
	char name[IP_TEXT];

	return faccessat(dir->fd, ip_text(ip, name), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A stranger on the bridge, whose address was never given, is left alone. */
static bool is_former(const struct former *f, struct ip ip)
{
	if (ip_same(ip, f->addr))
		return true;
	return ip_overlap(f->subnet, ip) && !ip_same(ip, f->gateway) &&
	       (f->given < 0 || lease_map_has(f->given, ip)) && !has_owner(f->dir, ip);
}

static bool is_old(const struct conntrack *ct, void *arg)
{
	return is_former(arg, ct->orig.src) || is_former(arg, ct->reply.src);
}

/* From now on those that are somebody's have been given. */
static int begin_anew(struct lease_dir *dir)
{
	struct arena a = { 0 };
	char *bits;
	size_t len;
	int r = io_read_file(&a, dir->fd, LEASE_MAP_FILE, MAP_MAX, &bits, &len);

	if (r == 0)
		r = io_write_file(dir->fd, GIVEN_FILE, bits, len, 0600);
	arena_free(&a);
	return r;
}

int former_forget(struct lease_dir *dir, const struct lease_pool *pool, struct ip addr, struct err *e)
{
	autoclose int given = openat(dir->fd, GIVEN_FILE, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	struct former f = { dir, given, ip_network(pool->subnet), lease_gateway(pool), addr };
	char text[IP_TEXT];
	int r;

	if (given < 0 || lease_map_has(given, addr)) {
		if ((r = ports_forget_those(addr.family, is_old, &f, e)) < 0)
			return r;
		r = begin_anew(dir);
	} else {
		r = lease_map_mark(given, addr, true);
	}
	return r < 0 ? err_set(e, "lease-take", -r, "note that address %s is given", ip_text(addr, text)) : 0;
}
