/* SPDX-License-Identifier: GPL-2.0-or-later */
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

/* The name of who made the container, from the machine's /etc/passwd; "#1000" for one that it doesn't name. */
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

static void print_row(const struct oci_container *o, const char *who, const char *created)
{
	printf("%-12s %-11d %-11s %s   %s   %s\n", o->c.id, oci_pid(o), oci_status_name[o->status],
	       o->rec.bundle ? o->rec.bundle : "", created, who);
}

static void print_one(struct call *call, const struct oci_container *o, const struct list_options *lo, struct str *json)
{
	char created[40];

	if (lo->quiet) {
		puts(o->c.id);
	} else if (str_eq(lo->format, "json")) {
		str_add(json, json->len > 1 ? "," : "");
		oci_list_json(o, owner(call->arena, o), json);
	} else {
		print_row(o, owner(call->arena, o), record_time(o->rec.created, created));
	}
}

static int list_run(struct call *call, struct err *e)
{
	struct list_options lo = { .format = "table" };
	struct str json = { .arena = call->arena };
	struct strv none, ids;
	struct state st;
	int r = opt_parse(call, &lo, &none, e);

	if (r || (r = oci_state_open(call, &st, e)) < 0 || (r = oci_list(&st, call->arena, &ids, e)) < 0)
		return r;
	if (!lo.quiet && !str_eq(lo.format, "json"))
		printf("%-12s %-11s %-11s %s   %s   %s\n", "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER");
	str_add(&json, "[");
	for (size_t i = 0; i < ids.n; i++) {
		struct oci_container o;
		struct err one;
		int n = oci_open(&o, &st, call->arena, ids.v[i], &one);

		if (n == 0 && o.recorded)
			print_one(call, &o, &lo, &json);
		else if (n < 0 && n != -ENOENT)
			oci_log_warning(call, &one);
		oci_close(&o);
	}
	if (!lo.quiet && str_eq(lo.format, "json"))
		printf("%s]\n", json.p);
	return 0;
}

const struct command oci_list_command = {
	.name = "list",
	.summary = "list the containers",
	.options = list_table,
	.max = 0,
	.run = list_run,
};
