/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/filter.h"

#include <errno.h>

#include "base/io.h"

static const char file[] = "filter";

int oci_filter_save(const struct oci_container *o, const struct seccomp_filter *f, struct err *e)
{
	struct str out = { .arena = o->arena };
	int r;

	if (!f)
		return 0;
	seccomp_filter_put(&out, f);
	r = io_write_file(o->c.dir, file, out.p, out.len, 0600);
	return r < 0 ? err_set(e, "state", -r, "write the filter of container %s", o->c.id) : 0;
}

int oci_filter_load(const struct oci_container *o, const struct seccomp_filter **f, struct err *e)
{
	struct seccomp_filter *filter = arena_new(o->arena, struct seccomp_filter);
	char *data;
	size_t len;
	int r;

	*f = NULL;
	if (!plan_seccomp(&o->rec.plan))
		return 0;
	r = io_read_file(o->arena, o->c.dir, file, SECCOMP_FILTER_BYTES_MAX, &data, &len);
	if (r == 0 && !seccomp_filter_get(o->arena, data, len, filter))
		r = -EINVAL;
	if (r < 0)
		return err_set(e, "state", -r, "read the filter of container %s", o->c.id);
	*f = filter;
	return 0;
}
