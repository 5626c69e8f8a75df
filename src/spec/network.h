/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "kernel/net/ip.h"
#include "spec/driver.h"
#include "spec/spec.h"

/*
 * A network as a person defines it (`guise network create`): text → checked model, and its file. Pure. What of the
 * machine's addresses it gets, where that isn't said, is chosen by run/engine/network_define.c.
 */
enum { NETWORK_SUBNETS = 4 };

struct network_subnet {
	struct ip subnet;   /* 10.20.0.0/24 */
	struct ip gateway;  /* the bridge's own address in it: 10.20.0.1/24 */
	bool gateway_given; /* a person said so; not in the file */
	struct ip range;    /* containers get theirs in this part of it; none: in all of it */
};

struct network {
	const char *name, *id; /* id: 64 hexadecimal digits, as docker shows */
	struct network_subnet subnets[NETWORK_SUBNETS];
	size_t n_subnets;
	bool internal;         /* no way out, and nobody is let in */
	bool no_default_route; /* the containers' default route goes elsewhere */
	bool compat;           /* chains of other firewalls are to let it through */
	bool dns_server;       /* a process answers for its containers' names */
	bool open;             /* not isolated: others that are open reach it, and it them */
	unsigned mtu;          /* 0: that of the way out */
	enum network_driver driver;
	const char *
		parent; /* of macvlan and ipvlan: the link that those of containers are upon; NULL of a bridge */
	const char *mode;      /* likewise (spec/driver.h) */
	const char *interface; /* the bridge's name; NULL: the next one of guise0, guise1, ... */
	struct strv labels;    /* NAME=VALUE */
	int64_t created;       /* seconds since 1970 */
};

/* May a network have that name: that of a container, but none of those that mean something else ("bridge", "none",
 * "host", "pasta", "default"). 0 or -EINVAL "bad-network-name". */
int network_name(const char *name, struct err *e);

/* What guise calls further bridges of a network that has more containers than a bridge has ports (net/further.h), and so
 * no other link of its own: its rules know them by that. */
#define FURTHER_PREFIX "guise-x"

/* May a link: 1 to 15 bytes, no blank, slash or control, and no further bridge's. 0 or -EINVAL "bad-interface". */
int network_interface(const char *name, struct err *e);

/* Take a subnet, with its gateway and range where given (none: chosen). Each lies in the subnet; the gateway is no
 * address of its ends; 0 or -EINVAL "bad-subnet", "bad-gateway", "bad-range", "too-many-subnets". */
int network_add_subnet(struct network *n, struct ip subnet, struct ip gateway, struct ip range,
		       struct err *e);

/* Has it a subnet of that family (AF_INET, AF_INET6)? */
bool network_has(const struct network *n, int family);

/* Its file, JSON, and back: -EINVAL "network-bad" where the text is none. */
void network_write(const struct network *n, struct str *out);
int network_parse(struct arena *a, const char *text, size_t len, struct network *n, struct err *e);
