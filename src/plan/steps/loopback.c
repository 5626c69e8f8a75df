/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The one step of the network that a container without any of guise's has, too: apart from
 * plan/steps/net.c, which needs libmnl. */
#include "plan/steps/loopback.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "kernel/net/loopback.h"
#include "kernel/process/nscall.h"
#include "plan/steps/steps.h"
#include "plan/target.h"

static int loopback_apply(const struct step *s, struct live *live, struct err *e)
{
	int r = loopback_up();

	return r < 0 ? err_set(e, "link", -r, "set link lo up") : 0;
}

static void loopback_show(const struct step *s, struct str *out)
{
	str_add(out, "ip link set lo up\n");
}

static int is_up(const void *arg, void *out)
{
	return loopback_is_up();
}

int loopback_look(struct target *t, struct str *text)
{
	char none;
	int r = ns_call(t->pidfd, CLONE_NEWNET, is_up, NULL, &none, sizeof(none));

	if (r > 0)
		return READ_FOUND;
	if (r < 0)
		str_addf(text, "look at link lo: %s", strerror(-r));
	else
		str_add(text, "lo is down");
	return r == 0 ? READ_CHANGED : r == -ENODEV ? READ_MISSING : READ_UNKNOWN;
}

static int loopback_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	return loopback_look(t, text);
}

const struct step_ops step_loopback = {
	.name = "loopback",
	.section = SECTION_NETWORK,
	.side = SIDE_INIT,
	.ns = "net",
	.apply = loopback_apply,
	.show = loopback_show,
	.read = loopback_read,
};
