/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The cgroups of a bundle's container: its home, one in each v1 hierarchy, their limits and devices
 * (config-linux.md, "Control groups"). */
#include <string.h>

#include "kernel/devfilter.h"
#include "plan/build_oci_parts.h"

static const char *dir_of(struct plan *p, const struct oci_facts *f, enum cgroup_controller c)
{
	return cgroup_dir(p->arena, &f->cgroups, c, f->cgroup_parent, f->cgroup_name);
}

/* The cgroup's directories in the v1 hierarchies, each once, without the home. */
static size_t v1_dirs(struct plan *p, const struct oci_facts *f, enum cgroup_controller *first, const char **dirs)
{
	size_t n = 0;

	for (int c = 0; f->home && c < CG_COUNT; c++) {
		if (f->cgroups.at[c].held != CG_IN_V1)
			continue;
		const char *dir = dir_of(p, f, c);
		size_t i = 0;

		while (i < n && strcmp(dirs[i], dir) != 0)
			i++;
		if (i < n || strcmp(f->home, dir) == 0)
			continue;
		first[n] = c;
		dirs[n++] = dir;
	}
	return n;
}

static const char *v2_controllers(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	unsigned need = limits_need(&c->limits);
	struct str names = { .arena = p->arena };

	for (int i = 0; i < CG_COUNT; i++)
		if ((need & CG_BIT(i)) && f->cgroups.at[i].held == CG_IN_V2)
			str_addf(&names, "%s%s", names.len ? " " : "", cgroup_name[i]);
	return names.p;
}

static void add_cgroups(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	enum cgroup_controller first[CG_COUNT];
	const char *dirs[CG_COUNT];
	size_t n = v1_dirs(p, f, first, dirs);
	struct step *st = plan_add(p, STEP_CGROUP, "the container's cgroup: who belongs to it, and what it may use");

	st->cgroup.path = f->home;
	st->cgroup.base = f->cgroups.v2;
	st->cgroup.controllers = v2_controllers(p, c, f);
	for (size_t i = 0; i < n; i++) {
		st = plan_add(p, STEP_CGROUP, NULL);
		st->cgroup.path = dirs[i];
		st->cgroup.base = f->cgroups.at[first[i]].base;
		st->cgroup.cpuset = first[i] == CG_CPUSET;
	}
}

/* ---- devices ---- */

static void add_rule(struct plan *p, struct strv *rules, const struct dev_rule *r)
{
	strv_push(p->arena, rules, arena_printf(p->arena, "%s %s", r->allow ? "allow" : "deny", dev_rule_str(p->arena, r)));
}

static struct dev_rule rule_of(const struct oci_device_rule *r)
{
	struct dev_rule d = { .type = r->type, .allow = r->allow, .major = r->major, .minor = r->minor };

	if (strchr(r->access, 'r'))
		d.access |= DEV_READ;
	if (strchr(r->access, 'w'))
		d.access |= DEV_WRITE;
	if (strchr(r->access, 'm'))
		d.access |= DEV_MKNOD;
	return d;
}

/* Everything is allowed in the end: no rules, and no program to run at each open. */
static bool allows_all(const struct oci_config *c)
{
	const struct oci_device_rule *last = c->n_device_rules ? &c->device_rules[c->n_device_rules - 1] : NULL;

	return last && last->allow && last->type == 'a' && last->major < 0 && last->minor < 0 &&
	       strlen(last->access) == 3;
}

/* The configuration's rules, on top of nothing; then, so that they hold in any case, the default devices. */
static void add_devices(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	bool v1 = f->cgroups.at[CG_DEVICES].held == CG_IN_V1;
	struct strv rules = { 0 };

	if (allows_all(c))
		return;
	add_rule(p, &rules, &dev_default[0]); /* all refused */
	for (size_t i = 0; i < c->n_device_rules; i++) {
		struct dev_rule r = rule_of(&c->device_rules[i]);

		add_rule(p, &rules, &r);
	}
	for (size_t i = 1; i < dev_default_count; i++)
		add_rule(p, &rules, &dev_default[i]);
	struct step *st = plan_add(p, STEP_CGROUP_DEVICES, "the devices it may use");

	st->cgroup_devices.path = v1 ? dir_of(p, f, CG_DEVICES) : f->home;
	st->cgroup_devices.v1 = v1;
	st->cgroup_devices.rules = rules;
}

int build_oci_limits(struct plan *p, const struct oci_config *c, const struct oci_facts *f, struct err *e)
{
	struct limit_write *writes = NULL;
	size_t n = 0;
	int r;

	if (!f->home)
		return 0;
	if ((r = limits_build(p->arena, &c->limits, &f->limits, &writes, &n, e)) < 0)
		return r;
	add_cgroups(p, c, f);
	for (size_t i = 0; i < n; i++) {
		struct step *st = plan_add(p, STEP_CGROUP_SET, NULL);

		st->cgroup_set.path = writes[i].controller == CG_COUNT ? f->home : dir_of(p, f, writes[i].controller);
		st->cgroup_set.file = writes[i].file;
		st->cgroup_set.value = writes[i].value;
	}
	if (f->privileged)
		add_devices(p, c, f);
	return 0;
}

void build_oci_limits_join(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	enum cgroup_controller first[CG_COUNT];
	const char *dirs[CG_COUNT];
	size_t n = v1_dirs(p, f, first, dirs);

	for (size_t i = 0; i < n; i++)
		plan_add(p, STEP_CGROUP_JOIN, NULL)->cgroup_join.path = dirs[i];
	if (c->process.has_oom_score_adj)
		plan_add(p, STEP_OOM_SCORE, NULL)->oom_score.value = c->process.oom_score_adj;
}
