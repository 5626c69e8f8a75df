/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/record_update.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fd.h"
#include "state/record_wish.h"

#define UPDATED "updated"

/* ---- the lock ---- */

/* Whoever has it waits for nobody but the kernel. */
static int lock(int fd)
{
	enum { LOCK_MS = 30000, POLL_MS = 5 };
	int r;

	for (int waited = 0;
	     (r = flock(fd, LOCK_EX | LOCK_NB)) < 0 && errno == EWOULDBLOCK && waited < LOCK_MS;
	     waited += POLL_MS)
		poll(NULL, 0, POLL_MS);
	return r < 0 ? -errno : fd;
}

static int open_locked(const struct container *c, int flags)
{
	int fd = openat(c->dir, UPDATED, O_RDONLY | O_CLOEXEC | flags, 0600);
	int r = fd < 0 ? -errno : lock(fd);

	if (r < 0)
		fd_close(&fd);
	return r;
}

int record_update_lock(const struct container *c, struct err *e)
{
	int r = open_locked(c, O_CREAT);

	if (r >= 0)
		return r;
	err_set(e, r == -EWOULDBLOCK ? "container-busy" : "state", r == -EWOULDBLOCK ? EBUSY : -r,
		"lock the record of container %.12s", c->id);
	return r == -EWOULDBLOCK ? err_cause(e, "another guise is changing it") : r;
}

int record_update_wait(const struct container *c)
{
	return open_locked(c, 0);
}

/* ---- HostConfig ---- */

static bool same_device(json_object *a, json_object *b)
{
	json_object *x, *y;

	return json_object_object_get_ex(a, "Path", &x) && json_object_object_get_ex(b, "Path", &y) &&
	       strcmp(json_object_get_string(x), json_object_get_string(y)) == 0;
}

/* A list has a member a device: those of other devices stay. A rate of 0 is none. */
static json_object *merge_rates(json_object *was, json_object *given)
{
	json_object *all = json_object_new_array(), *rate;
	size_t n = was ? json_object_array_length(was) : 0, m = json_object_array_length(given);

	for (size_t i = 0; i < n; i++) {
		json_object *one = json_object_array_get_idx(was, i);
		bool replaced = false;

		for (size_t j = 0; j < m; j++)
			replaced = replaced || same_device(one, json_object_array_get_idx(given, j));
		if (!replaced)
			json_object_array_add(all, json_object_get(one));
	}
	for (size_t j = 0; j < m; j++) {
		json_object *one = json_object_array_get_idx(given, j);

		if (json_object_object_get_ex(one, "Rate", &rate) && json_object_get_int64(rate))
			json_object_array_add(all, json_object_get(one));
	}
	return all;
}

/* A number of processors, and a quota with its period, say the same: what was said last counts. */
static void drop_other(json_object *config, const struct spec_limits *l)
{
	if (l->cpus) {
		json_object_object_del(config, "CpuQuota");
		json_object_object_del(config, "CpuPeriod");
	} else if (l->cpu_quota != LIMIT_UNSET || l->cpu_period) {
		json_object_object_del(config, "NanoCpus");
	}
}

/* No limit of memory is 0 in docker's HostConfig, and of both together, -1. */
static void drop_none(json_object *config, const char *key)
{
	json_object *value;

	if (json_object_object_get_ex(config, key, &value) && json_object_get_int64(value) < 0)
		json_object_object_del(config, key);
}

int64_t record_update_number(const char *host_config, const char *key)
{
	json_object *config = json_tokener_parse(host_config ? host_config : "{}"), *value;
	int64_t n = json_object_object_get_ex(config, key, &value) ? json_object_get_int64(value) : 0;

	json_object_put(config);
	return n;
}

const char *record_update_wish(struct arena *a, const char *host_config, const struct spec_limits *l)
{
	struct str text = { .arena = a };
	json_object *config = json_tokener_parse(host_config ? host_config : "{}"), *given;
	const char *out;

	record_wish_limits(l, &text);
	given = json_tokener_parse(str_get(&text));
	drop_other(config, l);
	json_object_object_foreach(given, key, value)
	{
		json_object *was = json_object_object_get(config, key);

		json_object_object_add(config, key,
				       json_object_is_type(value, json_type_array) ? merge_rates(was, value) :
										     json_object_get(value));
	}
	drop_none(config, "Memory");
	drop_none(config, "MemoryReservation");
	out = arena_strdup(a, json_object_to_json_string_ext(config, JSON_C_TO_STRING_PLAIN |
									     JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(given);
	json_object_put(config);
	return out;
}
