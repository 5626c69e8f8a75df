/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "observe/world/read.h"
#include "observe/world/shape.h"

static struct arena arena;

/* ---- every member of every struct is told ---- */

static size_t size_of(const struct member *m)
{
	static const size_t sizes[] = {
		[MEMBER_TEXT] = sizeof(char *),       [MEMBER_STR] = sizeof(char *),
		[MEMBER_BOOL] = sizeof(bool),         [MEMBER_I64] = sizeof(int64_t),
		[MEMBER_U64] = sizeof(uint64_t),      [MEMBER_U32] = sizeof(uint32_t),
		[MEMBER_IP] = sizeof(struct ip),      [MEMBER_BYTES] = sizeof(struct world_bytes),
		[MEMBER_BYTES_LIST] = sizeof(void *), [MEMBER_TEXTS] = sizeof(struct strv),
		[MEMBER_SETTINGS] = sizeof(void *),   [MEMBER_NAMESPACES] = WORLD_NS_COUNT * sizeof(uint64_t),
		[MEMBER_LIST] = sizeof(void *),
	};

	return m->type == MEMBER_PART ? shape_of((enum shape_id)m->of)->size : sizes[m->type];
}

static void mark(bool *told, const struct member *m)
{
	memset(told + m->offset, true, size_of(m));
	if (m->count)
		memset(told + m->count, true, sizeof(size_t));
}

/* Bytes that no row tells of are padding: fewer than eight, up to what is aligned. */
static void all_members_are_told(void **state)
{
	for (unsigned id = 0; id < SHAPE_COUNT; id++) {
		const struct shape *shape = shape_of((enum shape_id)id);
		bool *told = calloc(shape->size, 1);
		size_t gap = 0;

		if (id == SHAPE_WORLD) {
			memset(told + offsetof(struct world, arena), true, sizeof(void *));
			memset(told + offsetof(struct world, by_inode), true,
			       sizeof(struct world) - offsetof(struct world, by_inode));
		}
		for (const struct member *m = shape->members; m->type != MEMBER_END; m++)
			mark(told, m);
		for (size_t i = 0; i < shape->size; i++) {
			gap = told[i] ? 0 : gap + 1;
			if (gap == sizeof(void *))
				fail_msg("shape %u: nothing is told of offset %zu", id, i + 1 - gap);
		}
		free(told);
	}
}

/* ---- filled, written, loaded, compared ---- */

static unsigned number; /* of the value given last: each is another */

static void fill(void *p, enum shape_id id, unsigned depth);

static void fill_list(void *p, const struct member *m, unsigned depth)
{
	size_t size = shape_of((enum shape_id)m->of)->size, n = depth < 12 ? 2 : 0;
	char *list = arena_alloc(&arena, n * size);

	for (size_t i = 0; i < n; i++)
		fill(list + i * size, (enum shape_id)m->of, depth + 1);
	*(void **)((char *)p + m->offset) = list;
	*(size_t *)((char *)p + m->count) = n;
}

static struct world_bytes some_bytes(void)
{
	uint8_t *v = arena_alloc(&arena, 3);

	memcpy(v, (uint8_t[]){ 0, (uint8_t)number++, 0xfe }, 3);
	return (struct world_bytes){ v, 3 };
}

static struct ip some_ip(void)
{
	struct ip ip;
	unsigned n = number++;

	ip_parse(arena_printf(&arena, n % 2 ? "10.%u.%u.1/%u" : "fd00::%u:%u/%u", n % 200, n / 200, n % 33),
		 &ip);
	return ip;
}

/* With bytes that are no text, and characters that JSON escapes. */
static const char *some_text(void)
{
	return arena_printf(&arena, "text %u \"\\\n\x1b[31m \xff\xfe \u00e9 \uef80", number++);
}

static void fill_member(void *p, const struct member *m, unsigned depth)
{
	void *at = (char *)p + m->offset;
	struct world_setting *settings;
	struct world_bytes *bytes;

	switch ((enum member_type)m->type) {
	case MEMBER_TEXT:
	case MEMBER_STR:
		*(const char **)at = str_eq(m->key, "version") ? WORLD_VERSION : some_text();
		break;
	case MEMBER_BOOL:
		*(bool *)at = true;
		break;
	case MEMBER_I64:
		*(int64_t *)at = INT64_MIN + number++;
		break;
	case MEMBER_U64:
		*(uint64_t *)at = UINT64_MAX - number++;
		break;
	case MEMBER_U32:
		*(uint32_t *)at = UINT32_MAX - number++;
		break;
	case MEMBER_IP:
		*(struct ip *)at = some_ip();
		break;
	case MEMBER_BYTES:
		*(struct world_bytes *)at = some_bytes();
		break;
	case MEMBER_BYTES_LIST:
		bytes = *(struct world_bytes **)at = arena_array(&arena, struct world_bytes, 1);
		*bytes = some_bytes();
		*(size_t *)((char *)p + m->count) = 1;
		break;
	case MEMBER_TEXTS:
		strv_push(&arena, at, some_text());
		strv_push(&arena, at, "");
		break;
	case MEMBER_SETTINGS:
		settings = *(struct world_setting **)at = arena_array(&arena, struct world_setting, 1);
		*settings = (struct world_setting){ some_text(), some_text() };
		*(size_t *)((char *)p + m->count) = 1;
		break;
	case MEMBER_NAMESPACES:
		for (size_t i = 0; i < WORLD_NS_COUNT; i++)
			((uint64_t *)at)[i] = ++number;
		break;
	case MEMBER_PART:
		fill(at, (enum shape_id)m->of, depth);
		break;
	case MEMBER_LIST:
		fill_list(p, m, depth);
		break;
	case MEMBER_END:
		break;
	}
}

static void fill(void *p, enum shape_id id, unsigned depth)
{
	for (const struct member *m = shape_of(id)->members; m->type != MEMBER_END; m++)
		fill_member(p, m, depth);
}

static void assert_same(const void *p, const void *q, enum shape_id id);

static void assert_same_bytes(const struct world_bytes *a, const struct world_bytes *b)
{
	assert_int_equal(a->n, b->n);
	assert_memory_equal(a->v, b->v, a->n);
}

static void assert_same_member(const void *p, const void *q, const struct member *m)
{
	const void *a = (const char *)p + m->offset, *b = (const char *)q + m->offset;
	size_t n = m->count ? *(const size_t *)((const char *)p + m->count) : 1;

	if (m->count)
		assert_int_equal(n, *(const size_t *)((const char *)q + m->count));
	switch ((enum member_type)m->type) {
	case MEMBER_TEXT:
	case MEMBER_STR:
		return assert_string_equal(*(char *const *)a, *(char *const *)b);
	case MEMBER_BYTES:
		return assert_same_bytes(a, b);
	case MEMBER_BYTES_LIST:
		return assert_same_bytes(*(struct world_bytes *const *)a, *(struct world_bytes *const *)b);
	case MEMBER_TEXTS:
		assert_int_equal(((const struct strv *)a)->n, ((const struct strv *)b)->n);
		for (size_t i = 0; i < ((const struct strv *)a)->n; i++)
			assert_string_equal(((const struct strv *)a)->v[i], ((const struct strv *)b)->v[i]);
		return;
	case MEMBER_SETTINGS:
		assert_string_equal((*(struct world_setting *const *)a)->name,
				    (*(struct world_setting *const *)b)->name);
		return assert_string_equal((*(struct world_setting *const *)a)->value,
					   (*(struct world_setting *const *)b)->value);
	case MEMBER_PART:
		return assert_same(a, b, (enum shape_id)m->of);
	case MEMBER_LIST:
		for (size_t i = 0; i < n; i++)
			assert_same(*(char *const *)a + i * shape_of((enum shape_id)m->of)->size,
				    *(char *const *)b + i * shape_of((enum shape_id)m->of)->size,
				    (enum shape_id)m->of);
		return;
	default:
		return assert_memory_equal(a, b, size_of(m));
	}
}

static void assert_same(const void *p, const void *q, enum shape_id id)
{
	for (const struct member *m = shape_of(id)->members; m->type != MEMBER_END; m++)
		assert_same_member(p, q, m);
}

static int load(const char *text, size_t n, struct world *w, struct err *e)
{
	int fd = memfd_create("world", MFD_CLOEXEC), r;

	assert_int_equal(write(fd, text, n), n);
	lseek(fd, 0, SEEK_SET);
	r = world_load(&arena, fd, w, e);
	close(fd);
	return r;
}

static void written_and_loaded(void **state)
{
	struct world w = { 0 }, back;
	struct str out = { .arena = &arena };
	struct err e = { 0 };

	fill(&w, SHAPE_WORLD, 0);
	w.netns[1].is_host = false;
	world_write(&w, &out);
	if (load(out.p, out.len, &back, &e) < 0)
		fail_msg("%s: %s", e.what, e.cause);
	assert_same(&w, &back, SHAPE_WORLD);
}

static void unset_is_left_out(void **state)
{
	struct world w = { .version = WORLD_VERSION };
	struct str out = { .arena = &arena };

	world_write(&w, &out);
	assert_string_equal(out.p, "{\"version\": \"1\"}\n");
}

static void refused(const char *text, const char *what, const char *cause)
{
	struct world w;
	struct err e = { 0 };

	assert_int_equal(load(text, strlen(text), &w, &e), -EINVAL);
	assert_string_equal(e.code, "world-bad");
	assert_string_equal(e.what, what);
	assert_string_equal(e.cause, cause);
}

static void bad_files_are_told(void **state)
{
	refused("", "read a world", "it is no object");
	refused("{", "read a world", "it is no JSON: a text was expected");
	refused("{\"a\": 1 \"b\"", "read a world",
		"it is no JSON: a comma or a closing bracket was expected");
	refused("{}", "read a world", "it is JSON, but has no version");
	refused("[]", "read a world", "it is no object");
	refused("{\"version\": \"1\"} {}", "read a world", "it is no JSON: more follows behind it");
	refused("{\"version\": \"77\"}", "read a world", "it is of another version of the format");
	refused("{\"version\": \"1\", \"netns\": [{}]}", "read a world",
		"its first network namespace is the host's, and no other");
	refused("{\"netns\": {}}", "read a world: netns", "it is no list");
	refused("{\"netns\": [{}, {\"links\": [{\"index\": \"1\"}]}]}",
		"read a world: netns[1].links[0].index", "it is no number of 64 bits");
	refused("{\"netns\": [{\"links\": [{\"index\": 9223372036854775808}]}]}",
		"read a world: netns[0].links[0].index", "it is no number of 64 bits");
	refused("{\"self\": -1}", "read a world: self", "it is a number that is too small or too large");
	refused("{\"self\": 1.5}", "read a world: self", "it is no number of 64 bits");
	refused("{\"netns\": [{\"addrs\": [{\"ip\": \"10.0.0.1/33\"}]}]}",
		"read a world: netns[0].addrs[0].ip", "it is no address, such as \"10.0.0.1/24\"");
	refused("{\"netns\": [{\"sysctls\": {\"a\": 1}}]}", "read a world: netns[0].sysctls",
		"it is no text");
	refused("{\"netns\": [{\"ipsets\": [{\"elements\": [\"0g\"]}]}]}",
		"read a world: netns[0].ipsets[0].elements[0]",
		"it is no bytes, two small hexadecimal digits each");
}

/* Three bytes each, which would become a hundred times as much. */
static void what_would_fill_memory_is_refused(void **state)
{
	struct str text = { .arena = &arena };
	struct world w;
	struct err e = { 0 };

	str_add(&text, "{\"version\": \"1\", \"processes\": [{}");
	for (int i = 0; i < 200000; i++)
		str_add(&text, ",{}");
	str_add(&text, "]}");
	assert_int_equal(load(text.p, text.len, &w, &e), -EINVAL);
	assert_string_equal(e.cause, "it holds far more objects than it describes");
}

static void unknown_keys_are_passed_over(void **state)
{
	static const char text[] =
		"{\"version\": \"1\", \"later\": [1], \"netns\": [{\"is_host\": true, \"inode\": 7, \"name\": null, \"x\": {}, "
		"\"links\": [{}]}]}";
	struct world w;
	struct err e = { 0 };

	assert_int_equal(load(text, sizeof(text) - 1, &w, &e), 0);
	assert_int_equal(w.n_netns, 1);
	assert_int_equal(w.netns[0].inode, 7);
	assert_null(w.netns[0].name);
	assert_string_equal(w.netns[0].links[0].name, ""); /* it can be counted on */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_members_are_told),
		cmocka_unit_test(written_and_loaded),
		cmocka_unit_test(unset_is_left_out),
		cmocka_unit_test(bad_files_are_told),
		cmocka_unit_test(what_would_fill_memory_is_refused),
		cmocka_unit_test(unknown_keys_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
