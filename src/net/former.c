/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/former.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "net/lease_map.h"
#include "net/ports_forget.h"

enum { MAP_MAX = 1 << 20, NAME_BYTES = IP_TEXT + sizeof("given-") };

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

/* One for each subnet: what of one is forgotten is not yet forgotten of another. */
static const char *file_of(struct ip subnet, char name[static NAME_BYTES])
{
	char text[IP_TEXT];

	snprintf(name, NAME_BYTES, "given-%s", ip_text(subnet, text));
	return name;
}

/* From now on those that are somebody's have been given. */
static int begin_anew(struct lease_dir *dir, const char *file)
{
	struct arena a = { 0 };
	char *bits;
	size_t len;
	int r = io_read_file(&a, dir->fd, LEASE_MAP_FILE, MAP_MAX, &bits, &len);

	if (r == 0)
		r = io_write_file(dir->fd, file, bits, len, 0600);
	arena_free(&a);
	return r;
}

int former_forget(struct lease_dir *dir, const struct lease_pool *pool, struct ip addr, struct err *e)
{
	struct ip subnet = ip_network(pool->subnet);
	char text[IP_TEXT], name[NAME_BYTES];
	autoclose int given = openat(dir->fd, file_of(subnet, name), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	struct former f = { dir, given, subnet, lease_gateway(pool), addr };
	int r;

	if (given < 0 || lease_map_has(given, addr)) {
		if ((r = ports_forget_those(addr.family, is_old, &f, e)) < 0)
			return r;
		r = begin_anew(dir, name);
	} else {
		r = lease_map_mark(given, addr, true);
	}
	return r < 0 ? err_set(e, "lease-take", -r, "note that address %s is given", ip_text(addr, text)) : 0;
}
