/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "kernel/seccomp/seccomp.h"
#include "spec/json.h"
#include "spec/seccomp_engine.h"

/*
 * Seccomp profiles in the format of the OCI runtime specification (config-linux.md, "Seccomp"): a file
 * given with --security-opt seccomp=FILE, the linux.seccomp object of a config.json, and our own
 * data/seccomp/default.json. Everything is checked here; actions, operators, architectures and flags
 * that we do not know are errors, while names of system calls that we do not know are left out (by
 * seccomp_compile()), as the specification asks.
 */
enum { SPEC_SECCOMP_MAX = 1 << 20 }; /* the longest file accepted, in bytes */

/* What is known: SCMP_ACT_*, SCMP_CMP_*, SCMP_ARCH_*, SECCOMP_FILTER_FLAG_*. */
extern const struct json_words spec_seccomp_actions, spec_seccomp_operators, spec_seccomp_arches,
	spec_seccomp_flags;

/* Read a profile's text. `file` is its name for messages. Everything in p lies in the arena. With a host, an
 * engine's own form (spec/seccomp_engine.h) is honoured. Without, it is ignored, with a warning. */
int spec_seccomp_parse(struct arena *a, const char *text, size_t len, const char *file,
		       const struct seccomp_host *host, struct seccomp_profile *p, struct err *e);

/* The same for an object that is part of a larger file; failures are the reader's. */
void spec_seccomp_read(struct json_reader *r, struct json_object *o, const struct seccomp_host *host,
		       struct seccomp_profile *p);

/* Open what the capabilities `caps` make useful: data/seccomp/caps.json, whose object "capabilities" has
 * for each a list of rules as in a profile's "syscalls". They are put before the profile's own rules, so
 * that they win. *known (may be NULL) becomes the mask of all capabilities that the text mentions. */
int spec_seccomp_allow(struct arena *a, const char *text, size_t len, const char *file, uint64_t caps,
		       struct seccomp_profile *p, uint64_t *known, struct err *e);
