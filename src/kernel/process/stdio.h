/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

/*
 * Who owns a standard stream. A program that opens /dev/stdout anew opens what is behind it, and only its
 * owner can open a pipe. So a command that runs as another user gets to own its pipes and sockets.
 *
 * Only what has no name is given. A file, a FIFO with a name, a terminal or a device such as /dev/null is the
 * caller's, and stays so when the command has ended.
 */

/* Give it to that user (as our user namespace counts). What cannot be given away is left as it is. */
void stdio_give(int fd, uid_t uid);
