/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* data/labs/machine.sh; put there when guise is built. */
extern const unsigned char lab_machine[];
extern const unsigned long lab_machine_size;
