/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "kernel/cgroup/oom.h"

static ssize_t read_at(const char *path, const char *file, char *text, size_t size)
{
	autoclose int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return dir < 0 ? -errno : io_read_small(dir, file, text, size);
}

/* A file of one number; 0 if it cannot be read. */
static uint64_t read_number(const char *dir, const char *file)
{
	char text[64];

	return read_at(dir, file, text, sizeof(text)) > 0 ? strtoull(text, NULL, 10) : 0;
}

/* The number behind "key " in a text of such lines; 0: none. */
static uint64_t find_key(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *p = text; p; p = strchr(p, '\n'), p = p ? p + 1 : NULL)
		if (strncmp(p, key, len) == 0 && p[len] == ' ')
			return strtoull(p + len, NULL, 10);
	return 0;
}

static uint64_t read_key(const char *dir, const char *file, const char *key)
{
	char text[1024];

	return read_at(dir, file, text, sizeof(text)) > 0 ? find_key(text, key) : 0;
}

static int64_t read_limit(const char *dir, enum cgroup_held held)
{
	uint64_t n = read_number(dir, held == CG_IN_V2 ? "memory.max" : "memory.limit_in_bytes");

	/* "max" in v2; in v1 the largest number of pages that fits (a little below INT64_MAX). */
	return n == 0 || n > INT64_MAX / 2 ? -1 : (int64_t)n;
}

/* How often this very cgroup's limit was hit: in v2 when nothing could be reclaimed, in v1 every time. */
static uint64_t read_hits(const char *dir, enum cgroup_held held)
{
	return held == CG_IN_V2 ?
		       read_key(dir, "memory.events.local", "oom") :
		       read_number(dir, "memory.failcnt") + read_number(dir, "memory.memsw.failcnt");
}

/* v1 counts no failures at all since Linux 6.14, so a highest use at the limit has to do. The kernel
 * charges in batches of up to 64 pages, and gives back what is left of one that did not fit. */
static bool is_full_v1(const char *dir)
{
	int64_t limit = read_limit(dir, CG_IN_V1), total = read_number(dir, "memory.memsw.limit_in_bytes");
	int64_t slack = 64 * sysconf(_SC_PAGESIZE);

	return (limit > 0 && (int64_t)read_number(dir, "memory.max_usage_in_bytes") > limit - slack) ||
	       (total > 0 && (int64_t)read_number(dir, "memory.memsw.max_usage_in_bytes") > total - slack);
}

static bool was_hit(const char *dir, enum cgroup_held held, uint64_t before)
{
	return read_hits(dir, held) > before || (held == CG_IN_V1 && is_full_v1(dir));
}

/* Cut the last name off path; false at the mount. */
static bool go_up(char *path, const char *mount)
{
	char *slash = strrchr(path, '/');

	if (!slash || (size_t)(slash - path) < strlen(mount))
		return false;
	*slash = '\0';
	return true;
}

void cgroup_oom_snapshot(const char *mount, const char *dir, enum cgroup_held held,
			 struct cgroup_oom_snapshot *s)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", dir);
	for (s->n = 0; s->n < ARRAY_LEN(s->hits) && go_up(path, mount); s->n++)
		s->hits[s->n] = read_hits(path, held);
}

int oom_record_parse(char *line, struct oom_record *r)
{
	char *limit, *task, *comm, *pid, *next;

	*r = (struct oom_record){ 0 };
	if (!str_after(line, "oom-kill:"))
		return -EINVAL;
	/* The name of the process is its own choice, commas and all; what follows it is not. */
	task = strstr(line, ",task_memcg=");
	for (pid = NULL, next = task; next && (next = strstr(next, ",pid=")); next++)
		pid = next;
	if (!pid)
		return -EINVAL;
	r->pid = atoi(pid + strlen(",pid="));
	*pid = '\0';
	comm = strstr(task + 1, ",task=");
	if (!comm || r->pid <= 0)
		return -EINVAL;
	*comm = *task = '\0';
	limit = strstr(line, ",oom_memcg=");
	r->limit_cgroup = limit ? limit + strlen(",oom_memcg=") : NULL;
	r->task_cgroup = task + strlen(",task_memcg=");
	r->comm = comm + strlen(",task=");
	return 0;
}

/* Is path, as the log has it, the cgroup `own` or one below it? `own` is as this process sees it: in a cgroup
 * namespace, its beginning is missing. */
static bool is_within(const char *path, const char *own)
{
	const char *at = path ? strstr(path, own) : NULL;

	return at && (at[strlen(own)] == '\0' || at[strlen(own)] == '/');
}

static void record_take(struct arena *a, const char *mount, const char *own, enum cgroup_held held,
			const struct oom_record *r, struct cgroup_oom *o)
{
	o->pid = r->pid;
	snprintf(o->comm, sizeof(o->comm), "%s", r->comm);
	o->whose = !r->limit_cgroup                       ? OOM_MACHINE :
		   own && is_within(r->limit_cgroup, own) ? OOM_OWN :
							    OOM_ANCESTOR;
	o->cgroup = NULL;
	if (o->whose == OOM_MACHINE)
		return;
	o->cgroup = arena_printf(a, "%s%s", mount, r->limit_cgroup);
	o->limit = read_limit(o->cgroup, held);
}

/*
 * Read the log from its oldest record; the last one of ours stays. Each read(2) yields one record,
 * "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS;TEXT\n" (Documentation/ABI/testing/dev-kmsg). Returns how many
 * of our processes it has.
 */
static unsigned log_read(struct arena *a, const char *mount, const char *own, enum cgroup_held held,
			 pid_t pid, uint64_t since, struct cgroup_oom *o)
{
	autoclose int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	/* The log's clock is not disciplined as CLOCK_MONOTONIC is: give it one part in a thousand. */
	uint64_t earliest = since - since / 1000;
	char record[8192 + 1];
	unsigned found = 0;
	ssize_t n;

	if (fd < 0)
		return 0;
	/* EPIPE: records were overwritten before we came to them; the next read goes on behind. */
	while ((n = read(fd, record, sizeof(record) - 1)) > 0 ||
	       (n < 0 && (errno == EPIPE || errno == EINTR))) {
		struct oom_record r;
		unsigned priority;
		unsigned long long usec;
		char *text;

		if (n < 0)
			continue;
		record[n] = '\0';
		text = strchr(record, ';');
		if (!text || strncmp(text + 1, "oom-kill:", 9) != 0)
			continue;
		/* 8 and above is what processes have written there themselves. */
		if (sscanf(record, "%u,%*u,%llu", &priority, &usec) != 2 || priority >= 8)
			continue;
		text[1 + strcspn(text + 1, "\n")] = '\0';
		if (oom_record_parse(text + 1, &r) < 0)
			continue;
		/* A record from before the container's start is of another process with that pid, or of its
		 * life before a restart. */
		if ((own ? !is_within(r.task_cgroup, own) : r.pid != pid) || usec / 1000000 + 1 < earliest)
			continue;
		record_take(a, mount, own, held, &r, o);
		found++;
	}
	return found;
}

/* Without the log: whose limit was it, by the counters? */
static void counters_take(struct arena *a, const char *mount, const char *dir, enum cgroup_held held,
			  const struct cgroup_oom_snapshot *s, struct cgroup_oom *o)
{
	bool own = held == CG_IN_V2 ? read_key(dir, "memory.events", "oom") > 0 : was_hit(dir, held, 0);
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", dir);
	for (unsigned i = 0; !own && go_up(path, mount); i++) {
		if (!was_hit(path, held, s && i < s->n ? s->hits[i] : 0))
			continue;
		o->whose = OOM_ANCESTOR;
		o->cgroup = arena_strdup(a, path);
		o->limit = read_limit(path, held);
		return;
	}
	o->whose = own ? OOM_OWN : OOM_MACHINE;
	o->cgroup = own ? arena_strdup(a, dir) : NULL;
}

uint64_t cgroup_oom_kills(const char *dir)
{
	uint64_t kills = read_key(dir, "memory.events", "oom_kill");

	return kills ? kills : read_key(dir, "memory.oom_control", "oom_kill");
}

bool cgroup_oom_since(struct arena *a, uint64_t *kills)
{
	enum { VMSTAT_MAX = 1 << 16 };
	uint64_t before = *kills;
	char *text;

	if (io_read_file(a, AT_FDCWD, "/proc/vmstat", VMSTAT_MAX, &text, NULL) < 0)
		return true;
	*kills = find_key(text, "oom_kill");
	return *kills != before;
}

bool cgroup_oom_read(struct arena *a, const char *mount, const char *dir, enum cgroup_held held, pid_t pid,
		     uint64_t since, const struct cgroup_oom_snapshot *s, struct cgroup_oom *o)
{
	bool v2 = held == CG_IN_V2;
	unsigned logged;

	*o = (struct cgroup_oom){ .limit = -1 };
	if (dir) {
		o->kills = read_key(dir, v2 ? "memory.events" : "memory.oom_control", "oom_kill");
		o->peak = read_number(dir, v2 ? "memory.peak" : "memory.max_usage_in_bytes");
		o->limit = read_limit(dir, held);
		/* v1 counts in the victim's cgroup alone, so one below ours could have had it. */
		if (o->kills == 0 && v2)
			return false;
	}
	logged = log_read(a, mount, dir ? dir + strlen(mount) : NULL, held, pid, since, o);
	if (logged > o->kills)
		o->kills = logged;
	if (logged == 0 && o->kills > 0)
		counters_take(a, mount, dir, held, s, o);
	return o->kills > 0;
}
