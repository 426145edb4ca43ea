##
# SYNOPSIS: X_AC_SYSTEM_LIBS, X_AC_PACKAGES, X_AC_OPENBLAS
#
# DESCRIPTION: the libraries that the project uses, through pkg-config.
#   Every message names the Debian package that is missing.
##
AC_DEFUN([X_AC_SYSTEM_LIBS], [
  AC_SEARCH_LIBS([sqrt], [m], [], [AC_MSG_ERROR([the C mathematics library is missing])])
  AC_SEARCH_LIBS([pthread_create], [pthread], [], [AC_MSG_ERROR([POSIX threads are missing])])
  AC_SEARCH_LIBS([dlopen], [dl])
])

AC_DEFUN([X_AC_PACKAGES], [
  PKG_CHECK_MODULES([YAML], [yaml-0.1 >= 0.2.2], [],
    [AC_MSG_ERROR([libyaml is missing; install libyaml-dev])])
  PKG_CHECK_MODULES([JANSSON], [jansson >= 2.13], [],
    [AC_MSG_ERROR([jansson is missing; install libjansson-dev])])
  PKG_CHECK_MODULES([NETTLE], [nettle >= 3.7], [],
    [AC_MSG_ERROR([nettle is missing; install nettle-dev])])
  PKG_CHECK_MODULES([CHECK], [check >= 0.15], [have_check=yes], [have_check=no])
  AM_CONDITIONAL([HAVE_CHECK], [test "x$have_check" = xyes])
])

AC_DEFUN([X_AC_OPENBLAS], [
  AC_ARG_WITH([openblas],
    [AS_HELP_STRING([--with-openblas@<:@=PREFIX@:>@],
      [OpenBLAS for trainer and tools (default: pkg-config)])],
    [], [with_openblas=yes])
  AS_CASE([$with_openblas],
    [no], [AC_MSG_ERROR([OpenBLAS is needed by the trainer; --without-openblas is not possible])],
    [yes], [PKG_CHECK_MODULES([OPENBLAS], [openblas], [],
      [AC_MSG_ERROR([OpenBLAS is missing; install libopenblas-dev])])],
    [OPENBLAS_CFLAGS="-I$with_openblas/include"
     OPENBLAS_LIBS="-L$with_openblas/lib -lopenblas"])
  save_CPPFLAGS=$CPPFLAGS; save_LIBS=$LIBS
  CPPFLAGS="$CPPFLAGS $OPENBLAS_CFLAGS"; LIBS="$OPENBLAS_LIBS $LIBS"
  AC_CHECK_HEADER([cblas.h], [], [AC_MSG_ERROR([cblas.h not found in $with_openblas])])
  AC_CHECK_FUNC([cblas_sgemm], [], [AC_MSG_ERROR([cblas_sgemm not found with $OPENBLAS_LIBS])])
  AC_CHECK_FUNCS([openblas_set_num_threads openblas_get_config])
  CPPFLAGS=$save_CPPFLAGS; LIBS=$save_LIBS
  AC_SUBST([OPENBLAS_CFLAGS])
  AC_SUBST([OPENBLAS_LIBS])
])
