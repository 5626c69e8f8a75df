/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/report/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static char buf[1 << 16];

static const struct walk_hop hops[] = {
	{ .netns = "net1",
	  .layer = "link",
	  .object = "veth1",
	  .text = "through the cable to veth1-br in host" },
	{ .netns = "ho\033st",
	  .layer = "filter",
	  .object = "nft ip f c",
	  .decided = "ip \033[31m drop",
	  .text = "a rule drops it",
	  .is_reply = true,
	  .verdict = WALK_BLOCKED },
};

static struct walk walk_of(enum walk_verdict verdict)
{
	return (struct walk){ .hops = (struct walk_hop *)hops,
			      .n_hops = 2,
			      .verdict = verdict,
			      .code = "forward-rule-drop",
			      .object = "nft ip f c" };
}

static void the_verdict_is_the_last_line(void **state)
{
	struct arena a = ARENA_INIT(buf);
	struct str out = { .arena = &a };
	struct walk w = walk_of(WALK_BLOCKED);
	const char *text;

	(void)state;
	trace_text(&out, &w, NULL);
	text = str_get(&out);
	assert_non_null(strstr(text, "there:\n"));
	assert_non_null(strstr(text, "back:\n"));
	assert_non_null(strstr(text, "veth1: through the cable to veth1-br in host\n"));
	assert_non_null(strstr(
		text,
		"\nblocked on the way back: ho\\x1bst: nft ip f c: a rule drops it [forward-rule-drop]\n"));
	assert_null(strchr(text, '\033'));
}

static bool agrees(enum walk_verdict verdict, struct trace_probe p)
{
	struct walk w = walk_of(verdict);

	trace_compare(&w, &p);
	assert_int_equal(w.verdict, p.agrees ? verdict : WALK_UNKNOWN);
	return p.agrees;
}

static void what_was_sent_agrees_or_not(void **state)
{
	struct trace_probe answered = { .is_answered = true }, lost = { 0 },
			   silent = { .can_be_silent = true },
			   refused = { .can_be_silent = true, .refused = "Connection refused" };

	(void)state;
	assert_true(agrees(WALK_ARRIVES, answered));
	assert_false(agrees(WALK_BLOCKED, answered));
	assert_false(agrees(WALK_ARRIVES, lost));
	assert_true(agrees(WALK_BLOCKED, lost));
	assert_true(agrees(WALK_ARRIVES, silent));
	assert_false(agrees(WALK_ARRIVES, refused));
	assert_true(agrees(WALK_UNKNOWN, answered));
}

static void a_disagreement_is_said(void **state)
{
	struct arena a = ARENA_INIT(buf);
	struct str out = { .arena = &a };
	struct walk w = walk_of(WALK_BLOCKED);
	struct trace_probe p = { .is_answered = true };

	(void)state;
	trace_compare(&w, &p);
	trace_text(&out, &w, &p);
	assert_non_null(strstr(str_get(&out), "the walk and the kernel DISAGREE"));
	out = (struct str){ .arena = &a };
	trace_json(&out, &w, &p);
	assert_non_null(strstr(str_get(&out), "\"probe\": {\"answered\": true, \"agrees\": false"));
}

static void the_kernels_reason_is_named(void **state)
{
	struct arena a = ARENA_INIT(buf);
	struct str out = { .arena = &a };
	struct walk w = walk_of(WALK_BLOCKED);
	const char *words[] = { "NETFILTER_DROP", "NO_SOCKET" };
	struct trace_probe dropped = { .reasons = { words, 2 } }, unread = { .no_reasons = "it may not" },
			   answered = { .is_answered = true, .no_reasons = "it may not" };

	(void)state;
	trace_text(&out, &w, &dropped);
	trace_text(&out, &w, &unread);
	assert_non_null(strstr(str_get(&out), "the kernel's reason: NETFILTER_DROP, NO_SOCKET\n"));
	assert_non_null(strstr(str_get(&out), "the kernel's reason: could not look: it may not\n"));
	out = (struct str){ .arena = &a };
	trace_text(&out, &w, &answered);
	assert_null(strstr(str_get(&out), "reason"));
	out = (struct str){ .arena = &a };
	trace_json(&out, &w, &dropped);
	assert_non_null(strstr(str_get(&out), "\"reasons\": [\"NETFILTER_DROP\", \"NO_SOCKET\"]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_verdict_is_the_last_line),
		cmocka_unit_test(what_was_sent_agrees_or_not),
		cmocka_unit_test(a_disagreement_is_said),
		cmocka_unit_test(the_kernels_reason_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
