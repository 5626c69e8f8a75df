/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Platforms, as the OCI image specification has them (image-index.md): Go's names of systems and processors. */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/str.h"
#include "spec/image/manifest.h"

/* What uname(2) and people say. */
static const struct {
	const char *word, *architecture, *variant;
} machines[] = {
	{ "x86_64", "amd64", NULL }, { "x86-64", "amd64", NULL },    { "aarch64", "arm64", NULL },
	{ "armv7l", "arm", "v7" },   { "armv6l", "arm", "v6" },      { "armhf", "arm", "v7" },
	{ "armel", "arm", "v6" },    { "i386", "386", NULL },        { "i686", "386", NULL },
	{ "x86", "386", NULL },      { "ppc64el", "ppc64le", NULL }, { "loongarch64", "loong64", NULL },
};

/* Those that are the same without being said (containerd's and docker's normal form): v8 of arm64, v7 of arm. */
static void normalise(struct platform *p)
{
	if (p->variant && !*p->variant)
		p->variant = NULL;
	for (size_t i = 0; i < ARRAY_LEN(machines); i++) {
		if (!str_eq(p->architecture, machines[i].word))
			continue;
		p->architecture = machines[i].architecture;
		p->variant = p->variant ?: machines[i].variant;
	}
	if (str_eq(p->architecture, "arm64") && (!p->variant || str_eq(p->variant, "8")))
		p->variant = "v8";
	if (str_eq(p->architecture, "arm") && !p->variant)
		p->variant = "v7";
}

static bool is_word(const char *text)
{
	return *text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.-")];
}

int platform_parse(struct arena *a, const char *text, struct platform *p, struct err *e)
{
	char *words = arena_strdup(a, text), *slash = strchr(words, '/');

	*p = (struct platform){ .os = "linux", .architecture = words };
	if (slash) {
		*slash = '\0';
		p->os = words;
		p->architecture = slash + 1;
		if ((slash = strchr(slash + 1, '/'))) {
			*slash = '\0';
			p->variant = slash + 1;
		}
	}
	if (!is_word(p->os) || !is_word(p->architecture) || (p->variant && !is_word(p->variant)))
		return err_set(e, "bad-platform", EINVAL, "platform '%s'", text),
		       err_cause(e, "a platform is OS/ARCHITECTURE[/VARIANT], or an architecture"),
		       err_hint(e, "linux/arm64, for example");
	normalise(p);
	return 0;
}

void platform_here(struct arena *a, struct platform *p)
{
	struct utsname u;

	*p = (struct platform){ .os = "linux", .architecture = "amd64" };
	if (uname(&u) == 0)
		p->architecture = arena_strdup(a, u.machine);
	normalise(p);
}

const char *platform_text(struct arena *a, const struct platform *p)
{
	return arena_printf(a, "%s/%s%s%s", p->os, p->architecture, p->variant ? "/" : "", p->variant ?: "");
}

/* How well what is built for `have` runs on `want`: 0 not at all, the more the better. A processor runs what was built
 * for an older variant of it, and what names none. */
static int fits(struct platform have, const struct platform *want)
{
	normalise(&have);
	if (!str_eq(have.os, want->os) || !str_eq(have.architecture, want->architecture))
		return 0;
	if (!have.variant)
		return want->variant ? 1 : 100;
	if (!want->variant)
		return str_eq(have.variant, "v1") ? 100 : 0;
	if (strcmp(have.variant, want->variant) > 0)
		return 0;
	return str_eq(have.variant, want->variant) ? 100 : 2 + have.variant[1] - '0';
}

const struct manifest_entry *manifest_choose(const struct manifest *index, const struct platform *p)
{
	const struct manifest_entry *best = NULL;
	int best_fit = 0;

	for (size_t i = 0; i < index->n_entries; i++) {
		int fit = fits(index->entries[i].platform, p);

		if (fit > best_fit) {
			best = &index->entries[i];
			best_fit = fit;
		}
	}
	return best;
}
