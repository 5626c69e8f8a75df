/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/ask.h"
#include "cmd/engine/commands.h"
#include "run/engine/recover.h"

struct prune_options {
	bool force;
};

static const struct opt prune_table[] = {
	{ "force", 'f', NULL, opt_flag, offsetof(struct prune_options, force),
	  "don't ask (else a y is read from standard input)" },
	{ 0 },
};

/* Nothing of it runs. One whose record can't be read has exited as far as is known where nobody looks
 * after it. */
static bool has_exited(const struct control *k)
{
	return k->status == CONTAINER_EXITED || k->status == CONTAINER_CREATED ||
	       (k->status == CONTAINER_BROKEN && !k->pid && k->c.locked);
}

/* 1 if the container was removed. */
static int prune_one(struct call *call, struct state *st, const char *id, struct err *e)
{
	struct control k;
	int r = control_open_any(&k, st, call->arena, id, e);

	k.c.keep_volumes = true;
	if (r == 0 && has_exited(&k)) {
		r = k.status == CONTAINER_BROKEN ? recover_remove(&k.c, st, call->arena, e) :
						   control_remove(&k, false, e);
		if (r == 0) {
			printf("%s\n", id);
			r = 1;
		}
	}
	control_close(&k);
	return r;
}

static int prune(struct call *call, struct err *e)
{
	struct state st;
	struct strv ids;
	unsigned left = 0, removed = 0;
	struct err one = { 0 };
	int r = command_open(call, &st, e);

	if (r < 0)
		return r;
	if (recover_all(&st, &left, &one) < 0)
		command_report(call, &one);
	if ((r = container_list(&st, call->arena, &ids, e)) < 0)
		return r;
	for (size_t i = 0; i < ids.n; i++) {
		one = (struct err){ 0 };
		r = prune_one(call, &st, ids.v[i], &one);
		if (r < 0 && r != -ENOENT)
			command_report(call, &one);
		removed += r == 1;
	}
	printf("removed: %u container%s that had exited, %u leftover%s of killed guise processes\n", removed,
	       removed == 1 ? "" : "s", left, left == 1 ? "" : "s");
	return 0;
}

static int prune_run(struct call *call, struct err *e)
{
	struct prune_options o = { 0 };
	struct strv none;
	bool wanted;
	int r = opt_parse(call, &o, &none, e);

	if (r || (r = ask("system prune", "Remove all containers that have exited, and their logs?",
			  "--force", o.force, &wanted, e)) < 0)
		return r;
	return wanted ? prune(call, e) : 0;
}

const struct command prune_command = {
	.name = "system prune",
	.summary = "remove exited containers and what killed guise processes left behind",
	.details =
		"Also of containers whose directory somebody removed by hand, or whose record cannot be read, as far as none "
		"of their processes runs.",
	.options = prune_table,
	.absent = absent_prune,
	.run = prune_run,
};
