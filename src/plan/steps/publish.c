/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A published port: elements of the maps of net/ports.h.
 *
 * That nobody else listens there is seen to by a socket, which guise has bound since it chose the port
 * (run/engine/publish.h): it is not the plan's. What the kernel still remembers of the port is forgotten when it begins to
 * lead there, and when it no longer does: a datagram would follow the old way (net/ports_forget.h).
 */
#include "plan/steps/steps.h"

#include <string.h>

#include "kernel/net/nft.h"
#include "net/ports.h"
#include "net/ports_forget.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/steps/net.h"
#include "kernel/net/port.h"

const struct step_publish *plan_next_publish(const struct plan *p, size_t *at)
{
	const struct step *s = plan_next(p, STEP_PUBLISH, at);

	return s ? &s->publish : NULL;
}

static bool is_ipv6(const struct step_publish *s)
{
	return strchr(s->to, ':');
}

const char *publish_address(const struct step_publish *s)
{
	return *s->at ? s->at : is_ipv6(s) ? "::" : "0.0.0.0";
}

static bool is_by_pasta(const struct step_publish *s)
{
	return !*s->network;
}

static struct ports_range range_of(const struct step_publish *s)
{
	struct ports_range range = { .family = is_ipv6(s) ? AF_INET6 : AF_INET,
				     .proto = (uint8_t)s->proto,
				     .first = (unsigned)s->first,
				     .count = (unsigned)s->count,
				     .target = (unsigned)s->target,
				     .mark = s->mark };

	ip_parse(s->at, &range.at);
	ip_parse(s->to, &range.to);
	return range;
}

static int publish_apply(const struct step *s, struct live *live, struct err *e)
{
	struct ports_range range = range_of(&s->publish);
	int r;

	if (is_by_pasta(&s->publish))
		return 0;
	if ((r = net_open_nft(live, e)) < 0)
		return r;
	if ((r = ports_add(&live->nft, &range, e)) == 0)
		return ports_forget_connections(&range, PORTS_BEGIN, e);
	ports_delete(&live->nft, &range, &(struct err){ 0 }); /* none of that mark was there */
	return r;
}

/* What could be put back stays, if not all could. */
static int publish_restore(const struct step *s, struct live *live, struct err *e)
{
	struct ports_range range = range_of(&s->publish);
	int r;

	if (is_by_pasta(&s->publish))
		return 0;
	if ((r = net_open_nft(live, e)) == 0)
		r = ports_add(&live->nft, &range, e);
	return r < 0 ? r : ports_forget_connections(&range, PORTS_AGAIN, e);
}

/* The element of the nth port: "tcp . 8080 ... : 10.10.0.2 . 80". */
static void show_element(const struct step_publish *s, const char *verb, const char *mark, uint64_t nth,
			 struct str *out)
{
	str_addf(out, "%s element inet %s published%s%s { ", verb, RULES_TABLE, is_ipv6(s) ? "6" : "",
		 *s->at ? "_at" : "");
	if (*s->at)
		str_addf(out, "%s . ", s->at);
	str_addf(out, "%s . %llu", port_proto(s->proto), (unsigned long long)(s->first + nth));
	if (mark)
		str_addf(out, " comment \"%s\"", mark);
	str_addf(out, " : %s . %llu }\n", s->to, (unsigned long long)(s->target + nth));
}

static void show_elements(const struct step_publish *s, const char *verb, const char *mark, struct str *out)
{
	for (uint64_t i = 0; i < s->count; i++)
		show_element(s, verb, mark, i, out);
	str_add(out, "EOF\n");
}

static void publish_show(const struct step *s, struct str *out)
{
	if (is_by_pasta(&s->publish)) {
		str_add(out, "# pasta was told of it\n");
		return;
	}
	str_add(out,
		"# guise also binds a socket to each port, so that nobody else can listen there, and deletes what\n"
		"# conntrack remembers of it\n"
		"nft -f - <<'EOF'\n");
	show_elements(&s->publish, "add", s->publish.mark, out);
}

static void publish_show_undo(const struct step *s, struct str *out)
{
	if (is_by_pasta(&s->publish))
		return;
	str_add(out, "nft -f - 2>/dev/null <<'EOF' || :\n");
	show_elements(&s->publish, "delete", NULL, out);
}

static int publish_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct ports_range range = range_of(&want->publish);
	struct netlink nl = NETLINK_CLOSED;
	struct err e = { 0 };
	int r;

	if (is_by_pasta(&want->publish))
		return READ_FOUND; /* as long as pasta is */
	if ((r = nft_open(&nl, &e)) == 0)
		r = ports_check_range(&nl, &range, &e);
	netlink_close(&nl);
	return net_found(r, &e, text);
}

/* In another network namespace there is nothing of it: it goes there with the network (plan/steps/net.c). */
static int publish_undo(const struct step *s, struct live *live, struct err *e)
{
	struct ports_range range = range_of(&s->publish);
	struct netlink nl = NETLINK_CLOSED;
	int r;

	if (is_by_pasta(&s->publish) || !net_is_here(s->publish.network))
		return 0;
	if ((r = nft_open(&nl, e)) == 0)
		r = ports_delete(&nl, &range, e);
	netlink_close(&nl);
	if (r == 0)
		r = ports_forget_connections(&range, PORTS_END, e);
	return net_no_rules(r, e);
}

/* ports_check_range() compares all of it. */
static const struct field publish_fields[] = {
	FIELD(STR, publish, at, .compare = COMPARE_KEY),
	FIELD(U64, publish, first, .compare = COMPARE_KEY),
	FIELD(U64, publish, count, .compare = COMPARE_KEY),
	FIELD(U64, publish, proto, .compare = COMPARE_KEY),
	FIELD(STR, publish, to, .compare = COMPARE_KEY),
	FIELD(U64, publish, target, .compare = COMPARE_KEY),
	FIELD(STR, publish, mark, .compare = COMPARE_KEY),
	FIELD(STR, publish, network, .compare = COMPARE_KEY),
	{ 0 },
};

const struct step_ops step_publish = {
	.name = "publish",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = publish_fields,
	.apply = publish_apply,
	.show = publish_show,
	.show_undo = publish_show_undo,
	.read = publish_read,
	.undo = publish_undo,
	.restore = publish_restore,
	.network = offsetof(struct step, publish.network),
};
