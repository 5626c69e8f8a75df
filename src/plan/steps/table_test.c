/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What all kinds of steps promise, by the table of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <json-c/json.h>

#include "base/json.h"
#include "plan/plan.h"

static struct arena arena;

static size_t size_of(enum field_type type)
{
	static const size_t size[] = {
		[FIELD_STR] = sizeof(FIELD_IN_C_STR),   [FIELD_MAYBE] = sizeof(FIELD_IN_C_MAYBE),
		[FIELD_BOOL] = sizeof(FIELD_IN_C_BOOL), [FIELD_I64] = sizeof(FIELD_IN_C_I64),
		[FIELD_U64] = sizeof(FIELD_IN_C_U64),   [FIELD_STRV] = sizeof(FIELD_IN_C_STRV),
		[FIELD_CHAR] = sizeof(FIELD_IN_C_CHAR), [FIELD_IDS] = sizeof(FIELD_IN_C_IDS)
	};

	return size[type];
}

static const struct field *fields_of(int kind)
{
	static const struct field none = { 0 };

	return step_ops((enum step_kind)kind)->fields ?: &none;
}

static void test_every_kind_is_whole(void **state)
{
	for (int kind = 0; kind < STEP_COUNT; kind++) {
		const struct step_ops *ops = step_ops((enum step_kind)kind);

		assert_non_null(ops);
		assert_true(ops->name && *ops->name);
		assert_int_equal(step_kind_of(ops->name), kind); /* no other has that name */
		assert_in_range(ops->section, 0, SECTION_COUNT - 1);
		assert_non_null(ops->show);
		assert_true(ops->clone ? !ops->apply : ops->apply != NULL);
		/* what outlives its container is taken away by somebody */
		assert_true(ops->life == LIFE_DIES || ops->undo);
		/* for HOST a script is one shell */
		assert_true(ops->side == SIDE_INIT || (ops->script == SCRIPT_LINES && !ops->show_enter));
	}
}

static void test_fields_lie_beside_each_other(void **state)
{
	for (int kind = 0; kind < STEP_COUNT; kind++)
		for (const struct field *a = fields_of(kind); a->name; a++) {
			assert_true(a->offset >= offsetof(struct step, note) + sizeof(const char *));
			assert_true(a->offset + size_of(a->type) <= sizeof(struct step));
			for (const struct field *b = fields_of(kind); b < a; b++) {
				assert_string_not_equal(a->name, b->name);
				assert_true(a->offset >= b->offset + size_of(b->type) ||
					    b->offset >= a->offset + size_of(a->type));
			}
		}
}

static void test_a_cgroup_is_a_field(void **state)
{
	for (int kind = 0; kind < STEP_COUNT; kind++) {
		const struct step_ops *ops = step_ops((enum step_kind)kind);
		bool found = false;

		for (const struct field *f = fields_of(kind); f->name; f++)
			found |= f->offset == ops->cgroup && (f->type == FIELD_STR || f->type == FIELD_MAYBE);
		assert_int_equal(found, ops->on_cgroup != CGROUP_NONE);
	}
}

/* ---- the record ---- */

/* A value that no other field of the step has. */
static void set_field(struct step *s, const struct field *f, unsigned n)
{
	void *to = (char *)s + f->offset;
	const char *text = arena_printf(&arena, "%s \"%u\"\n", f->name, n);
	struct strv list = { 0 };
	uint32_t *ids;

	switch (f->type) {
	case FIELD_STR:
	case FIELD_MAYBE:
		*(const char **)to = text;
		break;
	case FIELD_BOOL:
		*(bool *)to = true;
		break;
	case FIELD_I64:
		*(int64_t *)to = INT64_MIN + n;
		break;
	case FIELD_U64:
		*(uint64_t *)to = UINT64_MAX - n;
		break;
	case FIELD_STRV:
		strv_push(&arena, &list, text);
		strv_push(&arena, &list, "");
		*(struct strv *)to = list;
		break;
	case FIELD_CHAR:
		*(char *)to = (char)('a' + n);
		break;
	case FIELD_IDS:
		ids = arena_array(&arena, uint32_t, 2);
		ids[0] = n;
		ids[1] = UINT32_MAX - 1;
		*(struct idv *)to = (struct idv){ ids, 2 };
		break;
	}
}

static void assert_same_field(const struct step *a, const struct step *b, const struct field *f)
{
	const void *x = (const char *)a + f->offset, *y = (const char *)b + f->offset;
	const struct strv *v = x, *w = y;
	const struct idv *i = x, *j = y;

	switch (f->type) {
	case FIELD_STR:
	case FIELD_MAYBE:
		assert_string_equal(*(const char *const *)x, *(const char *const *)y);
		break;
	case FIELD_STRV:
		assert_int_equal(v->n, w->n);
		for (size_t n = 0; n < v->n; n++)
			assert_string_equal(v->v[n], w->v[n]);
		break;
	case FIELD_IDS:
		assert_int_equal(i->n, j->n);
		assert_memory_equal(i->v, j->v, i->n * sizeof(*i->v));
		break;
	default:
		assert_memory_equal(x, y, size_of(f->type));
	}
}

static void test_every_field_is_recorded(void **state)
{
	struct plan p = { .arena = &arena }, back = { .arena = &arena };
	struct str text = { .arena = &arena };
	struct err e = { 0 };
	json_object *list;

	for (int kind = 0; kind < STEP_COUNT; kind++) {
		struct step *s = plan_add(&p, (enum step_kind)kind, "a note");
		unsigned n = 1;

		for (const struct field *f = fields_of(kind); f->name; f++)
			set_field(s, f, n++);
	}
	plan_to_json(&p, &text);
	assert_non_null(list = json_from_text(text.p, text.len, &e));
	assert_int_equal(plan_from_json(&back, list, &e), 0);
	assert_int_equal(back.count, STEP_COUNT);
	for (int kind = 0; kind < STEP_COUNT; kind++) {
		assert_int_equal(back.steps[kind].kind, kind);
		assert_string_equal(back.steps[kind].note, "a note");
		for (const struct field *f = fields_of(kind); f->name; f++)
			assert_same_field(&back.steps[kind], &p.steps[kind], f);
	}
	json_object_put(list);
}

static int done(void **state)
{
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_is_whole),
		cmocka_unit_test(test_fields_lie_beside_each_other),
		cmocka_unit_test(test_a_cgroup_is_a_field),
		cmocka_unit_test(test_every_field_is_recorded),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, done);
}
