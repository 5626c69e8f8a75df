/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Namespaces that are entered, or made late, and what makes them the container's own. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/process/nscall.h"
#include "kernel/process/proc.h"
#include "kernel/process/timens.h"
#include "plan/live.h"
#include "plan/plan.h"
#include "plan/target.h"

/* ---- namespaces by path ---- */

static int join_ns_apply(const struct step *s, struct live *live, struct err *e)
{
	uint64_t type = ns_flag_of(s->join_ns.name);

	if (live->joined & type)
		return 0;
	autoclose int fd = open(s->join_ns.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	/* of that type and no other, whatever the path leads to by now */
	if (fd < 0 || setns(fd, (int)type) < 0)
		return err_set(e, "namespace-join", errno, "join the %s namespace %s", s->join_ns.name,
			       s->join_ns.path);
	return 0;
}

static void join_ns_show(const struct step *s, struct str *out)
{
	const char *path = str_shell_comment(out, s->join_ns.path);

	str_addf(out, "# join the %s namespace %s (nsenter --%s=%s)\n", s->join_ns.name, path,
		 s->join_ns.name, path);
}

/* Of which namespace the path was is known as long as it leads there. */
static int join_ns_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	char mine[64];
	struct stat a, b;

	snprintf(mine, sizeof(mine), "/proc/%d/ns/%s", t->pid, want->join_ns.name);
	if (stat(mine, &a) < 0)
		return -errno;
	if (stat(want->join_ns.path, &b) < 0) {
		str_addf(text, "whose namespace that was has ended");
		return READ_UNKNOWN;
	}
	if (a.st_ino == b.st_ino)
		return READ_FOUND;
	str_addf(text, "it is in another %s namespace", want->join_ns.name);
	return READ_CHANGED;
}

static const struct field join_ns_fields[] = { FIELD(STR, join_ns, name, .compare = COMPARE_KEY),
					       FIELD(STR, join_ns, path, .compare = COMPARE_KEY),
					       { 0 } };

static void join_ns_show_enter(const struct step *s, struct str *out)
{
	str_addf(out, "exec nsenter --%s=%s", s->join_ns.name, str_shell(out, s->join_ns.path));
}

const struct step_ops step_join_ns = {
	.name = "join-ns",
	.section = SECTION_ISOLATION,
	.side = SIDE_INIT,
	.fields = join_ns_fields,
	.apply = join_ns_apply,
	.show = join_ns_show,
	.read = join_ns_read,
	.show_enter = join_ns_show_enter,
};

/* ---- cgroup namespace ---- */

static int cgroup_ns_apply(const struct step *s, struct live *live, struct err *e)
{
	/* not with the other flags of clone3: its root is the cgroup of the caller at that moment, and
	 * CLONE_INTO_CGROUP takes effect later (cgroup_namespaces(7); kernel/fork.c) */
	return unshare(CLONE_NEWCGROUP) < 0 ?
		       err_set(e, "cgroup-namespace", errno, "make a cgroup namespace") :
		       0;
}

static void cgroup_ns_show(const struct step *s, struct str *out)
{
	str_add(out, "# unshare --cgroup: a cgroup namespace whose root is the container's cgroup\n");
}

static int cgroup_ns_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	return proc_same_ns(t->pid, getpid(), "cgroup") ? READ_MISSING : READ_FOUND;
}

static void cgroup_ns_show_enter(const struct step *s, struct str *out)
{
	str_add(out, "exec unshare --cgroup");
}

const struct step_ops step_cgroup_ns = {
	.name = "cgroup-ns",
	.section = SECTION_ISOLATION,
	.side = SIDE_INIT,
	.apply = cgroup_ns_apply,
	.show = cgroup_ns_show,
	.read = cgroup_ns_read,
	.show_enter = cgroup_ns_show_enter,
};

/* ---- time namespace ---- */

static int time_ns_apply(const struct step *s, struct live *live, struct err *e)
{
	struct timens_offset monotonic = { s->time_ns.monotonic, (uint32_t)s->time_ns.monotonic_ns };
	struct timens_offset boottime = { s->time_ns.boottime, (uint32_t)s->time_ns.boottime_ns };
	int r = timens_enter_new(&monotonic, &boottime);

	return r < 0 ? err_set(e, "time-namespace", -r, "make a time namespace with offsets %lld and %lld",
			       (long long)monotonic.secs, (long long)boottime.secs) :
		       0;
}

static void time_ns_show(const struct step *s, struct str *out)
{
	str_addf(out, "# unshare --time --monotonic %lld --boottime %lld: its clocks begin at other times\n",
		 (long long)s->time_ns.monotonic, (long long)s->time_ns.boottime);
}

static int time_ns_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	char path[48], now[128];
	long long monotonic, boottime;
	unsigned monotonic_ns, boottime_ns;

	if (proc_same_ns(t->pid, getpid(), "time"))
		return READ_MISSING;
	/* of the one that its children are born in, which is its own as long as it leaves it */
	snprintf(path, sizeof(path), "/proc/%d/timens_offsets", t->pid);
	if (io_read_small(AT_FDCWD, path, now, sizeof(now)) < 0 ||
	    sscanf(now, "monotonic %lld %u boottime %lld %u", &monotonic, &monotonic_ns, &boottime,
		   &boottime_ns) != 4)
		return READ_MISSING;
	have->time_ns = (struct step_time_ns){ monotonic, boottime, monotonic_ns, boottime_ns };
	return READ_FOUND;
}

static const struct field time_ns_fields[] = {
	FIELD(I64, time_ns, monotonic),
	FIELD(U64, time_ns, monotonic_ns),
	FIELD(I64, time_ns, boottime),
	FIELD(U64, time_ns, boottime_ns),
	{ 0 },
};

const struct step_ops step_time_ns = {
	.name = "time-ns",
	.section = SECTION_ISOLATION,
	.side = SIDE_INIT,
	.fields = time_ns_fields,
	.apply = time_ns_apply,
	.show = time_ns_show,
	.read = time_ns_read,
};

/* ---- hostname and domain name ---- */

static int hostname_apply(const struct step *s, struct live *live, struct err *e)
{
	if (sethostname(s->hostname.name, strlen(s->hostname.name)) < 0)
		return err_set(e, "hostname", errno, "set the hostname %s", s->hostname.name);
	return 0;
}

static void hostname_show(const struct step *s, struct str *out)
{
	str_add(out, "hostname ");
	str_add_shell(out, s->hostname.name);
	str_add(out, "\n");
}

static int read_uts(const void *arg, void *out)
{
	return uname(out) < 0 ? -errno : 0;
}

/* Of the uts namespace: the field of struct utsname at that offset. */
static int read_uts_name(struct target *t, size_t offset, const char **name)
{
	struct utsname now;
	int r = ns_call(t->pidfd, CLONE_NEWUTS, read_uts, NULL, &now, sizeof(now));

	*name = r < 0 ? NULL : arena_strdup(t->arena, (const char *)&now + offset);
	return r < 0 ? r : READ_FOUND;
}

static int hostname_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	return read_uts_name(t, offsetof(struct utsname, nodename), &have->hostname.name);
}

static const struct field hostname_fields[] = { FIELD(STR, hostname, name, .label = "the hostname"), { 0 } };

const struct step_ops step_hostname = {
	.name = "hostname",
	.section = SECTION_ISOLATION,
	.side = SIDE_INIT,
	.ns = "uts",
	.fields = hostname_fields,
	.apply = hostname_apply,
	.show = hostname_show,
	.read = hostname_read,
};

static int domainname_apply(const struct step *s, struct live *live, struct err *e)
{
	if (setdomainname(s->domainname.name, strlen(s->domainname.name)) < 0)
		return err_set(e, "domainname", errno, "set the domain name %s", s->domainname.name);
	return 0;
}

static void domainname_show(const struct step *s, struct str *out)
{
	str_add(out, "domainname ");
	str_add_shell(out, s->domainname.name);
	str_add(out, "\n");
}

static int domainname_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	return read_uts_name(t, offsetof(struct utsname, domainname), &have->domainname.name);
}

static const struct field domainname_fields[] = { FIELD(STR, domainname, name, .label = "the domain name"),
						  { 0 } };

const struct step_ops step_domainname = {
	.name = "domainname",
	.section = SECTION_ISOLATION,
	.side = SIDE_INIT,
	.ns = "uts",
	.fields = domainname_fields,
	.apply = domainname_apply,
	.show = domainname_show,
	.read = domainname_read,
};

const char *plan_hostname(const struct plan *p)
{
	const struct step *s = plan_last(p, STEP_HOSTNAME);

	return s ? s->hostname.name : NULL;
}

const struct step_join_ns *plan_next_join_ns(const struct plan *p, size_t *at)
{
	const struct step *s = plan_next(p, STEP_JOIN_NS, at);

	return s ? &s->join_ns : NULL;
}
