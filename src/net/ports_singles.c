/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/ports_singles.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "base/str.h"
#include "kernel/net/nft.h"
#include "net/ports.h"

static uint32_t key_of(uint8_t proto, unsigned port)
{
	return (uint32_t)proto << 16 | port;
}

struct listing {
	struct arena *arena;
	struct ports_singles_of *of;
	size_t address; /* how many bytes of a key it takes */
};

/* address . protocol . port; those of one owner mostly come one after the other */
static void take(const struct nft_seen *seen, void *arg)
{
	struct listing *l = arg;
	const uint8_t *key = seen->key + l->address;
	struct ports_single one;

	if (seen->len != l->address + 8)
		return;
	one.key = key_of(key[0], (unsigned)key[4] << 8 | key[5]);
	one.owner = l->of->n ? l->of->all[l->of->n - 1].owner : "";
	if (!str_eq(one.owner, seen->comment))
		one.owner = arena_strdup(l->arena, seen->comment);
	arena_push(l->arena, l->of->all, l->of->n, one);
}

static int compare(const void *a, const void *b)
{
	uint32_t x = ((const struct ports_single *)a)->key, y = ((const struct ports_single *)b)->key;

	return (x > y) - (x < y);
}

int ports_singles_list(struct ports_singles *s, struct netlink *nl, int family, struct err *e)
{
	bool ipv6 = family == AF_INET6;
	struct ports_singles_of *of = &s->of[ipv6];
	struct listing l = { s->arena, of, ipv6 ? 16 : 4 };
	int r;

	if (of->listed)
		return 0;
	*of = (struct ports_singles_of){ 0 };
	r = nft_list_elements(nl, RULES_TABLE, &ports_part.sets[ipv6 ? PORTS_AT6 : PORTS_AT], take, &l, e);
	if (of->n)
		qsort(of->all, of->n, sizeof(*of->all), compare);
	of->listed = r == 0;
	return r;
}

static size_t first_not_below(const struct ports_singles_of *of, uint32_t key)
{
	size_t first = 0;

	for (size_t end = of->n; first < end;) {
		size_t middle = first + (end - first) / 2;

		if (of->all[middle].key < key)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

void ports_singles_find(const struct ports_singles *s, int family, uint8_t proto, unsigned port,
			ports_single_fn *fn, void *arg)
{
	const struct ports_singles_of *of = &s->of[family == AF_INET6];
	uint32_t key = key_of(proto, port);

	for (size_t i = first_not_below(of, key); i < of->n && of->all[i].key == key; i++)
		fn(of->all[i].owner, arg);
}
