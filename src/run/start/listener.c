/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/start/listener.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/json.h"
#include "kernel/process/fdpass.h"
#include "kernel/seccomp/listener.h"
#include "plan/talk.h"
#include "spec/oci/oci.h"

static struct str process_state(const struct step_seccomp *s, const struct live *live)
{
	struct str out = { .arena = live->arena };

	str_add(&out, "{\"ociVersion\":\"" OCI_VERSION "\",\"fds\":[\"seccompFd\"],\"pid\":");
	str_addf(&out, "%d", live->pid);
	if (s->metadata) {
		str_add(&out, ",\"metadata\":");
		json_add_string(&out, s->metadata);
	}
	str_addf(&out, ",\"state\":%s\"status\":\"%s\",\"pid\":%d", live->state_head, live->state_status,
		 live->state_pid ? live->state_pid : live->pid);
	str_add(&out, live->state_tail);
	str_add(&out, "}");
	return out;
}

static int send_to_agent(const struct step_seccomp *s, const struct live *live, int listener, struct err *e)
{
	struct str text = process_state(s, live);
	autoclose int agent = fdpass_connect(s->listener, SOCK_STREAM);

	if (agent < 0)
		return err_set(e, "seccomp-listener", -agent, "connect to the seccomp agent at %s",
			       s->listener);
	if (fdpass_send_with(agent, listener, text.p, text.len) < 0)
		return err_set(e, "seccomp-listener", errno, "send the seccomp listener to %s", s->listener);
	return 0;
}

/* INIT goes on to load its filter, and is held behind that until the listener is sent. */
static int take_and_send(const struct step_seccomp *s, struct live *live, struct err *e)
{
	int r = talk_go_on(live, e);

	if (r < 0)
		return r;
	autoclose int listener = listener_take(live->pid, live->pidfd);
	/* it ended, or failed: its own message comes next */
	return listener < 0 ? 0 : send_to_agent(s, live, listener, e);
}

int listener_pass(const struct plan *p, struct live *live, struct err *e)
{
	const struct step_seccomp *s = plan_seccomp(p);
	int r;

	if (!s || !s->listener)
		return err_set(e, "process", EPROTO, "hear from the container's first process");
	if ((r = listener_attach(live->pid)) < 0)
		return err_set(e, "seccomp-listener", -r, "trace process %d, for its seccomp listener",
			       live->pid),
		       err_hint_for(
			       e, EPERM,
			       "it takes CAP_SYS_PTRACE in the user namespace that guise-oci was started in");
	r = take_and_send(s, live, e);
	listener_detach(live->pid, r < 0);
	return r;
}
