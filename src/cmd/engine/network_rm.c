/* SPDX-License-Identifier: GPL-2.0-or-later */

/* network rm and prune. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/engine/ask.h"
#include "cmd/engine/commands.h"
#include "plan/plan.h"
#include "state/networks.h"

struct rm_options {
	bool force;
};

static const struct opt rm_table[] = {
	{ "force", 'f', NULL, opt_flag, offsetof(struct rm_options, force),
	  "one that isn't there is no error" },
	{ 0 },
};

/* A container that runs on it; NULL: none does. */
static int find_user(struct call *call, struct state *st, const char *network, const char **user,
		     struct err *e)
{
	struct strv ids;
	int r = container_list(st, call->arena, &ids, e);

	*user = NULL;
	for (size_t i = 0; r == 0 && !*user && i < ids.n; i++) {
		struct plan_endpoint ep;
		struct control k;
		struct err ignored;
		size_t at = 0;

		if (control_open_any(&k, st, call->arena, ids.v[i], &ignored) == 0 &&
		    k.status != CONTAINER_EXITED)
			while (!*user && plan_next_endpoint(&k.rec.plan, &at, &ep))
				*user = str_eq(ep.network, network) ? arena_strdup(call->arena, k.rec.name) :
								      NULL;
		control_close(&k);
	}
	return r;
}

static int remove_one(struct call *call, struct state *st, const char *name, struct err *e)
{
	const char *user;
	struct network n;
	int r = networks_load(st, call->arena, name, &n, e);

	if (r == -ENOENT || (r < 0 && str_eq(e->code, "bad-network-name")))
		return r;
	if (r == 0 && (r = find_user(call, st, name, &user, e)) == 0 && user)
		return err_set(e, "network-used", EBUSY, "remove network %s", name),
		       err_cause(e, "container %s is on it", user),
		       err_hint(e, "guise rm -f %s, then again", user);
	/* a file that can't be read is removed, too */
	return networks_remove(st, name, e);
}

static void rm_all(struct call *call, struct state *st, const struct strv *names, bool force)
{
	for (size_t i = 0; i < names->n; i++) {
		struct err one = { 0 };
		int r = remove_one(call, st, names->v[i], &one);

		if (r == 0)
			printf("%s\n", names->v[i]);
		else if (!(r == -ENOENT && force))
			command_report(call, &one);
	}
}

static int rm_run(struct call *call, struct err *e)
{
	struct rm_options o = { 0 };
	struct strv names;
	struct state st;
	int lock = -1, r = opt_parse(call, &o, &names, e);

	if (r || (r = command_state(call, &st, e)) < 0 || (r = networks_lock(&st, &lock, e)) < 0)
		return r;
	rm_all(call, &st, &names, o.force);
	fd_close(&lock);
	return r;
}

const struct command network_rm_command = {
	.name = "network rm",
	.operands = "NETWORK...",
	.summary = "remove networks that no container is on",
	.options = rm_table,
	.min = 1,
	.max = COMMAND_ANY,
	.run = rm_run,
};

/* ---- prune ---- */

static const struct opt prune_table[] = {
	{ "force", 'f', NULL, opt_flag, offsetof(struct rm_options, force),
	  "don't ask (else a y is read from standard input)" },
	{ 0 },
};

static int prune_run(struct call *call, struct err *e)
{
	struct rm_options o = { 0 };
	struct network *list;
	struct strv none;
	struct state st;
	unsigned broken;
	size_t n;
	bool wanted;
	int lock = -1, r = opt_parse(call, &o, &none, e);

	if (r ||
	    (r = ask("network prune", "Remove all networks that no container is on?", "--force", o.force,
		     &wanted, e)) < 0 ||
	    !wanted)
		return r;
	if ((r = command_state(call, &st, e)) < 0 || (r = networks_lock(&st, &lock, e)) < 0)
		return r;
	r = networks_list(&st, call->arena, &list, &n, &broken, e);
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct err one = { 0 };

		if (remove_one(call, &st, list[i].name, &one) == 0)
			printf("%s\n", list[i].name);
		else if (!str_eq(one.code, "network-used"))
			command_report(call, &one);
	}
	fd_close(&lock);
	return r;
}

const struct command network_prune_command = {
	.name = "network prune",
	.operands = "",
	.summary = "remove all networks that no container is on",
	.options = prune_table,
	.run = prune_run,
};
