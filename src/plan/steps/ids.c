/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The range of the host's ids that is one container's alone, by a lease as with addresses: the file
 * ids/FIRST in the state directory holds the container's id. Whose directory is gone has no lease any
 * more, so that nothing has to be swept. Only under the lock of ids/ (flock(2)) is one taken or given
 * back.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "plan/live.h"
#include "plan/target.h"

enum { OWNER_MAX = 80 };

/* The owner's id, if it has a directory; else NULL. */
static const char *owner(int rundir, uint32_t first, char text[OWNER_MAX])
{
	char path[128];

	snprintf(path, sizeof(path), "ids/%u", first);
	if (io_read_small(rundir, path, text, OWNER_MAX) <= 0 || strchr(text, '/'))
		return NULL;
	snprintf(path, sizeof(path), "containers/%s", text);
	return faccessat(rundir, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? text : NULL;
}

bool step_ids_are_taken(int rundir, uint32_t first)
{
	char text[OWNER_MAX];

	return owner(rundir, first, text) != NULL;
}

/* ids/, locked; the caller's. */
static int open_locked(int rundir)
{
	autoclose int dir = openat(rundir, "ids", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return -errno;
	while (flock(dir, LOCK_EX) < 0)
		if (errno != EINTR)
			return -errno;
	return take_fd(&dir);
}

static int ids_apply(const struct step *s, struct live *live, struct err *e)
{
	autoclose int dir = open_locked(live->rundir);
	char name[16], text[OWNER_MAX];
	int r = dir;

	if (dir >= 0 && owner(live->rundir, (uint32_t)s->ids.first, text))
		return err_set(e, "ids-taken", EADDRINUSE, "take the ids from %llu on",
			       (unsigned long long)s->ids.first),
		       err_cause(e, "another container was quicker"), err_hint(e, "try again");
	snprintf(name, sizeof(name), "%u", (uint32_t)s->ids.first);
	if (dir >= 0)
		r = io_write_file(dir, name, live->id, strlen(live->id), 0600);
	return r < 0 ? err_set(e, "ids", -r, "take the ids from %llu on", (unsigned long long)s->ids.first) :
		       0;
}

static void ids_show(const struct step *s, struct str *out)
{
	str_addf(out, "# the ids %llu to %llu are the container's alone from here on\n",
		 (unsigned long long)s->ids.first, (unsigned long long)(s->ids.first + s->ids.size - 1));
}

static int ids_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	char has[OWNER_MAX];

	if (!owner(t->rundir, (uint32_t)want->ids.first, has))
		return READ_MISSING;
	if (str_eq(has, t->id))
		return READ_FOUND;
	str_addf(text, "they belong to %s", has);
	return READ_CHANGED;
}

static int ids_undo(const struct step *s, struct live *live, struct err *e)
{
	autoclose int dir = open_locked(live->rundir);
	char name[16], text[OWNER_MAX];
	const char *has = dir < 0 ? NULL : owner(live->rundir, (uint32_t)s->ids.first, text);

	snprintf(name, sizeof(name), "%u", (uint32_t)s->ids.first);
	if (dir >= 0 && (!has || !str_eq(has, live->id) || unlinkat(dir, name, 0) == 0))
		return 0;
	return err_set(e, "ids", dir < 0 ? -dir : errno, "give back the ids from %s on", name);
}

static const struct field ids_fields[] = { FIELD(U64, ids, first, .compare = COMPARE_KEY),
					   FIELD(U64, ids, size, .compare = COMPARE_KEY),
					   { 0 } };

const struct step_ops step_ids = {
	.name = "ids",
	.section = SECTION_ISOLATION,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = ids_fields,
	.apply = ids_apply,
	.show = ids_show,
	.read = ids_read,
	.undo = ids_undo,
};
