/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/name.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

int name_container(const char *name, struct err *e)
{
	enum { LONGEST = 253 };
	size_t len = strlen(name), good = strspn(name, LETTERS DIGITS "_.-");

	if (len > 0 && len <= LONGEST && good == len && !strchr("_.-", name[0]))
		return 0;
	err_set(e, "bad-name", EINVAL, "container name '%s'", name);
	if (len == 0)
		err_cause(e, "it is empty");
	else if (len > LONGEST)
		err_cause(e, "it has %zu characters, %d are allowed", len, LONGEST);
	else if (good < len && (unsigned char)name[good] <= ' ')
		err_cause(e, "it has a blank or control character in it");
	else if (good < len)
		err_cause(e, "'%c' is not allowed", (unsigned char)name[good] < 0x7f ? name[good] : '?');
	else
		err_cause(e, "it begins with '%c'", name[0]);
	return err_hint(e, "use letters, digits, and _ . - behind the first");
}

int name_volume(const char *name, struct err *e)
{
	if (name_container(name, e) == 0)
		return 0;
	return err_set(e, "bad-volume-name", EINVAL, "name a volume '%s'", name),
	       err_cause(e, "a name begins with a letter or digit, and has letters, digits, _ . and - then"),
	       err_hint(e, "a directory of the host begins with / or ./");
}

/* The length of the good host name label that `s` begins with, or 0. */
static size_t hostname_label(const char *s)
{
	size_t len = strspn(s, LETTERS DIGITS "_-");

	return len > 63 || len == 0 || s[0] == '-' || s[len - 1] == '-' ? 0 : len;
}

static bool is_labels(const char *name)
{
	size_t len;

	for (const char *s = name; (len = hostname_label(s)) > 0; s += len + 1) {
		if (!s[len])
			return true;
		if (s[len] != '.')
			return false;
	}
	return false;
}

int name_hostname(const char *name, struct err *e)
{
	if (strlen(name) <= 64 && is_labels(name))
		return 0;
	err_set(e, "bad-hostname", EINVAL, "host name '%s'", name);
	if (strlen(name) > 64)
		err_cause(e, "it has %zu characters, the kernel takes 64", strlen(name));
	else
		err_cause(e, "not a host name");
	return err_hint(e, "use letters, digits and dashes, 63 at most between two dots");
}

int name_host(const char *name, struct err *e)
{
	enum { LONGEST = 253 };

	if (strlen(name) <= LONGEST && is_labels(name))
		return 0;
	err_set(e, "bad-hostname", EINVAL, "host name '%s'", name);
	err_cause(e, strlen(name) > LONGEST ? "it is longer than any name can be" : "not a host name");
	return err_hint(e, "use letters, digits and dashes, 63 at most between two dots");
}

int name_label(const char *pair, struct err *e)
{
	size_t len = strcspn(pair, "=");

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)pair[i] <= ' ' || pair[i] == 0x7f)
			len = 0;
	if (len > 0)
		return 0;
	err_set(e, "bad-label", EINVAL, "label '%s'", pair);
	err_cause(e, *pair == '=' || !*pair ? "it has no name" : "its name has a blank or control character");
	return err_hint(e, "write NAME=VALUE");
}

const char *name_path(struct arena *a, const char *path)
{
	struct str out = { .arena = a };

	if (path[0] != '/')
		return NULL;
	while (*path) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len == 2 && path[0] == '.' && path[1] == '.')
			return NULL;
		if (len > 0 && !(len == 1 && path[0] == '.')) {
			str_add(&out, "/");
			str_addn(&out, path, len);
		}
		path += len;
	}
	return out.len ? out.p : "/";
}

int name_cgroup(struct arena *a, const char *text, const char **path, struct err *e)
{
	struct str out = { .arena = a };
	const char *s = text + strspn(text, "/");
	size_t len = 0;

	for (; *s; s += len + strspn(s + len, "/")) {
		len = strcspn(s, "/");
		if (strspn(s, LETTERS DIGITS "_.:@-") < len || strspn(s, ".") >= len) {
			err_set(e, "bad-cgroup", EINVAL, "cgroup '%s'", text);
			err_cause(e, "'%.*s' is not the name of a cgroup", (int)len, s);
			return err_hint(e, "use letters, digits and _ . : @ - with slashes between");
		}
		str_add(&out, out.len ? "/" : "");
		str_addn(&out, s, len);
	}
	if (out.len) {
		*path = out.p;
		return 0;
	}
	err_set(e, "bad-cgroup", EINVAL, "cgroup '%s'", text);
	return err_cause(e, "it names the root cgroup, where the whole machine lives");
}
