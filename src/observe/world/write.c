/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json.h"
#include "observe/world/read.h"
#include "observe/world/shape.h"

/* What is set is written; a list and what is not on a line of its own, an element a line. The depth is that of the
 * structs, but for expressions within expressions: as deep as the kernel, or who loaded it, let them be. */

static size_t count_of(const void *p, const struct member *m)
{
	return *(const size_t *)((const char *)p + m->count);
}

static bool is_any(const uint64_t *inodes)
{
	for (size_t i = 0; i < WORLD_NS_COUNT; i++)
		if (inodes[i])
			return true;
	return false;
}

static bool is_set(const void *p, const struct member *m);

static bool is_any_set(const void *p, const struct shape *shape)
{
	for (const struct member *m = shape->members; m->type != MEMBER_END; m++)
		if (is_set(p, m))
			return true;
	return false;
}

static bool is_set(const void *p, const struct member *m)
{
	const void *at = (const char *)p + m->offset;

	switch ((enum member_type)m->type) {
	case MEMBER_TEXT:
		return *(const char *const *)at;
	case MEMBER_BOOL:
		return *(const bool *)at;
	case MEMBER_I64:
	case MEMBER_U64:
		return *(const uint64_t *)at;
	case MEMBER_U32:
		return *(const uint32_t *)at;
	case MEMBER_IP:
		return ip_is(*(const struct ip *)at);
	case MEMBER_BYTES:
		return ((const struct world_bytes *)at)->n;
	case MEMBER_TEXTS:
		return ((const struct strv *)at)->n;
	case MEMBER_NAMESPACES:
		return is_any(at);
	case MEMBER_PART:
		return is_any_set(at, shape_of((enum shape_id)m->of));
	case MEMBER_SETTINGS:
	case MEMBER_BYTES_LIST:
	case MEMBER_LIST:
		return count_of(p, m);
	case MEMBER_END:
		break;
	}
	return false;
}

static void add_ip(struct str *out, struct ip ip)
{
	char text[IP_TEXT];

	str_add(out, "\"");
	str_add(out, ip.len == 8 * ip_size(ip) ? ip_text(ip, text) : ip_net_text(ip, text));
	str_add(out, "\"");
}

static void add_bytes(struct str *out, const struct world_bytes *b)
{
	static const char digits[] = "0123456789abcdef";

	str_add(out, "\"");
	for (size_t i = 0; i < b->n; i++)
		str_addn(out, (char[]){ digits[b->v[i] >> 4], digits[b->v[i] & 15] }, 2);
	str_add(out, "\"");
}

static void new_line(struct str *out, unsigned depth)
{
	str_add(out, "\n");
	for (unsigned i = 0; i < depth; i++)
		str_add(out, " ");
}

static void add_texts(struct str *out, const struct strv *v)
{
	str_add(out, "[");
	for (size_t i = 0; i < v->n; i++) {
		str_add(out, i ? ", " : "");
		json_add_bytes(out, v->v[i]);
	}
	str_add(out, "]");
}

static void add_bytes_list(struct str *out, const struct world_bytes *list, size_t n)
{
	str_add(out, "[");
	for (size_t i = 0; i < n; i++) {
		str_add(out, i ? ", " : "");
		add_bytes(out, &list[i]);
	}
	str_add(out, "]");
}

static void add_settings(struct str *out, const struct world_setting *list, size_t n, unsigned depth)
{
	str_add(out, "{");
	for (size_t i = 0; i < n; i++) {
		str_add(out, i ? "," : "");
		new_line(out, depth);
		json_add_bytes(out, list[i].name);
		str_add(out, ": ");
		json_add_bytes(out, list[i].value);
	}
	str_add(out, "}");
}

static void add_namespaces(struct str *out, const uint64_t *inodes)
{
	const char *between = "";

	str_add(out, "{");
	for (size_t i = 0; i < WORLD_NS_COUNT; i++) {
		if (!inodes[i])
			continue;
		str_addf(out, "%s\"%s\": %llu", between, world_ns_names[i], (unsigned long long)inodes[i]);
		between = ", ";
	}
	str_add(out, "}");
}

static void add_struct(struct str *out, enum shape_id id, const void *p, unsigned depth);

static void add_list(struct str *out, enum shape_id id, const void *list, size_t n, unsigned depth)
{
	str_add(out, "[");
	for (size_t i = 0; i < n; i++) {
		str_add(out, i ? "," : "");
		new_line(out, depth);
		add_struct(out, id, (const char *)list + i * shape_of(id)->size, depth);
	}
	str_add(out, "]");
}

static void add_value(struct str *out, const void *p, const struct member *m, unsigned depth)
{
	const void *at = (const char *)p + m->offset;

	switch ((enum member_type)m->type) {
	case MEMBER_TEXT:
		return json_add_bytes(out, *(const char *const *)at);
	case MEMBER_BOOL:
		return str_add(out, "true");
	case MEMBER_I64:
		return str_addf(out, "%lld", (long long)*(const int64_t *)at);
	case MEMBER_U64:
		return str_addf(out, "%llu", (unsigned long long)*(const uint64_t *)at);
	case MEMBER_U32:
		return str_addf(out, "%u", *(const uint32_t *)at);
	case MEMBER_IP:
		return add_ip(out, *(const struct ip *)at);
	case MEMBER_BYTES:
		return add_bytes(out, at);
	case MEMBER_BYTES_LIST:
		return add_bytes_list(out, *(const struct world_bytes *const *)at, count_of(p, m));
	case MEMBER_TEXTS:
		return add_texts(out, at);
	case MEMBER_SETTINGS:
		return add_settings(out, *(const struct world_setting *const *)at, count_of(p, m), depth + 1);
	case MEMBER_NAMESPACES:
		return add_namespaces(out, at);
	case MEMBER_PART:
		return add_struct(out, (enum shape_id)m->of, at, depth);
	case MEMBER_LIST:
		return add_list(out, (enum shape_id)m->of, *(const void *const *)at, count_of(p, m),
				depth + 1);
	case MEMBER_END:
		break;
	}
}

static void add_struct(struct str *out, enum shape_id id, const void *p, unsigned depth)
{
	const char *between = "";

	str_add(out, "{");
	for (const struct member *m = shape_of(id)->members; m->type != MEMBER_END; m++) {
		if (!is_set(p, m))
			continue;
		str_add(out, between);
		if (m->type == MEMBER_LIST || m->type == MEMBER_SETTINGS)
			new_line(out, depth + 1);
		else
			str_add(out, *between ? " " : "");
		str_addf(out, "\"%s\": ", m->key);
		add_value(out, p, m, depth + 1);
		between = ",";
	}
	str_add(out, "}");
}

void world_write(const struct world *w, struct str *out)
{
	add_struct(out, SHAPE_WORLD, w, 0);
	str_add(out, "\n");
}
