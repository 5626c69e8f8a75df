/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/build.h"
#include "state/state.h"

/* The larger parts of probe(), each in a file of its own. */

/* probe.c: the numbers of the disks that limits are given for. */
int probe_throttles(struct arena *a, const struct spec_limits *s, struct limits_facts *l, struct err *e);

/* probe_host.c: which directories of the machine host: covers. */
int probe_host(struct arena *a, struct facts *f, struct err *e);

/* probe_userns.c: the new user namespace's maps. */
int probe_userns(struct state *st, struct arena *a, struct spec *s, struct facts *f, struct err *e);

/* probe_namespaces.c: paths of the namespaces to join, and the plan of the container whose network it is. */
int probe_namespaces(struct state *st, struct arena *a, const struct spec *s, struct facts *f, struct err *e);

/* probe_names.c: what /etc/hosts, /etc/hostname and /etc/resolv.conf are made of. */
int probe_names(struct arena *a, const struct spec *s, struct facts *f, struct err *e);

/* The machine's resolv.conf; where that names the local resolver of systemd, what that asks. The arena's, or
 * "". */
const char *probe_resolv(struct arena *a);

/* probe_seccomp.c: the filter, built in or compiled now. */
int probe_seccomp(struct arena *a, const struct spec *s, struct facts *f, struct err *e);
