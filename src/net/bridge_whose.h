/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"
#include "kernel/net/link.h"

/* "Whose is it?" in net/bridge.h: for the files of that alone. */
enum bridge_whose { BRIDGE_ABSENT, BRIDGE_UNFINISHED, BRIDGE_OURS, BRIDGE_STRANGE };

/* Look the link up, which may be absent: *link is what there is. 0 or -errno. */
int bridge_whose(struct netlink *nl, const char *name, const char *mark, enum bridge_whose *whose,
		 struct link_info *link, struct err *e);

/* The MAC address that a link upon a VLAN has until it is finished. */
void bridge_upon_mac(const char *mark, uint8_t mac[static LINK_MAC]);

/* The error of a stranger's link, or of another network's. Returns -EEXIST "bridge-taken". */
int bridge_taken(struct err *e, const char *name, const struct link_info *link);
