/* SPDX-License-Identifier: GPL-2.0-or-later */

/* load: images of an archive into the store. */
#include <errno.h>
#include <string.h>

#include "cmd/engine/look.h"
#include "cmd/image/take.h"

struct load_options {
	struct take_options take;
	const char *input;
};

static const struct opt load_table[] = {
	{ "input", 'i', "FILE", opt_string, offsetof(struct load_options, input),
	  "the archive, instead of standard input", "@file" },
	TAKE_ROWS,
	{ 0 },
};

/* `docker save` has written both kinds in its time, and podman does: what is in it tells. */
static int load_run(struct call *call, struct err *e)
{
	struct load_options o = { .take = TAKE_DEFAULTS };
	struct image_source source = { .transport = TRANSPORT_DOCKER_ARCHIVE };
	struct strv none;
	int r = opt_parse(call, &o, &none, e);

	if (r)
		return r;
	source.path = o.input ?: "/dev/stdin";
	return take(call, &o.take, &source, e);
}

const struct command load_command = {
	.name = "load",
	.also = "image load",
	.operands = "",
	.summary = IMAGE_LOAD,
	.details =
		"Takes archives of docker save and podman save, of both of their formats, also compressed.",
	.options = load_table,
	.run = load_run,
};
