/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/shape.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* A tick of the kernel's packet schedulers (PSCHED_SHIFT). */
enum { TICK_NS = 64 };

void shape_put(struct netlink_batch *b, int index, const char *name, const struct shape *shape)
{
	struct tc_tbf_qopt opt = { .limit = shape->limit };
	struct nlattr *options;
	struct tcmsg *tc = netlink_add(b, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, sizeof(struct tcmsg));

	netlink_label(b, "shape", "limit the bandwidth of link", name);
	tc->tcm_ifindex = index;
	tc->tcm_parent = TC_H_ROOT;
	/* of Ethernet the kernel makes no table of times, and asks for none */
	opt.rate.linklayer = TC_LINKLAYER_ETHERNET;
	opt.rate.rate = shape->rate > UINT32_MAX ? UINT32_MAX : (uint32_t)shape->rate;
	netlink_put_str(b, TCA_KIND, "tbf");
	options = netlink_nest(b, TCA_OPTIONS);
	netlink_put(b, TCA_TBF_PARMS, &opt, sizeof(opt));
	if (shape->rate > UINT32_MAX)
		netlink_put(b, TCA_TBF_RATE64, &shape->rate, sizeof(shape->rate));
	netlink_put(b, TCA_TBF_BURST, &shape->burst, sizeof(shape->burst));
	netlink_nest_end(b, options);
}

static void parse_options(struct shape *shape, const struct nlattr *options)
{
	const struct nlattr *attr;
	struct tc_tbf_qopt opt = { 0 };
	uint64_t rate64 = 0;

	mnl_attr_for_each_nested(attr, options)
	{
		size_t n = mnl_attr_get_payload_len(attr);

		if (mnl_attr_get_type(attr) == TCA_TBF_PARMS && n >= sizeof(opt))
			memcpy(&opt, mnl_attr_get_payload(attr), sizeof(opt));
		if (mnl_attr_get_type(attr) == TCA_TBF_RATE64 && n >= sizeof(rate64))
			memcpy(&rate64, mnl_attr_get_payload(attr), sizeof(rate64));
	}
	shape->rate = rate64 ? rate64 : opt.rate.rate;
	shape->limit = opt.limit;
	shape->burst = (uint32_t)((double)opt.buffer * TICK_NS * (double)shape->rate / 1e9);
}

static void take_qdisc(const struct nlmsghdr *msg, void *arg)
{
	struct shape *shape = arg;
	const struct nlattr *attr, *options = NULL;
	bool is_tbf = false;

	if (!msg || msg->nlmsg_type != RTM_NEWQDISC)
		return;
	mnl_attr_for_each(attr, msg, sizeof(struct tcmsg))
	{
		if (mnl_attr_get_type(attr) == TCA_KIND)
			is_tbf = strncmp(mnl_attr_get_payload(attr), "tbf", mnl_attr_get_payload_len(attr)) ==
				 0;
		if (mnl_attr_get_type(attr) == TCA_OPTIONS)
			options = attr;
	}
	if (is_tbf && options)
		parse_options(shape, options);
}

int shape_get(struct netlink *nl, int index, const char *name, struct shape *shape, struct err *e)
{
	struct netlink_batch b;
	struct tcmsg *tc;
	int r;

	*shape = (struct shape){ 0 };
	netlink_start(&b);
	tc = netlink_add_get(&b, RTM_GETQDISC, sizeof(*tc));
	b.msg->nlmsg_flags |=
		NLM_F_ECHO; /* or the answer is for listeners only (tc_get_qdisc() in the kernel) */
	netlink_label(&b, "shape", "look up the queue of link", name);
	tc->tcm_ifindex = index;
	tc->tcm_parent = TC_H_ROOT;
	r = netlink_run(nl, &b, take_qdisc, shape, e);
	if (r < 0 || shape->rate)
		return r;
	return err_set(e, "shape", ENOENT, "look up the queue of link %s", name),
	       err_cause(e, "it is no token bucket");
}
