/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <json-c/json_object.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/*
 * Reading JSON that someone else wrote, into a model: a thin layer over json-c with sticky failure. The
 * first wrong thing is recorded with the file and its place ("profile.json: syscalls[3].args[0].op:
 * must be a string"); every later getter returns nothing, so a reader checks once, at the end:
 *
 *     struct json_reader r = { .arena = a, .file = "profile.json", .err = e };
 *     autojson struct json_object *root = json_parse(&r, text, len);
 *     model->name = json_string(&r, root, "name");
 *     return json_result(&r);
 *
 * Every getter takes an object and a key, and returns NULL, 0 or false where the key is absent (or
 * null). Unknown keys are ignored, as OCI's specifications ask.
 */
enum { JSON_DEPTH_MAX = 12 };
#define JSON_NO_INDEX SIZE_MAX

struct json_reader {
	struct arena *arena; /* strings are copied here */
	const char *file;    /* for messages */
	const char *code;    /* the error's stable code */
	struct err *err;
	struct strv *warnings; /* of json_warn(); NULL: not wanted */
	bool failed;
	size_t depth; /* of where we are; a message shows no more than JSON_DEPTH_MAX of it */
	struct json_place {
		const char *key;
		size_t index; /* of an array's item; JSON_NO_INDEX: of none */
	} place[JSON_DEPTH_MAX];
};

#define autojson [[gnu::cleanup(json_cleanup)]]
void json_cleanup(struct json_object **root);

/* Parse the whole text: strict JSON, UTF-8, at most 32 levels deep, an object at the top. */
struct json_object *json_parse(struct json_reader *r, const char *text, size_t len);

/* A string without NUL bytes, copied to the arena. */
const char *json_string(struct json_reader *r, struct json_object *o, const char *key);
/* A whole number from 0 to max. Returns whether it was there. */
bool json_number(struct json_reader *r, struct json_object *o, const char *key, uint64_t max, uint64_t *n);
/* The same from min to max. */
bool json_integer(struct json_reader *r, struct json_object *o, const char *key, int64_t min, int64_t max,
		  int64_t *n);
/* true or false. Returns whether it was there. */
bool json_boolean(struct json_reader *r, struct json_object *o, const char *key, bool *on);

/* A table of the words that a string may be. */
struct json_word {
	const char *word;
	uint64_t value;
};
struct json_words {
	const struct json_word *v;
	size_t n;
};
#define JSON_WORDS(table)                                                                                    \
	{                                                                                                    \
		(table), sizeof(table) / sizeof(*(table))                                                    \
	}

/* A string that must be one of the words; `what` is what they are ("action"). Returns whether it was there.
 */
bool json_word(struct json_reader *r, struct json_object *o, const char *key, const char *what,
	       const struct json_words *words, uint64_t *value);
/* An array of them, or-ed together. */
uint64_t json_flags(struct json_reader *r, struct json_object *o, const char *key, const char *what,
		    const struct json_words *words);
/* Whether it is one of them. */
bool json_word_find(const struct json_words *words, const char *word, uint64_t *value);

/* An array of at most max items. */
struct json_object *json_array(struct json_reader *r, struct json_object *o, const char *key, size_t max);
/* An array of strings, with its length: NULL if it is absent. */
const char **json_strings(struct json_reader *r, struct json_object *o, const char *key, size_t max,
			  size_t *n);
/* An array of objects, each read by `read` into an item of `size` bytes: the array of *n items. */
void *json_objects(struct json_reader *r, struct json_object *o, const char *key, size_t max, size_t size,
		   void (*read)(struct json_reader *r, struct json_object *item, void *out), size_t *n);
/* An array of whole numbers from 0 to max_value. */
uint32_t *json_numbers(struct json_reader *r, struct json_object *o, const char *key, size_t max,
		       uint32_t max_value, size_t *n);
/* An object of strings, in the order of the file: KEY, VALUE, KEY, VALUE. */
void json_pairs(struct json_reader *r, struct json_object *o, const char *key, size_t max,
		struct strv *pairs);
/* An object below an object. */
struct json_object *json_child(struct json_reader *r, struct json_object *o, const char *key);
/* Item i of an array, which must be an object. */
struct json_object *json_item(struct json_reader *r, struct json_object *array, size_t i);

/* For messages: we are now in o.key, or in o.key[i], until json_leave() with the value returned. The key is
 * kept by its address till then: nothing is formatted unless something fails. */
size_t json_enter(struct json_reader *r, const char *key);
size_t json_enter_item(struct json_reader *r, const char *key, size_t i);
void json_leave(struct json_reader *r, size_t depth);

/* Fail at a key of the present place (NULL: at the place itself), unless already failed. */
[[gnu::format(printf, 3, 4)]] void json_fail(struct json_reader *r, const char *key, const char *cause, ...);

/* A warning at a key of the present place, unless there is the same already. */
[[gnu::format(printf, 3, 4)]] void json_warn(struct json_reader *r, const char *key, const char *cause, ...);

/* 0 or -errno. */
int json_result(const struct json_reader *r);
