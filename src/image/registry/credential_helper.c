/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/registry/credential_helper.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "image/registry/credential_call.h"
#include "image/stop.h"
#include "spec/json.h"

static int failed(const char *helper, int no, struct err *e)
{
	return err_set(e, "credential-helper", no, "ask docker-credential-%s for credentials", helper);
}

/* Its exit status, and what it has said. */
static int call(struct arena *a, const char *helper, const char *verb, const char *input, int *status,
		char **text, size_t *len, struct err *e)
{
	int r = credential_call(a, helper, verb, input, status, text, len);

	if (r == -EINTR && stop_check(e) < 0)
		return r;
	return r < 0 ? (failed(helper, -r, e),
			err_hint_for(
				e, ENOENT,
				"the file of credentials names it: install it, or log in with --authfile")) :
		       0;
}

static bool has_none(const char *text)
{
	return strstr(text, "credentials not found") != NULL;
}

int helper_get(struct arena *a, struct auth *found, struct err *e)
{
	struct json_reader r = { .arena = a, .file = "its answer", .code = "credential-helper", .err = e };
	autojson struct json_object *root = NULL;
	const char *user;
	char *text;
	size_t len;
	int status, no = call(a, found->helper, "get", found->helper_key, &status, &text, &len, e);

	if (no < 0 || (status && has_none(text)))
		return no;
	if (status)
		return failed(found->helper, EIO, e), err_cause(e, "%s", *text ? text : "it says no reason");
	if (!(root = json_parse(&r, text, len)))
		return err_prefix(e, "ask docker-credential-%s", found->helper);
	user = json_string(&r, root, "Username");
	if (str_eq(user, "<token>")) {
		found->token = json_string(&r, root, "Secret");
	} else {
		found->user = user;
		found->password = json_string(&r, root, "Secret");
	}
	return json_result(&r);
}

static int tell(struct arena *a, const struct auth *at, const char *verb, const char *input, struct err *e)
{
	char *text;
	size_t len;
	int status, r = call(a, at->helper, verb, input, &status, &text, &len, e);

	if (r < 0 || !status)
		return r;
	return failed(at->helper, EIO, e), err_cause(e, "%s", *text ? text : "it says no reason");
}

int helper_store(struct arena *a, const struct auth *at, const char *user, const char *password,
		 struct err *e)
{
	struct str input = { .arena = a };

	str_add(&input, "{\"ServerURL\": ");
	json_add_string(&input, at->helper_key);
	str_add(&input, ", \"Username\": ");
	json_add_string(&input, user);
	str_add(&input, ", \"Secret\": ");
	json_add_string(&input, password);
	str_add(&input, "}");
	return tell(a, at, "store", input.p, e);
}

int helper_erase(struct arena *a, const struct auth *at, struct err *e)
{
	return tell(a, at, "erase", at->helper_key, e);
}
