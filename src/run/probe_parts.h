/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build.h"
#include "run/state.h"

/* The larger parts of probe(), each in a file of its own. */

/* probe_host.c: other file systems of the machine that host: covers too. */
int probe_host_mounts(struct arena *a, struct strv *below, struct err *e);

/* probe_userns.c: is guise in a user namespace itself; the new one's maps. */
bool probe_in_userns(void);
int probe_userns(struct arena *a, struct spec *s, struct facts *f, struct err *e);

/* probe_namespaces.c: paths of the namespaces to join. */
int probe_namespaces(struct state *st, struct arena *a, const struct spec *s, struct facts *f, struct err *e);

/* probe_seccomp.c: the filter, built in or compiled now. */
int probe_seccomp(struct arena *a, const struct spec *s, struct facts *f, struct err *e);
