/*
 * ctl_elf.c - data of a shared object, without loading it
 *
 * Every offset is checked against the file's size before it is followed.
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_elf.h"
#include "model/file.h"

static const size_t longest = (size_t) 1 << 28;	/* bytes of a file */

typedef struct image {
	const char *data;
	size_t size;
	ElfW(Ehdr) head;
} image_t;

/* The size bytes at that offset, or NULL. */
static const char *part(const image_t *image, uint64_t offset, uint64_t size)
{
	return offset <= image->size && size <= image->size - offset
			? image->data + offset : NULL;
}

static bool read_head(image_t *image)
{
	const char *at = part(image, 0, sizeof(image->head));

	if (!at)
		return false;
	memcpy(&image->head, at, sizeof(image->head));
	return !memcmp(image->head.e_ident, ELFMAG, SELFMAG) &&
	       image->head.e_ident[EI_CLASS] ==
		       (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) &&
	       image->head.e_ident[EI_DATA] ==
		       (__BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB
							: ELFDATA2MSB) &&
	       image->head.e_type == ET_DYN &&
	       image->head.e_shentsize == sizeof(ElfW(Shdr)) &&
	       image->head.e_phentsize == sizeof(ElfW(Phdr));
}

static bool section(const image_t *image, uint32_t i, ElfW(Shdr) *out)
{
	const char *at;

	if (i >= image->head.e_shnum)
		return false;
	at = part(image, image->head.e_shoff + (uint64_t) i * sizeof(*out),
		  sizeof(*out));
	if (at)
		memcpy(out, at, sizeof(*out));
	return at != NULL;
}

/* Where the bytes at a virtual address are in the file, or NULL. */
static const char *at_address(const image_t *image, uint64_t address,
			      size_t size)
{
	for (uint32_t i = 0; i < image->head.e_phnum; i++) {
		const char *at = part(image, image->head.e_phoff +
				(uint64_t) i * sizeof(ElfW(Phdr)),
				sizeof(ElfW(Phdr)));
		ElfW(Phdr) p;

		if (!at)
			return NULL;
		memcpy(&p, at, sizeof(p));
		if (p.p_type == PT_LOAD && address >= p.p_vaddr &&
		    address - p.p_vaddr <= p.p_filesz &&
		    size <= p.p_filesz - (address - p.p_vaddr))
			return part(image, p.p_offset + (address - p.p_vaddr),
				    size);
	}
	return NULL;
}

/* The symbol's row in the dynamic symbol table. */
static bool find_symbol(const image_t *image, const char *name,
			ElfW(Sym) *out)
{
	ElfW(Shdr) table, names;
	size_t length = strlen(name) + 1;
	uint32_t i = 0;

	do {
		if (!section(image, i++, &table))
			return false;
	} while (table.sh_type != SHT_DYNSYM);
	if (!section(image, table.sh_link, &names))
		return false;
	for (uint64_t k = 0; k < table.sh_size / sizeof(*out); k++) {
		const char *at = part(image, table.sh_offset +
				      k * sizeof(*out), sizeof(*out));
		const char *text;

		if (!at)
			return false;
		memcpy(out, at, sizeof(*out));
		text = out->st_name < names.sh_size &&
		       length <= names.sh_size - out->st_name
				? part(image, names.sh_offset + out->st_name,
				       length) : NULL;
		if (text && !memcmp(text, name, length) &&
		    out->st_shndx != SHN_UNDEF)
			return true;
	}
	return false;
}

static int copy_data(const image_t *image, const char *path,
		     const char *symbol, void *out, size_t size,
		     scale_err_t *err)
{
	const char *at;
	ElfW(Sym) sym;

	if (!find_symbol(image, symbol, &sym))
		return scale_err_set(err, ENOENT, "%s: has no symbol %s", path,
				     symbol);
	if (sym.st_size < size)
		return scale_err_set(err, ERANGE, "%s: %s has %llu bytes, "
			"expected %zu", path, symbol,
			(unsigned long long) sym.st_size, size);
	at = at_address(image, sym.st_value, size);
	if (!at)
		return scale_err_set(err, EINVAL, "%s: damaged: %s is outside "
				     "the file", path, symbol);
	memcpy(out, at, size);
	return 0;
}

int ctl_elf_data(const char *path, const char *symbol, void *out, size_t size,
		 scale_err_t *err)
{
	image_t image = { 0 };
	char *data;
	int rc, saved;

	if (scale_file_read(path, longest, &data, &image.size, err) < 0)
		return -1;
	image.data = data;
	if (read_head(&image))
		rc = copy_data(&image, path, symbol, out, size, err);
	else
		rc = scale_err_set(err, EINVAL, "%s: not a shared object for "
				   "this machine", path);
	saved = errno;
	free(data);
	errno = saved;
	return rc;
}
