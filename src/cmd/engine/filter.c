/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/filter.h"

#include <string.h>

#include "base/str.h"

static bool has_label(const struct strv *labels, const char *want)
{
	const char *rest;

	for (size_t i = 0; i < labels->n; i++)
		if ((rest = str_after(labels->v[i], want)) &&
		    (!*rest || (*rest == '=' && !strchr(want, '='))))
			return true;
	return false;
}

bool filter_labels(const struct strv *labels, const struct strv *wanted)
{
	for (size_t i = 0; i < wanted->n; i++)
		if (!has_label(labels, wanted->v[i]))
			return false;
	return true;
}
