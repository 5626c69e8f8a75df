/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* STEP_DEVICE */
struct step_device {
	const char *path, *host;
	char type;
	int64_t major, minor;
	uint64_t mode, uid, gid;
	bool bind;
};

/* STEP_SYMLINK */
struct step_symlink {
	const char *path, *to;
	bool must; /* what is there already may be no other */
};

/* STEP_CONSOLE */
struct step_console {
	uint64_t uid;           /* whose */
	uint64_t height, width; /* 0: as guise's terminal */
	bool mount;             /* over /dev/console too */
};
