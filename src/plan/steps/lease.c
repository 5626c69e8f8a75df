/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The address that is one container's alone: see plan/steps/net.c. */
#include "plan/steps/steps.h"

#include <stdio.h>

#include "base/io.h"
#include "net/lease.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/steps/net.h"
#include "plan/target.h"

static int lease_apply(const struct step *s, struct live *live, struct err *e)
{
	return 0; /* run/engine/network.c took it to learn the address, which the plan's other steps hold */
}

static void lease_show(const struct step *s, struct str *out)
{
	str_addf(out, "# the address %s of network %s is the container's from here on\n", s->lease.address,
		 net_name(s->lease.network));
}

static int lease_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	char path[256], holder[260];

	snprintf(path, sizeof(path), "net/%s/%s", want->lease.network, want->lease.address);
	if (io_read_small(t->rundir, path, holder, sizeof(holder)) < 0)
		return READ_MISSING;
	if (str_eq(holder, t->id))
		return READ_FOUND;
	str_addf(text, "%s belongs to %s", want->lease.address, holder);
	return READ_CHANGED;
}

bool plan_has_lease(const struct plan *p, const char *network, struct target *t)
{
	struct str ignored = { .arena = t->arena };
	const struct step *s;
	struct step have;

	for (size_t at = 0; (s = plan_next(p, STEP_LEASE, &at));)
		if (str_eq(s->lease.network, network) && lease_read(s, t, &have, &ignored) == READ_FOUND)
			return true;
	return false;
}

static int lease_undo(const struct step *s, struct live *live, struct err *e)
{
	struct lease_dir *leases;
	struct ip addr;
	int r = net_lock_and_ask(live, s->lease.network, &leases, e);

	if (r < 0 || !leases || ip_parse(s->lease.address, &addr) < 0)
		return r;
	return lease_release(leases, addr, live->id, e);
}

static const struct field lease_fields[] = { FIELD(STR, lease, network, .compare = COMPARE_KEY),
					     FIELD(STR, lease, address, .compare = COMPARE_KEY),
					     { 0 } };

const struct step_ops step_lease = {
	.name = "lease",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = lease_fields,
	.apply = lease_apply,
	.show = lease_show,
	.read = lease_read,
	.undo = lease_undo,
	.network = offsetof(struct step, lease.network),
};
