/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What all repairs have in common: the network namespace that they are in. See repair.h. */
#include "plan/steps/repair.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <string.h>

#include "base/fd.h"
#include "kernel/net/link.h"
#include "kernel/process/nscall.h"
#include "plan/step.h"

static int open_here(const void *protocol, void *out)
{
	struct netlink nl = NETLINK_CLOSED;
	struct err ignored;
	int r = netlink_open(&nl, *(const int *)protocol, &ignored);

	memcpy(out, &nl, sizeof(nl));
	return r;
}

static int call(const char *netns, int (*fn)(const void *arg, void *out), const void *arg, void *out,
		size_t size, struct err *e)
{
	autoclose int ns = open(netns, O_RDONLY | O_CLOEXEC);
	int r = ns < 0 ? -errno : ns_call(ns, CLONE_NEWNET, fn, arg, out, size);

	return r < 0 ? err_set(e, "namespace-join", -r, "enter the network namespace %s", netns) : r;
}

int fix_call(const char *netns, int (*fn)(const void *arg, void *out), const void *arg, struct err *e)
{
	return *netns ? call(netns, fn, arg, NULL, 0, e) : fn(arg, NULL);
}

int fix_open(const char *netns, int protocol, struct netlink *nl, struct err *e)
{
	return *netns ? call(netns, open_here, &protocol, nl, sizeof(*nl), e) : netlink_open(nl, protocol, e);
}

int fix_open_link(const char *netns, const char *link, struct netlink *nl, int *index, struct err *e)
{
	struct link_info info;
	int r = fix_open(netns, NETLINK_ROUTE, nl, e);

	*index = 0;
	if (r < 0 || !*link)
		return r;
	if ((r = link_get(nl, link, &info, e)) < 0)
		netlink_close(nl);
	else
		*index = info.index;
	return r;
}

const char *fix_enter(const struct str *out, const char *netns)
{
	const char *name = str_after(netns, "/run/netns/");

	if (!*netns)
		return "";
	if (name && *name && !strchr(name, '/'))
		return arena_printf(out->arena, "ip netns exec %s ", str_shell(out, name));
	return arena_printf(out->arena, "nsenter --net=%s ", str_shell(out, netns));
}

int fix_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	str_add(text, "a repair is of no container: guise doctor looks whether it holds");
	return READ_UNKNOWN;
}
