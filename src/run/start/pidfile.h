/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/live.h"

/*
 * The file that the user wants the process's pid in: live->pidfile. It is written when there is a process
 * that has executed nothing yet, lest a command has run before it is known that the file can't be had; and
 * taken back when it doesn't come to that.
 */

/* Write live->pid, whole or not at all, as programs read it: no newline (containerd takes none). No file, or
 * one that is written already: 0. */
int pidfile_write(struct live *live, struct err *e);

/* The start has failed. */
void pidfile_take_back(struct live *live);
