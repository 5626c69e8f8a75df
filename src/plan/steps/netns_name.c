/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A name for the container's network namespace, by which ip-netns(8) knows it: kernel/net/netns.h. It holds the
 * namespace, and so the container's links, until it is undone, and a process that `ip netns exec` starts may hold it
 * longer: the container is marked as one whose namespace is shared, so that undo takes away the links (veth.c).
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/net/netns.h"
#include "plan/live.h"
#include "plan/target.h"
#include "spec/netns.h"

/* What the name is known by as the container's. */
static const char *mark_path(const struct live *live)
{
	return arena_printf(live->arena, "containers/%s/netns", live->id);
}

static int give_name(const struct netns_file *file, const char *name, const char *mark, struct live *live,
		     struct err *e)
{
	const char *shared = arena_printf(live->arena, "containers/%s/shared", live->id);
	char path[48];
	int r;

	if ((r = io_write_file(live->rundir, shared, "", 0, 0600)) < 0 ||
	    (r = io_write_file(live->rundir, mark_path(live), mark, strlen(mark), 0600)) < 0)
		return err_set(e, "state", -r, "write down the name of the network namespace");
	snprintf(path, sizeof(path), "/proc/%d/ns/net", live->pid);
	autoclose int ns = open(path, O_RDONLY | O_CLOEXEC);

	return ns < 0 ? err_set(e, "netns-name", errno, "open %s", path) : netns_finish(file, name, ns, e);
}

static int netns_name_apply(const struct step *s, struct live *live, struct err *e)
{
	struct netns_file file;
	char mark[NETNS_MARK];
	int r = netns_begin(&file, mark, e);

	if (r == 0)
		r = give_name(&file, s->netns_name.name, mark, live, e);
	netns_close(&file);
	return r;
}

static void netns_name_show(const struct step *s, struct str *out)
{
	str_addf(out, "ip netns attach %s $pid\n", str_shell(out, s->netns_name.name));
}

static void netns_name_show_undo(const struct step *s, struct str *out)
{
	str_addf(out, "ip netns delete %s 2>/dev/null || :\n", str_shell(out, s->netns_name.name));
}

static int netns_name_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	const char *path = netns_path(t->arena, want->netns_name.name);
	char mine[48];
	struct stat named, own;

	snprintf(mine, sizeof(mine), "/proc/%d/ns/net", t->pid);
	if (stat(mine, &own) < 0)
		return -errno;
	if (stat(path, &named) < 0)
		return READ_MISSING;
	if (named.st_dev == own.st_dev && named.st_ino == own.st_ino)
		return READ_FOUND;
	str_addf(text, "%s is another namespace, or none", path);
	return READ_CHANGED;
}

static int netns_name_undo(const struct step *s, struct live *live, struct err *e)
{
	char mark[NETNS_MARK];

	if (io_read_small(live->rundir, mark_path(live), mark, sizeof(mark)) <= 0)
		return 0;
	return netns_remove(s->netns_name.name, mark, e);
}

static const struct field netns_name_fields[] = { FIELD(STR, netns_name, name, .compare = COMPARE_KEY),
						  { 0 } };

const struct step_ops step_netns_name = {
	.name = "netns-name",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = netns_name_fields,
	.apply = netns_name_apply,
	.show = netns_name_show,
	.show_undo = netns_name_show_undo,
	.read = netns_name_read,
	.undo = netns_name_undo,
};
