/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/expose.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "spec/value.h"

enum { PORT_MAX = 65535 };

static int bad_port(const char *text, struct err *e)
{
	return err_set(e, "bad-port", EINVAL, "port '%s'", text),
	       err_cause(e, "it is not PORT or PORT-PORT, from 1 to %d, with /tcp, /udp or /sctp behind it",
			 PORT_MAX),
	       err_hint(e, "write for example 80 or 53/udp");
}

/* 0: it is none. *end: behind its digits. */
static unsigned port_of(const char *text, const char **end)
{
	size_t digits = strspn(text, "0123456789");
	uint64_t n;

	*end = text + digits;
	return value_digits(text, digits, PORT_MAX, &n) < 0 ? 0 : (unsigned)n;
}

static const char *protocol_of(const char *text)
{
	static const char *const known[] = { "tcp", "udp", "sctp" };

	if (!*text)
		return known[0];
	for (size_t i = 0; *text == '/' && i < ARRAY_LEN(known); i++)
		if (str_eq(text + 1, known[i]))
			return known[i];
	return NULL;
}

static void add(struct arena *a, struct strv *list, const char *port)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->v[i], port))
			return;
	strv_push(a, list, port);
}

int expose_parse(struct arena *a, const char *text, struct strv *list, struct err *e)
{
	const char *end, *protocol;
	unsigned first = port_of(text, &end), last = first;

	if (*end == '-')
		last = port_of(end + 1, &end);
	protocol = protocol_of(end);
	if (!first || last < first || !protocol)
		return bad_port(text, e);
	for (unsigned port = first; port <= last; port++)
		add(a, list, arena_printf(a, "%u/%s", port, protocol));
	return 0;
}
