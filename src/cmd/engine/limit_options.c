/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/limit_options.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "spec/device.h"
#include "spec/value.h"

/* Numbers. A limit of 0 is docker's "no limit". */

int limit_size(const struct opt_use *u, struct err *e)
{
	int64_t n;
	int r = value_size(u->value, &n, e);

	if (r == 0)
		*(int64_t *)u->field = n ? n : LIMIT_UNSET;
	return r;
}

int limit_size_or_none(const struct opt_use *u, struct err *e)
{
	if (!str_eq(u->value, "-1"))
		return limit_size(u, e);
	*(int64_t *)u->field = LIMIT_UNLIMITED;
	return 0;
}

int limit_pids(const struct opt_use *u, struct err *e)
{
	int64_t *n = u->field;
	int r = value_number(u->value, -1, INT_MAX, n, e);

	if (r == 0 && *n == 0)
		*n = LIMIT_UNLIMITED;
	return r;
}

int limit_cpus(const struct opt_use *u, struct err *e)
{
	return value_cpus(u->value, LIMIT_CPU_PERIOD, u->field, e);
}

/* A number from min to max, or 0 for "not given". */
static int read_or_zero(const struct opt_use *u, int64_t min, int64_t max, int64_t *n, struct err *e)
{
	*n = 0;
	return str_eq(u->value, "0") ? 0 : value_number(u->value, min, max, n, e);
}

int limit_cpu_shares(const struct opt_use *u, struct err *e)
{
	int64_t n;
	int r = read_or_zero(u, 2, 262144, &n, e);

	*(uint64_t *)u->field = n;
	return r;
}

/* The kernel's bounds: 1 ms to 1 s (sched-bwc.rst). */
int limit_cpu_period(const struct opt_use *u, struct err *e)
{
	int64_t n;
	int r = read_or_zero(u, 1000, 1000000, &n, e);

	*(uint64_t *)u->field = n;
	return r;
}

int limit_cpu_quota(const struct opt_use *u, struct err *e)
{
	int64_t n = LIMIT_UNLIMITED;
	int r = str_eq(u->value, "-1") ? 0 : read_or_zero(u, 1000, INT_MAX, &n, e);

	*(int64_t *)u->field = n ? n : LIMIT_UNSET;
	return r;
}

int limit_blkio_weight(const struct opt_use *u, struct err *e)
{
	int64_t n;
	int r = read_or_zero(u, 10, 1000, &n, e);

	*(unsigned *)u->field = n;
	return r;
}

int limit_cpu_list(const struct opt_use *u, struct err *e)
{
	int r = value_cpu_list(u->value, e);

	return r < 0 ? r : opt_string(u, e);
}

/* Lists; the field is the struct spec_limits. */

static int add_throttle(const struct opt_use *u, bool is_bps, struct spec_throttle **list, size_t *n,
			struct err *e)
{
	struct spec_throttle t;
	int r = is_bps ? device_parse_bps(u->call->arena, u->value, &t, e) :
			 device_parse_iops(u->call->arena, u->value, &t, e);

	if (r == 0)
		arena_push(u->call->arena, *list, *n, t);
	return r;
}

int limit_read_bps(const struct opt_use *u, struct err *e)
{
	struct spec_limits *l = u->field;

	return add_throttle(u, true, &l->read_bps, &l->n_read_bps, e);
}

int limit_write_bps(const struct opt_use *u, struct err *e)
{
	struct spec_limits *l = u->field;

	return add_throttle(u, true, &l->write_bps, &l->n_write_bps, e);
}

int limit_read_iops(const struct opt_use *u, struct err *e)
{
	struct spec_limits *l = u->field;

	return add_throttle(u, false, &l->read_iops, &l->n_read_iops, e);
}

int limit_write_iops(const struct opt_use *u, struct err *e)
{
	struct spec_limits *l = u->field;

	return add_throttle(u, false, &l->write_iops, &l->n_write_iops, e);
}

static int bad_conf(const struct opt_use *u, struct err *e, const char *cause, const char *hint)
{
	err_set(e, "bad-cgroup-conf", EINVAL, "'%s'", u->value);
	err_cause(e, "%s", cause);
	return err_hint(e, "%s", hint);
}

/* KEY is the name of a file in the cgroup, and none that moves processes or makes cgroups. */
int limit_cgroup_conf(const struct opt_use *u, struct err *e)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
	struct spec_limits *l = u->field;
	size_t len = strcspn(u->value, "=");
	const char *key = arena_strndup(u->call->arena, u->value, len);
	size_t n = 2 * l->n_conf;

	if (!u->value[len] || len == 0 || strspn(key, letters) < len || key[0] == '.' || !strchr(key, '.'))
		return bad_conf(u, e, "not a file of the cgroup, = and a value",
				"write for example memory.high=50m");
	if (str_after(key, "cgroup."))
		return bad_conf(u, e, "guise writes the cgroup.* files itself",
				"set a controller's file, such as memory.high");
	arena_push(u->call->arena, l->conf, n, key);
	arena_push(u->call->arena, l->conf, n, u->value + len + 1);
	l->n_conf++;
	return 0;
}

int limit_options_cpus(struct spec_limits *l, int64_t cpus, struct err *e)
{
	if (!cpus)
		return 0;
	if (l->cpu_quota != LIMIT_UNSET || l->cpu_period)
		return err_set(e, "conflicting-options", EINVAL, "--cpus and --cpu-quota or --cpu-period"),
		       err_cause(e, "both say how much processor time there is"),
		       err_hint(e, "leave one of them out");
	l->cpu_quota = cpus;
	l->cpus = true;
	return 0;
}
