/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Does a packet arrive? One is sent: without a port an echo request, whose answer is waited for, else a connection over
 * TCP is made. So a way is accepted that nobody thought of (kernel/net/reach.h).
 */
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "kernel/net/ip.h"
#include "kernel/net/reach.h"
#include "observe/goals/goal.h"

struct destination {
	struct sockaddr_in address;
	bool has_port;
	size_t bytes; /* of an echo request, behind its header */
};

static bool parse_destination(struct arena *a, const struct strv *w, struct destination *d)
{
	const char *text = w->v[2];
	const char *colon = strchr(text, ':');
	char *end = NULL;
	struct ip ip;
	long port = colon ? strtol(colon + 1, &end, 10) : 0;

	if (ip_parse(arena_strndup(a, text, strcspn(text, ":")), &ip) < 0 || ip.family != AF_INET ||
	    (colon && (*end || port < 1 || port > 65535)))
		return false;
	*d = (struct destination){ .has_port = colon, .bytes = w->n > 3 ? strtoul(w->v[3], NULL, 10) : 8 };
	d->address.sin_family = AF_INET;
	d->address.sin_port = htons((uint16_t)port);
	memcpy(&d->address.sin_addr, ip.bytes, 4);
	return d->bytes <= REACH_BYTES_MAX;
}

/* ---- the words ---- */

static bool enter(const struct goal_look *look, const char *name)
{
	const struct world_netns *ns = goal_netns_of(look, name);
	bool outside = str_eq(name, "outside");
	autoclose int fd = !outside && ns && ns->path ? open(ns->path, O_RDONLY | O_CLOEXEC) : -1;

	/* in the machine's own we are */
	return str_eq(name, "machine") || setns(outside ? look->outside : fd, CLONE_NEWNET) == 0;
}

/* 1: it arrives; 0: it doesn't; -1: that can't be tried. Comes back to where it was. */
static int try(const struct goal_look *look, const struct strv *w)
{
	autoclose int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct destination to;
	int r;

	if (home < 0 || !parse_destination(look->a, w, &to) || !enter(look, w->v[1]))
		return -1;
	r = to.has_port ? reach_connect(&to.address) : reach_echo(&to.address, to.bytes);
	return setns(home, CLONE_NEWNET) == 0 ? r : -1;
}

static const char *cannot(const struct goal_look *look, const struct strv *w)
{
	return arena_printf(look->a, "nothing can be sent from %s to %s: there is no such place", w->v[1],
			    w->v[2]);
}

const char *goal_arrives(const struct goal_look *look, const struct strv *w)
{
	int r = try(look, w);

	if (r == 1)
		return NULL;
	return r < 0 ? cannot(look, w) : arena_printf(look->a, "%s does not reach %s", w->v[1], w->v[2]);
}

const char *goal_blocked(const struct goal_look *look, const struct strv *w)
{
	int r = try(look, w);

	if (r == 0)
		return NULL;
	return r < 0 ? cannot(look, w) : arena_printf(look->a, "%s reaches %s", w->v[1], w->v[2]);
}
