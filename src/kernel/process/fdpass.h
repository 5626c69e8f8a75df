/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* Send a descriptor, with one byte, over a Unix socket (SCM_RIGHTS, unix(7)). 0, or -1 with errno. */
int fdpass_send(int sock, int fd);

/* The same with a message. */
int fdpass_send_with(int sock, int fd, const void *data, size_t len);

/* Receive one message: its bytes into buf, and in *fd the descriptor that came with it (O_CLOEXEC, the
 * caller's), or -1. The length, 0 at the end, or -1 with errno: EPROTO if more descriptors than one came; all
 * are closed then. */
ssize_t fdpass_recv(int sock, void *buf, size_t size, int *fd);

/* An AF_UNIX socket connected to a path, of any length; the caller's. -errno. */
int fdpass_connect(const char *path, int type);
