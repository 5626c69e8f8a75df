/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"

/*
 * Where a program of guise's own is: at `given` (the value of its environment variable, which the caller
 * reads with secure_getenv(3)); else below libexecdir, where it is installed; else beside guise itself, as in
 * a build directory. Whoever could put one there could change guise as well.
 */
enum { HELPER_PATH_MAX = 4096 };
const char *helper_path(const char *given, const char *name, char path[HELPER_PATH_MAX]);

/*
 * guise-oci-helper is for what is seldom asked for and takes a large library: systemd's bus, or netlink. It
 * is a program of its own, so that the start of a container does not load these. It is found by
 * $GUISE_OCI_HELPER, or as helper_path() says.
 *
 * argv[0] is set here; argv[1] is the helper's command. 0 when it exits with 0. Else it says why, in one
 * line: e is set with code "helper" and that line as cause, and -EIO returned. -errno if it cannot be
 * started.
 */
int helper_run(char *argv[], struct err *e);
