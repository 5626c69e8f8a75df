/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/oci_container.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/process/proc.h"
#include "spec/engine_words.h"

enum {
	ID_MAX = 1024,
	LOCK_MS = 30000, /* for another command to finish: longer than any that does not wait for a hook */
	POLL_MS = 5,
};

const char *const oci_status_name[] = { "creating", "created", "running", "paused", "stopped" };

int oci_id_check(const char *id, struct err *e)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-.";
	size_t len = strlen(id);

	if (len > 0 && len <= ID_MAX && strspn(id, allowed) == len && strcmp(id, ".") != 0 &&
	    strcmp(id, "..") != 0)
		return 0;
	return err_set(e, "bad-id", EINVAL, "use '%.64s' as the id of a container", id),
	       err_cause(e, ENGINE_BAD_ID), err_hint(e, "an id is of letters, digits and _+.-");
}

/* ---- looking ---- */

static bool is_frozen_at(const char *cgroup)
{
	return cgroup && cgroup_is_frozen(cgroup);
}

/* Frozen, in whichever of its cgroups that is done. */
static bool is_frozen(const struct plan *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (is_frozen_at(step_cgroup_path(&p->steps[i], CGROUP_MADE)) ||
		    is_frozen_at(step_cgroup_path(&p->steps[i], CGROUP_OF_SYSTEMD)))
			return true;
	return false;
}

static bool has_file(const struct oci_container *o, const char *name)
{
	return faccessat(o->c.dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A create that is at work holds the lock, and has perhaps cloned nothing yet. */
static bool is_locked_by_other(struct oci_container *o)
{
	if (o->c.locked)
		return false;
	if (flock(o->c.dir, LOCK_SH | LOCK_NB) < 0)
		return true;
	flock(o->c.dir, LOCK_UN);
	return false;
}

static enum oci_status find_status(struct oci_container *o)
{
	if (o->pidfd < 0)
		return !o->rec.pid && is_locked_by_other(o) ? OCI_CREATING : OCI_STOPPED;
	if (has_file(o, "start.new"))
		return OCI_CREATING;
	if (is_frozen(&o->rec.plan))
		return OCI_PAUSED;
	return has_file(o, "start") ? OCI_CREATED : OCI_RUNNING;
}

int oci_look(struct oci_container *o, struct err *e)
{
	int r = oci_record_read(o, e);

	fd_close(&o->pidfd);
	o->recorded = r == 0;
	if (o->rec.pid)
		o->pidfd = proc_open(o->rec.pid, o->rec.start_time);
	if (r < 0 && r != -ENOENT)
		return r;
	o->status = find_status(o);
	return 0;
}

static int no_container(const char *id, struct err *e)
{
	return err_set(e, "no-container", ENOENT, "find container %s", id), err_cause(e, ENGINE_NO_CONTAINER);
}

static int open_dir(struct oci_container *o, struct state *st, struct arena *a, const char *id, struct err *e)
{
	int r;

	*o = (struct oci_container){ .st = st, .arena = a, .pidfd = -1, .c = { .dir = -1 } };
	if ((r = oci_id_check(id, e)) < 0)
		return r;
	r = container_open(&o->c, st, a, id, e);
	return r == -ENOENT ? no_container(id, e) : r;
}

int oci_open(struct oci_container *o, struct state *st, struct arena *a, const char *id, struct err *e)
{
	int r = open_dir(o, st, a, id, e);

	return r < 0 ? r : oci_look(o, e);
}

int oci_lock(struct oci_container *o, struct err *e)
{
	struct stat s;
	int r;

	for (int waited = 0; (r = container_lock(&o->c, false)) == -EWOULDBLOCK && waited < LOCK_MS;
	     waited += POLL_MS)
		poll(NULL, 0, POLL_MS);
	if (r == -EWOULDBLOCK)
		return err_set(e, "container-busy", EBUSY, "lock container %s", o->c.id),
		       err_cause(e, "another command is at work on it"),
		       err_hint(e, "try again when that has ended");
	if (r < 0)
		return err_set(e, "state", -r, "lock container %s", o->c.id);
	/* removed while we waited */
	return fstat(o->c.dir, &s) == 0 && s.st_nlink == 0 ? no_container(o->c.id, e) : 0;
}

int oci_open_locked(struct oci_container *o, struct state *st, struct arena *a, const char *id, struct err *e)
{
	int r = open_dir(o, st, a, id, e);

	if (r < 0 || (r = oci_lock(o, e)) < 0)
		return r;
	return oci_look(o, e);
}

void oci_unlock(struct oci_container *o)
{
	flock(o->c.dir, LOCK_UN);
	o->c.locked = false;
}

void oci_close(struct oci_container *o)
{
	fd_close(&o->pidfd);
	container_close(&o->c);
}

/* ---- making, listing ---- */

int oci_claim(struct oci_container *o, struct state *st, struct arena *a, const char *id, struct err *e)
{
	int r;

	if ((r = oci_id_check(id, e)) < 0)
		return r;
	*o = (struct oci_container){
		.st = st, .arena = a, .claimed = true, .pidfd = -1, .status = OCI_CREATING
	};
	if (mkdirat(st->containers, id, 0700) < 0) {
		err_set(e, errno == EEXIST ? "container-exists" : "state", errno, "create container %s", id);
		return e->no == EEXIST ? err_cause(e, ENGINE_EXISTS) : -e->no;
	}
	if ((r = container_open(&o->c, st, a, id, e)) == 0)
		r = oci_lock(o, e);
	if (r < 0)
		unlinkat(st->containers, id, AT_REMOVEDIR);
	return r;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int oci_list(struct state *st, struct arena *a, struct strv *ids, struct err *e)
{
	int fd = openat(st->containers, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	*ids = (struct strv){ 0 };
	if (!d)
		return err_set(e, "state", errno, "list the containers");
	for (struct dirent *de; (de = readdir(d));)
		if (oci_id_check(de->d_name, &(struct err){ 0 }) == 0)
			strv_push(a, ids, arena_strdup(a, de->d_name));
	closedir(d);
	if (ids->n)
		qsort(ids->v, ids->n, sizeof(*ids->v), by_name);
	return 0;
}
