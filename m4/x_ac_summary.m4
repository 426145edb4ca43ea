##
# SYNOPSIS: X_AC_SUMMARY
#
# DESCRIPTION: what configure decided, in one screen.
##
AC_DEFUN([X_AC_SUMMARY], [
  AS_ECHO(["
scale $VERSION
  prefix          $prefix
  compiler        $CC $CFLAGS
  OpenBLAS        $OPENBLAS_LIBS
  unit tests      $have_check
  peer libtorch   $have_torch
  sanitizers      $enable_sanitize
  hardening       $enable_hardening"])
  AS_IF([test "x$with_slurm" != xno], [AS_ECHO(["\
  Slurm           $slurm_version
    source        $with_slurm_source
    installed     $slurm_installed_at
    plugins       $with_slurm_plugindir
"])], [AS_ECHO(["\
  Slurm           none: simulator, trainer and tools only
"])])
])
