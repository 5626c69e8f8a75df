/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/build.h"

#include <string.h>

void build_ports_shared(struct plan *p, const struct network_fact *n)
{
	struct step *st;

	if (!n->published)
		return;
	st = plan_add(p, STEP_PORTS, "published ports: maps that lead from the host's to containers'");
	st->ports.bridge = build_host_link(n);
	st->ports.mark = n->mark;
	st->ports.network = n->dir;
	for (size_t i = 0; i < n->n_at; i++)
		strv_push(p->arena, &st->ports.subnets, n->at[i].subnet);
	if (!n->localnet)
		return;
	st = plan_add(p, STEP_LOCALNET, "127.0.0.1 of the host leads there, too, and of nobody else");
	st->localnet.bridge = build_host_link(n);
	st->localnet.network = n->dir;
}

void build_ports(struct plan *p, const struct facts *f)
{
	for (size_t i = 0; i < f->n_ports; i++) {
		const struct port_fact *port = &f->ports[i];
		struct step *st = plan_add(p, STEP_PUBLISH,
					   i ? NULL : "ports of the host that lead to the container");

		st->publish = (struct step_publish){ .at = port->at,
						     .first = port->first,
						     .count = port->count,
						     .proto = port->proto,
						     .to = port->to,
						     .target = port->target,
						     .mark = f->ports_mark,
						     .network = port->network };
	}
}
