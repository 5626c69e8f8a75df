/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>

#include "base/fd.h"
#include "kernel/fs/inroot.h"
#include "plan/build/parts.h"

/* Whoever takes something away has the lock for a moment alone; a stranger may have it for ever. */
static bool lock_tree(struct live *live, const char *path)
{
	enum { TRIES = 200, TRY_MS = 10 };
	int r = -1;

	live->tree = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; live->tree >= 0 && i < TRIES && (r = flock(live->tree, LOCK_SH | LOCK_NB)) < 0 &&
			errno == EWOULDBLOCK;
	     i++)
		poll(NULL, 0, TRY_MS);
	return r == 0;
}

static bool exists(int tree, const char *path, int flags)
{
	autoclose int fd = inroot_open(tree, path, O_PATH | flags);

	return fd >= 0 || fd != -ENOENT;
}

/* The beginning of path that is the topmost thing missing; NULL: nothing is, or a link that dangles is in
 * the way. */
static const char *topmost_missing(struct arena *a, int tree, const char *path)
{
	if (exists(tree, path, 0))
		return NULL;
	for (const char *end = path; *end;) {
		end = strchrnul(end + 1, '/');
		const char *begin = arena_strndup(a, path, (size_t)(end - path));

		if (!exists(tree, begin, 0))
			return exists(tree, begin, O_NOFOLLOW) ? NULL : begin;
	}
	return NULL;
}

static bool lies_below(const char *path, const char *dir)
{
	const char *rest = str_after(path, dir);

	return rest && (*rest == '/' || str_eq(dir, "/"));
}

/* What lies below an earlier mount is made in that. */
static bool is_covered(const struct plan *p, const struct step *mount, const char *target)
{
	struct mounted m;

	for (const struct step *s = p->steps; s < mount; s++)
		if (step_makes_place(s, &m) && lies_below(target, m.target))
			return true;
	return false;
}

static void find_missing(const struct plan *p, int tree, const char *root, struct plan *made)
{
	for (const struct step *s = p->steps; s < p->steps + p->count; s++) {
		const char *top;
		struct mounted m;

		if (!step_makes_place(s, &m) || is_covered(p, s, m.target) ||
		    !(top = topmost_missing(p->arena, tree, m.target)))
			continue;
		parts_made(made, root, &m, top);
	}
}

void tree_prepare(struct plan *p, struct live *live)
{
	const struct step_root *root = plan_root(p);
	struct plan all = { .arena = p->arena };

	if (!root || root->overlay || root->stays || !lock_tree(live, root->source))
		return;
	find_missing(p, live->tree, root->source, &all);
	for (size_t i = 0; all.count && i < p->count; i++)
		plan_copy(&all, &p->steps[i]);
	if (all.count)
		*p = all;
}
