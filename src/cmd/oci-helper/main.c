/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * guise-oci-helper COMMAND ARG...: what guise-oci needs a large library for. Not for people.
 *
 *     scope-start system|user UNIT PID PROPERTY...
 *     scope-set system|user UNIT PROPERTY...
 *     scope-stop system|user UNIT OWNER
 *     device-move DEVICE NETWORK-NAMESPACE NEW-NAME
 */
#include <stdio.h>
#include <string.h>

#include "cmd/oci-helper/helper.h"

static const struct {
	const char *name;
	int (*run)(char **argv);
	int least; /* operands */
} commands[] = {
	{ "device-move", device_move_run, 3 },
#ifdef GUISE_SYSTEMD
	{ "scope-start", scope_start, 3 },
	{ "scope-set", scope_set, 2 },
	{ "scope-stop", scope_stop, 3 },
#endif
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0 && argc - 2 >= commands[i].least)
			return commands[i].run(argv + 2);
	fprintf(stderr,
		"guise-oci-helper: it does not know this command: guise-oci is of another version, or libsystemd "
		"was not there when it was built\n");
	return 2;
}
