/*
 * ctl_nodes.h - the site's nodes, with the speeds of scale.yaml
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_NODES_H
#define CTL_NODES_H

#include <stdbool.h>
#include <stddef.h>

#include "model/err.h"
#include "site_conf.h"

typedef struct ctl_node {
	char *name, *features;		/* "a,b" or "" */
	double cpus, mem_gb;
	double gflops, idle_w, busy_w;	/* of its class */
} ctl_node_t;

/*
 * "scontrol show node", each rated by the first class of site that fits.
 * OUT *nodes allocated, by name; *count above 0
 *     matches [site->nodes.count], cleared by the caller, or NULL: fits the
 *     class any node, of an earlier class too?
 * RET 0; -1 with ENOMEM, ENOENT (no node) or as ctl_command(), *count is 0
 */
int ctl_nodes(const scale_site_t *site, ctl_node_t **nodes, size_t *count,
	      bool *matches, scale_err_t *err);
void ctl_nodes_free(ctl_node_t *nodes, size_t count);
/* The node of that name, or NULL. */
const ctl_node_t *ctl_nodes_find(const ctl_node_t *nodes, size_t count,
				 const char *name);

#endif
