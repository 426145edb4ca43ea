/*
 * param.c - "NAME" or "NAME:NUMBER": how orders and rules are written
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "param.h"

bool scale_param_names(const char *text, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(text, name, length) &&
	       (text[length] == '\0' || text[length] == ':');
}

int scale_param_read(const scale_param_t *param, const char *text,
		     double *value, scale_err_t *err)
{
	const char *number = strchr(text, ':');
	char *end;
	double x;

	if (!number) {
		*value = param->dflt;
		return 0;
	}
	if (!param->meaning)
		return scale_err_set(err, EINVAL,
				     "%.*s takes no number after a colon",
				     (int) (number - text), text);
	x = strtod(++number, &end);
	if (end == number || *end ||
	    strspn(number, "+-.0123456789eE") != strlen(number) ||
	    strlen(text) >= SCALE_PARAM_TEXT ||
	    !(x >= param->min && x <= param->max))
		return scale_err_set(err, EINVAL,
				     "\"%.60s\": after the colon comes a number from %g to %g (%s)",
				     text, param->min, param->max,
				     param->meaning);
	*value = x;
	return 0;
}

void scale_param_print(const scale_param_t *param, const char *name,
		       double value, char text[SCALE_PARAM_TEXT])
{
	if (!param->meaning || value == param->dflt)
		snprintf(text, SCALE_PARAM_TEXT, "%s", name);
	else
		snprintf(text, SCALE_PARAM_TEXT, "%s:%.10g", name, value);
}
