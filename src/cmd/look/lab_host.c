/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/look/lab_host.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "cmd/look/lab_check.h"
#include "kernel/process/spawn.h"

#define DIRECTORY "lab-on-host"
#define FILE_UNDO "undo"

static int open_dir(struct state *st)
{
	return openat(st->fd, DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* By a shell that stops at the first failure; what it prints is in the way. */
static int run_script(struct arena *a, const char *what, const char *script, struct err *e)
{
	const char *quiet = arena_printf(a, "exec </dev/null >/dev/null\n%s", script);
	char *argv[] = { "/bin/sh", "-ec", (char *)quiet, NULL };
	int status = 0, r = spawn_wait(argv, -1, &status, e);

	if (r < 0)
		return r;
	if (!status)
		return 0;
	return err_set(e, "lab-setup", ECHILD, "run the script of %s", what),
	       err_cause(e, "it ended with status %d", status);
}

/* All that the lab, and those before it, want to be so: is any of it so already? */
static int check_free(struct arena *a, const struct labs *labs, const struct lab *l, struct err *e)
{
	struct lab_verdict v;
	const struct lab *before = l;
	int r = 0;

	while (r == 0 && before) {
		if ((r = lab_check(a, before, -1, -1, &v, e)) < 0)
			return r;
		for (size_t i = 0; i < before->n_goals; i++)
			if (!v.missing[i])
				return err_set(e, "lab-there", EEXIST, "do lab %s on this machine itself",
					       l->name),
				       err_cause(e, "here is already what it asks for: %s",
						 before->goals[i].text),
				       err_hint(e, "leave out --on-host");
		if (!before->after)
			break;
		r = labs_find(labs, before->after, &before, e);
	}
	return r;
}

static int write_undo(int dir, struct arena *a, const struct lab_scripts *undo, struct err *e)
{
	struct str text = { .arena = a };
	int r;

	/* each for itself: what is not there any more is no reason to leave the rest */
	for (size_t i = 0; i < undo->n; i++)
		str_addf(&text, "(\n%s\n) 2>/dev/null || :\n", undo->v[i].text);
	r = io_write_file(dir, FILE_UNDO, text.p, text.len, 0600);
	return r < 0 ? err_set(e, "state", -r, "write %s of the lab", FILE_UNDO) : 0;
}

static int begin(struct state *st, struct arena *a, const struct labs *labs, const struct lab *l,
		 bool is_random, const struct lab_scripts *undo, struct err *e)
{
	struct lab_scripts setup = { 0 };
	int r = labs_setup(a, labs, l, &setup, e);
	autoclose int dir = r == 0 ? open_dir(st) : -1;

	if (r < 0 || (r = write_undo(dir, a, undo, e)) < 0)
		return r;
	for (size_t i = 0; r == 0 && i < setup.n; i++)
		r = run_script(a, setup.v[i].what, setup.v[i].text, e);
	return r < 0 ? r : lab_run_write(a, dir, labs, l, is_random, e);
}

static int runs_already(struct err *e)
{
	return err_set(e, "lab-runs", EEXIST, "start a lab on this machine itself"),
	       err_cause(e, "one runs here already"), err_hint(e, "end it: guise lab stop --on-host");
}

int lab_host_start(struct state *st, struct arena *a, const struct labs *labs, const struct lab *l,
		   bool is_random, struct err *e)
{
	struct lab_scripts undo = { 0 };
	int r;

	if (faccessat(st->fd, DIRECTORY, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return runs_already(e);
	if ((r = labs_undo(a, labs, l, &undo, e)) < 0 || (r = check_free(a, labs, l, e)) < 0)
		return r;
	if (mkdirat(st->fd, DIRECTORY, 0700) < 0)
		return errno == EEXIST ? runs_already(e) :
					 err_set(e, "state", errno, "make %s/" DIRECTORY, st->path);
	if ((r = begin(st, a, labs, l, is_random, &undo, e)) < 0)
		lab_host_stop(st, a, &(struct err){ 0 });
	return r;
}

int lab_host_open(struct state *st, struct arena *a, int *dir, struct lab_run *run, struct err *e)
{
	*dir = open_dir(st);
	return lab_run_read(a, *dir, run, e);
}

int lab_host_stop(struct state *st, struct arena *a, struct err *e)
{
	autoclose int dir = open_dir(st);
	char *undo;
	int r;

	if (dir < 0)
		return 0;
	r = io_read_file(a, dir, FILE_UNDO, 1 << 20, &undo, NULL);
	if (r == 0 && (r = run_script(a, "what takes the lab away", undo, e)) < 0)
		return r;
	r = io_remove_tree(st->fd, DIRECTORY);
	return r < 0 ? err_set(e, "state", -r, "remove %s/" DIRECTORY, st->path) : 0;
}
