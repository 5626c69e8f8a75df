/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/world/world.h"

/*
 * Files of /proc/PID as text -> members of a struct world_process (proc(5)). Pure. text is cut into pieces and must live
 * as long as the process; what is not as the kernel writes it is passed over.
 */

/* stat: comm, parent, start_time, and what it is. */
enum process_sort { PROCESS_ALIVE, PROCESS_ENDED, PROCESS_KERNEL, PROCESS_GARBLED };
enum process_sort process_parse_stat(char *text, struct world_process *p);

/* status: ids, ns_pid, capabilities, seccomp, no_new_privs. */
void process_parse_status(const char *text, struct world_process *p);

/* cmdline: words that end with a NUL each, of len bytes in all. */
void process_parse_argv(struct arena *a, const char *text, size_t len, struct world_process *p);

void process_parse_cgroup(struct arena *a, char *text, struct world_process *p);
void process_parse_limits(struct arena *a, char *text, struct world_process *p);

/* "net:[4026531840]" -> 4026531840; 0: it is none. */
uint64_t process_parse_ns(const char *link);

/* A map of ids in one line, "0 1000 1, 1 100000 65536", without the kernel's columns. */
const char *process_parse_map(struct arena *a, const char *text);

/* By number, among the processes as they were just read: in their order. NULL: there is none. */
const struct world_process *process_find(const struct world *w, int64_t pid);
