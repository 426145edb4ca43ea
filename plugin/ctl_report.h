/*
 * ctl_report.h - inside of scale-ctl report
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CTL_REPORT_H
#define CTL_REPORT_H

#include <stdbool.h>

#include "ctl_counterfactual.h"
#include "ctl_interval.h"
#include "ctl_jobs.h"

enum { CTL_ARMS_MAX = 16 };

typedef enum {
	CTL_PRIMITIVE_RESPONSE,		/* end minus arrival of its workflow */
	CTL_PRIMITIVE_WAIT,		/* start minus ready */
	CTL_WORKFLOW_RESPONSE,		/* last end minus arrival */
	CTL_WORKFLOW_WAIT,		/* of that, when none of it ran */
	CTL_AGREEMENT,
	CTL_MEASURES
} ctl_measure_t;

/* Workflows of one placer in one mode. */
typedef struct ctl_arm {
	char name[32];			/* "stock", or the policy */
	char mode[16];
	bool stock;
	size_t flows;
	sim_ratio_t *cluster[CTL_MEASURES];	/* [flows] */
	sim_interval_t result[CTL_MEASURES];	/* s, share */
} ctl_arm_t;

typedef struct ctl_report {
	ctl_arm_t arm[CTL_ARMS_MAX];	/* [arms], stock's first */
	size_t arms;
	size_t flows, mixed, open;
	size_t started, decided;	/* primitives; with a decision */
	double p50_us, p95_us, p99_us;
} ctl_report_t;

/* What an arm is compared with: stock in the same mode, which in canary was
 * drawn at random, else the largest of stock.  NULL: it is stock's itself, or
 * there is none. */
const ctl_arm_t *ctl_report_stock(const ctl_report_t *report,
				  const ctl_arm_t *arm);
sim_interval_t ctl_report_difference(const ctl_arm_t *a, const ctl_arm_t *b,
				     ctl_measure_t measure);

/* RET exit status. */
int ctl_report_json(const ctl_report_t *report, const ctl_jobs_t *jobs,
		    const ctl_counterfactual_t *counterfactual);
int ctl_report_text(const ctl_report_t *report, const ctl_jobs_t *jobs,
		    const ctl_counterfactual_t *counterfactual);

#endif
