/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cmd/oci/commands.h"
#include "run/oci/hooks.h"
#include "run/oci/probe.h"
#include "state/oci_container.h"

/* What several verbs share. */

/* A path on the command line, made absolute: guise-oci works in the bundle's directory. */
opt_setter oci_opt_path;

/* Open the state directory (--root). */
int oci_state_open(struct call *call, struct state *st, struct err *e);

/* Open the container that the operand names; the state directory stays open until the end. */
int oci_find(struct call *call, struct oci_container *o, const char *id, struct err *e);
int oci_find_locked(struct call *call, struct oci_container *o, const char *id, struct err *e);

/* The log for what failed but does not count. */
struct oci_warn oci_warner(struct call *call);

/* --cgroup-manager */
enum oci_manager oci_manager(const struct call *call);

/* ---- create and run ---- */

struct oci_make_options {
	struct oci_wish wish;
	bool no_subreaper;

	/* not options, but what else the work takes */
	struct state st;
	struct oci_warn warn;
	struct timing *timing;
};

/* The first OCI_RUN_ROWS are run's alone. */
extern const struct opt oci_make_table[];
enum { OCI_RUN_ROWS = 3 };

/* Parse either, open the state directory, and go into the bundle; what the environment says is added. */
int oci_make_begin(struct call *call, struct oci_make_options *o, struct err *e);

/* The socket of whoever wants to hear of a container by sd_notify(3); NULL: nobody. */
const char *oci_notify_socket(void);

/* --timing: print it, unless it is NULL. */
void oci_timing_print(struct call *call, const struct timing *t);
