/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/cni/cni.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <json-c/json_object.h>

#include "spec/json.h"
#include "spec/network.h"

const char *const cni_versions[CNI_VERSIONS] = {
	[CNI_0_3_1] = "0.3.1",
	[CNI_0_4_0] = "0.4.0",
	[CNI_1_0_0] = "1.0.0",
	[CNI_1_1_0] = "1.1.0",
};

struct ip cni_ip(struct json_reader *r, const char *key, const char *text)
{
	struct ip ip = { 0 };

	if (text && *text && ip_parse(text, &ip) < 0)
		json_fail(r, key, "\"%s\" is no address", text);
	return ip;
}

/* Which is not an error of the configuration: the other one may be older or newer. */
static int parse_version(struct json_reader *r, struct cni_conf *conf, struct err *e)
{
	const char *version = json_string(r, conf->root, "cniVersion");

	for (int i = 0; version && i < CNI_VERSIONS; i++) {
		if (str_eq(version, cni_versions[i])) {
			conf->version = (enum cni_version)i;
			return 0;
		}
	}
	if (r->failed)
		return json_result(r);
	err_set(e, "cni-version", EPROTONOSUPPORT, "read the network configuration");
	return err_cause(e, "its cniVersion is %s, and guise-cni has 0.3.1, 0.4.0, 1.0.0 and 1.1.0",
			 version ? version : "not said, which means 0.1.0");
}

/* A network's name becomes a directory's, and a part of a mark and a key. */
static void parse_name(struct json_reader *r, struct cni_conf *conf)
{
	const char *name = json_string(r, conf->root, "name");
	bool good = name && isalnum((unsigned char)*name) && strlen(name) <= 80;

	for (const char *p = name; good && *p; p++)
		good = isalnum((unsigned char)*p) || strchr("_.-", *p);
	if (!good)
		json_fail(r, "name", "must be a name of at most 80 letters, digits, and then _ . - too");
	conf->name = name;
	conf->type = json_string(r, conf->root, "type");
	if (!conf->type)
		json_fail(r, "type", "is missing");
}

void cni_unsupported(struct json_reader *r, const char *key, const char *value)
{
	r->code = "cni-unsupported";
	json_fail(r, key, "%s cannot be had: guise-cni has not got it yet", value);
}

/* What is not there yet is refused, never passed over. */
static void refuse_flag(struct json_reader *r, struct json_object *o, const char *key)
{
	bool on = false;

	if (json_boolean(r, o, key, &on) && on)
		cni_unsupported(r, key, "true");
}

static void parse_bridge(struct json_reader *r, struct cni_conf *conf)
{
	uint64_t mtu = 0;
	bool ignored;

	json_child(r, conf->root, "dns"); /* passed on as it is */
	conf->bridge = json_string(r, conf->root, "bridge");
	if (conf->bridge && !*conf->bridge)
		conf->bridge = NULL;
	if (conf->bridge && (strlen(conf->bridge) >= IFNAMSIZ || strpbrk(conf->bridge, "/: \t\n") ||
			     str_eq(conf->bridge, ".") || str_eq(conf->bridge, "..")))
		json_fail(r, "bridge", "is no name for an interface");
	if (conf->bridge && str_after(conf->bridge, FURTHER_PREFIX))
		json_fail(r, "bridge", "begins with " FURTHER_PREFIX ", as only further bridges of large networks do");
	json_boolean(r, conf->root, "isGateway", &conf->is_gateway);
	json_boolean(r, conf->root, "isDefaultGateway", &conf->is_default_gateway);
	json_boolean(r, conf->root, "ipMasq", &conf->masquerade);
	json_boolean(r, conf->root, "forceAddress", &conf->force_address);
	json_boolean(r, conf->root, "hairpinMode", &conf->hairpin);
	json_boolean(r, conf->root, "firewallCompat", &conf->firewall_compat);
	json_boolean(r, conf->root, "promiscMode", &conf->promiscuous);
	if (conf->hairpin && conf->promiscuous)
		json_fail(r, "promiscMode", "does not go with hairpinMode");
	conf->is_gateway |= conf->is_default_gateway;
	/* a port's MAC address is checked always */
	json_boolean(r, conf->root, "macspoofchk", &ignored);
	if (json_number(r, conf->root, "mtu", 65535, &mtu) && mtu && mtu < 68)
		json_fail(r, "mtu", "must be 68 at least");
	conf->mtu = (unsigned)mtu;
	refuse_flag(r, conf->root, "enabledad");
}

/* "02:00:00:00:00:01", of one machine and no group, in lower case. */
static const char *parse_mac(struct json_reader *r, const char *text)
{
	unsigned b[6];
	char behind;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &behind) !=
		    6 ||
	    b[0] & 1 || !(b[0] | b[1] | b[2] | b[3] | b[4] | b[5])) {
		json_fail(r, "mac", "\"%s\" is no hardware address that an interface can have", text);
		return NULL;
	}
	return arena_printf(r->arena, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
}

static void want_ip(struct json_reader *r, const char *text, struct cni_conf *conf)
{
	struct ip ip = cni_ip(r, "ips", text);

	if (conf->n_ips == CNI_ADDRESSES)
		json_fail(r, "ips", "%d addresses at most", CNI_ADDRESSES);
	else if (ip_is(ip))
		conf->ips[conf->n_ips++] = ip;
}

/* Of one direction, with the reference plugin's keys. A burst alone limits nothing. */
static void parse_rate(struct json_reader *r, struct json_object *o, const char *rate_key,
		       const char *burst_key, uint64_t *rate, uint64_t *burst)
{
	json_number(r, o, rate_key, BANDWIDTH_MAX, rate);
	json_number(r, o, burst_key, BANDWIDTH_MAX, burst);
	if (*rate && *rate < BANDWIDTH_MIN)
		json_fail(r, rate_key, "must be %d bits per second at least", BANDWIDTH_MIN);
}

static void parse_bandwidth(struct json_reader *r, struct json_object *runtime, struct spec_bandwidth *b)
{
	struct json_object *o = json_child(r, runtime, "bandwidth");
	size_t place = json_enter(r, "bandwidth");

	if (o) {
		parse_rate(r, o, "ingressRate", "ingressBurst", &b->in, &b->in_burst);
		parse_rate(r, o, "egressRate", "egressBurst", &b->out, &b->out_burst);
	}
	json_leave(r, place);
}

/* What the runtime filled in of the capabilities that the configuration says are wanted. */
static void parse_runtime(struct json_reader *r, const struct cni_call *call, struct cni_conf *conf)
{
	struct json_object *o = json_child(r, conf->root, "runtimeConfig");
	size_t n_ips = 0, place = json_enter(r, "runtimeConfig");
	const char **ips = o ? json_strings(r, o, "ips", CNI_ADDRESSES, &n_ips) : NULL;
	const char *mac = o ? json_string(r, o, "mac") : NULL;

	if (o) {
		parse_bandwidth(r, o, &conf->bandwidth);
		cni_ranges_parse(r, o, "ipRanges", conf);
		cni_ports_parse(r, o, conf);
	}
	for (size_t i = 0; i < call->ips.n; i++)
		want_ip(r, call->ips.v[i], conf);
	for (size_t i = 0; !call->ips.n && i < n_ips; i++)
		want_ip(r, ips[i], conf);
	mac = call->mac ? call->mac : mac;
	if (mac && *mac)
		conf->mac = parse_mac(r, mac);
	json_leave(r, place);
}

static void read_attachment(struct json_reader *r, struct json_object *item, void *out)
{
	struct cni_attachment *at = out;

	at->container = json_string(r, item, "containerID");
	at->ifname = json_string(r, item, "ifname");
	if (!at->container || !at->ifname)
		json_fail(r, NULL, "must have a containerID and an ifname");
}

static void parse_valid(struct json_reader *r, struct cni_conf *conf)
{
	static const char key[] = "cni.dev/valid-attachments";

	conf->has_valid = json_object_object_get_ex(conf->root, key, NULL);
	conf->valid = json_objects(r, conf->root, key, 1 << 16, sizeof(*conf->valid), read_attachment,
				   &conf->n_valid);
}

int cni_conf_parse(struct arena *a, const char *text, size_t len, const struct cni_call *call,
		   struct cni_conf *conf, struct err *e)
{
	struct json_reader r = {
		.arena = a, .file = "the network configuration", .code = "json-bad", .err = e
	};
	int no;

	*conf = (struct cni_conf){ .version = CNI_1_1_0, .text = text };
	conf->root = json_parse(&r, text, len);
	if (r.failed)
		return json_result(&r);
	r.code = "cni-config";
	if ((no = parse_version(&r, conf, e)) < 0)
		return no;
	parse_name(&r, conf);
	if (call->verb == CNI_DEL || call->verb == CNI_VERSION) {
		/* what was attached goes by its record, whatever the configuration has become */
		struct json_object *ipam = json_child(&r, conf->root, "ipam");

		conf->delegate = ipam ? json_string(&r, ipam, "type") : NULL;
		if (cni_is_own(conf->delegate))
			conf->delegate = NULL;
		return json_result(&r);
	}
	parse_bridge(&r, conf);
	cni_ipam_parse(&r, conf->root, conf); /* which may make the bridge a gateway */
	cni_vlan_parse(&r, conf);
	parse_runtime(&r, call, conf);
	parse_valid(&r, conf);
	return json_result(&r);
}

void cni_conf_free(struct cni_conf *conf)
{
	json_object_put(conf->root);
	conf->root = NULL;
}
