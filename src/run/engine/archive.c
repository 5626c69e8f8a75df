/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "kernel/process/helper.h"
#include "kernel/process/proc.h"
#include "kernel/process/spawn.h"
#include "run/engine/ended.h"

/* ---- ends ---- */

int archive_host(struct archive_end *end, struct arena *a, const char *path, struct err *e)
{
	char cwd[PATH_MAX] = "";

	*end = (struct archive_end){ .process = -1 };
	end->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (end->root < 0 || (*path != '/' && !getcwd(cwd, sizeof(cwd))))
		return err_set(e, "file", errno, "open %s", end->root < 0 ? "/" : "the working directory");
	end->path = *cwd ? arena_printf(a, "%s/%s", cwd, path) : path;
	return 0;
}

/* By the number of the process, which is still its own if it lives afterwards. */
static int open_running(struct archive_end *end, const struct control *k, struct err *e)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/root", k->pid);
	end->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (end->root < 0 || proc_kill(k->pidfd, 0) < 0)
		return err_set(e, "process", errno, "open the root of container %s", k->rec.name);
	end->process = k->pidfd;
	return 0;
}

int archive_container(struct archive_end *end, struct control *k, const char *path, struct err *e)
{
	*end = (struct archive_end){ .root = -1, .process = -1, .path = path, .container = true };
	if (k->pidfd >= 0)
		return open_running(end, k, e);
	end->root = ended_root(k, e);
	return end->root < 0 ? end->root : 0;
}

int archive_root(struct archive_end *end, struct control *k, struct err *e)
{
	const struct step_root *root = plan_root(&k->rec.plan);
	int r = archive_container(end, k, "/", e);

	end->alone = true;
	if (r == 0 && root && root->empty)
		return err_set(e, "no-root-mount", ENOTSUP, "export container %s", k->rec.name),
		       err_cause(e, "its root is put together of directories of the machine"),
		       err_hint(e, "copy what is wanted: guise cp %s:PATH -", k->rec.name);
	return r;
}

/* ---- processes ---- */

/* One guise-archive, and where it reports. */
struct worker {
	pid_t pid;
	int report;
};

#define WORKER_NONE                                                                                          \
	(struct worker)                                                                                      \
	{                                                                                                    \
		.report = -1                                                                                 \
	}

static void put_limits(const struct layer_limits *limits, char numbers[3][24], char **argv)
{
	const uint64_t values[] = { limits->bytes, limits->entries, limits->ratio };

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		snprintf(numbers[i], sizeof(numbers[i]), "%llu", (unsigned long long)values[i]);
		argv[i] = numbers[i];
	}
}

static int worker_start(struct worker *w, const char *verb, const struct archive_end *end, bool placed,
			int in, int out, struct err *e)
{
	char options[16] = "-", *p = options + 1;
	char path[HELPER_PATH_MAX];
	const char *program = helper_path(secure_getenv("GUISE_ARCHIVE"), "guise-archive", path);
	char numbers[3][24], *argv[8] = { (char *)program, (char *)verb, options, (char *)end->path };
	int report[2], r;

	if (end->container)
		*p++ = 'c';
	if (end->process >= 0)
		*p++ = 'r';
	if (end->keep)
		*p++ = 'a';
	if (end->follow)
		*p++ = 'L';
	if (end->alone)
		*p++ = '1';
	if (end->devices)
		*p++ = 'd';
	if (placed)
		*p++ = 'p';
	if (end->limits)
		put_limits(end->limits, numbers, argv + 4);
	if (pipe2(report, O_CLOEXEC) < 0)
		return err_set(e, "process", errno, "start %s", program);
	w->report = report[0];
	/* by number: cmd/archive/archive.h */
	r = spawn_with(argv, (int[]){ in, out, STDERR_FILENO, report[1], end->root, end->process }, 6,
		       &w->pid);
	close(report[1]);
	if (r < 0)
		return err_set(e, "process", -r, "start %s", program),
		       err_hint_for(e, ENOENT, "it is installed with guise, or found by GUISE_ARCHIVE");
	return 0;
}

/* Its end, and what failed. */
static int worker_end(struct worker *w, struct err *e)
{
	struct err told;
	ssize_t n;
	int status;

	if (!w->pid)
		return 0;
	while ((n = read(w->report, &told, sizeof(told))) < 0 && errno == EINTR)
		;
	fd_close(&w->report);
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (n == sizeof(told))
		return err_take(e, &told);
	if (status == 0)
		return 0;
	return err_set(e, "process", EPROTO, "hear from guise-archive"),
	       err_cause(e, WIFSIGNALED(status) ? "it was killed" : "it ended without saying why");
}

int archive_copy(const struct archive_end *from, const struct archive_end *to, struct err *e)
{
	struct worker packs = WORKER_NONE, unpacks = WORKER_NONE;
	struct err other = { 0 };
	int ends[2], r, n;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, "process", errno, "make a pipe");
	r = worker_start(&packs, "pack", from, false, -1, ends[1], e);
	if (r == 0)
		r = worker_start(&unpacks, "unpack", to, !from->alone, ends[0], -1, e);
	close(ends[0]);
	close(ends[1]);
	if (r < 0) {
		worker_end(&packs, &other);
		return r;
	}
	n = worker_end(&unpacks, &other);
	r = worker_end(&packs, e);
	/* who fails first is why the other's pipe ends */
	if (n < 0 && (r == 0 || r == -EPIPE))
		*e = other;
	return n < 0 && r == 0 ? n : r;
}

int archive_pack(const struct archive_end *from, int out, struct err *e)
{
	struct worker w = WORKER_NONE;
	int r = worker_start(&w, "pack", from, false, -1, out, e);

	return r < 0 ? r : worker_end(&w, e);
}

int archive_unpack(const struct archive_end *to, int in, struct err *e)
{
	struct worker w = WORKER_NONE;
	int r = worker_start(&w, "unpack", to, false, in, -1, e);

	return r < 0 ? r : worker_end(&w, e);
}

static int work(const char *verb, const struct archive_end *end, int in, int out, struct err *e)
{
	struct worker w = WORKER_NONE;
	int r = worker_start(&w, verb, end, false, in, out, e);

	return r < 0 ? r : worker_end(&w, e);
}

int archive_changes(const struct archive_end *from, int list, int out, struct err *e)
{
	return work("changes", from, list, out, e);
}

int archive_plain(const struct archive_end *end, int in, int out, struct err *e)
{
	return work("plain", end, in, out, e);
}

int archive_press(const struct archive_end *end, const char *filter, int in, int out, struct err *e)
{
	return work(filter, end, in, out, e);
}
