/* SPDX-License-Identifier: GPL-2.0-or-later */

/* volume rm and prune. */
#include <errno.h>
#include <stdio.h>
#include <sys/file.h>

#include "base/fd.h"
#include "cmd/engine/ask.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/filter.h"
#include "run/engine/volume_sweep.h"
#include "state/volumes.h"

struct rm_options {
	bool force, all;
	struct strv filters;
};

/* Locked, and with who uses which. volumes: -1 where there are none. */
struct rm {
	struct call *call;
	struct state st;
	int volumes;
	struct strv used;
};

static int begin(struct call *call, struct rm *rm, struct err *e)
{
	int r = command_state(call, &rm->st, e);

	rm->call = call;
	rm->volumes = -1;
	if (r < 0)
		return r;
	rm->volumes = volumes_open(&rm->st, false, LOCK_EX, e);
	if (rm->volumes < 0)
		return rm->volumes == -ENOENT ? 0 : rm->volumes;
	return volumes_used(&rm->st, call->arena, NULL, &rm->used, e);
}

/* The content goes when others may work again. */
static int end(struct rm *rm, int r, struct err *e)
{
	if (rm->volumes < 0)
		return r;
	fd_close(&rm->volumes);
	return r < 0 ? r : volume_sweep(&rm->st, e);
}

static int remove_one(struct rm *rm, const char *name, struct err *e)
{
	const char *user = containers_user(&rm->used, name);
	struct volume v;
	int r = volumes_load(&rm->st, rm->volumes, rm->call->arena, name, &v, e);

	/* one whose file can't be read is removed, too */
	if (r == -ENOENT || (r < 0 && !str_eq(e->code, "volume-bad")))
		return r;
	if (user)
		return err_set(e, "volume-used", EBUSY, "remove volume %s", name),
		       err_cause(e, "container %s uses it", user),
		       err_hint(e, "guise %srm %s removes that first", rm->st.flag, user);
	return volumes_remove(&rm->st, rm->volumes, name, e);
}

static int rm_run(struct call *call, struct err *e)
{
	struct rm_options o = { 0 };
	struct strv names;
	struct rm rm = { 0 };
	int r = opt_parse(call, &o, &names, e);

	if (r)
		return r;
	r = begin(call, &rm, e);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		struct err one = { 0 };
		int n = remove_one(&rm, names.v[i], &one);

		if (n == 0)
			printf("%s\n", names.v[i]);
		else if (!(n == -ENOENT && o.force))
			command_report(call, &one);
	}
	return end(&rm, r, e);
}

static const struct opt rm_table[] = {
	{ "force", 'f', NULL, opt_flag, offsetof(struct rm_options, force),
	  "one that isn't there is no error" },
	{ 0 },
};

const struct command volume_rm_command = {
	.name = "volume rm",
	.operands = "VOLUME...",
	.summary = "remove volumes that no container uses, and what is in them",
	.details = "A container that has ended uses its volumes, too, as long as it is there.",
	.options = rm_table,
	.min = 1,
	.max = COMMAND_ANY,
	.run = rm_run,
};

/* ---- prune ---- */

static const struct opt prune_table[] = {
	{ "all", 'a', NULL, opt_flag, offsetof(struct rm_options, all), "also those that have a name" },
	{ "filter", 0, "FILTER", opt_list, offsetof(struct rm_options, filters),
	  "only those with label=NAME[=VALUE]", .many = true },
	{ "force", 'f', NULL, opt_flag, offsetof(struct rm_options, force),
	  "don't ask (else a y is read from standard input)" },
	{ 0 },
};

static int take_labels(struct arena *a, const struct strv *filters, struct strv *labels, struct err *e)
{
	for (size_t i = 0; i < filters->n; i++) {
		const char *label = str_after(filters->v[i], "label=");

		if (!label)
			return err_set(e, "bad-filter", EINVAL, "--filter: '%s'", filters->v[i]),
			       err_cause(e, "no filter has that name"), err_hint(e, "write label=");
		strv_push(a, labels, label);
	}
	return 0;
}

static int prune(struct rm *rm, const struct rm_options *o, const struct strv *labels, struct err *e)
{
	struct volume *list;
	unsigned broken;
	size_t n;
	int r = volumes_list(&rm->st, rm->volumes, rm->call->arena, &list, &n, &broken, e);

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct err one = { 0 };

		if ((!o->all && !list[i].anonymous) || containers_user(&rm->used, list[i].name) ||
		    !filter_labels(&list[i].labels, labels))
			continue;
		if (volumes_remove(&rm->st, rm->volumes, list[i].name, &one) == 0)
			printf("%s\n", list[i].name);
		else
			command_report(rm->call, &one);
	}
	return r;
}

static int prune_run(struct call *call, struct err *e)
{
	struct rm_options o = { 0 };
	struct strv none, labels = { 0 };
	struct rm rm = { 0 };
	bool wanted;
	int r = opt_parse(call, &o, &none, e);

	if (r || (r = take_labels(call->arena, &o.filters, &labels, e)) < 0 ||
	    (r = ask("volume prune",
		     o.all ? "Remove all volumes that no container uses?" :
			     "Remove all anonymous volumes that no container uses?",
		     "--force", o.force, &wanted, e)) < 0 ||
	    !wanted)
		return r;
	r = begin(call, &rm, e);
	if (r == 0)
		r = prune(&rm, &o, &labels, e);
	return end(&rm, r, e);
}

const struct command volume_prune_command = {
	.name = "volume prune",
	.operands = "",
	.summary = "remove anonymous volumes that no container uses",
	.options = prune_table,
	.run = prune_run,
};
