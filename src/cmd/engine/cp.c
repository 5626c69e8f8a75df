/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"
#include "run/engine/archive.h"
#include "spec/copy.h"

struct cp_options {
	bool archive, follow;
};

static const struct opt cp_table[] = {
	{ "archive", 'a', NULL, opt_flag, offsetof(struct cp_options, archive),
	  "keep owners, set-user-id bits and capabilities, too" },
	{ "follow-link", 'L', NULL, opt_flag, offsetof(struct cp_options, follow),
	  "if SRC is a symbolic link, copy what it leads to" },
	{ 0 },
};

static int check(const struct copy_operand *from, const struct copy_operand *to, struct err *e)
{
	bool both = from->kind == COPY_CONTAINER && to->kind == COPY_CONTAINER;

	if (both || (from->kind != COPY_CONTAINER && to->kind != COPY_CONTAINER))
		return err_set(e, "bad-copy", EINVAL, "copy %s to %s", from->path, to->path),
		       err_cause(e, both ? "both are in containers" : "neither is in a container"),
		       err_hint(
			       e,
			       both ? "copy to the host first, or: guise cp ONE:PATH - | guise cp - OTHER:PATH" :
				      "write NAME:PATH for one in container NAME");
	if (to->kind == COPY_STREAM && isatty(STDOUT_FILENO))
		return err_set(e, "terminal", EINVAL, "write an archive to a terminal"),
		       err_hint(e, "redirect it, or give a path");
	return 0;
}

static int copy(const struct copy_operand *from, const struct copy_operand *to, struct archive_end *inside,
		struct archive_end *host, struct err *e)
{
	if (from->kind == COPY_CONTAINER)
		return to->kind == COPY_STREAM ? archive_pack(inside, STDOUT_FILENO, e) :
						 archive_copy(inside, host, e);
	return from->kind == COPY_STREAM ? archive_unpack(inside, STDIN_FILENO, e) :
					   archive_copy(host, inside, e);
}

static int cp_run(struct call *call, struct err *e)
{
	struct copy_operand from, to, *in, *out;
	struct archive_end inside = { .root = -1 }, host = { .root = -1 };
	struct cp_options o = { 0 };
	struct strv words;
	struct control k;
	struct state st;
	int r = opt_parse(call, &o, &words, e);

	if (r || (r = copy_operand(call->arena, words.v[0], &from, e)) < 0 ||
	    (r = copy_operand(call->arena, words.v[1], &to, e)) < 0 || (r = check(&from, &to, e)) < 0 ||
	    (r = command_state(call, &st, e)) < 0)
		return r;
	in = from.kind == COPY_CONTAINER ? &from : &to;
	out = in == &from ? &to : &from;
	r = control_open(&k, &st, call->arena, in->container, e);
	if (r == 0)
		r = archive_container(&inside, &k, in->path, e);
	if (r == 0 && out->kind == COPY_HOST)
		r = archive_host(&host, call->arena, out->path, e);
	inside.keep = host.keep = o.archive;
	inside.follow = host.follow = o.follow;
	if (r == 0)
		r = copy(&from, &to, &inside, &host, e);
	fd_close(&inside.root);
	fd_close(&host.root);
	control_close(&k);
	return r;
}

const struct command cp_command = {
	.name = "cp",
	.operands = "SRC DST",
	.summary = "copy files between a container and the host",
	.details =
		"One of SRC and DST is in a container, NAME:PATH; the other is a path of the host, or - for a tar archive "
		"on standard input or output.\n\n"
		"As docker has it: a file is copied to DST, or into it if that is a directory. A directory becomes DST if "
		"there is none, and else is copied into it; with /. behind SRC what is in it is. A DST that ends in / must "
		"be a directory that exists, for a file. Into a container what is copied belongs to its root, out of one to "
		"the caller, and has no set-user-id bits there.\n\n"
		"Symbolic links are copied as they are, nothing is followed out of the container's root, sockets and devices "
		"are left out, and a line says so. Of a container that has ended it is the root that it keeps: its layer is "
		"mounted for that.",
	.options = cp_table,
	.absent = absent_cp,
	.min = 2,
	.max = 2,
	.hint = "@container",
	.run = cp_run,
};
