/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/archive/layer_name.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

#define WHITEOUT ".wh."
#define OPAQUE   ".wh..wh..opq"

int layer_name_bad(const char *name, const char *cause, struct err *e)
{
	return err_set(e, "archive-name", EINVAL, "unpack %s", name ?: "an entry"), err_cause(e, "%s", cause);
}

int layer_name_clean(struct arena *scratch, const char *name, const char **path, struct err *e)
{
	struct str out = { .arena = scratch };
	size_t n;

	if (!name || !*name)
		return layer_name_bad(name, "it has no name", e);
	for (; *name; name += n) {
		name += strspn(name, "/");
		n = strcspn(name, "/");
		if (n == 2 && name[0] == '.' && name[1] == '.')
			return layer_name_bad(name, "its name leads upwards", e);
		if (n == 0 || (n == 1 && name[0] == '.'))
			continue;
		str_add(&out, out.len ? "/" : "");
		str_addn(&out, name, n);
	}
	*path = str_get(&out);
	return 0;
}

enum layer_hides layer_name_hides(const char *name, const char **hidden)
{
	*hidden = str_after(name, WHITEOUT);
	if (!*hidden)
		return HIDES_NOTHING;
	if (str_eq(name, OPAQUE))
		return HIDES_ALL;
	if (str_after(*hidden, WHITEOUT))
		return HIDES_PASSED_OVER;
	return !**hidden || str_eq(*hidden, ".") || str_eq(*hidden, "..") ? HIDES_BAD : HIDES_ONE;
}
