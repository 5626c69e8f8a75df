/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/volume.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/mount.h>

#include "base/json.h"
#include "spec/json.h"
#include "spec/mount.h"

enum { LABELS_MAX = 1024 };

/* ---- options ---- */

static int bad_option(struct err *e, const char *what, const char *cause, const char *hint)
{
	return err_set(e, "bad-volume-option", EINVAL, "option '%s' of a volume", what),
	       err_cause(e, "%s", cause), err_hint(e, "%s", hint);
}

#define HINT "write type=tmpfs,o=size=64m, or type=none,o=bind,device=DIRECTORY, each with --opt of its own"

int volume_option(struct volume *v, const char *pair, struct err *e)
{
	const char *value;

	if ((value = str_after(pair, "type=")))
		v->type = value;
	else if ((value = str_after(pair, "device=")) && *value)
		v->device = value;
	else if ((value = str_after(pair, "o=")))
		v->options = value;
	else
		return bad_option(e, pair, "it is not known", HINT);
	return 0;
}

static bool is_bind(const struct volume *v)
{
	return str_eq(v->type, "none") || str_eq(v->type, "bind");
}

static bool has_word(const char *list, const char *word)
{
	return list && str_has_word(list, ",", word, strlen(word));
}

int volume_check(struct arena *a, const struct volume *v, struct err *e)
{
	struct spec_mount m = { 0 };

	if (v->type && !is_bind(v) && !str_eq(v->type, "tmpfs"))
		return bad_option(e, arena_printf(a, "type=%s", v->type),
				  "there are volumes of tmpfs, none and bind only", HINT);
	if (!v->type && (v->device || v->options))
		return bad_option(e, v->device ? "device" : "o", "without type it says nothing", HINT);
	if (is_bind(v) && (!v->device || v->device[0] != '/'))
		return bad_option(e, "device", "it is to be the absolute path of a directory", HINT);
	if (is_bind(v) && !has_word(v->options, "bind") && !has_word(v->options, "rbind"))
		return bad_option(e, "o", "a directory of the host is bound", HINT);
	return volume_mount(a, v, &m, e);
}

int volume_mount(struct arena *a, const struct volume *v, struct spec_mount *m, struct err *e)
{
	struct spec_mount own = { 0 };
	int r;

	if (!v->type)
		return 0;
	r = mount_parse_options(a, is_bind(v) ? "bind" : v->type, v->options ? v->options : "", &own, e);
	if (r < 0)
		return r;
	/* what either of the two forbids is forbidden: "rw" of the volume opens nothing that the mount asks to be closed */
	m->attr |= own.attr & (m->attr & MOUNT_ATTR__ATIME ? ~(uint64_t)MOUNT_ATTR__ATIME : UINT64_MAX);
	m->recursive = own.recursive;
	m->attr_recursive = m->recursive && (m->attr & MOUNT_ATTR_RDONLY);
	m->propagation = m->propagation ? m->propagation : own.propagation;
	m->data = own.data;
	m->copy_up = own.copy_up;
	if (is_bind(v))
		m->source = v->device;
	return 0;
}

/* ---- anonymous ones ---- */

/* FNV-1a, 64 bits: the paths of one container are few, and to make two of them meet wins nobody anything. */
static uint64_t number_of(const char *text)
{
	uint64_t n = 0xcbf29ce484222325;

	for (; *text; text++)
		n = (n ^ (unsigned char)*text) * 0x100000001b3;
	return n;
}

const char *volume_anonymous(struct arena *a, const char *id, const char *target)
{
	return arena_printf(a, "%.*s%016llx", VOLUME_PREFIX, id, (unsigned long long)number_of(target));
}

bool volume_is_of(const char *name, const char *id)
{
	return strlen(name) == VOLUME_ANONYMOUS && strlen(id) >= VOLUME_PREFIX &&
	       strncmp(name, id, VOLUME_PREFIX) == 0;
}

/* ---- its file ---- */

static void write_text(const char *key, const char *value, struct str *out)
{
	if (!value)
		return;
	str_addf(out, ", \"%s\": ", key);
	json_add_bytes(out, value);
}

void volume_write(const struct volume *v, struct str *out)
{
	str_addf(out, "{\"created\": %lld, \"anonymous\": %s", (long long)v->created,
		 v->anonymous ? "true" : "false");
	write_text("type", v->type, out);
	write_text("device", v->device, out);
	write_text("o", v->options, out);
	str_add(out, ", \"labels\": [");
	for (size_t i = 0; i < v->labels.n; i++) {
		str_add(out, i ? ", " : "");
		json_add_bytes(out, v->labels.v[i]);
	}
	str_add(out, "]}\n");
}

static const char *text_of(struct json_reader *r, struct json_object *root, const char *key)
{
	struct json_object *o;
	const char *text;

	if (!json_object_object_get_ex(root, key, &o))
		return NULL;
	text = json_get_bytes(r->arena, o);
	if (!text)
		json_fail(r, key, "must be a string");
	return text;
}

int volume_parse(struct arena *a, const char *text, size_t len, struct volume *v, struct err *e)
{
	struct json_reader r = { .arena = a, .file = "volume.json", .code = "volume-bad", .err = e };
	autojson struct json_object *root = json_parse(&r, text, len);
	struct json_object *list;
	struct err why;

	*v = (struct volume){ 0 };
	json_boolean(&r, root, "anonymous", &v->anonymous);
	json_integer(&r, root, "created", 0, INT64_MAX, &v->created);
	list = json_array(&r, root, "labels", LABELS_MAX);
	v->type = text_of(&r, root, "type");
	v->device = text_of(&r, root, "device");
	v->options = text_of(&r, root, "o");
	if (json_result(&r) < 0)
		return -EINVAL;
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		const char *label = json_get_bytes(a, json_object_array_get_idx(list, i));

		if (label && strchr(label, '='))
			strv_push(a, &v->labels, label);
	}
	/* written by volume_write(), of what was checked; but who knows */
	if (volume_check(a, v, &why) == 0)
		return 0;
	return err_set(e, "volume-bad", EINVAL, "read %s", r.file), err_cause(e, "%s: %s", why.what, why.cause);
}
