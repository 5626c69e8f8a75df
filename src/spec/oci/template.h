/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* The config.json that a new bundle starts with: a shell in new namespaces, with few capabilities, the usual
 * mounts and nothing writable but /dev. Equal in meaning to the one that `runc spec` writes. */
struct oci_template {
	bool cgroup_ns; /* a cgroup namespace too: where the host has cgroup v2 alone, as runc does */
	bool rootless;  /* for a user without privilege: a user namespace, in which root is uid and gid */
	uint32_t uid, gid;
};

void oci_template(const struct oci_template *t, struct str *out);
