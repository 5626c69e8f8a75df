/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/process/fdpass.h"
#include "run/engine/attach.h"

/* The directory is closed to all others, but that is asked here all the same: whose pipe it is. */
static bool is_ours(int sock)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

/* Nobody who connects is waited for. */
[[gnu::hot]] static void hand_over(void *arg)
{
	const struct attach_offer *o = arg;
	autoclose int sock = accept4(o->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (sock >= 0 && is_ours(sock))
		fdpass_send(sock, o->watch->terminal >= 0 ? o->watch->terminal : o->pipe);
}

int attach_offer(struct attach_offer *o, const struct container *c, struct watch *w, struct err *e)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	o->watch = w;
	/* by a short name, whatever the path of the directory is (unix(7)) */
	snprintf(at.sun_path, sizeof(at.sun_path), "/proc/self/fd/%d/attach", c->dir);
	unlinkat(c->dir, "attach", 0);
	o->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (o->listener < 0 || bind(o->listener, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    listen(o->listener, 16) < 0)
		return err_set(e, "attach", errno, "make the socket of container %s for attach", c->id);
	w->other = o->listener;
	w->hear = hand_over;
	w->arg = o;
	return 0;
}

void attach_withdraw(struct attach_offer *o, const struct container *c)
{
	if (o->listener < 0)
		return;
	unlinkat(c->dir, "attach", 0);
	fd_close(&o->listener);
}
