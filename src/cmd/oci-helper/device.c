/* SPDX-License-Identifier: GPL-2.0-or-later */

/* device-move NAME NAMESPACE NEW-NAME: what takes libmnl. */
#include <stdio.h>

#include "cmd/oci-helper/helper.h"
#include "net/device.h"

int device_move_run(char **argv)
{
	struct err e = { 0 };
	char line[1024];

	if (device_move(argv[0], argv[1], argv[2], &e) == 0)
		return 0;
	puts(err_line(&e, line, sizeof(line)));
	return 1;
}
