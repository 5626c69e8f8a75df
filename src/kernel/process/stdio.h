/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

/*
 * Whose a standard stream is. A program that opens /dev/stdout anew opens what is behind it, and a pipe can be opened
 * by its owner alone: so a command that runs as somebody else gets its pipes and sockets.
 *
 * Only what has no name of its own: a file, a FIFO with a name, a terminal or a device such as /dev/null is the
 * caller's, and stays so when the command has ended.
 */

/* Give it to that user (as our user namespace counts). What cannot be given away is left as it is. */
void stdio_give(int fd, uid_t uid);
