/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/look/lab_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "cmd/look/lab_random.h"

#define FILE_LAB    "lab"       /* the name of the file, a line, and what is in it */
#define FILE_HINTS  "lab-hints" /* a number */
#define FILE_RANDOM "lab-random"

static int write_file(int dir, const char *name, const char *text, size_t len, struct err *e)
{
	int r = io_write_file(dir, name, text, len, 0600);

	return r < 0 ? err_set(e, "state", -r, "write %s of the lab", name) : 0;
}

int lab_run_write(struct arena *a, int dir, const struct labs *labs, const struct lab *l, bool is_random,
		  struct err *e)
{
	const char *path = arena_printf(a, "%s/%s", labs->dir, l->file);
	struct str text = { .arena = a };
	char *file;
	int r = io_read_file(a, AT_FDCWD, path, LAB_FILE_MAX, &file, NULL);

	if (r < 0)
		return err_set(e, "lab-bad", -r, "read %s", l->file);
	str_addf(&text, "%s\n%s", l->file, file);
	if (is_random && (r = write_file(dir, FILE_RANDOM, "", 0, e)) < 0)
		return r;
	return write_file(dir, FILE_LAB, text.p, text.len, e);
}

static int parse_file(struct lab_run *run, char *text, size_t len, struct err *e)
{
	char *end = memchr(text, '\n', len);

	if (!end)
		return err_set(e, "lab-bad", EBADMSG, "read the file of the lab that runs");
	*end = '\0';
	return lab_parse(run->arena, text, end + 1, len - (size_t)(end + 1 - text), &run->lab, e);
}

int lab_run_read(struct arena *a, int dir, struct lab_run *run, struct err *e)
{
	char *text, number[16] = "";
	size_t len;
	int r = dir < 0 ? -ENOENT : io_read_file(a, dir, FILE_LAB, LAB_FILE_MAX + 256, &text, &len);

	*run = (struct lab_run){ .arena = a, .dir = dir };
	if (r < 0)
		return lab_run_none(e);
	io_read_small(dir, FILE_HINTS, number, sizeof(number));
	run->hints = (unsigned)strtoul(number, NULL, 10);
	run->is_random = faccessat(dir, FILE_RANDOM, F_OK, 0) == 0;
	if ((r = parse_file(run, text, len, e)) == 0 && run->is_random)
		lab_disguise(a, &run->lab);
	return r;
}

int lab_run_hinted(struct lab_run *run, struct err *e)
{
	const char *text = arena_printf(run->arena, "%u\n", ++run->hints);

	return write_file(run->dir, FILE_HINTS, text, strlen(text), e);
}

int lab_run_none(struct err *e)
{
	return err_set(e, "no-lab-runs", ENOENT, "find the lab"), err_cause(e, "no lab runs"),
	       err_hint(e, "start one: guise lab start 1");
}
