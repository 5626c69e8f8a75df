/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/repair.h"

#include <string.h>

void repair_link(struct plan *p, const char *netns, const char *link, const char *key, const char *value,
		 const char *was)
{
	plan_add(p, STEP_FIX_LINK, NULL)->fix_link = (struct step_fix_link){
		.netns = netns, .link = link, .key = key, .value = value, .was = was
	};
}

void repair_address(struct plan *p, bool add, const char *netns, const char *link, const char *address)
{
	plan_add(p, STEP_FIX_ADDRESS, NULL)->fix_address =
		(struct step_fix_address){ .netns = netns, .link = link, .address = address, .remove = !add };
}

void repair_forget(struct plan *p, const char *netns, const char *link, const char *address, const char *mac,
		   uint64_t state)
{
	plan_add(p, STEP_FIX_NEIGHBOUR, NULL)->fix_neighbour = (struct step_fix_neighbour){
		.netns = netns, .link = link, .address = address, .mac = mac, .state = state
	};
}

void repair_setting(struct plan *p, const char *netns, const char *name, const char *value, const char *was)
{
	plan_add(p, STEP_FIX_SETTING, NULL)->fix_setting =
		(struct step_fix_setting){ .netns = netns, .name = name, .value = value, .was = was };
}

void repair_route(struct plan *p, bool add, const struct step_fix_route *route)
{
	struct step_fix_route *to = &plan_add(p, STEP_FIX_ROUTE, NULL)->fix_route;

	*to = *route;
	to->remove = !add;
}

void repair_policy(struct plan *p, bool add, const struct step_fix_policy *policy)
{
	struct step_fix_policy *to = &plan_add(p, STEP_FIX_POLICY, NULL)->fix_policy;

	*to = *policy;
	to->remove = !add;
}

void repair_rule(struct plan *p, const struct step_fix_rule *rule)
{
	plan_add(p, STEP_FIX_RULE, NULL)->fix_rule = *rule;
}

static struct strv split(struct arena *a, const char *words)
{
	struct strv list = { 0 };

	for (size_t n; *words; words += n + strspn(words + n, " ")) {
		n = strcspn(words, " ");
		strv_push(a, &list, arena_strndup(a, words, n));
	}
	return list;
}

void repair_program(struct plan *p, const char *netns, const char *words, const char *back)
{
	plan_add(p, STEP_FIX_PROGRAM, NULL)->fix_program = (struct step_fix_program){
		.netns = netns, .argv = split(p->arena, words), .back = split(p->arena, back)
	};
}

void repair_cgroup(struct plan *p, const char *path, const char *file, const char *value, const char *was)
{
	plan_add(p, STEP_CGROUP_SET, NULL)->cgroup_set =
		(struct step_cgroup_set){ .path = path, .file = file, .value = value, .was = was };
}
