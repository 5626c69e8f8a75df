/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "kernel/process/caller.h"
#include "kernel/process/helper.h"

/* Linked into guise and guise-look: in guise-image the commands of the same names are those that it is for. */

static int image_run(struct call *call, struct err *e)
{
	char path[HELPER_PATH_MAX];
	const char *program = helper_path(secure_getenv("GUISE_IMAGE"), "guise-image", path);

	caller_return();
	execv(program, call->line);
	return err_set(e, "process", errno, "start %s", program),
	       err_hint_for(e, ENOENT, "it is installed with guise, or found by GUISE_IMAGE");
}

/* clang-format off */
#define IMAGE(name_, summary_) { .name = name_, .summary = summary_, .elsewhere = true, .run = image_run }
/* clang-format on */

const struct command load_command = IMAGE("load", IMAGE_LOAD);
const struct command pull_command = IMAGE("pull", IMAGE_PULL);
const struct command images_command = IMAGE("images", IMAGE_IMAGES);
const struct command tag_command = IMAGE("tag", IMAGE_TAG);
const struct command rmi_command = IMAGE("rmi", IMAGE_RMI);
