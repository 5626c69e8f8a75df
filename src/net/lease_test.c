/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "net/lease.h"

#define NET(a, b, c, d, len_)                                                                                \
	((struct ip){ .family = AF_INET, .len = (len_), .bytes = { (a), (b), (c), (d) } })
#define IP(a, b, c, d) NET(a, b, c, d, 32)
#define POOL(net)      (&(struct lease_pool){ .subnet = (net) })
#define ANY            ((struct ip){ 0 })

static const struct ip subnet = { .family = AF_INET, .len = 24, .bytes = { 10, 10 } };

struct fixture {
	char path[48];
	int net;
	struct lease_dir dir;
	struct err e;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	/* in memory, where there is that: a large network is many files */
	strcpy(f->path,
	       access("/dev/shm", W_OK) == 0 ? "/dev/shm/guise-lease-XXXXXX" : "/tmp/guise-lease-XXXXXX");
	if (!mkdtemp(f->path))
		return -1;
	f->net = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return lease_open(&f->dir, f->net, "guise0", &f->e) < 0 || lease_lock(&f->dir, &f->e) < 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	lease_close(&f->dir);
	close(f->net);
	io_remove_tree(AT_FDCWD, f->path);
	free(f);
	return 0;
}

static struct ip take(struct fixture *f, const char *id)
{
	struct ip addr;

	assert_int_equal(lease_take(&f->dir, POOL(subnet), id, ANY, &addr, &f->e), 0);
	return addr;
}

/* How many files there are, and bits say the same of any. */
static int count(struct fixture *f)
{
	struct io_dir d = IO_DIR(f->dir.fd);
	struct ip addr;
	int n = 0;

	lseek(f->dir.fd, 0, SEEK_SET);
	for (const char *name; (name = io_dir_next(&d));)
		n += ip_parse(name, &addr) == 0;
	assert_int_equal(lease_any(&f->dir, &f->e), n > 0);
	return n;
}

static void assert_file(struct fixture *f, const char *name, const char *want)
{
	char text[64] = "";
	int fd = openat(f->dir.fd, name, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) >= 0);
	close(fd);
	assert_string_equal(text, want);
}

static void given_in_turn(void **state)
{
	struct fixture *f = *state;

	assert_true(ip_same(take(f, "a"), IP(10, 10, 0, 2)));
	assert_true(ip_same(take(f, "b"), IP(10, 10, 0, 3)));
	assert_file(f, "10.10.0.2", "a\n");
	assert_file(f, "lock", "10.10.0.3                                     \n");
	assert_int_equal(lease_release(&f->dir, IP(10, 10, 0, 3), "b", &f->e), 0);
	/* what was just given back is not given again */
	assert_true(ip_same(take(f, "c"), IP(10, 10, 0, 4)));
	assert_int_equal(count(f), 2);
}

static void only_the_owner_releases(void **state)
{
	struct fixture *f = *state;
	struct ip addr = take(f, "a");

	assert_int_equal(lease_release(&f->dir, addr, "b", &f->e), 0);
	assert_int_equal(count(f), 1);
	assert_int_equal(lease_release(&f->dir, addr, "a", &f->e), 0);
	assert_int_equal(lease_release(&f->dir, addr, "a", &f->e), 0);
	assert_int_equal(count(f), 0);
}

static void full_and_round_again(void **state)
{
	struct fixture *f = *state;
	struct ip addr;

	for (int i = 2; i <= 254; i++)
		assert_true(ip_same(take(f, "x"), IP(10, 10, 0, i)));
	assert_int_equal(lease_take(&f->dir, POOL(subnet), "y", ANY, &addr, &f->e), -EADDRNOTAVAIL);
	assert_string_equal(f->e.code, "no-free-address");
	assert_non_null(strstr(f->e.cause, "all 253"));
	assert_int_equal(count(f), 253);

	assert_int_equal(lease_release(&f->dir, IP(10, 10, 0, 77), "x", &f->e), 0);
	assert_int_equal(lease_release(&f->dir, IP(10, 10, 0, 99), "x", &f->e), 0);
	assert_true(ip_same(take(f, "y"), IP(10, 10, 0, 77)));
	assert_true(ip_same(take(f, "y"), IP(10, 10, 0, 99)));
}

static void large_and_small_subnets(void **state)
{
	struct fixture *f = *state;
	struct ip large = NET(10, 10, 5, 5, 16), small = NET(10, 99, 0, 4, 30), tiny = NET(10, 0, 0, 0, 31);
	struct ip addr;

	assert_int_equal(lease_take(&f->dir, POOL(large), "a", ANY, &addr, &f->e), 0);
	assert_true(ip_same(addr, IP(10, 10, 0, 2)));
	assert_int_equal(lease_take(&f->dir, POOL(large), "a", IP(10, 10, 255, 254), &addr, &f->e), 0);
	assert_int_equal(lease_take(&f->dir, POOL(large), "a", ANY, &addr, &f->e), 0);
	assert_true(ip_same(addr, IP(10, 10, 0, 3)));

	assert_int_equal(lease_take(&f->dir, POOL(small), "a", ANY, &addr, &f->e), 0);
	assert_true(ip_same(addr, IP(10, 99, 0, 6)));
	assert_int_equal(lease_take(&f->dir, POOL(small), "b", ANY, &addr, &f->e), -EADDRNOTAVAIL);
	assert_int_equal(lease_take(&f->dir, POOL(tiny), "b", ANY, &addr, &f->e), -EINVAL);
}

static void a_wanted_one(void **state)
{
	struct fixture *f = *state;
	struct ip addr;

	assert_int_equal(lease_take(&f->dir, POOL(subnet), "a", IP(10, 10, 0, 50), &addr, &f->e), 0);
	assert_true(ip_same(addr, IP(10, 10, 0, 50)));
	assert_int_equal(lease_take(&f->dir, POOL(subnet), "b", IP(10, 10, 0, 50), &addr, &f->e),
			 -EADDRINUSE);
	assert_string_equal(f->e.code, "address-taken");
	struct ip bad[] = { IP(10, 10, 0, 0), IP(10, 10, 0, 1), IP(10, 10, 0, 255), IP(10, 10, 1, 2) };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(lease_take(&f->dir, POOL(subnet), "b", bad[i], &addr, &f->e), -EINVAL);
		assert_string_equal(f->e.code, "bad-address");
	}
	assert_int_equal(count(f), 1);
}

static void gateway_and_range(void **state)
{
	struct fixture *f = *state;
	struct lease_pool pool = { .subnet = subnet,
				   .gateway = IP(10, 10, 0, 9),
				   .range = NET(10, 10, 0, 8, 30) };
	struct ip addr;

	/* .8 to .11, but the gateway in its middle */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(lease_take(&f->dir, &pool, "a", ANY, &addr, &f->e), 0);
		assert_true(ip_same(addr, IP(10, 10, 0, (uint8_t)(i ? 9 + i : 8))));
	}
	assert_int_equal(lease_take(&f->dir, &pool, "a", ANY, &addr, &f->e), -EADDRNOTAVAIL);
	assert_non_null(strstr(f->e.cause, "all 3"));
	assert_int_equal(lease_take(&f->dir, &pool, "a", IP(10, 10, 0, 9), &addr, &f->e), -EINVAL);
	assert_int_equal(lease_take(&f->dir, &pool, "a", IP(10, 10, 0, 1), &addr, &f->e), 0);
	assert_int_equal(lease_release(&f->dir, IP(10, 10, 0, 8), "a", &f->e), 0);
	assert_int_equal(lease_take(&f->dir, &pool, "b", ANY, &addr, &f->e), 0);
	assert_true(ip_same(addr, IP(10, 10, 0, 8)));

	/* a range that begins with the network's own address, and one of the last one only */
	pool = (struct lease_pool){ .subnet = NET(10, 77, 0, 0, 24), .range = NET(10, 77, 0, 0, 31) };
	assert_int_equal(lease_take(&f->dir, &pool, "a", ANY, &addr, &f->e), -EADDRNOTAVAIL);
	pool.range = NET(10, 77, 0, 254, 31);
	assert_int_equal(lease_take(&f->dir, &pool, "a", ANY, &addr, &f->e), 0);
	assert_true(ip_same(addr, IP(10, 77, 0, 254)));
	assert_int_equal(lease_take(&f->dir, &pool, "a", ANY, &addr, &f->e), -EADDRNOTAVAIL);
}

/* From one address to another, both of which are given, wherever they lie. */
static void first_and_last(void **state)
{
	struct fixture *f = *state;
	struct lease_pool pool = { .subnet = NET(10, 10, 0, 0, 24),
				   .first = IP(10, 10, 0, 20),
				   .last = IP(10, 10, 0, 21) };
	struct ip addr;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(lease_take(&f->dir, &pool, "a", ANY, &addr, &f->e), 0);
		assert_true(ip_same(addr, IP(10, 10, 0, (uint8_t)(20 + i))));
	}
	assert_int_equal(lease_take(&f->dir, &pool, "a", ANY, &addr, &f->e), -EADDRNOTAVAIL);
	/* the ends of the subnet are still nobody's */
	pool.first = IP(10, 10, 0, 0);
	pool.last = IP(10, 10, 0, 2);
	assert_int_equal(lease_take(&f->dir, &pool, "a", ANY, &addr, &f->e), 0);
	assert_true(ip_same(addr, IP(10, 10, 0, 2)));
	pool.first = IP(10, 10, 0, 254);
	pool.last = IP(10, 10, 0, 255);
	assert_int_equal(lease_take(&f->dir, &pool, "a", ANY, &addr, &f->e), 0);
	assert_true(ip_same(addr, IP(10, 10, 0, 254)));
	assert_int_equal(lease_take(&f->dir, &pool, "a", ANY, &addr, &f->e), -EADDRNOTAVAIL);
}

static void ipv6_alike(void **state)
{
	struct fixture *f = *state;
	struct ip net, addr, wanted;
	char text[IP_TEXT];

	ip_parse("fd00:7::/64", &net);
	assert_int_equal(lease_take(&f->dir, POOL(net), "a", ANY, &addr, &f->e), 0);
	assert_string_equal(ip_net_text(addr, text), "fd00:7::2/64");
	assert_file(f, "fd00:7::2", "a\n");
	ip_parse("fd00:7::ffff", &wanted);
	assert_int_equal(lease_take(&f->dir, POOL(net), "a", wanted, &addr, &f->e), 0);
	assert_int_equal(lease_take(&f->dir, POOL(net), "b", wanted, &addr, &f->e), -EADDRINUSE);
	assert_int_equal(lease_take(&f->dir, POOL(net), "b", ANY, &addr, &f->e), 0);
	assert_string_equal(ip_net_text(addr, text), "fd00:7::3/64"); /* behind the last one, the first */
	ip_parse("fd00:8::2", &wanted);
	assert_int_equal(lease_take(&f->dir, POOL(net), "b", wanted, &addr, &f->e), -EINVAL);
	assert_int_equal(lease_take(&f->dir, POOL(subnet), "b", ANY, &addr, &f->e), 0);
	assert_true(ip_same(addr, IP(10, 10, 0, 2)));
	assert_int_equal(count(f), 4);
	ip_parse("fd00:7::2", &wanted);
	assert_int_equal(lease_release(&f->dir, wanted, "a", &f->e), 0);
	assert_int_equal(count(f), 3);
}

static bool alive(const char *id, void *arg)
{
	return str_eq(id, arg);
}

static void sweep_takes_back(void **state)
{
	struct fixture *f = *state;
	unsigned swept;

	take(f, "dead");
	take(f, "alive");
	take(f, "dead");
	/* the writer died before it wrote */
	close(openat(f->dir.fd, "10.10.0.200", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(lease_sweep(&f->dir, alive, "alive", &swept, &f->e), 0);
	assert_int_equal(swept, 3);
	assert_int_equal(count(f), 1);
	assert_file(f, "10.10.0.3", "alive\n");
}

static void garbage_in_the_lock_file(void **state)
{
	struct fixture *f = *state;
	const char *garbage[] = {
		"",          "nonsense", "10.10.0.255    \n", "10.10.0.2.3.4.5.6.7.8", "192.168.0.7    \n",
		"fd00::7 \n"
	};

	for (size_t i = 0; i < ARRAY_LEN(garbage); i++) {
		struct ip addr;

		assert_int_equal(ftruncate(f->dir.lock, 0), 0);
		assert_true(pwrite(f->dir.lock, garbage[i], strlen(garbage[i]), 0) >= 0);
		addr = take(f, "a");
		assert_true(ip_same(addr, IP(10, 10, 0, 2)));
		assert_int_equal(lease_release(&f->dir, addr, "a", &f->e), 0);
	}
}

/* Four processes at once take addresses: never the same twice. */
/* Of another version, or broken: what is taken stays so. */
static void a_map_that_is_none(void **state)
{
	struct fixture *f = *state;
	struct ip six = { 0 }, addr;
	int fd;

	take(f, "a");
	ip_parse("fd00:7::/64", &six);
	fd = openat(f->dir.fd, "taken", O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "broken", 6, 0), 6);
	close(fd);
	assert_int_equal(lease_take(&f->dir, POOL(six), "b", ANY, &addr, &f->e), 0);
	assert_int_equal(lease_release(&f->dir, addr, "b", &f->e), 0);
	assert_int_equal(count(f), 1);
	assert_false(ip_same(take(f, "c"), IP(10, 10, 0, 2)));
	assert_int_equal(lease_release(&f->dir, IP(10, 10, 0, 2), "a", &f->e), 0);
	assert_int_equal(lease_release(&f->dir, IP(10, 10, 0, 3), "c", &f->e), 0);
	assert_int_equal(count(f), 0);
}

static void taken_by_many_processes(void **state)
{
	enum { PROCESSES = 4, EACH = 40 };
	struct fixture *f = *state;
	int status;

	lease_unlock(&f->dir);
	for (int p = 0; p < PROCESSES; p++) {
		if (fork() != 0)
			continue;
		struct lease_dir dir;
		struct err e;
		struct ip addr;

		for (int i = 0; i < EACH; i++) {
			if (lease_open(&dir, f->net, "guise0", &e) < 0 || lease_lock(&dir, &e) < 0 ||
			    lease_take(&dir, POOL(subnet), "id", ANY, &addr, &e) < 0)
				_exit(1);
			lease_close(&dir);
		}
		_exit(0);
	}
	for (int p = 0; p < PROCESSES; p++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(lease_lock(&f->dir, &f->e), 0);
	assert_int_equal(count(f), PROCESSES * EACH);
}

static void the_lock_excludes(void **state)
{
	struct fixture *f = *state;
	int fd = openat(f->dir.fd, "lock", O_RDWR | O_CLOEXEC);

	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	lease_unlock(&f->dir);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	close(fd);
}

static bool nobody(const char *id, void *arg)
{
	return false;
}

/* One left is given at once, wherever it is; what comes back, as late as can be. */
static void a_large_one_to_the_last(void **state)
{
	enum { COUNT = 65533 };
	struct fixture *f = *state;
	struct lease_pool pool = { .subnet = NET(10, 10, 0, 0, 16) };
	struct ip addr, first = IP(10, 10, 0, 2);

	for (uint32_t i = 0; i < COUNT; i++) {
		assert_int_equal(lease_take(&f->dir, &pool, "x", ANY, &addr, &f->e), 0);
		assert_true(ip_same(addr, ip_add(first, i)));
	}
	assert_true(ip_same(addr, IP(10, 10, 255, 254)));
	for (int i = 0; i < 100; i++) {
		struct ip left = ip_add(first, (uint32_t)(i * 40503) % COUNT);

		assert_int_equal(lease_release(&f->dir, left, "x", &f->e), 0);
		assert_int_equal(lease_take(&f->dir, &pool, "x", ANY, &addr, &f->e), 0);
		assert_true(ip_same(addr, left));
	}
	assert_int_equal(lease_take(&f->dir, &pool, "y", ANY, &addr, &f->e), -EADDRNOTAVAIL);
	assert_non_null(strstr(f->e.cause, "all 65533"));
	assert_int_equal(count(f), COUNT);
	for (uint32_t i = 0; i < COUNT; i++) {
		if (i % 1000 == 0)
			assert_int_equal(lease_any(&f->dir, &f->e), 1);
		assert_int_equal(lease_release(&f->dir, ip_add(first, i), "x", &f->e), 0);
	}
	assert_int_equal(count(f), 0);
}

/* Whose owner is gone is given out again, though nobody has given it back: where it is wanted, and where all others
 * are taken. */
static void of_owners_that_are_gone(void **state)
{
	struct fixture *f = *state;
	struct lease_pool pool = { .subnet = NET(10, 10, 0, 0, 29), .is_alive = alive, .arg = "alive" };
	struct ip addr;

	for (int i = 2; i <= 6; i++)
		assert_int_equal(lease_take(&f->dir, &pool, i == 4 ? "dead" : "alive", ANY, &addr, &f->e), 0);
	assert_int_equal(lease_take(&f->dir, &pool, "alive", IP(10, 10, 0, 5), &addr, &f->e), -EADDRINUSE);
	assert_int_equal(lease_take(&f->dir, &pool, "dead", IP(10, 10, 0, 4), &addr, &f->e), 0);
	assert_int_equal(lease_take(&f->dir, &pool, "alive", ANY, &addr, &f->e), 0);
	assert_true(ip_same(addr, IP(10, 10, 0, 4)));
	assert_file(f, "10.10.0.4", "alive\n");
	/* the one who is gone has nothing to give back any more */
	assert_int_equal(lease_release(&f->dir, addr, "dead", &f->e), 0);
	assert_true(lease_is_of(&f->dir, addr, "alive"));
	assert_int_equal(lease_take(&f->dir, &pool, "alive", ANY, &addr, &f->e), -EADDRNOTAVAIL);
	assert_int_equal(count(f), 5);
	pool.is_alive = nobody;
	assert_int_equal(lease_take(&f->dir, &pool, "alive", ANY, &addr, &f->e), 0);
	assert_int_equal(count(f), 1);
}

/* Killed between a bit and its file, or between the end of the file and that of the bit. */
static void bits_that_are_stale(void **state)
{
	struct fixture *f = *state;
	struct lease_pool pool = { .subnet = NET(10, 10, 0, 0, 29) };
	struct ip addr;

	for (int i = 2; i <= 6; i++)
		assert_int_equal(lease_take(&f->dir, &pool, "a", ANY, &addr, &f->e), 0);
	assert_int_equal(unlinkat(f->dir.fd, "10.10.0.3", 0), 0);
	assert_int_equal(lease_take(&f->dir, &pool, "a", ANY, &addr, &f->e), 0);
	assert_true(ip_same(addr, IP(10, 10, 0, 3)));
	assert_int_equal(lease_take(&f->dir, &pool, "a", ANY, &addr, &f->e), -EADDRNOTAVAIL);
	for (int i = 2; i <= 6; i++) {
		char name[IP_TEXT];

		assert_int_equal(unlinkat(f->dir.fd, ip_text(IP(10, 10, 0, (uint8_t)i), name), 0), 0);
	}
	assert_int_equal(lease_any(&f->dir, &f->e), 0);
	assert_int_equal(lease_take(&f->dir, &pool, "a", ANY, &addr, &f->e), 0);
	assert_true(ip_same(addr, IP(10, 10, 0, 4)));
}

/* By a guise that had no bits, by another range, and outside of all. */
static void what_has_no_bit(void **state)
{
	struct fixture *f = *state;
	struct lease_pool pool = { .subnet = subnet },
			  part = { .subnet = subnet, .range = NET(10, 10, 0, 4, 30) };
	struct lease_pool six;
	struct ip addr, far;

	for (int i = 2; i <= 3; i++) {
		char name[IP_TEXT];
		int fd = openat(f->dir.fd, ip_text(IP(10, 10, 0, (uint8_t)i), name),
				O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		assert_int_equal(write(fd, "old\n", 4), 4);
		close(fd);
	}
	assert_int_equal(count(f), 2);
	assert_true(ip_same(take(f, "a"), IP(10, 10, 0, 4)));
	assert_int_equal(lease_take(&f->dir, &part, "b", ANY, &addr, &f->e), 0);
	assert_true(ip_same(addr, IP(10, 10, 0, 5)));
	assert_int_equal(lease_take(&f->dir, &pool, "c", ANY, &addr, &f->e), 0);
	assert_true(ip_same(addr, IP(10, 10, 0, 6)));
	for (int i = 2; i <= 6; i++)
		lease_release(&f->dir, IP(10, 10, 0, (uint8_t)i),
			      i < 4  ? "old" :
			      i == 4 ? "a" :
			      i == 5 ? "b" :
				       "c",
			      &f->e);
	assert_int_equal(count(f), 0);

	ip_parse("fd00:7::/64", &six.subnet);
	six = (struct lease_pool){ .subnet = six.subnet };
	ip_parse("fd00:7::dead:beef", &far);
	assert_int_equal(lease_take(&f->dir, &six, "a", far, &addr, &f->e), 0);
	assert_int_equal(addr.len, 64);
	assert_int_equal(lease_any(&f->dir, &f->e), 1);
	assert_int_equal(count(f), 1);
	assert_int_equal(lease_take(&f->dir, &six, "b", far, &addr, &f->e), -EADDRINUSE);
	assert_int_equal(lease_release(&f->dir, far, "a", &f->e), 0);
	assert_int_equal(count(f), 0);
	ip_parse("fd00:8::1", &far);
	assert_int_equal(lease_take(&f->dir, &six, "a", far, &addr, &f->e), -EINVAL);
	assert_int_equal(lease_take(&f->dir, &part, "a", IP(10, 10, 0, 200), &addr, &f->e), 0);
	assert_int_equal(count(f), 1);
	assert_int_equal(lease_release(&f->dir, addr, "a", &f->e), 0);
	assert_int_equal(count(f), 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(given_in_turn),
		test(only_the_owner_releases),
		test(full_and_round_again),
		test(a_wanted_one),
		test(gateway_and_range),
		test(first_and_last),
		test(ipv6_alike),
		test(large_and_small_subnets),
		test(sweep_takes_back),
		test(the_lock_excludes),
		test(garbage_in_the_lock_file),
		test(a_map_that_is_none),
		test(taken_by_many_processes),
		test(a_large_one_to_the_last),
		test(of_owners_that_are_gone),
		test(bits_that_are_stale),
		test(what_has_no_bit),
	};

	return cmocka_run_group_tests_name("net/lease", tests, NULL, NULL);
}
