/*
 * conf.h - configuration files: one table of keys, YAML in, YAML out
 *
 * Every setting of trainer, simulator and plugin stands in a table of
 * scale_conf_key_t.  From it come defaults, checks, --set, --print-config
 * and the manual.  Errors read "FILE:LINE:COLUMN: ..." and suggest the
 * nearest key.  libyaml reads; anchors, aliases, tags and duplicate keys are
 * refused, as are files above 1 MiB or nested deeper than 8.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_CONF_H
#define SCALE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "err.h"

typedef enum {
	SCALE_CONF_BOOL,	/* bool; true or false */
	SCALE_CONF_INT,		/* int64_t within [min, max] */
	SCALE_CONF_DOUBLE,	/* double within [min, max], finite */
	SCALE_CONF_STRING,	/* char[size]; too long is an error */
	SCALE_CONF_ENUM,	/* int: index into choices */
	SCALE_CONF_DOUBLES,	/* scale_conf_doubles_t; "[a, b, c]" */
	SCALE_CONF_INTS,	/* scale_conf_ints_t; "[a, b, c]" */
	SCALE_CONF_LIST,	/* scale_conf_list_t of sub-records: a YAML
				   sequence of mappings with keys from sub */
	SCALE_CONF_TABLE,	/* a record in the record: the keys of sub
				   appear under name; dflt may hold a mapping
				   "{key: value}" over the defaults of sub */
} scale_conf_type_t;

enum { SCALE_CONF_NUMBERS = 32 };

typedef struct scale_conf_doubles {
	size_t count;
	double value[SCALE_CONF_NUMBERS];
} scale_conf_doubles_t;

typedef struct scale_conf_ints {
	size_t count;
	long long value[SCALE_CONF_NUMBERS];
} scale_conf_ints_t;

typedef struct scale_conf_list {
	size_t count;
	void *item;		/* [count] records of item_size, one block;
				   freed by scale_conf_free() */
} scale_conf_list_t;

/* One key; a table ends with a row whose name is NULL. */
typedef struct scale_conf_key {
	const char *name;	/* dotted: "ppo.clip" is key clip in map ppo */
	scale_conf_type_t type;
	size_t offset;		/* of the field in the record */
	size_t size;		/* STRING: of the array; LIST: item size */
	const char *dflt;	/* as written in YAML; NULL: required
				   (sub-records) or empty list */
	double min, max;	/* INT, DOUBLE and lists of them, inclusive */
	const char *const *choices;	/* ENUM: names, NULL-terminated */
	const struct scale_conf_key *sub;	/* LIST: table of an item;
						   TABLE: of the record */
	const char *help;	/* one line, with the unit */
} scale_conf_key_t;

/* Fill record with the defaults of table.  RET 0, or -1 with ENOMEM or
 * EINVAL (a default of ours is wrong, which tests find). */
int scale_conf_defaults(const scale_conf_key_t *table, void *record,
			scale_err_t *err);

/*
 * Read YAML over what record holds.
 * RET 0; -1 with EINVAL, EFBIG, ENOMEM or errno of open and read; record is
 * then unspecified but may be freed
 */
int scale_conf_read(const scale_conf_key_t *table, void *record,
		    const char *path, scale_err_t *err);
int scale_conf_parse(const scale_conf_key_t *table, void *record,
		     const char *text, size_t size, const char *name,
		     scale_err_t *err);

/* One "key=value" of --set; the text of a STRING needs no quotes.  LIST keys
 * cannot be set so.  RET 0; -1 with EINVAL or ENOMEM, record unchanged */
int scale_conf_set(const scale_conf_key_t *table, void *record,
		   const char *assignment, scale_err_t *err);

/* The whole record as commented YAML that scale_conf_parse() reads back to
 * the same values, to the last bit.  RET allocated text, or NULL. */
char *scale_conf_print(const scale_conf_key_t *table, const void *record,
		       scale_err_t *err);

enum { SCALE_CONF_PATH = 256 };	/* a dotted name, with its 0 byte */

/* RET true when two records differ; name is then the first such key. */
bool scale_conf_differ(const scale_conf_key_t *table, const void *a,
		       const void *b, char name[SCALE_CONF_PATH]);

/* Release the lists inside record. */
void scale_conf_free(const scale_conf_key_t *table, void *record);

#endif
