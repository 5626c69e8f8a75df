/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What others took away of what guise made for a network, and no packet of a walk meets: that another network may be
 * reached, that the host believes its routers, a rule in the chain of another firewall. Its steps were read as `explain
 * --check` reads them (world/engine_guise.c). Where a walk has found the same, that is told, and not this; so it comes last.
 */
#include <string.h>

#include "base/json.h"
#include "observe/findings/check.h"
#include "spec/json.h"

static bool has_finding(const struct check *c, const struct subject *s)
{
	for (size_t i = 0; i < c->out->n; i++)
		if (str_eq(c->out->v[i].target, s->target))
			return true;
	return false;
}

static void add_step(struct check *c, struct finding *f, const char *step)
{
	struct err ignored = { 0 };
	autojson struct json_object *list = step ? json_from_text(step, strlen(step), &ignored) : NULL;

	if (!list || plan_from_json(&f->repair, list, &ignored) < 0 || !f->repair.count)
		f->advice = "guise network reload";
}

/* "back: dns-server: ...": whose step it is, and which. */
static const char *code_of_loss(const char *hint)
{
	return str_after(hint + strcspn(hint, ":"), ": dns-server: ") ? "dns-server-missing" : "network-changed";
}

/* What its containers share is told once. hint: what is lost of which step of the network, "web: nat: ..."; the next one is the step. */
static void tell(struct check *c, const struct subject *s, const struct world_setting *hint, const char *step)
{
	struct finding *f;

	if (check_told(c, hint->value, NULL))
		return;
	f = check_add(c, code_of_loss(hint->value), s->target,
		      arena_strndup(c->a, hint->value, strcspn(hint->value, ":")));
	f->netns = c->host->inode;
	check_evidence(c, f, "network %s", hint->value);
	add_step(c, f, step);
}

void findings_own(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct subject *s = &c->subjects[i];
		const struct world_container *who = s->container;

		if (!s->asked || !who || has_finding(c, s))
			continue;
		for (size_t k = 0; k < who->n_hints; k++) {
			const struct world_setting *next = k + 1 < who->n_hints ? &who->hints[k + 1] : NULL;

			if (str_eq(who->hints[k].name, "lost"))
				tell(c, s, &who->hints[k],
				     next && str_eq(next->name, "step") ? next->value : NULL);
		}
	}
}
