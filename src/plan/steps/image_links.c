/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The layers of an image by short names, image/0, image/1, ..., so that the options of an overlay of many fit
 * into a page: where all are directories "image" is a link to the image itself. Where some are EROFS images, it
 * is a directory of links to the others, and of mounts of these.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "kernel/fs/erofs.h"
#include "plan/steps/root.h"

bool root_is_erofs(const struct strv *erofs, unsigned i)
{
	char number[ROOT_LAYER_NAME];

	str_put_number(number, i);
	return strv_has(erofs, number);
}

/* What a container's layer on disk has of the run before. The link first: through it the store's own would be
 * removed. */
static void clear(const struct step_root *s)
{
	char name[ROOT_LAYER_NAME];

	if (unlink("image") == 0 || errno != EISDIR)
		return;
	for (unsigned i = 0; i < s->layers; i++) {
		root_layer_name(name, "image/", i);
		if (unlink(name) < 0)
			rmdir(name);
	}
	rmdir("image");
}

/* trees: the next of HOST's mounts of EROFS images. */
static int place(const struct step_root *s, unsigned i, const int **trees)
{
	char name[ROOT_LAYER_NAME], path[PATH_MAX];

	if (strlen(s->source) + ROOT_LAYER_NAME > sizeof(path))
		return -ENAMETOOLONG;
	root_layer_name(name, "image/", i);
	str_put_number(stpcpy(stpcpy(path, s->source), "/"), i);
	if (root_is_erofs(&s->erofs, i))
		return *trees ? erofs_attach(*(*trees)++, AT_FDCWD, name) :
				erofs_mount_at(AT_FDCWD, name, path);
	return symlink(path, name) < 0 ? -errno : 0;
}

int root_link_image(const struct step_root *s, const int *trees)
{
	int r = 0;

	clear(s);
	if (!s->erofs.n)
		return symlink(s->source, "image") < 0 ? -errno : 0;
	if (mkdir("image", 0755) < 0)
		return -errno;
	for (unsigned i = 0; r == 0 && i < s->layers; i++)
		r = place(s, i, &trees);
	return r;
}
