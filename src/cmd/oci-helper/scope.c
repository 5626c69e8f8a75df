/* SPDX-License-Identifier: GPL-2.0-or-later */

/* systemd's bus (org.freedesktop.systemd1(5)): transient scopes. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "cmd/oci-helper/helper.h"
#include "spec/oci/unit_property.h"

#define SERVICE "org.freedesktop.systemd1"
#define PATH    "/org/freedesktop/systemd1"
#define MANAGER "org.freedesktop.systemd1.Manager"

enum { JOB_TIMEOUT_US = 60 * 1000 * 1000 };

static char first[16 * 1024];
static struct arena arena = ARENA_INIT(first);

struct job {
	sd_bus *bus;
	char *path; /* the job that is waited for; NULL: not known yet */
	bool done;
	char result[32];
};

static int say(const char *what, int r, const sd_bus_error *error)
{
	printf("%s: %s\n", what, error && error->message ? error->message : strerror(-r));
	return 1;
}

static int bus_open(const char *which, sd_bus **bus)
{
	int r = strcmp(which, "user") == 0 ? sd_bus_open_user(bus) : sd_bus_open_system(bus);

	if (r < 0)
		say(strcmp(which, "user") == 0 ? "connect to the user's bus" : "connect to the system's bus",
		    r, NULL);
	return r;
}

/* ---- properties ---- */

static int append_bytes(sd_bus_message *m, const char *value)
{
	unsigned char bytes[1024];
	size_t n = 0;
	char *end;

	for (const char *p = value; n < sizeof(bytes); p = end) {
		unsigned long b = strtoul(p, &end, 10);

		if (end == p)
			break;
		bytes[n++] = (unsigned char)b;
	}
	return sd_bus_message_append_array(m, 'y', bytes, n);
}

static int append_strings(sd_bus_message *m, const char *value)
{
	int r = sd_bus_message_open_container(m, 'a', "s");

	for (const char *p = value; r >= 0 && *p; p += strspn(p, "\n")) {
		size_t n = strcspn(p, "\n");

		r = sd_bus_message_append(m, "s", arena_strndup(&arena, p, n));
		p += n;
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_value(sd_bus_message *m, const char *signature, const char *value)
{
	switch (signature[0]) {
	case 's':
	case 'o':
		return sd_bus_message_append(m, signature, value);
	case 'b':
		return sd_bus_message_append(m, "b", strcmp(value, "true") == 0);
	case 'd':
		return sd_bus_message_append(m, "d", strtod(value, NULL));
	case 'y':
	case 'n':
	case 'q':
	case 'i':
	case 'u':
		return sd_bus_message_append(m, signature, (int)strtoll(value, NULL, 0));
	case 'x':
		return sd_bus_message_append(m, "x", (int64_t)strtoll(value, NULL, 0));
	case 't':
		return sd_bus_message_append(m, "t", (uint64_t)strtoull(value, NULL, 0));
	case 'a':
		return signature[1] == 'y' ? append_bytes(m, value) : append_strings(m, value);
	default:
		return -EINVAL;
	}
}

static int append_property(sd_bus_message *m, const char *text)
{
	struct unit_property p;
	int r = unit_property_split(&arena, text, &p);

	if (r < 0 || (r = sd_bus_message_open_container(m, 'r', "sv")) < 0 ||
	    (r = sd_bus_message_append(m, "s", p.name)) < 0 ||
	    (r = sd_bus_message_open_container(m, 'v', p.signature)) < 0 ||
	    (r = append_value(m, p.signature, p.value)) < 0 || (r = sd_bus_message_close_container(m)) < 0)
		return r;
	return sd_bus_message_close_container(m);
}

/* A list of properties; pid 0: without PIDs. */
static int append_properties(sd_bus_message *m, char **texts, unsigned pid)
{
	int r = sd_bus_message_open_container(m, 'a', "(sv)");

	if (r >= 0 && pid)
		r = sd_bus_message_append(m, "(sv)", "PIDs", "au", 1, pid);
	for (; r >= 0 && *texts; texts++)
		r = append_property(m, *texts);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* ---- jobs ---- */

/* JobRemoved(id, job, unit, result). It may come before the reply that says which job is ours. */
static int job_removed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct job *job = userdata;
	const char *path, *unit, *result;
	uint32_t id;

	if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) < 0)
		return 0;
	if (job->path && strcmp(path, job->path) == 0) {
		snprintf(job->result, sizeof(job->result), "%s", result);
		job->done = true;
	}
	return 0;
}

/* Systemd announces jobs only while somebody has subscribed to them. */
static int job_expect(struct job *job)
{
	int r = sd_bus_match_signal(job->bus, NULL, SERVICE, PATH, MANAGER, "JobRemoved", job_removed, job);

	if (r >= 0)
		r = sd_bus_call_method(job->bus, SERVICE, PATH, MANAGER, "Subscribe", NULL, NULL, "");
	return r < 0 ? say("subscribe to systemd", r, NULL) : 0;
}

static int job_end(struct job *job, sd_bus_message *reply)
{
	uint64_t left = JOB_TIMEOUT_US;
	const char *path;
	int r = sd_bus_message_read(reply, "o", &path);

	if (r < 0)
		return r;
	job->path = arena_strdup(&arena, path);
	while (!job->done) {
		if ((r = sd_bus_process(job->bus, NULL)) < 0)
			return r;
		if (r > 0)
			continue;
		if ((r = sd_bus_wait(job->bus, left)) <= 0)
			return r < 0 ? r : -ETIMEDOUT;
	}
	return 0;
}

/* Until the job that systemd's reply names has ended. Like job_expect(): 0, or the exit status, with a line
 * printed. */
static int job_await(struct job *job, sd_bus_message *reply)
{
	int r = job_end(job, reply);

	return r < 0 ? say("wait for systemd's job", r, NULL) : 0;
}

/* ---- the commands ---- */

static int start_once(sd_bus *bus, char **argv, sd_bus_message **reply, sd_bus_error *error)
{
	sd_bus_message *m = NULL;
	size_t n = strlen(argv[1]);
	bool slice = n > 6 && strcmp(argv[1] + n - 6, ".slice") == 0;
	int r = sd_bus_message_new_method_call(bus, &m, SERVICE, PATH, MANAGER, "StartTransientUnit");

	if (r >= 0)
		r = sd_bus_message_append(m, "ss", argv[1], "fail");
	if (r >= 0)
		r = append_properties(m, argv + 3, slice ? 0 : (unsigned)strtoul(argv[2], NULL, 10));
	if (r >= 0)
		r = sd_bus_message_append(m, "a(sa(sv))", 0);
	if (r >= 0)
		r = sd_bus_call(bus, m, 0, error, reply);
	sd_bus_message_unref(m);
	return r;
}

static void reset_failed(sd_bus *bus, const char *unit)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;

	(void)sd_bus_call_method(bus, SERVICE, PATH, MANAGER, "ResetFailedUnit", &error, NULL, "s", unit);
	sd_bus_error_free(&error);
}

int scope_start(char **argv)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	struct job job = { 0 };
	int r = bus_open(argv[0], &job.bus);

	if (r < 0 || job_expect(&job))
		return 1;
	r = start_once(job.bus, argv, &reply, &error);
	if (r < 0 && sd_bus_error_has_name(&error, SERVICE ".UnitExists")) {
		/* one that failed, and which nobody has looked at, keeps its name */
		reset_failed(job.bus, argv[1]);
		sd_bus_error_free(&error);
		r = start_once(job.bus, argv, &reply, &error);
	}
	if (r < 0)
		return say("StartTransientUnit", r, &error);
	if (job_await(&job, reply))
		return 1;
	if (strcmp(job.result, "done") != 0) {
		printf("systemd's job ended with \"%s\": see journalctl -u %s\n", job.result, argv[1]);
		return 1;
	}
	return 0;
}

int scope_set(char **argv)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL;
	sd_bus *bus = NULL;
	int r = bus_open(argv[0], &bus);

	if (r < 0)
		return 1;
	r = sd_bus_message_new_method_call(bus, &m, SERVICE, PATH, MANAGER, "SetUnitProperties");
	/* at run time: transient units have no other */
	if (r >= 0)
		r = sd_bus_message_append(m, "sb", argv[1], 1);
	if (r >= 0)
		r = append_properties(m, argv + 2, 0);
	if (r >= 0)
		r = sd_bus_call(bus, m, 0, &error, NULL);
	return r < 0 ? say("SetUnitProperties", r, &error) : 0;
}

/* Did we make it? Its description says whose it is. */
static bool is_owned(sd_bus *bus, const char *unit, const char *owner)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	const char *path;
	char *text = NULL;
	bool owned;
	int r = sd_bus_call_method(bus, SERVICE, PATH, MANAGER, "GetUnit", &error, &reply, "s", unit);

	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &path);
	if (r >= 0)
		r = sd_bus_get_property_string(bus, SERVICE, path, SERVICE ".Unit", "Description", &error,
					       &text);
	owned = r >= 0 && strcmp(text, owner) == 0;
	free(text);
	sd_bus_error_free(&error);
	sd_bus_message_unref(reply);
	return owned;
}

int scope_stop(char **argv)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	struct job job = { 0 };
	int r = bus_open(argv[0], &job.bus);

	if (r < 0)
		return 1;
	/* gone already, or never there, or somebody else's */
	if (!is_owned(job.bus, argv[1], argv[2]))
		return 0;
	if (job_expect(&job))
		return 1;
	r = sd_bus_call_method(job.bus, SERVICE, PATH, MANAGER, "StopUnit", &error, &reply, "ss", argv[1],
			       "replace");
	if (r < 0 && sd_bus_error_has_name(&error, SERVICE ".NoSuchUnit"))
		return 0;
	if (r < 0)
		return say("StopUnit", r, &error);
	if (job_await(&job, reply))
		return 1;
	reset_failed(job.bus, argv[1]);
	return 0;
}
