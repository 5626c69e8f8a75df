/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* Set in the number of every x32 call (and in -1, a call that a tracer skipped). */
#define SECCOMP_X32_BIT 0x40000000u

/* The number of a system call on an architecture (AUDIT_ARCH_*, libseccomp's SCMP_ARCH_X32; 0: this
 * one), by libseccomp's tables and our own additions; -1 if it has none of that name. */
int seccomp_call_number(const char *name, uint32_t arch);
