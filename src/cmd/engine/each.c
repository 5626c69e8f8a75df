/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A command with every container that is named. */
#include <sys/resource.h>

#include "cmd/engine/commands.h"

int command_each(struct call *call, const struct strv *names, command_act *act, const void *options,
		 struct err *e)
{
	struct state st;
	int r = command_state(call, &st, e);

	for (size_t i = 0; r == 0 && i < names->n; i++) {
		struct err one = { 0 };
		struct control k;

		if (control_open(&k, &st, call->arena, names->v[i], &one) < 0 ||
		    act(call, &k, names->v[i], options, &one) < 0)
			command_report(call, &one);
		control_close(&k);
	}
	return r;
}

/* As many descriptors as we may have: a container takes some. */
static void raise_descriptors(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0) {
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l);
	}
}

struct opening {
	struct state st;
	command_open_one *open;
};

static int open_one(struct call *call, struct control *k, const char *name, const void *arg, struct err *e)
{
	struct opening *o = (struct opening *)arg;
	int r = o->open(k, &o->st, call->arena, name, e);

	/* while we wait for the others, it is anybody's */
	control_unlock(k);
	return r;
}

void command_with(const struct together *t, command_act *act, const void *options)
{
	for (size_t i = 0; i < t->names->n; i++) {
		struct err one = { 0 };

		if (t->failed[i] || act(t->call, &t->k[i], t->names->v[i], options, &one) == 0)
			continue;
		command_report(t->call, &one);
		t->failed[i] = true;
	}
}

int command_together(struct call *call, const struct strv *names, command_open_one *open, command_work *work,
		     const void *options, struct err *e)
{
	struct together t = { .call = call,
			      .names = names,
			      .k = arena_array(call->arena, struct control, names->n),
			      .failed = arena_array(call->arena, bool, names->n) };
	struct opening o = { .open = open };
	int r = command_state(call, &o.st, e);

	if (r < 0)
		return r;
	raise_descriptors();
	command_with(&t, open_one, &o);
	work(&t, options);
	for (size_t i = 0; i < names->n; i++)
		control_close(&t.k[i]);
	return 0;
}
