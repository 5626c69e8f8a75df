/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-c/json_types.h>

#include "state/state.h"

/* Writing and reading the files of a container's directory, for records of containers of both kinds. */

/* The largest file that is written and read. Arguments and environments of the kernel's limit, 6 MiB,
 * stand in it three times, and six bytes of JSON may be one of theirs. */
enum { RECORD_MAX = 128 << 20 };

/* A key and its value behind what is there already; nothing for NULL and false. */
void record_put_str(struct str *out, const char *key, const char *value);
void record_put_list(struct str *out, const char *key, const struct strv *v);
void record_put_int(struct str *out, const char *key, int64_t value);
void record_put_flag(struct str *out, const char *key, bool value);
/* E2BIG "record-too-large": what is written can be read. */
int record_write_file(const struct container *c, const char *file, const struct str *out, struct err *e);

/* A key's value, in the arena; NULL, `otherwise` or an empty list where it is not there, or null, or no
 * such thing. */
const char *record_get_str(struct arena *a, json_object *o, const char *key);
int64_t record_get_int(json_object *o, const char *key, int64_t otherwise);
struct strv record_get_list(struct arena *a, json_object *o, const char *key);

/* The object in a file; the caller puts it (json_object_put). -ENOENT where there is no such file. */
int record_read_file(const struct container *c, struct arena *a, const char *file, json_object **o,
		     struct err *e);

/* process.json; *pid is 0 where there is none, and where it can't be read: "record-bad". */
int record_read_process(const struct container *c, struct arena *a, pid_t *pid, uint64_t *start_time,
			int64_t *started, struct err *e);

/* container.json, parsed: for record_read(), and for fuzz. r has its id, name and arena. */
int record_from_json(json_object *o, struct record *r, struct err *e);
