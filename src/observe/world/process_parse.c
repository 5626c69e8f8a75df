/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "observe/world/process.h"

enum { FLAGS = 9, START_TIME = 22, PF_KTHREAD = 0x00200000 }; /* fields of stat; linux/sched.h */

/* "PID (COMM) STATE PPID ...": the name may hold anything, also ") S 1", so its end is the last bracket. */
enum process_sort process_parse_stat(char *text, struct world_process *p)
{
	char *open = strchr(text, '('), *close = strrchr(text, ')');
	unsigned long long flags = 0;
	char state, *at;

	if (!open || !close || close < open || close[1] != ' ')
		return PROCESS_GARBLED;
	*close = '\0';
	p->comm = open + 1;
	state = close[2];
	at = close + 2;
	for (int field = 3; field < START_TIME; field++) {
		at = strchr(at, ' ');
		if (!at)
			return PROCESS_GARBLED;
		at++;
		if (field + 1 == 4)
			p->parent = strtoll(at, NULL, 10);
		else if (field + 1 == FLAGS)
			flags = strtoull(at, NULL, 10);
	}
	p->start_time = strtoull(at, NULL, 10);
	if (state == 'Z' || state == 'X')
		return PROCESS_ENDED;
	return flags & PF_KTHREAD ? PROCESS_KERNEL : PROCESS_ALIVE;
}

/* What a line begins with, and where its number belongs. */
static const struct {
	const char *name;
	size_t field;
	int base;
} status_line[] = {
	{ "CapInh:", offsetof(struct world_process, cap_inh), 16 },
	{ "CapPrm:", offsetof(struct world_process, cap_prm), 16 },
	{ "CapEff:", offsetof(struct world_process, cap_eff), 16 },
	{ "CapBnd:", offsetof(struct world_process, cap_bnd), 16 },
	{ "CapAmb:", offsetof(struct world_process, cap_amb), 16 },
	{ "Seccomp:", offsetof(struct world_process, seccomp), 10 },
	{ "Seccomp_filters:", offsetof(struct world_process, seccomp_filters), 10 },
};

static void parse_ids(const char *text, uint64_t *real, uint64_t *effective)
{
	char *end;

	*real = strtoull(text, &end, 10);
	*effective = strtoull(end, NULL, 10);
}

/* NSpid: its number in each pid namespace, the innermost last. */
static int64_t last_number(const char *text)
{
	int64_t n = 0;
	char *end;

	for (const char *p = text;; p = end) {
		while (*p == '\t' || *p == ' ')
			p++;
		if (*p < '0' || *p > '9')
			return n;
		n = strtoll(p, &end, 10);
	}
}

static void parse_status_line(const char *line, struct world_process *p)
{
	const char *rest;

	if ((rest = str_after(line, "Uid:")))
		parse_ids(rest, &p->uid, &p->euid);
	else if ((rest = str_after(line, "Gid:")))
		parse_ids(rest, &p->gid, &p->egid);
	else if ((rest = str_after(line, "NSpid:")))
		p->ns_pid = last_number(rest);
	else if ((rest = str_after(line, "NoNewPrivs:")))
		p->no_new_privs = strtoul(rest, NULL, 10) != 0;
	else
		for (size_t i = 0; i < ARRAY_LEN(status_line); i++)
			if ((rest = str_after(line, status_line[i].name)))
				*(uint64_t *)((char *)p + status_line[i].field) =
					strtoull(rest, NULL, status_line[i].base);
}

/* The first line is the name, in which the kernel has escaped a newline. */
void process_parse_status(const char *text, struct world_process *p)
{
	for (const char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		parse_status_line(line, p);
}

void process_parse_argv(struct arena *a, const char *text, size_t len, struct world_process *p)
{
	enum { WORDS_MAX = 64 };

	for (const char *word = text; word < text + len && p->argv.n < WORDS_MAX;
	     word += strnlen(word, text + len - word) + 1)
		strv_push(a, &p->argv, word);
}

/* "7:cpu,cpuacct:/path", of v2 "0::/path" (cgroups(7)). */
void process_parse_cgroup(struct arena *a, char *text, struct world_process *p)
{
	enum { HIERARCHIES_MAX = 64 };
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line && p->n_cgroups < HIERARCHIES_MAX;
	     line = strtok_r(NULL, "\n", &save)) {
		char *names = strchr(line, ':'), *path = names ? strchr(names + 1, ':') : NULL;

		if (!path || path[1] != '/')
			continue;
		*path = '\0';
		arena_push(a, p->cgroups, p->n_cgroups, ((struct world_member){ names + 1, path + 1 }));
	}
}

/* Names of setrlimit(2) for the kernel's words. */
static const struct {
	const char *said, *name;
} limit_name[] = {
	{ "Max cpu time", "cpu" },
	{ "Max file size", "fsize" },
	{ "Max data size", "data" },
	{ "Max stack size", "stack" },
	{ "Max core file size", "core" },
	{ "Max resident set", "rss" },
	{ "Max processes", "nproc" },
	{ "Max open files", "nofile" },
	{ "Max locked memory", "memlock" },
	{ "Max address space", "as" },
	{ "Max file locks", "locks" },
	{ "Max pending signals", "sigpending" },
	{ "Max msgqueue size", "msgqueue" },
	{ "Max nice priority", "nice" },
	{ "Max realtime priority", "rtprio" },
	{ "Max realtime timeout", "rttime" },
};

void process_parse_limits(struct arena *a, char *text, struct world_process *p)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		for (size_t i = 0; i < ARRAY_LEN(limit_name); i++) {
			const char *rest = str_after(line, limit_name[i].said), *soft, *hard;

			if (!rest || *rest != ' ')
				continue;
			soft = rest + strspn(rest, " ");
			hard = soft + strcspn(soft, " ");
			hard += strspn(hard, " ");
			arena_push(a, p->limits, p->n_limits,
				   ((struct world_setting){ limit_name[i].name,
							    arena_printf(a, "%.*s:%.*s",
									 (int)strcspn(soft, " "), soft,
									 (int)strcspn(hard, " "), hard) }));
			break;
		}
	}
}

uint64_t process_parse_ns(const char *link)
{
	const char *open = strchr(link, '[');

	return open ? strtoull(open + 1, NULL, 10) : 0;
}

const char *process_parse_map(struct arena *a, const char *text)
{
	struct str out = { .arena = a };

	for (const char *p = text; *p; p++) {
		if (*p == '\n')
			str_add(&out, p[1] ? ", " : "");
		else if (*p != ' ' || (p[1] != ' ' && out.len && out.p[out.len - 1] != ' '))
			str_addn(&out, p, 1);
	}
	return str_get(&out);
}
