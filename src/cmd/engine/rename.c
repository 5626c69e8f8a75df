/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"
#include "run/engine/spread.h"
#include "spec/name.h"

static int rename_one(struct control *k, struct state *st, struct arena *a, const char *name, struct err *e)
{
	const char *old = k->rec.name;

	if (!str_eq(old, name)) {
		int r = spread_can_rename(st, a, &k->rec, old, name, e);

		if (r < 0 || (r = container_rename(&k->c, st, a, name, e)) < 0)
			return r;
		return spread_rename(st, a, &k->rec, old, name, e);
	}
	return err_set(e, "name-taken", EINVAL, "rename container %s", name),
	       err_cause(e, "it has that name"), err_hint(e, "choose another one");
}

static int rename_run(struct call *call, struct err *e)
{
	struct strv names;
	struct control k;
	struct state st;
	int r = opt_parse(call, NULL, &names, e);

	if (r || (r = name_container(names.v[1], e)) < 0 || (r = command_state(call, &st, e)) < 0)
		return r;
	if ((r = control_open(&k, &st, call->arena, names.v[0], e)) == 0)
		r = rename_one(&k, &st, call->arena, names.v[1], e);
	control_close(&k);
	return r;
}

const struct command rename_command = {
	.name = "rename",
	.operands = "CONTAINER NAME",
	.summary = "give a container another name",
	.details =
		"It may run. Others on its networks find it by the new name then. Its host name stays as it is.",
	.absent = absent_rename,
	.min = 2,
	.max = 2,
	.hint = "@container",
	.run = rename_run,
};
