/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/image/registries.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/str.h"
#include "spec/json.h"

enum { LIST_MAX = 1024 };

void registries_init(struct arena *a, struct registries *r)
{
	*r = (struct registries){ 0 };
	strv_push(a, &r->search, "docker.io");
}

/* ---- reading ---- */

/* Is it a domain, with the beginning of a path if `path`? What is asked is the parser of names: it is one if an image
 * of it has a name. The domain as names have it, or NULL. */
static const char *domain_of(struct arena *a, const char *text, bool path)
{
	struct reference ref;

	return (path || !strchr(text, '/')) &&
			       reference_parse(a, arena_printf(a, "%s/x", text), &ref, &(struct err){ 0 }) ==
				       0 &&
			       !ref.tag ?
		       ref.domain :
		       NULL;
}

static const char *check_domain(struct json_reader *r, const char *key, const char *text)
{
	const char *domain = domain_of(r->arena, text, false);

	if (!domain)
		json_fail(r, key, "'%s' is no registry, HOST[:PORT]", text);
	return domain ?: text;
}

static struct strv read_domains(struct json_reader *r, struct json_object *o, const char *key)
{
	size_t n = 0;
	const char **words = json_strings(r, o, key, LIST_MAX, &n);
	struct strv list = { 0 };

	for (size_t i = 0; i < n; i++)
		strv_push(r->arena, &list, check_domain(r, key, words[i]));
	return list;
}

static void read_aliases(struct json_reader *r, struct json_object *o, struct strv *aliases)
{
	json_pairs(r, o, "aliases", LIST_MAX, aliases);
	for (size_t i = 0; i + 1 < aliases->n; i += 2) {
		struct reference name, means;

		if (reference_parse(r->arena, aliases->v[i], &name, &(struct err){ 0 }) < 0 || name.domain ||
		    name.tag || name.digest)
			json_fail(r, "aliases", "'%s' is no short name", aliases->v[i]);
		if (reference_parse(r->arena, aliases->v[i + 1], &means, &(struct err){ 0 }) < 0 ||
		    !means.domain || means.tag || means.digest)
			json_fail(r, "aliases", "'%s' is no name with a registry, and without a tag",
				  aliases->v[i + 1]);
	}
}

static void read_mirrors(struct json_reader *r, struct json_object *o, struct strv *mirrors)
{
	struct json_object *of = json_child(r, o, "mirrors");

	if (!of)
		return;
	json_object_object_foreach (of, domain, ignored) {
		size_t n = 0, depth = json_enter(r, "mirrors");
		const char **list = json_strings(r, of, domain, LIST_MAX, &n);
		const char *of_domain = arena_strdup(r->arena, check_domain(r, domain, domain));

		(void)ignored;
		for (size_t i = 0; i < n; i++) {
			if (!domain_of(r->arena, list[i], true))
				json_fail(r, domain, "'%s' is no registry, HOST[:PORT][/PATH]", list[i]);
			strv_push(r->arena, mirrors, of_domain);
			strv_push(r->arena, mirrors, list[i]);
		}
		json_leave(r, depth);
	}
}

int registries_parse(struct arena *a, const char *file, const char *text, size_t len, struct registries *r,
		     struct err *e)
{
	struct json_reader reader = { .arena = a, .file = file, .code = "bad-registries", .err = e };
	autojson struct json_object *root = json_parse(&reader, text, len);

	registries_init(a, r);
	if (!root)
		return json_result(&reader);
	if (json_object_object_get_ex(root, "search", NULL))
		r->search = read_domains(&reader, root, "search");
	read_aliases(&reader, root, &r->aliases);
	read_mirrors(&reader, root, &r->mirrors);
	r->blocked = read_domains(&reader, root, "blocked");
	r->insecure = read_domains(&reader, root, "insecure");
	return json_result(&reader);
}

/* ---- asking ---- */

static struct reference at_place(struct arena *a, const char *place, struct reference name)
{
	const char *slash = strchr(place, '/');

	name.domain = slash ? arena_strndup(a, place, (size_t)(slash - place)) : place;
	if (slash)
		name.path = arena_printf(a, "%s/%s", slash + 1, name.path);
	return name;
}

/* An alias says domain and path. */
static bool find_alias(struct arena *a, const struct registries *r, struct reference *name)
{
	struct reference means;

	for (size_t i = 0; i + 1 < r->aliases.n; i += 2) {
		if (!str_eq(r->aliases.v[i], name->path) ||
		    reference_parse(a, r->aliases.v[i + 1], &means, &(struct err){ 0 }) < 0)
			continue;
		name->domain = means.domain;
		name->path = means.path;
		return true;
	}
	return false;
}

int registries_expand(struct arena *a, const struct registries *r, const struct reference *name,
		      struct reference **list, size_t *n, struct err *e)
{
	struct reference whole = *name, all[LIST_MAX];
	size_t count = 0, kept = 0;

	if (whole.domain || find_alias(a, r, &whole))
		all[count++] = whole;
	for (size_t i = 0; !whole.domain && i < r->search.n; i++)
		all[count++] = reference_in(a, *name, r->search.v[i]);
	*list = arena_array(a, struct reference, count);
	for (size_t i = 0; i < count; i++)
		if (!strv_has(&r->blocked, all[i].domain))
			(*list)[kept++] = all[i];
	*n = kept;
	if (kept)
		return 0;
	err_set(e, "registry-blocked", EACCES, "look for image %s", reference_text(a, name));
	err_cause(e, count ? "registries.json blocks its registry" :
			     "registries.json names no registry to search");
	return err_hint(e, "name the registry: REGISTRY/%s", name->path);
}

void registries_places(struct arena *a, const struct registries *r, const struct reference *name,
		       struct reference **list, size_t *n)
{
	*list = arena_array(a, struct reference, r->mirrors.n / 2 + 1);
	*n = 0;
	for (size_t i = 0; i + 1 < r->mirrors.n; i += 2)
		if (str_eq(r->mirrors.v[i], name->domain))
			(*list)[(*n)++] = at_place(a, r->mirrors.v[i + 1], *name);
	(*list)[(*n)++] = *name;
}

bool registries_insecure(const struct registries *r, const char *domain)
{
	return strv_has(&r->insecure, domain);
}
