/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "kernel/process/pidfd.h"
#include "kernel/process/visit.h"
#include "observe/world/parts.h"

/*
 * Going into network namespaces: one child process visits one after the other. Root can enter each from any other. Who
 * isn't needs the user namespace that owns it, too, and never gets out of that again: then another child goes on.
 */

struct tour {
	struct world *w;
	bool (*wants)(const struct world_netns *ns, const void *arg);
	world_visit_fn *fn;
	void *arg;
	size_t next;
};

enum entered { ENTERED_NOT, ENTERED, ENTERED_FOR_EVER };

int world_netns_open(const struct world_netns *ns)
{
	int fd = open(ns->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) < 0 || st.st_ino != ns->inode)) {
		fd_close(&fd);
		errno = ENOENT; /* it is gone, and another has its name or pid */
	}
	return fd;
}

/* With the user namespace of its process. */
static bool enter_owned(const struct world_netns *ns)
{
	autoclose int process = ns->pid ? pidfd_of((pid_t)ns->pid) : -1;

	return process >= 0 && setns(process, CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

static enum entered enter(struct world *w, const struct world_netns *ns)
{
	autoclose int fd = world_netns_open(ns);
	int error = errno;

	if (fd >= 0 && setns(fd, CLONE_NEWNET) == 0)
		return ENTERED;
	if (fd >= 0 && (error = errno) == EPERM && enter_owned(ns))
		return ENTERED_FOR_EVER;
	if (error != ENOENT && error != ESRCH)
		world_unread_of(w, ns, "enter", error);
	return ENTERED_NOT;
}

static void go(void *arg)
{
	struct tour *t = arg;

	while (t->next < t->w->n_netns) {
		struct world_netns *ns = &t->w->netns[t->next++];
		enum entered entered;

		if (t->wants && !t->wants(ns, t->arg))
			continue;
		/* the host's is the first, where the child is born */
		entered = ns->is_host ? ENTERED : enter(t->w, ns);
		if (entered != ENTERED_NOT)
			t->fn(t->w, ns, t->arg);
		if (entered == ENTERED_FOR_EVER)
			return;
	}
}

void world_visit(struct world *w, bool (*wants)(const struct world_netns *ns, const void *arg),
		 world_visit_fn *fn, void *arg)
{
	struct tour t = { w, wants, fn, arg, 0 };

	while (t.next < w->n_netns) {
		int r = visit_call(go, &t);

		if (r < 0)
			return world_unread(w, "network namespaces: %s", strerror(-r));
	}
}
