/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/again.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/image_options.h"
#include "cmd/engine/network_change.h"
#include "cmd/engine/update.h"

const struct run_wish *again_wish(struct call *call, struct spec *s, int *image)
{
	struct run_wish *w = arena_new(call->arena, struct run_wish);
	char cwd[PATH_MAX];

	*w = (struct run_wish){ .spec = s,
				.image = image,
				.cwd = getcwd(cwd, sizeof(cwd)) ? arena_strdup(call->arena, cwd) : NULL };
	for (char **word = call->argv; *word; word++)
		strv_push(call->arena, &w->argv, *word);
	return w;
}

/* Where it was is gone: then nothing shall be found by a relative path, rather than something else. */
static int go_to(const struct control *k, struct err *e)
{
	if ((k->rec.cwd && chdir(k->rec.cwd) == 0) ||
	    chdir(arena_printf(k->arena, "%s/mnt", k->st->path)) == 0)
		return 0;
	return err_set(e, "state", errno, "go to %s/mnt", k->st->path);
}

int again_options(struct call *call, const struct control *k, struct run_options *o, struct err *e)
{
	struct call made = { .program = call->program, .command = &run_command, .arena = call->arena };
	int r;

	if (!k->rec.argv.n)
		return err_set(e, "record-old", ENOTSUP, "start container %s", k->rec.name),
		       err_cause(e, "it was made by guise %s, which did not record with which options",
				 k->rec.guise),
		       err_hint(e, "remove it, and run it anew");
	made.argv = (char **)k->rec.argv.v;
	if ((r = go_to(k, e)) < 0 || (r = run_options_parse(&made, o, e)) != 0)
		return r < 0 ? err_prefix(e, "start container %s", k->rec.name) :
			       err_set(e, "record-bad", EBADMSG, "start container %s", k->rec.name);
	if ((r = update_again(call, &k->rec.updates, &o->spec.limits, e)) < 0 ||
	    (r = network_change(call->arena, &k->rec.connects, &o->spec.network, e)) < 0)
		return err_prefix(e, "start container %s", k->rec.name);
	return 0;
}

int again_spec(struct call *call, const struct control *k, struct run_options *o, struct err *e)
{
	autoclose int image = -1; /* as one of its image it is recorded */
	int r = again_options(call, k, o, e);

	if (r < 0)
		return r;
	if ((r = image_options(k->st, call->arena, o, k->rec.image, &image, e)) < 0)
		return err_prefix(e, "start container %s", k->rec.name);
	o->spec.env = k->rec.env;
	o->spec.name = k->rec.name;
	o->spec.cidfile = NULL;
	return 0;
}

int again_replace(struct call *call, struct state *st, const struct run_options *o, struct err *e)
{
	struct control k;
	struct err none = { 0 };
	int r;

	if (!o->replace)
		return 0;
	if (!o->spec.name)
		return err_set(e, "conflicting-options", EINVAL, "--replace"),
		       err_cause(e, "it says nothing without a name"), err_hint(e, "add --name NAME");
	r = control_open_any(&k, st, call->arena, o->spec.name, &none);
	k.c.keep_volumes = true;
	/* by its name only: another's id may begin like that */
	if (r == 0 && str_eq(k.c.name, o->spec.name))
		r = control_remove(&k, true, e);
	else
		r = r < 0 && r != -ENOENT ? err_take(e, &none) : 0;
	control_close(&k);
	return r;
}
