/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "run/oci/create.h"
#include "run/oci/criu.h"

/* What checkpoint and restore are asked for. Paths are absolute. */
struct oci_criu_wish {
	const char *program;       /* --criu; NULL: criu in PATH */
	const char *images, *work; /* work NULL: images */
	const char *parent;        /* relative to images, as CRIU wants it; NULL: none */
	bool leave_running, pre_dump;
	bool tcp_established, tcp_skip_in_flight, ext_unix_sk, shell_job, file_locks, lazy_pages, auto_dedup;
	const char *page_server;  /* ADDRESS:PORT */
	int status_fd;            /* -1: none */
	const char *cgroups_mode; /* "soft", "full", "strict", "ignore" */
	struct strv empty_ns;     /* "network" */
	const char *lsm_profile, *lsm_mount_context;
};

/* checkpoint: write the processes of a running container into files. They are killed then, unless they are to
 * be left running. The container is locked. */
int oci_checkpoint(struct oci_container *o, const struct oci_criu_wish *w, struct err *e);

/* restore: make a container from its bundle, as by run, with processes from the files of a checkpoint. A
 * stopped one of the same id, as checkpoint left it, is deleted first. *status as for oci_run(). */
int oci_restore(struct state *st, struct arena *a, const struct oci_wish *w, const struct oci_criu_wish *cw,
		const struct oci_warn *warn, int *status, struct err *e);

/* ---- what both share: run/oci/criu_wish.c ---- */

/*
 * Beside CRIU's files there is descriptors.json, a list of what 0, 1, 2 of the first process were. "pipe:[N]"
 * and "file[MOUNT:INODE]" (in CRIU's terms) are outside of the container: a restore puts its own in their
 * place. Others are told by their paths.
 */
extern const char oci_criu_stdio[];

/* Open the directories (made, if `make`), and put the options that both have. */
int oci_criu_open(struct criu *c, struct arena *a, const struct oci_criu_wish *w, const char *log, bool make,
		  struct err *e);
void oci_criu_close(struct criu *c);

/* A file with options that win over ours: the annotation org.criu.config, or /etc/criu/runc.conf. */
void oci_criu_put_config(struct criu *c, const struct strv *annotations);

/* Give CRIU our descriptor for what it knows by that key; oci_criu_close() closes it. */
void oci_criu_inherit(struct criu *c, const char *key, int fd);

/*
 * What is not in the images, since it is the host's: bind mounts and files that cover others, by a name that
 * both sides know (the path in config.json); and network and pid namespaces that were joined.
 */
/* The n-th of a plan: true, or false behind the last one. *at starts as 0. */
bool oci_criu_external(const struct plan *p, size_t *at, struct mounted *x);

/* A namespace that the plan joins, and CRIU can do without ("net", "pid"): its path, or NULL. */
const char *oci_criu_joined(const struct plan *p, const char *ns);
extern const char *const oci_criu_ns[2], *const oci_criu_ns_key[2];
