/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/plan.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/json.h"

static const void *at(const struct step *s, const struct field *f)
{
	return (const char *)s + f->offset;
}

/* ---- writing: on the start path, so plain text into one string, without the library ---- */

static void write_strv(struct str *out, const struct strv *v)
{
	str_add(out, "[");
	for (size_t i = 0; i < v->n; i++) {
		str_add(out, i ? ", " : "");
		json_add_bytes(out, v->v[i]);
	}
	str_add(out, "]");
}

static void write_ids(struct str *out, const struct idv *ids)
{
	str_add(out, "[");
	for (size_t i = 0; i < ids->n; i++)
		str_addf(out, "%s%u", i ? ", " : "", ids->v[i]);
	str_add(out, "]");
}

/* Is the field's value worth a word? What is not recorded is read back as zero. */
static bool is_set(const struct step *s, const struct field *f)
{
	switch (f->type) {
	case FIELD_STR:
	case FIELD_MAYBE:
		return *(const char *const *)at(s, f) != NULL;
	case FIELD_BOOL:
		return *(const bool *)at(s, f);
	case FIELD_CHAR:
		return *(const char *)at(s, f) != '\0';
	case FIELD_STRV:
		return ((const struct strv *)at(s, f))->n > 0;
	case FIELD_IDS:
		return ((const struct idv *)at(s, f))->n > 0;
	case FIELD_I64:
		return *(const int64_t *)at(s, f) != 0;
	case FIELD_U64:
		return *(const uint64_t *)at(s, f) != 0;
	}
	return false;
}

static void write_field(struct str *out, const struct step *s, const struct field *f)
{
	str_addf(out, ", \"%s\": ", f->name);
	switch (f->type) {
	case FIELD_STR:
	case FIELD_MAYBE:
		json_add_bytes(out, *(const char *const *)at(s, f));
		break;
	case FIELD_BOOL:
		str_add(out, "true");
		break;
	case FIELD_CHAR:
		json_add_bytes(out, (char[]){ *(const char *)at(s, f), '\0' });
		break;
	case FIELD_I64:
		str_addf(out, "%lld", (long long)*(const int64_t *)at(s, f));
		break;
	case FIELD_U64:
		str_addf(out, "%llu", (unsigned long long)*(const uint64_t *)at(s, f));
		break;
	case FIELD_STRV:
		write_strv(out, at(s, f));
		break;
	case FIELD_IDS:
		write_ids(out, at(s, f));
		break;
	}
}

void plan_to_json(const struct plan *p, struct str *out)
{
	str_add(out, "[\n");
	for (size_t i = 0; i < p->count; i++) {
		const struct step *s = &p->steps[i];
		const struct step_ops *ops = step_ops(s->kind);

		str_addf(out, " {\"step\": \"%s\"", ops->name);
		if (s->note) {
			str_add(out, ", \"note\": ");
			json_add_bytes(out, s->note);
		}
		for (const struct field *f = ops->fields; f && f->name; f++)
			if (is_set(s, f))
				write_field(out, s, f);
		str_add(out, i + 1 < p->count ? "},\n" : "}\n");
	}
	str_add(out, "]\n");
}

/* ---- reading ---- */

/* Each returns whether the value is of the field's type. */

static bool read_strv(struct arena *a, struct strv *v, json_object *o)
{
	size_t n = json_object_is_type(o, json_type_array) ? json_object_array_length(o) : 0;

	v->v = arena_array(a, const char *, n + 1);
	for (v->n = 0; v->n < n; v->n++)
		if (!(v->v[v->n] = json_get_bytes(a, json_object_array_get_idx(o, v->n))))
			return false;
	return json_object_is_type(o, json_type_array);
}

static bool read_ids(struct arena *a, struct idv *list, json_object *o)
{
	size_t n = json_object_is_type(o, json_type_array) ? json_object_array_length(o) : 0;
	uint32_t *ids = arena_array(a, uint32_t, n);

	for (size_t i = 0; i < n; i++) {
		json_object *item = json_object_array_get_idx(o, i);

		if (!json_object_is_type(item, json_type_int))
			return false;
		ids[i] = (uint32_t)json_object_get_int64(item);
	}
	*list = (struct idv){ ids, n };
	return json_object_is_type(o, json_type_array);
}

static bool read_field(struct arena *a, struct step *s, const struct field *f, json_object *o)
{
	void *to = (char *)s + f->offset;
	const char *text;

	switch (f->type) {
	case FIELD_STR:
	case FIELD_MAYBE:
		return (*(const char **)to = json_get_bytes(a, o)) != NULL;
	case FIELD_BOOL:
		*(bool *)to = json_object_get_boolean(o);
		return json_object_is_type(o, json_type_boolean);
	case FIELD_CHAR:
		text = json_get_bytes(a, o);
		*(char *)to = text ? *text : '\0';
		return text;
	case FIELD_I64:
		*(int64_t *)to = json_object_get_int64(o);
		return json_object_is_type(o, json_type_int);
	case FIELD_U64:
		*(uint64_t *)to = json_object_get_uint64(o);
		return json_object_is_type(o, json_type_int);
	case FIELD_STRV:
		return read_strv(a, to, o);
	case FIELD_IDS:
		return read_ids(a, to, o);
	}
	return false;
}

static int bad_plan(struct err *e, const char *why)
{
	return err_set(e, "record-bad", EBADMSG, "read the recorded plan"), err_cause(e, "%s", why);
}

static int read_step(struct plan *p, json_object *o, struct err *e)
{
	json_object *value = NULL;
	int kind;

	json_object_object_get_ex(o, "step", &value);
	if (!json_object_is_type(value, json_type_string))
		return bad_plan(e, "a step has no name");
	/* one that another version of guise has is left out */
	if ((kind = step_kind_of(json_object_get_string(value))) < 0)
		return 0;
	struct step *s = plan_add(p, (enum step_kind)kind, NULL);
	if (json_object_object_get_ex(o, "note", &value))
		s->note = json_get_bytes(p->arena, value);
	for (const struct field *f = step_ops(s->kind)->fields; f && f->name; f++) {
		bool there = json_object_object_get_ex(o, f->name, &value) && value;

		if (!there && f->type == FIELD_STR)
			*(const char **)((char *)s + f->offset) = "";
		else if (there && !read_field(p->arena, s, f, value))
			return bad_plan(e, arena_printf(p->arena,
							"the field %s of the step %s is of another type",
							f->name, step_ops(s->kind)->name));
	}
	return 0;
}

int plan_check_whole(const struct plan *p, struct err *e)
{
	const struct step_exec *exec = plan_exec(p);

	if (!plan_process(p))
		return bad_plan(e, "it has no process");
	if (exec && (exec != &p->steps[p->count - 1].exec || !exec->argv.n))
		return bad_plan(e, "its command is not its last step, or empty");
	return 0;
}

int plan_from_json(struct plan *p, json_object *list, struct err *e)
{
	int r = 0;

	if (!json_object_is_type(list, json_type_array))
		return bad_plan(e, "it is no JSON array");
	for (size_t i = 0; i < json_object_array_length(list) && r == 0; i++)
		r = read_step(p, json_object_array_get_idx(list, i), e);
	return r;
}
