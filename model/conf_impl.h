/*
 * conf_impl.h - what the files of conf.h share
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_CONF_IMPL_H
#define SCALE_CONF_IMPL_H

#include <stdbool.h>
#include <yaml.h>

#include "conf.h"

enum {
	SCALE_CONF_PATH = 256,		/* a dotted name, with its 0 byte */
	SCALE_CONF_SIZE = 1 << 20,	/* bytes of a file */
};

/* conf_load.c: text that is being read */
typedef struct scale_yaml {
	const char *name;	/* of the file, or what stands for it */
	bool marks;		/* name is a file: tell line and column */
	yaml_document_t doc;	/* from scale_yaml_load() */
	scale_err_t *err;
} scale_yaml_t;

/* "NAME:LINE:COLUMN: sentence" with EINVAL.  RET -1 */
int scale_yaml_fail(scale_yaml_t *r, yaml_mark_t mark, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Check text and make r->doc, which the caller deletes.  RET 0, or -1 */
int scale_yaml_load(scale_yaml_t *r, const char *text, size_t size);

/* conf_value.c: single values */

/* "a text", "a list" or "a map". */
const char *scale_yaml_kind(const yaml_node_t *node);

/* Refuse what is not a sequence of at most so many.  RET 0, or -1 */
int scale_yaml_check_seq(scale_yaml_t *r, const char *name,
			 const yaml_node_t *node, const char *want,
			 size_t most);
size_t scale_yaml_length(const yaml_node_t *seq);
yaml_node_t *scale_yaml_item(scale_yaml_t *r, const yaml_node_t *seq,
			     size_t i);

/* Any type but LIST and TABLE.  name: the key as people call it.
 * RET 0, or -1; field is then unchanged */
int scale_conf_value(scale_yaml_t *r, const scale_conf_key_t *key,
		     const char *name, const yaml_node_t *node, void *field);

/* conf.c, conf_near.c, conf_print.c */

/* Bytes of a key's field in the record. */
size_t scale_conf_field_size(const scale_conf_key_t *key);

/* The row called name in this table itself, or NULL. */
const scale_conf_key_t *scale_conf_row(const scale_conf_key_t *table,
				       const char *name);

/* The known name (of a key or of a map of keys) nearest to name, for "did
 * you mean".  RET false when none is near. */
bool scale_conf_nearest(const scale_conf_key_t *table, const char *name,
			char best[SCALE_CONF_PATH]);

/* text as a double-quoted YAML scalar. */
void scale_conf_quote(FILE *out, const char *text);

#endif
