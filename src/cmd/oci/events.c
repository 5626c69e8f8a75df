/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "cmd/oci/options.h"
#include "kernel/cgroup/oom_watch.h"
#include "run/oci/stats.h"

struct events_options {
	bool stats;
	int64_t interval_ms;
};

/* A duration as Go writes it: "5s", "500ms", "1m30s". */
static int set_duration(const struct opt_use *u, struct err *e)
{
	static const struct {
		const char *name;
		double ms;
	} units[] = {
		{ "ms", 1 }, { "us", 1e-3 }, { "ns", 1e-6 }, { "s", 1e3 }, { "m", 6e4 }, { "h", 3.6e6 },
	};
	double ms = 0;
	char *p = (char *)u->value;

	do {
		double n = strtod(p, &p);
		size_t i = 0, len = strspn(p, "abcdefghijklmnopqrstuvwxyz");

		while (i < ARRAY_LEN(units) &&
		       (strlen(units[i].name) != len || strncmp(p, units[i].name, len) != 0))
			i++;
		if (i == ARRAY_LEN(units) || !(n >= 0))
			return err_set(e, "bad-duration", EINVAL, "'%s'", u->value),
			       err_cause(e, "it is no time as 5s, 500ms or 1m30s");
		ms += n * units[i].ms;
		p += len;
	} while (*p);
	if (ms < 1 || ms > 1e9)
		return err_set(e, "bad-duration", ERANGE, "'%s'", u->value),
		       err_cause(e, "it must be 1 ms or more");
	*(int64_t *)u->field = (int64_t)ms;
	return 0;
}

#define AT(member) offsetof(struct events_options, member)

static const struct opt events_table[] = {
	{ "stats", 0, NULL, opt_flag, AT(stats), "print what it uses now, once" },
	{ "interval", 0, "TIME", set_duration, AT(interval_ms), "time between two statistics (5s)" },
	{ 0 },
};

/* In an arena of its own: this may go on for as long as the container lives. */
static void print_stats(const struct cgroups *g, const char *id)
{
	static char first[256 * 1024];
	struct arena a = ARENA_INIT(first);
	struct str out = { .arena = &a };

	oci_stats(&a, g, id, &out);
	fputs(out.p, stdout);
	fflush(stdout);
	arena_free(&a);
	memset(first, 0, sizeof(first));
}

static void print_oom(struct arena *a, const char *id)
{
	struct str out = { .arena = a };

	str_add(&out, "{\"type\":\"oom\",\"id\":");
	json_add_string(&out, id);
	str_add(&out, "}\n");
	fputs(out.p, stdout);
	fflush(stdout);
}

/* Until the container ends, or its cgroup is gone. */
static int follow(struct call *call, const struct oci_container *o, const struct cgroups *g, int64_t interval,
		  struct err *e)
{
	struct cgroup_oom_watch w;
	int64_t next = clock_ms() + interval, left;
	int r = cgroup_oom_watch(g->dir[CG_MEMORY], g->l.at[CG_MEMORY].held, &w, e);
	struct pollfd p[2];

	/* without a memory controller there are no kills to tell of */
	if (r < 0 && r != -ENODEV && r != -ENOENT)
		return r;
	p[0] = (struct pollfd){ .fd = o->pidfd, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = w.fd, .events = w.events };
	while (!p[0].revents) {
		left = next - clock_ms();
		if (left <= 0) {
			print_stats(g, o->c.id);
			/* times that were missed are skipped; so what happens has its turn, too, where
			 * printing takes longer than the interval */
			next += interval;
			next = next > clock_ms() ? next : clock_ms();
			left = 0;
		}
		if (poll(p, 2, (int)left) <= 0)
			continue;
		if (w.fd >= 0 && (r = cgroup_oom_seen(&w)) > 0)
			print_oom(call->arena, o->c.id);
		else if (p[1].revents && r < 0)
			break;
	}
	cgroup_oom_unwatch(&w);
	return 0;
}

static int events_run(struct call *call, struct err *e)
{
	struct events_options eo = { .interval_ms = 5000 };
	struct oci_container o;
	struct cgroups g;
	struct strv ids;
	int r = opt_parse(call, &eo, &ids, e);

	if (r || (r = oci_find(call, &o, ids.v[0], e)) < 0)
		return r;
	if (o.status == OCI_STOPPED)
		r = err_set(e, "not-running", ESRCH, "tell of container %s", ids.v[0]),
		err_cause(e, "container with id %s is not running", ids.v[0]);
	else if ((r = cgroups_find(call->arena, o.rec.cgroup, &g, e)) < 0)
		;
	else if (eo.stats)
		print_stats(&g, o.c.id);
	else
		r = follow(call, &o, &g, eo.interval_ms, e);
	oci_close(&o);
	return r;
}

const struct command oci_events_command = {
	.name = "events",
	.operands = "CONTAINER",
	.summary = "print what a container uses, and when it runs out of memory, as JSON",
	.options = events_table,
	.min = 1,
	.max = 1,
	.run = events_run,
};
