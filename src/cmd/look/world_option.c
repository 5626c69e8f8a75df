/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/look/world_option.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/engine/commands.h"

static int load(struct call *call, const char *from, struct world *w, struct err *e)
{
	autoclose int fd = str_eq(from, "-") ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) :
					       open(from, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int r;

	if (fd < 0)
		return err_set(e, "world-read", errno, "open %s", from);
	r = world_load(call->arena, fd, w, e);
	return r < 0 ? err_prefix(e, "%s", from) : r;
}

/* A world is read again and again where it is watched. */
static void close_state(struct state *st)
{
	fd_close(&st->fd);
	fd_close(&st->containers);
}

int world_option(struct call *call, const char *from, unsigned parts, int64_t pid, struct world *w,
		 struct err *e)
{
	struct state engine = { .fd = -1, .containers = -1 }, oci = engine;
	struct world_wish wish = { .parts = parts, .pid = pid, .state = -1, .oci_state = -1 };
	struct err none = { 0 };
	int r;

	if (from)
		return load(call, from, w, e);
	/* Nobody has run a container where they are not there. */
	if (command_look(call, &engine, &none) == 0)
		wish.state = engine.fd;
	none = (struct err){ 0 };
	if (state_find(&oci, call->arena, "guise-oci", command_oci_root(call), &none) == 0)
		wish.oci_state = oci.fd;
	r = world_read(call->arena, &wish, w, e);
	close_state(&engine);
	close_state(&oci);
	return r;
}
