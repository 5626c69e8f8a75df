/* SPDX-License-Identifier: GPL-2.0-or-later */
/* config.md, "Process". */
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <string.h>

#include "base/str.h"
#include "kernel/process/caps.h"
#include "kernel/process/rlimit.h"
#include "spec/env.h"
#include "spec/oci/parts.h"
#include "spec/value.h"

enum { ID_MAX = UINT32_MAX - 1 }; /* UINT32_MAX means "no change" to the kernel */

/* ---- user */

static void read_user(struct json_reader *r, struct json_object *process, struct oci_process *p)
{
	struct json_object *o = json_child(r, process, "user");
	uint64_t n;

	if (!o)
		return;
	size_t at = json_enter(r, "user");
	if (json_number(r, o, "uid", ID_MAX, &n))
		p->uid = n;
	if (json_number(r, o, "gid", ID_MAX, &n))
		p->gid = n;
	p->has_umask = json_number(r, o, "umask", UINT32_MAX, &n);
	if (p->has_umask)
		p->umask = n & 0777; /* as umask(2) does */
	p->groups = json_numbers(r, o, "additionalGids", OCI_LIST_MAX, ID_MAX, &p->n_groups);
	json_leave(r, at);
}

/* ---- capabilities */

/* Names that the kernel does not know are left out: "MUST be logged as a warning". */
static uint64_t read_cap_set(struct json_reader *r, struct json_object *o, const char *key)
{
	size_t n;
	const char **names = json_strings(r, o, key, OCI_LIST_MAX, &n);
	uint64_t set = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t cap = caps_from_name(names[i]);

		if (cap && str_eq(caps_name(__builtin_ctzll(cap)), names[i]))
			set |= cap;
		else
			json_warn(r, NULL, "unknown capability %s is left out", names[i]);
	}
	return set;
}

static void read_caps(struct json_reader *r, struct json_object *process, struct oci_process *p)
{
	struct json_object *o = json_child(r, process, "capabilities");

	if (!o)
		return;
	size_t at = json_enter(r, "capabilities");
	p->has_caps = true;
	p->caps.bounding = read_cap_set(r, o, "bounding");
	p->caps.effective = read_cap_set(r, o, "effective");
	p->caps.inheritable = read_cap_set(r, o, "inheritable");
	p->caps.permitted = read_cap_set(r, o, "permitted");
	p->caps.ambient = read_cap_set(r, o, "ambient");
	json_leave(r, at);
}

/* ---- rlimits */

static void read_rlimit(struct json_reader *r, struct json_object *o, void *out)
{
	struct spec_rlimit *l = out;
	const char *type = oci_required(r, o, "type");

	if (!type)
		return;
	l->resource = str_after(type, "RLIMIT_") ? rlimit_from_name(type) : -1;
	if (l->resource < 0)
		json_fail(r, "type", "unknown limit %s", type);
	if (!json_number(r, o, "soft", UINT64_MAX, &l->soft))
		json_fail(r, "soft", "missing");
	if (!json_number(r, o, "hard", UINT64_MAX, &l->hard))
		json_fail(r, "hard", "missing");
	if (l->soft > l->hard)
		json_fail(r, "soft", "must not be above \"hard\"");
}

static void read_rlimits(struct json_reader *r, struct json_object *process, struct oci_process *p)
{
	unsigned seen = 0;

	p->rlimits = json_objects(r, process, "rlimits", OCI_LIST_MAX, sizeof(*p->rlimits), read_rlimit,
				  &p->n_rlimits);
	for (size_t i = 0; i < p->n_rlimits; i++) {
		unsigned bit = 1u << p->rlimits[i].resource;

		if (seen & bit)
			json_fail(r, "rlimits", "duplicate limit %s", rlimit_name(p->rlimits[i].resource));
		seen |= bit;
	}
}

/* ---- scheduling */

/* linux/sched.h has no number for SCHED_ISO, which no kernel implements: sched_setattr(2) will say so. */
enum { POLICY_ISO = 4 };

static const struct json_word policy_words[] = {
	{ "SCHED_OTHER", SCHED_NORMAL },      { "SCHED_FIFO", SCHED_FIFO }, { "SCHED_RR", SCHED_RR },
	{ "SCHED_BATCH", SCHED_BATCH },       { "SCHED_ISO", POLICY_ISO },  { "SCHED_IDLE", SCHED_IDLE },
	{ "SCHED_DEADLINE", SCHED_DEADLINE },
};
static const struct json_words policies = JSON_WORDS(policy_words);

static const struct json_word sched_flag_words[] = {
	{ "SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK },
	{ "SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM },
	{ "SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN },
	{ "SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY },
	{ "SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS },
	{ "SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX },
};
static const struct json_words sched_flags = JSON_WORDS(sched_flag_words);

static void read_scheduler(struct json_reader *r, struct json_object *process, struct oci_scheduler *s)
{
	struct json_object *o = json_child(r, process, "scheduler");
	uint64_t policy = 0;
	int64_t n = 0;

	if (!o)
		return;
	size_t at = json_enter(r, "scheduler");
	s->given = true;
	if (!json_word(r, o, "policy", "policy", &policies, &policy))
		json_fail(r, "policy", "missing");
	s->policy = policy;
	if (json_integer(r, o, "nice", -20, 19, &n))
		s->nice = n;
	if (json_integer(r, o, "priority", 0, 99, &n))
		s->priority = n;
	if (s->priority && policy != SCHED_FIFO && policy != SCHED_RR)
		json_fail(r, "priority", "is for SCHED_FIFO and SCHED_RR only");
	s->flags = json_flags(r, o, "flags", "flag", &sched_flags);
	json_number(r, o, "runtime", UINT64_MAX, &s->runtime);
	json_number(r, o, "deadline", UINT64_MAX, &s->deadline);
	json_number(r, o, "period", UINT64_MAX, &s->period);
	if ((s->runtime || s->deadline || s->period) && policy != SCHED_DEADLINE)
		json_fail(r, "policy", "runtime, deadline and period are for SCHED_DEADLINE only");
	json_leave(r, at);
}

static const struct json_word io_class_words[] = {
	{ "IOPRIO_CLASS_RT", IOPRIO_CLASS_RT },
	{ "IOPRIO_CLASS_BE", IOPRIO_CLASS_BE },
	{ "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE },
};
static const struct json_words io_classes = JSON_WORDS(io_class_words);

static void read_io_priority(struct json_reader *r, struct json_object *process, struct oci_process *p)
{
	struct json_object *o = json_child(r, process, "ioPriority");
	uint64_t n = 0;

	if (!o)
		return;
	size_t at = json_enter(r, "ioPriority");
	p->has_io_priority = true;
	if (!json_word(r, o, "class", "class", &io_classes, &n))
		json_fail(r, "class", "missing");
	p->io_class = n;
	if (json_number(r, o, "priority", 7, &n))
		p->io_priority = n;
	json_leave(r, at);
}

/* A list of CPUs, in which the specification allows blanks. An empty one is as good as none. */
static const char *read_cpus(struct json_reader *r, struct json_object *o, const char *key)
{
	const char *text = json_string(r, o, key);
	struct str cpus = { .arena = r->arena };
	struct err e;

	for (; text && *text; text++)
		if (*text != ' ')
			str_addn(&cpus, text, 1);
	if (cpus.p && value_cpu_list(cpus.p, &e) < 0)
		json_fail(r, key, "%s is not a list of CPUs as 0-3,7", cpus.p);
	return cpus.p;
}

static void read_affinity(struct json_reader *r, struct json_object *process, struct oci_process *p)
{
	struct json_object *o = json_child(r, process, "execCPUAffinity");

	if (!o)
		return;
	size_t at = json_enter(r, "execCPUAffinity");
	p->affinity_initial = read_cpus(r, o, "initial");
	p->affinity_final = read_cpus(r, o, "final");
	json_leave(r, at);
}

/* ---- terminal, arguments */

static void read_terminal(struct json_reader *r, struct json_object *o, struct oci_process *p)
{
	struct json_object *size;
	uint64_t n;

	json_boolean(r, o, "terminal", &p->tty);
	/* "Runtimes MUST ignore consoleSize if terminal is false" */
	size = p->tty ? json_child(r, o, "consoleSize") : NULL;
	if (!size)
		return;
	size_t at = json_enter(r, "consoleSize");
	if (json_number(r, size, "height", UINT16_MAX, &n))
		p->height = n;
	else
		json_fail(r, "height", "missing");
	if (json_number(r, size, "width", UINT16_MAX, &n))
		p->width = n;
	else
		json_fail(r, "width", "missing");
	json_leave(r, at);
}

/* Of a name that stands there twice the last one counts, as for runc and crun. */
static void read_env(struct json_reader *r, struct json_object *o, struct oci_process *p)
{
	size_t n;
	const char **env = json_strings(r, o, "env", OCI_LIST_MAX, &n);
	struct err none;

	for (size_t i = 0; i < n; i++)
		if (*env[i] == '=' || !strchr(env[i], '='))
			json_fail(r, "env", "%s is not NAME=VALUE", env[i]);
		else
			env_add(r->arena, &p->env, env[i], NULL, &none);
}

static void read_command(struct json_reader *r, struct json_object *o, struct oci_process *p)
{
	p->args.v = json_strings(r, o, "args", OCI_LIST_MAX, &p->args.n);
	if (p->args.n == 0)
		json_fail(r, "args", "missing or empty");
	read_env(r, o, p);
	p->cwd = oci_required(r, o, "cwd");
	if (p->cwd && *p->cwd != '/')
		json_fail(r, "cwd", "%s: must be an absolute path", p->cwd);
}

void oci_read_process(struct json_reader *r, struct json_object *o, struct oci_process *p)
{
	int64_t n = 0;

	read_terminal(r, o, p);
	read_command(r, o, p);
	read_user(r, o, p);
	read_caps(r, o, p);
	read_rlimits(r, o, p);
	json_boolean(r, o, "noNewPrivileges", &p->no_new_privs);
	p->apparmor = oci_optional(r, o, "apparmorProfile");
	p->selinux = oci_optional(r, o, "selinuxLabel");
	p->has_oom_score_adj = json_integer(r, o, "oomScoreAdj", -1000, 1000, &n);
	p->oom_score_adj = n;
	read_scheduler(r, o, &p->scheduler);
	read_io_priority(r, o, p);
	read_affinity(r, o, p);
}
