/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/publish_holder.h"

#include "base/fd.h"
#include "kernel/net/port.h"
#include "kernel/process/proc.h"

static bool has_it(const struct step_publish *s, const struct ports_range *port)
{
	struct ip at, to;

	ip_parse(s->at, &at);
	return ip_parse(s->to, &to) == 0 && to.family == port->family && s->proto == port->proto &&
	       port->first >= s->first && port->first < s->first + s->count && ip_meet(at, port->at);
}

static bool publishes(const struct record *r, const struct ports_range *port)
{
	autoclose int pidfd = r->pid ? proc_open(r->pid, r->start_time) : -1;
	const struct step_publish *s;

	if (r->finished || (r->pid && pidfd < 0))
		return false;
	for (size_t at = 0; (s = plan_next_publish(&r->plan, &at));)
		if (has_it(s, port))
			return true;
	return false;
}

/* The name of a container of this state directory that publishes it; NULL: none does. */
static const char *find_container(struct state *st, struct arena *a, const struct ports_range *port)
{
	const char *name = NULL;
	struct err ignored;
	struct strv ids;

	if (container_list(st, a, &ids, &ignored) < 0)
		return NULL;
	for (size_t i = 0; !name && i < ids.n; i++) {
		struct container c;
		struct record r;

		if (container_open(&c, st, a, ids.v[i], &ignored) < 0)
			continue;
		if (record_read(&c, a, &r, &ignored) == 0 && publishes(&r, port))
			name = r.name;
		container_close(&c);
	}
	return name;
}

int publish_say_holder(struct state *st, struct arena *a, const struct ports_range *port, const char *owner,
		       struct err *e)
{
	const char *name = find_container(st, a, port);
	char comm[PORT_COMM];
	pid_t pid;

	if (name) {
		err_cause(e, "container %s publishes it", name);
		return err_hint(e, "publish another port, or end that one: guise %sstop %s", st->flag, name);
	}
	if (*owner) {
		err_cause(e, "it is published by somebody else: \"%s\" in table inet " RULES_TABLE, owner);
		return err_hint(e, "publish another port; `nft list table inet " RULES_TABLE
				   "` tells where it leads");
	}
	if ((pid = port_holder(port->at, port->proto, port->first, comm)) > 0) {
		err_cause(e, "%s (process %d) has it", *comm ? comm : "a program", pid);
		return err_hint(e, "publish another port, or end that program");
	}
	err_cause(e, "somebody on this machine has it");
	return err_hint(e, "publish another port; `ss -tulnp` lists who listens");
}
