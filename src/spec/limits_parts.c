/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/limits_parts.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void limits_put(struct limits_writer *b, enum cgroup_controller c, const char *file, const char *fmt, ...)
{
	struct limit_write w = { .controller = c, .file = file };
	va_list ap;

	if (b->r < 0)
		return;
	va_start(ap, fmt);
	w.value = arena_vprintf(b->a, fmt, ap);
	va_end(ap);
	arena_push(b->a, b->writes, b->n, w);
}

const char *limits_word(const struct limits_writer *b, const char *member)
{
	static const struct {
		const char *member, *option;
	} words[] = {
		{ "memory.limit", "--memory" },
		{ "memory.swap", "--memory-swap" },
		{ "memory.reservation", "--memory-reservation" },
		{ "cpu.shares", "--cpu-shares" },
		{ "cpu.quota", "--cpu-quota" },
		{ "cpu.period", "--cpu-period" },
		{ "cpu.cpus", "--cpuset-cpus" },
		{ "cpu.mems", "--cpuset-mems" },
		{ "pids.limit", "--pids-limit" },
		{ "blockIO.weight", "--blkio-weight" },
		{ "blockIO.throttleReadBpsDevice", "--device-read-bps" },
		{ "blockIO.throttleWriteBpsDevice", "--device-write-bps" },
		{ "blockIO.throttleReadIOPSDevice", "--device-read-iops" },
		{ "blockIO.throttleWriteIOPSDevice", "--device-write-iops" },
	};

	for (size_t i = 0; !b->oci && i < ARRAY_LEN(words); i++)
		if (str_eq(member, words[i].member))
			return words[i].option;
	return member;
}

bool limits_in_v2(const struct limits_writer *b, enum cgroup_controller c)
{
	return b->f->cg->at[c].held == CG_IN_V2;
}

bool limits_may(struct limits_writer *b, enum cgroup_controller c, const char *option)
{
	const struct cgroup_layout *cg = b->f->cg;

	if (b->r < 0)
		return false;
	if (cg->at[c].held == CG_IN_V1 || (cg->at[c].held == CG_IN_V2 && cg->v2))
		return true;
	if (cg->at[c].held == CG_IN_V2) {
		err_set(b->e, "cgroup-not-delegated", EACCES, "set %s", limits_word(b, option));
		err_cause(
			b->e,
			"the controller %s is held by cgroup v2, and neither %s nor a cgroup above it may be "
			"written by this user",
			cgroup_name[c], cg->v2_denied);
		b->r = err_hint(b->e, "be root, or: systemd-run --user --scope -p Delegate=yes %s",
				b->oci ? "COMMAND, which starts the engine" : "guise ...");
		return false;
	}
	err_set(b->e, "cgroup-no-controller", ENODEV, "set %s", limits_word(b, option));
	if (!cg->v2) {
		err_cause(b->e, "the controller %s is in no cgroup hierarchy that is mounted",
			  cgroup_v1_name[c]);
		b->r = err_hint(b->e, "see /proc/cgroups, and mount -t cgroup -o %s cgroup /sys/fs/cgroup/%s",
				cgroup_v1_name[c], cgroup_v1_name[c]);
		return false;
	}
	err_cause(b->e, "the controller %s is neither in %s/cgroup.controllers nor in a v1 hierarchy",
		  cgroup_name[c], cg->v2);
	b->r = err_hint(b->e, "have it delegated (systemd: Delegate=%s), or boot without cgroup_disable=%s",
			cgroup_name[c], cgroup_name[c]);
	return false;
}

void limits_bad(struct limits_writer *b, const char *option, const char *why, ...)
{
	va_list ap;

	if (b->r < 0)
		return;
	err_set(b->e, "bad-limit", EINVAL, "set %s", limits_word(b, option));
	va_start(ap, why);
	b->r = err_cause(b->e, "%s", arena_vprintf(b->a, why, ap));
	va_end(ap);
}

/* Lists as "0-3,8" (cpuset(7)). */
enum { LIST_MAX = 8192 };

static int list_parse(const char *text, unsigned char bits[LIST_MAX / 8])
{
	memset(bits, 0, LIST_MAX / 8);
	for (const char *p = text;;) {
		unsigned long from, to;
		char *end;

		if (!isdigit((unsigned char)*p))
			return -EINVAL;
		from = to = strtoul(p, &end, 10);
		if (*end == '-') {
			if (!isdigit((unsigned char)end[1]))
				return -EINVAL;
			to = strtoul(end + 1, &end, 10);
		}
		if (from > to || to >= LIST_MAX)
			return -EINVAL;
		for (; from <= to; from++)
			bits[from / 8] |= 1 << from % 8;
		if (!*end)
			return 0;
		if (*end != ',')
			return -EINVAL;
		p = end + 1;
	}
}

/* v2 takes any list and, if none of it is there, uses all there are: so it is checked here. */
void limits_put_cpuset(struct limits_writer *b, const char *option, const char *file, const char *list,
		       const char *have)
{
	unsigned char want_bits[LIST_MAX / 8], have_bits[LIST_MAX / 8];

	if (!list || !limits_may(b, CG_CPUSET, option))
		return;
	if (list_parse(list, want_bits) < 0)
		return limits_bad(b, option, "\"%s\" is not a list as 0-3,8", list);
	if (have && list_parse(have, have_bits) == 0)
		for (int i = 0; i < LIST_MAX / 8; i++)
			if (want_bits[i] & ~have_bits[i])
				return limits_bad(b, option, "not all of %s can be had, there are %s", list,
						  have);
	limits_put(b, CG_CPUSET, file, "%s", list);
}
