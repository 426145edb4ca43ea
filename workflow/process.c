/*
 * process.c - run a program and read what it says
 *
 * Standard input, output and error are unlinked temporary files: nothing
 * can block, however much is written.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scale_config.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

extern char **environ;

/* What was written into file, with a 0 byte. */
static char *read_back(FILE *file)
{
	char *text;
	long size;

	if (fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0)
		return NULL;
	rewind(file);
	text = calloc((size_t) size + 1, 1);
	if (text && fread(text, 1, size, file) != (size_t) size) {
		free(text);
		return NULL;
	}
	return text;
}

static int start(char *const argv[], char *const envp[], FILE *const file[3],
		 pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t signals;
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	for (int i = 0; i < 3; i++)
		posix_spawn_file_actions_adddup2(&actions, fileno(file[i]), i);
	sigemptyset(&signals);
	posix_spawnattr_setsigmask(&attr, &signals);
	sigfillset(&signals);
	posix_spawnattr_setsigdefault(&attr, &signals);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
						POSIX_SPAWN_SETSIGDEF |
						POSIX_SPAWN_SETPGROUP);
	rc = posix_spawnp(pid, argv[0], &actions, &attr, argv,
			  envp ? envp : environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static int finish(const char *name, FILE *const file[3], pid_t pid,
		  wf_output_t *output, scale_err_t *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return scale_err_set(err, errno, "waiting for %s: %m",
					     name);
	output->status = WIFEXITED(status) ? WEXITSTATUS(status) :
					     128 + WTERMSIG(status);
	output->out = read_back(file[1]);
	output->err = read_back(file[2]);
	if (!output->out || !output->err) {
		wf_output_free(output);
		return scale_err_set(err, EIO, "cannot read what %s wrote",
				     name);
	}
	output->err[strcspn(output->err, "\n")] = '\0';
	return 0;
}

int wf_process_run(char *const argv[], char *const envp[], const char *input,
	     size_t size, wf_output_t *output, scale_err_t *err)
{
	FILE *file[3] = { tmpfile(), tmpfile(), tmpfile() };
	int rc = -1, failed;
	pid_t pid;

	*output = (wf_output_t){ 0 };
	if (!file[0] || !file[1] || !file[2]) {
		scale_err_set(err, errno, "no temporary file: %m");
		goto done;
	}
	if ((input && fwrite(input, 1, size, file[0]) != size) ||
	    fflush(file[0]) || fseek(file[0], 0, SEEK_SET)) {
		scale_err_set(err, errno, "temporary file: %m");
		goto done;
	}
	failed = start(argv, envp, file, &pid);
	if (failed)
		scale_err_set(err, failed, "cannot run %s: %s", argv[0],
			      strerror(failed));
	else
		rc = finish(argv[0], file, pid, output, err);
done:
	for (int i = 0; i < 3; i++)
		if (file[i])
			fclose(file[i]);
	return rc;
}

void wf_output_free(wf_output_t *output)
{
	free(output->out);
	free(output->err);
	*output = (wf_output_t){ 0 };
}
