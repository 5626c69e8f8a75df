/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "observe/world/redact.h"

/* ---- a keyed hash: SipHash-2-4 (Aumasson, Bernstein) of up to some dozens of bytes ---- */

static uint64_t rotate(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

static void rounds(uint64_t v[4], int n)
{
	while (n--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

static uint64_t hash(const struct redact *r, const void *data, size_t n)
{
	uint64_t v[4] = { r->key[0] ^ 0x736f6d6570736575, r->key[1] ^ 0x646f72616e646f6d,
			  r->key[0] ^ 0x6c7967656e657261, r->key[1] ^ 0x7465646279746573 };

	for (size_t i = 0; i <= n / 8; i++) {
		size_t left = n - 8 * i;
		uint64_t m = left < 8 ? (uint64_t)n << 56 : 0;

		memcpy(&m, (const char *)data + 8 * i, left < 8 ? left : 8);
		v[3] ^= m;
		rounds(v, 2);
		v[0] ^= m;
	}
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void redact_start(struct redact *r, struct arena *a)
{
	*r = (struct redact){ .arena = a };
	while (getrandom(r->key, sizeof(r->key), 0) != sizeof(r->key))
		;
}

/* ---- addresses ---- */

/* How many bits say of what class it is: they stay. All, where there is but one such address. */
static unsigned class_bits(struct ip ip)
{
	const uint8_t *b = ip.bytes;

	if (ip.family == AF_INET6)
		return b[0] == 0xff                          ? 128 :
		       b[0] == 0xfe && (b[1] & 0xc0) == 0x80 ? 64 :
		       (b[0] & 0xfe) == 0xfc                 ? 8 :
							       16;
	if (b[0] == 0 || b[0] == 127 || b[0] >= 224)
		return 32;
	if (b[0] == 172 && (b[1] & 0xf0) == 16)
		return 12;
	if (b[0] == 100 && (b[1] & 0xc0) == 64)
		return 10;
	/* beside these of others, so that it doesn't become one */
	return b[0] == 172 || b[0] == 100 || b[0] == 169 || b[0] == 192 ? 16 : 8;
}

/* Where the bits that are kept at the end begin: the last byte; of IPv6 the lower half, where somebody chose it as a small
 * number. */
static unsigned end_bits(struct ip ip)
{
	static const uint8_t zeros[6];

	return ip.family == AF_INET ? 24 : memcmp(ip.bytes + 8, zeros, sizeof(zeros)) == 0 ? 64 : 120;
}

/* Is nothing but zeros, or ones, behind the prefix? */
static bool is_edge(struct ip ip)
{
	return ip_same(ip, ip_network(ip)) || ip_same(ip, ip_last(ip));
}

static bool is_mapped(const struct ip *ip)
{
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff };

	return ip->family == AF_INET6 && memcmp(ip->bytes, mapped, sizeof(mapped)) == 0;
}

static bool is_lone(struct ip ip) /* :: and ::1 */
{
	static const uint8_t zeros[15];

	return ip.family == AF_INET6 && memcmp(ip.bytes, zeros, sizeof(zeros)) == 0 && ip.bytes[15] <= 1;
}

/* Each bit is turned or not by what stands before it: so common prefixes stay common. The first always is. */
struct ip redact_ip(const struct redact *r, struct ip ip)
{
	struct ip out = ip;
	unsigned from, to;

	if (!ip_is(ip) || is_lone(ip))
		return ip;
	if (is_mapped(&ip)) {
		struct ip v4 = redact_ip(r, ip_of(AF_INET, ip.bytes + 12, 4));

		memcpy(out.bytes + 12, v4.bytes, 4);
		return out;
	}
	from = class_bits(ip);
	to = end_bits(ip);
	if (ip.len < 8 * ip_size(ip) && is_edge(ip) && to > ip.len)
		to = ip.len;
	for (unsigned bit = from; bit < to; bit++) {
		uint8_t prefix[18] = { ip.family, (uint8_t)bit };

		memcpy(prefix + 2, ip.bytes, bit / 8);
		prefix[2 + bit / 8] = (uint8_t)(ip.bytes[bit / 8] & ~(0xff >> bit % 8));
		if (bit == from || hash(r, prefix, sizeof(prefix)) & 1)
			out.bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	}
	return out;
}

/* The bits that say what kind it is stay; zeros, and what is for all, too. */
void redact_mac(const struct redact *r, uint8_t mac[6])
{
	static const uint8_t zeros[6];
	uint64_t h = hash(r, mac, 6);
	uint8_t kind = mac[0] & 3;

	if (mac[0] & 1 || memcmp(mac, zeros, 6) == 0)
		return;
	memcpy(mac, &h, 6);
	mac[0] = (uint8_t)((mac[0] & ~3) | kind);
}

/* ---- words ---- */

static char other_char(const struct redact *r, const char *word, size_t n)
{
	char c = word[n], first = isdigit((unsigned char)c) ? '0' : isupper((unsigned char)c) ? 'A' : 'a';
	unsigned count = first == '0' ? 10 : 26;
	unsigned turn = 1 + (unsigned)(hash(r, word, n) % (count - 1));

	if ((unsigned char)c >= 0x80)
		return (char)('a' + hash(r, word, n + 1) % 26);
	return (char)(first + ((unsigned)(c - first) + turn) % count);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

void redact_word(const struct redact *r, char *text, size_t n)
{
	enum { LONG = 64 };
	char out[LONG];

	for (size_t i = 0; i < n && text[i];) {
		size_t len = 0;

		while (len < LONG && i + len < n && is_word(text[i + len])) {
			out[len] = other_char(r, text + i, len);
			len++;
		}
		memcpy(text + i, out, len);
		i += len ? len : 1;
	}
}

/* Parts of paths, and whole names, that every machine has. */
static bool is_common(const char *p, size_t n)
{
	static const char *const words[] = {
		"lo",           "host",        "proc",          "run",        "netns",       "ns",
		"sys",          "fs",          "cgroup",        "unified",    "var",         "lib",
		"usr",          "bin",         "sbin",          "etc",        "dev",         "tmp",
		"home",         "root",        "mnt",           "docker",     "containers",  "overlay",
		"filter",       "nat",         "mangle",        "raw",        "security",    "broute",
		"INPUT",        "OUTPUT",      "FORWARD",       "PREROUTING", "POSTROUTING", "BROUTING",
		"system.slice", "user.slice",  "machine.slice", "init.scope", "tmpfs",       "none",
		"DOCKER",       "DOCKER-USER", "net",           "mapping",    "resolv.conf", "hosts",
		"hostname",
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strlen(words[i]) == n && memcmp(words[i], p, n) == 0)
			return true;
	return false;
}

/* An address or MAC address that begins there; its length, or 0. */
static size_t add_address(const struct redact *r, struct str *out, const char *p, size_t most)
{
	size_t n = strspn(p, "0123456789abcdefABCDEF.:/");
	char text[IP_TEXT], mapped[IP_TEXT];
	uint8_t mac[6];
	struct ip ip;

	while (n && strchr(".:/", p[n - 1])) /* the end of a sentence */
		n--;
	if (n < 2 || n > most || n >= sizeof(text) || is_word(p[n]))
		return 0;
	memcpy(text, p, n);
	text[n] = '\0';
	if (ip_parse(text, &ip) == 0) {
		ip = redact_ip(r, ip);
		str_add(out, strchr(text, '/') ? ip_net_text(ip, mapped) : ip_text(ip, mapped));
		return n;
	}
	if (n != 17 || sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1], &mac[2], &mac[3],
			      &mac[4], &mac[5]) != 6)
		return 0;
	redact_mac(r, mac);
	str_addf(out, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return n;
}

static void add_word(const struct redact *r, struct str *out, const char *p, size_t n)
{
	char *word = arena_strndup(r->arena, p, n);

	redact_word(r, word, n);
	str_addn(out, word, n);
}

/* n characters, word by word. A part between slashes that is common stays. */
static void add_words(const struct redact *r, struct str *out, const char *p, size_t n)
{
	const char *start = p, *end = p + n;

	while (p < end) {
		bool begins = p == start || p[-1] == '/';
		size_t part = strcspn(p, "/"), len = part < (size_t)(end - p) ? part : (size_t)(end - p);

		if (begins && is_common(p, len)) {
			str_addn(out, p, len);
		} else if (!(len = add_address(r, out, p, (size_t)(end - p)))) {
			while (p + len < end && is_word(p[len]))
				len++;
			add_word(r, out, p, len ? len : 1);
			len = len ? len : 1;
		}
		p += len;
		if (p < end && *p == '/')
			str_addn(out, p++, 1);
	}
}

const char *redact_text(struct redact *r, const char *text)
{
	struct str out = { .arena = r->arena };
	int pid_end = 0;

	/* a pid is no secret, and says whose namespace it is */
	if (!text || (sscanf(text, "/proc/%*u/ns/%n", &pid_end) == 0 && pid_end))
		return text;
	add_words(r, &out, text, strlen(text));
	return str_get(&out);
}

static bool is_known(const struct redact *r, const char *word)
{
	for (size_t i = 0; i < r->known.n; i++)
		if (str_eq(r->known.v[i], word))
			return true;
	return false;
}

const char *redact_line(struct redact *r, const char *line)
{
	struct str out = { .arena = r->arena };

	for (const char *p = line; *p;) {
		size_t n = strcspn(p, " :,'\"");

		if (*p == '/' || (n && is_known(r, arena_strndup(r->arena, p, n))))
			add_words(r, &out, p, n);
		else
			str_addn(&out, p, n);
		p += n;
		if (*p)
			str_addn(&out, p++, 1);
	}
	return str_get(&out);
}

const char *redact_options(struct redact *r, const char *options)
{
	struct str out = { .arena = r->arena };

	for (const char *p = options; p && *p;) {
		size_t n = strcspn(p, ","), key = strcspn(p, "=,");
		size_t number = key < n ? strspn(p + key + 1, "0123456789") : 0;

		if (key == n || key + 1 + number + 1 >= n)
			str_addn(&out, p, n);
		else {
			str_addn(&out, p, key + 1);
			add_words(r, &out, p + key + 1, n - key - 1);
		}
		p += n;
		if (*p)
			str_addn(&out, p++, 1);
	}
	return options ? str_get(&out) : NULL;
}

const char *redact_setting_name(struct redact *r, const char *name)
{
	const char *link = name ? strstr(name, ".conf.") : NULL, *end = link ? strrchr(name, '.') : NULL;
	struct str out = { .arena = r->arena };

	if (!link || !str_after(name, "net.") || end <= link + 6 || str_after(link, ".conf.all.") ||
	    str_after(link, ".conf.default.") || str_after(link, ".conf.lo."))
		return name;
	link += 6;
	str_addn(&out, name, (size_t)(link - name));
	str_add(&out, redact_text(r, arena_strndup(r->arena, link, (size_t)(end - link))));
	str_add(&out, end);
	return str_get(&out);
}
