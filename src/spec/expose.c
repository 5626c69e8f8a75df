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

static const char *const protocols[] = { "tcp", "udp", "sctp" };

/* By its place in protocols[]; -1: it is none. */
static int protocol_of(const char *text)
{
	if (!*text)
		return 0;
	for (size_t i = 0; *text == '/' && i < ARRAY_LEN(protocols); i++)
		if (str_eq(text + 1, protocols[i]))
			return (int)i;
	return -1;
}

int expose_parse(struct arena *a, const char *text, struct strv *list, struct err *e)
{
	const char *end;
	unsigned first = port_of(text, &end), last = first;
	int protocol;

	if (*end == '-')
		last = port_of(end + 1, &end);
	protocol = protocol_of(end);
	if (!first || last < first || protocol < 0)
		return bad_port(text, e);
	for (unsigned port = first; port <= last; port++)
		strv_push(a, list, arena_printf(a, "%u/%s", port, protocols[protocol]));
	return 0;
}

struct strv expose_once(struct arena *a, const struct strv *list)
{
	bool(*seen)[PORT_MAX + 1];
	struct strv once = { 0 };

	if (list->n < 2)
		return *list;
	seen = arena_alloc(a, ARRAY_LEN(protocols) * sizeof(*seen));

	for (size_t i = 0; i < list->n; i++) {
		const char *end;
		unsigned port = port_of(list->v[i], &end);
		bool *is_seen = &seen[protocol_of(end)][port];

		if (!*is_seen)
			strv_push(a, &once, list->v[i]);
		*is_seen = true;
	}
	return once;
}
