/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/plan.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

struct step *plan_add(struct plan *p, enum step_kind kind, const char *note)
{
	struct step s = { .kind = kind, .note = note };

	arena_push(p->arena, p->steps, p->count, s);
	return &p->steps[p->count - 1];
}

void live_init(struct live *live, const char *id, struct arena *a, int rundir)
{
	*live = (struct live){ .id = id, .arena = a, .rundir = rundir, .pidfd = -1, .sync = -1, .root = -1,
			       .proc = -1, .dev = -1, .cover = -1, .program = -1,
			       .route = NETLINK_CLOSED, .leases = LEASE_DIR_CLOSED };
}

void live_close(struct live *live)
{
	fd_close(&live->pidfd);
	fd_close(&live->sync);
	fd_close(&live->program);
	lease_close(&live->leases);
	netlink_close(&live->route);
}

#ifdef GUISE_FAULTS
/* For test/fault, which builds with -Dfaults=true: GUISE_FAULT=fail:N makes the N-th step of this run
 * fail before it is applied, kill:N kills its process there. HOST's steps before the clone count first,
 * then INIT's count on from there, and those of HOST after the clone from 1000. */
static int inject(struct live *live, enum plan_phase phase, const char *name, struct err *e)
{
	const char *want = getenv("GUISE_FAULT");
	int n = ++live->faults + (phase == PHASE_AFTER ? 1000 : 0);

	if (!want || strlen(want) < 6 || atoi(want + 5) != n)
		return 0;
	if (want[0] == 'k')
		kill(getpid(), SIGKILL);
	if (want[0] == 'p') /* guise itself, from INIT too */
		kill(getppid(), SIGKILL);
	return err_set(e, "fault", EIO, "apply step %s", name), err_cause(e, "GUISE_FAULT asked for it");
}
#else
static int inject(struct live *live, enum plan_phase phase, const char *name, struct err *e)
{
	return 0;
}
#endif

int plan_apply(const struct plan *p, enum plan_phase phase, struct live *live, struct err *e)
{
	bool behind = false;

	for (size_t i = 0; i < p->count; i++) {
		const struct step *s = &p->steps[i];
		const struct step_ops *ops = step_ops(s->kind);
		int r;

		if (s->kind == STEP_PROCESS) {
			if (phase == PHASE_BEFORE)
				return 0;
			behind = true;
			continue;
		}
		if (ops->side != (phase == PHASE_INIT ? SIDE_INIT : SIDE_HOST) || (phase == PHASE_AFTER && !behind))
			continue;
		if ((r = inject(live, phase, ops->name, e)) < 0 || (r = ops->apply(s, live, e)) < 0)
			return r;
	}
	return 0;
}

int plan_undo(const struct plan *p, struct live *live, struct err *e)
{
	struct err ignored;
	int first = 0;

	for (size_t i = p->count; i-- > 0;) {
		const struct step_ops *ops = step_ops(p->steps[i].kind);

		if (!ops->undo)
			continue;
		int r = ops->undo(&p->steps[i], live, first ? &ignored : e);
		if (r < 0 && first == 0)
			first = r;
	}
	return first;
}
