/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/oci/oci.h"
#include "state/oci_container.h"

/* Where failures are told that do not count, and what is done (NULL: nobody wants to know). */
struct oci_warn {
	void (*tell)(void *arg, const struct err *e);
	void (*debug)(void *arg, const char *text);
	void *arg;
};

/* The hooks of a bundle that run later than its making, as a plan that is recorded. */
void oci_hooks_record(const struct oci_config *c, struct plan *later);

/* Run the recorded ones (runtime.md, "Lifecycle", 10 and 14). The first of poststart that fails is an error:
 * the caller stops the container. A poststop hook that fails is told of, and the others run. */
int oci_hooks_poststart(const struct oci_container *o, struct err *e);
void oci_hooks_poststop(const struct oci_container *o, const struct oci_warn *warn);
