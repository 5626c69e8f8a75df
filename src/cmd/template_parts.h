/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-c/json.h>

#include "cmd/template.h"

/* What the files of a template share. Values are json-c's. New ones are kept in `made` and released at the
 * end, so that nobody has to count references. */

enum { TEMPLATE_VARIABLES_MAX = 16, TEMPLATE_DEPTH_MAX = 64, TEMPLATE_ARGS_MAX = 16 };

struct template
{
	const char *text, *p; /* all of it, and where we are */
	json_object *root, *dot;
	json_object *made; /* an array */
	struct {
		const char *name; /* without $, not ended */
		size_t len;
		json_object *value;
	} variables[TEMPLATE_VARIABLES_MAX];
	size_t n_variables;
	unsigned depth;
	bool skipping; /* in a branch that is not taken: it is read, and nothing comes of it */
	bool failed;
	struct str *out;
	struct err *err;
};

/* The first failure counts. Returns NULL. */
[[gnu::format(printf, 2, 3)]] json_object *template_fail(struct template *t, const char *format, ...);

/* A value that t keeps until the end; returns it. */
json_object *template_keep(struct template *t, json_object *value);

/* ---- template_value.c ---- */

/* As Go prints it: texts as they are, [a b], map[k:v] by the order of keys, <no value>. */
void value_print(struct str *out, json_object *value);

/* Is it more than nothing: no false, 0, empty text, empty list, or null? */
bool value_truth(json_object *value);

/* The keys of an object in order; the caller frees the array, not the keys. */
const char **value_keys(json_object *object, size_t *n);

/* ---- template_function.c ---- */

/* The function of that name, applied. NULL for a value that is null, and when it failed. */
json_object *template_call(struct template *t, const char *name, size_t len, json_object *const *args,
			   size_t n);
bool template_is_function(const char *name, size_t len);
