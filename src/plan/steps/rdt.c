/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * linux.intelRdt: a group of the resctrl file system, and the process in it. A group that is named
 * (closID) belongs to who named it and stays; one with the container's name, and its monitoring group, are
 * removed with it (config-linux.md, "IntelRdt"). A directory there can bear no mark of its owner;
 * run/oci/probe.c has looked that no other has the name.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "kernel/cgroup/resctrl.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/target.h"

enum { SCHEMATA_MAX = 1 << 16 };

static int failed(const struct step_rdt_group *s, struct live *live, int no, const char *what,
		  const char *path, struct err *e)
{
	const char *said = resctrl_status(live->arena, s->mount);

	err_set(e, "rdt", no, "%s %s", what, path);
	if (*said)
		err_cause(e, "%s", said);
	return no == ENOSPC ? err_hint(e, "the processor has no more classes, or monitors, to give") : -no;
}

static int rdt_group_apply(const struct step *s, struct live *live, struct err *e)
{
	const char *path = s->rdt_group.path, *monitor = s->rdt_group.monitor;
	int r;

	if (s->rdt_group.make && mkdir(path, 0755) < 0)
		return failed(&s->rdt_group, live, errno, "make the class", path, e);
	if (s->rdt_group.same && (r = resctrl_has(live->arena, path, s->rdt_group.same)) <= 0)
		return failed(&s->rdt_group, live, r < 0 ? -r : EEXIST, "use the class", path, e),
		       err_cause(e, "it is there, and its schemata are not %s", s->rdt_group.same);
	if (s->rdt_group.schemata && (r = resctrl_write(path, s->rdt_group.schemata)) < 0)
		return failed(&s->rdt_group, live, -r, "write the schemata of", path, e);
	return monitor && mkdir(monitor, 0755) < 0 ?
		       failed(&s->rdt_group, live, errno, "make the monitoring group", monitor, e) :
		       0;
}

static void rdt_group_show(const struct step *s, struct str *out)
{
	if (s->rdt_group.make)
		str_addf(out, "mkdir %s\n", str_shell(out, s->rdt_group.path));
	if (s->rdt_group.schemata) {
		str_add(out, "printf %s ");
		str_add_shell(out, s->rdt_group.schemata);
		str_addf(out, " > %s/schemata\n", str_shell(out, s->rdt_group.path));
	}
	if (s->rdt_group.monitor)
		str_addf(out, "mkdir %s\n", str_shell(out, s->rdt_group.monitor));
}

static int rdt_group_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	const char *monitor = want->rdt_group.monitor;
	char *now;
	int r = io_read_file(t->arena, AT_FDCWD, arena_printf(t->arena, "%s/schemata", want->rdt_group.path),
			     SCHEMATA_MAX, &now, NULL);

	if (r < 0 || (monitor && access(monitor, F_OK) < 0))
		return READ_MISSING;
	have->rdt_group.schemata = now;
	have->rdt_group.monitor = monitor;
	return READ_FOUND;
}

static int remove_group(const char *path, struct err *e)
{
	return rmdir(path) < 0 && errno != ENOENT ? err_set(e, "rdt", errno, "remove %s", path) : 0;
}

static int rdt_group_undo(const struct step *s, struct live *live, struct err *e)
{
	int r = s->rdt_group.monitor ? remove_group(s->rdt_group.monitor, e) : 0;

	return r == 0 && s->rdt_group.own ? remove_group(s->rdt_group.path, e) : r;
}

/* same: looked at before, and what schemata may have changed. make, own: for apply and undo. */
static const struct field rdt_group_fields[] = {
	FIELD(STR, rdt_group, mount, .compare = COMPARE_KEY),
	FIELD(STR, rdt_group, path, .compare = COMPARE_NAME),
	FIELD(MAYBE, rdt_group, schemata, .compare = COMPARE_GIVEN, .same = resctrl_text_has),
	FIELD(MAYBE, rdt_group, same, .compare = COMPARE_NOT),
	FIELD(MAYBE, rdt_group, monitor, .compare = COMPARE_GIVEN),
	FIELD(BOOL, rdt_group, make, .compare = COMPARE_NOT),
	FIELD(BOOL, rdt_group, own, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_rdt_group = {
	.name = "rdt-group",
	.section = SECTION_LIMITS,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = rdt_group_fields,
	.apply = rdt_group_apply,
	.show = rdt_group_show,
	.read = rdt_group_read,
	.undo = rdt_group_undo,
};

/* ---- join ---- */

static int rdt_join_apply(const struct step *s, struct live *live, struct err *e)
{
	int r = resctrl_join(s->rdt_join.path, live->pid);

	return r < 0 ? err_set(e, "rdt", -r, "put the process into %s", s->rdt_join.path) : 0;
}

static void rdt_join_show(const struct step *s, struct str *out)
{
	str_addf(out, "echo $pid > %s/tasks\n", str_shell(out, s->rdt_join.path));
}

static int rdt_join_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	int r = resctrl_holds(t->arena, want->rdt_join.path, t->pid);

	if (r < 0)
		return READ_MISSING;
	if (r)
		return READ_FOUND;
	str_addf(text, "its process is in another group than %s", want->rdt_join.path);
	return READ_CHANGED;
}

static const struct field rdt_join_fields[] = { FIELD(STR, rdt_join, path, .compare = COMPARE_KEY), { 0 } };

const struct step_ops step_rdt_join = {
	.name = "rdt-join",
	.section = SECTION_LIMITS,
	.side = SIDE_HOST,
	.fields = rdt_join_fields,
	.apply = rdt_join_apply,
	.show = rdt_join_show,
	.read = rdt_join_read,
};

const struct step_rdt_group *plan_rdt_group(const struct plan *p)
{
	const struct step *s = plan_last(p, STEP_RDT_GROUP);

	return s ? &s->rdt_group : NULL;
}
