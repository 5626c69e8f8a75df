/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/live.h"

/*
 * The file that the user wants the process's pid in: live->pidfile. It is written while the process has
 * executed nothing yet: else the command would already run when it turns out that the file can't be written.
 * If the start then fails, the file is removed again.
 */

/* Write live->pid, whole or not at all, as programs read it: no newline (containerd takes none). Without a
 * file, or when it is written already: 0. */
int pidfile_write(struct live *live, struct err *e);

/* Remove it: the start has failed. */
void pidfile_take_back(struct live *live);
