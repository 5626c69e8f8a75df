/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "net/lease_map.h"

#define LOCK_FILE    "lock"
#define LEAVING_FILE "leaving"

/* Longest owner a lease can hold. */
enum { OWNER_MAX = 255 };
/* The lock file's content: an address, padded, so that a new one covers an old one whole. */
enum { LAST_TEXT = INET6_ADDRSTRLEN + 1 };

/* And that of its namespace, where the name has one in front. */
static int make_dir(int net, const char *network)
{
	const char *slash = strchr(network, '/');
	char parent[32];

	if (slash && (size_t)(slash - network) < sizeof(parent)) {
		memcpy(parent, network, (size_t)(slash - network));
		parent[slash - network] = '\0';
		if (mkdirat(net, parent, 0700) < 0 && errno != EEXIST)
			return -1;
	}
	return mkdirat(net, network, 0700);
}

int lease_open(struct lease_dir *dir, int net, const char *network, struct err *e)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

	dir->lock = -1;
	dir->fd = openat(net, network, flags);
	if (dir->fd < 0 && errno == ENOENT) {
		if (make_dir(net, network) < 0 && errno != EEXIST)
			return err_set(e, "lease-dir", errno, "make the directory of network %s", network);
		dir->fd = openat(net, network, flags);
	}
	if (dir->fd < 0)
		return err_set(e, "lease-dir", errno, "open the directory of network %s", network);
	return 0;
}

void lease_close(struct lease_dir *dir)
{
	lease_unlock(dir);
	fd_close(&dir->fd);
}

static int lock_file(int fd, int *locked, const char *what, struct err *e)
{
	autoclose int own = fd;

	if (fd < 0)
		return err_set(e, "lease-lock", errno, "open %s", what);
	while (flock(fd, LOCK_EX) < 0) {
		if (errno != EINTR)
			return err_set(e, "lease-lock", errno, "lock %s", what);
	}
	*locked = take_fd(&own);
	return 0;
}

int lease_lock(struct lease_dir *dir, struct err *e)
{
	return lock_file(openat(dir->fd, LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600),
			 &dir->lock, "the network's lock", e);
}

/* A namespace is a file like others: who opens it by whatever /proc locks the same one. */
int lease_lock_namespace(int *lock, struct err *e)
{
	if (*lock >= 0)
		return 0;
	return lock_file(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), lock, "the network namespace", e);
}

void lease_unlock(struct lease_dir *dir)
{
	fd_close(&dir->lock);
}

/* Is that the name of a lease's file? An address without a length. */
static bool is_lease(const char *name, struct ip *addr)
{
	return ip_parse(name, addr) == 0 && !strchr(name, '/');
}

/* Call fn for each lease, whose file's name is handed on too. */
static int walk(struct lease_dir *dir, void (*fn)(void *arg, struct ip addr, const char *name), void *arg)
{
	struct io_dir d = IO_DIR(dir->fd);
	struct ip addr;

	if (lseek(dir->fd, 0, SEEK_SET) < 0)
		return -errno;
	for (const char *name; (name = io_dir_next(&d));)
		if (is_lease(name, &addr))
			fn(arg, addr, name);
	return d.error;
}

/* --- taking ----------------------------------------------------------------------------------- */

/* The address given last, as its place in the range; beyond that, when none of it was. */
static uint32_t read_last(struct lease_dir *dir, struct lease_range range)
{
	char text[LAST_TEXT + 1] = "";
	struct ip addr;

	if (pread(dir->lock, text, LAST_TEXT, 0) < 0)
		return UINT32_MAX;
	text[strcspn(text, " \n")] = '\0';
	return ip_parse(text, &addr) < 0 ? UINT32_MAX : ip_distance(range.first, addr);
}

/* A failure is of no consequence: the next one starts to look at an earlier address. */
static void write_last(struct lease_dir *dir, const char *addr)
{
	char text[LAST_TEXT + 1];

	snprintf(text, sizeof(text), "%-*.*s\n", LAST_TEXT - 1, LAST_TEXT - 1, addr);
	if (pwrite(dir->lock, text, LAST_TEXT, 0) < 0)
		return;
}

/* ---- the bits ---- */

static int open_map(struct lease_dir *dir, int flags)
{
	int fd = openat(dir->fd, LEASE_MAP_FILE, O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags, 0600);

	return fd < 0 ? -errno : fd;
}

/* What the directory says. */
struct truth {
	struct ip first;
	uint64_t bits[LEASE_MAP_WORDS];
};

static void mark(void *arg, struct ip addr, const char *name)
{
	struct truth *t = arg;
	uint32_t n = addr.family == t->first.family ? ip_distance(t->first, addr) : UINT32_MAX;

	if (n < LEASE_MAP_BITS)
		t->bits[n / 64] |= 1ull << n % 64;
}

/* The range's section; one that is not there yet is made of what leases there are. */
static int find_map(struct lease_dir *dir, int fd, struct lease_range range, struct lease_map *m)
{
	struct truth t = { .first = range.first };
	int r = lease_map_find(fd, range.first, m);

	if (r != -ENOENT)
		return r;
	r = walk(dir, mark, &t);
	return r < 0 ? r : lease_map_add(fd, range.first, t.bits, m);
}

/* The first place from `from` on, in turn, whose bit is clear; LEASE_MAP_NONE. */
static int64_t next_clear(const struct lease_map *m, struct lease_range range, uint32_t from)
{
	uint32_t start = from < range.count ? from : 0;
	int64_t n = lease_map_clear_from(m, start, range.count);

	if (n == range.gateway)
		n = lease_map_clear_from(m, range.gateway + 1, range.count);
	if (n != LEASE_MAP_NONE)
		return n;
	n = lease_map_clear_from(m, 0, start);
	return n == range.gateway ? lease_map_clear_from(m, range.gateway + 1, start) : n;
}

/* Make the lease's file, behind its bit: -EEXIST when it is there already. */
static int create(struct lease_dir *dir, int map, struct ip addr, const char *owner)
{
	char name[IP_TEXT], line[OWNER_MAX + 2];
	size_t len = (size_t)snprintf(line, sizeof(line), "%s\n", owner);
	autoclose int fd = -1;
	int r;

	if (len >= sizeof(line))
		return -ENAMETOOLONG;
	if ((r = lease_map_mark(map, addr, true)) < 0)
		return r;
	ip_text(addr, name);
	fd = openat(dir->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = io_write_all(fd, line, len);
	if (r < 0)
		unlinkat(dir->fd, name, 0);
	else
		write_last(dir, name);
	return r;
}

static int fail_take(struct err *e, struct ip addr, int r)
{
	char text[IP_TEXT];

	return err_set(e, "lease-take", -r, "take address %s", ip_text(addr, text));
}

/* Of one that was killed between two system calls, too: then it has no content. */
static bool is_dead(struct lease_dir *dir, const struct lease_pool *pool, struct ip addr)
{
	char name[IP_TEXT], owner[OWNER_MAX + 2];
	ssize_t n = pool->is_alive ? io_read_small(dir->fd, ip_text(addr, name), owner, sizeof(owner)) : -1;

	return n == 0 || (n > 0 && !pool->is_alive(owner, pool->arg));
}

static int take_wanted(struct lease_dir *dir, int map, const struct lease_pool *pool, const char *owner,
		       struct ip wanted, struct err *e)
{
	const struct lease_pool whole = { .subnet = pool->subnet, .gateway = pool->gateway };
	char text[IP_TEXT], net[IP_TEXT];
	int r;

	ip_text(wanted, text);
	if (!lease_can_be_had(pool, wanted)) {
		err_set(e, "bad-address", EINVAL, "take address %s", text);
		return err_cause(e, "it is not one of %s that containers can have",
				 ip_net_text(pool->subnet, net));
	}
	r = find_map(dir, map, lease_range(&whole), &(struct lease_map){ 0 });
	if (r == 0)
		r = create(dir, map, wanted, owner);
	if (r == -EEXIST && is_dead(dir, pool, wanted) && unlinkat(dir->fd, text, 0) == 0)
		r = create(dir, map, wanted, owner);
	if (r == -EEXIST) {
		err_set(e, "address-taken", EADDRINUSE, "take address %s", text);
		return err_cause(e, "another container has it");
	}
	return r < 0 ? fail_take(e, wanted, r) : 0;
}

static int fail_full(struct err *e, const struct lease_pool *pool, struct lease_range range)
{
	char text[IP_TEXT];

	err_set(e, "no-free-address", EADDRNOTAVAIL, "take an address of %s",
		ip_net_text(ip_is(pool->range) ? pool->range : pool->subnet, text));
	err_cause(e, "no free address: all %u are taken", range.count - (range.gateway < range.count));
	return err_hint(e, "remove containers you don't need (`guise ps -a`), or try `guise system prune`");
}

/* All are taken, it seems: those whose owners are gone are not, nor those that have a bit alone. */
static int reclaim(struct lease_dir *dir, const struct lease_pool *pool, const struct lease_map *m,
		   struct lease_range range, struct err *e)
{
	struct truth t = { .first = range.first };
	int r = pool->is_alive ? lease_sweep(dir, pool->is_alive, pool->arg, NULL, e) : 0;

	if (r == 0)
		r = walk(dir, mark, &t);
	return r < 0 ? r : lease_map_keep(m, t.bits);
}

/* From the one behind the last one on. Who has no bit may have a file all the same, made by another version. */
static int take_clear(struct lease_dir *dir, const struct lease_map *m, struct lease_range range, const char *owner,
		      struct ip *addr)
{
	uint32_t from = read_last(dir, range) + 1;
	int64_t n;
	int r;

	do {
		n = next_clear(m, range, from);
		if (n < 0 || n == LEASE_MAP_NONE)
			return n < 0 ? (int)n : -EADDRNOTAVAIL;
		r = create(dir, m->fd, *addr = ip_add(range.first, (uint32_t)n), owner);
		from = (uint32_t)n + 1;
	} while (r == -EEXIST);
	return r;
}

static int take_next(struct lease_dir *dir, int map, const struct lease_pool *pool, const char *owner,
		     struct ip *addr, struct err *e)
{
	struct lease_range range = lease_range(pool);
	struct lease_map m;
	int r;

	*addr = range.first;
	if (range.count == 0 || (range.count == 1 && range.gateway == 0))
		return fail_full(e, pool, range);
	r = find_map(dir, map, range, &m);
	if (r == 0)
		r = take_clear(dir, &m, range, owner, addr);
	if (r == -EADDRNOTAVAIL && (r = reclaim(dir, pool, &m, range, e)) == 0)
		r = take_clear(dir, &m, range, owner, addr);
	return r == -EADDRNOTAVAIL ? fail_full(e, pool, range) : r < 0 ? fail_take(e, *addr, r) : 0;
}

int lease_take(struct lease_dir *dir, const struct lease_pool *pool, const char *owner, struct ip wanted,
	       struct ip *addr, struct err *e)
{
	struct lease_pool p = *pool;
	int r;

	p.subnet = ip_network(p.subnet);
	if ((r = lease_check_pool(&p, e)) < 0)
		return r;
	autoclose int map = open_map(dir, O_CREAT);
	if (map < 0)
		return err_set(e, "lease-take", -map, "open the bits of the network's addresses");
	if (!ip_is(wanted))
		return take_next(dir, map, &p, owner, addr, e);
	*addr = wanted;
	addr->len = p.subnet.len;
	return take_wanted(dir, map, &p, owner, wanted, e);
}

/* --- giving back ------------------------------------------------------------------------------ */

static int fail_release(struct err *e, const char *name, int r)
{
	return err_set(e, "lease-release", -r, "give back address %s", name);
}

/* A bit that can't be cleared is stale, and found to be so when it matters. */
static int remove_lease(struct lease_dir *dir, struct ip addr, const char *name, struct err *e)
{
	autoclose int map = -1;

	if (unlinkat(dir->fd, name, 0) < 0 && errno != ENOENT)
		return fail_release(e, name, -errno);
	map = open_map(dir, 0);
	if (map >= 0)
		lease_map_mark(map, addr, false);
	return 0;
}

bool lease_is_of(struct lease_dir *dir, struct ip addr, const char *owner)
{
	char name[IP_TEXT], now[OWNER_MAX + 2];

	return io_read_small(dir->fd, ip_text(addr, name), now, sizeof(now)) >= 0 && strcmp(now, owner) == 0;
}

int lease_release(struct lease_dir *dir, struct ip addr, const char *owner, struct err *e)
{
	char name[IP_TEXT];

	return lease_is_of(dir, addr, owner) ? remove_lease(dir, addr, ip_text(addr, name), e) : 0;
}

static void count_one(void *arg, struct ip addr, const char *name)
{
	++*(int *)arg;
}

static int count_files(struct lease_dir *dir)
{
	int count = 0, r = walk(dir, count_one, &count);

	return r < 0 ? r : count;
}

/* The first bit that is set, with a file. */
static int any_bit(struct lease_dir *dir, int map)
{
	struct lease_map m;
	uint32_t place;
	struct ip addr;
	char name[IP_TEXT];
	int r;

	while ((r = lease_map_any(map, &m, &place, &addr)) > 0) {
		if (faccessat(dir->fd, ip_text(addr, name), F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return 1;
		if ((r = lease_map_set(&m, place, false)) < 0)
			return r;
	}
	return r;
}

int lease_any(struct lease_dir *dir, struct err *e)
{
	autoclose int map = open_map(dir, 0);
	int r = map >= 0 && dir->lock >= 0 ? any_bit(dir, map) : -ENOENT;

	/* of who has no bit, too, as by another version */
	if (r == -ENOENT || (r == 0 && lease_map_far(map))) {
		r = count_files(dir);
		if (r == 0 && map >= 0 && dir->lock >= 0)
			lease_map_not_far(map);
	}
	return r < 0 ? err_set(e, "lease-list", -r, "look for addresses in use") : r > 0;
}

unsigned lease_count(struct lease_dir *dir)
{
	autoclose int map = open_map(dir, 0);
	int files;

	if (map >= 0 && !lease_map_far(map))
		return lease_map_count(map);
	files = count_files(dir);
	return files < 0 ? 0 : (unsigned)files;
}

struct sweep {
	struct lease_dir *dir;
	lease_alive *is_alive;
	void *arg;
	unsigned swept;
	int result;
	struct err *e;
};

static void sweep_one(void *arg, struct ip addr, const char *name)
{
	struct sweep *s = arg;
	char owner[OWNER_MAX + 2];
	ssize_t n = io_read_small(s->dir->fd, name, owner, sizeof(owner));

	if (n > 0 && s->is_alive(owner, s->arg))
		return;
	n = n < 0 ? fail_release(s->e, name, (int)n) : remove_lease(s->dir, addr, name, s->e);
	s->result = n < 0 ? (int)n : s->result;
	s->swept += n == 0;
}

int lease_sweep(struct lease_dir *dir, lease_alive *is_alive, void *arg, unsigned *swept, struct err *e)
{
	struct sweep s = { .dir = dir, .is_alive = is_alive, .arg = arg, .e = e };
	int r = walk(dir, sweep_one, &s);

	if (swept)
		*swept = s.swept;
	return r < 0 ? err_set(e, "lease-list", -r, "list the addresses in use") : s.result;
}

/* --- the last one ----------------------------------------------------------------------------- */

int lease_leave(struct lease_dir *dir)
{
	autoclose int fd = openat(dir->fd, LEAVING_FILE, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : 0;
}

int lease_turn(struct lease_dir *dir)
{
	autoclose int fd = openat(dir->fd, LEAVING_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 ? take_fd(&fd) : -1;
}

void lease_gone(struct lease_dir *dir, int *turn)
{
	unlinkat(dir->fd, LEAVING_FILE, 0);
	fd_close(turn);
}
