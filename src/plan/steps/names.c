/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The names by which others on a network find the container, and those by which it finds them: net/roster.h. apply joins,
 * and makes the lines of the others for its own hosts file, which STEP_FILE writes; undo leaves. Both are done under the
 * network's lock. The others are told behind the start, and behind the end: run/engine/spread.h.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "net/hosts_file.h"
#include "net/roster.h"
#include "plan/live.h"
#include "plan/steps/net.h"
#include "plan/target.h"

static int names_apply(const struct step *s, struct live *live, struct err *e)
{
	const struct step_names *w = &s->names;
	size_t n = w->addresses.n ? w->addresses.n : 1;
	struct roster_line own[n];
	struct hosts_file file = { .whose = w->whose, .own = w->own };
	struct live_network *net = live_network(live, w->network);
	struct lease_dir *leases;
	struct timespec now;
	int r = net_lock(live, w->network, &leases, e);

	for (size_t i = 0; i < n; i++)
		own[i] = (struct roster_line){ w->addresses.n ? w->addresses.v[i] : NULL, live->id,
					       w->names };
	if (r < 0 || (r = roster_replace(net->leases.fd, live->arena, live->id, own, n, &net->names, e)) < 0)
		return r;
	net->named = true;
	net->whose = w->whose;
	net->own = w->own;
	clock_gettime(CLOCK_BOOTTIME, &now);
	hosts_file_lines(&file, &net->names, (uint64_t)now.tv_sec, &live->others);
	return 0;
}

static void names_show(const struct step *s, struct str *out)
{
	const char *network = net_name(s->names.network);

	if (!s->names.addresses.n)
		str_addf(out, "# who else is on network %s is found by name\n", network);
	for (size_t i = 0; i < s->names.addresses.n; i++)
		str_addf(out, "# on network %s %s is found by the names %s\n", network,
			 s->names.addresses.v[i], s->names.names);
}

static bool has_line(const struct roster *r, const char *id, const char *address)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_eq(r->v[i].id, id) &&
		    (address ? r->v[i].address && str_eq(r->v[i].address, address) : !r->v[i].address))
			return true;
	return false;
}

static int names_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	const struct step_names *w = &want->names;
	const char *path = arena_printf(t->arena, "net/%s", w->network);
	autoclose int dir = openat(t->rundir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct roster r;
	struct err e;

	if (dir < 0)
		return errno == ENOENT ? READ_MISSING : -errno;
	if (roster_read(dir, t->arena, &r, &e) < 0)
		return -e.no;
	for (size_t i = 0; i < w->addresses.n; i++)
		if (has_line(&r, t->id, w->addresses.v[i]))
			strv_push(t->arena, &have->names.addresses, w->addresses.v[i]);
	return w->addresses.n            ? (have->names.addresses.n ? READ_FOUND : READ_MISSING) :
	       has_line(&r, t->id, NULL) ? READ_FOUND :
					   READ_MISSING;
}

static int names_undo(const struct step *s, struct live *live, struct err *e)
{
	struct lease_dir *leases;
	int r = net_lock(live, s->names.network, &leases, e);

	if (r < 0 || !leases)
		return r;
	live_network(live, s->names.network)->named = true;
	return roster_replace(leases->fd, live->arena, live->id, NULL, 0, NULL, e);
}

/* The names may be others by now: guise rename. */
static const struct field names_fields[] = { FIELD(STR, names, network, .compare = COMPARE_KEY),
					     FIELD(STRV, names, addresses, .compare = COMPARE_SET),
					     FIELD(STR, names, names, .compare = COMPARE_NOT),
					     FIELD(STR, names, own, .compare = COMPARE_NOT),
					     FIELD(STR, names, whose, .compare = COMPARE_NOT),
					     { 0 } };

const struct step_ops step_names = {
	.name = "names",
	.section = SECTION_NETWORK,
	.side = SIDE_HOST,
	.life = LIFE_OWNED,
	.fields = names_fields,
	.apply = names_apply,
	.show = names_show,
	.read = names_read,
	.undo = names_undo,
	.network = offsetof(struct step, names.network),
};
