/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "cmd/oci/log.h"
#include "cmd/oci/options.h"

struct list_options {
	const char *format;
	bool quiet;
};

#define AT(member) offsetof(struct list_options, member)

static const struct opt list_table[] = {
	{ "format", 'f', "FORMAT", opt_choice, AT(format), "table or json", "table json" },
	{ "quiet", 'q', NULL, opt_flag, AT(quiet), "the ids alone" },
	{ 0 },
};

/* The name of the container's maker, from the machine's /etc/passwd; "#1000" for one that it doesn't name. */
static const char *owner(struct arena *a, const struct oci_container *o)
{
	enum { MAX = 4 << 20 };
	struct stat st;
	char *text, *line;
	uint32_t uid;

	if (fstat(o->c.dir, &st) < 0)
		return "";
	if (io_read_file(a, AT_FDCWD, "/etc/passwd", MAX, &text, NULL) == 0)
		while ((line = strsep(&text, "\n")))
			if (sscanf(line, "%*[^:]:%*[^:]:%u:", &uid) == 1 && uid == st.st_uid)
				return arena_strndup(a, line, strcspn(line, ":"));
	return arena_printf(a, "#%u", st.st_uid);
}

/* ---- the table ---- */

enum { COLUMNS = 6 };

/* Cells, row by row, each column as wide as its widest. */
static void print_table(const struct strv *cells)
{
	size_t width[COLUMNS] = { 0 };

	for (size_t i = 0; i < cells->n; i++)
		if (strlen(cells->v[i]) > width[i % COLUMNS])
			width[i % COLUMNS] = strlen(cells->v[i]);
	for (size_t i = 0; i < cells->n; i++)
		if (i % COLUMNS < COLUMNS - 1)
			printf("%-*s   ", (int)width[i % COLUMNS], cells->v[i]);
		else
			puts(cells->v[i]);
}

static void add_row(struct arena *a, struct strv *cells, const char *const row[COLUMNS])
{
	for (size_t i = 0; i < COLUMNS; i++)
		strv_push(a, cells, row[i]);
}

static void add_container(struct arena *a, struct strv *cells, const struct oci_container *o)
{
	char created[40];

	add_row(a, cells,
		(const char *[]){ o->c.id, arena_printf(a, "%d", oci_pid(o)), oci_status_name[o->status],
				  o->rec.bundle ? o->rec.bundle : "",
				  arena_strdup(a, record_time(o->rec.created, created)), owner(a, o) });
}

/* ---- all of it ---- */

struct listing {
	struct strv cells;
	struct str json;
};

static void add_one(struct call *call, const struct oci_container *o, const struct list_options *lo,
		    struct listing *l)
{
	if (lo->quiet) {
		puts(o->c.id);
	} else if (str_eq(lo->format, "json")) {
		str_add(&l->json, l->json.len > 1 ? "," : "");
		oci_list_json(o, owner(call->arena, o), &l->json);
	} else {
		add_container(call->arena, &l->cells, o);
	}
}

/* list makes no state directory: where there never was a container, there is none. */
static int find_ids(struct call *call, struct state *st, struct strv *ids, struct err *e)
{
	const char *root = oci_global(call)->root;
	int r = state_find(st, call->arena, "guise-oci", root, e);

	*ids = (struct strv){ 0 };
	if (r == -ENOENT && !root) {
		*e = (struct err){ 0 };
		return 0;
	}
	return r < 0 ? r : oci_list(st, call->arena, ids, e);
}

static int list_run(struct call *call, struct err *e)
{
	struct list_options lo = { .format = "table" };
	struct listing l = { .json = { .arena = call->arena } };
	struct strv none, ids;
	struct state st;
	int r = opt_parse(call, &lo, &none, e);

	if (r || (r = find_ids(call, &st, &ids, e)) < 0)
		return r;
	add_row(call->arena, &l.cells,
		(const char *[]){ "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" });
	str_add(&l.json, "[");
	for (size_t i = 0; i < ids.n; i++) {
		struct oci_container o;
		struct err one;
		int n = oci_open(&o, &st, call->arena, ids.v[i], &one);

		if (n == 0 && o.recorded)
			add_one(call, &o, &lo, &l);
		else if (n < 0 && n != -ENOENT) /* its record is broken: the others are listed all the same */
			oci_log_warning(call, &one);
		oci_close(&o);
	}
	if (lo.quiet)
		return 0;
	if (str_eq(lo.format, "json"))
		printf("%s]\n", l.json.p);
	else
		print_table(&l.cells);
	return 0;
}

const struct command oci_list_command = {
	.name = "list",
	.summary = "list the containers",
	.options = list_table,
	.max = 0,
	.run = list_run,
};
