/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"

/*
 * Where a program of guise's own is: at `given` (the value of its variable of the environment, which the caller asks for
 * with secure_getenv(3)); else below libexecdir, where it is installed; else beside guise itself, as in a directory
 * where it was built. Whoever could put one there could change guise as well.
 */
enum { HELPER_PATH_MAX = 4096 };
const char *helper_path(const char *given, const char *name, char path[HELPER_PATH_MAX]);

/*
 * guise-oci-helper: what is asked for seldom and takes a large library, systemd's bus or netlink, is a program of its
 * own, lest every start of a container loads it. It is found by $GUISE_OCI_HELPER or as
 * helper_path() says.
 *
 * argv[0] is set here; argv[1] is the helper's command. It exits with 0, or says why not, in one line: then e is
 * set with code "helper", that line as cause, and -EIO returned. -errno if it cannot be started.
 */
int helper_run(char *argv[], struct err *e);
