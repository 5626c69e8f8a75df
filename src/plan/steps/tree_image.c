/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * STEP_TREE of an image: its layers below a writable one, for a container in a user namespace.
 *
 * HOST puts it together, and not INIT as without one: only privilege over a file system may map its owners, and in a user
 * namespace an overlay believes no mark of a layer that root has unpacked (trusted.overlay.*). Each layer is mounted once more,
 * detached, with the owners mapped by the container's user namespace, the writable one, too: on disk they are those
 * inside, whichever range of ids the next run has.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/fs/erofs.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/overlay.h"
#include "plan/live.h"
#include "plan/steps/steps.h"

struct image {
	const struct step_tree *step;
	int userns;
	int lower[ROOT_LAYERS_MAX];
	unsigned n;
	struct stat top; /* the uppermost layer's root, as it is on disk */
};

static int failed(const struct step_tree *s, int r, struct err *e)
{
	err_set(e, "image-userns", -r, "put the layers of %s together, with the owners of a user namespace",
		s->source);
	if (r == -EINVAL || r == -EBADF || r == -EOPNOTSUPP)
		err_cause(e, "this kernel, or the file system that they are on, can't (%s)", mount_log());
	return err_hint_for(
		e, EINVAL,
		"that takes Linux 6.15, and ext4, xfs or btrfs; leave out --userns, or export it and "
		"run dir:PATH");
}

/* A mount of it, with mapped owners, mounted nowhere. */
static int open_mapped(struct image *i, const char *path)
{
	autoclose int fd = root_is_erofs(&i->step->erofs, i->n) ? erofs_mount(AT_FDCWD, path) :
								  mount_clone(AT_FDCWD, path, false);
	int r = fd;

	if (fd >= 0 && !i->n && fstat(fd, &i->top) < 0)
		r = -errno;
	if (r >= 0)
		r = mount_idmap(fd, i->userns, false);

	return r < 0 ? r : take_fd(&fd);
}

static int open_lower(struct image *i)
{
	char path[4096];

	while (i->n < i->step->layers) {
		if (i->n == ROOT_LAYERS_MAX ||
		    snprintf(path, sizeof(path), "%s/%u", i->step->source, i->n) >= (int)sizeof(path))
			return -E2BIG;
		int fd = open_mapped(i, path);

		if (fd < 0)
			return fd;
		i->lower[i->n++] = fd;
	}
	return 0;
}

/* The writable layer: a directory on disk, or in memory. Made with root's own ids, and mapped then. Its root is
 * as the uppermost layer's: /tmp and the like stay what they are. Of the run before it may be there. */
static int open_layer(const struct image *i)
{
	const char *path = i->step->layer;
	autoclose int fd = path ? mount_clone(AT_FDCWD, path, false) :
				  mount_new("tmpfs", "tmpfs", "mode=755", 0);
	int r = fd < 0 ? fd : overlay_make_dirs(fd, "upper0", "work0", &i->top, true);

	if (r == 0)
		r = mount_idmap(fd, i->userns, false);
	return r < 0 ? r : take_fd(&fd);
}

/* What is root's on disk is of the id outside that is root inside. */
static int put_together(struct image *i)
{
	int r = open_lower(i);
	autoclose int layer = r < 0 ? r : open_layer(i);
	autoclose int upper = layer < 0 ?
				      -1 :
				      openat(layer, "upper0", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	autoclose int work = layer < 0 ?
				     -1 :
				     openat(layer, "work0", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (layer < 0)
		return layer;
	if (upper < 0 || work < 0 || fstat(work, &st) < 0)
		return -errno;
	return overlay_mount_fds(i->lower, i->n, upper, work, st.st_uid, st.st_gid);
}

int step_tree_image(const struct step_tree *s, int userns, struct err *e)
{
	struct image i = { .step = s, .userns = userns };
	int fd = put_together(&i);

	while (i.n > 0)
		close(i.lower[--i.n]);
	return fd < 0 ? failed(s, fd, e) : fd;
}
