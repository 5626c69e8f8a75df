/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/plan.h"

#include <errno.h>
#include <unistd.h>

#include "base/fd.h"
#include "plan/fault.h"

struct step *plan_add(struct plan *p, enum step_kind kind, const char *note)
{
	struct step s = { .kind = kind, .note = note };

	arena_push(p->arena, p->steps, p->count, s);
	return &p->steps[p->count - 1];
}

struct step *plan_copy(struct plan *p, const struct step *s)
{
	arena_push(p->arena, p->steps, p->count, *s);
	return &p->steps[p->count - 1];
}

const struct step *plan_last(const struct plan *p, enum step_kind kind)
{
	for (size_t i = p->count; i-- > 0;)
		if (p->steps[i].kind == kind)
			return &p->steps[i];
	return NULL;
}

const struct step *plan_next(const struct plan *p, enum step_kind kind, size_t *at)
{
	while (*at < p->count)
		if (p->steps[(*at)++].kind == kind)
			return &p->steps[*at - 1];
	return NULL;
}

void live_init(struct live *live, const char *id, struct arena *a, int rundir)
{
	*live = (struct live){ .id = id,
			       .arena = a,
			       .rundir = rundir,
			       .others = { .arena = a },
			       .pidfd = -1,
			       .netns = -1,
			       .sync = -1,
			       .root = -1,
			       .cwd = -1,
			       .proc = -1,
			       .dev = -1,
			       .files = -1,
			       .cover = -1,
			       .program = -1,
			       .orders = -1,
			       .target = -1,
			       .terminal = -1,
			       .hosts = -1,
			       .tree = -1,
			       .start = -1,
			       .state_head = "{",
			       .state_tail = "}",
			       .state_status = "creating",
			       .route = NETLINK_CLOSED,
			       .nft = NETLINK_CLOSED,
			       .namespace = -1 };
}

struct live_network *live_network(struct live *live, const char *dir)
{
	struct live_network *n = live->networks;

	while (n && !str_eq(n->dir, dir))
		n = n->next;
	if (n)
		return n;
	n = arena_new(live->arena, struct live_network);
	*n = (struct live_network){ .dir = dir, .leases = LEASE_DIR_CLOSED, .next = live->networks };
	return live->networks = n;
}

void live_unlock_networks(struct live *live)
{
	for (struct live_network *n = live->networks; n; n = n->next)
		lease_unlock(&n->leases);
	fd_close(&live->namespace);
}

void live_close_networks(struct live *live)
{
	live_unlock_networks(live);
	for (struct live_network *n = live->networks; n; n = n->next)
		lease_close(&n->leases);
}

void live_release_ports(struct live *live)
{
	for (size_t i = 0; i < live->n_held; i++)
		fd_close(&live->held[i]);
	live->n_held = 0;
}

void live_close(struct live *live)
{
	fd_close(&live->pidfd);
	fd_close(&live->sync);
	fd_close(&live->program);
	fd_close(&live->orders);
	fd_close(&live->target);
	fd_close(&live->terminal);
	fd_close(&live->hosts);
	fd_close(&live->tree);
	fd_close(&live->start);
	fd_close(&live->root);
	live_close_networks(live);
	live_release_ports(live);
	netlink_close(&live->route);
	netlink_close(&live->nft);
}

int live_shed(struct live *live, struct err *e)
{
	int proc = live->n_labels ? live->proc : -1;
	const int keep[] = { live->sync,   live->start, live->program, live->orders,
			     live->target, proc,        fault_log() };
	int r = fd_close_others(live->passed_on, keep, ARRAY_LEN(keep));

	live->proc = proc;
	live->root = live->cwd = live->dev = live->files = live->cover = -1;
	live->n_trees = 0;
	return r < 0 ? err_set(e, "process", -r, "close what the container must not see") : 0;
}

int live_keep(struct live *live, const int *own, size_t n, struct err *e)
{
	const int keep[] = { live->rundir, live->pidfd, live->route.fd, live->namespace,
			     live->target, live->start, fault_log() };
	size_t count = 0, networks = 0;

	for (struct live_network *net = live->networks; net; net = net->next)
		networks++;
	int all[ARRAY_LEN(keep) + n + 2 * networks + live->n_held];

	for (size_t i = 0; i < ARRAY_LEN(keep); i++)
		all[count++] = keep[i];
	for (size_t i = 0; i < n; i++)
		all[count++] = own[i];
	for (size_t i = 0; i < live->n_held; i++)
		all[count++] = live->held[i];
	for (struct live_network *net = live->networks; net; net = net->next) {
		all[count++] = net->leases.fd;
		all[count++] = net->leases.lock;
	}
	int r = fd_close_others(0, all, count);
	return r < 0 ? err_set(e, "process", -r, "let go of what guise inherited") : 0;
}

int plan_apply(const struct plan *p, enum plan_phase phase, struct live *live, struct err *e)
{
	const char *side = phase == PHASE_INIT ? "init" : "host";
	bool behind = false;

	if (phase == PHASE_INIT)
		live->faults = 0;
	for (size_t i = 0; i < p->count; i++) {
		const struct step *s = &p->steps[i];
		const struct step_ops *ops = step_ops(s->kind);
		int r;

		if (ops->clone) {
			if (phase == PHASE_BEFORE)
				return fault_inject(live, side, "apply", s, e);
			behind = true;
			continue;
		}
		if (ops->side != (phase == PHASE_INIT ? SIDE_INIT : SIDE_HOST) ||
		    (phase == PHASE_AFTER && !behind))
			continue;
		if ((r = fault_inject(live, side, "apply", s, e)) < 0 || (r = ops->apply(s, live, e)) < 0)
			return r;
	}
	return 0;
}

int plan_undo(const struct plan *p, struct live *live, struct err *e)
{
	struct err ignored;
	int first = 0;

	for (size_t i = p->count; i-- > 0;) {
		const struct step *s = &p->steps[i];
		const struct step_ops *ops = step_ops(s->kind);
		struct err *to = first ? &ignored : e;
		int r;

		if (!ops->undo)
			continue;
		if ((r = fault_inject(live, "host", "undo", s, to)) == 0)
			r = ops->undo(s, live, to);
		if (r < 0 && first == 0)
			first = r;
	}
	return first;
}
