/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/look/labs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "observe/goals/goal.h"

/* ---- where they are ---- */

/* Of one that was built and not installed, BUILD/src/guise: those of the sources, above BUILD. */
static const char *of_build(struct arena *a)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	for (int up = 0; up < 4 && strrchr(path, '/'); up++) {
		*strrchr(path, '/') = '\0';
		/* meson's own directory tells a BUILD from any other place */
		if (up == 1 && access(arena_printf(a, "%s/meson-private", path), F_OK) < 0)
			return NULL;
		const char *dir = arena_printf(a, "%s/data/labs", path);

		if (up > 1 && access(dir, F_OK) == 0)
			return dir;
	}
	return NULL;
}

static const char *find_dir(struct arena *a, const char *dir)
{
	const char *named = getenv("GUISE_LABS");

	if (!dir)
		dir = named && *named ? named : of_build(a);
	return dir ? dir : GUISE_DATADIR "/guise/labs";
}

/* ---- reading them ---- */

static int by_number(const void *one, const void *other)
{
	const struct lab *a = one, *b = other;

	return a->number < b->number ? -1 : a->number > b->number;
}

static int read_one(struct arena *a, int dir, const char *file, struct lab *l, struct err *e)
{
	char *text;
	size_t len;
	int r = io_read_file(a, dir, file, LAB_FILE_MAX, &text, &len);

	if (r < 0)
		return err_set(e, "lab-bad", -r, "read %s", file);
	r = lab_parse(a, arena_strdup(a, file), text, len, l, e);
	for (size_t i = 0; r == 0 && i < l->n_goals; i++)
		r = goal_check(l, &l->goals[i], e);
	return r;
}

static int twice(const struct lab *l, struct err *e)
{
	return err_set(e, "lab-bad", EEXIST, "read %s", l[1].file),
	       err_cause(e, "%s has that number or name, too", l[0].file), err_hint(e, "rename one of them");
}

int labs_read(struct arena *a, const char *dir, struct labs *labs, struct err *e)
{
	const char *name;
	struct lab l;
	int r = 0;

	*labs = (struct labs){ .dir = find_dir(a, dir) };
	autoclose int fd = open(labs->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir list = IO_DIR(fd);

	if (fd < 0)
		return err_set(e, "labs-missing", errno, "open the directory of labs %s", labs->dir),
		       err_hint(e, "name another with --labs DIR or GUISE_LABS");
	while (r == 0 && (name = io_dir_next(&list))) {
		size_t len = strlen(name);

		if (len < 4 || strcmp(name + len - 4, ".lab") != 0)
			continue;
		if ((r = read_one(a, fd, name, &l, e)) == 0)
			arena_push(a, labs->v, labs->n, l);
	}
	if (labs->n)
		qsort(labs->v, labs->n, sizeof(*labs->v), by_number);
	for (size_t i = 1; r == 0 && i < labs->n; i++)
		if (labs->v[i].number == labs->v[i - 1].number)
			r = twice(&labs->v[i - 1], e);
	return r;
}

/* ---- finding one ---- */

static int no_lab(const struct labs *labs, const char *ref, struct err *e)
{
	return err_set(e, "no-lab", ENOENT, "lab %s", ref), err_cause(e, "there is none in %s", labs->dir),
	       err_hint(e, "guise lab list names them");
}

static int find_random(const struct labs *labs, const struct lab **l, struct err *e)
{
	uint32_t n = 0, skip;

	for (size_t i = 0; i < labs->n; i++)
		n += lab_is_broken(&labs->v[i]);
	if (!n)
		return no_lab(labs, "random", e);
	if (getrandom(&skip, sizeof(skip), 0) != sizeof(skip))
		return err_set(e, "random", errno, "choose a lab at random");
	skip %= n;
	for (size_t i = 0;; i++)
		if (lab_is_broken(&labs->v[i]) && skip-- == 0) {
			*l = &labs->v[i];
			return 0;
		}
}

static bool is_called(const struct lab *l, const char *ref)
{
	size_t stem = strlen(l->file) - 4;
	char *end;
	unsigned long n = strtoul(ref, &end, 10);

	return str_eq(l->name, ref) || str_eq(l->file, ref) ||
	       (strlen(ref) == stem && strncmp(l->file, ref, stem) == 0) ||
	       (*ref >= '0' && *ref <= '9' && !*end && n == l->number);
}

int labs_find(const struct labs *labs, const char *ref, const struct lab **l, struct err *e)
{
	if (str_eq(ref, "random"))
		return find_random(labs, l, e);
	for (size_t i = 0; i < labs->n; i++)
		if (is_called(&labs->v[i], ref)) {
			*l = &labs->v[i];
			return 0;
		}
	return no_lab(labs, ref, e);
}

/* ---- what one begins with ---- */

/* The lab that l starts from; NULL: none. */
static int find_before(const struct labs *labs, const struct lab *l, const struct lab **before, struct err *e)
{
	int r;

	*before = NULL;
	if (!l->after)
		return 0;
	if ((r = labs_find(labs, l->after, before, e)) < 0)
		return err_prefix(e, "%s starts where another ends", l->file);
	if ((*before)->number < l->number)
		return 0;
	return err_set(e, "lab-bad", EINVAL, "read %s", l->file),
	       err_cause(e, "it starts where %s ends, which comes after it", (*before)->file),
	       err_hint(e, "name one with a smaller number in after:");
}

static void add_script(struct arena *a, struct lab_scripts *s, const struct lab *l, const char *text)
{
	struct lab_script one = { l->file, text };

	if (text)
		arena_push(a, s->v, s->n, one);
}

int labs_setup(struct arena *a, const struct labs *labs, const struct lab *l, struct lab_scripts *s,
	       struct err *e)
{
	const struct lab *before;
	int r = find_before(labs, l, &before, e);

	/* each has a smaller number: it ends */
	if (r == 0 && before && (r = labs_setup(a, labs, before, s, e)) == 0)
		add_script(a, s, before, before->solution);
	if (r == 0)
		add_script(a, s, l, l->setup);
	return r;
}

int labs_undo(struct arena *a, const struct labs *labs, const struct lab *l, struct lab_scripts *s,
	      struct err *e)
{
	const struct lab *before;
	int r = find_before(labs, l, &before, e);

	if (r < 0)
		return r;
	if (!l->undo)
		return err_set(e, "lab-not-on-host", ENOTSUP, "do lab %s on this machine itself", l->name),
		       err_cause(e, "it needs a machine of its own"), err_hint(e, "leave out --on-host");
	add_script(a, s, l, l->undo);
	return before ? labs_undo(a, labs, before, s, e) : 0;
}
