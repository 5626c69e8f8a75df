/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Times in the words that docker's users read. Both return buf; 80 bytes are enough. */

/* A length of time in nanoseconds, rounded: "5 minutes", "About an hour". Less than none is none. */
const char *words_duration(int64_t ns, char *buf, size_t size);

/* The STATUS column: "Up 5 minutes", "Exited (137) 2 minutes ago, out of memory", "Exited (unknown) 2
 * minutes ago". status: as control_status() has it; started and finished in nanoseconds since 1970,
 * exit_code -1: not known. oom: the kernel killed for want of memory. */
const char *words_status(const char *status, int64_t started, int64_t finished, int exit_code, bool oom,
			 int64_t now, char *buf, size_t size);

/* Numbers of bytes as docker rounds them, in the arena: "1.45kB", by thousands; "1.953MiB", by 1024. */
const char *words_bytes(struct arena *a, uint64_t n);
const char *words_binary(struct arena *a, uint64_t n);

/* A text for a table: cut to so many characters, and nothing in it that a terminal would obey. */
const char *words_cell(struct arena *a, const char *text, size_t max);
