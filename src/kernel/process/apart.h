/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"

/*
 * A function called in a child process, a copy of ours, for what it does to itself for good, such as entering a user namespace
 * (kernel/process/userns.h): we stay as we are. Of what it finds only its error comes back, and what it writes to descriptors.
 * It returns 0, or -errno with e filled.
 */
typedef int apart_fn(void *arg, struct err *e);

/* What fn returned, with its error. Code "process": there was no child, or it died. */
int apart_call(apart_fn *fn, void *arg, struct err *e);
