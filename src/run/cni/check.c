/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/cni/cni.h"

#include <errno.h>
#include <string.h>

#include "kernel/net/nft.h"
#include "plan/compare.h"

static int different(const struct cni *c, const struct step *s, const struct str *text, struct err *e)
{
	err_set(e, "cni-different", ESTALE, "check interface %s of container %s on network %s",
		c->call->ifname, c->call->container, c->conf->name);
	return err_cause(e, "%s: %s", step_ops(s->kind)->name, text->len ? text->p : "it is gone");
}

/* What a plugin behind us may have changed, a sysctl of the interface, is none of ours any more. */
static int check_steps(const struct cni *c, const struct cni_record *record, struct target *t, struct err *e)
{
	for (size_t i = 0; i < record->plan.count; i++) {
		const struct step *s = &record->plan.steps[i];
		struct str text = { .arena = c->arena };
		enum found found = step_check(s, t, &text);

		if (found == FOUND_MISSING || found == FOUND_DIFFERENT)
			return different(c, s, &text, e);
	}
	return 0;
}

static int check_prev(const struct cni *c, const struct cni_record *record, struct err *e)
{
	struct plan_endpoint ep;
	size_t at = 0;

	if (!plan_next_endpoint(&record->plan, &at, &ep))
		return err_set(e, "cni-different", ESTALE, "check attachment %s", record->key),
		       err_cause(e, "its ADD was not completed");
	return cni_result_has(c->conf, c->call, &ep.addresses, e);
}

static int unknown(struct err *e, const char *key)
{
	err_set(e, "cni-unknown", ENOENT, "check attachment %s", key);
	return err_cause(e, "there is none: it was never added, or is deleted");
}

int cni_check(const struct cni *c, struct err *e)
{
	const char *key = cni_key(c->arena, c->conf->name, c->call->container, c->call->ifname, e);
	struct cni_record record;
	struct target t;
	int r, netns = -1;

	if (!key || (r = cni_open_netns(c->call->netns, &netns, e)) < 0)
		return -e->no;
	target_init(&t, c->arena, 0, netns); /* of the network, a namespace is as good as a process */
	t.rundir = c->rundir;
	t.id = key;
	r = cni_record_read(c, key, &record, e);
	if (r == -ENOENT)
		r = unknown(e, key);
	t.plan = &record.plan;
	if (r == 0 && (r = check_prev(c, &record, e)) == 0)
		r = check_steps(c, &record, &t, e);
	if (r == 0 && c->conf->delegate)
		r = cni_delegate(c, c->conf->delegate, "CHECK", c->conf->text, NULL, NULL, e);
	target_close(&t);
	return r;
}

/* Could it ADD? Its state directory is there by now. */
int cni_status(const struct cni *c, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	int r = nft_open(&nl, e);

	netlink_close(&nl);
	if (r == 0 && c->conf->delegate && cni_delegate_knows(c, c->conf->delegate, cni_versions[CNI_1_1_0]))
		r = cni_delegate(c, c->conf->delegate, "STATUS", c->conf->text, NULL, NULL, e);
	if (r < 0)
		memcpy(e->code, "cni-not-ready", sizeof("cni-not-ready"));
	return r;
}
