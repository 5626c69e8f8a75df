/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/dns_process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/process/pidfd.h"
#include "kernel/process/proc.h"

enum { END_MS = 10000 };

int dns_process_write(int dir, const struct dns_process *p, struct err *e)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%d %llu %u\n", p->pid, (unsigned long long)p->start, p->link);
	int r = io_write_file(dir, DNS_PROCESS_FILE, text, (size_t)n, 0600);

	return r < 0 ? err_set(e, "state", -r, "note which process is the name server") : 0;
}

int dns_process_open(int dir, struct dns_process *p)
{
	char text[64];
	unsigned long long start;

	if (io_read_small(dir, DNS_PROCESS_FILE, text, sizeof(text)) <= 0 ||
	    sscanf(text, "%d %llu %u", &p->pid, &start, &p->link) != 3 || p->pid <= 0)
		return -ESRCH;
	p->start = start;
	return proc_open(p->pid, p->start);
}

int dns_process_end(int dir, struct err *e)
{
	struct dns_process p;
	autoclose int fd = dns_process_open(dir, &p);

	if (fd >= 0 && proc_kill(fd, SIGKILL) < 0 && errno != ESRCH)
		return err_set(e, "dns-server", errno, "end the name server, process %d", p.pid);
	if (fd >= 0 && !pidfd_ended(fd, END_MS))
		return err_set(e, "dns-server", EBUSY, "end the name server, process %d", p.pid),
		       err_cause(e, "it was killed, and is still there");
	if (unlinkat(dir, DNS_PROCESS_FILE, 0) < 0 && errno != ENOENT)
		return err_set(e, "state", errno, "remove the note of a name server");
	return 0;
}
