/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/ports.h"

#include <string.h>

#include "cmd/engine/object.h"
#include "kernel/net/port.h"

/* Of one that has ended none leads anywhere. */
static const struct step_publish *next(const struct control *k, size_t *at)
{
	return k->status == CONTAINER_EXITED ? NULL : plan_next_publish(&k->rec.plan, at);
}

/* An address of IPv6 in brackets, lest the port is taken for a part of it. */
static const char *address_of(struct arena *a, const struct step_publish *s)
{
	const char *address = publish_address(s);

	return strchr(address, ':') ? arena_printf(a, "[%s]", address) : address;
}

static const char *row_text(struct arena *a, uint64_t first, uint64_t count)
{
	return count == 1 ? arena_printf(a, "%llu", (unsigned long long)first) :
			    arena_printf(a, "%llu-%llu", (unsigned long long)first,
					 (unsigned long long)(first + count - 1));
}

const char *ports_words(struct arena *a, const struct control *k)
{
	struct str s = { .arena = a };
	const struct step_publish *p;

	for (size_t at = 0; (p = next(k, &at));)
		str_addf(&s, "%s%s:%s->%s/%s", s.len ? ", " : "", address_of(a, p),
			 row_text(a, p->first, p->count), row_text(a, p->target, p->count),
			 port_proto(p->proto));
	return str_get(&s);
}

void ports_object(struct arena *a, json_object *ports, const struct control *k)
{
	const struct step_publish *p;

	for (size_t at = 0; (p = next(k, &at));) {
		for (uint64_t i = 0; i < p->count; i++) {
			const char *key = arena_printf(a, "%llu/%s", (unsigned long long)(p->target + i),
						       port_proto(p->proto));
			json_object *list, *one = json_object_new_object();

			if (!json_object_object_get_ex(ports, key, &list))
				json_object_object_add(ports, key, list = json_object_new_array());
			object_str(one, "HostIp", publish_address(p));
			object_str(one, "HostPort",
				   arena_printf(a, "%llu", (unsigned long long)(p->first + i)));
			json_object_array_add(list, one);
		}
	}
}

size_t ports_each(struct arena *a, const struct control *k, ports_fn *fn, void *arg)
{
	const struct step_publish *p;
	size_t n = 0;

	for (size_t at = 0; (p = next(k, &at));)
		for (uint64_t i = 0; i < p->count; i++, n++)
			fn(arena_printf(a, "%llu/%s", (unsigned long long)(p->target + i),
					port_proto(p->proto)),
			   arena_printf(a, "%s:%llu", address_of(a, p), (unsigned long long)(p->first + i)),
			   arg);
	return n;
}
