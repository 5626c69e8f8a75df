/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/dns.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* The words of the head, and bits of its second. */
enum { ID, FLAGS, QUESTIONS, ANSWERS, AUTHORITIES, MORE };
enum {
	REPLY = 0x8000,
	OPCODE = 0x7800,
	OWN = 0x0400,
	CUT = 0x0200,
	WANTED = 0x0100,
	FORWARDS = 0x0080,
	CODE = 0x000f
};

/* RFC 6891: a record of the root that is none: type, room, code and version, flags, length */
enum { OPT = 41, OPT_SIZE = 11 };
enum { LABEL = 63 };

static uint16_t get(const uint8_t *p, size_t at)
{
	return (uint16_t)(p[at] << 8 | p[at + 1]);
}

static void put(uint8_t *p, size_t at, unsigned value)
{
	p[at] = (uint8_t)(value >> 8);
	p[at + 1] = (uint8_t)value;
}

static uint16_t head(const uint8_t *p, int word)
{
	return get(p, 2 * (size_t)word);
}

static void put_head(uint8_t *p, int word, unsigned value)
{
	put(p, 2 * (size_t)word, value);
}

uint16_t dns_id(const uint8_t *p)
{
	return head(p, ID);
}

void dns_set_id(uint8_t *p, uint16_t id)
{
	put_head(p, ID, id);
}

int dns_code(const uint8_t *p)
{
	return head(p, FLAGS) & CODE;
}

/* ---- reading ---- */

/* A dot within a label would make another name of it. */
static bool is_plain(uint8_t c)
{
	return c > ' ' && c < 0x7f && c != '.';
}

/* Behind the name at *at; false: it isn't whole, too long, or has a pointer. */
static bool take_name(const uint8_t *p, size_t len, size_t *at, char name[static DNS_NAME])
{
	size_t n = 0, begin = *at;
	bool plain = true;

	while (*at < len && p[*at] != 0) {
		size_t label = p[(*at)++];

		if (label > LABEL || label > len - *at || *at + label - begin >= DNS_NAME - 1)
			return false;
		if (n)
			name[n++] = '.';
		for (size_t i = 0; i < label; i++) {
			plain = plain && is_plain(p[*at]);
			name[n++] = (char)p[(*at)++];
		}
	}
	name[plain ? n : 0] = '\0';
	return (*at)++ < len;
}

/* The first record behind the question is the only one that is looked at. */
static void take_room(const uint8_t *p, size_t len, struct dns_query *q)
{
	size_t at = q->end;

	q->room = DNS_UDP;
	q->edns = head(p, MORE) > 0 && len - at >= OPT_SIZE && p[at] == 0 && get(p, at + 1) == OPT;
	if (q->edns && get(p, at + 3) > DNS_UDP)
		q->room = get(p, at + 3) < DNS_EDNS ? get(p, at + 3) : DNS_EDNS;
}

int dns_parse(const uint8_t *p, size_t len, struct dns_query *q)
{
	*q = (struct dns_query){ .end = DNS_HEADER, .room = DNS_UDP };
	if (len < DNS_HEADER || (head(p, FLAGS) & REPLY))
		return -1;
	if (head(p, FLAGS) & OPCODE)
		return DNS_NOTIMP;
	if (head(p, QUESTIONS) != 1 || head(p, ANSWERS) || head(p, AUTHORITIES) ||
	    !take_name(p, len, &q->end, q->name) || len - q->end < 4) {
		q->end = DNS_HEADER;
		return DNS_FORMERR;
	}
	q->type = get(p, q->end);
	q->class = get(p, q->end + 2);
	q->end += 4;
	take_room(p, len, q);
	return 0;
}

/* ---- addresses as names ---- */

/* "2.0.10.10" backwards. */
static bool reverse4(const char *name, size_t len, struct ip *ip)
{
	unsigned b[4];
	char text[16];
	int used = 0;

	if (len >= sizeof(text))
		return false;
	memcpy(text, name, len);
	text[len] = '\0';
	if (sscanf(text, "%3u.%3u.%3u.%3u%n", &b[3], &b[2], &b[1], &b[0], &used) != 4 || (size_t)used != len)
		return false;
	*ip = (struct ip){ .family = AF_INET, .len = 32 };
	for (int i = 0; i < 4; i++) {
		if (b[i] > 255)
			return false;
		ip->bytes[i] = (uint8_t)b[i];
	}
	return true;
}

/* A digit for each four bits, the last first, a dot between. */
static bool reverse6(const char *name, size_t len, struct ip *ip)
{
	if (len != 63)
		return false;
	*ip = (struct ip){ .family = AF_INET6, .len = 128 };
	for (size_t i = 0; i < 32; i++) {
		char digit[] = { name[2 * i], '\0' };

		if (!isxdigit((unsigned char)*digit) || (i < 31 && name[2 * i + 1] != '.'))
			return false;
		ip->bytes[15 - i / 2] |= (uint8_t)(strtoul(digit, NULL, 16) << (i % 2 ? 4 : 0));
	}
	return true;
}

/* How long what is before the end is; 0: it has another end. */
static size_t before(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len > n && strcasecmp(name + len - n, end) == 0 ? len - n : 0;
}

bool dns_reverse(const char *name, struct ip *ip)
{
	size_t len = before(name, ".in-addr.arpa");

	if (len)
		return reverse4(name, len, ip);
	len = before(name, ".ip6.arpa");
	return len && reverse6(name, len, ip);
}

/* ---- answers ---- */

static size_t put_question(uint8_t *p, const uint8_t *query, size_t end)
{
	memcpy(p, query, end);
	for (int i = ANSWERS; i <= MORE; i++)
		put_head(p, i, 0);
	put_head(p, QUESTIONS, end > DNS_HEADER);
	return end;
}

void dns_begin(struct dns_answer *m, uint8_t *p, size_t room, const uint8_t *query, const struct dns_query *q)
{
	*m = (struct dns_answer){ .p = p, .room = room - (q->edns ? OPT_SIZE : 0), .edns = q->edns };
	m->len = put_question(p, query, q->end);
}

/* Of the name that was asked for, which a pointer leads to: it stands behind the head. Not to be kept by
 * anybody. */
static void add(struct dns_answer *m, unsigned type, const void *data, size_t len)
{
	uint8_t *p = m->p + m->len;

	if (m->cut || m->room - m->len < 12 + len) {
		m->cut = true;
		return;
	}
	put(p, 0, 0xc000 | DNS_HEADER);
	put(p, 2, type);
	put(p, 4, DNS_IN);
	put(p, 6, 0);
	put(p, 8, 0);
	put(p, 10, (unsigned)len);
	memcpy(p + 12, data, len);
	m->len += 12 + len;
	m->count++;
}

void dns_add_address(struct dns_answer *m, struct ip ip)
{
	add(m, ip.family == AF_INET6 ? DNS_AAAA : DNS_A, ip.bytes, ip_size(ip));
}

/* A name that is none is left out. */
void dns_add_name(struct dns_answer *m, const char *name)
{
	uint8_t data[DNS_NAME];
	size_t at = 0;

	for (;;) {
		size_t label = strcspn(name, ".");

		if (label == 0 || label > LABEL || at + 1 + label >= DNS_NAME - 1)
			return;
		data[at++] = (uint8_t)label;
		memcpy(data + at, name, label);
		at += label;
		if (!name[label])
			break;
		name += label + 1;
	}
	data[at++] = 0;
	add(m, DNS_PTR, data, at);
}

static unsigned flags_of(const uint8_t *p, int code)
{
	return REPLY | FORWARDS | (head(p, FLAGS) & (OPCODE | WANTED)) | (unsigned)code;
}

size_t dns_end(struct dns_answer *m, int code, bool own)
{
	uint8_t *p = m->p + m->len;

	put_head(m->p, FLAGS, flags_of(m->p, code) | (own ? OWN : 0) | (m->cut ? CUT : 0));
	put_head(m->p, ANSWERS, m->count);
	if (!m->edns)
		return m->len;
	memset(p, 0, OPT_SIZE);
	put(p, 1, OPT);
	put(p, 3, DNS_EDNS);
	put_head(m->p, MORE, 1);
	return m->len += OPT_SIZE;
}

size_t dns_fail(uint8_t *p, const uint8_t *query, const struct dns_query *q, int code)
{
	size_t len = put_question(p, query, q ? q->end : DNS_HEADER);

	put_head(p, FLAGS, flags_of(query, code));
	return len;
}

/* ---- of others ---- */

/* Who cannot answer may leave the question out. Capitals may have been made small on the way. */
bool dns_is_reply(const uint8_t *reply, size_t len, const uint8_t *query, size_t end)
{
	if (len < DNS_HEADER || !(head(reply, FLAGS) & REPLY) || dns_id(reply) != dns_id(query))
		return false;
	if (head(reply, QUESTIONS) == 0)
		return dns_code(reply) != DNS_NOERROR;
	if (head(reply, QUESTIONS) != 1 || len < end)
		return false;
	for (size_t i = DNS_HEADER; i < end; i++)
		if (tolower(reply[i]) != tolower(query[i]))
			return false;
	return true;
}
