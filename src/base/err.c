/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *e, const char *code, int no, const char *what, ...)
{
	va_list ap;

	e->no = no ? no : EINVAL;
	e->status = 125;
	snprintf(e->code, sizeof(e->code), "%s", code);
	e->hint[0] = '\0';
	va_start(ap, what);
	vsnprintf(e->what, sizeof(e->what), what, ap);
	va_end(ap);
	snprintf(e->cause, sizeof(e->cause), "%s", strerror(e->no));
	return -e->no;
}

int err_cause(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->cause, sizeof(e->cause), fmt, ap);
	va_end(ap);
	return -e->no;
}

int err_hint(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
	return -e->no;
}

int err_hint_for(struct err *e, int no, const char *fmt, ...)
{
	va_list ap;

	if (e->no != no)
		return -e->no;
	va_start(ap, fmt);
	vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
	return -e->no;
}

int err_status(struct err *e, int status)
{
	e->status = status;
	return -e->no;
}

int err_prefix(struct err *e, const char *fmt, ...)
{
	char old[sizeof(e->what)];
	va_list ap;
	int n;

	memcpy(old, e->what, sizeof(old));
	va_start(ap, fmt);
	n = vsnprintf(e->what, sizeof(e->what), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(e->what) - 3)
		snprintf(e->what + n, sizeof(e->what) - n, ": %.*s", (int)(sizeof(e->what) - n - 3), old);
	return -e->no;
}

int err_take(struct err *e, const struct err *told)
{
	*e = *told;
	e->code[sizeof(e->code) - 1] = e->what[sizeof(e->what) - 1] = '\0';
	e->cause[sizeof(e->cause) - 1] = e->hint[sizeof(e->hint) - 1] = '\0';
	if (e->no <= 0)
		e->no = EPROTO;
	if (e->status <= 0 || e->status > 255)
		e->status = 125;
	return -e->no;
}

int err_status_of(struct err *e)
{
	assert(e->no > 0 && e->status > 0);
	if (e->no <= 0)
		err_set(e, "no-reason", EIO, "do all that was asked for"),
			err_cause(e, "a part of it failed, and did not say why");
	return e->status > 0 ? e->status : 125;
}

const char *err_line(const struct err *e, char *buf, unsigned long size)
{
	snprintf(buf, size, "%s: %s%s%s", e->what, e->cause, e->hint[0] ? "; " : "", e->hint);
	for (char *p = buf; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return buf;
}
