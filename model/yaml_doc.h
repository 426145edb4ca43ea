/*
 * yaml_doc.h - YAML documents, and errors that say where
 *
 * What a reader of YAML files needs beside libyaml: strict loading (no
 * anchors, aliases, tags, second documents; at most 1 MiB and 8 levels),
 * values through the key types of conf.h, and "did you mean".
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_YAML_DOC_H
#define SCALE_YAML_DOC_H

#include <stdbool.h>
#include <yaml.h>

#include "conf.h"

enum { SCALE_YAML_SIZE = 1 << 20 };	/* bytes of a file */

/* Text that is being read. */
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

/* "a text", "a list" or "a map". */
const char *scale_yaml_kind(const yaml_node_t *node);

/*
 * Text of a scalar, owned by the document.  name: the key as people call it;
 * plain: refuse quotes; want: what it must be, "a number".
 * RET NULL with EINVAL (not a scalar, empty, a NUL byte inside)
 */
const char *scale_yaml_scalar(scale_yaml_t *r, const char *name,
			      const yaml_node_t *node, bool plain,
			      const char *want);

/* Refuse what is not a sequence of at most so many.  RET 0, or -1 */
int scale_yaml_check_seq(scale_yaml_t *r, const char *name,
			 const yaml_node_t *node, const char *want,
			 size_t most);
size_t scale_yaml_length(const yaml_node_t *seq);
yaml_node_t *scale_yaml_item(scale_yaml_t *r, const yaml_node_t *seq,
			     size_t i);

/* conf_value.c: any type but LIST and TABLE.  name: the key as people call
 * it.  RET 0, or -1; field is then unchanged */
int scale_conf_value(scale_yaml_t *r, const scale_conf_key_t *key,
		     const char *name, const yaml_node_t *node, void *field);

/* conf.c: a key of table, or a map of them, into record.  RET 0, or -1; record
 * is then unspecified but may be freed */
int scale_conf_node(scale_yaml_t *r, const scale_conf_key_t *table,
		    void *record, const char *name, const yaml_node_t *node);
int scale_conf_map(scale_yaml_t *r, const scale_conf_key_t *table,
		   void *record, const yaml_node_t *map);

/* conf_near.c: the known name (of a key or of a map of keys) nearest to
 * name, for "did you mean".  RET false when none is near. */
bool scale_conf_nearest(const scale_conf_key_t *table, const char *name,
			char best[SCALE_CONF_PATH]);

#endif
