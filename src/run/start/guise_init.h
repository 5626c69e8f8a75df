/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The program src/init/guise-init.c, as it was linked: the build writes the definitions. */
extern const unsigned char guise_init[];
extern const unsigned long guise_init_size;
