##
# SYNOPSIS: X_AC_TORCH
#
# DESCRIPTION: libtorch and a Python that may have PyTorch, which make bench
#   compares with.  Never needed: without them it leaves them out.
##
AC_DEFUN([X_AC_TORCH], [
  AC_ARG_WITH([torch],
    [AS_HELP_STRING([--with-torch=PREFIX],
      [libtorch to compare with in make bench (default /usr)])],
    [], [with_torch=/usr])
  AS_CASE([$with_torch], [yes], [with_torch=/usr])
  AC_CHECK_PROGS([CXX], [g++ clang++ c++], [no])
  AC_PATH_PROG([TORCH_PYTHON], [python3], [python3], [/usr/bin$PATH_SEPARATOR$PATH])
  AC_MSG_CHECKING([for libtorch])
  torch_include=$with_torch/include/torch/csrc/api/include
  AS_IF([test "x$with_torch" != xno && test "x$CXX" != xno &&
         test -r "$torch_include/torch/torch.h"],
    [have_torch=yes], [have_torch=no])
  AC_MSG_RESULT([$have_torch])
  AS_IF([test "x$with_torch" != x/usr],
    [TORCH_CPPFLAGS="-I$with_torch/include"
     TORCH_LIBS="-L$with_torch/lib -Wl,-rpath,$with_torch/lib"])
  AC_SUBST([TORCH_CPPFLAGS], ["$TORCH_CPPFLAGS -I$torch_include"])
  AC_SUBST([TORCH_LIBS], ["$TORCH_LIBS -ltorch -ltorch_cpu -lc10"])
  AM_CONDITIONAL([HAVE_TORCH], [test "x$have_torch" = xyes])
])
