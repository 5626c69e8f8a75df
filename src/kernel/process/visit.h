/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A function called in a child process that shares our memory and descriptors, while we wait for its end, as after
 * vfork(2). Which namespaces it enters is its own matter: we stay where we are. Unlike nscall.h what it finds is
 * simply in memory, however much it is, and nothing is copied.
 *
 * Nobody in a namespace that it enters can look at it: for so long we are not dumpable, since our memory is one.
 * fn must not end the process, and uses a stack of a megabyte.
 */
typedef void visit_fn(void *arg);

/* 0, or -errno where there was no child; -EIO: it died. */
int visit_call(visit_fn *fn, void *arg);
