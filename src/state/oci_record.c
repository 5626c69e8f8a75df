/* SPDX-License-Identifier: GPL-2.0-or-later */

/* container.json of guise-oci, and the state that is made of it (runtime.md, "State"). */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/json.h"
#include "spec/oci/oci.h"
#include "state/oci_container.h"
#include "state/record_parts.h"

int oci_record_write(const struct oci_container *o, struct err *e)
{
	const struct oci_record *r = &o->rec;
	struct str out = { .arena = o->arena };

	str_add(&out, "{\"id\": ");
	json_add_bytes(&out, r->id);
	record_put_str(&out, "ociVersion", r->version);
	record_put_str(&out, "guise", GUISE_VERSION);
	record_put_int(&out, "created", r->created);
	record_put_str(&out, "bundle", r->bundle);
	record_put_str(&out, "rootfs", r->rootfs);
	record_put_list(&out, "annotations", &r->annotations);
	record_put_str(&out, "cgroup", r->cgroup);
	record_put_str(&out, "scope", r->scope);
	str_add(&out, ",\n \"later\": ");
	plan_to_json(&r->later, &out);
	str_add(&out, ",\n \"plan\": ");
	plan_to_json(&r->plan, &out);
	str_add(&out, "}\n");
	return record_write_file(&o->c, "container.json", &out, e);
}

static int read_plan(json_object *o, const char *key, struct plan *p, struct arena *a, struct err *e)
{
	json_object *plan = NULL;

	*p = (struct plan){ .arena = a };
	json_object_object_get_ex(o, key, &plan);
	return plan_from_json(p, plan, e);
}

int oci_record_read(struct oci_container *o, struct err *e)
{
	struct oci_record *r = &o->rec;
	struct arena *a = o->arena;
	json_object *file;
	int64_t started;
	int n = record_read_file(&o->c, a, "container.json", &file, e), process;

	*r = (struct oci_record){ .id = o->c.id };
	if (n == -ENOENT)
		return n;
	r->version = record_get_str(a, file, "ociVersion");
	r->created = record_get_int(file, "created", 0);
	r->bundle = record_get_str(a, file, "bundle");
	r->rootfs = record_get_str(a, file, "rootfs");
	r->annotations = record_get_list(a, file, "annotations");
	r->cgroup = record_get_str(a, file, "cgroup");
	r->scope = record_get_str(a, file, "scope");
	if (n == 0 && (n = read_plan(file, "later", &r->later, a, e)) == 0 &&
	    (n = read_plan(file, "plan", &r->plan, a, e)) == 0)
		n = plan_check_whole(&r->plan, e);
	json_object_put(file);
	process = record_read_process(&o->c, a, &r->pid, &r->start_time, &started,
				      n < 0 ? &(struct err){ 0 } : e);
	n = n < 0 ? n : process;
	return n < 0 ? err_hint(e, "guise-oci delete --force %s removes what there is of it", o->c.id) : 0;
}

/* ---- state ---- */

pid_t oci_pid(const struct oci_container *o)
{
	return o->status == OCI_STOPPED ? 0 : o->rec.pid;
}

static void add_key(struct str *out, const char *before, const char *key, const char *value)
{
	str_addf(out, "%s\"%s\":%s", before, key, *before == '{' || !strchr(before, '\n') ? "" : " ");
	json_add_string(out, value ? value : "");
}

static void add_annotations(struct str *out, const struct strv *pairs, const char *before, const char *after)
{
	for (size_t i = 0; i + 1 < pairs->n; i += 2) {
		str_add(out, i ? "," : "");
		add_key(out, before, pairs->v[i], pairs->v[i + 1]);
	}
	str_add(out, after);
}

/* "The version of the specification with which the state complies" (runtime.md, "State"): that of
 * config.json, if it is one that is known. */
static const char *state_version(const struct oci_record *r)
{
	return str_after(r->version, "1.") || str_after(r->version, "0.") ? r->version : OCI_VERSION;
}

/* `sep` stands before each key: runc's state has a line for each. */
static void add_state(const struct oci_container *o, const char *first, const char *sep, struct str *out)
{
	const struct oci_record *r = &o->rec;
	const char *blank = strchr(sep, '\n') ? " " : "";
	char created[40];

	add_key(out, first, "ociVersion", state_version(r));
	add_key(out, sep, "id", r->id);
	str_addf(out, "%s\"pid\":%s%d", sep, blank, oci_pid(o));
	add_key(out, sep, "status", oci_status_name[o->status]);
	add_key(out, sep, "bundle", r->bundle);
	add_key(out, sep, "rootfs", r->rootfs);
	add_key(out, sep, "created", record_time(r->created, created));
}

void oci_state_json(const struct oci_container *o, struct str *out)
{
	str_add(out, "{");
	add_state(o, "\n  ", ",\n  ", out);
	if (o->rec.annotations.n) {
		str_add(out, ",\n  \"annotations\": {");
		add_annotations(out, &o->rec.annotations, "\n    ", "\n  }");
	}
	add_key(out, ",\n  ", "owner", "");
	str_add(out, "\n}\n");
}

void oci_list_json(const struct oci_container *o, const char *owner, struct str *out)
{
	add_state(o, "{", ",", out);
	if (o->rec.annotations.n) {
		str_add(out, ",\"annotations\":{");
		add_annotations(out, &o->rec.annotations, "", "}");
	}
	add_key(out, ",", "owner", owner);
	str_add(out, "}");
}

void oci_hook_state(const struct oci_record *r, struct live *live)
{
	struct str head = { .arena = live->arena }, tail = { .arena = live->arena };

	add_key(&head, "{", "ociVersion", state_version(r));
	add_key(&head, ",", "id", r->id);
	str_add(&head, ",");
	add_key(&tail, ",", "bundle", r->bundle);
	if (r->annotations.n) {
		str_add(&tail, ",\"annotations\":{");
		add_annotations(&tail, &r->annotations, "", "}");
	}
	str_add(&tail, "}");
	live->state_head = head.p;
	live->state_tail = tail.p;
}
