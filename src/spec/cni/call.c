/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/cni/cni.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static const char *const verbs[] = { "ADD", "DEL", "CHECK", "STATUS", "GC", "VERSION" };

static int bad(struct err *e, const char *variable, const char *why)
{
	err_set(e, "cni-environment", EINVAL, "read the environment");
	return err_cause(e, "%s %s", variable, why);
}

/* "Must start with an alphanumeric character, optionally followed by any combination of one or more alphanumeric
 * characters, underscore, dot or hyphen." Of a container's id as of a network's name. */
static bool is_id(const char *text)
{
	if (!isalnum((unsigned char)*text))
		return false;
	for (const char *p = text; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_.-", *p))
			return false;
	return true;
}

static bool is_ifname(const char *text)
{
	size_t len = strlen(text);

	if (!len || len >= IFNAMSIZ || str_eq(text, ".") || str_eq(text, ".."))
		return false;
	for (; *text; text++)
		if (strchr("/:", *text) || isspace((unsigned char)*text) || iscntrl((unsigned char)*text))
			return false;
	return true;
}

/* "IP=10.1.2.3;MAC=02:00:00:00:00:01;IgnoreUnknown=1": another key is an error unless the last one says otherwise. */
static int parse_args(struct arena *a, const char *args, struct cni_call *call, struct err *e)
{
	char *text = arena_strdup(a, args), *save = NULL, *list = NULL;
	const char *unknown = NULL;
	bool ignore = false;

	for (char *pair = strtok_r(text, ";", &save); pair; pair = strtok_r(NULL, ";", &save)) {
		char *value = strchr(pair, '=');

		if (!value)
			return bad(e, "CNI_ARGS",
				   arena_printf(a, "has no value for \"%s\": it is KEY=VALUE;...", pair));
		*value++ = '\0';
		if (str_eq(pair, "IP"))
			list = value;
		else if (str_eq(pair, "MAC"))
			call->mac = value;
		else if (str_eq(pair, "IgnoreUnknown"))
			ignore = str_eq(value, "1") || strcasecmp(value, "true") == 0;
		else
			unknown = pair;
	}
	for (char *ip = list ? strtok_r(list, ",", &save) : NULL; ip; ip = strtok_r(NULL, ",", &save))
		strv_push(a, &call->ips, ip);
	if (unknown && !ignore)
		return bad(
			e, "CNI_ARGS",
			arena_printf(
				a,
				"has \"%s\", which guise-cni does not know: IgnoreUnknown=1 passes it over",
				unknown));
	return 0;
}

static int parse_verb(const char *(*get)(const char *), struct cni_call *call, struct err *e)
{
	const char *verb = get("CNI_COMMAND");

	if (!verb)
		return bad(e, "CNI_COMMAND",
			   "is not set: guise-cni is a CNI plugin, and started by a runtime");
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (str_eq(verb, verbs[i])) {
			call->verb = (enum cni_verb)i;
			return 0;
		}
	}
	return bad(e, "CNI_COMMAND", "is none of ADD, DEL, CHECK, STATUS, GC, VERSION");
}

int cni_call_parse(struct arena *a, const char *(*get)(const char *name), struct cni_call *call,
		   struct err *e)
{
	const char *netns = get("CNI_NETNS"), *args = get("CNI_ARGS"), *path = get("CNI_PATH");
	int r;

	*call = (struct cni_call){ .path = path ? path : "" };
	if ((r = parse_verb(get, call, e)) < 0)
		return r;
	if (call->verb != CNI_ADD && call->verb != CNI_DEL && call->verb != CNI_CHECK)
		return 0;
	call->container = get("CNI_CONTAINERID");
	call->ifname = get("CNI_IFNAME");
	call->netns = netns && *netns ? netns : NULL;
	if (!call->container || !is_id(call->container))
		return bad(e, "CNI_CONTAINERID",
			   call->container ? "is none: letters, digits, and then _ . - too" : "is not set");
	if (!call->ifname || !is_ifname(call->ifname))
		return bad(e, "CNI_IFNAME", call->ifname ? "is no name for an interface" : "is not set");
	if (!call->netns && call->verb != CNI_DEL)
		return bad(e, "CNI_NETNS", "is not set");
	return args ? parse_args(a, args, call, e) : 0;
}
