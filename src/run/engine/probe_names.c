/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/probe_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/io.h"
#include "net/resolv.h"
#include "spec/netns.h"

enum { TEXT_MAX = 64 * 1024 };

/* A file of the host's, "" where it has none. */
static const char *read_text(struct arena *a, const char *path)
{
	char *text;
	size_t len;

	/* a record cannot hold a NUL byte, and neither file has one */
	return io_read_file(a, AT_FDCWD, path, TEXT_MAX, &text, &len) < 0 ? "" : text;
}

/* What ip-netns(8) binds over the host's for who is in a namespace with a name: its own; NULL: it has none. */
static const char *resolv_of_netns(struct arena *a, const char *path)
{
	const char *name = netns_of_path(path), *text;

	if (!name)
		return NULL;
	text = read_text(a, arena_printf(a, "/etc/netns/%s/resolv.conf", name));
	return *text ? text : NULL;
}

const char *probe_resolv(struct arena *a)
{
	const char *text = read_text(a, "/etc/resolv.conf");

	return resolv_is_stub(text) ? read_text(a, "/run/systemd/resolve/resolv.conf") : text;
}

/* What reaches the machine from there has no address on a network that is the container's alone, or pasta's; of one that
 * was made by hand nobody knows. */
static int check_gateway(const struct spec *s, struct err *e)
{
	if (s->network.mode != NET_NONE && s->network.mode != NET_PASTA && s->network.mode != NET_PATH)
		return 0;
	for (size_t i = 0; i < s->names.hosts.n; i++) {
		const char *name = s->names.hosts.v[i];
		size_t len = strcspn(name, ":");

		if (!str_eq(name + len, ":host-gateway"))
			continue;
		err_set(e, "bad-host", EINVAL, "add host '%s'", name);
		err_cause(e, "the machine has no address on the container's network");
		return err_hint(e, "use --network bridge, or write %.*s:ADDRESS", (int)len, name);
	}
	return 0;
}

int probe_names(struct arena *a, const struct spec *s, struct facts *f, struct err *e)
{
	struct utsname uts;

	if (uname(&uts) < 0)
		return err_set(e, "hostname", errno, "read the host's name");
	f->hostname = arena_strdup(a, uts.nodename);
	f->resolv = s->network.mode == NET_PATH ? resolv_of_netns(a, s->network.path) : NULL;
	f->resolv_is_own = f->resolv;
	if (!f->resolv)
		f->resolv = s->network.mode == NET_HOST ? read_text(a, "/etc/resolv.conf") : probe_resolv(a);
	if (s->network.mode == NET_HOST)
		f->hosts = read_text(a, "/etc/hosts");
	return check_gateway(s, e);
}
