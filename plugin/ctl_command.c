/*
 * ctl_command.c - run a program and keep what it prints
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ctl_command.h"

extern char **environ;

static const size_t longest = (size_t) 1 << 26;

/* slurmctld is in a directory that ordinary users do not search. */
static char *find_program(const char *name)
{
	static const char *const sbin[] = {
		"/usr/sbin", "/usr/local/sbin", "/sbin",
	};
	const char *path = getenv("PATH");
	char *copy = strdup(path ? path : "/usr/bin:/bin"), *save = NULL;
	char *found = NULL;

	for (char *dir = copy ? strtok_r(copy, ":", &save) : NULL;
	     dir && !found; dir = strtok_r(NULL, ":", &save)) {
		if (asprintf(&found, "%s/%s", dir, name) < 0)
			found = NULL;
		else if (access(found, X_OK) < 0) {
			free(found);
			found = NULL;
		}
	}
	free(copy);
	for (size_t i = 0; i < 3 && !found; i++) {
		if (asprintf(&found, "%s/%s", sbin[i], name) < 0)
			return NULL;
		if (access(found, X_OK) < 0) {
			free(found);
			found = NULL;
		}
	}
	return found;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Until its end; RET allocated text, or NULL with errno. */
static char *read_output(int fd, unsigned seconds)
{
	long until = now_ms() + 1000L * seconds;
	size_t size = 0, room = 65536;
	char *text = malloc(room + 1);

	while (text) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		long left = until - now_ms();
		ssize_t n = 0;
		char *more;

		if (left <= 0 || poll(&p, 1, (int) left) == 0)
			errno = ETIMEDOUT;
		else if ((n = read(fd, text + size, room - size)) == 0)
			break;
		if (n <= 0) {
			if (errno == EINTR)
				continue;
			goto fail;
		}
		size += (size_t) n;
		if (size < room)
			continue;
		room *= 2;
		more = room > longest ? NULL : realloc(text, room + 1);
		if (!more) {
			errno = room > longest ? EFBIG : ENOMEM;
			goto fail;
		}
		text = more;
	}
	if (text)
		text[size] = '\0';
	return text;
fail:
	free(text);
	return NULL;
}

static int spawn(const char *path, const char *const argv[], int out,
		 pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY,
					 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY,
					 0);
	rc = posix_spawn(pid, path, &actions, NULL, (char *const *) argv,
			 environ);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static int run(const char *path, const char *const argv[], unsigned seconds,
	       char **out, scale_err_t *err)
{
	int fd[2], status = 0, rc, errnum;
	char *text;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return scale_err_set(err, errno, "%s: %s", argv[0],
				     strerror(errno));
	rc = spawn(path, argv, fd[1], &pid);
	close(fd[1]);
	if (rc) {
		close(fd[0]);
		return scale_err_set(err, rc, "%s: cannot run: %s", path,
				     strerror(rc));
	}
	text = read_output(fd[0], seconds);
	errnum = errno;
	close(fd[0]);
	if (!text)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!text)
		return scale_err_set(err, errnum, "%s %s: %s", argv[0],
				     argv[1] ? argv[1] : "", strerror(errnum));
	if (status) {
		free(text);
		return scale_err_set(err, EIO, "%s %s failed", argv[0],
				     argv[1] ? argv[1] : "");
	}
	*out = text;
	return 0;
}

int ctl_command(const char *const argv[], unsigned seconds, char **out,
		scale_err_t *err)
{
	char *path = find_program(argv[0]);
	int rc, saved;

	if (!path)
		return scale_err_set(err, ENOENT, "%s: not found in PATH or "
				     "/usr/sbin", argv[0]);
	rc = run(path, argv, seconds, out, err);
	saved = errno;
	free(path);
	errno = saved;
	return rc;
}
