/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/probe_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/utsname.h>

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
	/* docker's and podman's choice; pasta's is the host's resolver, wherever that is
	 * (plan/steps/pasta.c) */
	return resolv_for_container(a, text, s->network.mode == NET_PASTA,
				    s->network.mode == NET_PASTA ?
					    "nameserver " PASTA_DNS "\n" :
					    "nameserver 8.8.8.8\nnameserver 8.8.4.4\n");
}

int probe_names(struct arena *a, const struct spec *s, struct facts *f, struct err *e)
{
	struct utsname uts;

	if (uname(&uts) < 0)
		return err_set(e, "hostname", errno, "read the host's name");
	f->hostname = arena_strdup(a, uts.nodename);
	f->resolv = resolv_of(a, s);
	if (s->network.mode == NET_HOST)
		f->hosts = read_text(a, "/etc/hosts");
	return 0;
}
