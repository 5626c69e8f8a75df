/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "spec/spec.h"

/* Processes as the host's ps(1) shows them: its columns and options are worth a process. Nothing of the
 * container is executed. -errno "ps" where there is none, or where it refuses what it was given; it has said
 * why itself. */

/* Of what ps prints with these options (none: -ef, as docker) the title, and the lines of these processes. */
int processes_print(struct arena *a, const struct strv *options, const pid_t *pids, size_t n, struct err *e);

/* These processes, in the columns that ps -o takes: "pid,user,comm". */
int processes_print_columns(struct arena *a, const char *columns, const pid_t *pids, size_t n, struct err *e);
