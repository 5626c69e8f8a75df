/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/fs/memfd.h"

#include <errno.h>
#include <sys/mman.h>

#ifndef MFD_EXEC
#define MFD_NOEXEC_SEAL 0x8U
#define MFD_EXEC        0x10U
#endif

int memfd_new(const char *name, bool executable)
{
	int fd = memfd_create(name,
			      MFD_CLOEXEC | MFD_ALLOW_SEALING | (executable ? MFD_EXEC : MFD_NOEXEC_SEAL));

	return fd < 0 && errno == EINVAL ? memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING) : fd;
}
