/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "image/registry/credential_call.h"
#include "image/registry/credentials.h"
#include "image/stop.h"

/* Which file is asked, and by whom: each test has directories of its own. */
static struct arena arena;
static struct err e;
static char base[] = "/tmp/guise-credentials.XXXXXX";

static const char *path(const char *name)
{
	return arena_printf(&arena, "%s/%s", base, name);
}

static void put(const char *name, const char *text, mode_t mode)
{
	const char *file = path(name), *slash = strrchr(file, '/');

	assert_int_equal(io_mkdirs(AT_FDCWD, arena_strndup(&arena, file, (size_t)(slash - file)), 0700), 0);
	assert_int_equal(io_write_file(AT_FDCWD, file, text, strlen(text), mode), 0);
}

static int setup(void **state)
{
	e = (struct err){ 0 };
	unsetenv("REGISTRY_AUTH_FILE");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("DOCKER_CONFIG");
	setenv("XDG_RUNTIME_DIR", path("run"), 1);
	setenv("HOME", path("home"), 1);
	return mkdir(base, 0700);
}

static int teardown(void **state)
{
	return io_remove_tree(AT_FDCWD, base);
}

static int find(const char *creds, const char *authfile, const char *name, struct auth *found)
{
	struct reference ref;

	e = (struct err){ 0 };
	assert_int_equal(reference_parse(&arena, name, &ref, &e), 0);
	return credentials_find(&arena, creds, authfile, &ref, found, &e);
}

static void finds(const char *authfile, const char *name, const char *user)
{
	struct auth found;

	assert_int_equal(find(NULL, authfile, name, &found), 0);
	assert_string_equal(found.user ?: "nobody", user);
}

/* A file that lets USER in at a registry; the password is "p". */
static void put_user(const char *name, const char *registry, const char *user)
{
	const char *basic = str_after(auth_basic(&arena, user, "p"), "Basic ");

	put(name, arena_printf(&arena, "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}", registry, basic), 0600);
}

/* containers-auth.json(5): the first that knows it, and docker's last. */
static void test_files_are_asked_in_order(void **state)
{
	finds(NULL, "q.io/x", "nobody");
	put_user("home/.docker/config.json", "q.io", "docker");
	finds(NULL, "q.io/x", "docker");
	put_user("home/.config/containers/auth.json", "q.io", "config");
	finds(NULL, "q.io/x", "config");
	put_user("run/containers/auth.json", "other.io", "run");
	finds(NULL, "q.io/x", "config");
	finds(NULL, "other.io/x", "run");
	put_user("run/containers/auth.json", "q.io", "run");
	finds(NULL, "q.io/x", "run");
}

static void test_variables_say_where_they_are(void **state)
{
	put_user("home/.docker/config.json", "q.io", "home");
	put_user("d/config.json", "q.io", "docker");
	setenv("DOCKER_CONFIG", path("d"), 1);
	finds(NULL, "q.io/x", "docker");
	put_user("c/containers/auth.json", "q.io", "config");
	setenv("XDG_CONFIG_HOME", path("c"), 1);
	finds(NULL, "q.io/x", "config");
	put_user("f", "q.io", "given");
	setenv("REGISTRY_AUTH_FILE", path("f"), 1);
	finds(NULL, "q.io/x", "given");
	put_user("g", "q.io", "option");
	finds(path("g"), "q.io/x", "option");
	/* that one alone */
	finds(path("g"), "other.io/x", "nobody");
}

static void test_what_is_given_comes_first(void **state)
{
	struct auth found;

	put_user("run/containers/auth.json", "q.io", "run");
	assert_int_equal(find("me:a:b", NULL, "q.io/x", &found), 0);
	assert_string_equal(found.user, "me");
	assert_string_equal(found.password, "a:b");
	assert_int_equal(find("me", NULL, "q.io/x", &found), -EINVAL);
	assert_int_equal(find(":p", NULL, "q.io/x", &found), -EINVAL);
	assert_string_equal(e.code, "bad-creds");
	/* one that is named has to be there */
	assert_int_equal(find(NULL, path("missing"), "q.io/x", &found), -ENOENT);
	assert_string_equal(e.code, "bad-auth-file");
}

/* What can't be believed is not passed over: the next file's may be somebody else's. */
static void test_a_bad_file_is_no_missing_one(void **state)
{
	struct auth found;

	put_user("home/.docker/config.json", "q.io", "docker");
	put("run/containers/auth.json", "{", 0600);
	assert_true(find(NULL, NULL, "q.io/x", &found) < 0);
	assert_string_equal(e.code, "bad-auth-file");
}

static void put_program(const char *name, const char *body)
{
	put(arena_printf(&arena, "bin/docker-credential-%s", name),
	    arena_printf(&arena, "#!/bin/sh\n%s\n", body), 0700);
	setenv("PATH", arena_printf(&arena, "%s:/usr/bin:/bin", path("bin")), 1);
}

static void put_helper(const char *name, const char *body)
{
	put_program(name, arena_printf(&arena, "read -r what\n%s", body));
}

static void test_helpers_are_asked(void **state)
{
	struct auth found;

	put("run/containers/auth.json",
	    "{\"credHelpers\":{\"q.io\":\"good\",\"t.io\":\"token\",\"n.io\":\"none\",\"b.io\":\"bad\"}}",
	    0600);
	put_helper("good", "echo '{\"Username\":\"'$1'\",\"Secret\":\"'$what'\"}'");
	put_helper("token", "echo '{\"Username\":\"<token>\",\"Secret\":\"T\"}'");
	put_helper("none", "echo credentials not found in native keychain; exit 1");
	put_helper("bad", "echo it is broken; exit 1");
	assert_int_equal(find(NULL, NULL, "q.io/x", &found), 0);
	assert_string_equal(found.user, "get");
	assert_string_equal(found.password, "q.io");
	assert_int_equal(find(NULL, NULL, "t.io/x", &found), 0);
	assert_string_equal(found.token, "T");
	assert_null(found.user);
	finds(NULL, "n.io/x", "nobody");
	assert_int_equal(find(NULL, NULL, "b.io/x", &found), -EIO);
	assert_string_equal(e.code, "credential-helper");
}

/* By the process that stays outside; it is one, and has all answers, however many are asked for. */
static void test_helpers_are_asked_by_another_process(void **state)
{
	struct auth found;

	put("run/containers/auth.json",
	    "{\"credHelpers\":{\"q.io\":\"who\",\"l.io\":\"long\",\"m.io\":\"missing\"}}", 0600);
	put_helper("who", "echo '{\"Username\":\"'$PPID'\",\"Secret\":\"'$what'\"}'");
	put_helper("long", "head -c 100000 /dev/zero | tr '\\0' x");
	assert_int_equal(credential_stay_outside(&e), 0);
	assert_int_equal(credential_stay_outside(&e), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(find(NULL, NULL, "q.io/x", &found), 0);
		assert_int_not_equal(atoi(found.user), getpid());
		assert_string_equal(found.password, "q.io");
		assert_int_equal(find(NULL, NULL, "l.io/x", &found), -EFBIG);
		assert_int_equal(find(NULL, NULL, "m.io/x", &found), -ENOENT);
		assert_string_equal(e.code, "credential-helper");
	}
}

/* It is asked more than a pipe holds, so that it is gone before all of it is written. */
static void test_a_helper_need_not_read(void **state)
{
	char *question = arena_alloc(&arena, 200001), *text;
	size_t len;
	int status;

	memset(question, 'x', 200000);
	put_program("deaf", "echo said; exit 3");
	assert_int_equal(credential_stay_outside(&e), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(credential_call(&arena, "deaf", "get", question, &status, &text, &len), 0);
		assert_int_equal(WEXITSTATUS(status), 3);
		assert_string_equal(text, "said\n");
	}
}

/* Ten milliseconds, of a minute that a test waits at most. */
static void wait_a_little(unsigned *times)
{
	assert_true(++*times < 6000);
	usleep(10000);
}

static pid_t await_helper(void)
{
	char text[16];
	pid_t pid;

	for (unsigned i = 0;; wait_a_little(&i))
		if (io_read_small(AT_FDCWD, path("pid"), text, sizeof(text)) > 0 && (pid = atoi(text)) > 0)
			return pid;
}

/* A process that asks one that hangs is ended: so is the helper, and the process knows why, unless killed. */
static void end_while_it_hangs(bool outside, int sig, int expected)
{
	pid_t asker, helper;
	int status;

	unlink(path("pid"));
	if ((asker = fork()) == 0) {
		char *text;
		size_t len;

		stop_catch();
		if (outside && credential_stay_outside(&e) < 0)
			_exit(1);
		_exit(credential_call(&arena, "hung", "get", "q.io", &status, &text, &len) == -EINTR ? 7 : 2);
	}
	helper = await_helper();
	kill(asker, sig);
	assert_int_equal(waitpid(asker, &status, 0), asker);
	assert_int_equal(status, expected);
	for (unsigned i = 0; kill(helper, 0) == 0; wait_a_little(&i))
		;
}

/* Before this process has one that stays outside. */
static void test_a_helper_that_hangs_ends_with_its_asker(void **state)
{
	put_helper("hung", arena_printf(&arena, "echo $$ >%s; exec sleep 100", path("pid")));
	end_while_it_hangs(true, SIGKILL, SIGKILL);
	end_while_it_hangs(true, SIGTERM, 7 << 8);
	end_while_it_hangs(false, SIGTERM, 7 << 8);
}

static void test_what_is_kept_is_found_and_forgotten(void **state)
{
	const char *where;

	assert_int_equal(credentials_keep(&arena, NULL, "q.io", "me", "pw", &where, &e), 0);
	assert_string_equal(where, path("run/containers/auth.json"));
	assert_int_equal(credentials_keep(&arena, NULL, "q.io/team", "team", "pw", &where, &e), 0);
	finds(NULL, "q.io/x", "me");
	finds(NULL, "q.io/team/x", "team");
	assert_int_equal(credentials_keep(&arena, NULL, "q.io", NULL, NULL, &where, &e), 0);
	finds(NULL, "q.io/x", "nobody");
	finds(NULL, "q.io/team/x", "team");
	e = (struct err){ 0 };
	assert_int_equal(credentials_keep(&arena, NULL, "q.io", NULL, NULL, &where, &e), -ENOENT);
	assert_string_equal(e.code, "not-logged-in");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_files_are_asked_in_order),  TEST(test_variables_say_where_they_are),
		TEST(test_what_is_given_comes_first), TEST(test_a_bad_file_is_no_missing_one),
		TEST(test_helpers_are_asked), TEST(test_a_helper_that_hangs_ends_with_its_asker),
		TEST(test_helpers_are_asked_by_another_process), TEST(test_a_helper_need_not_read),
		TEST(test_what_is_kept_is_found_and_forgotten),
	};
	int failed;

	if (!mkdtemp(base) || rmdir(base) < 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(&arena);
	return failed;
}
