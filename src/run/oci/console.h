/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "run/oci/probe.h"

/* What the caller of guise-oci asked to be handed. --console-socket: the master of the command's terminal
 * (SCM_RIGHTS); --pid-file: its pid. */

/* Does it fit what the process asks for? Somebody must hold a terminal's master: that socket or, in the
 * foreground, guise-oci itself. -EINVAL "bad-console". */
int oci_console_check(const char *socket, bool tty, bool foreground, struct err *e);

/* Hand the master over. */
int oci_console_send(const char *socket, int master, struct err *e);

/* Send a pidfd of the process to --pidfd-socket, as runc does it; NULL: nobody wants it. */
int oci_pidfd_send(const char *socket, int pidfd, struct err *e);
