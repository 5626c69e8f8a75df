/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>

#include "cmd/oci/options.h"
#include "kernel/process/signal.h"
#include "run/oci/kill.h"

struct kill_options {
	bool all;
};

static const struct opt kill_table[] = {
	{ "all", 'a', NULL, opt_flag, offsetof(struct kill_options, all), "every process of the container" },
	{ 0 },
};

static int kill_run(struct call *call, struct err *e)
{
	struct kill_options ko = { 0 };
	struct oci_container o;
	struct strv words;
	int r = opt_parse(call, &ko, &words, e), sig;

	if (r)
		return r;
	/* 0: is there anybody? (kill(2)) */
	sig = words.n < 2 ? SIGTERM : str_eq(words.v[1], "0") ? 0 : signal_from_name(words.v[1]);
	if (sig < 0)
		return err_set(e, "bad-signal", EINVAL, "'%s'", words.v[1]), err_cause(e, "unknown signal");
	if ((r = oci_find(call, &o, words.v[0], e)) < 0)
		return r;
	r = ko.all ? oci_kill_all(&o, sig, e) : oci_kill(&o, sig, e);
	oci_close(&o);
	return r;
}

const struct command oci_kill_command = {
	.name = "kill",
	.operands = "CONTAINER [SIGNAL]",
	.summary = "send a signal (SIGTERM) to a container's first process",
	.details =
		"The signal 0 only asks whether it is there. KILL of a container without a pid namespace of its own goes "
		"to all processes of its cgroup, also when the first one has ended.",
	.options = kill_table,
	.min = 1,
	.max = 2,
	.hint = "@container",
	.run = kill_run,
};
