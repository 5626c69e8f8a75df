/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "run/oci/trace.h"
#include "spec/oci/oci.h"

/* "Any value which [...] cannot be granted otherwise, MUST be logged as a warning" (config.md, "Process"):
 * the process's capabilities that guise-oci does not have itself. */
void oci_caps_warn(struct arena *a, const struct oci_process *pr, uint64_t held, const struct oci_warn *warn);
