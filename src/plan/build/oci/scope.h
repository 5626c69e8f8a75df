/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/oci/oci.h"

/*
 * The properties of the transient scope that systemd makes a container's cgroup as: beside those that hand
 * the cgroup over (Delegate), the limits once more. guise-oci writes the files as well, which can say
 * more; but systemd, when it is reloaded, writes what its properties say.
 */

/* Of a new container, with those of the annotations org.systemd.property.*. -EINVAL "bad-annotation". */
int scope_properties(struct arena *a, const struct oci_config *c, const struct oci_facts *f,
		     struct strv *properties, struct err *e);

/* The unit's description, by which it is known as the container's own. */
const char *scope_owner(struct arena *a, const char *id);

/* The limits alone, for an update. now: as in limits_facts. */
void scope_limits(struct arena *a, const struct spec_limits *l, const struct limits_facts *f,
		  struct strv *properties);

/* A list as "0-3,8" as the bits of an "ay": its decimal bytes, "15 1". Exposed for its test. */
const char *scope_bits(struct arena *a, const char *list);
