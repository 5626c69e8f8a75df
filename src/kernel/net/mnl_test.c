/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What netlink(7) says of lengths: a message's and an attribute's own count their headers, and all begins at a multiple of
 * four. */

enum { A = 1, B, C };

static char buf[256] __attribute__((aligned(4)));

static struct nlmsghdr *message(void)
{
	struct nlmsghdr *m;

	memset(buf, 0xff, sizeof(buf));
	m = mnl_nlmsg_put_header(buf);
	memset(mnl_nlmsg_put_extra_header(m, 3), 7, 3);
	return m;
}

static void test_written(void **unused)
{
	static const unsigned char want[] = {
		7,  7, 7, 0,                                   /* the extra header, padded */
		6,  0, A, 0,    'h', 'i', 0, 0,                /* not counted: two bytes of padding */
		7,  0, B, 0,    'h', 'i', 0, 0,                /* with its end */
		12, 0, C, 0x80, 5,   0,   A, 0, 0x2a, 0, 0, 0, /* one in another */
		12, 0, A, 0,    8,   7,   6, 5, 4,    3, 2, 1,
	};
	struct nlmsghdr *m = message();
	struct nlattr *nest;

	mnl_attr_put_str(m, A, "hi");
	mnl_attr_put_strz(m, B, "hi");
	nest = mnl_attr_nest_start(m, C);
	mnl_attr_put_u8(m, A, 42);
	mnl_attr_nest_end(m, nest);
	mnl_attr_put_u64(m, A, 0x0102030405060708);
	assert_int_equal(m->nlmsg_len, NLMSG_HDRLEN + sizeof(want));
	assert_int_equal(mnl_nlmsg_get_payload_len(m), sizeof(want));
	assert_memory_equal(mnl_nlmsg_get_payload(m), want, sizeof(want));
	assert_int_equal((unsigned char)buf[m->nlmsg_len], 0xff);
}

static void test_room(void **unused)
{
	struct nlmsghdr *m = message();
	size_t used = m->nlmsg_len;

	assert_false(mnl_attr_put_check(m, used + NLA_HDRLEN + 4, A, 5, "12345"));
	assert_null(mnl_attr_nest_start_check(m, used + NLA_HDRLEN - 1, A));
	assert_int_equal(m->nlmsg_len, used);
	assert_true(mnl_attr_put_check(m, used + NLA_HDRLEN + 8, A, 5, "12345"));
	assert_non_null(mnl_attr_nest_start_check(m, used + 3 * NLA_HDRLEN + 8, B));
}

static int note(const struct nlattr *a, void *data)
{
	const struct nlattr **seen = data;

	if (mnl_attr_type_valid(a, C) < 0)
		return MNL_CB_ERROR;
	seen[mnl_attr_get_type(a)] = a;
	return mnl_attr_get_type(a) == B ? MNL_CB_STOP : MNL_CB_OK;
}

static void test_read(void **unused)
{
	const struct nlattr *seen[C + 1] = { 0 };
	struct nlmsghdr *m = message();
	struct nlattr *nest = mnl_attr_nest_start(m, C);

	mnl_attr_put_u16(m, A, 4711);
	mnl_attr_put_u32(m, C, 1U << 31);
	mnl_attr_nest_end(m, nest);
	assert_int_equal(mnl_attr_parse(m, 3, note, seen), MNL_CB_OK);
	assert_ptr_equal(seen[C], nest);
	assert_int_equal(mnl_attr_parse_nested(nest, note, seen), MNL_CB_OK);
	assert_int_equal(mnl_attr_get_u16(seen[A]), 4711);
	assert_int_equal(mnl_attr_get_u32(seen[C]), 1U << 31);
	/* who reads says when it is enough, or wrong */
	mnl_attr_put_u8(m, B, 1);
	mnl_attr_put_u8(m, C + 1, 1);
	assert_int_equal(mnl_attr_parse(m, 3, note, seen), MNL_CB_STOP);
	((struct nlattr *)seen[B])->nla_type = C;
	assert_int_equal(mnl_attr_parse(m, 3, note, seen), MNL_CB_ERROR);
	assert_int_equal(errno, EOPNOTSUPP);
}

static void test_cut_off(void **unused)
{
	struct nlmsghdr *m = message();
	const struct nlattr *a;
	int left = sizeof(buf);

	mnl_attr_put_u32(m, A, 1);
	a = mnl_nlmsg_get_payload_offset(m, 3);
	assert_true(mnl_attr_ok(a, NLA_HDRLEN + 4));
	assert_false(mnl_attr_ok(a, NLA_HDRLEN + 3));
	assert_false(mnl_attr_ok(a, 3));
	assert_false(mnl_attr_ok(a, -4));
	assert_true(mnl_nlmsg_ok(m, (int)m->nlmsg_len));
	assert_false(mnl_nlmsg_ok(m, (int)m->nlmsg_len - 1));
	assert_ptr_equal(mnl_nlmsg_next(m, &left), buf + m->nlmsg_len);
	assert_int_equal(left, sizeof(buf) - m->nlmsg_len);
	m->nlmsg_len = NLMSG_HDRLEN - 1;
	assert_false(mnl_nlmsg_ok(m, sizeof(buf)));
	/* one that says it is shorter than its header would be read for ever */
	((struct nlattr *)a)->nla_len = 0;
	assert_false(mnl_attr_ok(a, 100));
}

static int validity(enum mnl_attr_data_type type, size_t len, const char *data)
{
	struct nlmsghdr *m = message();

	mnl_attr_put(m, A, len, data);
	return mnl_attr_validate(mnl_nlmsg_get_payload_offset(m, 3), type) < 0 ? -errno : 0;
}

static void test_validate(void **unused)
{
	assert_int_equal(validity(MNL_TYPE_U32, 4, "1234"), 0);
	assert_int_equal(validity(MNL_TYPE_U32, 3, "123"), -ERANGE);
	assert_int_equal(validity(MNL_TYPE_NUL_STRING, 3, "ab"), 0);
	assert_int_equal(validity(MNL_TYPE_NUL_STRING, 2, "ab"), -EINVAL);
	assert_int_equal(validity(MNL_TYPE_STRING, 0, ""), -ERANGE);
	assert_int_equal(validity(MNL_TYPE_FLAG, 0, ""), 0);
	assert_int_equal(validity(MNL_TYPE_FLAG, 1, "x"), -ERANGE);
	assert_int_equal(validity(MNL_TYPE_NESTED, 0, ""), 0);
	assert_int_equal(validity(MNL_TYPE_MAX, 4, "1234"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written), cmocka_unit_test(test_room),     cmocka_unit_test(test_read),
		cmocka_unit_test(test_cut_off), cmocka_unit_test(test_validate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
