/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/gen_stats.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "observe/world/dump.h"
#include "observe/world/parts.h"

/* Queues of links, and what in them can drop or delay packets. That of a link without one (noqueue) is left out. */

static void add_option(struct arena *a, struct world_qdisc *q, const char *text)
{
	q->options = q->options ? arena_printf(a, "%s, %s", q->options, text) : text;
}

/* The kernel's struct at the beginning of an attribute, which an older or newer one may have shorter or longer. */
static bool take_struct(const struct nlattr *attr, void *to, size_t size)
{
	size_t n = attr ? mnl_attr_get_payload_len(attr) : 0;

	memset(to, 0, size);
	if (attr)
		memcpy(to, mnl_attr_get_payload(attr), n < size ? n : size);
	return n;
}

/* Probabilities are parts of 2^32. */
static void add_percent(struct arena *a, struct world_qdisc *q, const char *what, uint32_t p)
{
	if (p)
		add_option(a, q, arena_printf(a, "%s %.4g%%", what, p * 100.0 / UINT32_MAX));
}

/* Its attributes follow the struct, within the one. */
static void take_netem(struct arena *a, struct world_qdisc *q, const struct nlattr *options)
{
	size_t head = MNL_ALIGN(sizeof(struct tc_netem_qopt));
	struct tc_netem_corrupt corrupt;
	struct tc_netem_qopt o;
	const struct nlattr *inner, *attr;

	take_struct(options, &o, sizeof(o));
	q->limit = o.limit;
	add_percent(a, q, "loss", o.loss);
	add_percent(a, q, "duplicate", o.duplicate);
	if (mnl_attr_get_payload_len(options) < head)
		return;
	inner = (const struct nlattr *)((const char *)mnl_attr_get_payload(options) + head);
	mnl_attr_for_each_payload(inner, mnl_attr_get_payload_len(options) - head)
	{
		if (mnl_attr_get_type(attr) == TCA_NETEM_CORRUPT &&
		    take_struct(attr, &corrupt, sizeof(corrupt)))
			add_percent(a, q, "corrupt", corrupt.probability);
		if (mnl_attr_get_type(attr) == TCA_NETEM_LOSS)
			add_option(a, q, "loss by a model");
		if (mnl_attr_get_type(attr) == TCA_NETEM_LATENCY64 && attr_number(attr))
			add_option(a, q, arena_printf(a, "delay %.4gms", (double)attr_number(attr) / 1e6));
	}
}

/* As tc(8) says it, where it is round: "1Mbit". */
static const char *rate_text(struct arena *a, uint64_t bytes)
{
	static const char *const units[] = { "", "K", "M", "G", "T" };
	unsigned long long bits = 8 * bytes;
	size_t unit = 0;

	for (; bits && bits % 1000 == 0 && unit + 1 < ARRAY_LEN(units); bits /= 1000)
		unit++;
	return arena_printf(a, "rate %llu%sbit", bits, units[unit]);
}

/* The burst is told as the time that it takes at that rate, in ticks of so many nanoseconds (PSCHED_SHIFT). */
enum { TICK = 64 };

static void take_tbf(struct arena *a, struct world_qdisc *q, const struct nlattr *options)
{
	const struct nlattr *parms = attr_within(options, TCA_TBF_PARMS),
			    *rate = attr_within(options, TCA_TBF_RATE64);
	uint64_t bytes;
	struct tc_tbf_qopt o;

	take_struct(parms, &o, sizeof(o));
	q->limit = o.limit;
	bytes = rate ? attr_number(rate) : o.rate.rate;
	q->burst = (uint64_t)((double)bytes * o.buffer * TICK / 1e9);
	add_option(a, q, rate_text(a, bytes));
}

static void take_options(struct arena *a, struct world_qdisc *q, const struct nlattr *options)
{
	const struct nlattr *limit = NULL;
	struct tc_fifo_qopt fifo;

	if (str_eq(q->kind, "netem"))
		take_netem(a, q, options);
	else if (str_eq(q->kind, "tbf"))
		take_tbf(a, q, options);
	else if (strlen(q->kind) == 5 && str_eq(q->kind + 1, "fifo") &&
		 take_struct(options, &fifo, sizeof(fifo)))
		q->limit = fifo.limit;
	else if (str_eq(q->kind, "fq_codel"))
		limit = attr_within(options, TCA_FQ_CODEL_LIMIT);
	else if (str_eq(q->kind, "fq"))
		limit = attr_within(options, TCA_FQ_PLIMIT);
	if (limit)
		q->limit = attr_number(limit);
}

static void take_stats(struct world_qdisc *q, const struct nlattr *stats)
{
	struct gnet_stats_queue queue;

	if (!take_struct(attr_within(stats, TCA_STATS_QUEUE), &queue, sizeof(queue)))
		return;
	q->queued = queue.qlen;
	q->backlog = queue.backlog;
	q->drops = queue.drops;
	q->overlimits = queue.overlimits;
}

static void take_qdisc(const struct nlmsghdr *msg, void *arg)
{
	struct dump *d = arg;
	const struct tcmsg *tcm = msg ? mnl_nlmsg_get_payload(msg) : NULL;
	const struct nlattr *attr, *options = NULL;
	struct world_qdisc q = { 0 };

	if (!msg)
		d->ns->n_qdiscs = 0;
	if (!msg || msg->nlmsg_type != RTM_NEWQDISC)
		return;
	q.link = tcm->tcm_ifindex;
	q.handle = tcm->tcm_handle;
	q.parent = tcm->tcm_parent;
	mnl_attr_for_each(attr, msg, sizeof(*tcm))
	{
		if (mnl_attr_get_type(attr) == TCA_KIND)
			q.kind = attr_text(d->w->arena, attr);
		if (mnl_attr_get_type(attr) == TCA_STATS2)
			take_stats(&q, attr);
		if (mnl_attr_get_type(attr) == TCA_OPTIONS)
			options = attr;
	}
	if (!q.kind || str_eq(q.kind, "noqueue"))
		return;
	if (options)
		take_options(d->w->arena, &q, options);
	arena_push(d->w->arena, d->ns->qdiscs, d->ns->n_qdiscs, q);
}

/* ---- filters ---- */

/* Where the kinds of filters have their actions, and a policer of the old form. */
static const struct {
	const char kind[10];
	uint16_t actions, police;
} filters[] = {
	{ "u32", TCA_U32_ACT, TCA_U32_POLICE },
	{ "flower", TCA_FLOWER_ACT, 0 },
	{ "matchall", TCA_MATCHALL_ACT, 0 },
	{ "basic", TCA_BASIC_ACT, TCA_BASIC_POLICE },
	{ "fw", TCA_FW_ACT, TCA_FW_POLICE },
	{ "bpf", TCA_BPF_ACT, TCA_BPF_POLICE },
	{ "route", TCA_ROUTE4_ACT, TCA_ROUTE4_POLICE },
};

/* TCA_GACT_PARMS, TCA_POLICE_TBF: the fourth number of tc_gen is the action, and policers are policers. */
static bool drops(const struct nlattr *options)
{
	const struct nlattr *parms = options ? attr_within(options, 2) : NULL;
	struct {
		uint32_t index, capab;
		int32_t action;
	} gen;

	return parms && take_struct(parms, &gen, sizeof(gen)) && gen.action == TC_ACT_SHOT;
}

static void take_action(struct dump *d, struct world_qdisc *q, const char *filter,
			const struct nlattr *action)
{
	const struct nlattr *kind = attr_within(action, TCA_ACT_KIND),
			    *options = attr_within(action, TCA_ACT_OPTIONS);
	const char *name = kind ? attr_text(d->w->arena, kind) : NULL;

	if (str_eq(name, "police") || (str_eq(name, "gact") && drops(options))) {
		q->polices = true;
		add_option(
			d->w->arena, q,
			arena_printf(d->w->arena, "filter %s: %s", filter, *name == 'p' ? "police" : "drop"));
	}
}

static void take_filter_options(struct dump *d, struct world_qdisc *q, const char *kind,
				const struct nlattr *options)
{
	const struct nlattr *attr, *action;

	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		if (!str_eq(kind, filters[i].kind))
			continue;
		if (filters[i].police && attr_within(options, filters[i].police)) {
			q->polices = true;
			add_option(d->w->arena, q, arena_printf(d->w->arena, "filter %s: police", kind));
		}
		mnl_attr_for_each_nested(attr, options) if (mnl_attr_get_type(attr) == filters[i].actions)
			mnl_attr_for_each_nested(action, attr) take_action(d, q, kind, action);
	}
}

static void take_filter(const struct nlmsghdr *msg, void *arg)
{
	struct dump *d = arg;
	struct world_qdisc *q = &d->ns->qdiscs[d->at];
	const struct nlattr *attr, *options = NULL;
	const char *kind = NULL;

	if (!msg || msg->nlmsg_type != RTM_NEWTFILTER)
		return;
	mnl_attr_for_each(attr, msg, sizeof(struct tcmsg))
	{
		if (mnl_attr_get_type(attr) == TCA_KIND)
			kind = attr_text(d->w->arena, attr);
		if (mnl_attr_get_type(attr) == TCA_OPTIONS)
			options = attr;
	}
	if (str_eq(kind, "bpf"))
		add_option(d->w->arena, q, "filter bpf");
	if (kind && options)
		take_filter_options(d, q, kind, options);
}

static void read_filters(struct dump *d, uint32_t parent)
{
	struct netlink_batch b;
	struct tcmsg *tcm;

	netlink_start(&b);
	tcm = netlink_add_dump(&b, RTM_GETTFILTER, sizeof(*tcm));
	tcm->tcm_ifindex = (int)d->ns->qdiscs[d->at].link;
	tcm->tcm_parent = parent;
	dump_run(d, &b, take_filter, "filters of queues");
}

/* Only what has classes, or is made for filters, can have some. */
static bool has_filters(const struct world_qdisc *q)
{
	static const char *const kinds[] = { "htb", "hfsc",   "prio", "drr", "qfq",
					     "cbq", "dsmark", "atm",  "ets" };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(q->kind, kinds[i]))
			return true;
	return false;
}

void world_read_qdiscs(struct world *w, struct world_netns *ns, struct netlink *nl)
{
	struct dump d = { w, ns, nl, 0 };
	struct netlink_batch b;

	netlink_start(&b);
	netlink_add_dump(&b, RTM_GETQDISC, sizeof(struct tcmsg));
	dump_run(&d, &b, take_qdisc, "queues");
	for (d.at = 0; d.at < ns->n_qdiscs; d.at++) {
		const struct world_qdisc *q = &ns->qdiscs[d.at];

		if (str_eq(q->kind, "ingress"))
			read_filters(&d, (uint32_t)q->handle);
		else if (str_eq(q->kind, "clsact")) {
			read_filters(&d, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS));
			read_filters(&d, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS));
		} else if (has_filters(q))
			read_filters(&d, (uint32_t)q->handle);
	}
}
