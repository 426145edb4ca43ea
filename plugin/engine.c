/*
 * engine.c - which workflow a job of another workflow engine belongs to
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "text.h"

enum { GROUPS = SCALE_ENGINE_GROUPS + 1 };	/* with the whole match */

typedef struct matcher {
	regex_t name, comment;
	bool has_name, has_comment;	/* compiled, and to be freed */
	size_t workflow, task;
} matcher_t;

struct scale_engines {
	size_t count;
	matcher_t matcher[];
};

void scale_engines_destroy(scale_engines_t *engines)
{
	int saved = errno;

	for (size_t i = 0; engines && i < engines->count; i++) {
		if (engines->matcher[i].has_name)
			regfree(&engines->matcher[i].name);
		if (engines->matcher[i].has_comment)
			regfree(&engines->matcher[i].comment);
	}
	free(engines);
	errno = saved;
}

static int compile(regex_t *regex, const char *text, bool *done,
		   scale_err_t *err)
{
	char why[128];
	int rc;

	if (!*text)
		return 0;
	rc = regcomp(regex, text, REG_EXTENDED);
	if (rc) {
		regerror(rc, regex, why, sizeof(why));
		return scale_err_set(err, EINVAL, "\"%s\": %s", text, why);
	}
	*done = true;
	return 0;
}

static int prepare(matcher_t *m, const scale_engine_rule_t *rule,
		   scale_err_t *err)
{
	if (compile(&m->name, rule->name, &m->has_name, err) ||
	    compile(&m->comment, rule->comment, &m->has_comment, err))
		return -1;
	m->workflow = (size_t) rule->workflow;
	m->task = (size_t) rule->task;
	if (!m->has_name || m->workflow < 1 ||
	    m->workflow > m->name.re_nsub || m->task > m->name.re_nsub)
		return scale_err_set(err, EINVAL, "name: \"%s\" has %zu groups "
				     "( ); workflow is %zu, task %zu",
				     rule->name,
				     m->has_name ? m->name.re_nsub : 0,
				     m->workflow, m->task);
	return 0;
}

scale_engines_t *scale_engines_create(const scale_engine_rule_t *rule,
					size_t count, scale_err_t *err)
{
	scale_engines_t *engines =
		calloc(1, sizeof(*engines) +
			  count * sizeof(engines->matcher[0]));

	if (!engines) {
		scale_err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	engines->count = count;
	for (size_t i = 0; i < count; i++)
		if (prepare(&engines->matcher[i], &rule[i], err)) {
			scale_err_prefix(err, "entry %zu", i + 1);
			scale_engines_destroy(engines);
			return NULL;
		}
	return engines;
}

static void copy_group(char to[SCALE_NAME_SIZE], const char *text,
		       const regmatch_t *group)
{
	size_t length = group->rm_so < 0
				? 0 : (size_t) (group->rm_eo - group->rm_so);
	char part[SCALE_NAME_SIZE];

	if (length >= sizeof(part))
		length = sizeof(part) - 1;
	memcpy(part, text + (length ? group->rm_so : 0), length);
	part[length] = '\0';
	scale_text_copy(to, SCALE_NAME_SIZE, part);
}

static bool match(const matcher_t *m, const char *name, const char *comment,
		  char wf[SCALE_NAME_SIZE], char task[SCALE_NAME_SIZE])
{
	regmatch_t in_name[GROUPS], in_comment[2] = { { -1, -1 }, { -1, -1 } };

	if (regexec(&m->name, name, GROUPS, in_name, 0))
		return false;
	if (m->has_comment && regexec(&m->comment, comment, 2, in_comment, 0))
		return false;
	if (in_name[m->workflow].rm_so == in_name[m->workflow].rm_eo)
		return false;
	copy_group(wf, name, &in_name[m->workflow]);
	if (m->task)
		copy_group(task, name, &in_name[m->task]);
	else
		copy_group(task, comment, &in_comment[1]);
	return true;
}

bool scale_engines_match(const scale_engines_t *engines, const char *name,
			  const char *comment, char wf[SCALE_NAME_SIZE],
			  char task[SCALE_NAME_SIZE])
{
	for (size_t i = 0; i < engines->count; i++)
		if (match(&engines->matcher[i], name ? name : "",
			  comment ? comment : "", wf, task))
			return true;
	return false;
}
