/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/image/auth.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "spec/json.h"

/* ---- base64 (RFC 4648) ---- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* NULL: it is none, or has a NUL in it. */
static char *decode(struct arena *a, const char *text)
{
	size_t len = strlen(text), n = 0;
	char *out = arena_alloc(a, len + 1);
	unsigned bits = 0, have = 0;

	while (len && text[len - 1] == '=')
		len--;
	for (size_t i = 0; i < len; i++) {
		const char *digit = text[i] ? strchr(digits, text[i]) : NULL;

		if (!digit)
			return NULL;
		bits = bits << 6 | (unsigned)(digit - digits);
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		out[n++] = (char)(bits >> have);
		bits &= (1u << have) - 1;
	}
	return strlen(out) == n ? out : NULL;
}

static char *encode(struct arena *a, const char *text)
{
	size_t len = strlen(text), n = 0;
	char *out = arena_alloc(a, len / 3 * 4 + 5);

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		unsigned bits = (unsigned)(uint8_t)text[i] << 16;

		if (left > 1)
			bits |= (unsigned)(uint8_t)text[i + 1] << 8;
		if (left > 2)
			bits |= (uint8_t)text[i + 2];
		out[n++] = digits[bits >> 18];
		out[n++] = digits[bits >> 12 & 63];
		out[n++] = left > 1 ? digits[bits >> 6 & 63] : '=';
		out[n++] = left > 2 ? digits[bits & 63] : '=';
	}
	return out;
}

/* ---- files ---- */

/* docker has "https://index.docker.io/v1/" for its hub, and URLs for others of old. */
static const char *place_of(struct arena *a, const char *key)
{
	const char *rest = str_after(key, "https://") ?: str_after(key, "http://");
	char *place = arena_strdup(a, rest ? rest : key);
	char *slash = strchr(place, '/');

	if (slash && (rest || !slash[1]))
		*slash = '\0';
	return str_eq(place, "index.docker.io") || str_eq(place, "registry-1.docker.io") ? "docker.io" :
											   place;
}

/* How much of DOMAIN/PATH the key says: its length if it is that, or a beginning that ends at a slash; else 0. */
static size_t matches(struct arena *a, const char *key, const struct reference *name)
{
	const char *place = place_of(a, key), *rest = str_after(reference_name(a, name), place);

	return rest && (!*rest || *rest == '/') ? strlen(place) : 0;
}

/* The key of an object that says most of the name; NULL: none does. */
static const char *best_key(struct arena *a, struct json_object *o, const struct reference *name)
{
	const char *best = NULL;
	size_t most = 0;

	if (!o)
		return NULL;
	json_object_object_foreach (o, key, ignored) {
		size_t n = matches(a, key, name);

		(void)ignored;
		if (n > most) {
			best = key;
			most = n;
		}
	}
	return best;
}

static void read_entry(struct json_reader *r, struct json_object *entry, struct auth *found)
{
	const char *auth = json_string(r, entry, "auth");
	char *text, *colon;

	found->token = json_string(r, entry, "identitytoken");
	found->user = json_string(r, entry, "username");
	found->password = json_string(r, entry, "password");
	if (!auth || !*auth)
		return;
	if (!(text = decode(r->arena, auth)) || !(colon = strchr(text, ':')))
		return json_fail(r, "auth", "is no USER:PASSWORD in base64");
	*colon = '\0';
	found->user = text;
	found->password = colon + 1;
}

static void read_auths(struct json_reader *r, struct json_object *root, const struct reference *name,
		       struct auth *found)
{
	struct json_object *auths = json_child(r, root, "auths");
	const char *key = best_key(r->arena, auths, name);
	size_t depth = json_enter(r, "auths");

	if (key)
		read_entry(r, json_child(r, auths, key), found);
	json_leave(r, depth);
}

/* ---- helpers ---- */

/* A helper's name becomes that of a program. */
static void take_helper(struct json_reader *r, const char *member, const char *helper, const char *key,
			struct auth *at)
{
	at->helper = helper;
	at->helper_key = helper ? arena_strdup(r->arena, key) : NULL;
	if (helper && (!*helper || strchr(helper, '/')))
		json_fail(r, member, "'%s' is no name of a program", helper);
}

/* That of the registry itself. */
static void read_own_helper(struct json_reader *r, struct json_object *root, const char *domain,
			    struct auth *at)
{
	struct json_object *helpers = json_child(r, root, "credHelpers");

	if (!helpers)
		return;
	json_object_object_foreach (helpers, key, ignored) {
		(void)ignored;
		if (str_eq(place_of(r->arena, key), place_of(r->arena, domain)))
			return take_helper(r, "credHelpers", json_string(r, helpers, key), key, at);
	}
}

/* That of all others. */
static void read_store(struct json_reader *r, struct json_object *root, const char *domain, struct auth *at)
{
	take_helper(r, "credsStore", json_string(r, root, "credsStore"),
		    str_eq(place_of(r->arena, domain), "docker.io") ? "https://index.docker.io/v1/" : domain,
		    at);
}

int auth_helper(struct arena *a, const char *file, const char *text, size_t len, const char *domain,
		struct auth *at, struct err *e)
{
	struct json_reader r = { .arena = a, .file = file, .code = "bad-auth-file", .err = e };
	autojson struct json_object *root = json_parse(&r, text, len);

	*at = (struct auth){ 0 };
	if (root)
		read_own_helper(&r, root, domain, at);
	if (root && !at->helper)
		read_store(&r, root, domain, at);
	return json_result(&r);
}

/* ---- all of it ---- */

int auth_find(struct arena *a, const char *file, const char *text, size_t len, const struct reference *name,
	      struct auth *found, struct err *e)
{
	struct json_reader r = { .arena = a, .file = file, .code = "bad-auth-file", .err = e };
	autojson struct json_object *root = json_parse(&r, text, len);

	*found = (struct auth){ 0 };
	if (!root)
		return json_result(&r);
	read_own_helper(&r, root, name->domain, found);
	if (!found->helper)
		read_auths(&r, root, name, found);
	if (!found->helper && !found->user && !found->token)
		read_store(&r, root, name->domain, found);
	return json_result(&r);
}

const char *auth_basic(struct arena *a, const char *user, const char *password)
{
	return arena_printf(a, "Basic %s", encode(a, arena_printf(a, "%s:%s", user, password ?: "")));
}

/* json-c takes over what is added. */
static struct json_object *child_made(struct json_object *o, const char *key)
{
	struct json_object *child = NULL;

	if (json_object_object_get_ex(o, key, &child) && json_object_is_type(child, json_type_object))
		return child;
	child = json_object_new_object();
	json_object_object_add(o, key, child);
	return child;
}

int auth_change(struct arena *a, const char *file, const char *text, size_t len, const char *key,
		const char *user, const char *password, const char **changed, struct err *e)
{
	struct json_reader r = { .arena = a, .file = file, .code = "bad-auth-file", .err = e };
	autojson struct json_object *root = text ? json_parse(&r, text, len) : json_object_new_object();
	struct json_object *auths, *entry;

	if (!root)
		return json_result(&r);
	auths = child_made(root, "auths");
	if (!user && !json_object_object_get_ex(auths, key, NULL))
		return err_set(e, "not-logged-in", ENOENT, "log out of %s", key),
		       err_cause(e, "%s has no credentials for it", file);
	if (user) {
		entry = json_object_new_object();
		json_object_object_add(
			entry, "auth",
			json_object_new_string(encode(a, arena_printf(a, "%s:%s", user, password))));
		json_object_object_add(auths, key, entry);
	} else {
		json_object_object_del(auths, key);
	}
	*changed = arena_strdup(a, json_object_to_json_string_ext(
					   root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	return 0;
}
