/*
 * ctl_nodes.c - the site's nodes, with the speeds of scale.yaml
 *
 * The same rules as cluster_view.c, on what scontrol prints.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_command.h"
#include "ctl_nodes.h"

enum { PATIENCE_SEC = 20 };

/* Value of " Key=" in a line of scontrol -o, allocated; "" where missing. */
static char *field(const char *line, const char *key)
{
	size_t n = strlen(key);
	const char *p = line;

	while ((p = strstr(p, key))) {
		if ((p == line || p[-1] == ' ') && p[n] == '=')
			return strndup(p + n + 1, strcspn(p + n + 1, " \n"));
		p += n;
	}
	return strdup("");
}

static double number_field(const char *line, const char *key)
{
	char *text = field(line, key);
	double x = text ? strtod(text, NULL) : 0.0;

	free(text);
	return x;
}

static int add_node(ctl_node_t **nodes, size_t *count, const char *line)
{
	ctl_node_t *more = realloc(*nodes, (*count + 1) * sizeof(**nodes));
	ctl_node_t *node;

	if (!more)
		return -1;
	*nodes = more;
	node = &more[(*count)++];
	*node = (ctl_node_t) { 0 };
	node->name = field(line, "NodeName");
	node->features = field(line, "AvailableFeatures");
	node->cpus = number_field(line, "CPUTot");
	node->mem_gb = number_field(line, "RealMemory") / 1024.0;
	if (!node->name || !node->features)
		return -1;
	if (!strcmp(node->features, "(null)"))
		*node->features = '\0';
	return 0;
}

/* Slurm itself expands a host list.  OUT *hosts allocated, a name a line. */
static int expand(const char *list, char **hosts, scale_err_t *err)
{
	const char *const argv[] = {
		"scontrol", "show", "hostnames", list, NULL,
	};

	return ctl_command(argv, PATIENCE_SEC, hosts, err);
}

/* Is word one of the list, whose items end with end? */
static bool contains(const char *list, const char *word, char end)
{
	size_t n = strlen(word);

	while (list && *list) {
		if (!strncmp(list, word, n) &&
		    (list[n] == end || list[n] == '\0'))
			return true;
		list = strchr(list, end);
		if (list)
			list++;
	}
	return false;
}

/* Rate the nodes that class covers and that no earlier class did.
 * OUT *matches true where it covers any; may be NULL */
static int rate(ctl_node_t *nodes, size_t count,
		const scale_node_class_t *class, bool *matches,
		scale_err_t *err)
{
	char *hosts = NULL;

	if (*class->match && expand(class->match, &hosts, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		ctl_node_t *node = &nodes[i];

		if ((hosts && !contains(hosts, node->name, '\n')) ||
		    (*class->feature &&
		     !contains(node->features, class->feature, ',')))
			continue;
		if (matches)
			*matches = true;
		if (node->gflops > 0.0)
			continue;
		node->gflops = class->gflops;
		node->idle_w = class->idle_w;
		node->busy_w = class->busy_w;
	}
	free(hosts);
	return 0;
}

static int rate_all(ctl_node_t *nodes, size_t count, const scale_site_t *site,
		    bool *matches, scale_err_t *err)
{
	const scale_node_class_t *class = site->nodes.item;

	for (size_t i = 0; i < site->nodes.count; i++)
		if (rate(nodes, count, &class[i],
			 matches ? &matches[i] : NULL, err) < 0)
			return -1;
	for (size_t i = 0; i < count; i++) {
		if (nodes[i].gflops > 0.0)
			continue;
		nodes[i].gflops = fmax(nodes[i].cpus, 1.0) *
				  site->gflops_per_cpu;
		nodes[i].idle_w = site->idle_w;
		nodes[i].busy_w = site->busy_w;
	}
	return 0;
}

static int parse(char *text, ctl_node_t **nodes, size_t *count,
		 scale_err_t *err)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (!strncmp(line, "NodeName=", 9) &&
		    add_node(nodes, count, line) < 0)
			return scale_err_set(err, ENOMEM, "out of memory");
	if (!*count)
		return scale_err_set(err, ENOENT,
				     "scontrol show node lists no node");
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const ctl_node_t *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int ctl_nodes(const scale_site_t *site, ctl_node_t **nodes, size_t *count,
	      bool *matches, scale_err_t *err)
{
	static const char *const argv[] = {
		"scontrol", "show", "node", "-o", NULL,
	};
	char *text;
	int rc;

	*nodes = NULL;
	*count = 0;
	if (ctl_command(argv, PATIENCE_SEC, &text, err) < 0)
		return -1;
	rc = parse(text, nodes, count, err);
	free(text);
	if (!rc) {
		qsort(*nodes, *count, sizeof(**nodes), by_name);
		rc = rate_all(*nodes, *count, site, matches, err);
	}
	if (rc) {
		int saved = errno;

		ctl_nodes_free(*nodes, *count);
		*nodes = NULL;
		*count = 0;
		errno = saved;
	}
	return rc;
}

void ctl_nodes_free(ctl_node_t *nodes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(nodes[i].name);
		free(nodes[i].features);
	}
	free(nodes);
}

const ctl_node_t *ctl_nodes_find(const ctl_node_t *nodes, size_t count,
				 const char *name)
{
	ctl_node_t key = { .name = (char *) name };

	return count ? bsearch(&key, nodes, count, sizeof(*nodes), by_name)
		     : NULL;
}
