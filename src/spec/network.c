/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/network.h"

#include <errno.h>
#include <json-c/json.h>
#include <net/if.h>
#include <string.h>

#include "base/json.h"
#include "spec/json.h"
#include "spec/name.h"

/* What the leases can count (net/lease.h). */
enum { LEN_MIN = 16, LEN_MAX = 30, LEN6_MIN = 8, LEN6_MAX = 126 };

enum { LABELS_MAX = 1024 };

int network_name(const char *name, struct err *e)
{
	static const char *const words[] = { "bridge",  "none",      "host",  "pasta",
					     "default", "container", "netns", "ns" };

	if (name_container(name, e) < 0)
		return err_set(e, "bad-network-name", EINVAL, "name a network %s", name),
		       err_cause(
			       e,
			       "a name begins with a letter or digit, and has letters, digits, _ . and - then");
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(name, words[i]))
			return err_set(e, "bad-network-name", EINVAL, "name a network %s", name),
			       err_cause(e, "--network %s means something else", name);
	return 0;
}

static int check_reserved(const char *name, struct err *e)
{
	if (!str_after(name, FURTHER_PREFIX))
		return 0;
	err_set(e, "bad-interface", EINVAL, "name a link %s", name);
	err_cause(e, "what begins with " FURTHER_PREFIX " are further bridges of large networks, which guise makes");
	return err_hint(e, "give it another name");
}

int network_interface(const char *name, struct err *e)
{
	bool good = *name && strlen(name) < IFNAMSIZ && !str_eq(name, ".") && !str_eq(name, "..") &&
		    !str_eq(name, "lo");

	for (const char *p = name; *p; p++)
		good = good && *p > ' ' && *p < 0x7f && *p != '/' && *p != ':' && *p != '%' && *p != '"';
	if (good)
		return check_reserved(name, e);
	return err_set(e, "bad-interface", EINVAL, "name a link %s", name),
	       err_cause(e, "a link's name has 1 to %d characters, no blank, slash, colon or quote",
			 IFNAMSIZ - 1);
}

/* ---- subnets ---- */

static bool lies_in(struct ip addr, struct ip subnet)
{
	return addr.family == subnet.family && addr.len >= subnet.len && ip_overlap(addr, subnet);
}

static int check_gateway(struct ip subnet, struct ip gateway, struct err *e)
{
	char text[IP_TEXT], net[IP_TEXT];

	gateway.len = (uint8_t)(ip_size(gateway) * 8);
	if (lies_in(gateway, subnet) && !ip_same(gateway, subnet) &&
	    (subnet.family == AF_INET6 || !ip_same(gateway, ip_last(subnet))))
		return 0;
	return err_set(e, "bad-gateway", EINVAL, "use gateway %s", ip_text(gateway, text)),
	       err_cause(e, "it is no address of %s that a machine can have", ip_net_text(subnet, net));
}

static int check_range(struct ip subnet, struct ip range, struct err *e)
{
	char text[IP_TEXT], net[IP_TEXT];

	if (lies_in(range, subnet))
		return 0;
	return err_set(e, "bad-range", EINVAL, "use the range %s", ip_net_text(range, text)),
	       err_cause(e, "it does not lie in %s", ip_net_text(subnet, net));
}

static int check_subnet(const struct network *n, struct ip subnet, struct err *e)
{
	bool ipv6 = subnet.family == AF_INET6;
	char text[IP_TEXT];

	if (n->n_subnets == NETWORK_SUBNETS)
		return err_set(e, "too-many-subnets", E2BIG, "add subnet %s", ip_net_text(subnet, text)),
		       err_cause(e, "a network has %d at most", NETWORK_SUBNETS);
	if (subnet.len < (ipv6 ? LEN6_MIN : LEN_MIN) || subnet.len > (ipv6 ? LEN6_MAX : LEN_MAX))
		return err_set(e, "bad-subnet", EINVAL, "use subnet %s", ip_net_text(subnet, text)),
		       err_cause(e, "a network of containers is a /%d to /%d, or of IPv6 a /%d to /%d",
				 LEN_MIN, LEN_MAX, LEN6_MIN, LEN6_MAX);
	for (size_t i = 0; i < n->n_subnets; i++)
		if (ip_overlap(n->subnets[i].subnet, subnet))
			return err_set(e, "bad-subnet", EINVAL, "use subnet %s", ip_net_text(subnet, text)),
			       err_cause(e, "it overlaps with another one of the same network");
	return 0;
}

int network_add_subnet(struct network *n, struct ip subnet, struct ip gateway, struct ip range, struct err *e)
{
	struct network_subnet *s = &n->subnets[n->n_subnets];
	int r;

	subnet = ip_network(subnet);
	if ((r = check_subnet(n, subnet, e)) < 0 ||
	    (ip_is(gateway) && (r = check_gateway(subnet, gateway, e)) < 0) ||
	    (ip_is(range) && (r = check_range(subnet, range, e)) < 0))
		return r;
	*s = (struct network_subnet){ .subnet = subnet,
				      .gateway = ip_is(gateway) ? gateway : ip_add(subnet, 1),
				      .gateway_given = ip_is(gateway),
				      .range = ip_is(range) ? ip_network(range) : range };
	s->gateway.len = subnet.len;
	n->n_subnets++;
	return 0;
}

bool network_has(const struct network *n, int family)
{
	for (size_t i = 0; i < n->n_subnets; i++)
		if (n->subnets[i].subnet.family == family)
			return true;
	return false;
}

/* ---- its file ---- */

static void write_subnet(const struct network_subnet *s, struct str *out)
{
	char text[IP_TEXT];

	str_addf(out, "{\"subnet\": \"%s\"", ip_net_text(s->subnet, text));
	str_addf(out, ", \"gateway\": \"%s\"", ip_text(s->gateway, text));
	if (ip_is(s->range))
		str_addf(out, ", \"range\": \"%s\"", ip_net_text(s->range, text));
	str_add(out, "}");
}

static void write_list(const struct strv *list, struct str *out)
{
	str_add(out, "[");
	for (size_t i = 0; i < list->n; i++) {
		str_add(out, i ? ", " : "");
		json_add_bytes(out, list->v[i]);
	}
	str_add(out, "]");
}

static void write_text(struct str *out, const char *key, const char *text)
{
	if (!text)
		return;
	str_addf(out, ", \"%s\": ", key);
	json_add_bytes(out, text);
}

void network_write(const struct network *n, struct str *out)
{
	str_add(out, "{\"name\": ");
	json_add_bytes(out, n->name);
	str_addf(out, ", \"id\": \"%s\", \"driver\": \"%s\", \"created\": %lld,\n \"subnets\": [", n->id,
		 driver_name[n->driver], (long long)n->created);
	for (size_t i = 0; i < n->n_subnets; i++) {
		str_add(out, i ? ", " : "");
		write_subnet(&n->subnets[i], out);
	}
	str_addf(
		out,
		"],\n \"internal\": %s, \"no_default_route\": %s, \"open\": %s, \"firewall_compat\": %s, "
		"\"dns_server\": %s, \"mtu\": %u",
		n->internal ? "true" : "false", n->no_default_route ? "true" : "false",
		n->open ? "true" : "false", n->compat ? "true" : "false",
		n->dns_server ? "true" : "false", n->mtu);
	write_text(out, "interface", n->interface);
	write_text(out, "parent", n->parent);
	write_text(out, "mode", n->mode);
	str_add(out, ",\n \"labels\": ");
	write_list(&n->labels, out);
	str_add(out, "}\n");
}

static struct ip ip_member(struct json_reader *r, struct json_object *o, const char *key)
{
	const char *text = json_string(r, o, key);
	struct ip ip = { 0 };

	if (text)
		ip_parse(text, &ip);
	return ip;
}

static void read_subnet(struct json_reader *r, struct json_object *o, void *out)
{
	*(struct network_subnet *)out = (struct network_subnet){ .subnet = ip_member(r, o, "subnet"),
								 .gateway = ip_member(r, o, "gateway"),
								 .range = ip_member(r, o, "range") };
}

static int read_subnets(struct json_reader *r, struct json_object *root, struct network *n, struct err *e)
{
	size_t count;
	struct network_subnet *list = json_objects(r, root, "subnets", NETWORK_SUBNETS, sizeof(*list),
						   read_subnet, &count);
	int result = json_result(r);

	for (size_t i = 0; result == 0 && i < count; i++)
		result = network_add_subnet(n, list[i].subnet, list[i].gateway, list[i].range, e);
	return result;
}

/* Labels may have any bytes: base/json.h. */
static void read_labels(struct json_reader *r, struct json_object *root, struct strv *labels)
{
	struct json_object *list = json_array(r, root, "labels", LABELS_MAX);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		const char *label = json_get_bytes(r->arena, json_object_array_get_idx(list, i));

		if (label)
			strv_push(r->arena, labels, label);
	}
}

/* What lies on a link of the host's says which, and how. */
static bool is_driven(struct network *n, const char *driver)
{
	if (driver && driver_find(driver, &n->driver) < 0)
		return false;
	if (n->driver == DRIVER_BRIDGE)
		return !n->parent && !n->mode;
	return n->parent && n->mode && driver_mode(n->driver, n->mode);
}

int network_parse(struct arena *a, const char *text, size_t len, struct network *n, struct err *e)
{
	struct json_reader r = { .arena = a, .file = "network", .code = "network-bad", .err = e };
	autojson struct json_object *root = json_parse(&r, text, len);
	const char *driver;
	uint64_t mtu = 0;

	*n = (struct network){ .name = json_string(&r, root, "name"), .id = json_string(&r, root, "id") };
	n->interface = json_string(&r, root, "interface");
	n->parent = json_string(&r, root, "parent");
	n->mode = json_string(&r, root, "mode");
	driver = json_string(&r, root, "driver");
	json_boolean(&r, root, "internal", &n->internal);
	json_boolean(&r, root, "no_default_route", &n->no_default_route);
	json_boolean(&r, root, "open", &n->open);
	json_boolean(&r, root, "firewall_compat", &n->compat);
	json_boolean(&r, root, "dns_server", &n->dns_server);
	json_integer(&r, root, "created", 0, INT64_MAX, &n->created);
	if (json_number(&r, root, "mtu", UINT16_MAX, &mtu))
		n->mtu = (unsigned)mtu;
	read_labels(&r, root, &n->labels);
	if (json_result(&r) < 0)
		return -EINVAL;
	if (!n->name || !n->id || network_name(n->name, e) < 0 ||
	    (n->interface && network_interface(n->interface, e) < 0) ||
	    (n->parent && network_interface(n->parent, e) < 0) || !is_driven(n, driver))
		return err_set(e, "network-bad", EINVAL, "read a network"),
		       err_cause(e, "it has no name, no id, a bad link, or a driver that there is not");
	return read_subnets(&r, root, n, e);
}
