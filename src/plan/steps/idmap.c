/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The maps of the container's user namespace. */
#include "plan/steps/steps.h"

#include <string.h>

#include "kernel/process/userns.h"
#include "plan/live.h"
#include "plan/target.h"

static int idmap_apply(const struct step *s, struct live *live, struct err *e)
{
	return userns_write_maps(live->pid, s->idmap.uid, s->idmap.gid, s->idmap.by_helper, e);
}

static void idmap_show(const struct step *s, struct str *out)
{
	if (s->idmap.by_helper) {
		str_addf(out, "newuidmap $pid %s\nnewgidmap $pid %s\n", s->idmap.uid, s->idmap.gid);
		return;
	}
	str_addf(out, "echo '%s' > /proc/$pid/uid_map\n", s->idmap.uid);
	str_addf(out, "echo '%s' > /proc/$pid/gid_map\n", s->idmap.gid);
}

static bool check_map(const char *file, const char *planned, struct target *t, struct str *text)
{
	const char *now = userns_read_map(t->arena, t->pid, file);
	size_t start = text->len;

	if (now && userns_same_map(now, planned))
		return true;
	str_addf(text, "%s%s is", start ? ", " : "", file);
	for (const char *p = now ? now : " not there"; *p;) { /* in one line, without the kernel's padding */
		size_t blanks = strspn(p, " \n"), n = strcspn(p + blanks, " \n");

		if (n)
			str_addf(text, " %.*s", (int)n, p + blanks);
		p += blanks + n;
	}
	return false;
}

static enum finding idmap_check(const struct step *s, struct target *t, struct str *text)
{
	bool uid = check_map("uid_map", s->idmap.uid, t, text),
	     gid = check_map("gid_map", s->idmap.gid, t, text);

	return uid && gid ? FOUND_AS_PLANNED : FOUND_DIFFERENT;
}

static const struct field idmap_fields[] = {
	FIELD(STR, idmap, uid),
	FIELD(STR, idmap, gid),
	FIELD(BOOL, idmap, by_helper),
	{ 0 },
};

const struct step_ops step_idmap = {
	.name = "idmap",
	.section = SECTION_ISOLATION,
	.side = SIDE_HOST,
	.fields = idmap_fields,
	.apply = idmap_apply,
	.show = idmap_show,
	.check = idmap_check,
};
