/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "base/fd.h"
#include "base/io.h"
#include "cmd/engine/commands.h"
#include "spec/name.h"
#include "state/volumes.h"

struct create_options {
	struct volume volume;
	const char *driver;
};

static int add_label(const struct opt_use *u, struct err *e)
{
	int r = name_label(u->value, e);

	if (r == 0)
		strv_push(u->call->arena, u->field,
			  strchr(u->value, '=') ? u->value : arena_printf(u->call->arena, "%s=", u->value));
	return r;
}

static int add_option(const struct opt_use *u, struct err *e)
{
	struct create_options *o = u->options;

	return volume_option(&o->volume, u->value, e);
}

#define AT(member) offsetof(struct create_options, member)

static const struct opt create_table[] = {
	{ "label", 0, "NAME=VALUE", add_label, AT(volume.labels), "a label", .many = true },
	{ "opt", 'o', "NAME=VALUE", add_option, 0,
	  "type=tmpfs, or type=none with o=bind and device=DIRECTORY; o= as mount(8) has it", .many = true },
	{ "driver", 'd', "DRIVER", opt_choice, AT(driver), "only local", "local" },
	{ 0 },
};

static bool asks_for_something(const struct volume *v)
{
	return v->type || v->labels.n;
}

/* As docker has it, one that is there already is no error, unless it is to be another. */
static int make(struct state *st, const struct call *call, struct volume *v, struct err *e)
{
	autoclose int volumes = volumes_open(st, true, LOCK_SH, e);
	struct err why = { 0 };
	int r = volumes < 0 ? volumes : volumes_make(st, volumes, v, &why);

	if (volumes < 0 || r == 0)
		return r;
	if (r == -EEXIST && !asks_for_something(v))
		return volumes_load(st, volumes, call->arena, v->name, v, e);
	return err_take(e, &why);
}

static int create_run(struct call *call, struct err *e)
{
	char random[VOLUME_ANONYMOUS + 1];
	struct create_options o = { 0 };
	struct strv names;
	struct state st;
	int r = opt_parse(call, &o, &names, e);

	if (r || (names.n && (r = name_volume(names.v[0], e)) < 0) ||
	    (r = volume_check(call->arena, &o.volume, e)) < 0 || (r = command_open(call, &st, e)) < 0)
		return r;
	o.volume.anonymous = !names.n;
	o.volume.name = names.n ? names.v[0] : random;
	if (!names.n && (r = io_random_hex(random, VOLUME_ANONYMOUS)) < 0)
		return err_set(e, "random", -r, "make a name");
	if ((r = make(&st, call, &o.volume, e)) == 0)
		printf("%s\n", o.volume.name);
	return r;
}

const struct command volume_create_command = {
	.name = "volume create",
	.operands = "[NAME]",
	.summary = "make a volume: a directory that outlives its containers",
	.details =
		"guise run -v NAME:PATH mounts it, and makes it where it is missing. When it is used for the first time, and is empty, it "
		"is filled with what the container's root has at PATH: content, owners, modes and extended attributes. It "
		"is kept until guise volume rm, below the data directory (guise volume inspect). One that is there already is no "
		"error, unless it is to have labels or options.\n\n"
		"With --opt type=tmpfs it is in memory, and its content is gone when it is removed or the machine is started "
		"anew; with --opt type=none --opt o=bind --opt device=DIRECTORY it is a directory of the host, which is never filled.",
	.options = create_table,
	.max = 1,
	.run = create_run,
};
