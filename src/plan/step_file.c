/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A file in the container's state directory, which a later mount shows to it. */
#include "plan/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "plan/live.h"

/* Not by way of a temporary name: nobody reads it before it is mounted. */
static int file_apply(const struct step *s, struct live *live, struct err *e)
{
	autoclose int fd = open(s->file.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	int r = fd < 0 ? -errno : io_write_all(fd, s->file.text, strlen(s->file.text));

	if (r == 0 && (fchmod(fd, 0644) < 0 || (s->file.uid && fchown(fd, (uid_t)s->file.uid, (gid_t)s->file.gid) < 0)))
		r = -errno;
	return r < 0 ? err_set(e, "state", -r, "write %s", s->file.path) : 0;
}

static const char *show_dir(const struct step *s, const struct str *out)
{
	const char *path = s->file.path;

	return str_shell(out, arena_strndup(out->arena, path, (size_t)(strrchr(path, '/') - path)));
}

static void file_show(const struct step *s, struct str *out)
{
	const char *path = str_shell(out, s->file.path);

	str_addf(out, "mkdir -p %s\nprintf %%s %s > %s\n", show_dir(s, out), str_shell(out, s->file.text), path);
	if (s->file.uid)
		str_addf(out, "chown %llu:%llu %s\n", (unsigned long long)s->file.uid, (unsigned long long)s->file.gid,
			 path);
}

/* With the directory, that in a script is there for nothing else. */
static void file_show_undo(const struct step *s, struct str *out)
{
	str_addf(out, "rm -f %s\nrmdir %s 2>/dev/null || :\n", str_shell(out, s->file.path), show_dir(s, out));
}

/* What is in it may be the container's own doing. */
static enum finding file_check(const struct step *s, struct live *live, struct str *text)
{
	if (faccessat(AT_FDCWD, s->file.path, F_OK, 0) == 0)
		return FOUND_AS_PLANNED;
	str_addf(text, "%s: %s", s->file.path, strerror(errno));
	return errno == ENOENT ? FOUND_MISSING : FOUND_UNKNOWN;
}

static int file_undo(const struct step *s, struct live *live, struct err *e)
{
	return unlink(s->file.path) < 0 && errno != ENOENT && errno != ENOTDIR ?
		       err_set(e, "state", errno, "remove %s", s->file.path) :
		       0;
}

static const struct field file_fields[] = {
	FIELD(STR, file, path), FIELD(STR, file, text), FIELD(U64, file, uid), FIELD(U64, file, gid), { 0 },
};

const struct step_ops step_file = {
	.name = "file", .section = SECTION_NETWORK, .side = SIDE_HOST, .life = LIFE_OWNED, .fields = file_fields,
	.apply = file_apply, .show = file_show, .show_undo = file_show_undo, .check = file_check, .undo = file_undo,
};
