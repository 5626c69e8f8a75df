/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/oci/oci.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "spec/oci/parts.h"

const char *const oci_hook_name[HOOK_COUNT] = {
	[HOOK_PRESTART] = "prestart",
	[HOOK_CREATE_RUNTIME] = "createRuntime",
	[HOOK_CREATE_CONTAINER] = "createContainer",
	[HOOK_START_CONTAINER] = "startContainer",
	[HOOK_POSTSTART] = "poststart",
	[HOOK_POSTSTOP] = "poststop",
};

const char *oci_required(struct json_reader *r, struct json_object *o, const char *key)
{
	const char *s = json_string(r, o, key);

	if (!s || !*s)
		json_fail(r, key, "%s", s ? "must not be empty" : "missing");
	return r->failed ? NULL : s;
}

const char *oci_optional(struct json_reader *r, struct json_object *o, const char *key)
{
	const char *s = json_string(r, o, key);

	return s && *s ? s : NULL;
}

const char *oci_path(struct json_reader *r, const char *key, const char *path, bool absolute)
{
	char *out, *end;

	if (r->failed || !path)
		return NULL;
	if (absolute && *path != '/') {
		json_fail(r, key, "%s: must be an absolute path", path);
		return NULL;
	}
	out = end = arena_alloc(r->arena, strlen(path) + 2);
	for (size_t len; path += strspn(path, "/"), (len = strcspn(path, "/")); path += len) {
		if (len == 1 && *path == '.')
			continue;
		if (len == 2 && path[0] == '.' && path[1] == '.') {
			if (end == out) {
				json_fail(r, key, "leads out of the root");
				return NULL;
			}
			while (*--end != '/')
				;
			continue;
		}
		*end++ = '/';
		end = mempcpy(end, path, len);
	}
	*end = '\0';
	return end == out ? "/" : out;
}

/* ---- version */

/* NUMBER of a SemVer: no leading zero. The rest behind it, or NULL. */
static const char *skip_number(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n == 0 || (n > 1 && *s == '0') ? NULL : s + n;
}

/* Dot separated parts of [0-9A-Za-z-], none empty. The rest behind them, or NULL. */
static const char *skip_parts(const char *s)
{
	for (;; s++) {
		const char *part = s;
		while (isalnum((unsigned char)*s) || *s == '-')
			s++;
		if (s == part || *s != '.')
			return s == part ? NULL : s;
	}
}

/* Is it MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD] (semver.org, 2.0.0)? */
static bool is_semver(const char *s)
{
	for (int i = 0; i < 3; i++)
		if (!(s = skip_number(s)) || (i < 2 && *s++ != '.'))
			return false;
	if (*s == '-' && !(s = skip_parts(s + 1)))
		return false;
	if (*s == '+' && !(s = skip_parts(s + 1)))
		return false;
	return !*s;
}

/* A major version that is not known may mean anything (semver.org, 8). That the rest fits is more likely than
 * not, and the other runtimes do not look at it. */
static void read_version(struct json_reader *r, struct json_object *root, struct oci_config *c)
{
	c->version = oci_required(r, root, "ociVersion");
	if (!c->version)
		return;
	if (!is_semver(c->version))
		json_fail(r, "ociVersion", "%s is not a version as 1.3.0", c->version);
	else if (!str_after(c->version, "1.") && !str_after(c->version, "0."))
		json_warn(r, "ociVersion", "%s is unknown, it is read as " OCI_VERSION, c->version);
}

void oci_limits_of_version(const char *version, struct spec_limits *l)
{
	const char *minor = version ? str_after(version, "1.") : NULL;
	bool old = minor ? strtoul(minor, NULL, 10) < 3 : version && str_after(version, "0.");

	if (l->pids == 0 && old)
		l->pids = LIMIT_UNSET;
}

/* ---- root, hooks */

static void read_root(struct json_reader *r, struct json_object *root, struct oci_config *c)
{
	struct json_object *o = json_child(r, root, "root");

	if (!o)
		return json_fail(r, "root", "missing");
	size_t at = json_enter(r, "root");
	c->root = oci_required(r, o, "path");
	json_boolean(r, o, "readonly", &c->root_readonly);
	json_leave(r, at);
}

static void read_hook(struct json_reader *r, struct json_object *o, void *out)
{
	struct oci_hook *h = out;
	uint64_t timeout;

	h->path = oci_required(r, o, "path");
	if (h->path && *h->path != '/')
		json_fail(r, "path", "%s: must be an absolute path", h->path);
	h->args.v = json_strings(r, o, "args", OCI_LIST_MAX, &h->args.n);
	h->env.v = json_strings(r, o, "env", OCI_LIST_MAX, &h->env.n);
	if (json_number(r, o, "timeout", INT32_MAX, &timeout)) {
		if (timeout == 0)
			json_fail(r, "timeout", "must be greater than 0");
		h->timeout = timeout;
	}
}

static void read_hooks(struct json_reader *r, struct json_object *root, struct oci_config *c)
{
	struct json_object *o = json_child(r, root, "hooks");

	if (!o)
		return;
	size_t at = json_enter(r, "hooks");
	for (int kind = 0; kind < HOOK_COUNT; kind++)
		c->hooks[kind].list = json_objects(r, o, oci_hook_name[kind], OCI_LIST_MAX,
						   sizeof(struct oci_hook), read_hook, &c->hooks[kind].n);
	json_leave(r, at);
}

/* ---- all of it */

void oci_read_inherited(struct json_reader *r, struct json_object *root, struct oci_config *c)
{
	struct json_object *process = json_child(r, root, "process"), *linux_ = json_child(r, root, "linux");
	size_t at;

	if (process) {
		at = json_enter(r, "process");
		c->has_process = true;
		oci_read_process(r, process, &c->process);
		json_leave(r, at);
	}
	oci_read_annotations(r, root, c);
	if (linux_) {
		at = json_enter(r, "linux");
		oci_read_linux(r, linux_, c);
		json_leave(r, at);
	}
}

static void read_config(struct json_reader *r, struct json_object *root, const char *bundle,
			struct oci_config *c)
{
	read_version(r, root, c);
	read_root(r, root, c);
	c->hostname = oci_optional(r, root, "hostname");
	c->domainname = oci_optional(r, root, "domainname");
	oci_read_mounts(r, root, bundle, c);
	read_hooks(r, root, c);
	oci_read_inherited(r, root, c);
	if (c->has_process && !r->failed)
		oci_write_inherited(r->arena, root, c);
	if (!r->failed)
		oci_limits_of_version(c->version, &c->limits);
	oci_check(r, c);
}

static struct json_object *parse(struct json_reader *r, const char *text, size_t len)
{
	if (len <= OCI_CONFIG_MAX)
		return json_parse(r, text, len);
	json_fail(r, NULL, "larger than %d bytes", OCI_CONFIG_MAX);
	return NULL;
}

int oci_parse(struct arena *a, const char *text, size_t len, const char *bundle, struct oci_config *c,
	      struct err *e)
{
	struct json_reader r = {
		.arena = a, .file = "config.json", .code = "bad-config", .err = e, .warnings = &c->warnings
	};
	autojson struct json_object *root = NULL;

	*c = (struct oci_config){ 0 };
	spec_limits_init(&c->limits);
	root = parse(&r, text, len);
	if (root)
		read_config(&r, root, bundle, c);
	return json_result(&r);
}

int oci_parse_process(struct arena *a, const char *text, size_t len, const char *file, struct oci_process *p,
		      struct err *e)
{
	struct json_reader r = {
		.arena = a, .file = file, .code = "bad-process", .err = e, .warnings = &p->warnings
	};
	autojson struct json_object *root = NULL;

	*p = (struct oci_process){ 0 };
	root = parse(&r, text, len);
	if (root)
		oci_read_process(&r, root, p);
	return json_result(&r);
}

int oci_parse_resources(struct arena *a, const char *text, size_t len, const char *file,
			struct spec_limits *l, struct err *e)
{
	struct json_reader r = { .arena = a, .file = file, .code = "bad-resources", .err = e };
	autojson struct json_object *root = NULL;

	spec_limits_init(l);
	root = parse(&r, text, len);
	if (root)
		oci_read_resources(&r, root, l);
	return json_result(&r);
}
