/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json.h"
#include "observe/world/read.h"
#include "observe/world/shape.h"

/* What is set is written; a list and what is not on a line of its own, an element a line. The depth is that of the
 * structs, but for expressions within expressions: as deep as the kernel, or who loaded it, let them be. */

enum { WRITE_PIECE = 64 << 10 };

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
	case MEMBER_STR:
		return *(const char *const *)at && **(const char *const *)at;
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

/* Most of a world is numbers: printf(3) would take half of the time. */
static void add_number(struct str *out, uint64_t n)
{
	char text[24], *p = text + sizeof(text);

	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	str_addn(out, p, (size_t)(text + sizeof(text) - p));
}

static void add_signed(struct str *out, int64_t n)
{
	str_add(out, n < 0 ? "-" : "");
	add_number(out, n < 0 ? -(uint64_t)n : (uint64_t)n);
}

static void add_key(struct str *out, const char *key)
{
	str_add(out, "\"");
	str_add(out, key);
	str_add(out, "\": ");
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
		str_add(out, between);
		add_key(out, world_ns_names[i]);
		add_number(out, inodes[i]);
		between = ", ";
	}
	str_add(out, "}");
}

/* Where it goes: into a text, or piece by piece to a sink. */
struct writer {
	struct str *out;
	world_sink *sink;
	void *arg;
};

static void add_struct(struct writer *w, enum shape_id id, const void *p, unsigned depth);

static void flush(struct writer *w, size_t least)
{
	if (!w->sink || w->out->len < least)
		return;
	w->sink(w->out->p, w->out->len, w->arg);
	w->out->len = 0;
}

static void add_list(struct writer *w, enum shape_id id, const void *list, size_t n, unsigned depth)
{
	str_add(w->out, "[");
	for (size_t i = 0; i < n; i++) {
		flush(w, WRITE_PIECE);
		str_add(w->out, i ? "," : "");
		new_line(w->out, depth);
		add_struct(w, id, (const char *)list + i * shape_of(id)->size, depth);
	}
	str_add(w->out, "]");
}

static void add_value(struct writer *w, const void *p, const struct member *m, unsigned depth)
{
	const void *at = (const char *)p + m->offset;
	struct str *out = w->out;

	switch ((enum member_type)m->type) {
	case MEMBER_TEXT:
	case MEMBER_STR:
		return json_add_bytes(out, *(const char *const *)at);
	case MEMBER_BOOL:
		return str_add(out, "true");
	case MEMBER_I64:
		return add_signed(out, *(const int64_t *)at);
	case MEMBER_U64:
		return add_number(out, *(const uint64_t *)at);
	case MEMBER_U32:
		return add_number(out, *(const uint32_t *)at);
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
		return add_struct(w, (enum shape_id)m->of, at, depth);
	case MEMBER_LIST:
		return add_list(w, (enum shape_id)m->of, *(const void *const *)at, count_of(p, m), depth + 1);
	case MEMBER_END:
		break;
	}
}

static void add_struct(struct writer *w, enum shape_id id, const void *p, unsigned depth)
{
	const char *between = "";
	struct str *out = w->out;

	str_add(out, "{");
	for (const struct member *m = shape_of(id)->members; m->type != MEMBER_END; m++) {
		if (!is_set(p, m))
			continue;
		str_add(out, between);
		if (m->type == MEMBER_LIST || m->type == MEMBER_SETTINGS)
			new_line(out, depth + 1);
		else
			str_add(out, *between ? " " : "");
		add_key(out, m->key);
		add_value(w, p, m, depth + 1);
		between = ",";
	}
	str_add(out, "}");
}

void world_write(const struct world *w, struct str *out)
{
	add_struct(&(struct writer){ .out = out }, SHAPE_WORLD, w, 0);
	str_add(out, "\n");
}

void world_write_to(const struct world *w, world_sink *sink, void *arg)
{
	struct str out = { .arena = w->arena };
	struct writer writer = { &out, sink, arg };

	add_struct(&writer, SHAPE_WORLD, w, 0);
	str_add(&out, "\n");
	flush(&writer, 0);
}
