/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/*
 * A function called in other namespaces than ours. A child process enters them, because the caller might not
 * come back (a mount namespace takes a single-threaded caller's root along, a user namespace is never left).
 * The child shares our descriptors, so what fn opens is open here, too. Its memory is a copy: what fn puts
 * into out comes back through a pipe. Nobody inside the namespaces can trace the child or look at it.
 */
typedef int ns_fn(const void *arg, void *out);

enum { NS_OUT_MAX = 1024 };

/* Call fn(arg, out) in the namespaces (CLONE_NEW*) of `ns`: a pidfd (Linux 5.8), or a descriptor of the one
 * namespace. Without privilege over a pidfd's namespaces, its user namespace is entered with them, which
 * gives that. Returns what fn returned, or -errno; out holds `size` bytes, NS_OUT_MAX at most. */
int ns_call(int ns, int namespaces, ns_fn *fn, const void *arg, void *out, size_t size);
