/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A bundle's container has its cgroup in every hierarchy there is, since engines read statistics, and
 * write limits, at the path they gave, whatever the runtime had a use for: in cgroup2 with all controllers
 * that can be had, and in each v1 hierarchy. One that exists already, as engines make them, is used.
 *
 *     HOST   the cgroups, their limits and devices; clone into the one of v2
 *     INIT   enters those of v1 (plan/steps/cgroup_member.c)
 */
#include "plan/build/oci/limits.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "kernel/cgroup/devfilter.h"
#include "plan/build/oci/scope.h"
#include "plan/build/parts.h"

static const char *dir_in(struct plan *p, const struct oci_facts *f, const char *base)
{
	return cgroup_path(p->arena, base, f->cgroup_parent, f->cgroup_name);
}

/* ---- cgroups ---- */

/* The controllers that limits need, and v2 holds. */
static const char *v2_needed(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	unsigned need = limits_oci_need(&c->limits);
	struct str names = { .arena = p->arena };

	for (int i = 0; i < CG_COUNT; i++)
		if ((need & CG_BIT(i)) && f->cgroups.at[i].held == CG_IN_V2)
			str_addf(&names, "%s%s", names.len ? " " : "", cgroup_name[i]);
	return names.p;
}

static struct step *add_cgroup(struct plan *p, const struct oci_facts *f, const char *base, const char *path,
			       const char *note)
{
	struct step *st = plan_add(p, STEP_CGROUP, note);

	st->cgroup.path = path;
	st->cgroup.base = base;
	st->cgroup.topmost = cgroup_missing_above(&f->cgroups, path);
	st->cgroup.shared = true;
	return st;
}

static void add_v1(struct plan *p, const struct oci_facts *f)
{
	const struct cgroup_layout *l = &f->cgroups;

	for (unsigned i = 0; i < l->n_v1; i++)
		add_cgroup(p, f, l->v1[i].base, dir_in(p, f, l->v1[i].base), "the same in a v1 hierarchy")
			->cgroup.cpuset = l->v1[i].cpuset;
}

static void add_cgroups(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	const struct cgroup_layout *l = &f->cgroups;

	if (l->v2) {
		struct step *st =
			add_cgroup(p, f, l->v2, f->home,
				   "the container's cgroup: who belongs to it, and what it may use");

		st->cgroup.controllers = v2_needed(p, c, f);
		st->cgroup.wanted = l->v2_controllers;
	}
	add_v1(p, f);
}

static void add_limits(struct plan *p, const struct oci_facts *f, const struct limit_write *writes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct limit_write *w = &writes[i];

		parts_cgroup_set(p,
				 w->controller == CG_COUNT ? f->home :
							     dir_in(p, f, f->cgroups.at[w->controller].base),
				 w);
	}
}

/* ---- devices ---- */

static void add_rule(struct plan *p, struct strv *rules, const struct dev_rule *r)
{
	strv_push(p->arena, rules,
		  arena_printf(p->arena, "%s %s", r->allow ? "allow" : "deny", dev_rule_str(p->arena, r)));
}

static struct dev_rule rule_of(const struct oci_device_rule *r)
{
	struct dev_rule d = { .type = r->type, .allow = r->allow, .major = r->major, .minor = r->minor };

	d.access = (strchr(r->access, 'r') ? DEV_READ : 0) | (strchr(r->access, 'w') ? DEV_WRITE : 0) |
		   (strchr(r->access, 'm') ? DEV_MKNOD : 0);
	return d;
}

/* Whatever came before, everything is allowed from this rule on. */
static bool allows_all(const struct dev_rule *r)
{
	return r->allow && r->type == 'a' && r->major < 0 && r->minor < 0 && r->access == DEV_RWM;
}

/* What the configuration lists, on top of nothing; then, so that they hold in any case, the default
 * devices. */
static void add_devices(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	bool v1 = !f->cgroups.v2, all = false;
	struct strv rules = { 0 };

	add_rule(p, &rules, &dev_default[0]);
	for (size_t i = 0; i < c->n_device_rules; i++) {
		struct dev_rule r = rule_of(&c->device_rules[i]);

		all = allows_all(&r) || (all && r.allow);
		add_rule(p, &rules, &r);
	}
	/* a new cgroup allows what the one above it does */
	if (all)
		return;
	for (size_t i = 1; i < dev_default_count; i++)
		add_rule(p, &rules, &dev_default[i]);
	struct step *st = plan_add(p, STEP_CGROUP_DEVICES, "the devices it may use");

	st->cgroup_devices.path = v1 ? dir_in(p, f, f->cgroups.at[CG_DEVICES].base) : f->home;
	st->cgroup_devices.v1 = v1;
	st->cgroup_devices.rules = rules;
}

/* ---- owner ---- */

/* "if and only if the cgroup filesystem is to be mounted read/write" (config-linux.md, "Cgroup ownership") */
static bool mounts_writable(const struct oci_config *c)
{
	for (size_t i = 0; i < c->n_mounts; i++)
		if (str_eq(c->mounts[i].source, "cgroup") && str_eq(c->mounts[i].target, "/sys/fs/cgroup") &&
		    !((c->mounts[i].attr | c->mounts[i].rec_attr) & MOUNT_ATTR_RDONLY))
			return true;
	return false;
}

/* The host's id of the user that runs the command; -1: it is not mapped. */
static int64_t host_uid(const struct oci_config *c)
{
	uint32_t uid = c->process.uid;

	if (!c->ns[NS_USER].given)
		return uid;
	for (size_t i = 0; i < c->n_uid_map; i++)
		if (uid - c->uid_map[i].inside < c->uid_map[i].size)
			return (int64_t)c->uid_map[i].outside + (uid - c->uid_map[i].inside);
	return -1;
}

static void add_owner(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	bool new_ns = c->ns[NS_CGROUP].given && !c->ns[NS_CGROUP].path;
	int64_t uid = host_uid(c);

	/* not in v1: "cgroup delegation is not secure" there. Without privilege it is that user's already */
	if (!f->cgroups.v2 || f->cgroups.n_v1 || !f->privileged || !new_ns || uid <= 0 || !mounts_writable(c))
		return;
	struct step *st = plan_add(p, STEP_CGROUP_OWNER, "cgroups below its own are the container's to make");

	st->cgroup_owner.path = f->home;
	st->cgroup_owner.uid = uid;
}

/* ---- all of it ---- */

static void add_rest(struct plan *p, const struct oci_config *c, const struct oci_facts *f,
		     const struct limit_write *writes, size_t n)
{
	add_limits(p, f, writes, n);
	if (f->privileged)
		add_devices(p, c, f);
	add_owner(p, c, f);
}

/* A limit was asked for, and there is no cgroup that this user may make. */
static int no_home(const struct oci_facts *f, const struct limit_write *first, struct err *e)
{
	const char *name = first->controller == CG_COUNT ? "cgroup" : cgroup_name[first->controller];

	err_set(e, "cgroup-denied", EACCES, "limit %s: %s", name, first->file);
	if (!f->cgroups.v2_mount)
		return err_cause(e, "cgroups are switched off, or none can be made by this user");
	return err_cause(e, "its cgroups below %s are not this user's to make, or cgroups are switched off",
			 f->cgroups.v2_denied ?: f->cgroups.v2_mount),
	       err_hint(
		       e,
		       "run as root, or in a delegated cgroup: systemd-run --user --scope -p Delegate=yes COMMAND");
}

int build_oci_limits(struct plan *p, const struct oci_config *c, const struct oci_facts *f, struct err *e)
{
	struct limit_write *writes = NULL;
	size_t n = 0;
	int r = limits_oci_build(p->arena, &c->limits, &f->limits, &writes, &n, e);

	if (r < 0)
		return r;
	if (!f->home)
		return n ? no_home(f, writes, e) : 0;
	if (f->scope)
		return scope_properties(p->arena, c, f, &(struct strv){ 0 }, e);
	add_cgroups(p, c, f);
	add_rest(p, c, f, writes, n);
	return 0;
}

/* systemd makes the cgroup, of v2, when there is a process to put into it; the rest is done behind that. */
static void add_scope(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	struct step *st = plan_add(p, STEP_SCOPE, "systemd makes the container's cgroup");
	struct limit_write *writes = NULL;
	struct err none;
	size_t n = 0;

	st->scope.unit = f->scope;
	st->scope.path = f->home;
	st->scope.user = !f->privileged;
	st->scope.owner = scope_owner(p->arena, f->id);
	/* both have been tried by build_oci_limits() */
	(void)scope_properties(p->arena, c, f, &st->scope.properties, &none);
	(void)limits_oci_build(p->arena, &c->limits, &f->limits, &writes, &n, &none);
	/* the first process is there already; those of exec are not */
	plan_add(p, STEP_CGROUP_JOIN, NULL)->cgroup_join.path = f->home;
	add_v1(p, f);
	add_rest(p, c, f, writes, n);
	for (unsigned i = 0; i < f->cgroups.n_v1; i++)
		plan_add(p, STEP_CGROUP_JOIN, NULL)->cgroup_join.path = dir_in(p, f, f->cgroups.v1[i].base);
}

const char *build_oci_birth(const struct oci_facts *f)
{
	/* the kernel lets processes be born into v2 alone */
	return f->cgroups.v2 && !f->scope ? f->home : NULL;
}

void build_oci_limits_join(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	if (f->scope && f->home)
		add_scope(p, c, f);
	for (unsigned i = 0; f->home && !f->scope && i < f->cgroups.n_v1; i++)
		plan_add(p, STEP_CGROUP_ENTER, NULL)->cgroup_enter.path = dir_in(p, f, f->cgroups.v1[i].base);
	if (c->process.has_oom_score_adj)
		plan_add(p, STEP_OOM_SCORE, NULL)->oom_score.value = c->process.oom_score_adj;
}
