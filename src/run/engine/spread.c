/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/spread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "net/hosts_file.h"
#include "plan/steps/net.h"
#include "run/engine/behind.h"

static int open_dir(int at, const char *path)
{
	return openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* One that is kept is reached by a link (state/state.h). */
static int open_container(int rundir, const char *id)
{
	char path[96];
	int n = snprintf(path, sizeof(path), "containers/%s", id);

	return n < (int)sizeof(path) ? openat(rundir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

/* ---- telling ---- */

static uint64_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec;
}

/* A file that cannot be written is its container's business, who may have filled it, or made it immutable. */
static void tell_one(int rundir, const char *id, const struct roster *news)
{
	static char first[16384];
	autoclose int dir = open_container(rundir, id);
	struct arena a = ARENA_INIT(first);
	struct hosts_file file = { .fd = -1 };
	struct err ignored;

	if (dir >= 0 && hosts_file_open(dir, &a, &file) == 0)
		hosts_file_change(&file, news, seconds(), &a, &ignored);
	fd_close(&file.fd);
	arena_free(&a);
}

/* Everybody once, whose lines follow each other. */
static void tell_all(int rundir, const struct roster *r, const struct roster *news)
{
	for (size_t i = 0; i < r->n; i++)
		if (!i || !str_eq(r->v[i].id, r->v[i - 1].id))
			tell_one(rundir, r->v[i].id, news);
}

/* The lock is let go before anybody is told: a start need not wait for that. */
static void tell_network(int rundir, int namespace, const char *name)
{
	struct lease_dir leases = LEASE_DIR_CLOSED;
	struct arena a = { 0 };
	struct roster r, news;
	struct err ignored;

	if (lease_open(&leases, namespace, name, &ignored) == 0 && roster_has_news(leases.fd) &&
	    lease_lock(&leases, &ignored) == 0 && roster_news(leases.fd, &a, &news, &r, &ignored) == 0) {
		lease_unlock(&leases);
		tell_all(rundir, &r, &news);
		roster_told(leases.fd);
	}
	lease_close(&leases);
	arena_free(&a);
}

static bool has_news(int namespace, const char *name)
{
	autoclose int dir = open_dir(namespace, name);

	return dir >= 0 && roster_has_news(dir);
}

/* Has a network news? */
static bool any_has_news(int namespace)
{
	struct io_dir d = IO_DIR(namespace);

	if (lseek(namespace, 0, SEEK_SET) < 0)
		return false;
	for (const char *name; (name = io_dir_next(&d));)
		if (has_news(namespace, name))
			return true;
	return false;
}

static void tell_networks(int rundir, int namespace)
{
	struct io_dir d = IO_DIR(namespace);

	if (lseek(namespace, 0, SEEK_SET) < 0)
		return;
	for (const char *name; (name = io_dir_next(&d));)
		if (has_news(namespace, name))
			tell_network(rundir, namespace, name);
}

/* Whose turn it is; -1: another's, who looks again when he has done. */
static int take_turn(int namespace)
{
	return flock(namespace, LOCK_EX | LOCK_NB);
}

_Noreturn static void spread_main(int rundir, int namespace)
{
	enum { ROUNDS = 1000 }; /* where notes cannot be taken away, the next command has to try */

	for (int i = 0; i < ROUNDS; i++) {
		tell_networks(rundir, namespace);
		flock(namespace, LOCK_UN);
		if (!any_has_news(namespace) || take_turn(namespace) < 0)
			break;
	}
	_exit(0);
}

static void leave(int rundir, const char *namespace)
{
	char path[48];
	int told;

	snprintf(path, sizeof(path), "net/%s", namespace);
	autoclose int dir = open_dir(rundir, path);

	if (dir < 0 || !any_has_news(dir) || take_turn(dir) < 0)
		return;
	if (behind_fork("guise-names", (int[]){ rundir, dir }, 2, &told))
		spread_main(rundir, dir);
	behind_await(told);
}

/* "4026531840/bridge" */
static void leave_of(int rundir, const char *network)
{
	char namespace[32];
	size_t len = strcspn(network, "/");

	if (!network[len] || len >= sizeof(namespace))
		return;
	memcpy(namespace, network, len);
	namespace[len] = '\0';
	leave(rundir, namespace);
}

/* A container's networks are all of one network namespace. */
void spread(struct live *live)
{
	const char *network = NULL;

	for (struct live_network *n = live->networks; n; n = n->next) {
		network = n->named ? n->dir : network;
		n->named = false;
	}
	if (network)
		leave_of(live->rundir, network);
}

/* ---- the beginning ---- */

/* What has changed since its lines were made. */
static int tell_self(struct live *live, struct live_network *n, struct err *e)
{
	struct strv addresses = { 0 };
	struct roster now;
	int r = roster_read(n->leases.fd, live->arena, &now, e);

	if (r < 0)
		return r;
	roster_differ(live->arena, &n->names, &now, &addresses);
	if (!addresses.n)
		return 0;
	if ((r = lease_lock(&n->leases, e)) == 0)
		r = roster_tell(n->leases.fd, &addresses, e);
	lease_unlock(&n->leases);
	return r;
}

/* What the head of its file says is the same for all of its networks. */
static int note_file(struct live *live, const struct live_network *n)
{
	const struct hosts_file file = { .fd = live->hosts, .whose = n->whose, .own = n->own };
	autoclose int dir = open_container(live->rundir, live->id);

	return dir < 0 ? -errno : hosts_file_note(dir, &file, &(struct err){ 0 });
}

void spread_begun(struct live *live)
{
	bool noted = false;

	for (struct live_network *n = live->networks; n && live->hosts >= 0; n = n->next) {
		if (!n->named)
			continue;
		if (!noted && note_file(live, n) < 0)
			break;
		noted = true;
		tell_self(live, n, &(struct err){ 0 });
	}
	spread(live);
}

/* ---- a network more, or less ---- */

static int open_network(const struct live *live, const char *network)
{
	char path[128];
	int n = snprintf(path, sizeof(path), "net/%s", network);

	return n < (int)sizeof(path) ? open_dir(live->rundir, path) : -1;
}

/* What the file is to say of all addresses there: what the roster says, or that they are nobody's. */
static struct roster news_of(struct arena *a, const struct roster *r, bool leaves)
{
	struct roster news = { .v = arena_array(a, struct roster_line, r->n) };

	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].address)
			news.v[news.n++] =
				leaves ? (struct roster_line){ .address = r->v[i].address } : r->v[i];
	return news;
}

/* Only whose turn it is writes. Who would have had it meanwhile is followed by spread(). */
static void write_own(struct live *live, const char *network, bool leaves)
{
	const char *namespace = arena_strndup(live->arena, network, strcspn(network, "/"));
	autoclose int turn = open_network(live, namespace), dir = open_network(live, network);
	autoclose int own = open_container(live->rundir, live->id);
	struct hosts_file file = { .fd = -1 };
	struct roster r, news;
	struct err ignored;

	if (turn < 0 || dir < 0 || own < 0 || flock(turn, LOCK_EX) < 0)
		return;
	if (hosts_file_open(own, live->arena, &file) == 0 &&
	    roster_read(dir, live->arena, &r, &ignored) == 0) {
		news = news_of(live->arena, &r, leaves);
		hosts_file_change(&file, &news, seconds(), live->arena, &ignored);
	}
	fd_close(&file.fd);
}

void spread_joined(struct live *live, const char *network)
{
	write_own(live, network, false);
}

void spread_leaving(struct live *live, const char *network)
{
	write_own(live, network, true);
}

/* ---- later ---- */

void spread_resume(struct state *st)
{
	autoclose int net = open_dir(st->fd, "net");
	struct io_dir d = IO_DIR(net);

	for (const char *name; net >= 0 && (name = io_dir_next(&d));)
		leave(st->fd, name);
}

/* The next network of a plan, from the step at *at on, that live has not had to do with. */
static const char *next_network(const struct plan *p, size_t *at, struct live *live)
{
	while (*at < p->count) {
		const char *network = step_network_dir(&p->steps[(*at)++]);

		if (network && !live_network(live, network)->named) {
			live_network(live, network)->named = true;
			return network;
		}
	}
	return NULL;
}

int spread_can_rename(struct state *st, struct arena *a, const struct record *r, const char *old,
		      const char *name, struct err *e)
{
	const char *network;
	struct live live;
	int n = 0;

	live_init(&live, r->id, a, st->fd);
	for (size_t at = 0; n == 0 && (network = next_network(&r->plan, &at, &live));) {
		autoclose int dir = open_network(&live, network);

		n = dir < 0 ? 0 : roster_can_rename(dir, a, r->id, old, name, e);
	}
	live_close(&live);
	return n;
}

int spread_rename(struct state *st, struct arena *a, const struct record *r, const char *old,
		  const char *name, struct err *e)
{
	struct lease_dir *leases;
	const char *network;
	struct live live;
	int n = 0;

	live_init(&live, r->id, a, st->fd);
	for (size_t at = 0; n == 0 && (network = next_network(&r->plan, &at, &live));) {
		n = net_lock(&live, network, &leases, e);
		if (n == 0 && leases)
			n = roster_rename(leases->fd, a, r->id, old, name, e);
	}
	live_unlock_networks(&live);
	spread(&live);
	live_close(&live);
	return n;
}
