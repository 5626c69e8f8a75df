/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* A file in memory (memfd_create(2)), O_CLOEXEC, that can be sealed: one to be executed, or one that never can be.
 * Also on a machine where vm.memfd_noexec wants that to be said, and on kernels before Linux 6.3, which do not know
 * it. -1 with errno. */
int memfd_new(const char *name, bool executable);
