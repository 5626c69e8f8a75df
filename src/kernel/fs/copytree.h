/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Copy what the directory `from` holds (O_PATH or readable) into the directory `to`: files, directories
 * and symbolic links with owner and mode, nothing else, not following links, not leaving the file
 * system. For tmpfs mounts that start with the image's content. Returns 0 or -errno. */
int copytree(int from, int to);
