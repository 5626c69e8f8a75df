/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/probe_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/io.h"
#include "net/resolv.h"

enum { TEXT_MAX = 64 * 1024 };

/* A file of the host's, "" where it has none. */
static const char *read_text(struct arena *a, const char *path)
{
	char *text;
	size_t len;

	/* a record cannot hold a NUL byte, and neither file has one */
	return io_read_file(a, AT_FDCWD, path, TEXT_MAX, &text, &len) < 0 ? "" : text;
}

static const char *resolv_of(struct arena *a, const struct spec *s)
{
	const char *text = read_text(a, "/etc/resolv.conf");

	if (s->network.mode == NET_HOST)
		return text;
	if (resolv_is_stub(text))
		text = read_text(a, "/run/systemd/resolve/resolv.conf");
	/* docker's and podman's choice; pasta's is the host's resolver, wherever that is (step_net.c) */
	return resolv_for_container(a, text, s->network.mode == NET_PASTA,
				    s->network.mode == NET_PASTA ? "nameserver " PASTA_DNS "\n" :
								   "nameserver 8.8.8.8\nnameserver 8.8.4.4\n");
}

/* The directory of the other container's files, if it has them: one without a network namespace of a container's, or
 * whose files the user mounted, has not. */
static int files_of_another(struct state *st, struct arena *a, const char *ref, struct facts *f, struct err *e)
{
	struct container c;
	int r = container_find(&c, st, a, ref, e);

	if (r < 0)
		return r;
	if (faccessat(c.dir, "hosts", F_OK, 0) == 0 && faccessat(c.dir, "hostname", F_OK, 0) == 0 &&
	    faccessat(c.dir, "resolv.conf", F_OK, 0) == 0)
		f->names = arena_printf(a, "%s/containers/%s", st->path, arena_strdup(a, c.id));
	container_close(&c);
	return 0;
}

/* Whose the files are: root's in the container, whoever that is here. */
static void find_root(struct facts *f)
{
	const char *uid = f->uid_map ? str_after(f->uid_map, "0 ") : NULL;
	const char *gid = f->gid_map ? str_after(f->gid_map, "0 ") : NULL;

	if (!f->privileged || !uid || !gid)
		return;
	f->root_uid = strtoull(uid, NULL, 10);
	f->root_gid = strtoull(gid, NULL, 10);
}

int probe_names(struct state *st, struct arena *a, const struct spec *s, struct facts *f, struct err *e)
{
	struct utsname uts;

	find_root(f);
	if (uname(&uts) < 0)
		return err_set(e, "hostname", errno, "read the host's name");
	f->hostname = arena_strdup(a, uts.nodename);
	f->resolv = resolv_of(a, s);
	if (s->network.mode == NET_HOST)
		f->hosts = read_text(a, "/etc/hosts");
	return s->network.mode == NET_CONTAINER ? files_of_another(st, a, s->ns[NS_NET].target, f, e) : 0;
}
