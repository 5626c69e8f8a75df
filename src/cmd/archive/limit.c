/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "cmd/archive/archive.h"

/* Short files of zeros are pressed to less than nearly anything else. */
static const uint64_t ratio_from = UINT64_C(100) << 20;

static int raise(struct err *e, const char *option)
{
	return err_hint(e, "raise the limit with --max-layer-%s, if you trust whoever made the image", option);
}

int limit_bytes(struct archive *in, const struct layer_limits *limits, struct err *e)
{
	int64_t packed = archive_filter_bytes(in, -1), bytes = archive_filter_bytes(in, 0);

	if (!limits || bytes < 0)
		return 0;
	if ((uint64_t)bytes > limits->bytes)
		return err_set(e, "layer-large", EFBIG, "unpack more than %llu bytes",
			       (unsigned long long)limits->bytes),
		       raise(e, "size");
	if ((uint64_t)bytes <= ratio_from || packed <= 0 ||
	    (uint64_t)bytes / (uint64_t)packed <= limits->ratio)
		return 0;
	return err_set(e, "layer-large", EFBIG, "unpack a layer"),
	       err_cause(e, "more than %llu bytes come of each of its compressed ones, %lld so far",
			 (unsigned long long)limits->ratio, (long long)bytes),
	       raise(e, "ratio");
}

int limit_entries(uint64_t n, const struct layer_limits *limits, struct err *e)
{
	if (!limits || n <= limits->entries)
		return 0;
	return err_set(e, "layer-large", EFBIG, "unpack more than %llu files",
		       (unsigned long long)limits->entries),
	       raise(e, "files");
}
