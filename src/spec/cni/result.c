/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/cni/cni.h"

#include <errno.h>
#include <string.h>
#include <json-c/json_object.h>

#include "base/json.h"
#include "spec/json.h"

/* ---- reading ---- */

static void read_address(struct json_reader *r, struct json_object *o, void *out)
{
	struct cni_address *at = out;

	at->address = cni_ip(r, "address", json_string(r, o, "address"));
	at->gateway = cni_ip(r, "gateway", json_string(r, o, "gateway"));
	if (!ip_is(at->address))
		json_fail(r, "address", "is missing");
}

int cni_result_parse(struct arena *a, const char *text, size_t len, struct cni_result *result, struct err *e)
{
	struct json_reader r = { .arena = a, .file = "the result of a plugin", .code = "json-bad", .err = e };
	struct cni_address *ips;
	struct cni_route *routes;

	*result = (struct cni_result){ 0 };
	result->root = json_parse(&r, text, len);
	if (r.failed)
		return json_result(&r);
	ips = json_objects(&r, result->root, "ips", CNI_ADDRESSES, sizeof(*ips), read_address,
			   &result->n_ips);
	routes = json_objects(&r, result->root, "routes", CNI_ROUTES, sizeof(*routes), cni_route_read,
			      &result->n_routes);
	if (!r.failed && result->n_ips)
		memcpy(result->ips, ips, result->n_ips * sizeof(*ips));
	if (!r.failed && result->n_routes)
		memcpy(result->routes, routes, result->n_routes * sizeof(*routes));
	result->dns = json_child(&r, result->root, "dns");
	return json_result(&r);
}

/* ---- writing ---- */

static void put_text(struct json_object *o, const char *key, const char *text)
{
	if (text && *text)
		json_object_object_add(o, key, json_object_new_string(text));
}

static void put_number(struct json_object *o, const char *key, uint32_t n)
{
	if (n)
		json_object_object_add(o, key, json_object_new_int64(n));
}

/* The list of that name of what is said so far, made where there is none. */
static struct json_object *list_of(struct json_object *o, const char *key)
{
	struct json_object *list;

	if (json_object_object_get_ex(o, key, &list) && json_object_is_type(list, json_type_array))
		return list;
	list = json_object_new_array();
	json_object_object_add(o, key, list);
	return list;
}

static void add_interface(struct json_object *list, const struct cni_interface *i, enum cni_version version)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "name", i->name);
	put_text(o, "mac", i->mac);
	put_text(o, "sandbox", i->sandbox);
	if (version >= CNI_1_1_0)
		put_number(o, "mtu", i->mtu);
	json_object_array_add(list, o);
}

static void add_address(struct json_object *list, const struct cni_address *at, size_t interface,
			enum cni_version version)
{
	struct json_object *o = json_object_new_object();
	char text[IP_TEXT];

	if (version < CNI_1_0_0)
		put_text(o, "version", at->address.family == AF_INET6 ? "6" : "4");
	json_object_object_add(o, "interface", json_object_new_int64((int64_t)interface));
	put_text(o, "address", ip_net_text(at->address, text));
	put_text(o, "gateway", ip_text(at->gateway, text));
	json_object_array_add(list, o);
}

static void add_route(struct json_object *list, const struct cni_route *route, enum cni_version version)
{
	struct json_object *o = json_object_new_object();
	char text[IP_TEXT];

	put_text(o, "dst", ip_net_text(route->to, text));
	put_text(o, "gw", ip_text(route->via, text));
	if (version >= CNI_1_1_0) {
		put_number(o, "mtu", (uint32_t)route->mtu);
		put_number(o, "advmss", (uint32_t)route->advmss);
		put_number(o, "priority", (uint32_t)route->priority);
		put_number(o, "table", (uint32_t)route->table);
		if (route->scoped)
			json_object_object_add(o, "scope", json_object_new_int64((int64_t)route->scope));
	}
	json_object_array_add(list, o);
}

/* What the plugin before said of it, then what the runtime wishes, the configuration, and the delegated plugin. */
static void put_dns(struct json_object *o, const struct cni_conf *conf, const struct cni_result *result)
{
	struct json_object *runtime, *dns = NULL;

	if (json_object_object_get_ex(o, "dns", &dns) && json_object_is_type(dns, json_type_object) &&
	    json_object_object_length(dns))
		return;
	dns = NULL;
	if (!json_object_object_get_ex(conf->root, "runtimeConfig", &runtime) ||
	    !json_object_object_get_ex(runtime, "dns", &dns))
		json_object_object_get_ex(conf->root, "dns", &dns);
	if (!dns)
		dns = result->dns;
	json_object_object_add(o, "dns", dns ? json_object_get(dns) : json_object_new_object());
}

static struct json_object *prev_of(const struct cni_conf *conf)
{
	struct json_object *prev;

	return json_object_object_get_ex(conf->root, "prevResult", &prev) &&
			       json_object_is_type(prev, json_type_object) ?
		       prev :
		       NULL;
}

void cni_result_write(const struct cni_conf *conf, const struct cni_result *result, struct str *out)
{
	struct json_object *prev = prev_of(conf), *list;
	autojson struct json_object *o = prev ? json_object_get(prev) : json_object_new_object();
	size_t interface;

	json_object_object_add(o, "cniVersion", json_object_new_string(cni_versions[conf->version]));
	list = list_of(o, "interfaces");
	for (size_t i = 0; i < result->n_interfaces; i++)
		add_interface(list, &result->interfaces[i], conf->version);
	interface = json_object_array_length(list) - 1;
	list = list_of(o, "ips");
	for (size_t i = 0; i < result->n_ips; i++)
		add_address(list, &result->ips[i], interface, conf->version);
	list = list_of(o, "routes");
	for (size_t i = 0; i < result->n_routes; i++)
		add_route(list, &result->routes[i], conf->version);
	put_dns(o, conf, result);
	str_add(out, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
							       JSON_C_TO_STRING_NOSLASHESCAPE));
	str_add(out, "\n");
}

/* ---- CHECK ---- */

static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *text;

	return json_object_object_get_ex(o, key, &text) && json_object_is_type(text, json_type_string) ?
		       json_object_get_string(text) :
		       NULL;
}

/* Does an item of the list have that text there? */
static bool has_item(struct json_object *prev, const char *list, const char *key, const char *text)
{
	struct json_object *items;

	if (!json_object_object_get_ex(prev, list, &items) || !json_object_is_type(items, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(items); i++) {
		struct json_object *o = json_object_array_get_idx(items, i);

		if (json_object_is_type(o, json_type_object) && str_eq(text_of(o, key), text))
			return true;
	}
	return false;
}

int cni_result_has(const struct cni_conf *conf, const struct cni_call *call, const struct strv *addresses,
		   struct err *e)
{
	struct json_object *prev = prev_of(conf);
	const char *missing = NULL;

	if (!prev) {
		err_set(e, "cni-config", EINVAL, "check the attachment");
		return err_cause(e, "the network configuration has no prevResult");
	}
	if (!has_item(prev, "interfaces", "name", call->ifname))
		missing = call->ifname;
	for (size_t i = 0; i < addresses->n; i++)
		if (!has_item(prev, "ips", "address", addresses->v[i]))
			missing = addresses->v[i];
	if (!missing)
		return 0;
	err_set(e, "cni-prev-result", ESTALE, "check the attachment");
	return err_cause(e, "prevResult lacks %s, which was given to the container", missing);
}
