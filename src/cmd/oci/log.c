/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/oci/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/json.h"

/* "2026-11-27T03:18:50Z" */
static void rfc3339(char *buf, size_t size)
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static void format_line(struct str *out, bool json, const char *level, const char *message)
{
	char now[32];

	rfc3339(now, sizeof(now));
	if (json) {
		str_addf(out, "{\"level\":\"%s\",\"msg\":", level);
		json_add_string(out, message);
		str_addf(out, ",\"time\":\"%s\"}\n", now);
	} else {
		str_addf(out, "time=\"%s\" level=%s msg=", now, level);
		json_add_string(out, message);
		str_add(out, "\n");
	}
}

/* One write(2), appended: several commands may have the file open (an engine's, for all of its
 * containers). */
static void write_log(struct call *call, const char *level, const char *message)
{
	const struct oci_global *g = oci_global(call);
	autoclose int fd = open(g->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
	struct str line = { .arena = call->arena };

	format_line(&line, str_eq(g->log_format, "json"), level, message);
	if (fd < 0 || io_write_all(fd, line.p, line.len) < 0)
		dprintf(STDERR_FILENO, "guise-oci: write log %s: %s\n", g->log, strerror(errno));
}

static int rank(const char *level)
{
	static const char *const levels[] = { "debug", "info", "warning", "error" };
	int i = 0;

	while (i < (int)ARRAY_LEN(levels) && !str_after(levels[i], level)) /* --log-level has "warn", too */
		i++;
	return i;
}

bool oci_log_has(const struct call *call, const char *level)
{
	const struct oci_global *g = oci_global(call);
	const char *least = g->debug ? "debug" : g->log_level ? g->log_level : "info";

	return rank(level) >= rank(least);
}

void oci_log(struct call *call, const char *level, const char *message)
{
	bool debug = str_eq(level, "debug"), file = oci_global(call)->log;

	if (!oci_log_has(call, level))
		return;
	if (file)
		write_log(call, level, message);
	if (!debug || !file)
		dprintf(STDERR_FILENO, "guise-oci: %s%s%s\n", str_eq(level, "error") ? "" : level,
			str_eq(level, "error") ? "" : ": ", message);
}

void oci_log_error(struct call *call, const struct err *e)
{
	char line[2048];

	oci_log(call, "error", err_line(e, line, sizeof(line)));
}

void oci_log_warning(struct call *call, const struct err *e)
{
	char line[2048];

	oci_log(call, "warning", err_line(e, line, sizeof(line)));
}
