/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/net/ip.h"

/*
 * Messages of the domain name system (RFC 1035, RFC 6891), as far as a server needs them that answers for a
 * few names of its own and passes on the rest as it came. Pure: what comes is read within its bounds. A name
 * in a question is a row of labels: a pointer, which could lead in a circle, is refused there, and nothing
 * else is read that may hold one.
 */
enum {
	DNS_HEADER = 12,
	DNS_NAME = 256,  /* room for a name as text */
	DNS_UDP = 512,   /* what every client takes by UDP; and more than any question has */
	DNS_EDNS = 1232, /* the most that is sent by UDP: no packet is cut in pieces */
	DNS_TCP = 65535,
};

enum { DNS_A = 1, DNS_PTR = 12, DNS_AAAA = 28, DNS_ANY = 255 };
enum { DNS_IN = 1 };
enum { DNS_NOERROR, DNS_FORMERR, DNS_SERVFAIL, DNS_NXDOMAIN, DNS_NOTIMP, DNS_REFUSED };

struct dns_query {
	uint16_t type, class;
	char name[DNS_NAME]; /* "web.example": without the last dot; "": the root, or one that no host has */
	size_t end;          /* of header and question */
	bool edns;           /* it has more room than DNS_UDP, and is told that we do */
	size_t room;         /* for what answers it by UDP */
};

/* 0; a code (DNS_FORMERR, DNS_NOTIMP) that it is to be answered with; -1: it is no question, and gets no
 * answer. */
int dns_parse(const uint8_t *p, size_t len, struct dns_query *q);

/* The address that such a name asks about, "2.0.10.10.in-addr.arpa" or 32 digits and ip6.arpa. */
bool dns_reverse(const char *name, struct ip *ip);

/* An answer in the making. What doesn't fit is left out, and the answer says so. */
struct dns_answer {
	uint8_t *p;
	size_t len, room;
	uint16_t count;
	bool edns, cut;
};

/* With the head and the question of what was asked; room: at least DNS_UDP, and p has as much. */
void dns_begin(struct dns_answer *m, uint8_t *p, size_t room, const uint8_t *query,
	       const struct dns_query *q);

/* An address, or a name (of an address), of what was asked for. */
void dns_add_address(struct dns_answer *m, struct ip ip);
void dns_add_name(struct dns_answer *m, const char *name);

/* The length of the whole. own: it is known here, and nowhere better. */
size_t dns_end(struct dns_answer *m, int code, bool own);

/* That a query failed: its head and, where it was read (q, may be NULL), its question. Returns the length,
 * which is no more than DNS_UDP. */
size_t dns_fail(uint8_t *p, const uint8_t *query, const struct dns_query *q, int code);

/* Does it answer that query, of which the question ends at `end`? The number is compared, too. */
bool dns_is_reply(const uint8_t *reply, size_t len, const uint8_t *query, size_t end);

/* Of a message: its number, which is set; and its code. */
uint16_t dns_id(const uint8_t *p);
void dns_set_id(uint8_t *p, uint16_t id);
int dns_code(const uint8_t *p);
