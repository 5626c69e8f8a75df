/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <sys/file.h>

#include "base/fd.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "cmd/image/show.h"
#include "state/images.h"

static int tag_run(struct call *call, struct err *e)
{
	autoclose int images = -1;
	struct image image;
	struct strv words;
	struct state st;
	int r = opt_parse(call, NULL, &words, e);

	if (r || (r = show_open(call, &st, &images, LOCK_SH, e)) < 0)
		return r;
	r = images_find(&st, images, call->arena, words.v[0], &image, e);
	for (size_t i = 1; r == 0 && i < words.n; i++) {
		struct reference name;

		if ((r = show_new_name(call, words.v[i], &name, e)) == 0)
			r = images_name(images, call->arena, &name, image.digest, e);
	}
	return r;
}

const struct command tag_command = {
	.name = "tag",
	.also = "image tag",
	.operands = "IMAGE NAME[:TAG]...",
	.summary = IMAGE_TAG,
	.details = "A NAME without a registry is one of localhost.",
	.min = 2,
	.max = COMMAND_ANY,
	.run = tag_run,
};
