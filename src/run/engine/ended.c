/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/ended.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/fs/inroot.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/overlay.h"
#include "kernel/process/userns.h"
#include "plan/steps/idmap.h"
#include "run/engine/image_view.h"
#include "run/engine/own_ids.h"
#include "state/layer.h"

static int lock(struct control *k, struct err *e)
{
	int r = k->c.locked ? 0 : container_lock(&k->c, false);

	return r < 0 ? err_set(e, "container-busy", EBUSY, "open the root of container %s", k->rec.name),
	       err_cause(e, "another guise is at work on it"), err_hint(e, "try again") : 0;
}

static int open_dir(int layer, const char *name)
{
	return openat(layer, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The n-th overlay, detached: by descriptors, so that no name has to be told from an option. */
static int overlay(const struct step_root *root, int layer, unsigned n, const char *source, struct err *e)
{
	char name[LAYER_NAME_MAX], work_name[LAYER_NAME_MAX], data[128];
	autoclose int lower = open(source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int r;

	if (lower < 0 || fstat(lower, &st) < 0)
		return err_set(e, "root-missing", errno, "open root file system %s", source);
	snprintf(work_name, sizeof(work_name), "work%u", n);
	/* if the container has never run */
	r = overlay_make_dirs(layer, layer_upper(name, n), work_name, &st,
			      !root->userxattr || root->from_host);
	if (r < 0)
		return err_set(e, "root-layer", -r, "make the container's layer %s", root->layer);
	autoclose int upper = open_dir(layer, name);
	autoclose int work = open_dir(layer, work_name);
	if (upper < 0 || work < 0)
		return err_set(e, "root-layer", errno, "open the container's layer %s", root->layer);
	snprintf(data, sizeof(data),
		 "lowerdir=/proc/self/fd/%d,upperdir=/proc/self/fd/%d,workdir=/proc/self/fd/%d%s", lower,
		 upper, work, root->userxattr ? ",userxattr" : "");
	int fd = mount_new("overlay", "overlay", data, 0);
	return fd < 0 ? err_set(e, "root-overlay", -fd, "mount an overlay over %s", source) : fd;
}

/* Those of further directories, within the one of the root. */
static int overlays_below(const struct step_root *root, int layer, int at, struct err *e)
{
	for (size_t i = 0; i < root->below.n; i++) {
		autoclose int fd = overlay(root, layer, (unsigned)i + 1, root->below.v[i], e);
		autoclose int place = fd < 0 ? -1 : inroot_open(at, root->below.v[i], O_PATH | O_DIRECTORY);
		int r = fd < 0 ? fd : place < 0 ? place : mount_attach(fd, place, "");

		if (r < 0)
			return fd < 0 ? r : err_set(e, "root-mount", -r, "mount on %s", root->below.v[i]);
	}
	return 0;
}

/* The layer once more, by its path: an overlay is made of what the caller's mount namespace shows, and the
 * container's directory was opened in another. */
static int open_here(const struct control *k, const struct step_root *root)
{
	autoclose int known = layer_open(&k->c);
	autoclose int here = open(root->layer, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat a, b;

	if (known < 0)
		return known;
	if (here < 0 || fstat(known, &a) < 0 || fstat(here, &b) < 0)
		return -errno;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino ? take_fd(&here) : -ESTALE;
}

/* A user's layers are mounted with the ids that the user's containers usually have. What a container wrote with others would
 * seem to be somebody else's, and what is copied to it would be. */
static int check_ids(const struct control *k, struct err *e)
{
	const struct step_idmap *map = plan_idmap(&k->rec.plan);
	struct own_ids own;

	if (geteuid() == 0)
		return 0;
	own_ids(k->arena, &own);
	if (map && userns_has_map(own.uid_map, map->uid) && userns_has_map(own.gid_map, map->gid))
		return 0;
	return err_set(e, "ended-userns", ENOTSUP, "open the root of container %s", k->rec.name),
	       err_cause(e,
			 "it has ended, and had other ids than this user's containers have without --userns"),
	       err_hint(e, "guise start %s, then again while it runs", k->rec.name);
}

static int mount_layers(struct control *k, const struct step_root *root, struct err *e)
{
	const char *why;
	int r;

	if ((r = check_ids(k, e)) < 0 || (r = lock(k, e)) < 0 || (r = own_ids_mounts(k->arena, &why, e)) < 0)
		return r;
	autoclose int layer = open_here(k, root);
	if (layer < 0)
		return err_set(e, "root-layer", -layer, "open the container's layer %s", root->layer);
	if (root->layers)
		return image_view_written(root, layer, e);
	if (mkdirat(layer, "root", 0755) < 0 && errno != EEXIST)
		return err_set(e, "root-layer", errno, "make %s/root", root->layer);
	autoclose int place = open_dir(layer, "root");
	autoclose int fd = overlay(root, layer, 0, root->source, e);
	if (fd < 0)
		return fd;
	r = place < 0 ? -errno : mount_attach(fd, place, "");
	if (r < 0)
		return err_set(e, "root-mount", -r, "mount the root file system on %s/root", root->layer);
	r = overlays_below(root, layer, fd, e);
	return r < 0 ? r : take_fd(&fd);
}

int ended_root(struct control *k, struct err *e)
{
	const struct step_root *root = plan_root(&k->rec.plan);
	int fd;

	if (root && root->overlay && root->layer && !root->empty)
		return mount_layers(k, root, e);
	if (!root || root->overlay)
		return err_set(e, "no-files", ENOENT, "open the root of container %s", k->rec.name),
		       err_cause(e, "it is %s, and keeps no root of its own", control_status(k)),
		       err_hint(e, "copy while it runs");
	fd = open(root->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_set(e, "root-missing", errno, "open root file system %s", root->source) : fd;
}
