/*
 * file.c - whole files: bounded reads, atomic writes, checksums
 *
 * A write goes to a temporary file in the target's directory, which stays
 * open as a descriptor: the steps up to the rename see one directory, even
 * if its name changes meanwhile.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nettle/sha2.h>

#include "file.h"

enum { MAX_LINKS = 16 };

static int fail(scale_err_t *err, const char *path, const char *what)
{
	int errnum = errno;

	return scale_err_set(err, errnum, "%s: cannot %s: %s", path, what,
			     strerror(errnum));
}

/* Read up to room bytes.  RET how many, or -1. */
static ssize_t read_all(int fd, char *data, size_t room)
{
	size_t got = 0;

	while (got < room) {
		ssize_t n = read(fd, data + got, room - got);

		if (n == 0)
			break;
		if (n > 0)
			got += (size_t) n;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t) got;
}

static int check_regular(const struct stat *st, const char *path,
			 scale_err_t *err)
{
	if (S_ISDIR(st->st_mode))
		return scale_err_set(err, EISDIR, "%s: is a directory", path);
	if (!S_ISREG(st->st_mode))
		return scale_err_set(err, EINVAL, "%s: not a regular file",
				     path);
	return 0;
}

/* Size of the open file, or -1. */
static off_t bounded_size(int fd, const char *path, size_t limit,
			  scale_err_t *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(err, path, "inspect");
	if (check_regular(&st, path, err) < 0)
		return -1;
	if ((uintmax_t) st.st_size > limit)
		return scale_err_set(err, EFBIG,
				     "%s: %jd bytes, more than the %zu allowed",
				     path, (intmax_t) st.st_size, limit);
	return st.st_size;
}

int scale_file_read_fd(int fd, const char *path, size_t limit, char **data,
		       size_t *size, scale_err_t *err)
{
	off_t want = bounded_size(fd, path, limit, err);
	char *text = NULL;
	ssize_t got;
	int saved;

	if (want < 0)
		return -1;
	text = malloc((size_t) want + 1);
	if (!text)
		return fail(err, path, "read");
	got = read_all(fd, text, (size_t) want + 1);
	if (got == want) {
		text[got] = '\0';
		*data = text;
		*size = (size_t) got;
		return 0;
	}
	if (got < 0)
		fail(err, path, "read");
	else
		scale_err_set(err, EBUSY, "%s: changed while it was read",
			      path);
	saved = errno;
	free(text);
	errno = saved;
	return -1;
}

int scale_file_read(const char *path, size_t limit, char **data,
		    size_t *size, scale_err_t *err)
{
	int saved, rc, fd;

	/* O_NONBLOCK: a FIFO must not hold us before fstat() refuses it */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fail(err, path, "open");
	rc = scale_file_read_fd(fd, path, limit, data, size, err);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n > 0) {
			data += n;
			size -= (size_t) n;
		} else if (n == 0) {
			errno = EIO;
			return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

/* Where a write goes: the file behind symbolic links. */
typedef struct target {
	char *path;		/* followed; cut in two at the last slash */
	const char *base;	/* its last component */
	char *temp;		/* name of the temporary file, beside base */
	int dir;		/* descriptor of the directory */
	bool has_mode;		/* else as umask has it */
	mode_t mode;		/* permissions */
} target_t;

static void target_close(target_t *t)
{
	int saved = errno;

	if (t->dir >= 0)
		close(t->dir);
	free(t->temp);
	free(t->path);
	errno = saved;
}

static bool trusted(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

/* Refuse to replace a device or a directory; keep the mode of a file. */
static int target_inspect(target_t *t, const char *path, scale_err_t *err)
{
	struct stat st;

	if (fstatat(t->dir, t->base, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail(err, path, "inspect");
	if (S_ISLNK(st.st_mode))
		return 0;		/* somebody's: it goes */
	t->has_mode = true;
	t->mode = st.st_mode & (trusted(&st) ? 0777 : 0755);
	return check_regular(&st, path, err);
}

/* What the link says, from the directory that it is in. */
static char *read_link(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t dir = slash ? (size_t) (slash - path) + 1 : 0;
	char *text = malloc(dir + PATH_MAX + 1);
	ssize_t n;

	if (!text)
		return NULL;
	n = readlink(path, text + dir, PATH_MAX);
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[dir + (size_t) n] = '\0';
	if (text[dir] == '/')
		memmove(text, text + dir, (size_t) n + 1);
	else
		memcpy(text, path, dir);
	return text;
}

/* The file that links of ours or root's lead to: where others can write the
 * directory, theirs could lead anywhere.  RET NULL with errno */
static char *follow(const char *path)
{
	char *at = strdup(path), *next;
	struct stat st;

	for (int hops = 0; at && !lstat(at, &st) && S_ISLNK(st.st_mode) &&
	     trusted(&st); hops++) {
		next = hops < MAX_LINKS ? read_link(at) : NULL;
		if (hops == MAX_LINKS)
			errno = ELOOP;
		free(at);
		at = next;
	}
	return at;
}

static int no_directory(const char *path, const char *dir, scale_err_t *err)
{
	int errnum = errno;

	return scale_err_set(err, errnum, "%s: cannot open its directory %s: "
			     "%s", path, dir, strerror(errnum));
}

static int target_open(target_t *t, const char *path, scale_err_t *err)
{
	const char *dir = ".";
	size_t room;
	char *slash;

	*t = (target_t) { .dir = -1, .path = follow(path) };
	if (!t->path)
		return fail(err, path, "resolve");
	t->base = t->path;
	slash = strrchr(t->path, '/');
	if (slash) {
		*slash = '\0';
		t->base = slash + 1;
		dir = slash == t->path ? "/" : t->path;
	}
	if (!*t->base)
		return scale_err_set(err, EISDIR, "%s: not the name of a file",
				     path);
	room = strlen(t->base) + sizeof(".tmp.") + 3 * sizeof(long);
	t->temp = malloc(room);
	if (!t->temp)
		return fail(err, path, "write");
	snprintf(t->temp, room, "%s.tmp.%ld", t->base, (long) getpid());
	t->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->dir < 0)
		return no_directory(path, dir, err);
	return target_inspect(t, path, err);
}

/* Create the temporary file and fill it.  RET 0, or -1 and it is gone. */
static int write_temp(const target_t *t, const void *data, size_t size)
{
	int fd, rc, saved;

	/* one of ours that a crash left; O_EXCL refuses planted links */
	unlinkat(t->dir, t->temp, 0);
	fd = openat(t->dir, t->temp,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    t->has_mode ? t->mode & 0600 : 0666);
	if (fd < 0)
		return -1;
	rc = write_all(fd, data, size);
	if (rc == 0 && t->has_mode)
		rc = fchmod(fd, t->mode);
	if (rc == 0)
		rc = fsync(fd);
	saved = errno;
	if (close(fd) < 0 && rc == 0) {
		saved = errno;
		rc = -1;
	}
	if (rc < 0)
		unlinkat(t->dir, t->temp, 0);
	errno = saved;
	return rc;
}

/* mode 0: what it was, or as umask has it */
static int write_file(const char *path, const void *data, size_t size,
		      mode_t mode, scale_err_t *err)
{
	target_t t;
	int saved, rc = -1;

	if (target_open(&t, path, err) < 0)
		goto out;
	if (mode) {
		t.has_mode = true;
		t.mode = mode;
	}
	if (write_temp(&t, data, size) < 0) {
		fail(err, path, "write");
		goto out;
	}
	if (renameat(t.dir, t.temp, t.dir, t.base) < 0) {
		saved = errno;
		unlinkat(t.dir, t.temp, 0);
		errno = saved;
		fail(err, path, "replace");
		goto out;
	}
	/* EINVAL: a file system that cannot sync directories */
	if (fsync(t.dir) < 0 && errno != EINVAL) {
		fail(err, path, "sync its directory");
		goto out;
	}
	rc = 0;
out:
	target_close(&t);
	return rc;
}

int scale_file_write(const char *path, const void *data, size_t size,
		     scale_err_t *err)
{
	return write_file(path, data, size, 0, err);
}

int scale_file_write_private(const char *path, const void *data, size_t size,
			     scale_err_t *err)
{
	return write_file(path, data, size, 0600, err);
}

void scale_sha256_hex(const void *data, size_t size, char hex[65])
{
	static const char digit[] = "0123456789abcdef";
	uint8_t sum[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, size, data);
	sha256_digest(&ctx, sizeof(sum), sum);
	for (size_t i = 0; i < sizeof(sum); i++) {
		hex[2 * i] = digit[sum[i] >> 4];
		hex[2 * i + 1] = digit[sum[i] & 15];
	}
	hex[64] = '\0';
}
