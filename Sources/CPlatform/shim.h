#ifndef HYBRID_CPLATFORM_SHIM_H
#define HYBRID_CPLATFORM_SHIM_H

#include <spawn.h>
#if defined(__linux__)
#include <sys/prctl.h>
// glibc declares it, and POSIX_SPAWN_SETSID, for _GNU_SOURCE only, which Swift's own module does not set.
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
enum { hybrid_spawn_setsid = 0x80 };
#else
enum { hybrid_spawn_setsid = POSIX_SPAWN_SETSID };
#endif

/// The command starts in this folder.
static inline int hybrid_spawn_chdir(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

// prctl is variadic, which Swift cannot call.

/// Makes orphaned descendants come to this process. 0: done; -1: errno says why, or the system has no such thing.
static inline int hybrid_adopt_orphans(void) {
#if defined(__linux__)
    return prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
#else
    return -1;
#endif
}

#endif
