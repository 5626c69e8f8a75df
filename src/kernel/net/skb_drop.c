/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/skb_drop.h"

#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "kernel/fs/mount.h"

enum { RING_PAGES = 16, FORMAT_MAX = 1 << 16, EVENT_MAX = 512 };

/* ---- tracefs ---- */

#define EVENT "events/skb/kfree_skb"

/* The directory of the tracepoint, or -errno. */
static int open_event(void)
{
	autoclose int tracefs = open("/sys/kernel/tracing", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = tracefs >= 0 ? openat(tracefs, EVENT, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0)
		return fd;
	fd_close(&tracefs);
	tracefs = mount_new("tracefs", NULL, NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (tracefs < 0)
		return tracefs;
	fd = openat(tracefs, EVENT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* "	field:unsigned short protocol;	offset:32;	size:2;	signed:0;" */
long skb_drop_field(const char *format, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = strstr(format, "field:"); line; line = strstr(line + 1, "field:")) {
		const char *end = strchr(line, ';');

		if (end && (size_t)(end - line) > n && strncmp(end - n, name, n) == 0 && end[-n - 1] == ' ' &&
		    strncmp(end, ";\toffset:", 9) == 0)
			return strtol(end + 9, NULL, 10);
	}
	return -1;
}

/* "{ 12, "NETFILTER_DROP" }" */
const char *skb_drop_word(const char *format, uint32_t reason, struct arena *a)
{
	const char *key = arena_printf(a, "{ %u, \"", reason), *at = strstr(format, key);

	return at ? arena_strndup(a, at + strlen(key), strcspn(at + strlen(key), "\"")) : NULL;
}

static int read_format(struct skb_drops *d, struct arena *a, uint64_t *id)
{
	autoclose int event = open_event();
	long reason, protocol;
	char number[32], *format;
	int r;

	if (event < 0)
		return event;
	if ((r = (int)io_read_small(event, "id", number, sizeof(number))) < 0 ||
	    (r = io_read_file(a, event, "format", FORMAT_MAX, &format, NULL)) < 0)
		return r;
	*id = strtoul(number, NULL, 10);
	reason = skb_drop_field(format, "reason");
	protocol = skb_drop_field(format, "protocol");
	if (reason < 0 || protocol < 0)
		return -EOPNOTSUPP;
	d->format = format;
	d->reason_at = (size_t)reason;
	d->protocol_at = (size_t)protocol;
	return 0;
}

/* ---- events ---- */

static size_t ring_size(void)
{
	return (1 + RING_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
}

static int open_ring(struct skb_drops *d, uint64_t id)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT,
					.size = sizeof(attr),
					.config = id,
					.sample_period = 1,
					.sample_type = PERF_SAMPLE_RAW };
	void *ring;

	d->fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (d->fd < 0)
		return -errno;
	ring = mmap(NULL, ring_size(), PROT_READ | PROT_WRITE, MAP_SHARED, d->fd, 0);
	if (ring == MAP_FAILED) {
		int r = -errno;

		fd_close(&d->fd);
		return r;
	}
	d->ring = ring;
	return 0;
}

int skb_drops_start(struct skb_drops *d, struct arena *a, struct err *e)
{
	uint64_t id;
	int r;

	*d = SKB_DROPS_CLOSED;
	r = read_format(d, a, &id);
	if (r == 0)
		r = open_ring(d, id);
	if (r < 0)
		err_set(e, "drop-reason", -r, "look at the tracepoint skb:kfree_skb");
	if (r == -EOPNOTSUPP)
		err_cause(e, "this kernel gives no reasons (Linux 5.17)");
	return r;
}

void skb_drops_stop(struct skb_drops *d)
{
	if (d->ring)
		munmap(d->ring, ring_size());
	d->ring = NULL;
	fd_close(&d->fd);
}

/* Out of the ring, which goes on at its beginning. */
static void copy(const struct skb_drops *d, uint64_t at, void *out, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = RING_PAGES * page;
	const uint8_t *data = d->ring + page;

	for (size_t i = 0; i < n; i++)
		((uint8_t *)out)[i] = data[(at + i) % size];
}

static void tell(const struct skb_drops *d, const uint8_t *data, size_t n, struct arena *a, skb_drop_fn *fn,
		 void *arg)
{
	uint32_t reason;
	uint16_t protocol;

	if (n < d->reason_at + sizeof(reason) || n < d->protocol_at + sizeof(protocol))
		return;
	memcpy(&reason, data + d->reason_at, sizeof(reason));
	memcpy(&protocol, data + d->protocol_at, sizeof(protocol));
	if (protocol == ETH_P_IP || protocol == ETH_P_IPV6 || protocol == ETH_P_ARP)
		fn(skb_drop_word(d->format, reason, a) ?: arena_printf(a, "%u", reason), arg);
}

/* perf_event_open(2), "Sampling". An event: its header, the size of the data in 32 bits, the data. */
void skb_drops_read(struct skb_drops *d, struct arena *a, skb_drop_fn *fn, void *arg)
{
	struct perf_event_mmap_page *page = (void *)d->ring;
	struct perf_event_header header;
	uint64_t at, head;

	if (!page)
		return;
	head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	for (at = page->data_tail; at + sizeof(header) <= head; at += header.size) {
		uint8_t event[EVENT_MAX];
		uint32_t n;

		copy(d, at, &header, sizeof(header));
		if (header.size < sizeof(header))
			break;
		if (header.type != PERF_RECORD_SAMPLE || header.size > sizeof(event) ||
		    header.size < sizeof(header) + sizeof(n))
			continue;
		copy(d, at, event, header.size);
		memcpy(&n, event + sizeof(header), sizeof(n));
		if (n <= header.size - sizeof(header) - sizeof(n))
			tell(d, event + sizeof(header) + sizeof(n), n, a, fn, arg);
	}
	__atomic_store_n(&page->data_tail, at, __ATOMIC_RELEASE);
}
