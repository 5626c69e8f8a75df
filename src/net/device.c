/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/device.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "kernel/net/addr.h"
#include "kernel/net/link.h"

/* The two namespaces: a socket and a descriptor of each. */
struct sides {
	struct netlink here, there;
	int here_ns, there_ns;
};

static int enter(struct sides *s, const char *path, struct err *e)
{
	int r = netlink_open(&s->here, NETLINK_ROUTE, e);

	if (r < 0)
		return r;
	s->here_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	s->there_ns = open(path, O_RDONLY | O_CLOEXEC);
	if (s->here_ns < 0 || s->there_ns < 0 || setns(s->there_ns, CLONE_NEWNET) < 0)
		return err_set(e, "device-move", errno, "enter the network namespace %s", path);
	return netlink_open(&s->there, NETLINK_ROUTE, e);
}

static int is_free(struct sides *s, const char *name, struct err *e)
{
	struct link_info link;
	int r = link_get(&s->there, name, &link, e);

	return r == -ENODEV ? 1 : r;
}

/* What it is called inside: the name, or the template with the first number that is free. */
static int choose_name(struct sides *s, const char *name, char out[IFNAMSIZ], struct err *e)
{
	const char *at = strstr(name, "%d");
	int r = 0;

	for (int n = 0; r == 0; n++) {
		int len = at ? snprintf(out, IFNAMSIZ, "%.*s%d%s", (int)(at - name), name, n,
					at + strlen("%d")) :
			       snprintf(out, IFNAMSIZ, "%s", name);

		if (len >= IFNAMSIZ || (!at && n > 0))
			return err_set(e, "device-taken", EEXIST, "name a device %s in the container", name),
			       err_cause(e, "the container's network namespace has one of that name");
		r = is_free(s, out, e);
	}
	return r < 0 ? r : 0;
}

static int move(struct netlink *from, const struct link_info *link, int to, const char *name, struct err *e)
{
	struct netlink_batch b;

	netlink_start(&b);
	link_put_move(&b, link->index, link->name, to, name);
	return netlink_run(from, &b, NULL, NULL, e);
}

/* A batch is short, and a link may have many addresses. */
static int configure(struct sides *s, const struct link_info *link, const struct addr_whole *addrs, size_t n,
		     struct err *e)
{
	struct netlink_batch b;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		netlink_start(&b);
		addr_put_whole(&b, link->index, link->name, &addrs[i]);
		r = netlink_run(&s->there, &b, NULL, NULL, e);
	}
	netlink_start(&b);
	link_put_up(&b, link->index, link->name, NULL);
	return r < 0 ? r : netlink_run(&s->there, &b, NULL, NULL, e);
}

static int move_all(struct sides *s, struct arena *a, const char *name, const char *new_name, struct err *e)
{
	struct link_info link, inside;
	struct addr_whole *addrs;
	char chosen[IFNAMSIZ];
	size_t n;
	int r;

	if ((r = link_get(&s->here, name, &link, e)) < 0 || (r = choose_name(s, new_name, chosen, e)) < 0 ||
	    (r = addr_list_permanent(&s->here, a, link.index, &addrs, &n, e)) < 0 ||
	    (r = move(&s->here, &link, s->there_ns, chosen, e)) < 0)
		return r;
	if ((r = link_get(&s->there, chosen, &inside, e)) == 0 &&
	    (r = configure(s, &inside, addrs, n, e)) < 0)
		move(&s->there, &inside, s->here_ns, name, &(struct err){ 0 });
	return r;
}

int device_move(const char *link, const char *ns_path, const char *name, struct err *e)
{
	struct sides s = { NETLINK_CLOSED, NETLINK_CLOSED, -1, -1 };
	struct arena a = { 0 };
	int r = enter(&s, ns_path, e);

	if (r == 0)
		r = move_all(&s, &a, link, name, e);
	netlink_close(&s.here);
	netlink_close(&s.there);
	fd_close(&s.here_ns);
	fd_close(&s.there_ns);
	arena_free(&a);
	return r;
}
