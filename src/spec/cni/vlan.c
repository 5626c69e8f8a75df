/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The keys vlan, vlanTrunk and preserveDefaultVlan of the plugin bridge. */
#include "spec/cni/cni.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <json-c/json_object.h>

#include "kernel/net/vlan.h"
#include "spec/json.h"

/* An item of vlanTrunk: an id, or the least and the last one, or both. */
struct trunk {
	struct vlan_range range, only;
};

static uint16_t read_id(struct json_reader *r, struct json_object *o, const char *key)
{
	int64_t n = 0;

	json_integer(r, o, key, VLAN_FIRST, VLAN_LAST, &n);
	return (uint16_t)n;
}

static void read_trunk(struct json_reader *r, struct json_object *o, void *out)
{
	struct trunk *t = out;

	t->range = (struct vlan_range){ read_id(r, o, "minID"), read_id(r, o, "maxID") };
	t->only.first = t->only.last = read_id(r, o, "id");
	if (!t->range.first != !t->range.last)
		json_fail(r, t->range.first ? "maxID" : "minID", "is missing");
	else if (t->range.last < t->range.first)
		json_fail(r, "maxID", "is less than minID");
	else if (!t->range.first && !t->only.first)
		json_fail(r, "id", "is missing");
}

/* VLAN 1 is every port's own without a word, and stays without a tag. */
static void mark_members(bool *member, struct vlan_range range)
{
	for (unsigned id = range.first; id && id <= range.last; id++)
		member[id] = id != VLAN_DEFAULT;
}

/* Ranges in order, none of which touches another. */
static void tell_members(struct json_reader *r, const bool *member, struct cni_conf *conf)
{
	for (unsigned id = VLAN_FIRST, last; id <= VLAN_LAST; id = last + 1) {
		for (last = id; last < VLAN_LAST && member[id] && member[last + 1];)
			last++;
		if (member[id])
			strv_push(r->arena, &conf->trunk,
				  last > id ? arena_printf(r->arena, "%u-%u", id, last) :
					      arena_printf(r->arena, "%u", id));
	}
	if (conf->trunk.n > VLAN_RANGES)
		json_fail(r, "vlanTrunk", "has more than %d ranges", VLAN_RANGES);
}

static void parse_trunk(struct json_reader *r, struct cni_conf *conf)
{
	bool member[VLAN_LAST + 1] = { false };
	size_t n = 0;
	struct trunk *list = json_objects(r, conf->root, "vlanTrunk", VLAN_LAST, sizeof(*list), read_trunk, &n);

	for (size_t i = 0; i < n && !r->failed; i++) {
		mark_members(member, list[i].range);
		mark_members(member, list[i].only);
	}
	tell_members(r, member, conf);
}

void cni_vlan_parse(struct json_reader *r, struct cni_conf *conf)
{
	bool preserve = true;
	char link[64];

	json_boolean(r, conf->root, "preserveDefaultVlan", &preserve);
	if (json_number(r, conf->root, "vlan", VLAN_LAST, &conf->vlan) && conf->vlan)
		snprintf(link, sizeof(link), "%.40s.%u", conf->bridge ? conf->bridge : "", (unsigned)conf->vlan);
	parse_trunk(r, conf);
	conf->no_default_vlan = !preserve && (conf->vlan || conf->trunk.n);
	if (conf->vlan && conf->trunk.n)
		json_fail(r, "vlanTrunk", "does not go with vlan");
	if (conf->trunk.n && conf->is_gateway)
		json_fail(r, "vlanTrunk", "does not go with isGateway or isDefaultGateway, nor without ipam");
	if (conf->vlan && conf->is_gateway && strlen(link) >= IFNAMSIZ)
		json_fail(r, "bridge", "is too long: the gateway's link would be %s", link);
}
