/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * How fast a container's network is. A link is shaped where it sends, so what comes to the container is at the host's end of its
 * cable (STEP_SHAPE), and what leaves it at its own end (STEP_SHAPE_INSIDE): there it waits in its own queue, and its sockets
 * feel it, while dropping at the host's end would have them send again. Without CAP_NET_ADMIN it can't be changed from inside.
 */
#include "plan/steps/steps.h"

#include <errno.h>

#include "kernel/net/link.h"
#include "kernel/net/shape.h"
#include "plan/live.h"
#include "plan/steps/net.h"
#include "plan/target.h"

static int apply(struct netlink *nl, const struct step_shape *s, struct err *e)
{
	struct shape shape = { .rate = s->rate / 8,
			       .burst = (uint32_t)s->burst,
			       .limit = (uint32_t)s->limit };
	struct netlink_batch b;
	struct link_info link;
	int r = link_get(nl, s->link, &link, e);

	if (r < 0)
		return r;
	netlink_start(&b);
	shape_put(&b, link.index, s->link, &shape);
	r = netlink_run(nl, &b, NULL, NULL, e);
	return r < 0 ? err_hint_for(e, ENOENT, "the kernel has no queue tbf: load it (modprobe sch_tbf)") : 0;
}

static int shape_apply(const struct step *s, struct live *live, struct err *e)
{
	int r = net_open_route(live, e);

	return r < 0 ? r : apply(&live->route, &s->shape, e);
}

static int shape_inside_apply(const struct step *s, struct live *live, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	int r = netlink_open(&nl, NETLINK_ROUTE, e);

	if (r == 0)
		r = apply(&nl, &s->shape, e);
	netlink_close(&nl);
	return r;
}

static void shape_show(const struct step *step, struct str *out)
{
	const struct step_shape *s = &step->shape;

	str_addf(out, "tc qdisc replace dev %s root tbf rate %llubit burst %llu limit %llu\n", s->link,
		 (unsigned long long)s->rate, (unsigned long long)s->burst, (unsigned long long)s->limit);
}

/* The kernel counts in ticks: what it says of the burst is rounded. */
static bool is_about(uint64_t a, uint64_t b)
{
	uint64_t difference = a > b ? a - b : b - a;

	return difference <= b / 50 + 2;
}

static int look(struct netlink *nl, const struct step_shape *s, struct str *text)
{
	struct link_info link;
	struct shape have;
	struct err e = { 0 };

	if (!nl)
		return READ_UNKNOWN;
	if (link_get(nl, s->link, &link, &e) < 0 || shape_get(nl, link.index, s->link, &have, &e) < 0)
		return READ_MISSING;
	if (have.rate == s->rate / 8 && have.limit == s->limit && is_about(have.burst, s->burst))
		return READ_FOUND;
	str_addf(text, "%s has %llu bits per second, %u bytes at once, and %u that may wait", s->link,
		 (unsigned long long)have.rate * 8, have.burst, have.limit);
	return READ_CHANGED;
}

static int shape_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	return look(net_route(t, &(struct err){ 0 }), &want->shape, text);
}

static int shape_inside_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	return look(net_route_inside(t, &(struct err){ 0 }), &want->shape, text);
}

/* Of both kinds. look() compares all of them at once. */
static const struct field shape_fields[] = {
	FIELD(STR, shape, link, .compare = COMPARE_KEY),  FIELD(STR, shape, network, .compare = COMPARE_KEY),
	FIELD(U64, shape, rate, .compare = COMPARE_KEY),  FIELD(U64, shape, burst, .compare = COMPARE_KEY),
	FIELD(U64, shape, limit, .compare = COMPARE_KEY), { 0 },
};

const struct step_ops step_shape = {
	.name = "shape",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.fields = shape_fields,
	.apply = shape_apply,
	.show = shape_show,
	.read = shape_read,
	.restore = shape_apply,
	.network = offsetof(struct step, shape.network),
};

const struct step_ops step_shape_inside = {
	.name = "shape-inside",
	.section = SECTION_NETWORK,
	.side = SIDE_INIT,
	.ns = "net",
	.fields = shape_fields,
	.apply = shape_inside_apply,
	.show = shape_show,
	.read = shape_inside_read,
	.network = offsetof(struct step, shape.network),
};
