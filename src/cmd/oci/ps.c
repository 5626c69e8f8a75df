/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cmd/oci/options.h"
#include "cmd/processes.h"
#include "kernel/cgroup/cgroup.h"

struct ps_options {
	const char *format;
};

static const struct opt ps_table[] = {
	{ "format", 'f', "FORMAT", opt_choice, offsetof(struct ps_options, format),
	  "table, or json: the pids alone", "table json" },
	{ 0 },
};

static void print_json(const pid_t *pids, size_t n)
{
	/* Go's null: a list that was never made */
	if (!n) {
		puts("null");
		return;
	}
	for (size_t i = 0; i < n; i++)
		printf("%s%d", i ? "," : "[", pids[i]);
	puts("]");
}

static int ps_run(struct call *call, struct err *e)
{
	struct ps_options po = { .format = "table" };
	struct oci_container o;
	struct strv words;
	pid_t *pids = NULL;
	size_t n = 0;
	int r = opt_parse(call, &po, &words, e);

	if (r || (r = oci_find(call, &o, words.v[0], e)) < 0)
		return r;
	r = o.rec.cgroup ? cgroup_pids(call->arena, o.rec.cgroup, &pids, &n) : 0;
	if (r < 0)
		r = err_set(e, "ps", -r, "read the processes in %s", o.rec.cgroup);
	else if (str_eq(po.format, "json"))
		print_json(pids, n);
	else
		r = processes_print(call->arena, &(struct strv){ words.v + 1, words.n - 1 }, pids, n, e);
	oci_close(&o);
	return r;
}

const struct command oci_ps_command = {
	.name = "ps",
	.operands = "CONTAINER [PS-OPTION...]",
	.summary = "list the processes of a container, as ps(1) shows them",
	.options = ps_table,
	.min = 1,
	.max = COMMAND_ANY,
	.options_first = true,
	.run = ps_run,
};
