/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * restore: the container is made from its bundle as by run. But run clones a first process that makes the
 * rest itself; here CRIU makes all processes, with their namespaces and mounts:
 *
 *     we                                           the child that becomes CRIU
 *     the plan's cgroups and limits
 *     fork; systemd's scope -------------------->  enters the cgroups, and so does what it makes
 *                                                  a mount namespace of its own, with the root file
 *                                                  system mounted there, as CRIU wants it; places for
 *                                                  mounts
 *     the request ------------------------------>  CRIU
 *     prestart and createRuntime hooks  <--------  "setup-namespaces"
 *     process.json                      <--------  "post-restore"
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/json.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/fs/inroot.h"
#include "kernel/fs/mount.h"
#include "kernel/process/pidfd.h"
#include "plan/steps/steps.h"
#include "run/oci/criu_wish.h"
#include "run/oci/delete.h"
#include "run/oci/making.h"

struct restoring {
	struct making *m;
	const struct oci_criu_wish *wish;
	struct criu c;
	int terminal;
};

/* ---- cgroups ---- */

/* systemd makes a scope of a process, and the scope's cgroups come with it. That process is CRIU's; those
 * that it makes are in the same cgroups. */
static int make_scope(void *arg, pid_t child, struct err *e)
{
	struct making *m = ((struct restoring *)arg)->m;
	const struct plan *p = &m->o.rec.plan;
	bool behind = false;
	int r = 0;

	m->live.pid = child;
	for (size_t i = 0; r == 0 && i < p->count; i++) {
		const struct step *s = &p->steps[i];
		const struct step_ops *ops = step_ops(s->kind);

		if (behind && ops->side == SIDE_HOST && ops->on_cgroup)
			r = ops->apply(s, &m->live, e);
		behind |= ops->clone;
	}
	m->live.pid = 0;
	return r;
}

/* ---- in the child ---- */

static int enter_cgroups(const struct plan *p, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->count; i++) {
		const struct step *s = &p->steps[i];

		const struct step_ops *ops = step_ops(s->kind);
		const char *cgroup = step_cgroup_path(s, CGROUP_ENTERED);

		if (cgroup && (ops->clone || ops->side == SIDE_INIT))
			r = cgroup_join(cgroup, 0, e);
	}
	return r;
}

/* CRIU insists that the root is a mount. Here it is one that nobody else sees, and that ends with CRIU. */
static int place_root(const char *rootfs, const char *at, struct err *e)
{
	if (mount_own_namespace() < 0)
		return err_set(e, "root", errno, "make a mount namespace");
	if (mount(rootfs, at, NULL, MS_BIND | MS_REC, NULL) < 0)
		return err_set(e, "root", errno, "mount %s on %s", rootfs, at);
	return 0;
}

/* The last mount of the plan that it is below, or on: then its place is there, not in the root file
 * system. */
static bool covering(const struct plan *p, const struct step *s, const char *target, struct mounted *below)
{
	bool found = false;
	struct mounted m;

	for (const struct step *i = p->steps; i < s; i++) {
		const char *rest = step_makes_place(i, &m) ? str_after(target, m.target) : NULL;

		if (!rest || (*rest && *rest != '/'))
			continue;
		*below = m;
		found = true;
	}
	return found;
}

static int make_place(const struct mounted *m, int root, const char *path, struct err *e)
{
	autoclose int fd = m->place == PLACE_FILE ? inroot_make_file(root, path) :
						    inroot_make_dir(root, path, m->real_directory);

	return fd < 0 ?
		       err_set(e, "mount-target", -fd, "find or make %s in the root file system", m->target) :
		       0;
}

/* In a directory of the host. (What is in a file system in memory, CRIU brings with it.) */
static int make_place_below(const struct mounted *m, const struct mounted *below, struct err *e)
{
	const char *path = str_after(m->target, below->target);
	autoclose int source = below->source ? open(below->source, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	return source < 0 || !*path ? 0 : make_place(m, source, path, e);
}

/* Make the places of mounts: on this machine, or in this copy of the image, there may never have been a
 * container. The image may have links there; they lead nowhere but into it. */
static int make_places(const struct plan *p, const char *at, struct err *e)
{
	autoclose int root = open(at, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct mounted m, below;
	int r = 0;

	for (const struct step *s = p->steps; r == 0 && s < p->steps + p->count; s++) {
		if (!step_makes_place(s, &m))
			continue;
		r = covering(p, s, m.target, &below) ? make_place_below(&m, &below, e) :
						       make_place(&m, root, m.target, e);
	}
	return r;
}

/* CRIU takes the root as it finds it, whatever it was before. */
static int lock_root(const struct making *m, struct err *e)
{
	autoclose int root = open(m->facts.scratch, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = m->config.root_readonly ? mount_set(root, MOUNT_ATTR_RDONLY, 0, false) : 0;

	return r < 0 ? err_set(e, "root", -r, "make the root file system read-only") : 0;
}

static int prepare(void *arg, struct err *e)
{
	const struct making *m = ((struct restoring *)arg)->m;
	const struct plan *p = &m->o.rec.plan;
	int r = enter_cgroups(p, e);

	if (r < 0 || (r = place_root(m->facts.root, m->facts.scratch, e)) < 0 ||
	    (r = make_places(p, m->facts.scratch, e)) < 0)
		return r;
	return lock_root(m, e);
}

/* ---- what CRIU tells of ---- */

static int run_hooks(struct making *m, struct err *e)
{
	const struct step_hook *s;
	int r = 0;

	for (size_t at = 0; r == 0 && (s = plan_next_hook(&m->o.rec.plan, &at));)
		r = step_hook_run(s, &m->live, "creating", m->live.pid, e);
	return r;
}

static int notify(void *arg, const char *what, pid_t pid, int *fd, struct err *e)
{
	struct restoring *r = arg;

	if (str_eq(what, "orphan-pts-master"))
		r->terminal = take_fd(fd);
	if (str_eq(what, "setup-namespaces")) {
		r->m->live.pid = pid;
		return run_hooks(r->m, e);
	}
	if (str_eq(what, "post-restore")) {
		r->m->live.pid = pid;
		return record_write_process(&r->m->o.c, pid, e);
	}
	return 0;
}

/* ---- the request ---- */

static void put_mounts(const struct plan *p, struct str *opts)
{
	struct mounted x;

	for (size_t at = 0; oci_criu_external(p, &at, &x);)
		protobuf_put_str(opts, CRIU_OPT_EXTERNAL,
				 arena_printf(opts->arena, "mnt[%s]:%s", x.target, x.source));
}

static int put_namespaces(struct criu *c, const struct plan *p, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(oci_criu_ns); i++) {
		const char *path = oci_criu_joined(p, oci_criu_ns[i]);
		int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

		if (path && fd < 0)
			return err_set(e, "namespace-join", errno, "open the %s namespace %s", oci_criu_ns[i],
				       path);
		if (path)
			oci_criu_inherit(c, oci_criu_ns_key[i], fd);
	}
	return 0;
}

/* A descriptor to the outside has its other end there, which may be gone: ours takes its place, under its old
 * name. */
static int pass_stdio(struct criu *c, struct err *e)
{
	enum { STDIO_MAX = 64 << 10 };
	json_object *list;
	char *text;
	size_t len;
	int r = io_read_file(c->arena, c->images, oci_criu_stdio, STDIO_MAX, &text, &len);

	if (r < 0)
		return err_set(e, "images", -r, "read %s", oci_criu_stdio),
		       err_hint_for(e, ENOENT,
				    "is it the directory of a checkpoint, and not of a --pre-dump?");
	if (!(list = json_from_text(text, len, e)))
		return err_prefix(e, "read %s", oci_criu_stdio);
	for (int fd = 0; json_object_is_type(list, json_type_array) && fd < 3; fd++) {
		const char *was = json_object_get_string(json_object_array_get_idx(list, (size_t)fd));

		if (was && (str_after(was, "pipe:") || str_after(was, "file[")))
			oci_criu_inherit(c, arena_strdup(c->arena, was), fd);
	}
	json_object_put(list);
	return 0;
}

/* The processes were in the cgroup of the container as it was; now it is this one. */
static void put_cgroup(const struct oci_facts *f, struct str *opts)
{
	struct str root = { .arena = opts->arena };

	if (!f->home)
		return;
	protobuf_put_str(&root, CRIU_CG_ROOT_PATH,
			 cgroup_path(opts->arena, "", f->cgroup_parent, f->cgroup_name));
	protobuf_put_message(opts, CRIU_OPT_CG_ROOT, &root);
}

static int put_all(struct restoring *r, struct err *e)
{
	const struct plan *p = &r->m->o.rec.plan;
	struct str *opts = &r->c.opts;

	protobuf_put_int(opts, CRIU_OPT_NOTIFY_SCRIPTS, true);
	protobuf_put_int(opts, CRIU_OPT_RST_SIBLING, true);
	protobuf_put_str(opts, CRIU_OPT_ROOT, r->m->facts.scratch);
	protobuf_put_str(opts, CRIU_OPT_LSM_PROFILE, r->wish->lsm_profile);
	protobuf_put_str(opts, CRIU_OPT_LSM_MOUNT_CONTEXT, r->wish->lsm_mount_context);
	oci_criu_put_config(&r->c, &r->m->config.annotations);
	put_mounts(p, opts);
	put_cgroup(&r->m->facts, opts);
	return put_namespaces(&r->c, p, e);
}

static int restore_first(struct making *m, int *terminal, struct err *e)
{
	struct restoring *r = m->arg;
	struct criu *c = &r->c;
	int n;

	*terminal = -1;
	if ((n = put_all(r, e)) < 0 || (n = pass_stdio(&r->c, e)) < 0 ||
	    (n = plan_apply(&m->o.rec.plan, PHASE_BEFORE, &m->live, e)) < 0)
		return n;
	c->forked = make_scope;
	c->prepare = prepare;
	c->notify = notify;
	c->arg = r;
	n = criu_serve(c, CRIU_RESTORE, NULL, e);
	/* our child, so that its pid is still its own */
	m->live.pidfd = m->live.pid > 0 ? pidfd_of(m->live.pid) : -1;
	if (n == 0 && m->live.pidfd < 0)
		n = err_set(e, "criu", ESRCH, "find the process that CRIU restored");
	*terminal = take_fd(&r->terminal);
	return n;
}

/* ---- all of it ---- */

/* After checkpoint the container is still there, stopped: whoever restores it has no more use for it. */
static int remove_stopped(struct state *st, struct arena *a, const char *id, const struct oci_warn *warn,
			  struct err *e)
{
	struct oci_container o;
	int r = oci_open(&o, st, a, id, e);
	bool stopped = r == 0 && o.status == OCI_STOPPED && o.recorded;

	oci_close(&o);
	if (r == -ENOENT)
		return 0;
	return r < 0 || !stopped ? r : oci_delete(st, a, id, false, warn, e);
}

int oci_restore(struct state *st, struct arena *a, const struct oci_wish *w, const struct oci_criu_wish *cw,
		const struct oci_warn *warn, int *status, struct err *e)
{
	struct making m = { .wish = w, .warn = warn, .restore = restore_first, .notify.sock = -1 };
	struct restoring restoring = { .m = &m, .wish = cw, .terminal = -1 };
	int r = oci_criu_open(&restoring.c, a, cw, "restore.log", false, e);

	m.arg = &restoring;
	if (r == 0 && (r = remove_stopped(st, a, w->id, warn, e)) == 0 &&
	    (r = oci_making_begin(&m, st, a, false, NULL, e)) == 0) {
		r = oci_making_run(&m, NULL, status, e);
		oci_making_end(&m);
	}
	fd_close(&restoring.terminal);
	oci_criu_close(&restoring.c);
	return r < 0 ? err_prefix(e, "container %s", w->id) : 0;
}
