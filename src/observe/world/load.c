/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/io.h"
#include "base/json.h"
#include "observe/world/read.h"
#include "observe/world/shape.h"

/* A world out of a file, which may be anybody's. Keys that are not known are a later version's, and passed over; one
 * whose value is of another type is an error that says where. json-c bounds the depth (base/json.h). */

enum { WORLD_FILE_MAX = 128 << 20 };

/* Where we are: "netns[3].links[0]". */
struct place {
	const struct place *up;
	const char *key;
	size_t index;
	bool is_element;
};

struct load {
	struct arena *arena;
	struct err *e;
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

	if (p)
		add_place(&where, p);
	err_set(l->e, "world-bad", EINVAL, "read a world%s%s", p ? ": " : "", str_get(&where));
	return err_cause(l->e, "%s", what);
}

static int load_text(struct load *l, const struct place *p, json_object *o, const char **to)
{
	*to = json_get_bytes(l->arena, o);
	return *to ? 0 : bad(l, p, "it is no text");
}

static int load_i64(struct load *l, const struct place *p, json_object *o, int64_t *to)
{
	*to = json_object_get_int64(o);
	/* json-c cuts a number that is too large */
	if (!json_object_is_type(o, json_type_int) ||
	    (*to >= 0 && json_object_get_uint64(o) != (uint64_t)*to))
		return bad(l, p, "it is no number of 64 bits");
	return 0;
}

static int load_u64(struct load *l, const struct place *p, json_object *o, uint64_t max, uint64_t *to)
{
	*to = json_object_get_uint64(o);
	if (!json_object_is_type(o, json_type_int) || json_object_get_int64(o) < 0 || *to > max)
		return bad(l, p, "it is no number, or one that is too small or too large");
	return 0;
}

static int load_u32(struct load *l, const struct place *p, json_object *o, uint32_t *to)
{
	uint64_t value;
	int r = load_u64(l, p, o, UINT32_MAX, &value);

	*to = (uint32_t)value;
	return r;
}

static int load_bool(struct load *l, const struct place *p, json_object *o, bool *to)
{
	*to = json_object_get_boolean(o);
	return json_object_is_type(o, json_type_boolean) ? 0 : bad(l, p, "it is neither true nor false");
}

static int load_ip(struct load *l, const struct place *p, json_object *o, struct ip *to)
{
	if (!json_object_is_type(o, json_type_string) || ip_parse(json_object_get_string(o), to) < 0)
		return bad(l, p, "it is no address, such as \"10.0.0.1/24\"");
	return 0;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int load_bytes(struct load *l, const struct place *p, json_object *o, struct world_bytes *to)
{
	bool is_text = json_object_is_type(o, json_type_string);
	const char *text = is_text ? json_object_get_string(o) : "";
	size_t n = is_text ? (size_t)json_object_get_string_len(o) : 1;
	uint8_t *v = arena_alloc(l->arena, n / 2 + 1);

	for (size_t i = 0; i + 1 < n; i += 2) {
		int high = digit(text[i]), low = digit(text[i + 1]);

		if (high < 0 || low < 0)
			n = 1;
		else
			v[i / 2] = (uint8_t)(high << 4 | low);
	}
	*to = (struct world_bytes){ v, n / 2 };
	return n % 2 ? bad(l, p, "it is no bytes, two small hexadecimal digits each") : 0;
}

static int load_bytes_list(struct load *l, const struct place *p, json_object *o, struct world_bytes **to,
			   size_t *n)
{
	size_t count = json_object_is_type(o, json_type_array) ? json_object_array_length(o) : 0;
	int r = json_object_is_type(o, json_type_array) ? 0 : bad(l, p, "it is no list");

	*to = arena_array(l->arena, struct world_bytes, count);
	for (*n = 0; r == 0 && *n < count; ++*n)
		r = load_bytes(l, &(struct place){ p, NULL, *n, true }, json_object_array_get_idx(o, *n),
			       &(*to)[*n]);
	return r;
}

static int load_texts(struct load *l, const struct place *p, json_object *o, struct strv *to)
{
	size_t n = json_object_is_type(o, json_type_array) ? json_object_array_length(o) : 0;
	int r = json_object_is_type(o, json_type_array) ? 0 : bad(l, p, "it is no list");

	to->v = arena_array(l->arena, const char *, n + 1);
	for (to->n = 0; r == 0 && to->n < n; to->n++)
		r = load_text(l, &(struct place){ p, NULL, to->n, true }, json_object_array_get_idx(o, to->n),
			      &to->v[to->n]);
	return r;
}

static int load_settings(struct load *l, const struct place *p, json_object *o, struct world_setting **to,
			 size_t *n)
{
	size_t count = json_object_is_type(o, json_type_object) ? (size_t)json_object_object_length(o) : 0;
	int r = json_object_is_type(o, json_type_object) ? 0 : bad(l, p, "it is no object");

	*to = arena_array(l->arena, struct world_setting, count);
	*n = 0;
	if (r < 0)
		return r;
	json_object_object_foreach (o, key, value) {
		json_object *name = json_object_new_string(key);

		(*to)[*n].name = json_get_bytes(l->arena, name);
		json_object_put(name);
		if (r == 0)
			r = load_text(l, p, value, &(*to)[*n].value);
		++*n;
	}
	return r;
}

static int load_namespaces(struct load *l, const struct place *p, json_object *o, uint64_t *to)
{
	int r = json_object_is_type(o, json_type_object) ? 0 : bad(l, p, "it is no object");
	json_object *value;

	for (size_t i = 0; r == 0 && i < WORLD_NS_COUNT; i++)
		if (json_object_object_get_ex(o, world_ns_names[i], &value))
			r = load_u64(l, p, value, UINT64_MAX, &to[i]);
	return r;
}

static int load_struct(struct load *l, const struct place *p, json_object *o, enum shape_id id, void *to);

static int load_list(struct load *l, const struct place *p, json_object *o, enum shape_id id, void **to,
		     size_t *n)
{
	size_t count = json_object_is_type(o, json_type_array) ? json_object_array_length(o) : 0;
	size_t size = shape_of(id)->size;
	int r = json_object_is_type(o, json_type_array) ? 0 : bad(l, p, "it is no list");

	*to = arena_alloc(l->arena, count * size);
	for (*n = 0; r == 0 && *n < count; ++*n)
		r = load_struct(l, &(struct place){ p, NULL, *n, true }, json_object_array_get_idx(o, *n), id,
				(char *)*to + *n * size);
	return r;
}

static int load_member(struct load *l, const struct place *p, json_object *o, const struct member *m,
		       void *owner)
{
	void *to = (char *)owner + m->offset;
	size_t *n = (size_t *)((char *)owner + m->count); /* of a list */

	switch ((enum member_type)m->type) {
	case MEMBER_TEXT:
		return load_text(l, p, o, to);
	case MEMBER_BOOL:
		return load_bool(l, p, o, to);
	case MEMBER_I64:
		return load_i64(l, p, o, to);
	case MEMBER_U64:
		return load_u64(l, p, o, UINT64_MAX, to);
	case MEMBER_U32:
		return load_u32(l, p, o, to);
	case MEMBER_IP:
		return load_ip(l, p, o, to);
	case MEMBER_BYTES:
		return load_bytes(l, p, o, to);
	case MEMBER_BYTES_LIST:
		return load_bytes_list(l, p, o, to, n);
	case MEMBER_TEXTS:
		return load_texts(l, p, o, to);
	case MEMBER_SETTINGS:
		return load_settings(l, p, o, to, n);
	case MEMBER_NAMESPACES:
		return load_namespaces(l, p, o, to);
	case MEMBER_PART:
		return load_struct(l, p, o, (enum shape_id)m->of, to);
	case MEMBER_LIST:
		return load_list(l, p, o, (enum shape_id)m->of, to, n);
	case MEMBER_END:
		break;
	}
	return 0;
}

static int load_struct(struct load *l, const struct place *p, json_object *o, enum shape_id id, void *to)
{
	json_object *value;
	int r = json_object_is_type(o, json_type_object) ? 0 : bad(l, p, "it is no object");

	for (const struct member *m = shape_of(id)->members; r == 0 && m->type != MEMBER_END; m++)
		if (json_object_object_get_ex(o, m->key, &value) && value)
			r = load_member(l, &(struct place){ p, m->key, 0, false }, value, m, to);
	return r;
}

static int check_version(struct load *l, const struct world *w)
{
	if (str_eq(w->version, WORLD_VERSION))
		return 0;
	bad(l, NULL,
	    w->version ? "it is of another version of the format" : "it is JSON, but has no version");
	return err_hint(l->e, "guise world --format json writes version " WORLD_VERSION);
}

int world_load(struct arena *a, int fd, struct world *w, struct err *e)
{
	struct load l = { a, e };
	json_object *o;
	char *text;
	size_t len;
	int r = io_read_given_fd(a, fd, WORLD_FILE_MAX, &text, &len);

	*w = (struct world){ .arena = a };
	if (r == -EFBIG)
		return err_set(e, "world-bad", EFBIG, "read a world"),
		       err_cause(e, "it is larger than %d MiB", WORLD_FILE_MAX >> 20);
	if (r < 0)
		return err_set(e, "world-read", -r, "read a world");
	if (!(o = json_from_text(text, len, e)))
		return err_set(e, "world-bad", EINVAL, "read a world"), err_cause(e, "it is no JSON");
	r = load_struct(&l, NULL, o, SHAPE_WORLD, w);
	json_object_put(o);
	return r < 0 ? r : check_version(&l, w);
}
