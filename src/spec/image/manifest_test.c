/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "base/str.h"
#include "spec/image/config.h"
#include "spec/image/manifest.h"

#define HEX    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OCI    "application/vnd.oci.image."
#define DOCKER "application/vnd.docker."

#define BLOB(type) "{\"mediaType\":\"" type "\",\"digest\":\"sha256:" HEX "\",\"size\":12}"
#define MANIFEST(type, config, layers)                                                                       \
	"{\"schemaVersion\":2,\"mediaType\":\"" type "\",\"config\":" BLOB(config) ",\"layers\":[" layers "]}"

static struct arena arena;
static struct err e;
static struct manifest m;

static int parse(const char *text, const char *sent)
{
	e = (struct err){ 0 };
	return manifest_parse(&arena, text, strlen(text), sent, &m, &e);
}

static void test_a_manifest_of_oci(void **state)
{
	const char *text = MANIFEST(
		OCI "manifest.v1+json", OCI "config.v1+json",
		BLOB(OCI "layer.v1.tar+gzip") "," BLOB(OCI "layer.v1.tar+zstd") "," BLOB(OCI "layer.v1.tar"));

	assert_int_equal(parse(text, NULL), 0);
	assert_false(m.index);
	assert_int_equal(m.n_layers, 3);
	assert_int_equal(m.layers[0].packing, LAYER_GZIP);
	assert_int_equal(m.layers[1].packing, LAYER_ZSTD);
	assert_int_equal(m.layers[2].packing, LAYER_TAR);
	assert_int_equal(m.config.size, 12);
	assert_string_equal(m.config.digest, "sha256:" HEX);
}

static void test_a_manifest_of_docker(void **state)
{
	const char *text = MANIFEST(DOCKER "distribution.manifest.v2+json", DOCKER "container.image.v1+json",
				    BLOB(DOCKER "image.rootfs.diff.tar.gzip"));

	assert_int_equal(parse(text, "text/plain"), 0);
	assert_int_equal(m.n_layers, 1);
	assert_string_equal(m.media_type, DOCKER "distribution.manifest.v2+json");
}

/* mediaType is no must in OCI's: then it is known by what it was sent as, or by its members. */
static void test_one_that_does_not_say_what_it_is(void **state)
{
	assert_int_equal(
		parse("{\"schemaVersion\":2,\"config\":" BLOB(OCI "config.v1+json") ",\"layers\":[]}", NULL),
		0);
	assert_false(m.index);
	assert_int_equal(parse("{\"schemaVersion\":2,\"manifests\":[]}", NULL), 0);
	assert_true(m.index);
	assert_int_equal(
		parse("{\"schemaVersion\":2,\"manifests\":[]}", DOCKER "distribution.manifest.list.v2+json"),
		0);
	assert_true(m.index);
	assert_int_equal(parse("{}", NULL), -ENOTSUP);
	assert_string_equal(e.code, "no-image");
}

static void test_what_is_no_image(void **state)
{
	static const struct {
		const char *text, *code, *says;
	} cases[] = {
		{ MANIFEST(OCI "manifest.v1+json", "application/vnd.cncf.helm.config.v1+json", ""),
		  "no-image", "helm" },
		{ "{\"schemaVersion\":1,\"name\":\"x\"}", "old-manifest", "schema 1" },
		{ "{\"mediaType\":\"text/html\"}", "no-image", "text/html" },
		{ MANIFEST(OCI "manifest.v1+json", OCI "config.v1+json", BLOB("text/plain")), "bad-manifest",
		  "layers[0].mediaType" },
		{ "{\"schemaVersion\":2,\"layers\":[]}", "bad-manifest", "config: is missing" },
		{ "{\"schemaVersion\":2,\"layers\":[{\"digest\":\"sha256:..\",\"size\":1}],\"config\":" BLOB(
			  OCI "config.v1+json") "}",
		  "bad-manifest", "layers[0].digest" },
		{ "{\"schemaVersion\":2,\"layers\":[],\"config\":{\"digest\":\"sha256:" HEX
		  "\",\"size\":-1}}",
		  "bad-manifest", "config.size" },
		{ "<html>", "bad-manifest", "manifest" },
		{ "[]", "bad-manifest", "object" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char line[1536];

		assert_true(parse(cases[i].text, NULL) < 0);
		assert_string_equal(e.code, cases[i].code);
		assert_non_null(strstr(err_line(&e, line, sizeof(line)), cases[i].says));
	}
}

#define FOR(os, arch, variant)                                                                               \
	"{\"mediaType\":\"" OCI "manifest.v1+json\",\"size\":1,\"digest\":\"sha256:" HEX                     \
	"\",\"platform\":{\"os\":\"" os "\",\"architecture\":\"" arch "\"" variant "}}"
#define V(v) ",\"variant\":\"" v "\""

static const char many[] =
	"{\"schemaVersion\":2,\"mediaType\":\"" OCI
	"index.v1+json\",\"manifests\":[" FOR("linux", "amd64", "") "," FOR("linux", "arm", V("v5")) "," FOR(
		"linux", "arm",
		V("v6")) "," FOR("linux", "arm64",
				 V("v8")) "," FOR("windows", "amd64",
						  "") "," FOR("unknown", "unknown",
							      "") "," BLOB("application/x-other") "]}";

static void test_which_of_an_index_runs_where(void **state)
{
	static const struct {
		const char *platform, *chosen; /* NULL: none */
	} cases[] = {
		{ "linux/amd64", "linux/amd64" },     { "x86_64", "linux/amd64" },
		{ "arm64", "linux/arm64/v8" },        { "linux/aarch64", "linux/arm64/v8" },
		{ "linux/arm/v7", "linux/arm/v6" },   { "arm", "linux/arm/v6" },
		{ "linux/arm/v5", "linux/arm/v5" },   { "linux/arm/v4", NULL },
		{ "windows/amd64", "windows/amd64" }, { "riscv64", NULL },
		{ "linux/amd64/v3", "linux/amd64" },
	};

	assert_int_equal(parse(many, NULL), 0);
	assert_int_equal(m.n_entries, 5);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct manifest_entry *entry;
		struct platform p;

		assert_int_equal(platform_parse(&arena, cases[i].platform, &p, &e), 0);
		entry = manifest_choose(&m, &p);
		assert_string_equal(entry ? platform_text(&arena, &entry->platform) : "",
				    cases[i].chosen ?: "");
	}
}

static void choose(const char *entries, const char *platform, const char *chosen)
{
	const char *text = arena_printf(&arena, "{\"schemaVersion\":2,\"manifests\":[%s]}", entries);
	const struct manifest_entry *entry;
	struct platform p;

	assert_int_equal(parse(text, OCI "index.v1+json"), 0);
	assert_int_equal(platform_parse(&arena, platform, &p, &e), 0);
	entry = manifest_choose(&m, &p);
	assert_string_equal(entry ? platform_text(&arena, &entry->platform) : "", chosen);
}

/* Of several that run the best, of equal ones the first; one that says "" says nothing. */
static void test_which_of_several_is_best(void **state)
{
	choose(FOR("linux", "amd64", V("v3")) "," FOR("linux", "amd64", V("v2")) "," FOR("linux", "amd64",
											 ""),
	       "linux/amd64/v2", "linux/amd64/v2");
	choose(FOR("linux", "amd64", V("v3")) "," FOR("linux", "amd64", V("v1")), "amd64", "linux/amd64/v1");
	choose(FOR("linux", "amd64", V("v3")), "amd64", "");
	choose(FOR("linux", "arm", V("")) "," FOR("linux", "arm", V("v6")), "linux/arm/v7", "linux/arm/");
	choose(FOR("linux", "arm", V("v6")) "," FOR("linux", "arm", V("v5")), "linux/arm/v7", "linux/arm/v6");
	choose(FOR("linux", "arm64", V("v8")), "linux/arm/v7", "");
	choose(FOR("linux", "amd64", V("x")), "linux/amd64/v2", "");
}

/* BuildKit's attestations are entries of the index that they belong to. */
static void test_an_attestation_is_no_image(void **state)
{
	choose("{\"mediaType\":\"" OCI "manifest.v1+json\",\"size\":1,\"digest\":\"sha256:" HEX
	       "\",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"},"
	       "\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}}",
	       "amd64", "");
	assert_int_equal(m.n_entries, 0);
}

static void test_bad_platforms(void **state)
{
	static const char *const cases[] = { "",        "linux/", "/amd64", "linux/arm/", "Linux/amd64",
					     "a/b/c/d", "a b" };
	struct platform p;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(platform_parse(&arena, cases[i], &p, &e), -EINVAL);
	platform_here(&arena, &p);
	assert_string_equal(p.os, "linux");
}

static void test_names_in_an_image_layout(void **state)
{
	static const char text[] = "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" OCI
				   "manifest.v1+json\",\"size\":1,\"digest\":\"sha256:" HEX
				   "\",\"annotations\":{\"org.opencontainers.image.ref.name\":\"3.20\"}}]}";

	assert_int_equal(parse(text, OCI "index.v1+json"), 0);
	assert_string_equal(m.entries[0].name, "3.20");
}

/* ---- the configuration ---- */

static int parse_config(const char *text, struct image_config *c)
{
	e = (struct err){ 0 };
	return image_config_parse(&arena, text, strlen(text), c, &e);
}

static void test_a_configuration(void **state)
{
	static const char text[] =
		"{\"architecture\":\"amd64\",\"os\":\"linux\",\"created\":\"2026-01-01T00:00:00Z\","
		"\"config\":{\"User\":\"app:10\",\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":{}},\"Env\":[\"PATH=/bin\",\"E=\"],"
		"\"Entrypoint\":[\"/entry\",\"a b\"],\"Cmd\":[\"serve\"],\"Volumes\":{\"/data\":{}},\"WorkingDir\":\"/srv\","
		"\"Labels\":{\"a\":\"1\",\"b\":\"\"},\"StopSignal\":\"SIGQUIT\",\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"]}},"
		"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" HEX "\"]},"
		"\"history\":[{\"created_by\":\"ADD x /\"},{\"created_by\":\"CMD x\",\"empty_layer\":true}]}";
	struct image_config c;

	assert_int_equal(parse_config(text, &c), 0);
	assert_string_equal(c.user, "app:10");
	assert_int_equal(c.ports.n, 2);
	assert_string_equal(c.ports.v[1], "53/udp");
	assert_int_equal(c.env.n, 2);
	assert_string_equal(c.entrypoint.v[1], "a b");
	assert_string_equal(c.cmd.v[0], "serve");
	assert_string_equal(c.volumes.v[0], "/data");
	assert_string_equal(c.working_dir, "/srv");
	assert_string_equal(c.labels.v[3], "");
	assert_string_equal(c.stop_signal, "SIGQUIT");
	assert_string_equal(c.health, "{\"Test\":[\"CMD\",\"x\"]}");
	assert_string_equal(c.diff_ids.v[0], "sha256:" HEX);
	assert_int_equal(c.n_history, 2);
	assert_true(c.history[1].empty);
}

/* docker writes null where there is nothing. */
static void test_one_with_nothing_in_it(void **state)
{
	struct image_config c;

	assert_int_equal(parse_config("{\"config\":{\"Cmd\":null,\"Volumes\":null,\"Labels\":null}}", &c), 0);
	assert_int_equal(c.cmd.n, 0);
	assert_null(c.user);
	assert_int_equal(parse_config("{}", &c), 0);
}

static void test_bad_configurations(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "{\"config\":{\"Cmd\":\"sh\"}}", "config.Cmd" },
		{ "{\"config\":{\"Env\":[\"x\"]}}", "config.Env" },
		{ "{\"config\":{\"Volumes\":{\"data\":{}}}}", "config.Volumes" },
		{ "{\"config\":{\"User\":\"a\\u0000b\"}}", "config.User" },
		{ "{\"rootfs\":{\"diff_ids\":[\"sha256:../x\"]}}", "rootfs.diff_ids" },
		{ "{\"config\":[]}", "config" },
		{ "{", "configuration" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct image_config c;
		char line[1536];

		assert_true(parse_config(cases[i].text, &c) < 0);
		assert_string_equal(e.code, "bad-image-config");
		assert_non_null(strstr(err_line(&e, line, sizeof(line)), cases[i].says));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_manifest_of_oci),
		cmocka_unit_test(test_a_manifest_of_docker),
		cmocka_unit_test(test_one_that_does_not_say_what_it_is),
		cmocka_unit_test(test_what_is_no_image),
		cmocka_unit_test(test_which_of_an_index_runs_where),
		cmocka_unit_test(test_which_of_several_is_best),
		cmocka_unit_test(test_an_attestation_is_no_image),
		cmocka_unit_test(test_bad_platforms),
		cmocka_unit_test(test_names_in_an_image_layout),
		cmocka_unit_test(test_a_configuration),
		cmocka_unit_test(test_one_with_nothing_in_it),
		cmocka_unit_test(test_bad_configurations),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&arena);
	return failed;
}
