/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The host forwards a network's packets: see plan/steps/net.c.
 *
 * That it was off before guise came is kept by an element of guise's table, because of which nothing is forwarded but
 * between the bridges and the rest (net/rules.h): so it belongs to the network namespace, as the bridges do, and goes
 * with it. The element is there before forwarding is on, and forwarding off before it goes.
 *
 * Whoever flushes the ruleset takes the element away. So the same word is beside the networks of the state directory
 * that switched forwarding on, a file net/NAMESPACE/.forwarding-ipv4, until the last of them goes: by it the element
 * is put back.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/net/nft.h"
#include "net/lease.h"
#include "net/rules.h"
#include "net/rules_table.h"
#include "plan/live.h"
#include "plan/steps/net.h"
#include "plan/steps/routers.h"

static int family_of(const struct step_forward *s)
{
	return str_after(s->name, "net/ipv6/") ? AF_INET6 : AF_INET;
}

/* ---- the word that it was off before ---- */

static const char *word_of(struct arena *a, const struct step_forward *s)
{
	return arena_printf(a, "net/%.*s/.forwarding-%s", (int)strcspn(s->network, "/"), s->network,
			    family_of(s) == AF_INET6 ? "ipv6" : "ipv4");
}

static bool has_word(struct arena *a, int rundir, const struct step_forward *s)
{
	return faccessat(rundir, word_of(a, s), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Without room for it, only a flush of the ruleset does harm. */
static void leave_word(struct live *live, const struct step_forward *s)
{
	autoclose int fd = openat(live->rundir, word_of(live->arena, s),
				  O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Has the state directory another network here that a container is on? */
static bool has_others(struct live *live, const struct step_forward *s)
{
	int len = (int)strcspn(s->network, "/");
	autoclose int net = openat(live->rundir, "net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	autoclose int dir = net < 0 ? -1 :
				      openat(net, arena_printf(live->arena, "%.*s", len, s->network),
					     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(dir);
	struct err ignored;
	bool found = false;

	for (const char *name; !found && dir >= 0 && (name = io_dir_next(&d));) {
		struct lease_dir leases = LEASE_DIR_CLOSED;

		if (*name == '.' || str_eq(name, net_name(s->network)))
			continue;
		if (lease_open(&leases, net, arena_printf(live->arena, "%.*s/%s", len, s->network, name),
			       &ignored) == 0)
			found = lease_any(&leases, &ignored) > 0;
		lease_close(&leases);
	}
	return found;
}

/* ---- the step ---- */

static int end_others(const struct step_forward *s, struct live *live, struct err *e)
{
	int r = net_open_nft(live, e);

	return r < 0 ? r : rules_forwarding_ensure(&live->nft, family_of(s), e);
}

static int write_forwarding(const struct step_forward *s, const char *value, struct err *e)
{
	char path[256];
	int r;

	snprintf(path, sizeof(path), "/proc/sys/%s", s->name);
	r = io_write_small(AT_FDCWD, path, value);
	return r < 0 ? err_set(e, "forward", -r, "write %s to %s", value, path) : 0;
}

static int forward_apply(const struct step *s, struct live *live, struct err *e)
{
	char path[256], now[16];
	int r;

	snprintf(path, sizeof(path), "/proc/sys/%s", s->forward.name);
	if ((r = (int)io_read_small(AT_FDCWD, path, now, sizeof(now))) < 0)
		return err_set(e, "forward", -r, "read %s", path);
	if (str_eq(now, s->forward.value))
		return 0;
	if ((r = lease_lock_namespace(&live->namespace, e)) < 0 || (r = end_others(&s->forward, live, e)) < 0)
		return r;
	leave_word(live, &s->forward);
	if (family_of(&s->forward) == AF_INET6 && (r = routers_keep(live, s->forward.network, e)) < 0)
		return r;
	/* privileged: the host forwards what comes in by any link; without it no packet of a container
	 * leaves the machine */
	return write_forwarding(&s->forward, s->forward.value, e);
}

static int forward_restore(const struct step *s, struct live *live, struct err *e)
{
	int r = has_word(live->arena, live->rundir, &s->forward) ? end_others(&s->forward, live, e) : 0;

	if (r == 0 && family_of(&s->forward) == AF_INET6)
		r = routers_restore(live, s->forward.network, e);
	return r < 0 ? r : forward_apply(s, live, e);
}

static void forward_show(const struct step *s, struct str *out)
{
	str_addf(out, "if [ \"$(cat /proc/sys/%s)\" != %s ]; then\n", s->forward.name, s->forward.value);
	str_addf(out, "\tnft add element inet %s forwarding '{ %s }'\n", RULES_TABLE,
		 family_of(&s->forward) == AF_INET6 ? "ipv6" : "ipv4");
	if (family_of(&s->forward) == AF_INET6)
		str_add(out,
			"\t# who forwards believes no router, unless told so\n"
			"\tfor link in $(ip -6 route show default proto ra | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p'); do\n"
			"\t\t[ \"$(cat /proc/sys/net/ipv6/conf/$link/accept_ra)\" = 1 ] || continue\n"
			"\t\techo 2 > /proc/sys/net/ipv6/conf/$link/accept_ra\n"
			"\t\techo $link >> \"$work/routers\"\n"
			"\tdone\n");
	str_addf(out, "\techo %s > /proc/sys/%s\nfi\n", s->forward.value, s->forward.name);
}

/* Where the kernel has no nf_tables, or doesn't tell, it is as far as is known. */
static bool is_for_all(const struct step_forward *s)
{
	struct netlink nl = NETLINK_CLOSED;
	struct err ignored;
	bool noted = true;

	if (nft_open(&nl, &ignored) == 0 && rules_forwarding_is(&nl, family_of(s), &noted, &ignored) < 0)
		noted = true;
	netlink_close(&nl);
	return !noted;
}

static int forward_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	char path[256], now[16];
	const char *lost;

	snprintf(path, sizeof(path), "/proc/sys/%s", want->forward.name);
	if (io_read_small(AT_FDCWD, path, now, sizeof(now)) < 0)
		return READ_UNKNOWN;
	have->forward.value = arena_strdup(t->arena, now);
	if (family_of(&want->forward) == AF_INET6 && (lost = routers_lost(t, want->forward.network))) {
		str_addf(text, "routers on %s are not believed any more, whose default route will end", lost);
		return READ_CHANGED;
	}
	if (!has_word(t->arena, t->rundir, &want->forward) || !is_for_all(&want->forward))
		return READ_FOUND;
	str_add(text, "packets of others are forwarded, too, which they were not before");
	return READ_CHANGED;
}

/* Who flushed the ruleset took the element with it, and nobody has put it back: the word is as good. */
static int forward_undo(const struct step *s, struct live *live, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	bool ends = false, last;
	int r = net_take_away(live, s->forward.network, e);

	if (r <= 0)
		return r;
	last = has_word(live->arena, live->rundir, &s->forward) && !has_others(live, &s->forward);
	if ((r = nft_open(&nl, e)) == 0 && last)
		r = rules_forwarding_ensure(&nl, family_of(&s->forward), e);
	if (r == 0)
		r = rules_forwarding_ends(&nl, family_of(&s->forward), s->forward.mark, &ends, e);
	netlink_close(&nl);
	r = net_no_rules(r, e);
	if (r == 0 && ends)
		r = write_forwarding(&s->forward, "0", e);
	if (r == 0 && ends && family_of(&s->forward) == AF_INET6)
		routers_release(live, s->forward.network);
	if (r == 0 && last)
		unlinkat(live->rundir, word_of(live->arena, &s->forward), 0);
	return r;
}

static const struct field forward_fields[] = {
	FIELD(STR, forward, name, .compare = COMPARE_NAME),
	FIELD(STR, forward, value),
	FIELD(STR, forward, mark, .compare = COMPARE_NOT),
	FIELD(STR, forward, network, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_forward = {
	.name = "forward",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_SHARED,
	.fields = forward_fields,
	.apply = forward_apply,
	.show = forward_show,
	.read = forward_read,
	.undo = forward_undo,
	.restore = forward_restore,
	.network = offsetof(struct step, forward.network),
};
