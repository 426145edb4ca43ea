/*
 * shim.c - make the n-th call of malloc, write, fsync, rename, ... fail
 *
 * Definitions in the program come before libc's.  Memory comes from glibc's
 * own names, files from system calls: nothing here looks up a symbol, which
 * would itself allocate.
 *
 * Power loss takes the order that is worst for files replaced by rename: names
 * reached the disk, bytes that were not synced did not.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

enum { FILES = 64 };

static struct {
	unsigned kinds;		/* 0: not armed */
	long nth, count;
	shim_mode_t mode;
	const char *failed;
	long blocks;
	bool dirty[FILES];	/* by descriptor: written and not synced */
	int kept[FILES];	/* copies of dirty ones that were closed */
	int kept_count;
} shim = { .failed = "" };

static void lose(int fd)
{
	struct stat st;
	off_t keep = 0;

	if (fstat(fd, &st) == 0 && shim.mode == SHIM_POWER_HALF)
		keep = st.st_size / 2;
	syscall(SYS_ftruncate, fd, keep);
}

static void power_loss(void)
{
	for (int fd = 0; fd < FILES; fd++)
		if (shim.dirty[fd])
			lose(fd);
	for (int i = 0; i < shim.kept_count; i++)
		lose(shim.kept[i]);
	_exit(SHIM_STATUS);
}

/* Count a call.  RET true where it has to fail, with errno set */
static bool fails(unsigned kind, const char *name, int errnum)
{
	if (!(shim.kinds & kind) || ++shim.count != shim.nth ||
	    shim.mode == SHIM_COUNT)
		return false;
	if (shim.mode != SHIM_FAIL)
		power_loss();
	shim.failed = name;
	errno = errnum;
	return true;
}

void shim_arm(unsigned kinds, long nth, shim_mode_t mode)
{
	shim.nth = nth;
	shim.count = 0;
	shim.mode = mode;
	shim.failed = "";
	shim.kinds = kinds;
}

long shim_disarm(void)
{
	shim.kinds = 0;
	return shim.count;
}

const char *shim_failed(void)
{
	return shim.failed;
}

long shim_blocks(void)
{
	return __atomic_load_n(&shim.blocks, __ATOMIC_RELAXED);
}

/* Threads of OpenBLAS allocate too, before anything is armed. */
static void *counted(void *block)
{
	if (block)
		__atomic_add_fetch(&shim.blocks, 1, __ATOMIC_RELAXED);
	return block;
}

void *malloc(size_t size)
{
	return fails(SHIM_ALLOC, "malloc", ENOMEM)
		       ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	return fails(SHIM_ALLOC, "calloc", ENOMEM)
		       ? NULL : counted(__libc_calloc(count, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails(SHIM_ALLOC, "aligned_alloc", ENOMEM)
		       ? NULL : counted(__libc_memalign(alignment, size));
}

void *shim_sure_malloc(size_t size)
{
	return counted(__libc_malloc(size));
}

void *realloc(void *old, size_t size)
{
	if (!old)
		return malloc(size);
	if (size == 0) {
		free(old);
		return NULL;
	}
	return fails(SHIM_ALLOC, "realloc", ENOMEM)
		       ? NULL : __libc_realloc(old, size);
}

void free(void *block)
{
	if (block)
		__atomic_sub_fetch(&shim.blocks, 1, __ATOMIC_RELAXED);
	__libc_free(block);
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (fails(SHIM_FILE, "open", EMFILE))
		return -1;
	return (int) syscall(SYS_openat, dir, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	return openat(AT_FDCWD, path, flags, mode);
}

ssize_t read(int fd, void *data, size_t size)
{
	return fails(SHIM_FILE, "read", EIO) ? -1
					     : syscall(SYS_read, fd, data, size);
}

ssize_t write(int fd, const void *data, size_t size)
{
	if (fails(SHIM_FILE, "write", ENOSPC))
		return -1;
	if (shim.kinds && fd >= 0 && fd < FILES)
		shim.dirty[fd] = true;
	return syscall(SYS_write, fd, data, size);
}

int fsync(int fd)
{
	if (fails(SHIM_FILE, "fsync", EIO))
		return -1;
	if (fd >= 0 && fd < FILES)
		shim.dirty[fd] = false;
	return (int) syscall(SYS_fsync, fd);
}

/* What was not synced can still be lost: keep a descriptor for that. */
int close(int fd)
{
	if (fd >= 0 && fd < FILES && shim.dirty[fd]) {
		shim.dirty[fd] = false;
		if (shim.kinds && shim.kept_count < FILES)
			shim.kept[shim.kept_count++] =
				fcntl(fd, F_DUPFD_CLOEXEC, FILES);
	}
	return (int) syscall(SYS_close, fd);
}

int fchmod(int fd, mode_t mode)
{
	return fails(SHIM_FILE, "fchmod", EPERM)
		       ? -1 : (int) syscall(SYS_fchmod, fd, mode);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return fails(SHIM_FILE, "rename", EIO)
		       ? -1 : (int) syscall(SYS_renameat2, from_dir, from,
					    to_dir, to, 0);
}

int rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int link(const char *from, const char *to)
{
	return fails(SHIM_FILE, "link", EIO)
		       ? -1 : (int) syscall(SYS_linkat, AT_FDCWD, from,
					    AT_FDCWD, to, 0);
}

int unlinkat(int dir, const char *path, int flags)
{
	return fails(SHIM_FILE, "unlink", EIO)
		       ? -1 : (int) syscall(SYS_unlinkat, dir, path, flags);
}

int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}
