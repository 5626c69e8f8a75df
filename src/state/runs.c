/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The runs of a container that is kept: see state.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "state/state.h"

enum { NUMBER_MAX = 16 };

static int open_runs(const struct container *c)
{
	return openat(c->dir, "runs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* 0: that is no run's. */
static unsigned number_of(const char *name)
{
	return strlen(name) <= 9 && strspn(name, "0123456789") == strlen(name) ? (unsigned)atoi(name) : 0;
}

static void leave_run(struct container *c)
{
	if (c->run)
		close(c->run_dir);
	c->run = 0;
}

static int enter_run(struct container *c, int runs, unsigned n)
{
	char name[NUMBER_MAX];

	snprintf(name, sizeof(name), "%u", n);
	leave_run(c);
	c->run_dir = openat(runs, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->run_dir < 0)
		return -errno;
	c->run = n;
	return 0;
}

void container_find_run(struct container *c)
{
	autoclose int runs = open_runs(c);
	struct io_dir d = IO_DIR(runs);
	unsigned last = 0;

	for (const char *name; runs >= 0 && (name = io_dir_next(&d));)
		last = number_of(name) > last ? number_of(name) : last;
	if (!last || enter_run(c, runs, last) < 0)
		leave_run(c);
}

int container_run_dir(const struct container *c)
{
	return c->run ? c->run_dir : c->dir;
}

int container_begin_run(struct container *c, struct err *e)
{
	char name[NUMBER_MAX];
	int r;

	container_find_run(c);
	if (mkdirat(c->dir, "runs", 0700) < 0 && errno != EEXIST)
		return err_set(e, "state", errno, "make the runs of container %.12s", c->id);
	autoclose int runs = open_runs(c);
	snprintf(name, sizeof(name), "%u", c->run + 1);
	r = runs < 0 || mkdirat(runs, name, 0700) < 0 ? -errno : enter_run(c, runs, c->run + 1);
	return r < 0 ? err_set(e, "state", -r, "make run %s of container %.12s", name, c->id) : 0;
}

static int remove_run(int runs, unsigned n)
{
	char name[NUMBER_MAX];

	snprintf(name, sizeof(name), "%u", n);
	return io_remove_tree(runs, name);
}

int container_drop_run(struct container *c, struct err *e)
{
	autoclose int runs = open_runs(c);
	int r = !c->run ? 0 : runs < 0 ? -errno : remove_run(runs, c->run);

	if (r < 0)
		return err_set(e, "state", -r, "remove run %u of container %.12s", c->run, c->id);
	container_find_run(c);
	return 0;
}

void container_forget_runs(const struct container *c)
{
	autoclose int runs = open_runs(c);
	struct io_dir d = IO_DIR(runs);

	for (const char *name; runs >= 0 && (name = io_dir_next(&d));)
		if (number_of(name) && number_of(name) < c->run)
			remove_run(runs, number_of(name));
}
