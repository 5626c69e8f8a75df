/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A volume that is used for the first time begins with what the container's root has at that path.
 *
 * INIT copies it, since it has the root as the container will have it: image, layer and id maps. It is in the
 * container's own mount and pid namespaces, if there is one in its user namespace, and what it reads is another's: so it goes
 * from descriptor to descriptor, follows no link and crosses no mount (kernel/fs/copytree.h).
 *
 *     fresh      nobody has used it yet
 *     filling    somebody fills it; without its lock: somebody was killed while filling it, and it is emptied
 *     neither    it has been used: what is in it is the user's
 *
 * The volume's directory is locked meanwhile (flock(2)), and no container has it mounted before the second mark is gone: so
 * nobody ever sees a half of it. One that has something in it already, as its owner put it there, stays as it is.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/fs/copytree.h"
#include "kernel/fs/inroot.h"
#include "plan/live.h"
#include "plan/plan.h"

static int failed(const struct step_volume *s, int r, struct err *e)
{
	err_set(e, "volume-fill", -r, "fill volume %s with what %s has", s->path, s->target);
	if (r == -ELOOP)
		err_cause(e, "directories in it are more than 256 deep");
	return r;
}

static int open_volume(const struct step_volume *s, struct live *live)
{
	int fd = s->tree ? openat(live->trees[s->tree - 1], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) :
			   open(s->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return -errno;
	return fd;
}

static bool has_mark(int volume, const char *mark)
{
	return faccessat(volume, mark, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_empty(int data)
{
	autoclose int fd = openat(data, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(fd);

	return fd >= 0 && !io_dir_next(&d);
}

/* What is no directory in the root, or is not there, gives nothing. */
static int copy_into(const struct step_volume *s, struct live *live, int data)
{
	int from = inroot_open(live->root, s->target, O_PATH | O_DIRECTORY);

	return from == -ENOENT || from == -ENOTDIR ? 0 : from < 0 ? from : copytree(from, data, true);
}

static int fill(const struct step_volume *s, struct live *live, int volume)
{
	int data = openat(volume, "_data", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r = 0;
	bool half = has_mark(volume, "filling");

	if (data < 0)
		return -errno;
	if (half)
		r = copytree_empty(data);
	else if (!has_mark(volume, "fresh"))
		return 0; /* another was faster */
	else if (renameat(volume, "fresh", volume, "filling") < 0)
		r = -errno;
	if (r == 0 && s->copy && is_empty(data))
		r = copy_into(s, live, data);
	if (r == 0 && unlinkat(volume, "filling", 0) < 0)
		r = -errno;
	return r;
}

/* The descriptors are left to exec, but for the one that has the lock. */
static int volume_apply(const struct step *s, struct live *live, struct err *e)
{
	autoclose int volume = open_volume(&s->volume, live);
	int r = volume < 0 ? volume : fill(&s->volume, live, volume);

	return r < 0 ? failed(&s->volume, r, e) : 0;
}

static void volume_show(const struct step *s, struct str *out)
{
	const char *path = str_shell(out, s->volume.path), *target = str_shell(out, s->volume.target);

	str_addf(out, "mkdir -p %s/_data\n", path);
	if (s->volume.copy)
		str_addf(
			out,
			"[ ! -d \"$root\"%s ] || [ -n \"$(ls -A %s/_data)\" ] || cp -a \"$root\"%s/. %s/_data/\n",
			target, path, target, path);
	str_addf(out, "rm -f %s/fresh\n", path);
}

static void volume_show_undo(const struct step *s, struct str *out)
{
	if (s->volume.anonymous)
		str_addf(out, "rm -rf %s\n", str_shell(out, s->volume.path));
}

/* What is in it since is the user's. */
static int volume_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	const char *path = want->volume.path;
	autoclose int volume = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (volume < 0 && errno != ENOENT)
		return -errno;
	if (volume < 0 || !has_mark(volume, "_data")) {
		str_addf(text, "there is no volume %s", path);
		return READ_MISSING;
	}
	if (!has_mark(volume, "fresh") && !has_mark(volume, "filling"))
		return READ_FOUND;
	str_addf(text, "%s is not filled", path);
	return READ_CHANGED;
}

static const struct field volume_fields[] = {
	FIELD(STR, volume, path, .compare = COMPARE_KEY),
	/* only as it was made */
	FIELD(STR, volume, target, .compare = COMPARE_NOT),
	FIELD(BOOL, volume, copy, .compare = COMPARE_NOT),
	FIELD(BOOL, volume, anonymous, .compare = COMPARE_NOT),
	FIELD(U64, volume, tree, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_volume = {
	.name = "volume",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = volume_fields,
	.apply = volume_apply,
	.show = volume_show,
	.show_undo = volume_show_undo,
	.read = volume_read,
};

bool plan_fills_volume(const struct plan *p, const char *path)
{
	const struct step *s;

	for (size_t at = 0; (s = plan_next(p, STEP_VOLUME, &at));)
		if (s->volume.tree && str_eq(s->volume.path, path))
			return true;
	return false;
}
