/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/oci/scope.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "spec/oci/unit_property.h"

#define ANNOTATION "org.systemd.property."

[[gnu::format(printf, 3, 4)]] static void add(struct arena *a, struct strv *list, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_push(a, list, arena_vprintf(a, fmt, ap));
	va_end(ap);
}

/* systemd's "infinity" is the largest number. */
static uint64_t unsigned_of(int64_t limit)
{
	return limit < 0 ? UINT64_MAX : (uint64_t)limit;
}

static bool given(int64_t limit)
{
	return limit != LIMIT_UNSET && limit != 0;
}

static bool in_v2(const struct limits_facts *f, enum cgroup_controller c)
{
	return f->cg->at[c].held == CG_IN_V2;
}

/* ---- memory ---- */

static void add_memory(struct arena *a, const struct spec_limits *l, const struct limits_facts *f,
		       struct strv *list)
{
	int64_t memory = given(l->memory) ? l->memory : f->now ? f->now->memory : LIMIT_UNSET;

	if (!in_v2(f, CG_MEMORY)) {
		if (given(l->memory))
			add(a, list, "MemoryLimit t %" PRIu64, unsigned_of(l->memory));
		return;
	}
	if (given(l->memory))
		add(a, list, "MemoryMax t %" PRIu64, unsigned_of(l->memory));
	if (given(l->memory_reservation))
		add(a, list, "MemoryLow t %" PRIu64, unsigned_of(l->memory_reservation));
	if (l->memory_swap == LIMIT_UNLIMITED || (l->memory == LIMIT_UNLIMITED && !given(l->memory_swap)))
		add(a, list, "MemorySwapMax t %" PRIu64, UINT64_MAX);
	else if (l->memory_swap > 0 && memory > 0)
		add(a, list, "MemorySwapMax t %" PRIu64, unsigned_of(l->memory_swap - memory));
}

/* ---- cpu ---- */

/* Microseconds per second. systemd makes it whole per cents, downwards: so it is rounded up to them
 * before, lest less is had than was asked for. */
static void add_quota(struct arena *a, const struct spec_limits *l, const struct limits_facts *f,
		      struct strv *list)
{
	int64_t quota = given(l->cpu_quota) ? l->cpu_quota : f->now ? f->now->cpu_quota : LIMIT_UNSET;
	uint64_t period = l->cpu_period ?: f->now ? f->now->cpu_period : 0, per_second = UINT64_MAX;

	if (!given(l->cpu_quota) && !l->cpu_period)
		return;
	if (l->cpu_period)
		add(a, list, "CPUQuotaPeriodUSec t %" PRIu64, l->cpu_period);
	if (quota > 0)
		per_second = ((uint64_t)quota * 1000000 / (period ?: 100000) + 9999) / 10000 * 10000;
	add(a, list, "CPUQuotaPerSecUSec t %" PRIu64, per_second);
}

const char *scope_bits(struct arena *a, const char *list)
{
	unsigned char bits[1024] = { 0 };
	struct str out = { .arena = a };
	size_t last = 0;
	char *end;

	for (const char *p = list; *p; p = *end ? end + 1 : end) {
		unsigned long from = strtoul(p, &end, 10),
			      to = *end == '-' ? strtoul(end + 1, &end, 10) : from;

		for (; from <= to && from < 8 * sizeof(bits); from++) {
			bits[from / 8] |= (unsigned char)(1 << from % 8);
			last = from / 8 > last ? from / 8 : last;
		}
		if (*end && *end != ',')
			break;
	}
	for (size_t i = 0; i <= last; i++)
		str_addf(&out, "%s%u", i ? " " : "", bits[i]);
	return out.p;
}

static void add_cpu(struct arena *a, const struct spec_limits *l, const struct limits_facts *f,
		    struct strv *list)
{
	if (l->cpu_shares && in_v2(f, CG_CPU))
		add(a, list, "CPUWeight t %" PRIu64, limits_oci_cpu_weight(l->cpu_shares));
	else if (l->cpu_shares)
		add(a, list, "CPUShares t %" PRIu64, l->cpu_shares);
	add_quota(a, l, f, list);
	if (l->cpuset_cpus && in_v2(f, CG_CPUSET))
		add(a, list, "AllowedCPUs ay %s", scope_bits(a, l->cpuset_cpus));
	if (l->cpuset_mems && in_v2(f, CG_CPUSET))
		add(a, list, "AllowedMemoryNodes ay %s", scope_bits(a, l->cpuset_mems));
}

/* ---- files of v2 that systemd has a property for ---- */

static void add_unified(struct arena *a, const struct spec_limits *l, struct strv *list)
{
	static const struct {
		const char *file, *property;
	} known[] = {
		{ "memory.max", "MemoryMax" },          { "memory.high", "MemoryHigh" },
		{ "memory.low", "MemoryLow" },          { "memory.min", "MemoryMin" },
		{ "memory.swap.max", "MemorySwapMax" }, { "pids.max", "TasksMax" },
		{ "cpu.weight", "CPUWeight" },
	};

	for (size_t i = 0; i < l->n_conf; i++)
		for (size_t k = 0; k < ARRAY_LEN(known); k++)
			if (str_eq(l->conf[2 * i], known[k].file))
				add(a, list, "%s t %" PRIu64, known[k].property,
				    str_eq(l->conf[2 * i + 1], "max") ?
					    UINT64_MAX :
					    (uint64_t)strtoull(l->conf[2 * i + 1], NULL, 10));
}

void scope_limits(struct arena *a, const struct spec_limits *l, const struct limits_facts *f,
		  struct strv *properties)
{
	add_memory(a, l, f, properties);
	add_cpu(a, l, f, properties);
	/* systemd takes no 0; that goes to the file itself */
	if (l->pids != LIMIT_UNSET)
		add(a, properties, "TasksMax t %" PRIu64, l->pids ? unsigned_of(l->pids) : 1);
	if (l->blkio_weight && in_v2(f, CG_IO))
		add(a, properties, "IOWeight t %" PRIu64, limits_io_weight(l->blkio_weight));
	else if (l->blkio_weight)
		add(a, properties, "BlockIOWeight t %u", l->blkio_weight);
	add_unified(a, l, properties);
}

const char *scope_owner(struct arena *a, const char *id)
{
	return arena_printf(a, "guise-oci container %s", id);
}

/* The unit may be a slice instead, which is below the slices that its name says, holds no processes of its
 * own for systemd, and is not delegated (systemd.slice(5)). */
static bool is_slice(const char *unit)
{
	const char *dot = strrchr(unit, '.');

	return dot && str_eq(dot, ".slice");
}

int scope_properties(struct arena *a, const struct oci_config *c, const struct oci_facts *f,
		     struct strv *properties, struct err *e)
{
	static const char *const always[] = { "DefaultDependencies b false", "CPUAccounting b true",
					      "MemoryAccounting b true", "TasksAccounting b true",
					      "IOAccounting b true" };

	add(a, properties, is_slice(f->scope) ? "Wants as %s" : "Slice s %s", f->slice);
	if (!is_slice(f->scope))
		strv_push(a, properties, "Delegate b true");
	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		strv_push(a, properties, always[i]);
	scope_limits(a, &c->limits, &f->limits, properties);
	for (size_t i = 0; i + 1 < c->annotations.n; i += 2) {
		const char *name = str_after(c->annotations.v[i], ANNOTATION), *text;
		int r = name ? unit_property_annotation(a, name, c->annotations.v[i + 1], &text, e) : 0;

		if (r < 0)
			return r;
		if (name)
			strv_push(a, properties, text);
	}
	/* the last one counts: it is what we know our unit by */
	add(a, properties, "Description s %s", scope_owner(a, f->id));
	return 0;
}
