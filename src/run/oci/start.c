/* SPDX-License-Identifier: GPL-2.0-or-later */

/* start: the other half of a launch, by another command than the one that created the container. */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "run/oci/create.h"
#include "kernel/process/fdpass.h"
#include "run/oci/delete.h"
#include "run/oci/notify.h"
#include "run/start/launch.h"

static int not_created(const struct oci_container *o, struct err *e)
{
	static const char *const why[] = {
		[OCI_CREATING] = "it is being created",
		[OCI_RUNNING] = "cannot start an already running container",
		[OCI_PAUSED] = "cannot start an already running container",
		[OCI_STOPPED] = "cannot start a container that has stopped",
	};

	return err_set(e, "not-created", EINVAL, "start container %s", o->c.id),
	       err_cause(e, "%s", why[o->status]);
}

static int connect_first(const struct oci_container *o, struct live *live, struct err *e)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/start", o->c.dir);
	if ((fd = fdpass_connect(path, SOCK_SEQPACKET)) < 0)
		return err_set(e, "start", -fd, "start container %s", o->c.id);
	live->sync = fd;
	return 0;
}

int oci_start(struct oci_container *o, const char *manager, const struct oci_warn *warn, struct err *e)
{
	struct notify notify;
	struct live live;
	int r;

	if (o->status != OCI_CREATED)
		return not_created(o, e);
	if (!plan_exec(&o->rec.plan))
		return err_set(e, "no-process", EINVAL, "start container %s", o->c.id),
		       err_cause(e, "its config.json has no process");
	live_init(&live, o->c.id, o->arena, o->st->fd);
	live.pid = o->rec.pid;
	live.pidfd = o->pidfd;
	oci_hook_state(&o->rec, &live);
	live.state_status = oci_status_name[OCI_CREATED];
	r = notify_listen(&notify, o, manager, e);
	if (r == 0)
		r = connect_first(o, &live, e);
	if (r == 0)
		r = launch_await(&o->rec.plan, &live, e);
	live.pidfd = -1; /* still o's */
	live_close(&live);
	if (r == 0 && unlinkat(o->c.dir, "start", 0) < 0)
		r = err_set(e, "state", errno, "say that container %s was started", o->c.id);
	else if (r == 0)
		r = oci_hooks_poststart(o, e);
	if (r < 0) {
		fd_close(&notify.sock);
		oci_destroy(o, warn, &(struct err){ 0 });
		return r;
	}
	oci_unlock(o);
	notify.pid = o->rec.pid;
	notify_await(&notify, o->pidfd);
	return 0;
}
