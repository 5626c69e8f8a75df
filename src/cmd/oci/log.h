/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"
#include "cmd/oci/commands.h"

/*
 * What is said to people and to engines. Each message is a line on standard error and, with --log FILE, a
 * line of that file as runc writes it: {"level":"error","msg":"...","time":"RFC 3339"}, or the same as text.
 * Engines take the last error in the file as the reason why the command failed.
 *
 * Nothing is said below the level of --log-level: "debug", "info" (the default), "warning", "error". Debug
 * lines go to the file alone, if there is one.
 */
void oci_log(struct call *call, const char *level, const char *message);

/* Is a message of that level said? */
bool oci_log_has(const struct call *call, const char *level);

/* An error that is the command's, and one that is none (a hook that runs too late to matter). */
void oci_log_error(struct call *call, const struct err *e);
void oci_log_warning(struct call *call, const struct err *e);
