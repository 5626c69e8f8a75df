/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/live.h"
#include "plan/step.h"
#include "plan/target.h"

/* What the steps of a network have in common: see net.c. */

/* rtnetlink in guise's network namespace and in the target's, opened on first use, for who looks; or NULL. */
struct netlink *net_route(struct target *t, struct err *e);
struct netlink *net_route_inside(struct target *t, struct err *e);

/* live->route, and live->nft, opened on first use. 0 or -errno. */
int net_open_route(struct live *live, struct err *e);
int net_open_nft(struct live *live, struct err *e);

/* For read, of what a check of net/ said: READ_FOUND; or e's line is added to text, and it is missing (-ENOENT), changed
 * (-ESTALE), or not known. */
int net_found(int r, const struct err *e, struct str *text);

/* What a step says of its network is the directory of its leases: net/lease.h. */

/* A file in it: chains of others let the network through (pass.c). */
#define NET_PASS "pass"

/* Its name. */
const char *net_name(const char *network);

/* Is it one of the network namespace that guise is in? A container can also be undone from another. */
bool net_is_here(const char *network);

/* Lock the network, and no other any more; one that is locked stays so, with those beside it. 0 or -errno. *leases is
 * live's, and NULL where there is no directory of networks any more. */
int net_lock(struct live *live, const char *network, struct lease_dir **leases, struct err *e);

/* The same, for undo, and say whether any container still has an address in it: 1, 0 or -errno. */
int net_lock_and_ask(struct live *live, const char *network, struct lease_dir **leases, struct err *e);

/* Is what the network's containers shared to be taken away, and now? 1, 0 or -errno. Without room for the
 * word that it is to be done, it is done here. */
int net_take_away(struct live *live, const char *network, struct err *e);

/* -EXFULL "bridge-full", as the kernel says it (find_portno() in net/bridge/br_if.c). */
int net_bridge_full(const char *network, const char *bridge, struct err *e);

/* For undo, of what nf_tables said: a kernel without it has no rules to be taken away, so that is success. */
int net_no_rules(int r, struct err *e);

/* ip(8): give a link an address, as kernel/net/addr.h does. */
void net_show_address(const char *address, const char *link, const char *indent, struct str *out);

/* "02:42:0a:0a:00:02" as bytes. */
void net_parse_mac(const char *text, uint8_t mac[static 6]);

/* What is shared stays as long as there is a port: the beginning of an undo's line. */
void net_show_unless_used(const char *bridge, struct str *out);
