/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/netns.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/str.h"

/* What iproute2 (invalid_name()) refuses, and what a line of `ip netns list` could not show. */
static bool is_name(const char *name)
{
	if (!*name || strlen(name) > NAME_MAX || str_eq(name, ".") || str_eq(name, ".."))
		return false;
	for (const unsigned char *p = (const unsigned char *)name; *p; p++)
		if (*p == '/' || *p <= ' ' || *p == 0x7f)
			return false;
	return true;
}

int netns_name(const char *name, struct err *e)
{
	if (is_name(name))
		return 0;
	err_set(e, "bad-netns", EINVAL, "'%s'", name);
	err_cause(e, "no network namespace can have that name");
	return err_hint(e, "it is the name of a file of " NETNS_DIR ": `ip netns list`");
}

const char *netns_path(struct arena *a, const char *name)
{
	return arena_printf(a, NETNS_DIR "/%s", name);
}

const char *netns_of_path(const char *path)
{
	const char *name = str_after(path, NETNS_DIR "/") ?: str_after(path, "/var" NETNS_DIR "/");

	return name && is_name(name) ? name : NULL;
}
