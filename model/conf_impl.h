/*
 * conf_impl.h - what the files of conf.h share
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_CONF_IMPL_H
#define SCALE_CONF_IMPL_H

#include "yaml_doc.h"

/* Bytes of a key's field in the record. */
size_t scale_conf_field_size(const scale_conf_key_t *key);

/* The row called name in this table itself, or NULL. */
const scale_conf_key_t *scale_conf_row(const scale_conf_key_t *table,
				       const char *name);

/* text as a double-quoted YAML scalar. */
void scale_conf_quote(FILE *out, const char *text);

#endif
