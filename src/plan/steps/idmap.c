/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The maps of the container's user namespace. */
#include "plan/steps/steps.h"

#include "kernel/process/userns.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/target.h"

static int idmap_apply(const struct step *s, struct live *live, struct err *e)
{
	return userns_write_maps(live->pid, s->idmap.uid, s->idmap.gid, s->idmap.by_helper, e);
}

static void idmap_show(const struct step *s, struct str *out)
{
	if (s->idmap.by_helper) {
		str_addf(out, "newuidmap $pid %s\nnewgidmap $pid %s\n", s->idmap.uid, s->idmap.gid);
		return;
	}
	str_addf(out, "echo '%s' > /proc/$pid/uid_map\n", s->idmap.uid);
	str_addf(out, "echo '%s' > /proc/$pid/gid_map\n", s->idmap.gid);
}

static int idmap_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	have->idmap.uid = target_map(t, TARGET_UIDS);
	have->idmap.gid = target_map(t, TARGET_GIDS);
	return *have->idmap.uid && *have->idmap.gid ? READ_FOUND : READ_MISSING;
}

/* by_helper: who wrote them is not kept */
static const struct field idmap_fields[] = {
	FIELD(STR, idmap, uid, .label = "uid_map", .same = userns_same_map),
	FIELD(STR, idmap, gid, .label = "gid_map", .same = userns_same_map),
	FIELD(BOOL, idmap, by_helper, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_idmap = {
	.name = "idmap",
	.section = SECTION_ISOLATION,
	.side = SIDE_HOST,
	.fields = idmap_fields,
	.apply = idmap_apply,
	.show = idmap_show,
	.read = idmap_read,
};

const struct step_idmap *plan_idmap(const struct plan *p)
{
	const struct step *s = plan_last(p, STEP_IDMAP);

	return s ? &s->idmap : NULL;
}
