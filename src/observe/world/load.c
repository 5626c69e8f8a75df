/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/io.h"
#include "base/json_scan.h"
#include "observe/world/read.h"
#include "observe/world/shape.h"

/*
 * A world out of a file, which may be anybody's. Keys that are not known are a later version's, and passed over; one
 * whose value is of another type is an error that says where. The file is read in place, without a tree of objects: that
 * would take twenty times as much. Lists are gathered on a stack, since how long one is shows at its end only.
 */

enum {
	WORLD_FILE_MAX = 128 << 20,
	ELEMENT_MAX = 512, /* the largest struct */
	SPREAD = 16,       /* what the structs may take for each byte of the file: an honest one takes two */
	SPREAD_LEAST = 1 << 20,
};

_Static_assert(sizeof(struct world_netns) <= ELEMENT_MAX && sizeof(struct world_process) <= ELEMENT_MAX &&
		       sizeof(struct world_xt_rule) <= ELEMENT_MAX,
	       "any element of a list has room");

/* Where we are: "netns[3].links[0]". */
struct place {
	const struct place *up;
	const char *key;
	size_t index;
	bool is_element;
};

struct load {
	struct arena *arena;
	struct scan scan;
	struct err *e;
	char *stack;
	size_t used, room; /* of the stack */
	size_t left;       /* of what the structs may take */
};

static void add_place(struct str *s, const struct place *p)
{
	if (p->up)
		add_place(s, p->up);
	if (p->is_element)
		str_addf(s, "[%zu]", p->index);
	else
		str_addf(s, "%s%s", p->up ? "." : "", p->key);
}

static int bad(struct load *l, const struct place *p, const char *what)
{
	struct str where = { .arena = l->arena };

	if (l->scan.wrong) {
		err_set(l->e, "world-bad", EINVAL, "read a world");
		return err_cause(l->e, "it is no JSON: %s", l->scan.wrong);
	}
	if (p)
		add_place(&where, p);
	err_set(l->e, "world-bad", EINVAL, "read a world%s%s", p ? ": " : "", str_get(&where));
	return err_cause(l->e, "%s", what);
}

/* Memory for structs, of which a short text can ask for much. */
static void *take(struct load *l, size_t size)
{
	if (size > l->left)
		return NULL;
	l->left -= size;
	return arena_alloc(l->arena, size);
}

static bool is_next(struct load *l, enum scan_kind kind)
{
	return scan_kind(&l->scan) == kind;
}

/* ---- values ---- */

static int load_text(struct load *l, const struct place *p, const char **to)
{
	if (!is_next(l, SCAN_TEXT) || !(*to = scan_text(&l->scan)))
		return bad(l, p, "it is no text");
	return 0;
}

static int load_number(struct load *l, const struct place *p, bool *negative, uint64_t *value)
{
	if (!is_next(l, SCAN_NUMBER) || !scan_number(&l->scan, negative, value))
		return bad(l, p, "it is no number of 64 bits");
	return 0;
}

static int load_i64(struct load *l, const struct place *p, int64_t *to)
{
	bool negative;
	uint64_t value;
	int r = load_number(l, p, &negative, &value);

	if (r == 0 && value > (uint64_t)INT64_MAX + negative)
		return bad(l, p, "it is no number of 64 bits");
	if (r == 0)
		*to = (int64_t)(negative ? -value : value);
	return r;
}

static int load_unsigned(struct load *l, const struct place *p, uint64_t max, uint64_t *to)
{
	bool negative;
	int r = load_number(l, p, &negative, to);

	return r == 0 && (negative || *to > max) ?
		       bad(l, p, "it is a number that is too small or too large") :
		       r;
}

static int load_u32(struct load *l, const struct place *p, uint32_t *to)
{
	uint64_t value = 0;
	int r = load_unsigned(l, p, UINT32_MAX, &value);

	*to = (uint32_t)value;
	return r;
}

static int load_bool(struct load *l, const struct place *p, bool *to)
{
	if (!is_next(l, SCAN_BOOL))
		return bad(l, p, "it is neither true nor false");
	*to = scan_bool(&l->scan);
	return 0;
}

static int load_ip(struct load *l, const struct place *p, struct ip *to)
{
	const char *text;

	if (!is_next(l, SCAN_TEXT) || !(text = scan_text(&l->scan)) || ip_parse(text, to) < 0)
		return bad(l, p, "it is no address, such as \"10.0.0.1/24\"");
	return 0;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Over the text itself, of which each byte takes half. */
static bool parse_bytes(char *text, struct world_bytes *to)
{
	uint8_t *v = (uint8_t *)text;
	size_t n = strlen(text);

	for (size_t i = 0; i + 1 < n; i += 2) {
		int high = digit(text[i]), low = digit(text[i + 1]);

		if (high < 0 || low < 0)
			return false;
		v[i / 2] = (uint8_t)(high << 4 | low);
	}
	*to = (struct world_bytes){ v, n / 2 };
	return n % 2 == 0;
}

static int load_bytes(struct load *l, const struct place *p, struct world_bytes *to)
{
	char *text = is_next(l, SCAN_TEXT) ? scan_text(&l->scan) : NULL;

	if (!text || !parse_bytes(text, to))
		return bad(l, p, "it is no bytes, two small hexadecimal digits each");
	return 0;
}

static int load_namespaces(struct load *l, const struct place *p, uint64_t *to)
{
	const char *key;
	int r = 0;

	if (!is_next(l, SCAN_OBJECT) || !scan_open(&l->scan, '{'))
		return bad(l, p, "it is no object");
	while (r == 0 && (key = scan_key(&l->scan))) {
		size_t i = 0;

		while (i < WORLD_NS_COUNT && !str_eq(key, world_ns_names[i]))
			i++;
		if (i < WORLD_NS_COUNT)
			r = load_unsigned(l, p, UINT64_MAX, &to[i]);
		else
			scan_skip(&l->scan);
	}
	return r;
}

/* ---- lists ---- */

static void push(struct load *l, const void *element, size_t size)
{
	if (l->used + size > l->room) {
		size_t room = l->room ? 2 * l->room : 1 << 16;

		l->stack = arena_grow(l->arena, l->stack, l->room, room);
		l->room = room;
	}
	memcpy(l->stack + l->used, element, size);
	l->used += size;
}

/* What lies on the stack from `from` on, as a list. */
static int pop(struct load *l, const struct place *p, size_t from, size_t size, void **list, size_t *n)
{
	size_t bytes = l->used - from;

	if (!(*list = take(l, bytes)))
		return bad(l, p, "it holds far more objects than it describes");
	if (bytes)
		memcpy(*list, l->stack + from, bytes);
	*n = bytes / size;
	l->used = from;
	return 0;
}

static int load_struct(struct load *l, const struct place *p, enum shape_id id, void *to);

static int load_element(struct load *l, const struct place *p, const struct member *m, void *to)
{
	switch ((enum member_type)m->type) {
	case MEMBER_TEXTS:
		return load_text(l, p, to);
	case MEMBER_BYTES_LIST:
		return load_bytes(l, p, to);
	default:
		return load_struct(l, p, (enum shape_id)m->of, to);
	}
}

static size_t element_size(const struct member *m)
{
	return m->type == MEMBER_TEXTS      ? sizeof(char *) :
	       m->type == MEMBER_BYTES_LIST ? sizeof(struct world_bytes) :
					      shape_of((enum shape_id)m->of)->size;
}

static int load_list(struct load *l, const struct place *p, const struct member *m, void *list, size_t *n)
{
	struct place here = { p, NULL, 0, true };
	size_t size = element_size(m), from = l->used;
	int r = 0;

	if (!is_next(l, SCAN_ARRAY) || !scan_open(&l->scan, '['))
		return bad(l, p, "it is no list");
	for (; r == 0 && scan_item(&l->scan); here.index++) {
		_Alignas(16) char element[ELEMENT_MAX] = { 0 };

		if ((r = load_element(l, &here, m, element)) == 0)
			push(l, element, size);
	}
	return r < 0 ? r : pop(l, p, from, size, list, n);
}

/* Its v[n] is NULL. */
static int load_texts(struct load *l, const struct place *p, const struct member *m, struct strv *to)
{
	size_t from = l->used;
	int r = load_list(l, p, m, &to->v, &to->n);

	if (r < 0)
		return r;
	push(l, to->v, to->n * sizeof(char *));
	push(l, &(const char *){ NULL }, sizeof(char *));
	r = pop(l, p, from, sizeof(char *), (void **)&to->v, &to->n);
	to->n--;
	return r;
}

static int load_settings(struct load *l, const struct place *p, struct world_setting **to, size_t *n)
{
	size_t from = l->used;
	struct world_setting s;
	int r = 0;

	if (!is_next(l, SCAN_OBJECT) || !scan_open(&l->scan, '{'))
		return bad(l, p, "it is no object");
	while (r == 0 && (s.name = scan_key(&l->scan)))
		if ((r = load_text(l, p, &s.value)) == 0)
			push(l, &s, sizeof(s));
	return r < 0 ? r : pop(l, p, from, sizeof(s), (void **)to, n);
}

/* ---- structs ---- */

static int load_member(struct load *l, const struct place *p, const struct member *m, void *owner)
{
	void *to = (char *)owner + m->offset;
	size_t *n = (size_t *)((char *)owner + m->count); /* of a list */

	switch ((enum member_type)m->type) {
	case MEMBER_TEXT:
	case MEMBER_STR:
		return load_text(l, p, to);
	case MEMBER_BOOL:
		return load_bool(l, p, to);
	case MEMBER_I64:
		return load_i64(l, p, to);
	case MEMBER_U64:
		return load_unsigned(l, p, UINT64_MAX, to);
	case MEMBER_U32:
		return load_u32(l, p, to);
	case MEMBER_IP:
		return load_ip(l, p, to);
	case MEMBER_BYTES:
		return load_bytes(l, p, to);
	case MEMBER_TEXTS:
		return load_texts(l, p, m, to);
	case MEMBER_SETTINGS:
		return load_settings(l, p, to, n);
	case MEMBER_NAMESPACES:
		return load_namespaces(l, p, to);
	case MEMBER_PART:
		return load_struct(l, p, (enum shape_id)m->of, to);
	case MEMBER_BYTES_LIST:
	case MEMBER_LIST:
		return load_list(l, p, m, to, n);
	case MEMBER_END:
		break;
	}
	return 0;
}

static const struct member *member_of(const struct shape *shape, const char *key)
{
	const struct member *m = shape->members;

	while (m->type != MEMBER_END && strcmp(m->key, key) != 0)
		m++;
	return m->type == MEMBER_END ? NULL : m;
}

static void fill_in(const struct shape *shape, void *to)
{
	for (const struct member *m = shape->members; m->type != MEMBER_END; m++)
		if (m->type == MEMBER_STR)
			*(const char **)((char *)to + m->offset) = "";
}

static int load_struct(struct load *l, const struct place *p, enum shape_id id, void *to)
{
	const char *key;
	int r = 0;

	fill_in(shape_of(id), to);

	if (!is_next(l, SCAN_OBJECT) || !scan_open(&l->scan, '{'))
		return bad(l, p, "it is no object");
	while (r == 0 && (key = scan_key(&l->scan))) {
		const struct member *m = member_of(shape_of(id), key);

		if (m && !is_next(l, SCAN_NULL))
			r = load_member(l, &(struct place){ p, m->key, 0, false }, m, to);
		else
			scan_skip(&l->scan);
	}
	return r < 0 || !l->scan.wrong ? r : bad(l, p, NULL);
}

/* Who reasons counts on it that there is a host, and one only. */
static int check_host(struct load *l, const struct world *w)
{
	for (size_t i = 0; i < w->n_netns; i++)
		if (w->netns[i].is_host != (i == 0))
			return bad(l, NULL, "its first network namespace is the host's, and no other");
	return 0;
}

static int check_version(struct load *l, const struct world *w)
{
	if (str_eq(w->version, WORLD_VERSION))
		return 0;
	bad(l, NULL,
	    w->version ? "it is of another version of the format" : "it is JSON, but has no version");
	return err_hint(l->e, "guise world --format json writes version " WORLD_VERSION);
}

int world_load_text(struct arena *a, char *text, size_t len, struct world *w, struct err *e)
{
	struct load l = { .arena = a, .e = e, .left = SPREAD * len + SPREAD_LEAST };
	int r;

	*w = (struct world){ .arena = a };
	scan_start(&l.scan, text, len);
	r = load_struct(&l, NULL, SHAPE_WORLD, w);
	if (r == 0 && !scan_at_end(&l.scan))
		r = bad(&l, NULL, NULL);
	r = r < 0 ? r : check_version(&l, w);
	if (r == 0)
		world_index(w);
	for (size_t i = 0; r == 0 && i < w->n_netns; i++)
		world_put_in_order(&w->netns[i]);
	if (r == 0)
		world_index_answers(w);
	return r < 0 ? r : check_host(&l, w);
}

int world_load(struct arena *a, int fd, struct world *w, struct err *e)
{
	char *text;
	size_t len;
	int r = io_read_given_fd(a, fd, WORLD_FILE_MAX, &text, &len);

	if (r == -EFBIG)
		return err_set(e, "world-bad", EFBIG, "read a world"),
		       err_cause(e, "it is larger than %d MiB", WORLD_FILE_MAX >> 20);
	if (r < 0)
		return err_set(e, "world-read", -r, "read a world");
	return world_load_text(a, text, len, w, e);
}
