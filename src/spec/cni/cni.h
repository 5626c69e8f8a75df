/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "kernel/net/ip.h"
#include "spec/bandwidth.h"
#include "spec/spec.h"

struct json_object;

/*
 * What a plugin of the Container Network Interface is asked (CNI specification 0.3.1 to 1.1.0): environment and
 * configuration → checked model. Pure.
 *
 * Keys are spelled, and mean the same, as those of the reference plugins bridge and host-local. A key that asks for
 * what guise-cni cannot do is an error, "cni-unsupported", which names it; keys that nobody knows are other plugins',
 * or a later specification's, and passed over, as the specification asks.
 */

/* ---- the call: call.c ---- */

enum cni_verb { CNI_ADD, CNI_DEL, CNI_CHECK, CNI_STATUS, CNI_GC, CNI_VERSION };

/* An attachment's key: "NETWORK:CONTAINER:INTERFACE". None of the three can have a colon. */
enum { CNI_KEY_MAX = 200 };

struct cni_call {
	enum cni_verb verb;
	const char *container; /* CNI_CONTAINERID; NULL where the verb has none */
	const char *netns;     /* CNI_NETNS; NULL: it is gone, and is not needed */
	const char *ifname;    /* CNI_IFNAME */
	const char *path;      /* CNI_PATH, where delegated plugins are; "" if not given */
	struct strv ips;       /* CNI_ARGS: IP, perhaps several */
	const char *mac;       /* CNI_ARGS: MAC */
};

/* get is getenv(3), or a test's. -EINVAL "cni-environment", which names the variables. */
int cni_call_parse(struct arena *a, const char *(*get)(const char *name), struct cni_call *call,
		   struct err *e);

/* ---- the configuration: conf.c, ipam.c ---- */

enum cni_version { CNI_0_3_1, CNI_0_4_0, CNI_1_0_0, CNI_1_1_0, CNI_VERSIONS };
extern const char *const cni_versions[CNI_VERSIONS];

enum { CNI_RANGES = 4, CNI_ROUTES = 64, CNI_ADDRESSES = 4 };

/* A part of a subnet that addresses are given from. */
struct cni_range {
	struct ip subnet, gateway;
	struct ip first, last; /* none: the subnet's */
	size_t set;            /* ranges of one set give one address together */
};

struct cni_route {
	struct ip to, via; /* via none: the subnet's gateway */
	/* of version 1.1.0; 0: not said */
	uint64_t mtu, advmss, priority, table;
	bool scoped; /* and 0 is one, too */
	uint64_t scope;
};

struct cni_attachment {
	const char *container, *ifname;
};

struct cni_conf {
	enum cni_version version;
	const char *name, *type;

	const char *bridge; /* NULL: guise names it */
	bool is_gateway;    /* the bridge has an address in each subnet, and the host forwards */
	bool is_default_gateway;
	bool masquerade;
	bool force_address;
	bool hairpin, promiscuous;
	bool firewall_compat; /* chains of other firewalls are to let it through */
	unsigned mtu;         /* 0: that of the way out */

	uint64_t vlan;        /* the container's own, by which the bridge keeps it apart; 0: none */
	struct strv trunk;    /* those that it may have with a tag: "10", "20-29" */
	bool no_default_vlan; /* and it is not in VLAN 1 */

	const char *delegate; /* the plugin that gives the addresses; NULL: guise */
	struct cni_range ranges[CNI_RANGES];
	size_t n_ranges, n_sets; /* none: guise chooses a subnet */
	struct cni_route routes[CNI_ROUTES];
	size_t n_routes;

	struct ip ips[CNI_ADDRESSES]; /* wanted ones */
	size_t n_ips;
	const char *mac; /* wanted; NULL: one made of the address */
	struct spec_bandwidth bandwidth;

	struct spec_port *ports; /* that are to be published: "portMappings" */
	size_t n_ports;

	bool has_valid;
	struct cni_attachment *valid; /* "cni.dev/valid-attachments" */
	size_t n_valid;

	const char *text; /* as it was read, for a delegated plugin */
	struct json_object *root;
};

/* Parse and check. What call->args say is taken in. -errno "json-bad", "cni-version", "cni-config",
 * "cni-unsupported". conf->version is right even then, as far as it could be read. The caller calls
 * cni_conf_free() in any case. */
int cni_conf_parse(struct arena *a, const char *text, size_t len, const struct cni_call *call,
		   struct cni_conf *conf, struct err *e);
void cni_conf_free(struct cni_conf *conf);

/* Of conf.c, the key "ipam". */
struct json_reader;
bool cni_is_own(const char *type);
/* Fail at a key that guise-cni knows and does not do: it is never passed over. */
void cni_unsupported(struct json_reader *r, const char *key, const char *value);
void cni_ipam_parse(struct json_reader *r, struct json_object *root, struct cni_conf *conf);
void cni_range_parse(struct json_reader *r, struct json_object *o, size_t set, struct cni_conf *conf);
/* Of vlan.c: those keys of the bridge. Behind "bridge" and "isGateway". */
void cni_vlan_parse(struct json_reader *r, struct cni_conf *conf);
/* The capability portMappings, at r's place, and what the reference plugin portmap has beside it. */
void cni_ports_parse(struct json_reader *r, struct json_object *runtime, struct cni_conf *conf);
/* A route, at r's place: of the configuration, or of a delegated plugin's result. */
void cni_route_read(struct json_reader *r, struct json_object *o, void *route);
/* Is more said of it than where it leads? */
bool cni_route_has_options(const struct cni_route *route);
/* A list of sets of ranges, at r's place: "ranges", or the capability ipRanges. */
void cni_ranges_parse(struct json_reader *r, struct json_object *o, const char *key, struct cni_conf *conf);
/* An address as text, at r's place. */
struct ip cni_ip(struct json_reader *r, const char *key, const char *text);

/* ---- results: result.c ---- */

struct cni_interface {
	const char *name, *mac, *sandbox; /* sandbox NULL: the host's */
	unsigned mtu;                     /* 0: not said */
};

struct cni_address {
	struct ip address, gateway; /* gateway none: none */
};

struct cni_result {
	struct cni_interface interfaces[3];
	size_t n_interfaces;
	struct cni_address ips[CNI_ADDRESSES]; /* all of the last interface */
	size_t n_ips;
	struct cni_route routes[CNI_ROUTES];
	size_t n_routes;
	struct json_object *dns; /* of a delegated plugin; not owned */
	struct json_object *root;
};

/* What a delegated plugin printed: its ips, routes and dns. The caller puts result->root. */
int cni_result_parse(struct arena *a, const char *text, size_t len, struct cni_result *result, struct err *e);

/* As JSON of the configuration's version, behind what the plugins before it said (prevResult). */
void cni_result_write(const struct cni_conf *conf, const struct cni_result *result, struct str *out);

/* Does prevResult name the interface and the addresses? For CHECK: -ESTALE "cni-prev-result", or -EINVAL "cni-config"
 * without one. */
int cni_result_has(const struct cni_conf *conf, const struct cni_call *call, const struct strv *addresses,
		   struct err *e);

/* ---- errors, and VERSION: error.c ---- */

/* The specification's number for it: 1 to 11, 50, or 100 and more for guise's own. */
unsigned cni_error_code(const struct err *e);
void cni_error_write(enum cni_version version, const struct err *e, struct str *out);

/* asked: the version of the configuration, which may be none that guise knows; NULL: the latest. */
void cni_version_write(const char *asked, struct str *out);
