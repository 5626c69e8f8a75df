/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The container's link upon one of the host's, in the place of a cable and a bridge: see plan/steps/net.c. It is born in the
 * container's namespace, and dies with that, or with its parent; it is taken away only where the namespace lives on. On the
 * host there is nothing of it.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "kernel/net/upper.h"
#include "net/parent.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/steps/net.h"
#include "plan/target.h"
#include "spec/driver.h"

static int upper_apply(const struct step *s, struct live *live, struct err *e)
{
	const struct driver_mode *mode = driver_mode_named(s->upper.driver, s->upper.mode);
	struct link_upper u = { .name = s->upper.name,
				.kind = s->upper.driver,
				.parent = s->upper.parent,
				.mtu = (uint32_t)s->upper.mtu,
				.netns = live->netns,
				.pid = live->netns < 0 ? live->pid : 0 };
	struct link_info parent;
	int r = net_open_route(live, e);

	if (!mode)
		return err_set(e, "bad-mode", EINVAL, "use mode %s of %s", s->upper.mode, s->upper.driver);
	/* once more: it was judged before the container's process was made */
	if (r < 0 || (r = parent_ready(&live->route, s->upper.parent, u.kind, u.mtu, &parent, e)) < 0)
		return r;
	u.lower = parent.index;
	u.mode = mode->number;
	if (!mode->parents_mac)
		net_parse_mac(s->upper.mac, u.mac);
	return link_add_upper(&live->route, &u, e);
}

static void upper_show(const struct step *s, struct str *out)
{
	const struct step_upper *u = &s->upper;
	const struct driver_mode *mode = driver_mode_named(u->driver, u->mode);

	str_addf(out, "ip link add link %s name %s netns $pid", u->parent, u->name);
	if (u->mtu)
		str_addf(out, " mtu %llu", (unsigned long long)u->mtu);
	if (mode && !mode->parents_mac)
		str_addf(out, " address %s", u->mac);
	str_addf(out, " type %s mode %s\n", u->driver, u->mode);
}

/* What is not as it was made; NULL: all is. A parent of another namespace than ours would have another number here. */
static const char *difference(const struct step_upper *s, struct target *t, const struct link_info *link)
{
	const struct driver_mode *mode = driver_mode_named(s->driver, s->mode);
	uint8_t mac[LINK_MAC];
	struct link_info parent;
	struct err ignored;

	if (!str_eq(link->kind, s->driver))
		return "of another kind";
	if (!mode || link->mode != (int)mode->number)
		return "in another mode";
	if (net_is_here(s->network) &&
	    (link_get(&t->route, s->parent, &parent, &ignored) < 0 || parent.index != link->lower))
		return "upon another link";
	net_parse_mac(s->mac, mac);
	return memcmp(link->mac, mac, LINK_MAC) == 0 ? NULL : "of another MAC address";
}

static int upper_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct netlink *inside, *here;
	struct link_info link;
	struct err e = { 0 };
	const char *what;

	if (!(here = net_route(t, &e)) || !(inside = net_route_inside(t, &e)))
		return READ_UNKNOWN;
	if (link_get(inside, want->upper.name, &link, &e) < 0) {
		if (link_get(here, want->upper.parent, &link, &e) < 0)
			str_addf(text, "its parent %s is gone", want->upper.parent);
		return READ_MISSING;
	}
	if (!(what = difference(&want->upper, t, &link)))
		return READ_FOUND;
	str_addf(text, "%s is %s", want->upper.name, what);
	return READ_CHANGED;
}

/* With a descriptor of its namespace, that lives on: of a container that is taken off its network. */
static int upper_undo(const struct step *s, struct live *live, struct err *e)
{
	struct link_info link, parent;
	struct netlink *inside;
	struct target t;
	struct err none;
	int r;

	if (live->netns < 0)
		return 0;
	target_init(&t, live->arena, 0, fcntl(live->netns, F_DUPFD_CLOEXEC, 0));
	inside = net_route_inside(&t, e);
	r = inside ? net_open_route(live, e) : -e->no;
	/* the container may have one of that name itself, for which connect has failed */
	if (r == 0 && link_get(inside, s->upper.name, &link, &none) == 0 &&
	    link_get(&live->route, s->upper.parent, &parent, &none) == 0 &&
	    str_eq(link.kind, s->upper.driver) && link.lower == parent.index)
		r = link_delete_index(inside, link.index, s->upper.name, e);
	target_close(&t);
	return r;
}

/* Its addresses and routes went with it, and who has it otherwise may have reasons: a new start makes all of it. */
static int upper_restore(const struct step *s, struct live *live, struct err *e)
{
	err_set(e, "link-gone", ENODEV, "put back link %s upon %s", s->upper.name, s->upper.parent);
	err_cause(e, "it is in the container, which runs");
	return err_hint(e, "start the container anew");
}

/* difference() compares the link with all of them at once. */
static const struct field upper_fields[] = {
	FIELD(STR, upper, name, .compare = COMPARE_KEY), FIELD(STR, upper, driver, .compare = COMPARE_KEY),
	FIELD(STR, upper, mode, .compare = COMPARE_KEY), FIELD(STR, upper, parent, .compare = COMPARE_KEY),
	FIELD(STR, upper, mac, .compare = COMPARE_KEY),  FIELD(STR, upper, network, .compare = COMPARE_KEY),
	FIELD(U64, upper, mtu, .compare = COMPARE_KEY),  { 0 },
};

const struct step_ops step_upper = {
	.name = "upper",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.fields = upper_fields,
	.apply = upper_apply,
	.show = upper_show,
	.read = upper_read,
	.undo = upper_undo,
	.restore = upper_restore,
	.network = offsetof(struct step, upper.network),
};

const struct step_upper *plan_next_upper(const struct plan *p, size_t *at)
{
	const struct step *s = plan_next(p, STEP_UPPER, at);

	return s ? &s->upper : NULL;
}
