/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/device.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "spec/name.h"
#include "spec/value.h"

/* Some of r, w and m, each at most once. */
static bool is_access(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > 3 || strspn(s, "rwm") < len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (strchr(s + i + 1, s[i]))
			return false;
	return true;
}

int device_parse(struct arena *a, const char *text, struct spec_device *device, struct err *e)
{
	char *host = arena_strdup(a, text), *path = strchr(host, ':'), *access = NULL;

	if (path) {
		*path++ = '\0';
		if ((access = strchr(path, ':')))
			*access++ = '\0';
		else if (is_access(path))
			access = path, path = NULL;
	}
	*device = (struct spec_device){ .host = name_path(a, host),
					.path = name_path(a, path ? path : host) };
	if (device->host && device->path && !str_eq(device->path, "/") &&
	    is_access(access ? access : "rwm")) {
		strcpy(device->access, access ? access : "rwm");
		return 0;
	}
	err_set(e, "bad-device", EINVAL, "device '%s'", text);
	if (!device->host || !device->path || str_eq(device->path, "/"))
		err_cause(e, "not an absolute path without '..'");
	else
		err_cause(e, "'%s' is not of r, w and m", access);
	return err_hint(e, "write /dev/NAME[:PATH-INSIDE[:rwm]]");
}

/* Cut "DEVICE:RATE" in two. The rate, or NULL with e filled. */
static const char *cut_rate(struct arena *a, const char *text, struct spec_throttle *t, const char *form,
			    struct err *e)
{
	const char *colon = strrchr(text, ':');

	if (colon && (t->device = name_path(a, arena_strndup(a, text, colon - text))))
		return colon + 1;
	err_set(e, "bad-throttle", EINVAL, "limit '%s'", text);
	err_cause(e, "not the absolute path of a device, a colon and a rate");
	err_hint(e, "write %s", form);
	return NULL;
}

int device_parse_bps(struct arena *a, const char *text, struct spec_throttle *t, struct err *e)
{
	const char *rate = cut_rate(a, text, t, "/dev/NAME:SIZE, such as /dev/sda:1m", e);
	int64_t n;

	if (!rate || value_size(rate, &n, e) < 0)
		return -e->no;
	t->rate = n;
	return 0;
}

int device_parse_iops(struct arena *a, const char *text, struct spec_throttle *t, struct err *e)
{
	const char *rate = cut_rate(a, text, t, "/dev/NAME:NUMBER, such as /dev/sda:100", e);
	int64_t n;

	if (!rate || value_number(rate, 0, INT64_MAX, &n, e) < 0)
		return -e->no;
	t->rate = n;
	return 0;
}
