/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/engine/ask.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "cmd/look/world_option.h"
#include "observe/report/trace.h"
#include "observe/walk/question.h"
#include "run/engine/follow.h"

struct trace_options {
	const char *from;
	unsigned size, sport;
	bool probe, yes;
};

static const struct opt trace_table[] = {
	WORLD_OPTION_FROM(struct trace_options, from),
	{ "size", 0, "BYTES", opt_unsigned, offsetof(struct trace_options, size),
	  "of a packet of so many bytes, with the header of IP" },
	{ "sport", 0, "PORT", opt_unsigned, offsetof(struct trace_options, sport), "from this port" },
	{ "probe", 0, NULL, opt_flag, offsetof(struct trace_options, probe),
	  "really send that packet, too, and follow it by nftables' own tracing; where no answer comes, the kernel's reason for "
	  "what it dropped (of tracefs, Linux 5.17) is named" },
	{ "yes", 'y', NULL, opt_flag, offsetof(struct trace_options, yes), "do not ask before sending" },
	{ "format", 0, "FORMAT", opt_format, 0, "text, json", "text json" },
	{ 0 },
};

static bool may_send(const struct trace_options *o)
{
	return o->yes || !isatty(STDIN_FILENO) ||
	       ask_person(
		       stderr,
		       "Send that packet, and trace it by a table of nftables in each namespace that it passes?") >
		       0;
}

static int probe(struct call *call, const struct trace_options *o, const struct world *w,
		 const struct walk_packet *p, struct walk *walked, struct trace_probe *seen, struct err *e)
{
	int r;

	if (o->from)
		return err_set(e, "probe-file", EINVAL, "--probe"),
		       err_cause(e, "a packet can't be sent through what is in a file");
	if ((r = follow_packet(w, p, walked, call->arena, seen, e)) == 0)
		trace_compare(walked, seen);
	return r;
}

static int trace_run(struct call *call, struct err *e)
{
	struct trace_options o = { 0 };
	struct str out = { .arena = call->arena };
	struct walk_packet p;
	struct strv names;
	struct world w;
	struct walk walked;
	struct trace_probe seen, *sent = NULL;
	int r = opt_parse(call, &o, &names, e);

	if (r)
		return r;
	if (o.sport > UINT16_MAX || o.size > 65535)
		return err_set(e, "bad-question", EINVAL, "%u", o.sport > UINT16_MAX ? o.sport : o.size),
		       err_cause(e, "ports and sizes end at 65535");
	if ((r = world_option(call, o.from, WORLD_NETWORK | WORLD_RULES | WORLD_PROCESSES, 0, &w, e)) < 0 ||
	    (r = walk_question(&w, names.v[0], names.v[1], call->arena, &p, e)) < 0)
		return r;
	p.size = o.size;
	p.sport = (uint16_t)o.sport;
	walk(&w, &p, call->arena, &walked);
	if (o.probe && may_send(&o)) {
		if ((r = probe(call, &o, &w, &p, &walked, &seen, e)) < 0)
			return r;
		sent = &seen;
	}
	if (str_eq(call->format, "json"))
		trace_json(&out, &walked, sent);
	else
		trace_text(&out, &walked, sent);
	fwrite(str_get(&out), 1, out.len, stdout);
	call->status = (int)walked.verdict;
	return 0;
}

const struct command trace_command = {
	.name = "trace",
	.operands = "FROM TO[:PORT][/tcp|udp|icmp]",
	.summary = LOOK_TRACE,
	.details =
		"FROM and TO are a container, netns:NAME, pid:N, an address (of IPv6 with a port: in brackets), host, or "
		"outside. Without a port it is an echo request, with one TCP. The last line is the verdict, also of "
		"the reply. Exit status: 0 it arrives, 1 it is blocked, 2 that can't be decided.",
	.options = trace_table,
	.min = 2,
	.max = 2,
	.hint = "@container",
	.run = trace_run,
};
