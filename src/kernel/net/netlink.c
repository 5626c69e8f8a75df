/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

/* A page of the kernel's is the least it fills for a dump; larger answers mean fewer reads. */
enum { ANSWER_BYTES = 16384 };
/* So often a dump is begun again because the table changed meanwhile. */
enum { DUMP_TRIES = 16 };

int netlink_open(struct netlink *nl, int protocol, struct err *e)
{
	/* Not mnl_socket_open(): it allocates, and binding is left to the kernel, on the first send. */
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	nl->fd = fd;
	nl->seq = 0;
	if (fd < 0)
		return err_set(e, "netlink-open", errno, "open a netlink socket");
	/* Without it errors are only less talkative (before Linux 4.12). */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &(int){ 1 }, sizeof(int));
	return 0;
}

void netlink_start(struct netlink_batch *b)
{
	b->count = 0;
	b->last = 0;
	b->end = NETLINK_END_NONE;
	b->failed = 0;
	b->overflow = false;
	b->msg = NULL;
}

/* What is left of the buffer, from p. */
static size_t room_at(const struct netlink_batch *b, const void *p)
{
	return sizeof(b->buf) - (size_t)((const char *)p - b->buf);
}

static void *batch_end(const struct netlink_batch *b)
{
	return b->msg ? mnl_nlmsg_get_payload_tail(b->msg) : (void *)b->buf;
}

void *netlink_add(struct netlink_batch *b, uint16_t type, uint16_t flags, size_t header_size)
{
	char *p = batch_end(b);

	if (b->count == NETLINK_BATCH_MESSAGES || room_at(b, p) < MNL_NLMSG_HDRLEN + MNL_ALIGN(header_size)) {
		/* The batch won't be sent, so the rest of it may be built over its beginning. */
		b->overflow = true;
		b->count = 0;
		p = b->buf;
	}
	b->info[b->count].code = "netlink";
	b->info[b->count].verb = "netlink request";
	b->info[b->count].object = "";
	b->info[b->count].ignore = 0;
	b->count++;
	b->msg = mnl_nlmsg_put_header(p);
	b->msg->nlmsg_type = type;
	b->msg->nlmsg_flags = NLM_F_REQUEST | flags;
	if (flags & NLM_F_ACK)
		netlink_await(b);
	return mnl_nlmsg_put_extra_header(b->msg, header_size);
}

void netlink_await(struct netlink_batch *b)
{
	b->msg->nlmsg_flags |= NLM_F_ACK;
	b->end = NETLINK_END_ACK;
	b->last = b->count - 1;
}

void *netlink_add_get(struct netlink_batch *b, uint16_t type, size_t header_size)
{
	void *header = netlink_add(b, type, 0, header_size);

	b->end = NETLINK_END_REPLY;
	b->last = b->count - 1;
	return header;
}

void *netlink_add_dump(struct netlink_batch *b, uint16_t type, size_t header_size)
{
	void *header = netlink_add(b, type, NLM_F_DUMP, header_size);

	b->end = NETLINK_END_DUMP;
	b->last = b->count - 1;
	return header;
}

void netlink_label(struct netlink_batch *b, const char *code, const char *verb, const char *object)
{
	b->info[b->count - 1].code = code;
	b->info[b->count - 1].verb = verb;
	b->info[b->count - 1].object = object;
}

void netlink_ignore(struct netlink_batch *b, int no)
{
	b->info[b->count - 1].ignore = no;
}

void netlink_put(struct netlink_batch *b, uint16_t type, const void *data, size_t len)
{
	if (!mnl_attr_put_check(b->msg, room_at(b, b->msg), type, len, data))
		b->overflow = true;
}

void netlink_put_u32(struct netlink_batch *b, uint16_t type, uint32_t value)
{
	netlink_put(b, type, &value, sizeof(value));
}

void netlink_put_be32(struct netlink_batch *b, uint16_t type, uint32_t value)
{
	netlink_put_u32(b, type, htonl(value));
}

void netlink_put_ip(struct netlink_batch *b, uint16_t type, struct ip ip)
{
	netlink_put(b, type, ip.bytes, ip_size(ip));
}

void netlink_put_str(struct netlink_batch *b, uint16_t type, const char *text)
{
	netlink_put(b, type, text, strlen(text) + 1);
}

struct nlattr *netlink_nest(struct netlink_batch *b, uint16_t type)
{
	struct nlattr *nest = mnl_attr_nest_start_check(b->msg, room_at(b, b->msg), type);

	if (!nest)
		b->overflow = true;
	return nest;
}

void netlink_nest_end(struct netlink_batch *b, struct nlattr *nest)
{
	if (nest)
		mnl_attr_nest_end(b->msg, nest);
}

void netlink_put_header(struct netlink_batch *b, const void *header, size_t len)
{
	char *p = batch_end(b);

	if (room_at(b, p) < MNL_ALIGN(len)) {
		b->overflow = true;
		return;
	}
	memcpy(p, header, len);
	b->msg->nlmsg_len += MNL_ALIGN(len);
}

/* Number the messages from first on, and ask the last one for an ack where nothing else ends the batch. */
static void seal(struct netlink_batch *b, uint32_t first)
{
	char *p = b->buf;

	if (b->end == NETLINK_END_NONE)
		netlink_await(b);
	for (unsigned i = 0; i < b->count; i++) {
		struct nlmsghdr *msg = (struct nlmsghdr *)p;

		msg->nlmsg_seq = first + i;
		p += MNL_ALIGN(msg->nlmsg_len);
	}
}

/* The kernel's sentence in an extended ack, or NULL. It lies behind the copy of the request, of which a
 * capped answer holds the header only. */
static const char *ack_text(const struct nlmsghdr *msg)
{
	const struct nlmsgerr *ack = mnl_nlmsg_get_payload(msg);
	size_t skip = sizeof(*ack);
	const struct nlattr *attr;

	if (!(msg->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(msg->nlmsg_flags & NLM_F_CAPPED))
		skip += MNL_ALIGN(ack->msg.nlmsg_len) - MNL_NLMSG_HDRLEN;
	if (skip > mnl_nlmsg_get_payload_len(msg))
		return NULL;
	mnl_attr_for_each(attr, msg, skip)
	{
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
			return mnl_attr_get_str(attr);
	}
	return NULL;
}

/* What one run has seen so far. */
struct run {
	struct netlink_batch *b;
	netlink_fn *fn;
	void *arg;
	struct err *e;
	uint32_t first;   /* sequence number of the batch's first message */
	int result;       /* 0 or -errno of the first message that failed */
	bool ended;       /* the last message was answered */
	bool interrupted; /* a dump is not consistent */
};

static void note_failure(struct run *r, unsigned n, int no, const char *text)
{
	if (no == r->b->info[n].ignore || r->result < 0)
		return;
	r->b->failed = n;
	r->result = err_set(r->e, r->b->info[n].code, no, *r->b->info[n].object ? "%s %s" : "%s",
			    r->b->info[n].verb, r->b->info[n].object);
	if (text)
		err_cause(r->e, "%s (%s)", text, strerror(no));
}

static void take_message(struct run *r, const struct nlmsghdr *msg)
{
	unsigned n = msg->nlmsg_seq - r->first;
	bool last = n == r->b->last;
	int error = 0;

	if (n >= r->b->count)
		return; /* the tail of an earlier answer */
	if (msg->nlmsg_flags & NLM_F_DUMP_INTR)
		r->interrupted = true;

	switch (msg->nlmsg_type) {
	case NLMSG_ERROR: /* with error 0: an acknowledgement */
	case NLMSG_DONE:  /* begins with the error of a dump, if it has a payload */
		if (mnl_nlmsg_get_payload_len(msg) >= sizeof(int))
			error = *(const int *)mnl_nlmsg_get_payload(msg);
		if (error < 0)
			note_failure(r, n, -error, msg->nlmsg_type == NLMSG_ERROR ? ack_text(msg) : NULL);
		r->ended |= last;
		break;
	case NLMSG_NOOP:
	case NLMSG_OVERRUN:
		break;
	default:
		if (r->fn)
			r->fn(msg, r->arg);
		r->ended |= last && r->b->end == NETLINK_END_REPLY;
	}
}

/*
 * Read answers until the last message's. The kernel works within sendmsg(2) (and a dump goes on within
 * recvmsg(2)), so all answers are there already, and reading never has to wait: an empty queue means
 * that none will come any more. nf_tables ends a batch so when it refuses the whole of it.
 */
static int read_answers(struct netlink *nl, struct run *r)
{
	_Alignas(struct nlmsghdr) char buf[ANSWER_BYTES];

	while (!r->ended) {
		struct sockaddr_nl from;
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(nl->fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC,
				     (struct sockaddr *)&from, &from_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && r->result < 0)
			break;
		if (n < 0)
			return err_set(r->e, "netlink-answer", errno == EAGAIN ? EPROTO : errno,
				       "read the kernel's answer to: %s %s", r->b->info[0].verb,
				       r->b->info[0].object);
		if ((size_t)n > sizeof(buf))
			return err_set(r->e, "netlink-answer", EMSGSIZE,
				       "read the kernel's answer of %zd bytes", n);
		if (from.nl_pid != 0)
			continue; /* a process, not the kernel */

		int left = (int)n;

		for (const struct nlmsghdr *msg = (void *)buf; mnl_nlmsg_ok(msg, left);
		     msg = mnl_nlmsg_next(msg, &left))
			take_message(r, msg);
	}
	return r->result;
}

static int run_once(struct netlink *nl, struct run *r)
{
	struct netlink_batch *b = r->b;
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	size_t len = (size_t)((char *)batch_end(b) - b->buf);

	r->first = nl->seq + 1;
	r->result = 0;
	r->ended = false;
	r->interrupted = false;
	nl->seq += b->count;
	seal(b, r->first);
	while (sendto(nl->fd, b->buf, len, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0) {
		if (errno != EINTR)
			return err_set(r->e, "netlink-send", errno, "send to the kernel: %s %s",
				       b->info[0].verb, b->info[0].object);
	}
	return read_answers(nl, r);
}

int netlink_run(struct netlink *nl, struct netlink_batch *b, netlink_fn *fn, void *arg, struct err *e)
{
	struct run r = { .b = b, .fn = fn, .arg = arg, .e = e };
	int result;

	if (b->overflow)
		return err_set(e, "netlink-too-long", EMSGSIZE, "build a netlink request");
	for (int i = 0; i < DUMP_TRIES; i++) {
		result = run_once(nl, &r);
		if (result < 0 || !r.interrupted)
			return result;
		if (fn)
			fn(NULL, arg);
	}
	err_set(e, "netlink-busy", EBUSY, "%s %s", b->info[b->last].verb, b->info[b->last].object);
	return err_cause(e, "the kernel's table changed during each of %d attempts to read it", DUMP_TRIES);
}
