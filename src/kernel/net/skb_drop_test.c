/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/skb_drop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static char buf[4096];

static const char format[] =
	"name: kfree_skb\nID: 2310\nformat:\n"
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\n"
	"\tfield:void * skbaddr;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:unsigned short protocol;\toffset:32;\tsize:2;\tsigned:0;\n"
	"\tfield:enum skb_drop_reason reason;\toffset:36;\tsize:4;\tsigned:0;\n\n"
	"print fmt: \"reason: %s\", __print_symbolic(REC->reason, { 2, \"NOT_SPECIFIED\" }, "
	"{ 12, \"NETFILTER_DROP\" }, { 128, \"MAX\" })\n";

static void fields_by_their_names(void **state)
{
	(void)state;
	assert_int_equal(skb_drop_field(format, "protocol"), 32);
	assert_int_equal(skb_drop_field(format, "reason"), 36);
	/* of kernels without one */
	assert_int_equal(
		skb_drop_field("\tfield:void * location;\toffset:16;\tsize:8;\tsigned:0;\n", "reason"), -1);
	assert_int_equal(skb_drop_field(format, "addr"), -1);
	assert_int_equal(skb_drop_field("", "reason"), -1);
}

static void reasons_by_their_numbers(void **state)
{
	struct arena a = ARENA_INIT(buf);

	(void)state;
	assert_string_equal(skb_drop_word(format, 12, &a), "NETFILTER_DROP");
	assert_string_equal(skb_drop_word(format, 2, &a), "NOT_SPECIFIED");
	assert_null(skb_drop_word(format, 28, &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_by_their_names),
		cmocka_unit_test(reasons_by_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
