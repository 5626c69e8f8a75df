/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Files that guise makes for the container: its /etc/hosts and others. They lie in a small tmpfs, each
 * bound over its place, so that what the container writes to them is its own memory, and little of it.
 *
 * What is mounted nowhere cannot be bound (until Linux 6.15). So STEP_FILES mounts the tmpfs where
 * STEP_ROOT then mounts the root over it: no path leads there, only live->files, and it goes with the
 * host's mounts at the change of roots. To unmount it would be to wait for an RCU grace period.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/fs/inroot.h"
#include "kernel/fs/mount.h"
#include "net/names.h"
#include "plan/compare.h"
#include "plan/live.h"
#include "plan/look.h"
#include "plan/plan.h"
#include "plan/talk.h"

/* ---- files ---- */

#define FILES_OPTIONS "size=16m,nr_inodes=8,mode=755"

static int files_apply(const struct step *s, struct live *live, struct err *e)
{
	int fd = mount_new("tmpfs", "tmpfs", FILES_OPTIONS,
			   MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	int r = fd < 0 ? fd : mount_attach(fd, AT_FDCWD, s->files.at);

	if (r < 0)
		return err_set(e, "files", -r, "make a tmpfs for files of the container");
	live->files = fd;
	return 0;
}

/* In a script the root would lie over it, too. */
static void files_show(const struct step *s, struct str *out)
{
	str_add(out, "mkdir \"$work\"/files  # an empty directory, wherever it is\n"
		     "mount -t tmpfs -o nosuid,nodev,noexec," FILES_OPTIONS " tmpfs \"$work\"/files\n");
}

/* ---- file ---- */

/* Its name in the tmpfs: the last one of its path. */
static const char *name_of(const struct step_file *s)
{
	const char *slash = strrchr(s->path, '/');

	return slash ? slash + 1 : s->path;
}

/* Their lines begin at a multiple of their length: net/names.h. HOST keeps the file, to change it. */
static int add_others(int fd, size_t len, struct live *live)
{
	char gap[NAMES_SLOT];
	int r;

	if ((r = io_write_all(fd, gap, names_end_head(len, gap))) < 0 ||
	    (r = io_write_all(fd, live->others.p, live->others.len)) < 0)
		return r;
	return talk_say_hosts(live, fd);
}

/* A mount of it alone. The descriptors are left to exec, as those of plan/steps/mount.c. */
static int make_file(const struct step_file *s, struct live *live)
{
	size_t len = strlen(s->text);
	int fd = openat(live->files, name_of(s), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int r = fd < 0 ? -errno : io_write_all(fd, s->text, len);

	if (r == 0 && s->others)
		r = add_others(fd, len, live);
	return r < 0 ? r : mount_clone(live->files, name_of(s), false);
}

/* A root file system that has no place for it, and where none can be made, goes without. */
static int file_apply(const struct step *s, struct live *live, struct err *e)
{
	int place = inroot_make_file(live->root, s->file.path), fd, r;

	if (place < 0)
		return 0;
	if ((fd = make_file(&s->file, live)) < 0)
		return err_set(e, "file", -fd, "make %s for the container", s->file.path);
	r = mount_attach(fd, place, "");
	return r < 0 ? err_set(e, "mount", -r, "mount a file on %s", s->file.path) : 0;
}

static void file_show(const struct step *s, struct str *out)
{
	const char *name = str_shell(out, name_of(&s->file)), *path = str_shell(out, s->file.path);
	const char *dir = str_shell(
		out, arena_strndup(out->arena, s->file.path, (size_t)(name_of(&s->file) - s->file.path)));

	str_addf(out, "printf %%s %s > \"$work\"/files/%s\n", str_shell(out, s->file.text), name);
	if (s->file.others)
		str_add(out, "# and a line for each other on its networks, for as long as that is there\n");
	str_addf(
		out,
		"if [ -e \"$root\"%s ] || { mkdir -p \"$root\"%s && touch \"$root\"%s; } 2>/dev/null; then\n",
		path, dir, path);
	str_addf(out, "\tmount --bind \"$work\"/files/%s \"$root\"%s\nfi\n", name, path);
}

static int file_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	const char *path = want->file.path;
	struct look l;
	int r = look_at_mount(t, path, &l);

	if (r == -ENOENT && look_at(t, path, true, &l) == -ENOENT)
		return READ_NEEDLESS;
	if (r == -ENOENT) {
		fd_close(&l.fd);
		str_addf(text, "nothing is mounted on %s", path);
		return READ_MISSING;
	}
	if (r < 0)
		return look_failed(r, path, text);
	fd_close(&l.fd);
	if (str_eq(l.mount->type, "tmpfs"))
		return READ_FOUND;
	str_addf(text, "%s is of a %s", path, l.mount->type);
	return READ_CHANGED;
}

/* The text is the container's to change, and nothing of it is opened for reading. */
static const struct field file_fields[] = {
	FIELD(STR, file, path, .compare = COMPARE_KEY),
	FIELD(STR, file, text, .compare = COMPARE_NOT),
	FIELD(BOOL, file, others, .compare = COMPARE_NOT),
	{ 0 },
};

static bool file_mounts(const struct step *s, size_t n, struct mounted *m)
{
	*m = (struct mounted){ .target = s->file.path, .place = PLACE_FILE };
	return n == 0;
}

const struct step_ops step_file = {
	.name = "file",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = file_fields,
	.apply = file_apply,
	.show = file_show,
	.read = file_read,
	.mounts = file_mounts,
};

/* ---- files, once more ---- */

/* It is nowhere by itself: it is there if one of them shows it. */
static int files_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct str ignored = { .arena = t->arena };

	for (size_t i = 0; i < t->plan->count; i++)
		if (t->plan->steps[i].kind == STEP_FILE &&
		    step_check(&t->plan->steps[i], t, &ignored) == FOUND_AS_PLANNED)
			return READ_FOUND;
	str_add(text, "none of its files can be seen");
	return READ_UNKNOWN;
}

static const struct field files_fields[] = { FIELD(STR, files, at, .compare = COMPARE_NOT), { 0 } };

const struct step_ops step_files = {
	.name = "files",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = files_fields,
	.apply = files_apply,
	.show = files_show,
	.read = files_read,
};
