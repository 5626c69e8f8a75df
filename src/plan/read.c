/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/read.h"

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
