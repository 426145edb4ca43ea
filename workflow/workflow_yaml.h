/*
 * workflow_yaml.h - the keys of our own files, for the test of the schema
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WF_WORKFLOW_YAML_H
#define WF_WORKFLOW_YAML_H

#include "model/conf.h"

extern const scale_conf_key_t wf_top_keys[];
extern const scale_conf_key_t wf_task_keys[];
extern const scale_conf_key_t wf_default_keys[];
extern const scale_conf_key_t wf_cost_keys[];

#endif
