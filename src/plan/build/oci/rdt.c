/* SPDX-License-Identifier: GPL-2.0-or-later */

/* linux.intelRdt (config-linux.md, "IntelRdt"): the group is made before the process, which is put into it
 * later. */
#include "plan/build/oci/parts.h"

static const char *lines(struct plan *p, const struct oci_intel_rdt *rdt, bool all)
{
	struct str s = { .arena = p->arena };

	if (rdt->l3_schema)
		str_addf(&s, "%s\n", rdt->l3_schema);
	if (rdt->mem_bw_schema)
		str_addf(&s, "%s\n", rdt->mem_bw_schema);
	for (size_t i = 0; all && i < rdt->schemata.n; i++)
		str_addf(&s, "%s\n", rdt->schemata.v[i]);
	return s.p;
}

static const char *group_path(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	const char *name = c->rdt.clos_id ? c->rdt.clos_id : f->id;

	return str_eq(name, "/") ? f->resctrl : arena_printf(p->arena, "%s/%s", f->resctrl, name);
}

static const char *monitor_path(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	return c->rdt.enable_monitoring ?
		       arena_printf(p->arena, "%s/mon_groups/%s", group_path(p, c, f), f->id) :
		       NULL;
}

void build_oci_rdt(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	struct step *st;

	if (!c->rdt.given)
		return;
	st = plan_add(p, STEP_RDT_GROUP, NULL);
	st->rdt_group.mount = f->resctrl;
	st->rdt_group.path = group_path(p, c, f);
	st->rdt_group.schemata = lines(p, &c->rdt, true);
	st->rdt_group.make = !f->resctrl_group;
	st->rdt_group.same = f->resctrl_group ? lines(p, &c->rdt, false) : NULL;
	st->rdt_group.own = !c->rdt.clos_id;
	st->rdt_group.monitor = monitor_path(p, c, f);
}

void build_oci_rdt_join(struct plan *p, const struct oci_config *c, const struct oci_facts *f)
{
	if (!c->rdt.given)
		return;
	plan_add(p, STEP_RDT_JOIN, NULL)->rdt_join.path = group_path(p, c, f);
	if (c->rdt.enable_monitoring)
		plan_add(p, STEP_RDT_JOIN, NULL)->rdt_join.path = monitor_path(p, c, f);
}
