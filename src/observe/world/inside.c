/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/process/visit.h"
#include "observe/world/parts.h"
#include "observe/world/rules.h"

/*
 * Going into network namespaces: one child process visits one after the other. Root can enter each from any other. Who
 * isn't needs the user namespace that owns it, too, and never gets out of that again: then another child goes on.
 */

struct tour {
	struct world *w;
	unsigned parts;
	size_t next;
};

enum entered { ENTERED_NOT, ENTERED, ENTERED_FOR_EVER };

static bool is_it(int fd, const struct world_netns *ns)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_ino == ns->inode;
}

/* With the user namespace of its process. */
static bool enter_owned(const struct world_netns *ns)
{
	autoclose int process = ns->pid ? (int)syscall(SYS_pidfd_open, ns->pid, 0) : -1;

	return process >= 0 && setns(process, CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

static enum entered enter(struct world *w, const struct world_netns *ns)
{
	autoclose int fd = open(ns->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 && errno != ENOENT)
		world_unread_of(w, ns, "enter", errno);
	if (fd < 0 || !is_it(fd, ns))
		return ENTERED_NOT; /* it is gone */
	if (setns(fd, CLONE_NEWNET) == 0)
		return ENTERED;
	if (errno == EPERM && enter_owned(ns))
		return ENTERED_FOR_EVER;
	world_unread_of(w, ns, "enter", errno);
	return ENTERED_NOT;
}

static int open_names(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Of the rules' readers: what failed. */
static void note(struct world *w, struct world_netns *ns, const char *what, int r)
{
	if (r >= 0)
		return;
	ns->rules_unread = true;
	world_unread_of(w, ns, what, r);
}

static void read_rules(struct world *w, struct world_netns *ns)
{
	autoclose int netfilter = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	autoclose int raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	autoclose int raw6 = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	autoclose int names = open_names("/proc/thread-self/net/ip_tables_names");
	autoclose int names6 = open_names("/proc/thread-self/net/ip6_tables_names");
	struct rules_from from = { netfilter, raw, raw6, names, names6 };
	struct err e;

	note(w, ns, "nf_tables", rules_read_nft(w->arena, ns, &from, &e));
	note(w, ns, "xtables", rules_read_xtables(w->arena, ns, &from, &e));
}

static void read_one(struct tour *t, struct world_netns *ns)
{
	if (t->parts & WORLD_RULES)
		read_rules(t->w, ns);
}

static void visit(void *arg)
{
	struct tour *t = arg;

	while (t->next < t->w->n_netns) {
		struct world_netns *ns = &t->w->netns[t->next++];
		enum entered entered = ns->is_host ? ENTERED : enter(t->w, ns);

		if (entered != ENTERED_NOT)
			read_one(t, ns);
		if (entered == ENTERED_FOR_EVER)
			return;
	}
}

void world_read_inside(struct world *w, unsigned parts)
{
	struct tour t = { w, parts, 0 };

	while (t.next < w->n_netns) {
		size_t before = t.next;
		int r = visit_call(visit, &t);

		if (r < 0)
			return world_unread(w, "network namespaces: %s", strerror(-r));
		if (t.next == before)
			return;
	}
}
