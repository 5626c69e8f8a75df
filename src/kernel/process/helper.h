/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"

/*
 * guise-oci-helper: what is asked for seldom and takes a large library, systemd's bus or netlink, is a program of its
 * own, lest every start of a container loads it. It is found below libexecdir, where it was installed, or at
 * $GUISE_OCI_HELPER.
 *
 * argv[0] is set here; argv[1] is the helper's command. It exits with 0, or says why not, in one line: then e is
 * set with code "helper", that line as cause, and -EIO returned. -errno if it cannot be started.
 */
int helper_run(char *argv[], struct err *e);
