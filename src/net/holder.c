/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/holder.h"

#include <linux/rtnetlink.h>

#include "kernel/net/addr.h"
#include "kernel/net/link.h"
#include "kernel/net/route.h"

static const char *link_of(struct netlink *nl, struct arena *a, int index)
{
	struct link_info link;
	struct err ignored;

	return index && link_get_index(nl, index, &link, &ignored) == 0 ? arena_strdup(a, link.name) : NULL;
}

static const char *route_of(struct netlink *nl, struct arena *a, const struct route_place *route,
			    const char *text)
{
	const char *link = link_of(nl, a, route->index), *type = route_type_name(route->type);
	const char *table = route->table == RT_TABLE_MAIN ? "" : arena_printf(a, " (table %u)", route->table);

	if (*type)
		return arena_printf(a, "there is a %s route to %s%s", type, text, table);
	return arena_printf(a, "a route to %s leads to %s%s", text, link ?: "several links", table);
}

const char *holder_of(struct netlink *nl, struct arena *a, struct ip prefix)
{
	struct route_place route = { 0 };
	char text[IP_TEXT];
	struct err ignored;
	const char *link;
	int index = 0;

	ip_net_text(prefix, text);
	if (addr_find(nl, prefix, &index, &ignored) == 0 && (link = link_of(nl, a, index)))
		return arena_printf(a, "%s has the address %s", link, text);
	if (route_find(nl, prefix, &route, &ignored) == 0 && route.found)
		return route_of(nl, a, &route, text);
	return arena_printf(a, "this host uses %s", text);
}
