/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/seccomp/seccomp.h"

/*
 * The default profile, compiled when guise was built (tools/seccomp-compile.c writes the definitions).
 * A container that has one of seccomp_default_caps needs a filter of its own, made at run time from the
 * two texts: data/seccomp/default.json and data/seccomp/caps.json, as they were then.
 */
extern const struct seccomp_filter seccomp_default;
extern const uint64_t seccomp_default_caps;

/* Differs where another compiler, or another libseccomp at build time, makes other filters of the same
 * text. */
extern const uint64_t seccomp_compiler_mark;

extern const char seccomp_default_json[], seccomp_caps_json[];
extern const size_t seccomp_default_json_len, seccomp_caps_json_len;
