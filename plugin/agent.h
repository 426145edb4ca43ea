/*
 * agent.h - the plugin's thread
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SCALE_AGENT_H
#define SCALE_AGENT_H

/* RET 0, or -1 when it runs already or cannot be made. */
int scale_agent_start(void);
/* Returns when the thread has ended and all leases are given back. */
void scale_agent_stop(void);
/* Ask for scale.yaml and the model to be read again; returns at once. */
void scale_agent_reload(void);

#endif
