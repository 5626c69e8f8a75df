/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/report/explain.h"

/*
 * A script that builds an equal of a process that guise did not make: its cgroups with their limits, its network
 * namespace with cables, addresses, routes and rules, its other namespaces, its mounts, its rights. Pure: from the world,
 * in which the mounts of who wrote it must be, too. What no command makes again is a line "# not made: ...".
 *
 * The script is the host's part; it writes two others. `start` enters cgroups and namespaces, and `init` is the first
 * process in these: it mounts, changes the root, and executes the command. Everything foreign is one word of the shell,
 * or a line of a document between quotes in which it can't end that.
 */
void explain_script(const struct explanation *x, struct str *out);

/* The parts. */
void script_cgroups(const struct explanation *x, struct str *out);
void script_cgroups_enter(const struct explanation *x, struct str *out);
void script_cgroups_undo(const struct explanation *x, struct str *out);
void script_network(const struct explanation *x, struct str *out);
void script_rules(const struct explanation *x, struct str *out);
void script_mounts(const struct explanation *x, struct str *out);

/* Where the script is to be run: where it was written. That need not be where the machine's first process is. */
const struct world_process *script_here(const struct explanation *x);

/* Is its namespace another than that one's? */
bool script_has_own(const struct explanation *x, int ns);

/* Has it another root than that one: does init make one at $root? */
bool script_has_root(const struct explanation *x);

/* Is its root that of the host, in whatever mount namespace? False where that is not known. */
bool script_has_hosts_root(const struct explanation *x);
