/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/hosts_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/process/proc.h"
#include "net/names.h"

#define NOTE "hosts"

enum { NOTE_MAX = 4096 };

int hosts_file_note(int dir, const struct hosts_file *file, struct err *e)
{
	char text[NOTE_MAX];
	struct stat st;
	int r, len;

	if (fstat(file->fd, &st) < 0)
		return err_set(e, "names", errno, "look at the container's /etc/hosts");
	len = snprintf(text, sizeof(text), "%d %" PRIu64 " %d %llu %llu\n%s %s\n", getpid(),
		       proc_start_time(getpid()), file->fd, (unsigned long long)st.st_dev,
		       (unsigned long long)st.st_ino, file->whose, file->own);
	r = len < NOTE_MAX ? io_write_file(dir, NOTE, text, (size_t)len, 0600) : -ENAMETOOLONG;
	return r < 0 ? err_set(e, "names", -r, "note where the container's /etc/hosts is") : 0;
}

struct note {
	int pid, fd;
	uint64_t start;
	unsigned long long dev, ino;
};

static int read_note(int dir, struct arena *a, struct note *n, struct hosts_file *file)
{
	char *text, *line, *own;
	int r = io_read_file(a, dir, NOTE, NOTE_MAX, &text, NULL);

	if (r < 0)
		return r;
	if (sscanf(text, "%d %" SCNu64 " %d %llu %llu", &n->pid, &n->start, &n->fd, &n->dev, &n->ino) != 5 ||
	    !(line = strchr(text, '\n')) || !(own = strchr(line, ' ')))
		return -EINVAL;
	*own++ = '\0';
	own[strcspn(own, "\n")] = '\0';
	file->whose = line + 1;
	file->own = own;
	return 0;
}

/* A lease on the file (fcntl(2)), which its container may take, would hold up who opens it. */
static int open_noted(struct arena *a, const struct note *n)
{
	autoclose int process = proc_open(n->pid, n->start);
	const char *link = arena_printf(a, "/proc/%d/fd/%d", n->pid, n->fd);
	autoclose int fd = process < 0 ? -1 : open(link, O_PATH | O_CLOEXEC);
	struct stat st;

	if (process < 0)
		return process;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_dev != n->dev || st.st_ino != n->ino)
		return -ESTALE;
	link = arena_printf(a, "/proc/self/fd/%d", fd);
	int opened = open(link, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	return opened < 0 ? -errno : opened;
}

int hosts_file_open(int dir, struct arena *a, struct hosts_file *file)
{
	struct note n;
	int r = read_note(dir, a, &n, file);

	file->fd = r < 0 ? r : open_noted(a, &n);
	return file->fd < 0 ? file->fd : 0;
}

/* ---- lines ---- */

/* The names that the line has in this file; NULL: none. */
static const char *names_in(const struct hosts_file *file, const struct roster_line *line, struct arena *a)
{
	struct str names = { .arena = a };

	if (!str_eq(line->id, file->whose))
		return line->names;
	for (const char *at = line->names; *at;) {
		size_t n = strcspn(at, " ");

		if (n && !str_has_word(file->own, " ", at, n)) {
			str_add(&names, names.len ? " " : "");
			str_addn(&names, at, n);
		}
		at += n + (at[n] == ' ');
	}
	return names.len ? names.p : NULL;
}

void hosts_file_lines(const struct hosts_file *file, const struct roster *r, uint64_t now, struct str *out)
{
	for (size_t i = 0; i < r->n; i++) {
		const char *names = r->v[i].address ? names_in(file, &r->v[i], out->arena) : NULL;

		if (names)
			names_add(out, r->v[i].address, names, now);
	}
}

int hosts_file_change(const struct hosts_file *file, const struct roster *news, uint64_t now, struct arena *a,
		      struct err *e)
{
	struct names_line *lines = arena_array(a, struct names_line, news->n);

	for (size_t i = 0; i < news->n; i++)
		lines[i] = (struct names_line){ news->v[i].address,
						news->v[i].id ? names_in(file, &news->v[i], a) : NULL };
	return names_change(file->fd, lines, news->n, now, a, e);
}
