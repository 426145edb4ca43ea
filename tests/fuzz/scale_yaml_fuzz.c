/*
 * scale_yaml_fuzz.c - fuzz target: the site's scale.yaml
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>

#include "fuzz.h"
#include "plugin/site_conf.h"

/* What was read can be printed, and reads back. */
static void again(const scale_site_t *site)
{
	scale_err_t err;
	char *text = scale_conf_print(scale_site_table, site, &err);
	char key[SCALE_CONF_PATH];
	scale_site_t back;
	size_t size = 0;

	fuzz_assert(text != NULL, "not printed");
	while (text[size])
		size++;
	fuzz_assert(scale_conf_defaults(scale_site_table, &back, &err) == 0,
		    "no defaults");
	fuzz_assert(scale_conf_parse(scale_site_table, &back, text, size,
				     "printed", &err) == 0, err.text);
	fuzz_assert(!scale_conf_differ(scale_site_table, site, &back, key),
		    key);
	scale_conf_free(scale_site_table, &back);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scale_site_t site;
	scale_err_t err;

	fuzz_assert(scale_conf_defaults(scale_site_table, &site, &err) == 0,
		    "no defaults");
	if (scale_conf_parse(scale_site_table, &site, (const char *) data,
			     size, "scale.yaml", &err) == 0 &&
	    scale_site_check(&site, "scale.yaml", &err) == 0)
		again(&site);
	scale_conf_free(scale_site_table, &site);
	return 0;
}
