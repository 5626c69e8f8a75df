/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/fd.h"
#include "kernel/net/ip.h"

/*
 * Netlink in batches. A request is built with functions that cannot fail; what did not fit is
 * reported once, by netlink_run(). Several messages go to the kernel in one sendmsg(2), and the answers
 * to all of them are read before netlink_run() returns:
 *
 *     struct netlink_batch b;
 *     netlink_start(&b);
 *     addr_put_add(&b, index, "eth0", address);
 *     link_put_up(&b, index, "eth0", NULL);
 *     return netlink_run(&nl, &b, NULL, NULL, e);
 *
 * Only the last message asks for an acknowledgement: the kernel works a batch off in order, within the
 * sendmsg, and always reports what failed, so on success one short answer is all there is to read.
 *
 * A batch is no transaction (nf_tables has its own, see nft.h): the kernel goes on after a message that
 * failed. So either order the messages such that the later ones fail too (an index that wasn't made), or
 * undo after an error.
 *
 * Nothing here allocates; a batch lives on the stack. So it may run between clone and exec.
 * Source: netlink(7), Documentation/userspace-api/netlink/intro.rst; extended acks: Linux 4.12.
 */

struct netlink {
	int fd;
	uint32_t seq; /* of the last message sent */
};

#define NETLINK_CLOSED                                                                                       \
	{                                                                                                    \
		.fd = -1                                                                                     \
	}

/* protocol: NETLINK_ROUTE, NETLINK_NETFILTER. The socket belongs to the network namespace that the
 * caller is in now, for as long as it lives. */
int netlink_open(struct netlink *nl, int protocol, struct err *e);

static inline void netlink_close(struct netlink *nl)
{
	fd_close(&nl->fd);
}

enum { NETLINK_BATCH_MESSAGES = 48, NETLINK_BATCH_BYTES = 12288 };

struct netlink_batch {
	struct {
		const char *code, *verb, *object; /* for the error: what the message does, to what */
		int ignore;                       /* an errno that is as good as success; 0: none */
	} info[NETLINK_BATCH_MESSAGES];
	unsigned count;
	unsigned last; /* the message whose answer ends the batch, counted from 0 */
	enum netlink_end {
		NETLINK_END_NONE, /* not asked for yet: netlink_run() will ask for an ack */
		NETLINK_END_ACK,
		NETLINK_END_REPLY,
		NETLINK_END_DUMP,
	} end;
	unsigned failed; /* after an error: the message that failed, counted from 0 */
	bool overflow;
	struct nlmsghdr *msg; /* the message being built */
	_Alignas(struct nlmsghdr) char buf[NETLINK_BATCH_BYTES];
};

void netlink_start(struct netlink_batch *b);

/* Begin a message; flags beside NLM_F_REQUEST. Returns its family header (struct ifinfomsg, nfgenmsg, ...),
 * zeroed, of header_size bytes, never NULL. NLM_F_ACK is only for the message whose answer ends the
 * batch, where that isn't the last one. */
void *netlink_add(struct netlink_batch *b, uint16_t type, uint16_t flags, size_t header_size);

/* NLM_F_ACK for the message begun last. */
void netlink_await(struct netlink_batch *b);

/* A message that asks one question, or for all there is; the answers go to netlink_run()'s
 * fn. A dump, or a question whose answer is wanted, is the last of its batch. */
void *netlink_add_get(struct netlink_batch *b, uint16_t type, size_t header_size);
void *netlink_add_dump(struct netlink_batch *b, uint16_t type, size_t header_size);

/* Say what the message begun last does, so that its failure reads "VERB OBJECT: why". The strings must
 * outlive the batch. */
void netlink_label(struct netlink_batch *b, const char *code, const char *verb, const char *object);

/* Count errno `no` as success for the message begun last: EEXIST when adding, ENODEV when deleting. */
void netlink_ignore(struct netlink_batch *b, int no);

/* Attributes of the message begun last. */
void netlink_put(struct netlink_batch *b, uint16_t type, const void *data, size_t len);
void netlink_put_u32(struct netlink_batch *b, uint16_t type, uint32_t value);
void netlink_put_be32(struct netlink_batch *b, uint16_t type, uint32_t value); /* value in host order */
void netlink_put_ip(struct netlink_batch *b, uint16_t type, struct ip ip);     /* without its length */
void netlink_put_str(struct netlink_batch *b, uint16_t type, const char *text);

/* An attribute that holds others: what netlink_nest() returned goes to netlink_nest_end(). */
struct nlattr *netlink_nest(struct netlink_batch *b, uint16_t type);
void netlink_nest_end(struct netlink_batch *b, struct nlattr *nest);

/* A bare struct within a nest, where a link is described inside another's message (veth's peer). */
void netlink_put_header(struct netlink_batch *b, const void *header, size_t len);

/* Takes each message of an answer. NULL means "forget what you had": the kernel says that what it dumps
 * changed meanwhile, and it is asked again. */
typedef void netlink_fn(const struct nlmsghdr *msg, void *arg);

/* Send the batch and read all answers; fn may be NULL. On failure -errno of the first message that
 * failed, b->failed says which, and e's cause is the kernel's own sentence where it gave one. */
int netlink_run(struct netlink *nl, struct netlink_batch *b, netlink_fn *fn, void *arg, struct err *e);
