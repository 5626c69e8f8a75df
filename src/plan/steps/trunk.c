/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What makes one network of two bridges, for one that has more containers than a bridge has ports
 * (doc/decisions/19-more-bridges-of-a-network.md): a cable between them. Its ends learn, and get what their bridge does not
 * know: the ports of containers do neither. */
#include "plan/steps/steps.h"

#include <errno.h>

#include "kernel/net/link.h"
#include "kernel/net/nft.h"
#include "net/further.h"
#include "net/rules_table.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/steps/net.h"
#include "plan/target.h"

static int trunk_apply(const struct step *s, struct live *live, struct err *e)
{
	const struct step_trunk *w = &s->trunk;
	struct link_info bridge, further;
	int r = net_open_route(live, e);

	if (r < 0 || (r = net_open_nft(live, e)) < 0 || (r = further_ensure(&live->nft, e)) < 0 ||
	    (r = link_get(&live->route, w->bridge, &bridge, e)) < 0 ||
	    (r = link_get(&live->route, w->further, &further, e)) < 0)
		return r;
	r = link_ensure_trunk(&live->route,
			      &(struct link_trunk){ .name = w->name,
						    .peer = w->peer,
						    .master = bridge.index,
						    .peer_master = further.index,
						    .mtu = (uint32_t)w->mtu },
			      e);
	return r == -EXFULL ? net_bridge_full(w->network, w->bridge, e) : r;
}

static void show_end(const char *name, const char *bridge, struct str *out)
{
	str_addf(out, "ip link set %s master %s addrgenmode none\nip link set %s up\n", name, bridge, name);
}

static void trunk_show(const struct step *s, struct str *out)
{
	const struct step_trunk *w = &s->trunk;

	str_addf(out, "nft list chain inet %s further >/dev/null 2>&1 || nft -f - <<'EOF'\n", RULES_TABLE);
	str_addf(out, "table inet %s {\n%s}\nEOF\n", RULES_TABLE, further_text);
	str_addf(out, "ip link show %s >/dev/null 2>&1 || ip link add %s", w->name, w->name);
	if (w->mtu)
		str_addf(out, " mtu %llu", (unsigned long long)w->mtu);
	str_addf(out, " type veth peer name %s", w->peer);
	if (w->mtu)
		str_addf(out, " mtu %llu", (unsigned long long)w->mtu);
	str_add(out, "\n");
	show_end(w->name, w->bridge, out);
	show_end(w->peer, w->further, out);
}

/* As long as the further bridge has another port it stays. */
static void trunk_show_undo(const struct step *s, struct str *out)
{
	str_addf(out, "[ \"$(ip -o link show master %s 2>/dev/null | wc -l)\" -gt 1 ] || ip link delete %s 2>/dev/null || :\n",
		 s->trunk.further, s->trunk.name);
}

/* What is not as it was made of an end; NULL: all is. */
static const char *difference(struct target *t, const char *name, const char *bridge, int *r)
{
	struct link_info link, master;
	struct err e;

	if ((*r = link_get(&t->route, name, &link, &e)) < 0)
		return "not there";
	if (link_get(&t->route, bridge, &master, &e) < 0 || link.master != master.index)
		return "not on its bridge";
	return link.flags & IFF_UP ? NULL : "down";
}

static int check_rules(struct str *text)
{
	struct netlink nl = NETLINK_CLOSED;
	struct err e = { 0 };
	char line[512];
	int r = nft_open(&nl, &e);

	if (r == 0)
		r = further_check(&nl, &e);
	netlink_close(&nl);
	if (r < 0)
		str_add(text, err_line(&e, line, sizeof(line)));
	return r == 0 ? READ_FOUND : r == -ENOENT ? READ_MISSING : r == -ESTALE ? READ_CHANGED : READ_UNKNOWN;
}

static int trunk_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	const struct step_trunk *w = &want->trunk;
	const char *what, *name = w->name;
	struct err e;
	int r;

	if (!net_route(t, &e))
		return READ_UNKNOWN;
	if (!(what = difference(t, name, w->bridge, &r)) &&
	    !(what = difference(t, name = w->peer, w->further, &r)))
		return check_rules(text);
	str_addf(text, "%s is %s", name, what);
	return r == -ENODEV ? READ_MISSING : READ_CHANGED;
}

/* A bridge that somebody deleted leaves its name to another network, and with it that of the cable. */
static int trunk_undo(const struct step *s, struct live *live, struct err *e)
{
	struct link_info further;
	int r = net_take_away(live, s->trunk.network, e);

	if (r <= 0 || (r = net_open_route(live, e)) < 0)
		return r;
	r = link_get(&live->route, s->trunk.further, &further, e);
	if (r == 0 && *further.alias && !str_eq(further.alias, s->trunk.mark))
		return 0;
	return r < 0 && r != -ENODEV ? r : link_delete(&live->route, s->trunk.name, e);
}

static const struct field trunk_fields[] = {
	FIELD(STR, trunk, name, .compare = COMPARE_KEY),
	FIELD(STR, trunk, bridge, .compare = COMPARE_KEY),
	FIELD(STR, trunk, peer, .compare = COMPARE_KEY),
	FIELD(STR, trunk, further, .compare = COMPARE_KEY),
	FIELD(STR, trunk, mark, .compare = COMPARE_KEY),
	FIELD(STR, trunk, network, .compare = COMPARE_KEY),
	FIELD(U64, trunk, mtu, .compare = COMPARE_KEY),
	{ 0 },
};

const struct step_ops step_trunk = {
	.name = "trunk",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_SHARED,
	.fields = trunk_fields,
	.apply = trunk_apply,
	.show = trunk_show,
	.show_undo = trunk_show_undo,
	.read = trunk_read,
	.undo = trunk_undo,
	.restore = trunk_apply,
	.network = offsetof(struct step, trunk.network),
};

const char *plan_further(const struct plan *p, const char *network)
{
	const struct step *s;

	for (size_t i = 0; (s = plan_next(p, STEP_TRUNK, &i));)
		if (str_eq(s->trunk.network, network))
			return s->trunk.further;
	return NULL;
}
