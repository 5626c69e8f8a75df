/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A mount point that a tree used in place lacks. INIT makes it, as it does in any root; what this step is
 * for is its undo, so that the tree is in the end as its owner left it.
 *
 * The kernel lets a directory be removed on which another mount namespace has mounted something, and then
 * takes the mount away there. Another container in the same tree may have begun later and use what was
 * made for this one. So every guise holds a shared lock on the tree that its container lives in
 * (run/engine/tree.h), and here it must become an exclusive one: else the mount point stays. Only what is
 * empty goes.
 */
#include "plan/steps/steps.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/fs/inroot.h"
#include "plan/live.h"
#include "plan/look.h"

static int made_apply(const struct step *s, struct live *live, struct err *e)
{
	return 0;
}

static void made_show(const struct step *s, struct str *out)
{
	str_addf(out, "# %s is missing in %s: made there by what is mounted on it, and taken away again\n",
		 str_shell_comment(out, s->made.top), str_shell_comment(out, s->made.root));
}

static void made_show_undo(const struct step *s, struct str *out)
{
	const char *path = s->made.path;
	size_t len = strlen(path), top = strlen(s->made.top);

	for (bool file = s->made.file; len >= top; file = false) {
		str_add(out, file ? "rm -f " : "rmdir ");
		str_add_shell(out, arena_printf(out->arena, "%s%.*s", s->made.root, (int)len, path));
		str_add(out, " 2>/dev/null || :\n");
		do
			len--;
		while (path[len] != '/');
	}
}

static int made_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct look l;
	int r = look_at(t, want->made.path, true, &l);

	if (r < 0)
		return look_failed(r, want->made.path, text);
	fd_close(&l.fd);
	return READ_FOUND;
}

static void remove_one(int tree, const char *path, bool file)
{
	const char *name = strrchr(path, '/') + 1;
	char parent[4096];
	struct stat st;

	if (name - path >= (ssize_t)sizeof(parent))
		return;
	*(char *)mempcpy(parent, path, (size_t)(name - path)) = '\0';
	autoclose int dir = inroot_open(tree, parent, O_PATH | O_DIRECTORY);
	if (dir < 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (file && (!S_ISREG(st.st_mode) || st.st_size)))
		return;
	unlinkat(dir, name,
		 file ? 0 : AT_REMOVEDIR); /* fails for what is not empty, or on a read-only file system */
}

static int made_undo(const struct step *s, struct live *live, struct err *e)
{
	char path[4096];
	size_t top = strlen(s->made.top);

	if (live->tree < 0)
		live->tree = open(s->made.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (live->tree < 0 || strlen(s->made.path) >= sizeof(path) ||
	    flock(live->tree, LOCK_EX | LOCK_NB) < 0)
		return 0;
	strcpy(path, s->made.path);
	for (bool file = s->made.file; strlen(path) >= top; file = false) {
		remove_one(live->tree, path, file);
		*strrchr(path, '/') = '\0';
	}
	return 0;
}

static const struct field made_fields[] = {
	FIELD(STR, made, root, .compare = COMPARE_NOT),
	FIELD(STR, made, path, .compare = COMPARE_KEY),
	FIELD(STR, made, top, .compare = COMPARE_NOT),
	FIELD(BOOL, made, file, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_made = {
	.name = "made",
	.section = SECTION_ROOT,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = made_fields,
	.apply = made_apply,
	.show = made_show,
	.show_undo = made_show_undo,
	.read = made_read,
	.undo = made_undo,
};
