/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/criu_wish.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"

enum { LOG_DEBUG = 4 };

const char oci_criu_stdio[] = "descriptors.json";

/* ---- options ---- */

static int put_page_server(struct str *opts, const char *text, struct err *e)
{
	const char *colon = strrchr(text, ':');
	struct str ps = { .arena = opts->arena };
	int port = colon ? atoi(colon + 1) : 0;

	if (port < 1 || port > 65535)
		return err_set(e, "bad-value", EINVAL, "--page-server %s", text),
		       err_cause(e, "it is no ADDRESS:PORT");
	protobuf_put_bytes(&ps, CRIU_PS_ADDRESS, text, (size_t)(colon - text));
	protobuf_put_int(&ps, CRIU_PS_PORT, port);
	protobuf_put_message(opts, CRIU_OPT_PAGE_SERVER, &ps);
	return 0;
}

/* How CRIU deals with cgroups, by the numbers of its enum criu_cg_mode. */
static int put_cgroups_mode(struct str *opts, const char *mode, struct err *e)
{
	static const struct {
		const char *word;
		int number;
	} modes[] = { { "ignore", 0 }, { "soft", 3 }, { "full", 4 }, { "strict", 5 } };

	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (str_eq(modes[i].word, mode)) {
			protobuf_put_int(opts, CRIU_OPT_MANAGE_CGROUPS, true);
			protobuf_put_int(opts, CRIU_OPT_MANAGE_CGROUPS_MODE, modes[i].number);
			return 0;
		}
	return err_set(e, "bad-value", EINVAL, "--manage-cgroups-mode %s", mode);
}

static int put_empty_ns(struct str *opts, const struct strv *names, struct err *e)
{
	for (size_t i = 0; i < names->n; i++)
		if (!str_eq(names->v[i], "network"))
			return err_set(e, "bad-value", EINVAL, "--empty-ns %s", names->v[i]),
			       err_cause(e, "namespace %s is not supported", names->v[i]);
	if (names->n)
		protobuf_put_int(opts, CRIU_OPT_EMPTY_NS, CLONE_NEWNET);
	return 0;
}

static void put_flag(struct str *opts, enum criu_opt opt, bool value)
{
	if (value)
		protobuf_put_int(opts, opt, true);
}

/* runc's configuration, where its users have one; the annotation names another, or "" for none. */
void oci_criu_put_config(struct criu *c, const struct strv *annotations)
{
	static const char usual[] = "/etc/criu/runc.conf";
	const char *path = access(usual, F_OK) == 0 ? usual : "";

	for (size_t i = 0; i + 1 < annotations->n; i += 2)
		if (str_eq(annotations->v[i], "org.criu.config"))
			path = annotations->v[i + 1];
	protobuf_put_str(&c->opts, CRIU_OPT_CONFIG_FILE, *path ? path : NULL);
}

static int put_options(struct criu *c, const struct oci_criu_wish *w, struct err *e)
{
	struct str *opts = &c->opts;

	protobuf_put_int(opts, CRIU_OPT_IMAGES_DIR_FD, c->images);
	protobuf_put_int(opts, CRIU_OPT_WORK_DIR_FD, c->work);
	protobuf_put_int(opts, CRIU_OPT_LOG_LEVEL, LOG_DEBUG);
	protobuf_put_str(opts, CRIU_OPT_LOG_FILE, c->log);
	put_flag(opts, CRIU_OPT_TCP_ESTABLISHED, w->tcp_established);
	put_flag(opts, CRIU_OPT_TCP_SKIP_IN_FLIGHT, w->tcp_skip_in_flight);
	put_flag(opts, CRIU_OPT_EXT_UNIX_SK, w->ext_unix_sk);
	put_flag(opts, CRIU_OPT_SHELL_JOB, w->shell_job);
	put_flag(opts, CRIU_OPT_FILE_LOCKS, w->file_locks);
	put_flag(opts, CRIU_OPT_LAZY_PAGES, w->lazy_pages);
	put_flag(opts, CRIU_OPT_AUTO_DEDUP, w->auto_dedup);
	/* the other end of the container's terminal is outside of it */
	put_flag(opts, CRIU_OPT_ORPHAN_PTS_MASTER, true);
	if (w->status_fd >= 0)
		protobuf_put_int(opts, CRIU_OPT_STATUS_FD, w->status_fd);
	if (w->page_server && put_page_server(opts, w->page_server, e) < 0)
		return -e->no;
	if (put_cgroups_mode(opts, w->cgroups_mode, e) < 0)
		return -e->no;
	return put_empty_ns(opts, &w->empty_ns, e);
}

/* ---- directories ---- */

static int open_dir(const char *path, bool make, struct err *e)
{
	int r = make ? io_mkdirs(AT_FDCWD, path, 0700) : 0;
	int fd = r < 0 ? r : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 ? fd : err_set(e, "images", fd < -1 ? -fd : errno, "open the directory %s", path);
}

int oci_criu_open(struct criu *c, struct arena *a, const struct oci_criu_wish *w, const char *log, bool make,
		  struct err *e)
{
	const char *work = w->work ?: w->images;

	*c = (struct criu){ .arena = a,
			    .program = w->program,
			    .opts = { .arena = a },
			    .images = -1,
			    .work = -1,
			    .images_path = w->images,
			    .work_path = work,
			    .log = log };
	if ((c->images = open_dir(w->images, make, e)) < 0 || (c->work = open_dir(work, true, e)) < 0)
		return -e->no;
	return put_options(c, w, e);
}

void oci_criu_close(struct criu *c)
{
	for (unsigned i = 0; i < c->n_keep; i++)
		if (c->keep[i] > STDERR_FILENO)
			close(c->keep[i]);
	fd_close(&c->work);
	fd_close(&c->images);
}

/* ---- descriptors ---- */

void oci_criu_inherit(struct criu *c, const char *key, int fd)
{
	struct str message = { .arena = c->arena };

	protobuf_put_str(&message, CRIU_INHERIT_KEY, key);
	protobuf_put_int(&message, CRIU_INHERIT_FD, fd);
	protobuf_put_message(&c->opts, CRIU_OPT_INHERIT_FD, &message);
	c->keep[c->n_keep++] = fd;
}

/* ---- mounts ---- */

bool oci_criu_external(const struct plan *p, size_t *at, struct mounted *x)
{
	while (*at < p->count)
		if (step_mounts(&p->steps[(*at)++], 0, x) && x->source)
			return true;
	return false;
}

/* ---- namespaces ---- */

const char *const oci_criu_ns[] = { "net", "pid" };
const char *const oci_criu_ns_key[] = { "extRootNetNS", "extRootPidNS" };

const char *oci_criu_joined(const struct plan *p, const char *ns)
{
	const struct step_join_ns *s;

	for (size_t at = 0; (s = plan_next_join_ns(p, &at));)
		if (str_eq(s->name, ns))
			return s->path;
	return str_eq(ns, "pid") ? plan_process(p)->join_pid : NULL;
}
