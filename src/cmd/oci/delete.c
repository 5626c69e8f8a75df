/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <regex.h>

#include "cmd/oci/log.h"
#include "cmd/oci/options.h"
#include "run/oci/delete.h"

struct delete_options {
	bool force, regex;
};

#define AT(member) offsetof(struct delete_options, member)

static const struct opt delete_table[] = {
	{ "force", 'f', NULL, opt_flag, AT(force),
	  "kill it first, if it runs; one that is not there is no error" },
	{ "regex", 0, NULL, opt_flag, AT(regex),
	  "CONTAINER is an extended regular expression: delete what it matches" },
	{ 0 },
};

/* Each container whose id the pattern matches; goes on after an error. */
static int delete_matching(struct call *call, struct state *st, const char *pattern, bool force,
			   const struct oci_warn *warn, struct err *e)
{
	struct strv ids;
	regex_t re;
	int r;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB))
		return err_set(e, "bad-pattern", EINVAL, "use '%s' as a regular expression", pattern);
	r = oci_list(st, call->arena, &ids, e);
	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		struct err one = { 0 };

		if (regexec(&re, ids.v[i], 0, NULL, 0) == 0 &&
		    oci_delete(st, call->arena, ids.v[i], force, warn, &one) < 0) {
			oci_log_error(call, &one);
			call->status = 1;
		}
	}
	regfree(&re);
	return r;
}

static int delete_run(struct call *call, struct err *e)
{
	struct delete_options o = { 0 };
	struct oci_warn warn = oci_warner(call);
	struct strv ids;
	struct state st;
	int r = opt_parse(call, &o, &ids, e);

	if (r || (r = oci_state_open(call, &st, e)) < 0)
		return r;
	if (o.regex)
		return delete_matching(call, &st, ids.v[0], o.force, &warn, e);
	return oci_delete(&st, call->arena, ids.v[0], o.force, &warn, e);
}

const struct command oci_delete_command = {
	.name = "delete",
	.operands = "CONTAINER",
	.summary = "delete a container that has stopped, and all that is left of it",
	.details = "A container that was created and never started is deleted too, as by runc.",
	.options = delete_table,
	.min = 1,
	.max = 1,
	.hint = "@container",
	.run = delete_run,
};
