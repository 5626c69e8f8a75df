/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The working directory of the command, and directories of the root that shall be there. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/fs/inroot.h"
#include "plan/live.h"
#include "plan/look.h"

/* A directory outside has no path below our root: getcwd(2) says "(unreachable)", getcwd(3) fails. */
static bool is_inside(void)
{
	char path[PATH_MAX];

	return getcwd(path, sizeof(path)) && *path == '/';
}

static int workdir_apply(const struct step *s, struct live *live, struct err *e)
{
	if (str_eq(s->workdir.path, "/"))
		return 0; /* where the change of roots ends, and where setns(2) puts guise exec */
	/* after the pivot, so live->root is /; made where missing, as docker does */
	autoclose int dir = s->workdir.must_exist ?
				    inroot_open(live->root, s->workdir.path, O_PATH | O_DIRECTORY) :
				    inroot_make_dir(live->root, s->workdir.path, false);

	if (dir < 0 || fchdir(dir) < 0)
		return err_set(e, "workdir", dir < 0 ? -dir : errno, "change to the working directory %s",
			       s->workdir.path);
	if (is_inside())
		return 0;
	err_set(e, "workdir-outside", EXDEV, "change to the working directory %s", s->workdir.path);
	return err_cause(e, "it lies outside the container's root file system");
}

static void workdir_show(const struct step *s, struct str *out)
{
	str_add(out, "mkdir -p ");
	str_add_shell(out, s->workdir.path);
	str_add(out, "\ncd ");
	str_add_shell(out, s->workdir.path);
	str_add(out, "\n");
}

/* Where the first process is now. It may have gone elsewhere since, as any may: then nobody knows where it
 * began. */
static int workdir_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	const char *path = want->workdir.path, *proc = arena_printf(t->arena, "/proc/%d/cwd", t->pid);
	char now[4096];
	struct look l = { .fd = -1 };
	struct stat cwd;
	int r = path ? look_at(t, path, true, &l) : 0;
	ssize_t n;

	if (r < 0)
		return look_failed(r, path, text);
	fd_close(&l.fd);
	if (stat(proc, &cwd) < 0 || (n = readlink(proc, now, sizeof(now))) < 0)
		return look_failed(-errno, proc, text);
	have->workdir.path = path && cwd.st_dev == l.st.st_dev && cwd.st_ino == l.st.st_ino ?
				     path :
				     arena_strndup(t->arena, now, (size_t)n);
	return READ_FOUND;
}

static const struct field workdir_fields[] = {
	FIELD(STR, workdir, path, .own = true, .label = "its first process is by now in"),
	FIELD(BOOL, workdir, must_exist, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_workdir = {
	.name = "workdir",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = workdir_fields,
	.apply = workdir_apply,
	.show = workdir_show,
	.read = workdir_read,
};

/* The same, as long as it can be made. */
static int directory_apply(const struct step *s, struct live *live, struct err *e)
{
	autoclose int dir = inroot_make_dir(live->root, s->directory.path, false);

	return dir < 0 ? err_set(e, "workdir", -dir, "make the directory %s", s->directory.path) : 0;
}

static void directory_show(const struct step *s, struct str *out)
{
	str_add(out, "mkdir -p \"$root\"");
	str_add_shell(out, s->directory.path);
	str_add(out, "\n");
}

static int directory_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct look l;
	int r = look_at(t, want->directory.path, true, &l);

	if (r < 0)
		return look_failed(r, want->directory.path, text);
	fd_close(&l.fd);
	if (S_ISDIR(l.st.st_mode))
		return READ_FOUND;
	str_addf(text, "%s is no directory", want->directory.path);
	return READ_CHANGED;
}

static const struct field directory_fields[] = { FIELD(STR, directory, path, .compare = COMPARE_KEY), { 0 } };

const struct step_ops step_directory = {
	.name = "directory",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = directory_fields,
	.apply = directory_apply,
	.show = directory_show,
	.read = directory_read,
};
