/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/engine/commands.h"
#include "cmd/engine/inspect.h"
#include "cmd/engine/look.h"
#include "kernel/process/caller.h"
#include "kernel/process/helper.h"
#include "state/images.h"

/* Linked into guise and guise-look: in guise-image the commands of the same names are those that it is for. */

/* It returns only where that cannot be. */
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
#define IMAGE_ALSO(name_, also_, summary_) \
	{ .name = name_, .also = also_, .summary = summary_, .elsewhere = true, .run = image_run }
#define IMAGE(name_, summary_) IMAGE_ALSO(name_, NULL, summary_)
/* clang-format on */

int inspect_image(struct call *call, struct state *st, int images, const char *name, json_object **o,
		  struct err *e)
{
	if (images >= 0)
		return image_run(call, e);
	return e->no ? -e->no : images_find(st, images, call->arena, name, &(struct image){ 0 }, e);
}

const struct command load_command = IMAGE_ALSO("load", "image load", IMAGE_LOAD);
const struct command pull_command = IMAGE_ALSO("pull", "image pull", IMAGE_PULL);
const struct command push_command = IMAGE_ALSO("push", "image push", IMAGE_PUSH);
const struct command login_command = IMAGE("login", IMAGE_LOGIN);
const struct command logout_command = IMAGE("logout", IMAGE_LOGOUT);
const struct command images_command = IMAGE_ALSO("images", "image ls, image list", IMAGE_IMAGES);
const struct command image_inspect_command = IMAGE("image inspect", IMAGE_INSPECT);
const struct command history_command = IMAGE_ALSO("history", "image history", IMAGE_HISTORY);
const struct command save_command = IMAGE_ALSO("save", "image save", IMAGE_SAVE);
const struct command commit_command = IMAGE("commit", IMAGE_COMMIT);
const struct command import_command = IMAGE_ALSO("import", "image import", IMAGE_IMPORT);
const struct command bundle_command = IMAGE("bundle", IMAGE_BUNDLE);
const struct command image_prune_command = IMAGE("image prune", IMAGE_PRUNE);
const struct command df_command = IMAGE("system df", IMAGE_DF);
const struct command tag_command = IMAGE_ALSO("tag", "image tag", IMAGE_TAG);
const struct command rmi_command = IMAGE_ALSO("rmi", "image rm, image remove", IMAGE_RMI);
