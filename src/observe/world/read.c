/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "observe/world/parts.h"

static const char *time_now(struct arena *a)
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	if (!gmtime_r(&now, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return NULL;
	return arena_strdup(a, text);
}

static void read_machine(struct world *w)
{
	struct utsname u;

	uname(&u);
	w->version = WORLD_VERSION;
	w->host = arena_strdup(w->arena, u.nodename);
	w->kernel = arena_strdup(w->arena, u.release);
	w->taken = time_now(w->arena);
	w->self = (uint64_t)getpid();
}

static void read_processes(struct world *w, const struct world_wish *wish)
{
	world_read_processes(w, wish);
	if (wish->parts & (WORLD_PROCESSES | WORLD_CGROUPS | WORLD_MOUNTS))
		world_read_containers(w, wish);
	world_read_cgroups(w, wish);
	world_read_mounts(w, wish);
}

int world_read(struct arena *a, const struct world_wish *wish, struct world *w, struct err *e)
{
	*w = (struct world){ .arena = a };
	read_machine(w);
	read_processes(w, wish);
	world_find_netns(w);
	if (!w->n_netns)
		return err_set(e, "world-read", ENOENT, "read /proc/self/ns/net"),
		       err_cause(e, "is /proc mounted?");
	world_index(w);
	world_read_inside(w, wish->parts);
	world_index_answers(w);
	if (wish->parts & WORLD_NETWORK)
		world_read_owners(w);
	if (wish->parts & WORLD_CGROUPS) {
		world_read_throttled(w);
		world_read_marks(w);
	}
	return 0;
}

void world_read_more(struct world *w, int64_t pid)
{
	const struct world_wish wish = { .pid = pid, .state = -1, .oci_state = -1 };

	world_read_cgroups(w, &wish);
	world_read_mounts(w, &wish);
}
