/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-c/json_types.h>

#include "cmd/opt.h"
#include "state/state.h"

/* Print containers and images, each by its name, as JSON or as the template of the call; type: "container" or "image" only,
 * or NULL. What is not there is reported. */
int inspect_print(struct call *call, const char *type, const struct strv *names, struct err *e);

/* An image; `images` (state/images.h) may be -1. e may have what was said of a container of that name. In guise itself, which
 * knows little of images, this executes guise-image with the same words. -ENOENT "no-image". */
int inspect_image(struct call *call, struct state *st, int images, const char *name, json_object **o,
		  struct err *e);
