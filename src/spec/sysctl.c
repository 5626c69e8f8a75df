/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/sysctl.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

/* What the kernel keeps for each ipc namespace (ipc/ipc_sysctl.c, ipc/mq_sysctl.c). All of net/ belongs to a
 * network namespace: what does not, the kernel doesn't show in one. */
static const char *const ipc_names[] = {
	"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
	"kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced",
};

/* Change dots and slashes for each other in the first len characters. */
static char *swap_separators(struct arena *a, const char *text, size_t len)
{
	char *s = arena_strdup(a, text);

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '.')
			s[i] = '/';
		else if (s[i] == '/')
			s[i] = '.';
	}
	return s;
}

static bool is_ipc(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(ipc_names); i++)
		if (strlen(ipc_names[i]) == len && memcmp(ipc_names[i], name, len) == 0)
			return true;
	return len > 10 && memcmp(name, "fs.mqueue.", 10) == 0;
}

enum ns_kind sysctl_ns(const char *pair)
{
	if (is_ipc(pair, strcspn(pair, "=")))
		return NS_IPC;
	if (str_after(pair, "net."))
		return NS_NET;
	if (str_after(pair, "user.")) /* limits of the namespaces in a user namespace (namespaces(7)) */
		return NS_USER;
	return str_after(pair, "kernel.domainname=") ? NS_UTS : NS_COUNT;
}

const char *sysctl_path(struct arena *a, const char *pair)
{
	size_t len = strcspn(pair, "=");

	return swap_separators(a, arena_strndup(a, pair, len), len);
}

/* Is the dotted name made of good parts? As a path, none may be empty, "." or "..". */
static bool is_name(const char *name, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/.:@";

	if (strspn(name, letters) < len)
		return false;
	for (size_t part = 0, i = 0; i <= len; i++) {
		if (i < len && name[i] != '.')
			continue;
		if (strspn(name + part, "/") >= i - part)
			return false;
		part = i + 1;
	}
	return true;
}

/* The pair as written, but with its name dotted. */
static const char *dot(struct arena *a, const char *text, size_t len)
{
	size_t first = strcspn(text, "./");

	return first < len && text[first] == '/' ? swap_separators(a, text, len) : text;
}

const char *sysctl_dotted(struct arena *a, const char *text)
{
	size_t len = strcspn(text, "=");
	const char *s = dot(a, text, len);

	return text[len] && is_name(s, len) ? s : NULL;
}

int sysctl_parse(struct arena *a, const char *text, const char **pair, struct err *e)
{
	size_t len = strcspn(text, "=");
	const char *s = dot(a, text, len);

	*pair = s;
	if (text[len] && is_name(s, len) && (is_ipc(s, len) || (len > 4 && memcmp(s, "net.", 4) == 0)))
		return 0;
	err_set(e, "bad-sysctl", EINVAL, "kernel parameter '%s'", text);
	if (!text[len])
		return err_cause(e, "it has no value"), err_hint(e, "write NAME=VALUE");
	if (!is_name(s, len))
		err_cause(e, "not the name of a kernel parameter");
	else if (strncmp(s, "kernel.hostname=", 16) == 0 || strncmp(s, "kernel.domainname=", 18) == 0)
		return err_cause(e, "guise sets the host name itself"), err_hint(e, "use --hostname");
	else
		err_cause(e, "it belongs to the whole machine, not to a namespace");
	return err_hint(e, "net.*, fs.mqueue.*, kernel.msg*, kernel.sem and kernel.shm* can be set");
}
