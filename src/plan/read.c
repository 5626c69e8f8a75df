/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/read.h"

#include <errno.h>
#include <string.h>

static size_t size_of(enum field_type type)
{
	switch (type) {
	case FIELD_STR:
	case FIELD_MAYBE:
		return sizeof(const char *);
	case FIELD_BOOL:
		return sizeof(bool);
	case FIELD_CHAR:
		return sizeof(char);
	case FIELD_STRV:
		return sizeof(struct strv);
	case FIELD_IDS:
		return sizeof(struct idv);
	case FIELD_I64:
	case FIELD_U64:
		break;
	}
	return sizeof(uint64_t);
}

int step_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	const struct step_ops *ops = step_ops(want->kind);

	*have = (struct step){ .kind = want->kind };
	for (const struct field *f = ops->fields; f && f->name; f++)
		if (f->compare == COMPARE_KEY || f->compare == COMPARE_NAME)
			memcpy((char *)have + f->offset, (const char *)want + f->offset, size_of(f->type));
	return ops->read(want, t, have, text);
}

void step_list_one(enum step_kind kind, struct target *t, struct plan *out)
{
	plan_add(out, kind, NULL);
}

static void read_one(const struct step *named, struct target *t, struct plan *out, struct str *unread)
{
	struct str text = { .arena = t->arena };
	struct step have;
	int r = step_read(named, t, &have, &text);

	/* what guise would have made otherwise is what a stranger has */
	if (r == READ_FOUND || r == READ_CHANGED)
		*plan_add(out, have.kind, NULL) = have;
	else if (r < 0 && r != -ENOENT && r != -ESRCH)
		str_addf(unread, "%s: %s\n", step_ops(named->kind)->name, strerror(-r));
	else if (r == READ_UNKNOWN)
		str_addf(unread, "%s: %s\n", step_ops(named->kind)->name, str_get(&text));
}

void plan_read(struct target *t, struct plan *out, struct str *unread)
{
	t->plan = NULL;
	for (int kind = 0; kind < STEP_COUNT; kind++) {
		const struct step_ops *ops = step_ops((enum step_kind)kind);
		struct plan named = { .arena = t->arena };

		if (!ops || !ops->list)
			continue;
		ops->list((enum step_kind)kind, t, &named);
		for (size_t i = 0; i < named.count; i++)
			read_one(&named.steps[i], t, out, unread);
	}
}
