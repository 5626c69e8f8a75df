/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/opt.h"
#include "cmd/rows.h"

/* How ls and inspect of images, networks and volumes print what they found. Both put the rows. */

/* ls: JSON in a line each, a template of the call's, or else `usual`, whose headings are those of the fields: pairs
 * FIELD, HEADING, NULL at the end; NULL: without. -EINVAL "bad-template". */
int listing_print(struct call *call, const char *usual, const char *const *headings, const struct rows *rows,
		  struct err *e);

/* inspect: a template of the call's, or else all in one JSON array. -EINVAL "bad-template". */
int listing_inspect(struct call *call, const struct rows *rows, struct err *e);
