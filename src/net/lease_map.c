/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/lease_map.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { WORDS = LEASE_MAP_WORDS, SUMS = WORDS / 64, SECTIONS = 16, MAGIC = 0x6775316d };

/* Its first bytes, and each section's. */
struct head {
	uint32_t magic, far, sections, unused;
	struct ip first[SECTIONS];
};

struct section {
	uint64_t any[SUMS], full[SUMS];
	uint64_t words[WORDS];
};

static int64_t section_at(uint32_t n)
{
	return 4096 + (int64_t)n * (int64_t)sizeof(struct section);
}

static int get(int fd, void *to, size_t n, int64_t at)
{
	ssize_t got = pread(fd, to, n, at);

	if (got < 0)
		return -errno;
	memset((char *)to + got, 0, n - (size_t)got); /* behind the end all is clear */
	return 0;
}

static int put(int fd, const void *from, size_t n, int64_t at)
{
	ssize_t done = pwrite(fd, from, n, at);

	return done == (ssize_t)n ? 0 : done < 0 ? -errno : -ENOSPC;
}

/* One of another version, or a broken one, is none: then there may be leases without a bit. */
static int get_head(int fd, struct head *h)
{
	int r = get(fd, h, sizeof(*h), 0);

	if (r == 0 && (h->magic != MAGIC || h->sections > SECTIONS))
		*h = (struct head){ .magic = MAGIC, .far = true };
	return r;
}

static void sum_up(struct section *s, const uint64_t bits[WORDS])
{
	*s = (struct section){ 0 };
	memcpy(s->words, bits, sizeof(s->words));
	for (uint32_t i = 0; i < WORDS; i++) {
		s->any[i / 64] |= (uint64_t)(bits[i] != 0) << i % 64;
		s->full[i / 64] |= (uint64_t)(bits[i] == UINT64_MAX) << i % 64;
	}
}

/* Where there is no room for one more all are forgotten: of a network that was defined anew, many times. The head is
 * written last. */
int lease_map_add(int fd, struct ip first, const uint64_t bits[WORDS], struct lease_map *m)
{
	struct section s;
	struct head h;
	int r = get_head(fd, &h);

	if (h.sections == SECTIONS) {
		h.sections = 0;
		h.far = true;
	}
	*m = (struct lease_map){ fd, section_at(h.sections) };
	h.first[h.sections++] = first;
	sum_up(&s, bits);
	if (r == 0)
		r = put(fd, &s, sizeof(s), m->at);
	return r < 0 ? r : put(fd, &h, sizeof(h), 0);
}

int lease_map_keep(const struct lease_map *m, const uint64_t bits[WORDS])
{
	static const uint64_t none[SUMS];
	struct section s;
	int r = put(m->fd, none, sizeof(none), m->at + (int64_t)offsetof(struct section, full));

	sum_up(&s, bits);
	if (r == 0)
		r = put(m->fd, s.words, sizeof(s.words), m->at + (int64_t)offsetof(struct section, words));
	return r < 0 ? r : put(m->fd, &s, offsetof(struct section, words), m->at);
}

int lease_map_find(int fd, struct ip first, struct lease_map *m)
{
	struct head h;
	int r = get_head(fd, &h);

	for (uint32_t i = 0; r == 0 && i < h.sections; i++)
		if (ip_same(h.first[i], first)) {
			*m = (struct lease_map){ fd, section_at(i) };
			return 0;
		}
	return r < 0 ? r : -ENOENT;
}

static int64_t word_at(const struct lease_map *m, uint32_t word)
{
	return m->at + (int64_t)(offsetof(struct section, words) + word * sizeof(uint64_t));
}

/* Bit `word` of the sums at that offset. */
static int set_sum(const struct lease_map *m, size_t offset, uint32_t word, bool on)
{
	int64_t at = m->at + (int64_t)(offset + word / 64 * sizeof(uint64_t));
	uint64_t sum, bit = 1ull << word % 64;
	int r = get(m->fd, &sum, sizeof(sum), at);

	if (r < 0 || !(sum & bit) == !on)
		return r;
	sum ^= bit;
	return put(m->fd, &sum, sizeof(sum), at);
}

int lease_map_set(const struct lease_map *m, uint32_t place, bool taken)
{
	const size_t any = offsetof(struct section, any), full = offsetof(struct section, full);
	uint32_t word = place / 64;
	uint64_t bits, bit = 1ull << place % 64;
	int r = get(m->fd, &bits, sizeof(bits), word_at(m, word));

	bits = taken ? bits | bit : bits & ~bit;
	if (r == 0)
		r = taken ? set_sum(m, any, word, true) : set_sum(m, full, word, false);
	if (r == 0)
		r = put(m->fd, &bits, sizeof(bits), word_at(m, word));
	if (r == 0 && taken && bits == UINT64_MAX)
		r = set_sum(m, full, word, true);
	if (r == 0 && !taken && bits == 0)
		r = set_sum(m, any, word, false);
	return r;
}

/* The section from *i on, which is moved behind it, that has a bit for the address, and which bit. */
static bool next_section(int fd, const struct head *h, uint32_t *i, struct ip addr, struct lease_map *m,
			 uint32_t *place)
{
	while (*i < h->sections) {
		struct ip first = h->first[*i];

		*m = (struct lease_map){ fd, section_at((*i)++) };
		*place = first.family == addr.family ? ip_distance(first, addr) : LEASE_MAP_BITS;
		if (*place < LEASE_MAP_BITS)
			return true;
	}
	return false;
}

bool lease_map_has(int fd, struct ip addr)
{
	struct lease_map m;
	bool has = false;
	struct head h;
	uint64_t bits;
	uint32_t place;
	int r = get_head(fd, &h);

	for (uint32_t i = 0; r == 0 && next_section(fd, &h, &i, addr, &m, &place);) {
		has = true;
		r = get(fd, &bits, sizeof(bits), word_at(&m, place / 64));
		if (r == 0 && bits >> place % 64 & 1)
			return true;
	}
	return r < 0 || !has;
}

int lease_map_mark(int fd, struct ip addr, bool taken)
{
	struct lease_map m;
	bool has = false;
	struct head h;
	uint32_t place;
	int r = get_head(fd, &h);

	for (uint32_t i = 0; r == 0 && next_section(fd, &h, &i, addr, &m, &place);) {
		has = true;
		r = lease_map_set(&m, place, taken);
	}
	if (r < 0 || has || !taken || h.far)
		return r;
	h.far = true;
	return put(fd, &h, sizeof(h), 0);
}

/* The first clear bit of bits from `from` on; 64: there is none. */
static uint32_t clear_in(uint64_t bits, uint32_t from)
{
	uint64_t free = ~bits & (UINT64_MAX << from);

	return free ? (uint32_t)__builtin_ctzll(free) : 64;
}

/* The first word from `word` on that isn't full. */
static uint32_t not_full(const uint64_t full[SUMS], uint32_t word)
{
	while (word < WORDS) {
		uint32_t bit = clear_in(full[word / 64], word % 64);

		if (bit < 64)
			return word / 64 * 64 + bit;
		word = (word / 64 + 1) * 64;
	}
	return WORDS;
}

int64_t lease_map_clear_from(const struct lease_map *m, uint32_t from, uint32_t end)
{
	uint64_t full[SUMS], bits;
	int r = get(m->fd, full, sizeof(full), m->at + (int64_t)offsetof(struct section, full));

	for (uint32_t word = from / 64, bit = from % 64; r == 0 && word * 64 < end; word++, bit = 0) {
		uint32_t next = not_full(full, word);

		bit = next == word ? bit : 0;
		word = next;
		if (word * 64 >= end || (r = get(m->fd, &bits, sizeof(bits), word_at(m, word))) < 0)
			break;
		if ((bit = clear_in(bits, bit)) < 64)
			return word * 64 + bit < end ? word * 64 + bit : LEASE_MAP_NONE;
	}
	return r < 0 ? r : LEASE_MAP_NONE;
}

/* The place of the first bit that is set; LEASE_MAP_NONE; -errno. A kill may leave it said of a word that has none. */
static int64_t first_set(const struct lease_map *m)
{
	uint64_t any[SUMS], bits;
	int r = get(m->fd, any, sizeof(any), m->at);

	for (uint32_t i = 0; r == 0 && i < SUMS; i++)
		for (; r == 0 && any[i]; any[i] &= any[i] - 1) {
			uint32_t word = i * 64 + (uint32_t)__builtin_ctzll(any[i]);

			if ((r = get(m->fd, &bits, sizeof(bits), word_at(m, word))) < 0)
				break;
			if (bits)
				return word * 64 + (uint32_t)__builtin_ctzll(bits);
			r = set_sum(m, offsetof(struct section, any), word, false);
		}
	return r < 0 ? r : LEASE_MAP_NONE;
}

int lease_map_any(int fd, struct lease_map *m, uint32_t *place, struct ip *addr)
{
	struct head h;
	int r = get_head(fd, &h);

	for (uint32_t i = 0; r == 0 && i < h.sections; i++) {
		*m = (struct lease_map){ fd, section_at(i) };
		int64_t found = first_set(m);

		if (found < 0)
			return (int)found;
		if (found == LEASE_MAP_NONE)
			continue;
		*place = (uint32_t)found;
		*addr = ip_add(h.first[i], *place);
		return 1;
	}
	return r;
}

unsigned lease_map_count(int fd)
{
	struct section s;
	struct head h;
	unsigned n = 0;
	int r = get_head(fd, &h);

	for (uint32_t i = 0; r == 0 && i < h.sections; i++) {
		r = get(fd, &s, sizeof(s), section_at(i));
		for (uint32_t k = 0; r == 0 && k < WORDS; k++)
			n += (unsigned)__builtin_popcountll(s.words[k]);
	}
	return n;
}

bool lease_map_far(int fd)
{
	struct head h;

	return get_head(fd, &h) < 0 || h.far;
}

int lease_map_not_far(int fd)
{
	struct head h;
	int r = get_head(fd, &h);

	h.far = false;
	return r < 0 ? r : put(fd, &h, sizeof(h), 0);
}
