/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/world/dump.h"

#include <errno.h>
#include <string.h>

#include "observe/world/parts.h"

uint64_t attr_number(const struct nlattr *attr)
{
	switch (mnl_attr_get_payload_len(attr)) {
	case 1:
		return mnl_attr_get_u8(attr);
	case 2:
		return mnl_attr_get_u16(attr);
	case 4:
		return mnl_attr_get_u32(attr);
	case 8:
		return mnl_attr_get_u64(attr);
	}
	return 0;
}

const char *attr_text(struct arena *a, const struct nlattr *attr)
{
	const char *text = mnl_attr_get_payload(attr);

	return arena_strndup(a, text, strnlen(text, mnl_attr_get_payload_len(attr)));
}

static const char *mac_text(struct arena *a, const struct nlattr *attr)
{
	const uint8_t *p = mnl_attr_get_payload(attr);

	if (mnl_attr_get_payload_len(attr) != 6)
		return NULL;
	return arena_printf(a, "%02x:%02x:%02x:%02x:%02x:%02x", p[0], p[1], p[2], p[3], p[4], p[5]);
}

static void take_ip(const struct nlattr *attr, struct ip *to)
{
	size_t n = mnl_attr_get_payload_len(attr);
	uint8_t len = to->len;

	*to = ip_of(n == 4 ? AF_INET : AF_INET6, mnl_attr_get_payload(attr), n);
	if (len)
		to->len = len;
}

static void take(struct arena *a, const struct attr_row *row, const struct nlattr *attr, void *to)
{
	void *member = (char *)to + row->offset;
	const struct nlattr *inner;

	switch ((enum attr_how)row->how) {
	case ATTR_TEXT:
		*(const char **)member = attr_text(a, attr);
		break;
	case ATTR_FLAG:
		*(bool *)member = attr_number(attr) != 0;
		break;
	case ATTR_NUMBER:
		*(uint64_t *)member = attr_number(attr);
		break;
	case ATTR_U32:
		*(uint32_t *)member = (uint32_t)attr_number(attr);
		break;
	case ATTR_IP:
		take_ip(attr, member);
		break;
	case ATTR_MAC:
		*(const char **)member = mac_text(a, attr);
		break;
	case ATTR_NEST:
		mnl_attr_for_each_nested(inner, attr) attr_take(a, row->within, inner, to);
		break;
	case ATTR_END:
		break;
	}
}

void attr_take(struct arena *a, const struct attr_row *rows, const struct nlattr *attr, void *to)
{
	uint16_t type = mnl_attr_get_type(attr);

	for (; rows->how != ATTR_END; rows++)
		if (rows->type == type)
			return take(a, rows, attr, to);
}

void attr_take_all(struct arena *a, const struct attr_row *rows, const struct nlmsghdr *msg, size_t header,
		   void *to)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, msg, header) attr_take(a, rows, attr, to);
}

const struct nlattr *attr_within(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) if (mnl_attr_get_type(attr) == type) return attr;
	return NULL;
}

void dump_run(struct dump *d, struct netlink_batch *b, netlink_fn *fn, const char *what)
{
	struct err e;
	int r = netlink_run(d->nl, b, fn, d, &e);

	if (r < 0 && r != -EOPNOTSUPP && r != -EAFNOSUPPORT)
		world_unread_of(d->w, d->ns, what, r);
}
