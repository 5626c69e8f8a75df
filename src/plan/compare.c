/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/compare.h"

#include <errno.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/read.h"

/* ---- a value as a number, a text or a list ---- */

static const void *at(const struct step *s, const struct field *f)
{
	return (const char *)s + f->offset;
}

static bool is_number(const struct field *f)
{
	return f->type == FIELD_BOOL || f->type == FIELD_CHAR || f->type == FIELD_I64 || f->type == FIELD_U64;
}

static uint64_t number_of(const struct step *s, const struct field *f)
{
	switch (f->type) {
	case FIELD_BOOL:
		return *(const bool *)at(s, f);
	case FIELD_CHAR:
		return (uint64_t) * (const char *)at(s, f);
	case FIELD_I64:
		return (uint64_t) * (const int64_t *)at(s, f);
	default:
		return *(const uint64_t *)at(s, f);
	}
}

static const char *text_of(const struct step *s, const struct field *f)
{
	const char *text = *(const char *const *)at(s, f);

	return text ? text : "";
}

/* ---- printing ---- */

/* In one line, with one blank where the kernel pads. */
static void show_text(const char *text, struct str *out)
{
	const char *blanks = " \t\n", *between = "";

	if (!text[strspn(text, blanks)])
		str_add(out, "none");
	for (size_t n; *(text += strspn(text, blanks)); text += n, between = " ") {
		str_add(out, between);
		str_addn(out, text, n = strcspn(text, blanks));
	}
}

static void show_number(const struct step *s, const struct field *f, struct str *out)
{
	uint64_t n = number_of(s, f);

	if (f->show)
		f->show(n, out);
	else if (f->type == FIELD_BOOL)
		str_add(out, n ? "yes" : "no");
	else if (f->type == FIELD_CHAR)
		str_addf(out, "%c", (char)n);
	else if (f->type == FIELD_I64)
		str_addf(out, "%lld", (long long)n);
	else
		str_addf(out, "%llu", (unsigned long long)n);
}

static void show_value(const struct step *s, const struct field *f, struct str *out)
{
	const struct strv *texts = at(s, f);
	const struct idv *ids = at(s, f);

	if (is_number(f)) {
		show_number(s, f, out);
	} else if (f->type == FIELD_STRV) {
		for (size_t i = 0; i < texts->n; i++)
			str_addf(out, "%s%s", i ? ", " : "", texts->v[i]);
		str_add(out, texts->n ? "" : "none");
	} else if (f->type == FIELD_IDS) {
		for (size_t i = 0; i < ids->n; i++)
			str_addf(out, "%s%u", i ? " " : "", ids->v[i]);
		str_add(out, ids->n ? "" : "none");
	} else {
		show_text(text_of(s, f), out);
	}
}

/* ---- comparing ---- */

static bool has_id(const struct idv *list, uint32_t id)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i] == id)
			return true;
	return false;
}

static bool same_texts(const struct strv *a, const struct strv *b, bool ordered)
{
	for (size_t i = 0; a->n == b->n && i < a->n; i++)
		if (ordered ? !str_eq(a->v[i], b->v[i]) : !strv_has(a, b->v[i]) || !strv_has(b, a->v[i]))
			return false;
	return a->n == b->n;
}

static bool same_ids(const struct idv *a, const struct idv *b, bool ordered)
{
	for (size_t i = 0; a->n == b->n && i < a->n; i++)
		if (ordered ? a->v[i] != b->v[i] : !has_id(a, b->v[i]) || !has_id(b, a->v[i]))
			return false;
	return a->n == b->n;
}

static bool is_given(const struct step *s, const struct field *f)
{
	return is_number(f) ? number_of(s, f) != 0 : *(const char *const *)at(s, f) != NULL;
}

static enum found compare_numbers(const struct field *f, uint64_t have, uint64_t want)
{
	if (f->compare == COMPARE_BITS)
		return want & ~have ? FOUND_DIFFERENT : FOUND_AS_PLANNED;
	if (f->compare == COMPARE_NO_BITS)
		return want & have ? FOUND_DIFFERENT : FOUND_AS_PLANNED;
	if (have == want)
		return FOUND_AS_PLANNED;
	return f->compare == COMPARE_LIMIT && !(have & ~want) ? FOUND_UNKNOWN : FOUND_DIFFERENT;
}

static enum found compare_field(const struct field *f, const struct step *want, const struct step *have)
{
	bool ordered = f->compare != COMPARE_SET, same;
	enum found found;

	if (f->compare == COMPARE_KEY || f->compare == COMPARE_NAME || f->compare == COMPARE_NOT ||
	    (f->compare == COMPARE_GIVEN && !is_given(want, f)))
		return FOUND_AS_PLANNED;
	if (is_number(f)) {
		found = compare_numbers(f, number_of(have, f), number_of(want, f));
		return found == FOUND_DIFFERENT && f->own ? FOUND_UNKNOWN : found;
	}
	if (f->type == FIELD_STRV)
		same = same_texts(at(have, f), at(want, f), ordered);
	else if (f->type == FIELD_IDS)
		same = same_ids(at(have, f), at(want, f), ordered);
	else
		same = (f->same ? f->same : str_eq)(text_of(have, f), text_of(want, f));
	return same ? FOUND_AS_PLANNED : f->own ? FOUND_UNKNOWN : FOUND_DIFFERENT;
}

static void add_name(const struct step *s, struct str *text)
{
	for (const struct field *f = step_ops(s->kind)->fields; f->name; f++)
		if (f->compare == COMPARE_NAME) {
			show_value(s, f, text);
			str_add(text, ": ");
		}
}

/* What the kernel has, and what was planned instead; of bits, those that are wrong. */
static void add_difference(const struct field *f, const struct step *want, const struct step *have,
			   struct str *text)
{
	str_addf(text, "%s: ", f->label ? f->label : f->name);
	show_value(have, f, text);
	if (f->compare == COMPARE_BITS) {
		str_add(text, ", without ");
		f->show(number_of(want, f) & ~number_of(have, f), text);
	} else if (f->compare == COMPARE_NO_BITS) {
		str_add(text, ", with ");
		f->show(number_of(want, f) & number_of(have, f), text);
	} else {
		str_add(text, ", not ");
		show_value(want, f, text);
	}
}

enum found step_compare(const struct step *want, const struct step *have, struct str *text)
{
	enum found worst = FOUND_AS_PLANNED, found;

	for (const struct field *f = step_ops(want->kind)->fields; f && f->name; f++) {
		if ((found = compare_field(f, want, have)) == FOUND_AS_PLANNED)
			continue;
		if (worst == FOUND_AS_PLANNED)
			add_name(want, text);
		else
			str_add(text, "; ");
		add_difference(f, want, have, text);
		if (worst != FOUND_DIFFERENT)
			worst = found;
	}
	return worst;
}

static enum found not_read(int r, struct str *text)
{
	if (r == -ENOENT || r == -ESRCH)
		return FOUND_MISSING;
	str_addf(text, "it cannot be looked at: %s", strerror(-r));
	return FOUND_UNKNOWN;
}

enum found step_check(const struct step *s, struct target *t, struct str *text)
{
	const struct step_ops *ops = step_ops(s->kind);
	const struct step *outer = t->step;
	struct step want = *s, have;
	int r;

	if (ops->outcome && t->plan)
		ops->outcome(t->plan, s, &want);
	t->step = s;
	r = step_read(&want, t, &have, text);
	t->step = outer;
	switch (r) {
	case READ_FOUND:
		return step_compare(&want, &have, text);
	case READ_NEEDLESS:
		return FOUND_AS_PLANNED;
	case READ_MISSING:
		return FOUND_MISSING;
	case READ_CHANGED:
		return FOUND_DIFFERENT;
	case READ_UNKNOWN:
		return FOUND_UNKNOWN;
	default:
		return not_read(r, text);
	}
}
