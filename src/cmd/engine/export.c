/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/engine/absent.h"
#include "cmd/engine/commands.h"
#include "run/engine/archive.h"

struct export_options {
	const char *output;
};

static const struct opt export_table[] = {
	{ "output", 'o', "FILE", opt_string, offsetof(struct export_options, output),
	  "write to FILE, not to standard output", "@file" },
	{ 0 },
};

/* What is half of an archive is none. */
static void remove_partial(const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		unlink(path);
}

static int export_to(const struct archive_end *end, const char *path, struct err *e)
{
	if (!path)
		return archive_pack(end, STDOUT_FILENO, e);
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int r = fd < 0 ? err_set(e, "file", errno, "write %s", path) : archive_pack(end, fd, e);

	if (fd >= 0 && r < 0)
		remove_partial(path, fd);
	return r;
}

static int export_run(struct call *call, struct err *e)
{
	struct archive_end end = { .root = -1 };
	struct export_options o = { 0 };
	struct strv words;
	struct control k;
	struct state st;
	int r = opt_parse(call, &o, &words, e);

	if (r)
		return r;
	if (!o.output && isatty(STDOUT_FILENO))
		return err_set(e, "terminal", EINVAL, "write an archive to a terminal"),
		       err_hint(e, "redirect it, or use --output FILE");
	if ((r = command_state(call, &st, e)) < 0)
		return r;
	r = control_open(&k, &st, call->arena, words.v[0], e);
	if (r == 0)
		r = archive_root(&end, &k, e);
	if (r == 0)
		r = export_to(&end, o.output, e);
	fd_close(&end.root);
	control_close(&k);
	return r;
}

const struct command export_command = {
	.name = "export",
	.operands = "CONTAINER",
	.summary = "write a container's root file system as a tar archive",
	.details =
		"What the container sees as its root, with what it has written, and without what is mounted in it: volumes, "
		"/proc, /dev and the other file systems of a host: root. Owners are as the container sees them. Sockets are "
		"left out, and a line says so.",
	.options = export_table,
	.absent = absent_export,
	.min = 1,
	.max = 1,
	.hint = "@container",
	.run = export_run,
};
