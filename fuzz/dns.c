/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a container asks a network's name server, and what the host's say. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "net/zone.h"
#include "spec/dns.h"

static const char names[] = "10.10.0.2 aaaa web www\nfd00::2 aaaa web www\n10.10.0.3 bbbb db.local www\n";
static const struct ip subnets[] = { { AF_INET, 24, { 10, 10, 0, 0 } } };

static void open_zone(struct zone *z)
{
	mkdir("zone", 0700);
	*z = (struct zone)ZONE_INIT(open("zone", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (z->dir < 0 || io_write_file(z->dir, ROSTER_FILE, names, sizeof(names) - 1, 0600) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct zone z;
	static uint8_t out[DNS_TCP];
	uint8_t *copy = malloc(size + !size); /* by itself, so that sanitizers see what is read beyond */
	struct dns_query q;
	int n;

	if (z.dir <= 0)
		open_zone(&z);
	if (!copy)
		return 0;
	memcpy(copy, data, size);
	n = zone_answer(&z, subnets, 1, copy, size, true, &q, out);
	if (n > (int)q.room || (n == 0 && dns_fail(out, copy, &q, DNS_REFUSED) > DNS_UDP))
		abort();
	/* the same bytes as what comes back for a question in them */
	if (n >= 0)
		dns_is_reply(copy, size, copy, q.end);
	if (n >= 0 && size > q.end)
		dns_is_reply(copy + q.end, size - q.end, copy, q.end);
	zone_answer(&z, subnets, 1, copy, size, false, &q, out);
	free(copy);
	return 0;
}
