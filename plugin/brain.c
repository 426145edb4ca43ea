/*
 * brain.c - scale.yaml and all that it names, ready to decide
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "brain.h"
#include "model/file.h"
#include "model/yaml_doc.h"
#include "trusted_file.h"

static const char *model_meta(const void *model, const char *key)
{
	return scale_model_meta(model, key);
}

int scale_brain_time_scale(scale_site_t *site, const scale_model_t *model,
			   scale_err_t *err)
{
	const char *text = model ? scale_model_meta(model, "time_scale") : NULL;
	char *end;

	if (site->time_scale > 0.0)
		return 0;
	site->time_scale = 1.0;
	if (!text)
		return 0;
	site->time_scale = strtod(text, &end);
	if (end != text && !*end && isfinite(site->time_scale) &&
	    site->time_scale > 0.0)
		return 0;
	return scale_err_set(err, EINVAL,
			     "metadata, time_scale: \"%.40s\" is not a positive number",
			     text);
}

static int use_model(scale_brain_t *brain, const scale_model_t *model,
		     scale_err_t *err)
{
	scale_trained_t trained;

	if (*brain->site.model_sha256 &&
	    strcasecmp(brain->site.model_sha256, model->sha256))
		return scale_err_set(err, EINVAL,
				     "its SHA-256 is %s, but model_sha256 is %s",
				     model->sha256, brain->site.model_sha256);
	if (scale_trained_read(&trained, model_meta, model, err) ||
	    scale_brain_time_scale(&brain->site, model, err))
		return -1;
	scale_guard_init(&brain->guard, &brain->site.guard, &trained);
	strcpy(brain->model_hash, model->sha256);
	brain->policy = scale_policy_from_model(model, err);
	if (!brain->policy)
		return -1;
	if (!scale_policy_servers(brain->policy))
		return 0;
	/* candidates differ from job to job */
	return scale_err_set(err, EINVAL,
			     "an MLP for exactly %zu servers cannot place jobs; train one with algorithm scale or crossattn",
			     scale_policy_servers(brain->policy));
}

static int load_model(scale_brain_t *brain, const char *path, uid_t owner,
		      scale_err_t *err)
{
	scale_brain_text_t *text = &brain->model_text;
	const char *base = strrchr(path, '/');
	scale_model_t *model;
	int rc;

	if (scale_trusted_read(path, owner, SCALE_MODEL_FILE_MAX, &text->data,
			       &text->size, err))
		return -1;
	model = scale_model_parse(text->data, text->size, path, err);
	if (!model)
		return -1;
	snprintf(brain->model_name, sizeof(brain->model_name), "%s",
		 base ? base + 1 : path);
	rc = use_model(brain, model, err);
	if (rc)
		scale_err_prefix(err, "%s", path);
	scale_model_destroy(model);
	return rc;
}

static int load_policies(scale_brain_t *brain,
			 const scale_brain_source_t *source, scale_err_t *err)
{
	scale_site_t *site = &brain->site;
	const char *model = source->model ? source->model
			  : *site->model ? site->model : source->dflt_model;

	brain->fallback = scale_policy_create(site->fallback, err);
	if (!brain->fallback)
		return scale_err_prefix(err, "%s: fallback", source->conf);
	if (!strcmp(site->policy, "model"))
		return load_model(brain, model, source->owner, err);
	brain->policy = scale_policy_create(site->policy, err);
	if (!brain->policy)
		return scale_err_prefix(err, "%s: policy", source->conf);
	strcpy(brain->model_name, site->policy);
	return scale_brain_time_scale(site, NULL, err);
}

static int load_conf(scale_brain_t *brain, const scale_brain_source_t *source,
		     scale_err_t *err)
{
	scale_brain_text_t *text = &brain->conf_text;

	if (scale_conf_defaults(scale_site_table, &brain->site, err) ||
	    scale_trusted_read(source->conf, source->owner, SCALE_YAML_SIZE,
			       &text->data, &text->size, err) ||
	    scale_conf_parse(scale_site_table, &brain->site, text->data,
			     text->size, source->conf, err) ||
	    scale_site_check(&brain->site, source->conf, err))
		return -1;
	/* checked above */
	scale_order_parse(brain->site.order, &brain->order, NULL);
	brain->engines = scale_engines_create(brain->site.engines.item,
					      brain->site.engines.count, err);
	if (!brain->engines)
		return scale_err_prefix(err, "%s: engines", source->conf);
	return 0;
}

scale_brain_t *scale_brain_load(const scale_brain_source_t *source,
				scale_err_t *err)
{
	scale_brain_t *brain = calloc(1, sizeof(*brain));

	if (!brain) {
		scale_err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	if (load_conf(brain, source, err) ||
	    (brain->site.mode != SCALE_MODE_OFF &&
	     load_policies(brain, source, err))) {
		scale_brain_destroy(brain);
		return NULL;
	}
	scale_order_settle(&brain->order, brain->policy ?
			   scale_policy_order(brain->policy) : NULL);
	return brain;
}

void scale_brain_destroy(scale_brain_t *brain)
{
	int saved = errno;

	if (!brain)
		return;
	scale_policy_destroy(brain->policy);
	scale_policy_destroy(brain->fallback);
	scale_engines_destroy(brain->engines);
	scale_conf_free(scale_site_table, &brain->site);
	free(brain->conf_text.data);
	free(brain->model_text.data);
	free(brain);
	errno = saved;
}

bool scale_brain_learned(const scale_brain_t *brain)
{
	return *brain->model_hash;
}
