/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/cni/cni.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <json-c/json_object.h>

#include "spec/json.h"

/* Ours: no other plugin gives the addresses. */
bool cni_is_own(const char *type)
{
	return !type || !*type || str_eq(type, "guise") || str_eq(type, "guise-cni");
}

static bool is_inside(struct ip subnet, struct ip ip)
{
	ip.len = ip.family == AF_INET ? 32 : 128;
	return ip_overlap(subnet, ip);
}

static struct ip read_address(struct json_reader *r, struct json_object *o, const char *key, struct ip subnet)
{
	const char *text = json_string(r, o, key);
	struct ip ip = cni_ip(r, key, text);

	if (!r->failed && ip_is(ip) && !is_inside(subnet, ip))
		json_fail(r, key, "%s does not lie in the subnet", text);
	ip.len = subnet.len;
	return ip_is(ip) ? ip : (struct ip){ 0 };
}

void cni_range_parse(struct json_reader *r, struct json_object *o, size_t set, struct cni_conf *conf)
{
	const char *text = json_string(r, o, "subnet");
	struct cni_range range = { .set = set };

	if (!text || ip_parse(text, &range.subnet) < 0 || !strchr(text, '/')) {
		json_fail(r, "subnet", "must be a network such as 10.1.0.0/16");
		return;
	}
	range.subnet = ip_network(range.subnet);
	range.gateway = read_address(r, o, "gateway", range.subnet);
	range.first = read_address(r, o, "rangeStart", range.subnet);
	range.last = read_address(r, o, "rangeEnd", range.subnet);
	if (!ip_is(range.gateway))
		range.gateway = ip_add(range.subnet, 1);
	if (!r->failed && ip_is(range.first) && ip_is(range.last) && !ip_same(range.first, range.last) &&
	    ip_distance(range.last, range.first) != UINT32_MAX)
		json_fail(r, "rangeEnd", "lies before rangeStart");
	for (size_t i = 0; i < conf->n_ranges; i++)
		if (ip_overlap(conf->ranges[i].subnet, range.subnet) &&
		    !ip_equal(conf->ranges[i].subnet, range.subnet))
			json_fail(r, "subnet", "%s overlaps with another one", text);
	if (conf->n_ranges == CNI_RANGES)
		json_fail(r, NULL, "%d ranges at most", CNI_RANGES);
	else if (!r->failed)
		conf->ranges[conf->n_ranges++] = range;
}

static void parse_set(struct json_reader *r, struct json_object *list, const char *key, size_t set,
		      struct cni_conf *conf)
{
	for (size_t i = 0; !r->failed && i < json_object_array_length(list); i++) {
		size_t place = json_enter_item(r, key, i);
		struct json_object *o = json_object_array_get_idx(list, i);

		if (!json_object_is_type(o, json_type_object))
			json_fail(r, NULL, "must be an object");
		else
			cni_range_parse(r, o, set, conf);
		json_leave(r, place);
	}
}

void cni_ranges_parse(struct json_reader *r, struct json_object *o, const char *key, struct cni_conf *conf)
{
	struct json_object *sets = json_array(r, o, key, CNI_RANGES);

	for (size_t i = 0; sets && !r->failed && i < json_object_array_length(sets); i++) {
		struct json_object *list = json_object_array_get_idx(sets, i);

		if (!json_object_is_type(list, json_type_array))
			json_fail(r, key, "must be an array of arrays of ranges");
		else if (json_object_array_length(list))
			parse_set(r, list, key, conf->n_sets++, conf);
	}
}

bool cni_route_has_options(const struct cni_route *route)
{
	return route->mtu || route->advmss || route->priority || route->table || route->scoped;
}

static void read_options(struct json_reader *r, struct json_object *o, struct cni_route *route)
{
	json_number(r, o, "mtu", UINT16_MAX, &route->mtu);
	json_number(r, o, "advmss", UINT16_MAX, &route->advmss);
	json_number(r, o, "priority", UINT32_MAX, &route->priority);
	json_number(r, o, "table", UINT32_MAX, &route->table);
	route->scoped = json_number(r, o, "scope", RT_SCOPE_HOST, &route->scope);
	if (route->scope >= RT_SCOPE_LINK && ip_is(route->via))
		json_fail(r, "scope", "%u is one without a gw", (unsigned)route->scope);
}

void cni_route_read(struct json_reader *r, struct json_object *o, void *out)
{
	struct cni_route *route = out;
	const char *to = json_string(r, o, "dst");

	route->to = cni_ip(r, "dst", to);
	route->via = cni_ip(r, "gw", json_string(r, o, "gw"));
	if (!ip_is(route->to) || (to && !strchr(to, '/')))
		json_fail(r, "dst", "must be a network such as 0.0.0.0/0");
	if (ip_is(route->via) && route->via.family != route->to.family)
		json_fail(r, "gw", "must be of the family of dst");
	read_options(r, o, route);
}

static void parse_routes(struct json_reader *r, struct json_object *ipam, struct cni_conf *conf)
{
	struct cni_route *list = json_objects(r, ipam, "routes", CNI_ROUTES, sizeof(*list), cni_route_read,
					      &conf->n_routes);

	if (conf->n_routes)
		memcpy(conf->routes, list, conf->n_routes * sizeof(*list));
}

/* Where nothing is said of addresses, guise chooses them, and the bridge is the way out. */
static void choose(struct cni_conf *conf)
{
	conf->is_gateway = conf->is_default_gateway = true;
	if (!json_object_object_get_ex(conf->root, "ipMasq", NULL))
		conf->masquerade = true;
}

void cni_ipam_parse(struct json_reader *r, struct json_object *root, struct cni_conf *conf)
{
	struct json_object *ipam = json_child(r, root, "ipam");
	size_t place = json_enter(r, "ipam");
	const char *type = ipam ? json_string(r, ipam, "type") : NULL;

	if (!cni_is_own(type)) {
		if (strchr(type, '/'))
			json_fail(r, "type", "must be a plugin's name, not a path");
		conf->delegate = type;
	} else if (ipam) {
		if (json_object_object_get_ex(ipam, "subnet", NULL))
			cni_range_parse(r, ipam, conf->n_sets++, conf);
		cni_ranges_parse(r, ipam, "ranges", conf);
		parse_routes(r, ipam, conf);
	}
	if (!conf->delegate && !conf->n_ranges && !r->failed)
		choose(conf);
	json_leave(r, place);
}
