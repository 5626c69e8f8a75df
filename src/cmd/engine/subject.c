/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/subject.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "cmd/engine/commands.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/process/proc.h"

static int open_own(struct call *call, struct state *st, const char *ref, struct subject *s, struct err *e)
{
	struct control *k = &s->k;
	int r = control_open(k, st, call->arena, ref, e);

	if (r < 0)
		return r;
	s->name = k->rec.name;
	s->id = k->rec.id;
	s->status = control_status(k);
	s->cgroup = k->rec.cgroup;
	s->plan = &k->rec.plan;
	s->pid = k->pid;
	s->pidfd = k->pidfd;
	return 0;
}

static int open_oci(struct call *call, const char *id, struct subject *s, struct err *e)
{
	const char *root = command_oci_root(call);
	struct oci_container *o = &s->o;
	int r;

	s->is_oci = true;
	r = state_find(&s->oci_state, call->arena, "guise-oci", root, e);
	if (r == -ENOENT)
		return err_set(e, "no-container", ENOENT, "find container oci:%.64s", id),
		       err_cause(e, "there is no state directory of guise-oci%s%s", root ? " at " : "",
				 root ? root : ""),
		       err_hint(e, "guise --oci-root DIR names the one that its engine gave it");
	if (r < 0 || (r = oci_open(o, &s->oci_state, call->arena, id, e)) < 0)
		return r == -ENOENT ?
			       err_hint(e, "guise-oci list shows them, of another state directory with "
					   "--root DIR, which is guise's --oci-root") :
			       r;
	s->name = s->id = o->c.id;
	s->status = oci_status_name[o->status];
	s->cgroup = o->rec.cgroup;
	s->plan = &o->rec.plan;
	s->pidfd = o->pidfd;
	s->pid = o->pidfd >= 0 ? oci_pid(o) : 0;
	return 0;
}

int subject_open(struct call *call, struct state *st, const char *ref, struct subject *s, struct err *e)
{
	const char *id = str_after(ref, "oci:");

	*s = (struct subject){ .pidfd = -1,
			       .k = { .pidfd = -1, .answer = -1, .c.dir = -1 },
			       .o = { .pidfd = -1, .c.dir = -1 } };
	return id ? open_oci(call, id, s, e) : open_own(call, st, ref, s, e);
}

void subject_close(struct subject *s)
{
	if (s->is_oci)
		oci_close(&s->o);
	else
		control_close(&s->k);
}

/* Those whose pid namespace is the first process's own. */
static int pids_of_namespace(struct arena *a, pid_t first, pid_t **pids, size_t *n)
{
	autoclose int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(fd);

	if (fd < 0)
		return -errno;
	for (const char *name; (name = io_dir_next(&d));) {
		pid_t pid = (pid_t)atoi(name);

		if (pid > 0 && proc_same_ns(pid, first, "pid"))
			arena_push(a, *pids, *n, pid);
	}
	return 0;
}

int subject_pids(struct arena *a, const struct subject *s, pid_t **pids, size_t *n, struct err *e)
{
	int r;

	*pids = NULL;
	*n = 0;
	if (s->cgroup)
		r = cgroup_pids(a, s->cgroup, pids, n);
	else if (s->pid && !proc_same_ns(s->pid, getpid(), "pid"))
		r = pids_of_namespace(a, s->pid, pids, n);
	else
		r = -ENODATA;
	if (r == -ENODATA)
		return err_set(e, "processes", ENODATA, "list the processes of container %s", s->name),
		       err_cause(e, "it has neither a cgroup nor a pid namespace of its own");
	return r < 0 ? err_set(e, "processes", -r, "list the processes of container %s", s->name) : 0;
}
