/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/names_options.h"

#include <errno.h>
#include <string.h>

#include "kernel/net/ip.h"
#include "spec/name.h"

/* In a file of lines and words nothing may stand that is more than one word: so all is checked by what is
 * allowed. */

static int bad(struct err *e, const char *code, const char *value, const char *cause, const char *hint)
{
	err_set(e, code, EINVAL, "'%s'", value);
	err_cause(e, "%s", cause);
	return err_hint(e, "%s", hint);
}

/* As the kernel writes it; NULL where it is no address. */
static const char *plain_address(struct arena *a, const char *text)
{
	char plain[IP_TEXT];
	struct ip ip;

	return strchr(text, '/') || ip_parse(text, &ip) < 0 ? NULL : arena_strdup(a, ip_text(ip, plain));
}

/* "[fd00::1]" is fd00::1. */
static const char *without_brackets(struct arena *a, const char *text)
{
	size_t len = strlen(text);

	return len > 2 && text[0] == '[' && text[len - 1] == ']' ? arena_strndup(a, text + 1, len - 2) : text;
}

int names_option_host(const struct opt_use *u, struct err *e)
{
	struct arena *a = u->call->arena;
	size_t len = strcspn(u->value, "=:");
	const char *name = arena_strndup(a, u->value, len), *address;
	int r;

	if (!u->value[len])
		return bad(e, "bad-host", u->value, "it has no address",
			   "write NAME:ADDRESS, or NAME:host-gateway");
	if ((r = name_host(name, e)) < 0)
		return r;
	address = u->value + len + 1;
	if (!str_eq(address, "host-gateway") && !(address = plain_address(a, without_brackets(a, address))))
		return bad(e, "bad-host", u->value, "what stands behind the name is no address",
			   "write for example db:10.20.0.9, db:fd00::9 or db:host-gateway");
	strv_push(a, u->field, arena_printf(a, "%s:%s", name, address));
	return 0;
}

int names_option_server(const struct opt_use *u, struct err *e)
{
	const char *address = plain_address(u->call->arena, u->value);

	if (!address)
		return bad(e, "bad-dns", u->value, "not an address", "write for example 192.0.2.53");
	strv_push(u->call->arena, u->field, address);
	return 0;
}

int names_option_search(const struct opt_use *u, struct err *e)
{
	int r = str_eq(u->value, ".") ? 0 : name_host(u->value, e);

	return r < 0 ? r : opt_list(u, e);
}

int names_option_option(const struct opt_use *u, struct err *e)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:.";

	if (!*u->value || u->value[strspn(u->value, good)])
		return bad(e, "bad-dns", u->value, "not an option of resolv.conf(5)",
			   "write for example ndots:2");
	return opt_list(u, e);
}
