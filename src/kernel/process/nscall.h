/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/*
 * A function called in other namespaces than ours: by a child process that enters them, because a process
 * that went there itself might not come back (a mount namespace takes a single-threaded caller's root along, a
 * user namespace is never left). The child shares our descriptors, so what fn opens is open here, too; its
 * memory is a copy, and what it puts into out comes back through a pipe. It can't be traced or looked at from
 * inside the namespaces.
 */
typedef int ns_fn(const void *arg, void *out);

enum { NS_OUT_MAX = 1024 };

/* Call fn(arg, out) in the namespaces (CLONE_NEW*) of `ns`: a pidfd (Linux 5.8), or the descriptor of the one
 * namespace. Without privilege over them, those of a pidfd are entered together with its user namespace, which
 * gives it. Returns what fn returned, or -errno; out holds `size` bytes, NS_OUT_MAX at most. */
int ns_call(int ns, int namespaces, ns_fn *fn, const void *arg, void *out, size_t size);
