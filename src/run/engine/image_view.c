/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/image_view.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/fs/overlay.h"

static int failed(const struct step_root *root, int no, struct err *e)
{
	return err_set(e, "root-overlay", no, "mount the layers of the image in %s", root->source);
}

/* Relative names, since the options of many layers have to fit into a page. */
static int view(const struct step_root *root, const char *at, struct err *e)
{
	char options[4096];
	int fd, r;

	if (mount("tmpfs", at, "tmpfs", MS_NOSUID | MS_NODEV, "mode=700") < 0 || chdir(at) < 0 ||
	    mkdir("root", 0700) < 0)
		return failed(root, errno, e);
	if ((r = root_link_image(root, NULL)) < 0)
		return failed(root, -r, e);
	if (root->layers > 1) {
		stpcpy(root_put_layers(stpcpy(options, "lowerdir="), "image/", root->layers),
		       root->userxattr ? ",userxattr" : "");
		if (mount("overlay", "root", "overlay", MS_RDONLY, options) < 0)
			return failed(root, errno, e);
	}
	fd = open(root->layers > 1 ? "root" : "image/0", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? failed(root, errno, e) : fd;
}

static int make_dirs(const struct step_root *root)
{
	struct stat st;
	int r;

	if ((r = root_link_image(root, NULL)) < 0)
		return r;
	if (stat("image/0", &st) < 0)
		return -errno;
	if ((r = overlay_make_dirs(AT_FDCWD, "upper0", "work0", &st, true)) < 0)
		return r;
	return mkdir("root", 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static int view_written(const struct step_root *root, int layer, struct err *e)
{
	char options[4096];
	int fd, r;

	if ((r = fchdir(layer) < 0 ? -errno : make_dirs(root)) < 0)
		return failed(root, -r, e);
	stpcpy(root_put_layers(stpcpy(options, "lowerdir="), "image/", root->layers),
	       root->userxattr ? ",upperdir=upper0,workdir=work0,userxattr" :
				 ",upperdir=upper0,workdir=work0");
	if (mount("overlay", "root", "overlay", 0, options) < 0)
		return failed(root, errno, e);
	fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? failed(root, errno, e) : fd;
}

/* Where the caller was: relative paths are theirs. */
static int open_here(void)
{
	return open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int go_back(int here, int fd, struct err *e)
{
	if (fd < 0 || here < 0 || fchdir(here) == 0)
		return fd;
	close(fd);
	return err_set(e, "state", errno, "go back to the working directory");
}

int image_view(const struct step_root *root, const char *at, struct err *e)
{
	autoclose int here = open_here();

	return go_back(here, view(root, at, e), e);
}

int image_view_written(const struct step_root *root, int layer, struct err *e)
{
	autoclose int here = open_here();

	return go_back(here, view_written(root, layer, e), e);
}
