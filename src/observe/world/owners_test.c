/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "observe/world/parts.h"

static struct arena arena;

/* Sockets of this process: one where a container's engine says it published a port, one elsewhere. */
static void only_published_ports_are_asked_for(void **state)
{
	struct world_published port = { .port = 8080, .target = 80, .proto = IPPROTO_TCP };
	struct world_container web = { .engine = "docker", .ports = &port, .n_ports = 1 };
	struct world_socket sockets[] = { { .proto = IPPROTO_TCP, .port = 8080 },
					  { .proto = IPPROTO_TCP, .port = 8081 },
					  { .proto = IPPROTO_UDP, .port = 8080 } };
	struct world_netns host = { .inode = 7, .is_host = true, .sockets = sockets, .n_sockets = 3 };
	struct world_process processes[] = { { .pid = 1 << 30, .ns[WORLD_NS_NET] = 7 }, /* has ended */
					     { .pid = getpid(), .ns[WORLD_NS_NET] = 7 } };
	struct world w = { .arena = &arena, .netns = &host, .n_netns = 1, .processes = processes };
	int fds[3];

	w.n_processes = 2;
	w.containers = &web;
	w.n_containers = 1;
	for (int i = 0; i < 3; i++) {
		struct stat s;

		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_true(fds[i] >= 0 && fstat(fds[i], &s) == 0);
		sockets[i].inode = s.st_ino;
	}
	world_read_owners(&w);
	assert_int_equal(sockets[0].pid, getpid());
	assert_int_equal(sockets[1].pid, 0);
	assert_int_equal(sockets[2].pid, 0);

	/* one of another network namespace does not listen on the host */
	sockets[0].pid = 0;
	processes[1].ns[WORLD_NS_NET] = 8;
	world_read_owners(&w);
	assert_int_equal(sockets[0].pid, 0);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_published_ports_are_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
