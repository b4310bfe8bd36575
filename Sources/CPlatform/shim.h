#ifndef HYBRID_CPLATFORM_SHIM_H
#define HYBRID_CPLATFORM_SHIM_H

#include <spawn.h>
#if defined(__linux__)
#include <sys/prctl.h>
// glibc declares it, and POSIX_SPAWN_SETSID, for _GNU_SOURCE only, which Swift's own module does not set.
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
enum { hybrid_spawn_setsid = 0x80, hybrid_spawn_alone = 0 };
#else
enum { hybrid_spawn_setsid = POSIX_SPAWN_SETSID, hybrid_spawn_alone = POSIX_SPAWN_CLOEXEC_DEFAULT };
#endif

/// The command starts in this folder.
static inline int hybrid_spawn_chdir(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

/// Nothing but the three standard descriptors is inherited; macOS has the flag `hybrid_spawn_alone` for it.
static inline int hybrid_spawn_close_others(posix_spawn_file_actions_t *actions) {
#if defined(__linux__)
    return posix_spawn_file_actions_addclosefrom_np(actions, 3);
#else
    return 0;
#endif
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
