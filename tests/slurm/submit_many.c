/*
 * submit_many.c - put thousands of small workflows into Slurm quickly
 *
 * submit-many WORKFLOWS CHILDREN SECONDS [PARENT]
 *
 * Each workflow is a primitive and CHILDREN that depend on it; each sleeps
 * for SECONDS.  With PARENT, a job id, the first ones depend on that.  One
 * process does what would be thousands of calls of sbatch.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>

/* RET the job id, or 0 */
static uint32_t submit(int workflow, int child, const char *seconds,
		       uint32_t parent)
{
	char script[64], comment[96], depend[32], name[16];
	char *environment[] = { "PATH=/usr/bin:/bin", NULL };
	submit_response_msg_t *answer = NULL;
	job_desc_msg_t job;
	uint32_t id = 0;

	slurm_init_job_desc_msg(&job);
	snprintf(script, sizeof(script), "#!/bin/sh\nexec sleep %s\n",
		 seconds);
	snprintf(name, sizeof(name), "t%d", child);
	snprintf(comment, sizeof(comment),
		 "scale:wf=many%ld-%d,task=%s,gflop=1", (long) getpid(),
		 workflow, name);
	snprintf(depend, sizeof(depend), "afterok:%u", parent);
	job.name = name;
	job.script = script;
	job.comment = comment;
	job.dependency = parent ? depend : NULL;
	job.environment = environment;
	job.env_size = 1;
	job.std_out = job.std_err = "/dev/null";
	job.std_in = "/dev/null";
	job.work_dir = "/tmp";
	job.user_id = getuid();
	job.group_id = getgid();
	job.min_nodes = job.max_nodes = 1;
	job.time_limit = 5;
	/* slurmctld asks to come again when it is busy */
	while (slurm_submit_batch_job(&job, &answer)) {
		if (errno != EAGAIN &&
		    errno != ESLURM_ERROR_ON_DESC_TO_RECORD_COPY) {
			fprintf(stderr, "submit-many: %s\n",
				slurm_strerror(errno));
			return 0;
		}
		usleep(100000);
	}
	id = answer->job_id;
	slurm_free_submit_response_response_msg(answer);
	return id;
}

int main(int argc, char **argv)
{
	int workflows = argc > 3 ? atoi(argv[1]) : 0;
	int children = argc > 3 ? atoi(argv[2]) : 0;
	uint32_t parent = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;

	if (argc < 4 || argc > 5 || workflows < 1 || children < 0) {
		fputs("usage: submit-many WORKFLOWS CHILDREN SECONDS [PARENT]\n",
		      stderr);
		return 2;
	}
	slurm_init(NULL);
	for (int w = 0; w < workflows; w++) {
		uint32_t first = submit(w, 0, argv[3], parent);

		if (!first)
			return 1;
		for (int c = 1; c <= children; c++)
			if (!submit(w, c, argv[3], first))
				return 1;
	}
	return 0;
}
