/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * The process that answers for a network (cmd/dns/), as a line of a file in the network's directory: "PID
 * START LINK". It is written by that process when it has its sockets, and read under the network's lock. Who
 * takes the file away ends it, too: it looks.
 */
#define DNS_PROCESS_FILE "dns-server"

/* How many of the machine's name servers it can ask. */
enum { DNS_FORWARDS_MAX = 8 };

struct dns_process {
	pid_t pid;
	uint64_t start; /* proc_start_time() */
	unsigned link;  /* the bridge that its sockets are bound to: its index */
};

int dns_process_write(int dir, const struct dns_process *p, struct err *e);

/* A pidfd, the caller's; -ESRCH: there is none that lives. */
int dns_process_open(int dir, struct dns_process *p);

/* End it, wait for that, and take the file away. None is fine. */
int dns_process_end(int dir, struct err *e);
