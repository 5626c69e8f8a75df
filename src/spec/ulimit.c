/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/ulimit.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/str.h"
#include "kernel/process/rlimit.h"
#include "spec/value.h"

static bool read_limit(const char *s, uint64_t *n)
{
	if (str_eq(s, "-1") || str_eq(s, "unlimited")) {
		*n = RLIM_INFINITY;
		return true;
	}
	return value_digits(s, strlen(s), UINT64_MAX - 1, n) == 0;
}

int ulimit_parse(struct arena *a, const char *text, struct spec_rlimit *limit, struct err *e)
{
	char *name = arena_strdup(a, text), *soft = strchr(name, '='), *hard = NULL;
	const char *wrong = NULL;

	if (soft) {
		*soft++ = '\0';
		if ((hard = strchr(soft, ':')))
			*hard++ = '\0';
	}
	*limit = (struct spec_rlimit){ .resource = rlimit_from_name(name) };
	if (limit->resource < 0)
		wrong = "no resource has that name";
	else if (!soft)
		wrong = "it has no value";
	else if (!read_limit(soft, &limit->soft) || !read_limit(hard ? hard : soft, &limit->hard))
		wrong = "a limit is neither a number nor -1";
	else if (limit->soft > limit->hard)
		wrong = "the soft limit is above the hard limit";
	if (!wrong)
		return 0;
	err_set(e, "bad-ulimit", EINVAL, "limit '%s'", text);
	err_cause(e, "%s", wrong);
	return err_hint(e, "write NAME=SOFT[:HARD], such as nofile=1024:4096");
}
