/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A network whose containers have links upon one of the host's: plan/build/network.c has what is the same for all. */
#include "plan/build/build.h"
#include "plan/build/parts.h"

#include "spec/driver.h"

bool build_is_routed(const struct network_fact *n)
{
	const struct driver_mode *mode = n->parent ? driver_mode_named(n->driver, n->mode) : NULL;

	return mode && mode->without_arp;
}

void build_upper(struct plan *p, const struct network_fact *n)
{
	struct step *st = plan_add(p, STEP_UPPER,
				   "a link of its own upon the host's, beside which it is on the LAN");

	st->upper = (struct step_upper){ .name = n->link,
					 .driver = n->driver,
					 .mode = n->mode,
					 .parent = n->parent,
					 .mac = n->mac,
					 .network = n->dir,
					 .mtu = n->mtu };
}

/* Whoever had the address before, the LAN's neighbours know by another MAC address. */
void build_announce(struct plan *p, const struct network_fact *n, bool ipv6)
{
	const char *note = "once it is up, neighbours are told whose the address is now";

	if (!n->parent || build_is_routed(n))
		return;
	parts_link_sysctl(p, note, "ipv4", n->link, "arp_notify", "1");
	if (ipv6)
		parts_link_sysctl(p, NULL, "ipv6", n->link, "ndisc_notify", "1");
}
