/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The container's cgroup as a transient scope of systemd: systemd makes the cgroup, moves the first
 * process into it, and knows it as a unit (systemd.scope(5)). It is made behind the clone, since a scope
 * is made of processes. guise-oci-helper speaks D-Bus (kernel/process/helper.h).
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/process/helper.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "spec/oci/unit_property.h"

static const char *bus_of(const struct step_scope *s)
{
	return s->user ? "user" : "system";
}

static int scope_apply(const struct step *s, struct live *live, struct err *e)
{
	char **argv = arena_array(live->arena, char *, s->scope.properties.n + 6), pid[16];
	int r;

	snprintf(pid, sizeof(pid), "%d", live->pid);
	argv[1] = "scope-start";
	argv[2] = (char *)bus_of(&s->scope);
	argv[3] = (char *)s->scope.unit;
	argv[4] = pid;
	memcpy(argv + 5, s->scope.properties.v, s->scope.properties.n * sizeof(*argv));
	if ((r = helper_run(argv, e)) < 0)
		return err_prefix(e, "start unit %s", s->scope.unit);
	if (access(s->scope.path, F_OK) == 0)
		return 0;
	return err_set(e, "scope-elsewhere", ENOENT, "find the cgroup of unit %s", s->scope.unit),
	       err_cause(e, "systemd did not make it at %s", s->scope.path);
}

/* One property as busctl(1) has it: name, signature, and its values as words. */
static void show_property(const char *text, struct str *out)
{
	struct unit_property p;
	size_t n = 0;

	if (unit_property_split(out->arena, text, &p) < 0)
		return;
	str_addf(out, " \\\n\t%s %s ", str_shell(out, p.name), str_shell(out, p.signature));
	if (p.signature[0] != 'a') {
		str_add_shell(out, p.value);
		return;
	}
	for (const char *v = p.value; *v; n++)
		v += strcspn(v, " \n"), v += strspn(v, " \n");
	str_addf(out, "%zu", n);
	for (const char *v = p.value; *v; v += strspn(v, " \n")) {
		size_t len = strcspn(v, " \n");

		str_add(out, " ");
		str_add_shell(out, arena_strndup(out->arena, v, len));
		v += len;
	}
}

static void scope_show(const struct step *s, struct str *out)
{
	const char *bus = s->scope.user ? "busctl --user" : "busctl";

	str_addf(
		out,
		"%s call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager \\\n"
		"\tStartTransientUnit 'ssa(sv)a(sa(sv))' %s fail %zu PIDs au 1 $pid",
		bus, str_shell(out, s->scope.unit), s->scope.properties.n + 1);
	for (size_t i = 0; i < s->scope.properties.n; i++)
		show_property(s->scope.properties.v[i], out);
	str_add(out, " 0\n");
}

static int scope_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	return access(want->scope.path, F_OK) == 0 ? READ_FOUND : READ_MISSING;
}

static int scope_undo(const struct step *s, struct live *live, struct err *e)
{
	char *argv[] = {
		NULL, "scope-stop", (char *)bus_of(&s->scope), (char *)s->scope.unit, (char *)s->scope.owner,
		NULL
	};
	int r = helper_run(argv, e);

	if (r < 0 && access(s->scope.path, F_OK) == 0)
		return err_prefix(e, "stop unit %s", s->scope.unit);
	return 0;
}

/* What systemd was told, it tells only who asks it by the bus, which this executable does not speak: the
 * limits that it made of it are files of the cgroup. */
static const struct field scope_fields[] = {
	FIELD(STR, scope, unit, .compare = COMPARE_NAME),
	FIELD(STR, scope, path, .compare = COMPARE_KEY),
	FIELD(MAYBE, scope, owner, .compare = COMPARE_NOT),
	FIELD(BOOL, scope, user, .compare = COMPARE_NOT),
	FIELD(STRV, scope, properties, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_scope = {
	.name = "scope",
	.section = SECTION_LIMITS,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.on_cgroup = CGROUP_OF_SYSTEMD,
	.cgroup = offsetof(struct step, scope.path),
	.fields = scope_fields,
	.apply = scope_apply,
	.show = scope_show,
	.read = scope_read,
	.undo = scope_undo,
};

const struct step_scope *plan_scope(const struct plan *p)
{
	const struct step *s = plan_last(p, STEP_SCOPE);

	return s ? &s->scope : NULL;
}
