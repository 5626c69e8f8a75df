/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How the process of a pidfd ended, for one who is not its parent: *code as a shell has it, its own or 128
 * and the signal's number. Needs PIDFD_GET_INFO with PIDFD_INFO_EXIT (Linux 6.15), and the process to be
 * reaped by its parent. 0, or -errno: -ENODATA while it is not known. */
int pidfd_exit_code(int pidfd, int *code);
