/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The files of a container's directory: see state.h. Written as text, read with json-c. */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/json.h"
#include "kernel/process/proc.h"
#include "state/record_parts.h"

enum {
	ENDING_ROOM = 8192, /* for exit.json, whose longest text is a cgroup's path */
};
#define ENDING "ending"

const char *const container_status_name[] = { "creating", "created", "running", "exited", "broken" };

int64_t record_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

[[gnu::hot]] const char *record_time(int64_t ns, char *buf)
{
	time_t sec = ns / 1000000000;
	struct tm tm;

	gmtime_r(&sec, &tm);
	strftime(buf, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	sprintf(buf + strlen(buf), ".%09lldZ", (long long)(ns % 1000000000));
	return buf;
}

/* ---- writing ---- */

void record_put_str(struct str *out, const char *key, const char *value)
{
	if (!value)
		return;
	str_addf(out, ",\n \"%s\": ", key);
	json_add_bytes(out, value);
}

void record_put_list(struct str *out, const char *key, const struct strv *v)
{
	str_addf(out, ",\n \"%s\": [", key);
	for (size_t i = 0; i < v->n; i++) {
		str_add(out, i ? ", " : "");
		json_add_bytes(out, v->v[i]);
	}
	str_add(out, "]");
}

void record_put_int(struct str *out, const char *key, int64_t value)
{
	str_addf(out, ",\n \"%s\": %lld", key, (long long)value);
}

void record_put_flag(struct str *out, const char *key, bool value)
{
	if (value)
		str_addf(out, ",\n \"%s\": true", key);
}

static void put_json(struct str *out, const char *key, const char *json)
{
	if (json)
		str_addf(out, ",\n \"%s\": %s", key, json);
}

int record_write_file(const struct container *c, const char *file, const struct str *out, struct err *e)
{
	int r;

	if (out->len > RECORD_MAX)
		return err_set(e, "record-too-large", E2BIG, "write %s of container %.12s", file, c->id),
		       err_cause(e, "it would take %zu bytes, and no more than %d can be read again",
				 out->len, RECORD_MAX),
		       err_hint(e,
				"give it shorter arguments, a smaller environment, or both by a file inside");
	r = io_write_file(c->dir, file, out->p, out->len, 0600);
	return r < 0 ? err_set(e, "state", -r, "write %s of container %.12s", file, c->id) : 0;
}

/* Where the file system can't set room aside it is asked for at the end, as ever. */
static int make_room(const struct container *c, struct err *e)
{
	autoclose int fd = openat(c->dir, ENDING, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || (fallocate(fd, 0, 0, ENDING_ROOM) < 0 && errno != EOPNOTSUPP))
		return err_set(e, "state", errno, "make room for the end of container %.12s", c->id);
	return 0;
}

static void put_wish(struct str *out, const struct record *r)
{
	str_add(out, "{\"id\": ");
	json_add_bytes(out, r->id);
	record_put_str(out, "name", r->name);
	record_put_str(out, "guise", GUISE_VERSION);
	record_put_int(out, "created", r->created);
	record_put_str(out, "rootfs", r->rootfs);
	if (r->image)
		record_put_str(out, "image", r->image);
	record_put_list(out, "command", &r->command);
	record_put_list(out, "env", &r->env);
	record_put_list(out, "labels", &r->labels);
	record_put_list(out, "exposed", &r->exposed);
	record_put_str(out, "user", r->user);
	record_put_str(out, "workdir", r->workdir);
	record_put_str(out, "hostname", r->hostname);
	record_put_str(out, "network", r->network);
	if (r->memory != LIMIT_UNSET)
		record_put_int(out, "memory", r->memory);
	record_put_flag(out, "tty", r->tty);
	record_put_flag(out, "init", r->init);
	record_put_flag(out, "interactive", r->interactive);
	record_put_flag(out, "entrypoint", r->entrypoint);
	put_json(out, "host_config", r->host_config);
	put_json(out, "mounts", r->mounts);
	record_put_flag(out, "remove", r->remove);
	record_put_int(out, "stop_signal", r->stop_signal);
	record_put_int(out, "stop_timeout", r->stop_timeout);
}

/* For start, which a container with --rm that wasn't created needs not. */
static void put_origin(struct str *out, const struct record *r)
{
	record_put_list(out, "argv", &r->argv);
	if (r->updates.n)
		record_put_list(out, "updates", &r->updates);
	if (r->connects.n)
		record_put_list(out, "connects", &r->connects);
	record_put_str(out, "cwd", r->cwd);
	record_put_flag(out, "by_create", r->by_create);
}

static void put_run(struct str *out, const struct record *r)
{
	record_put_str(out, "cgroup", r->cgroup);
	record_put_str(out, "memory_cgroup", r->memory_cgroup);
	record_put_str(out, "memory_mount", r->memory_mount);
	record_put_flag(out, "memory_v1", r->memory_v1);
	record_put_flag(out, "detach", r->detach);
	str_add(out, ",\n \"plan\": ");
	plan_to_json(&r->plan, out);
}

static struct container in_run(const struct container *c)
{
	return (struct container){ .id = c->id, .dir = container_run_dir(c) };
}

int record_write_wish(const struct container *c, const struct record *r, struct err *e)
{
	struct str out = { .arena = r->plan.arena };

	put_wish(&out, r);
	put_origin(&out, r);
	str_add(&out, "}\n");
	return record_write_file(c, "container.json", &out, e);
}

int record_write_run(const struct container *c, const struct record *r, struct err *e)
{
	struct container in = in_run(c);
	struct str out = { .arena = r->plan.arena };
	int n = r->remove ? 0 : make_room(&in, e); /* with --rm it is not recorded how it ended */

	if (n < 0)
		return n;
	str_addf(&out, "{\"run\": %u", c->run);
	record_put_str(&out, "network", r->network);
	put_run(&out, r);
	str_add(&out, "}\n");
	return record_write_file(&in, "run.json", &out, e);
}

int record_write_container(const struct container *c, const struct record *r, struct err *e)
{
	struct str out = { .arena = r->plan.arena };
	int n;

	if (c->run)
		return (n = record_write_run(c, r, e)) < 0 ? n : record_write_wish(c, r, e);
	if ((n = r->remove ? 0 : make_room(c, e)) < 0)
		return n;
	put_wish(&out, r);
	put_run(&out, r);
	str_add(&out, "}\n");
	return record_write_file(c, "container.json", &out, e);
}

int record_write_process(const struct container *c, pid_t pid, struct err *e)
{
	char text[160];
	int n = snprintf(text, sizeof(text), "{\"pid\": %d, \"start_time\": %llu, \"started\": %lld}\n", pid,
			 (unsigned long long)proc_start_time(pid), (long long)record_now());
	int r = io_write_file(container_run_dir(c), "process.json", text, n, 0600);

	return r < 0 ? err_set(e, "state", -r, "write process.json of container %.12s", c->id) : 0;
}

const char *const record_oom_whose[] = {
	[OOM_UNKNOWN] = "unknown", [OOM_OWN] = "own", [OOM_ANCESTOR] = "ancestor", [OOM_MACHINE] = "machine"
};

static int write_into_room(const struct container *c, const char *file, const struct str *out)
{
	autoclose int fd = openat(c->dir, ENDING, O_WRONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = io_write_all(fd, out->p, out->len);
	if (r == 0 && (ftruncate(fd, (off_t)out->len) < 0 || renameat(c->dir, ENDING, c->dir, file) < 0))
		r = -errno;
	return r;
}

int record_write_exit(const struct container *c, const struct record *r, struct err *e)
{
	struct container in = in_run(c);
	struct str out = { .arena = r->plan.arena };

	str_addf(&out, "{\"exit_code\": %d", r->exit_code);
	record_put_int(&out, "finished", r->finished);
	record_put_str(&out, "error", r->error);
	if (r->oom.kills) {
		record_put_int(&out, "oom_kills", (int64_t)r->oom.kills);
		record_put_str(&out, "oom_whose", record_oom_whose[r->oom.whose]);
		record_put_str(&out, "oom_cgroup", r->oom.cgroup);
		record_put_int(&out, "oom_limit", r->oom.limit);
		record_put_int(&out, "oom_peak", (int64_t)r->oom.peak);
		record_put_int(&out, "oom_pid", r->oom.pid);
		record_put_str(&out, "oom_comm", r->oom.comm);
	}
	str_add(&out, "}\n");
	return write_into_room(&in, "exit.json", &out) == 0 ? 0 :
							      record_write_file(&in, "exit.json", &out, e);
}

/* ---- reading ---- */

const char *record_get_str(struct arena *a, json_object *o, const char *key)
{
	json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_get_bytes(a, v) : NULL;
}

/* For those that commands print and compare, and every record has. */
static const char *get_word(struct arena *a, json_object *o, const char *key, const char *otherwise)
{
	const char *word = record_get_str(a, o, key);

	return word ? word : otherwise;
}

int64_t record_get_int(json_object *o, const char *key, int64_t otherwise)
{
	json_object *v;

	return json_object_object_get_ex(o, key, &v) && v ? json_object_get_int64(v) : otherwise;
}

struct strv record_get_list(struct arena *a, json_object *o, const char *key)
{
	struct strv list = { 0 };
	json_object *v;

	if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_array))
		return list;
	for (size_t i = 0; i < json_object_array_length(v); i++) {
		const char *text = json_get_bytes(a, json_object_array_get_idx(v, i));

		if (text)
			strv_push(a, &list, text);
	}
	return list;
}

int record_read_file(const struct container *c, struct arena *a, const char *file, json_object **o,
		     struct err *e)
{
	char *text;
	size_t len;
	int r = io_read_file(a, c->dir, file, RECORD_MAX, &text, &len);

	*o = NULL;
	if (r < 0)
		return err_set(e, "record-bad", -r, "read %s of container %.12s", file, c->id);
	*o = json_from_text(text, len, e);
	if (*o && json_object_is_type(*o, json_type_object))
		return 0;
	if (*o)
		err_set(e, "record-bad", EBADMSG, "read JSON"), err_cause(e, "it is no object");
	json_object_put(*o);
	*o = NULL;
	return err_prefix(e, "read %s of container %.12s", file, c->id);
}

static const char *get_json(struct arena *a, json_object *o, const char *key, json_type type)
{
	json_object *v;

	return json_object_object_get_ex(o, key, &v) && json_object_is_type(v, type) ?
		       arena_strdup(a, json_object_to_json_string_ext(v, JSON_C_TO_STRING_PLAIN)) :
		       NULL;
}

static void read_words(json_object *o, struct arena *a, struct record *r)
{
	r->name = get_word(a, o, "name", r->name);
	r->guise = get_word(a, o, "guise", r->guise);
	r->rootfs = get_word(a, o, "rootfs", r->rootfs);
	r->image = record_get_str(a, o, "image");
	r->command = record_get_list(a, o, "command");
	r->env = record_get_list(a, o, "env");
	r->labels = record_get_list(a, o, "labels");
	r->exposed = record_get_list(a, o, "exposed");
	r->user = record_get_str(a, o, "user");
	r->workdir = record_get_str(a, o, "workdir");
	r->hostname = record_get_str(a, o, "hostname");
	r->host_config = get_json(a, o, "host_config", json_type_object);
	r->mounts = get_json(a, o, "mounts", json_type_array);
	r->network = get_word(a, o, "network", r->network);
	r->argv = record_get_list(a, o, "argv");
	r->updates = record_get_list(a, o, "updates");
	r->connects = record_get_list(a, o, "connects");
	r->cwd = record_get_str(a, o, "cwd");
}

static void read_numbers(json_object *o, struct record *r)
{
	r->created = record_get_int(o, "created", 0);
	r->memory = record_get_int(o, "memory", LIMIT_UNSET);
	r->by_create = record_get_int(o, "by_create", 0);
	r->tty = record_get_int(o, "tty", 0);
	r->init = record_get_int(o, "init", 0);
	r->interactive = record_get_int(o, "interactive", 0);
	r->entrypoint = record_get_int(o, "entrypoint", 0);
	r->remove = record_get_int(o, "remove", 0);
	r->stop_signal = (int)record_get_int(o, "stop_signal", 15);
	r->stop_timeout = (unsigned)record_get_int(o, "stop_timeout", 10);
}

static int read_run(json_object *o, struct arena *a, struct record *r, struct err *e)
{
	json_object *plan = NULL;
	int n;

	r->begun = true;
	r->network = get_word(a, o, "network", r->network);
	r->cgroup = record_get_str(a, o, "cgroup");
	r->memory_cgroup = record_get_str(a, o, "memory_cgroup");
	r->memory_mount = record_get_str(a, o, "memory_mount");
	r->memory_v1 = record_get_int(o, "memory_v1", 0);
	r->detach = record_get_int(o, "detach", 0);
	json_object_object_get_ex(o, "plan", &plan);
	n = plan_from_json(&r->plan, plan, e);
	n = n < 0 ? n : plan_check_whole(&r->plan, e);
	/* nobody shall meet the half of it that could be read */
	if (n < 0)
		r->plan = (struct plan){ .arena = a };
	if (n < 0)
		return n;
	if (!plan_exec(&r->plan) || !plan_user(&r->plan) || !plan_bounding(&r->plan))
		return err_set(e, "record-bad", EBADMSG, "read the recorded plan"),
		       err_cause(e, "it has no command, or no user");
	return 0;
}

/* What is no list is not taken for an empty one: the volumes in it would be nobody's. */
static int read_wish(json_object *o, struct record *r, struct err *e)
{
	json_object *mounts;

	read_words(o, r->plan.arena, r);
	read_numbers(o, r);
	if (r->mounts || !json_object_object_get_ex(o, "mounts", &mounts))
		return 0;
	return err_set(e, "record-bad", EBADMSG, "read the recorded mounts"), err_cause(e, "they are no list");
}

int record_from_json(json_object *o, struct record *r, struct err *e)
{
	int n = read_wish(o, r, e);

	return n < 0 ? n : read_run(o, r->plan.arena, r, e);
}

/* Whose runs have records of their own: its last. Before it has one, and while one is only being made,
 * there is none. */
static int read_parts(const struct container *c, json_object *o, struct record *r, struct err *e)
{
	struct container in = in_run(c);
	struct err missing;
	json_object *run;
	int n;

	if (!json_object_object_get_ex(o, "argv", NULL))
		return record_from_json(o, r, e);
	if ((n = read_wish(o, r, e)) < 0 || !c->run)
		return n;
	n = record_read_file(&in, r->plan.arena, "run.json", &run, &missing);
	if (n == -ENOENT)
		return 0;
	n = n < 0 ? err_take(e, &missing) : read_run(run, r->plan.arena, r, e);
	json_object_put(run);
	return n;
}

static void read_exit(json_object *o, struct arena *a, struct record *r)
{
	const char *whose = record_get_str(a, o, "oom_whose"), *comm = record_get_str(a, o, "oom_comm");

	r->exit_code = (int)record_get_int(o, "exit_code", -1);
	r->finished = record_get_int(o, "finished", 0);
	r->error = record_get_str(a, o, "error");
	r->oom.kills = (uint64_t)record_get_int(o, "oom_kills", 0);
	for (size_t i = 0; whose && i < ARRAY_LEN(record_oom_whose); i++)
		if (str_eq(whose, record_oom_whose[i]))
			r->oom.whose = (enum cgroup_oom_whose)i;
	r->oom.cgroup = record_get_str(a, o, "oom_cgroup");
	r->oom.limit = record_get_int(o, "oom_limit", -1);
	r->oom.peak = (uint64_t)record_get_int(o, "oom_peak", 0);
	r->oom.pid = (pid_t)record_get_int(o, "oom_pid", 0);
	snprintf(r->oom.comm, sizeof(r->oom.comm), "%s", comm ? comm : "");
}

int record_read_process(const struct container *c, struct arena *a, pid_t *pid, uint64_t *start_time,
			int64_t *started, struct err *e)
{
	json_object *o;
	int64_t number;
	struct container in = in_run(c);
	int r = record_read_file(&in, a, "process.json", &o, e);

	*pid = 0;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	number = record_get_int(o, "pid", 0);
	*start_time = (uint64_t)record_get_int(o, "start_time", 0);
	*started = record_get_int(o, "started", 0);
	json_object_put(o);
	if (number <= 0 || number > INT32_MAX)
		return err_set(e, "record-bad", EBADMSG, "read process.json of container %.12s", c->id),
		       err_cause(e, "it has no pid");
	*pid = (pid_t)number;
	return 0;
}

/* What the file system knows of when something was written. */
static int64_t time_of(const struct container *c, const char *file)
{
	struct stat s;

	return fstatat(c->dir, file, &s, 0) == 0 ? s.st_mtim.tv_sec * 1000000000 + s.st_mtim.tv_nsec : 1;
}

/* An end that was recorded and cannot be read is an end all the same, of no known code. */
static void read_end(const struct container *c, struct record *r)
{
	struct err e;
	json_object *o;
	struct container in = in_run(c);
	int n = record_read_file(&in, r->plan.arena, "exit.json", &o, &e);

	if (n == -ENOENT)
		return;
	read_exit(o, r->plan.arena, r);
	json_object_put(o);
	if (n < 0)
		r->error = arena_printf(r->plan.arena, "%s: %s", e.what, e.cause);
	if (r->exit_code < 0 || r->exit_code > 255)
		r->exit_code = -1;
	if (r->finished <= 0)
		r->finished = time_of(&in, "exit.json");
}

/* Somebody removed it: where a container is removed, or was never recorded, nothing of it runs. */
static bool is_lost(const struct container *c, struct arena *a)
{
	uint64_t start_time;
	int64_t started;
	pid_t pid;

	if (record_read_process(c, a, &pid, &start_time, &started, &(struct err){ 0 }) < 0 || !pid)
		return false;
	autoclose int fd = proc_open(pid, start_time);
	return fd >= 0;
}

int record_read(struct container *c, struct arena *a, struct record *r, struct err *e)
{
	json_object *o;
	int n = record_read_file(c, a, "container.json", &o, e), process;

	container_find_run(c);
	*r = (struct record){ .id = c->id, .plan.arena = a };
	if (n == -ENOENT && !is_lost(c, a))
		return n;
	if (n == -ENOENT)
		n = err_set(e, "record-bad", EBADMSG, "read container.json of container %.12s", c->id),
		err_cause(e, "there is none, but its process runs");
	r->name = c->name ? c->name : arena_strndup(a, c->id, 12);
	r->rootfs = r->network = r->guise = "";
	n = n < 0 ? n : read_parts(c, o, r, e);
	json_object_put(o);
	process = record_read_process(c, a, &r->pid, &r->start_time, &r->started,
				      n < 0 ? &(struct err){ 0 } : e);
	n = n < 0 ? n : process;
	if (r->created <= 0)
		r->created = time_of(c, "container.json");
	if (n == 0)
		read_end(c, r);
	return n;
}
