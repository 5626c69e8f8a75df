/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "run/oci_container.h"
#include "spec/oci.h"

/* Who is told of what failed but does not count. */
struct oci_warn {
	void (*tell)(void *arg, const struct err *e);
	void *arg;
};

/* The hooks of a bundle that run when the container is made long since, as a plan that is recorded. */
void oci_hooks_record(const struct oci_config *c, struct plan *later);

/* Run the recorded ones of a kind: "poststart", with the state running, or "poststop", with stopped. One that
 * fails is told of, and the others run (runtime.md, "Lifecycle"). */
void oci_hooks_run(const struct oci_container *o, const char *when, const struct oci_warn *warn);
