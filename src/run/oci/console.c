/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/process/fdpass.h"

int oci_console_check(const char *socket, bool tty, bool foreground, struct err *e)
{
	if (tty && !socket && !foreground)
		return err_set(e, "bad-console", EINVAL, "make a terminal"),
		       err_cause(e, "nobody would hold its master"), err_hint(e, "pass --console-socket");
	if (socket && (!tty || foreground))
		return err_set(e, "bad-console", EINVAL, "use --console-socket %s", socket),
		       err_cause(e, tty ? "the terminal is guise-oci's own in the foreground" :
					  "the process has no terminal");
	return 0;
}

int oci_pidfd_send(const char *socket, int pidfd, struct err *e)
{
	static const char name[] = "pidfd";
	autoclose int sock = socket ? fdpass_connect(socket, SOCK_STREAM) : -1;

	if (!socket)
		return 0;
	if (sock < 0)
		return err_set(e, "pidfd-socket", -sock, "connect to the pidfd socket %s", socket);
	if (fdpass_send_with(sock, pidfd, name, strlen(name)) < 0)
		return err_set(e, "pidfd-socket", errno, "send the pidfd to %s", socket);
	return 0;
}

int oci_console_send(const char *socket, int master, struct err *e)
{
	autoclose int sock = fdpass_connect(socket, SOCK_STREAM);

	if (sock < 0)
		return err_set(e, "console", -sock, "connect to the console socket %s", socket);
	/* the first process opened it non-blocking, so that nothing of the container could make it wait;
	 * whoever gets it may read it */
	if (fcntl(master, F_SETFL, O_RDWR) < 0 || fdpass_send(sock, master) < 0)
		return err_set(e, "console", errno, "hand the terminal to %s", socket);
	return 0;
}
