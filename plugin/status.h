/*
 * status.h - the plugin's state for people and monitoring
 *
 * One table names every counter; the status file (JSON, what "scale-ctl
 * status" reads) and the Prometheus textfile are made of it.  Called on the
 * log's thread: allocates, and may block on the disk.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_STATUS_H
#define SCALE_STATUS_H

#include "model/err.h"
#include "stats.h"

enum { SCALE_STATUS_VERSION = 1 };

/* Both allocated, with a final newline and 0; NULL with ENOMEM. */
char *scale_status_json(const scale_stats_view_t *view);
char *scale_status_prometheus(const scale_stats_view_t *view);

/* Replace the status file, the metrics file.  RET 0, or -1. */
int scale_status_write(const scale_stats_view_t *view, const char *path,
		       scale_err_t *err);
int scale_status_write_metrics(const scale_stats_view_t *view,
			       const char *path, scale_err_t *err);

/* True where something but the clock differs: worth a new file. */
bool scale_status_changed(const scale_stats_view_t *a,
			  const scale_stats_view_t *b);

#endif
