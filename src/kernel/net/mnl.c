/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The functions of libmnl(3) that guise and libnftnl call, by the interface of <libmnl/libmnl.h> and the format of
 * netlink(7): messages and attributes in a buffer, no sockets. That library comes as a shared one only (Debian), and guise
 * is linked statically: doc/decisions/14-guise-is-static.md.
 *
 * As there, only those with "check" in their names know the buffer's size, and who calls the others sees to it.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <string.h>

/* ---- messages ---- */

struct nlmsghdr *mnl_nlmsg_put_header(void *buf)
{
	struct nlmsghdr *m = memset(buf, 0, MNL_NLMSG_HDRLEN);

	m->nlmsg_len = MNL_NLMSG_HDRLEN;
	return m;
}

void *mnl_nlmsg_put_extra_header(struct nlmsghdr *m, size_t size)
{
	char *at = (char *)m + m->nlmsg_len;

	size = MNL_ALIGN(size);
	m->nlmsg_len += (uint32_t)size;
	return memset(at, 0, size);
}

bool mnl_nlmsg_ok(const struct nlmsghdr *m, int len)
{
	return len >= (int)sizeof(*m) && m->nlmsg_len >= sizeof(*m) && m->nlmsg_len <= (unsigned)len;
}

struct nlmsghdr *mnl_nlmsg_next(const struct nlmsghdr *m, int *len)
{
	*len -= (int)MNL_ALIGN(m->nlmsg_len);
	return (struct nlmsghdr *)((char *)m + MNL_ALIGN(m->nlmsg_len));
}

void *mnl_nlmsg_get_payload(const struct nlmsghdr *m)
{
	return (char *)m + MNL_NLMSG_HDRLEN;
}

void *mnl_nlmsg_get_payload_offset(const struct nlmsghdr *m, size_t offset)
{
	return (char *)m + MNL_NLMSG_HDRLEN + MNL_ALIGN(offset);
}

void *mnl_nlmsg_get_payload_tail(const struct nlmsghdr *m)
{
	return (char *)m + MNL_ALIGN(m->nlmsg_len);
}

size_t mnl_nlmsg_get_payload_len(const struct nlmsghdr *m)
{
	return m->nlmsg_len - MNL_NLMSG_HDRLEN;
}

/* ---- attributes are read ---- */

uint16_t mnl_attr_get_type(const struct nlattr *a)
{
	return a->nla_type & NLA_TYPE_MASK;
}

uint16_t mnl_attr_get_payload_len(const struct nlattr *a)
{
	return a->nla_len - MNL_ATTR_HDRLEN;
}

void *mnl_attr_get_payload(const struct nlattr *a)
{
	return (char *)a + MNL_ATTR_HDRLEN;
}

const char *mnl_attr_get_str(const struct nlattr *a)
{
	return mnl_attr_get_payload(a);
}

uint8_t mnl_attr_get_u8(const struct nlattr *a)
{
	return *(const uint8_t *)mnl_attr_get_payload(a);
}

uint16_t mnl_attr_get_u16(const struct nlattr *a)
{
	return *(const uint16_t *)mnl_attr_get_payload(a);
}

uint32_t mnl_attr_get_u32(const struct nlattr *a)
{
	return *(const uint32_t *)mnl_attr_get_payload(a);
}

/* Attributes are aligned to 4 bytes only. */
uint64_t mnl_attr_get_u64(const struct nlattr *a)
{
	uint64_t n;

	memcpy(&n, mnl_attr_get_payload(a), sizeof(n));
	return n;
}

bool mnl_attr_ok(const struct nlattr *a, int len)
{
	return len >= (int)sizeof(*a) && a->nla_len >= sizeof(*a) && (int)a->nla_len <= len;
}

struct nlattr *mnl_attr_next(const struct nlattr *a)
{
	return (struct nlattr *)((char *)a + MNL_ALIGN(a->nla_len));
}

static int parse(const void *first, size_t len, mnl_attr_cb_t each, void *data)
{
	const char *end = (const char *)first + len;
	int r = MNL_CB_OK;

	for (const struct nlattr *a = first; r > MNL_CB_STOP && mnl_attr_ok(a, (int)(end - (const char *)a));
	     a = mnl_attr_next(a))
		r = each(a, data);
	return r;
}

int mnl_attr_parse(const struct nlmsghdr *m, unsigned int offset, mnl_attr_cb_t each, void *data)
{
	const char *first = mnl_nlmsg_get_payload_offset(m, offset), *end = mnl_nlmsg_get_payload_tail(m);

	return first < end ? parse(first, (size_t)(end - first), each, data) : MNL_CB_OK;
}

int mnl_attr_parse_nested(const struct nlattr *nest, mnl_attr_cb_t each, void *data)
{
	return parse(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest), each, data);
}

static int no(int why)
{
	errno = why;
	return -1;
}

int mnl_attr_type_valid(const struct nlattr *a, uint16_t max)
{
	return mnl_attr_get_type(a) > max ? no(EOPNOTSUPP) : 1;
}

/* Is it long enough for that type? A string ends, a flag is empty. */
int mnl_attr_validate(const struct nlattr *a, enum mnl_attr_data_type type)
{
	static const unsigned char least[MNL_TYPE_MAX] = {
		[MNL_TYPE_U8] = 1,     [MNL_TYPE_U16] = 2,        [MNL_TYPE_U32] = 4,   [MNL_TYPE_U64] = 8,
		[MNL_TYPE_STRING] = 1, [MNL_TYPE_NUL_STRING] = 1, [MNL_TYPE_MSECS] = 8,
	};
	unsigned len = mnl_attr_get_payload_len(a);

	if ((unsigned)type >= MNL_TYPE_MAX)
		return no(EINVAL);
	if (len < least[type] || (type == MNL_TYPE_FLAG && len))
		return no(ERANGE);
	if (type == MNL_TYPE_NUL_STRING && mnl_attr_get_str(a)[len - 1])
		return no(EINVAL);
	return 0;
}

/* ---- attributes are written ---- */

void mnl_attr_put(struct nlmsghdr *m, uint16_t type, size_t len, const void *data)
{
	struct nlattr *a = mnl_nlmsg_get_payload_tail(m);
	char *payload = (char *)a + MNL_ATTR_HDRLEN;

	a->nla_type = type;
	a->nla_len = (uint16_t)(MNL_ATTR_HDRLEN + len);
	memcpy(payload, data, len);
	memset(payload + len, 0, MNL_ALIGN(len) - len);
	m->nlmsg_len = (uint32_t)(payload + MNL_ALIGN(len) - (char *)m);
}

void mnl_attr_put_u8(struct nlmsghdr *m, uint16_t type, uint8_t n)
{
	mnl_attr_put(m, type, sizeof(n), &n);
}

void mnl_attr_put_u16(struct nlmsghdr *m, uint16_t type, uint16_t n)
{
	mnl_attr_put(m, type, sizeof(n), &n);
}

void mnl_attr_put_u32(struct nlmsghdr *m, uint16_t type, uint32_t n)
{
	mnl_attr_put(m, type, sizeof(n), &n);
}

void mnl_attr_put_u64(struct nlmsghdr *m, uint16_t type, uint64_t n)
{
	mnl_attr_put(m, type, sizeof(n), &n);
}

void mnl_attr_put_str(struct nlmsghdr *m, uint16_t type, const char *s)
{
	mnl_attr_put(m, type, strlen(s), s);
}

void mnl_attr_put_strz(struct nlmsghdr *m, uint16_t type, const char *s)
{
	mnl_attr_put(m, type, strlen(s) + 1, s);
}

static bool has_room(const struct nlmsghdr *m, size_t size, size_t len)
{
	return MNL_ALIGN(m->nlmsg_len) + MNL_ATTR_HDRLEN + MNL_ALIGN(len) <= size;
}

bool mnl_attr_put_check(struct nlmsghdr *m, size_t size, uint16_t type, size_t len, const void *data)
{
	if (!has_room(m, size, len))
		return false;
	mnl_attr_put(m, type, len, data);
	return true;
}

struct nlattr *mnl_attr_nest_start(struct nlmsghdr *m, uint16_t type)
{
	struct nlattr *nest = mnl_nlmsg_get_payload_tail(m);

	nest->nla_type = NLA_F_NESTED | type;
	m->nlmsg_len += MNL_ALIGN(sizeof(*nest));
	return nest;
}

struct nlattr *mnl_attr_nest_start_check(struct nlmsghdr *m, size_t size, uint16_t type)
{
	return has_room(m, size, 0) ? mnl_attr_nest_start(m, type) : NULL;
}

void mnl_attr_nest_end(struct nlmsghdr *m, struct nlattr *nest)
{
	nest->nla_len = (uint16_t)((char *)mnl_nlmsg_get_payload_tail(m) - (char *)nest);
}
