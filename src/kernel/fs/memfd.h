/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/* A file in memory (memfd_create(2)), O_CLOEXEC, that can be sealed. Unless `executable`, it can never be
 * executed. It works where vm.memfd_noexec wants that said, and on kernels before Linux 6.3, which do not
 * know of it. -1 with errno. */
int memfd_new(const char *name, bool executable);
