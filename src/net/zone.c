/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/zone.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "spec/dns.h"

struct zone_entry {
	const char *key; /* not NUL-terminated */
	uint32_t len, line, next;
};

/* ---- looking up ---- */

static uint32_t hash_of(const char *key, size_t len)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)tolower((unsigned char)key[i])) * 16777619u;
	return h;
}

static uint32_t find(const struct zone_index *x, const char *key, uint32_t at)
{
	size_t len = strlen(key);

	if (!x->n)
		return 0;
	at = at ? x->v[at].next : x->heads[hash_of(key, len) & x->mask];
	while (at && (x->v[at].len != len || strncasecmp(x->v[at].key, key, len) != 0))
		at = x->v[at].next;
	return at;
}

bool zone_next(const struct zone *z, const char *name, uint32_t *at, struct ip *ip)
{
	*at = find(&z->names, name, *at);
	return *at && ip_parse(z->roster.v[z->names.v[*at].line].address, ip) == 0;
}

const char *zone_names_of(const struct zone *z, struct ip ip)
{
	char text[IP_TEXT];
	uint32_t at = find(&z->addresses, ip_text(ip, text), 0);

	return at ? z->roster.v[z->addresses.v[at].line].names : NULL;
}

/* ---- reading ---- */

static void make_index(struct zone_index *x, struct arena *a, size_t entries)
{
	uint32_t size = 16;

	while (size < entries)
		size *= 2;
	*x = (struct zone_index){ .v = arena_array(a, struct zone_entry, entries + 1),
				  .heads = arena_array(a, uint32_t, size),
				  .mask = size - 1 };
}

/* Those before it stay before it. */
static void enter(struct zone_index *x, const char *key, size_t len, size_t line)
{
	uint32_t *head = &x->heads[hash_of(key, len) & x->mask];

	x->v[++x->n] = (struct zone_entry){ key, (uint32_t)len, (uint32_t)line, *head };
	*head = x->n;
}

static const char *next_word(const char *text, size_t *len)
{
	text += *len;
	text += strspn(text, " ");
	*len = strcspn(text, " ");
	return *len ? text : NULL;
}

static size_t count_words(const struct roster *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		size_t len = 0;

		for (const char *w = r->v[i].names; (w = next_word(w, &len));)
			n++;
	}
	return n;
}

/* From the last line to the first, so that the first is found first. */
static void index_roster(struct zone *z)
{
	make_index(&z->names, &z->arena, count_words(&z->roster));
	make_index(&z->addresses, &z->arena, z->roster.n);
	for (size_t i = z->roster.n; i-- > 0;) {
		const struct roster_line *line = &z->roster.v[i];
		size_t len = 0;

		if (!line->address)
			continue;
		enter(&z->addresses, line->address, strlen(line->address), i);
		for (const char *w = line->names; (w = next_word(w, &len));)
			enter(&z->names, w, len, i);
	}
}

/* That may be a later one than was opened: then it is read once more. */
static int read_anew(struct zone *z, int file, struct err *e)
{
	struct zone new = { .dir = z->dir, .file = file, .turn = z->turn };
	int r = file < 0 ? 0 : roster_read(z->dir, &new.arena, &new.roster, e);

	if (r < 0) {
		arena_free(&new.arena);
		fd_close(&file);
		return r;
	}
	zone_close(z);
	*z = new;
	index_roster(z);
	return 0;
}

int zone_refresh(struct zone *z, struct err *e)
{
	struct stat now, had;
	bool there = fstatat(z->dir, ROSTER_FILE, &now, AT_SYMLINK_NOFOLLOW) == 0;
	int file = -1;

	if (!there && z->file < 0)
		return 0;
	if (there && z->file >= 0 && fstat(z->file, &had) == 0 && had.st_ino == now.st_ino &&
	    had.st_dev == now.st_dev)
		return 0;
	if (there)
		file = openat(z->dir, ROSTER_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (file < 0 && there && errno != ENOENT)
		return err_set(e, "names", errno, "open the names of a network");
	return read_anew(z, file, e);
}

void zone_close(struct zone *z)
{
	fd_close(&z->file);
	arena_free(&z->arena);
}

/* ---- answering ---- */

static bool is_within(const struct ip *subnets, size_t n, struct ip ip)
{
	for (size_t i = 0; i < n; i++)
		if (ip_overlap(subnets[i], ip))
			return true;
	return false;
}

static bool is_asked(const struct dns_query *q, struct ip ip)
{
	return q->type == DNS_ANY || q->type == (ip.family == AF_INET6 ? DNS_AAAA : DNS_A);
}

static size_t count_addresses(const struct zone *z, const struct dns_query *q, bool *known)
{
	uint32_t at = 0;
	size_t n = 0;
	struct ip ip;

	*known = false;
	while (zone_next(z, q->name, &at, &ip)) {
		*known = true;
		n += is_asked(q, ip);
	}
	return n;
}

/* Several of one name take turns at being the first. */
static void add_addresses(struct zone *z, const struct dns_query *q, struct dns_answer *m, size_t n)
{
	size_t first = n > 1 ? z->turn++ % n : 0;

	for (int round = 0; round < 2; round++) {
		uint32_t at = 0;
		size_t i = 0;
		struct ip ip;

		while (zone_next(z, q->name, &at, &ip))
			if (is_asked(q, ip) && (i++ < first) == (round == 1))
				dns_add_address(m, ip);
	}
}

static void add_first_name(struct dns_answer *m, const struct dns_query *q, const char *names)
{
	char first[DNS_NAME];
	size_t len = strcspn(names, " ");

	if ((q->type != DNS_PTR && q->type != DNS_ANY) || !len || len >= sizeof(first))
		return;
	memcpy(first, names, len);
	first[len] = '\0';
	dns_add_name(m, first);
}

int zone_answer(struct zone *z, const struct ip *subnets, size_t n_subnets, const uint8_t *query, size_t len,
		bool udp, struct dns_query *q, uint8_t *out)
{
	int code = dns_parse(query, len, q);
	const char *names = NULL;
	struct dns_answer m;
	struct ip ip;
	bool known;
	size_t n;

	if (code)
		return code < 0 ? -1 : (int)dns_fail(out, query, q, code);
	if (q->class != DNS_IN || !*q->name)
		return 0;
	zone_refresh(z, &(struct err){ 0 });
	dns_begin(&m, out, udp ? q->room : DNS_TCP, query, q);
	if (dns_reverse(q->name, &ip)) {
		names = zone_names_of(z, ip);
		if (!names && !is_within(subnets, n_subnets, ip))
			return 0;
		if (names)
			add_first_name(&m, q, names);
		return (int)dns_end(&m, names ? DNS_NOERROR : DNS_NXDOMAIN, true);
	}
	n = count_addresses(z, q, &known);
	if (!known)
		return 0;
	add_addresses(z, q, &m, n);
	return (int)dns_end(&m, DNS_NOERROR, true);
}
